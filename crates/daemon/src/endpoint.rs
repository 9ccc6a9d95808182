//! The ends of a path: what the words SRC and DST mean, and where sockets for them are opened.

use crate::daemon::Inner;
use crate::error::Error;
use crate::probe::{End, Place};
use croft_agent::name::Target;
use croft_analysis::Endpoint;
use croft_control::Cloud;
use croft_datapath::Fabric;
use croft_model::{InstanceId, NetworkInterfaceId};
use std::io;
use std::net::Ipv4Addr;

/// A place of the fabric where sockets are opened.
pub struct Site<'a> {
    fabric: &'a Fabric,
    /// None: the internet.
    instance: Option<InstanceId>,
    /// Of an interface that is not its instance's first.
    device: Option<String>,
}

impl Place for Site<'_> {
    fn inside(&self, open: &mut (dyn FnMut() -> io::Result<()> + Send)) -> io::Result<()> {
        let entered = match &self.instance {
            Some(id) => self.fabric.in_namespace(id.as_str(), open),
            None => self.fabric.in_internet(open),
        };
        entered.map_err(io::Error::other)?
    }
}

impl Site<'_> {
    pub fn end(&self, address: Ipv4Addr) -> End<'_> {
        End { place: self, address, device: self.device.as_deref() }
    }
}

impl Inner {
    /// What a word means: a workload, an interface, an address, `internet`, `internet@ADDRESS`.
    pub(crate) fn endpoint(&self, text: &str) -> Result<Endpoint, Error> {
        if text == "internet" {
            return Ok(Endpoint::Internet(None));
        }
        if let Some(address) = text.strip_prefix("internet@") {
            let address = address.parse().map_err(|_| Error::Invalid(format!("{address:?} is not an IPv4 address")))?;
            return Ok(Endpoint::Internet(Some(address)));
        }
        if let Ok(address) = text.parse() {
            return Ok(Endpoint::Address(address));
        }
        let cloud = self.cloud();
        // An interface that is asked for by its identifier need not be the primary one.
        if let Some(id) = text.parse().ok().filter(|id| cloud.interfaces.contains_key(id)) {
            return Ok(Endpoint::Interface(id));
        }
        let interface = match self.resolve(text)? {
            Target::Instance(id) => cloud.instances.get(&id).and_then(|i| i.interfaces.first().cloned()),
            Target::Interface(id) => Some(id),
            Target::NatGateway(id) => cloud.nat_gateways.get(&id).map(|g| g.interface.clone()),
        };
        interface.map(Endpoint::Interface).ok_or_else(|| Error::NoWorkload(text.to_string()))
    }

    /// Where the sockets of an interface are opened: in its instance, if that runs.
    pub(crate) fn site(&self, cloud: &Cloud, interface: &NetworkInterfaceId) -> Option<Site<'_>> {
        let attachment = cloud.interfaces.get(interface)?.attachment.as_ref()?;
        let host = self.host().ok()?;
        host.fabric.port(interface.as_str())?;
        host.agent.workload(&attachment.instance)?;
        let device = (attachment.device_index > 0).then(|| format!("eth{}", attachment.device_index));
        Some(Site { fabric: &host.fabric, instance: Some(attachment.instance.clone()), device })
    }

    /// Where those of the internet are.
    pub(crate) fn internet(&self) -> Result<Site<'_>, Error> {
        Ok(Site { fabric: &self.host()?.fabric, instance: None, device: None })
    }
}
