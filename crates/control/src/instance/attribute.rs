//! What is changed of an instance that exists.

use crate::Transaction;
use crate::error::{Error, Result};
use crate::instance::launch::LARGEST_USER_DATA;
use crate::request::{Request, request};
use croft_model::instance::*;
use croft_model::instance_type;
use croft_model::*;

request! {
    /// One attribute at a time.
    pub struct ModifyInstanceAttribute {
        pub instance_id: InstanceId,
        pub attribute: InstanceAttribute,
    }

    /// What is absent stays as it is.
    pub struct ModifyInstanceMetadataOptions {
        pub instance_id: InstanceId,
        pub options: MetadataOptionsChange,
    }

    /// AWS's `InstanceMetadataOptionsRequest`.
    #[derive(Default)]
    pub struct MetadataOptionsChange {
        pub tokens_required: Option<bool>,
        pub hop_limit: Option<u32>,
        pub endpoint: Option<bool>,
        pub ipv6: Option<bool>,
        pub instance_tags: Option<bool>,
    }

    /// Each for itself: one that cannot be changed keeps no other from it.
    pub struct ModifyInstanceCreditSpecification {
        pub specifications: Vec<(InstanceId, CpuCredits)>,
    }

    /// What is absent stays as it is.
    pub struct ModifyInstanceMaintenanceOptions {
        pub instance_id: InstanceId,
        pub auto_recovery: Option<Switch>,
        pub reboot_migration: Option<Switch>,
    }

    /// What is absent stays as it is; the type of the host name only while the instance is stopped.
    pub struct ModifyPrivateDnsNameOptions {
        pub instance_id: InstanceId,
        pub hostname_type: Option<HostnameType>,
        pub resource_name_a_record: Option<bool>,
        pub resource_name_aaaa_record: Option<bool>,
    }

    /// Detailed monitoring on.
    pub struct MonitorInstances {
        pub instance_ids: Vec<InstanceId>,
    }

    /// Detailed monitoring off.
    pub struct UnmonitorInstances {
        pub instance_ids: Vec<InstanceId>,
    }
}

/// Those of AWS's attributes that can be changed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum InstanceAttribute {
    /// While it is stopped.
    InstanceType(String),
    /// Decoded; while it is stopped.
    UserData(Option<String>),
    /// Of its only interface.
    Groups(Vec<SecurityGroupId>),
    /// Of its only interface.
    SourceDestCheck(bool),
    DisableApiTermination(bool),
    DisableApiStop(bool),
    /// While it is stopped.
    EbsOptimized(bool),
    ShutdownBehavior(ShutdownBehavior),
    /// Whether a device's volume goes with the instance.
    DeleteOnTermination {
        device: String,
        delete: bool,
    },
}

impl Request for ModifyInstanceAttribute {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = &self.instance_id;
        let instance = tx.instance_mut(id)?;
        if matches!(instance.state, InstanceState::ShuttingDown | InstanceState::Terminated) {
            return Err(Error::instance_state(id, "modified"));
        }
        let while_stopped = matches!(
            self.attribute,
            InstanceAttribute::InstanceType(_) | InstanceAttribute::UserData(_) | InstanceAttribute::EbsOptimized(_)
        );
        if while_stopped && instance.state != InstanceState::Stopped {
            let message = format!("The instance '{id}' is not in the 'stopped' state.");
            return Err(Error::new("IncorrectInstanceState", message));
        }
        let options = &mut instance.options;
        match self.attribute {
            InstanceAttribute::InstanceType(name) => return tx.change_type(id, name),
            InstanceAttribute::UserData(data) => {
                if data.as_ref().is_some_and(|d| d.len() > LARGEST_USER_DATA) {
                    return Err(Error::invalid(format!("User data is limited to {LARGEST_USER_DATA} bytes")));
                }
                instance.user_data = data;
            }
            InstanceAttribute::Groups(groups) => {
                let interface = tx.only_interface(id)?;
                let vpc = tx.interface(&interface)?.vpc.clone();
                if groups.is_empty() {
                    return Err(Error::missing("groups"));
                }
                let groups = tx.groups_or_default(&vpc, groups)?;
                tx.interface_mut(&interface)?.groups = groups;
            }
            InstanceAttribute::SourceDestCheck(check) => {
                let interface = tx.only_interface(id)?;
                tx.interface_mut(&interface)?.source_dest_check = check;
            }
            InstanceAttribute::DisableApiTermination(yes) => options.disable_api_termination = yes,
            InstanceAttribute::DisableApiStop(yes) => options.disable_api_stop = yes,
            InstanceAttribute::EbsOptimized(yes) => options.ebs_optimized = yes,
            InstanceAttribute::ShutdownBehavior(behavior) => options.shutdown_behavior = behavior,
            InstanceAttribute::DeleteOnTermination { device, delete } => {
                return tx.set_delete_on_termination(id, &device, delete);
            }
        }
        Ok(())
    }
}

impl Transaction<'_> {
    fn only_interface(&self, id: &InstanceId) -> Result<NetworkInterfaceId> {
        match self.instance(id)?.interfaces.as_slice() {
            [one] => Ok(one.clone()),
            _ => Err(Error::new(
                "InvalidInstanceID",
                format!(
                    "There are multiple interfaces attached to instance '{id}'. Please specify an interface ID for the operation instead."
                ),
            )),
        }
    }

    fn change_type(&mut self, id: &InstanceId, name: String) -> Result<()> {
        let kind = self.instance_type(&name)?;
        let instance = self.instance(id)?;
        self.check_interfaces_of(instance, kind)?;
        // One from before there was a list may be of an image that is not on it.
        if let Some(image) = croft_model::image::of(&instance.image) {
            super::fit::check_architecture(kind, image)?;
        }
        let instance = self.instance_mut(id)?;
        instance.options.credits =
            super::fit::credits(kind, instance.options.credits.filter(|_| kind.family.burstable))?;
        instance.options.cpu = None;
        instance.instance_type = name;
        Ok(())
    }
}

/// The bounds of AWS.
const HOP_LIMIT: std::ops::RangeInclusive<u32> = 1..=64;

pub(super) fn hop_limit(hops: u32) -> Result<u8> {
    let legal = u8::try_from(hops).ok().filter(|_| HOP_LIMIT.contains(&hops));
    legal.ok_or_else(|| Error::invalid(format!("The HttpPutResponseHopLimit must be between 1 and 64, and is {hops}.")))
}

impl MetadataOptionsChange {
    pub(crate) fn apply(&self, to: &mut MetadataOptions) -> Result<()> {
        if let Some(hops) = self.hop_limit {
            to.hop_limit = hop_limit(hops)?;
        }
        to.tokens_required = self.tokens_required.unwrap_or(to.tokens_required);
        to.endpoint = self.endpoint.unwrap_or(to.endpoint);
        to.ipv6 = self.ipv6.unwrap_or(to.ipv6);
        to.instance_tags = self.instance_tags.unwrap_or(to.instance_tags);
        Ok(())
    }
}

fn alive<'t>(tx: &'t mut Transaction<'_>, id: &InstanceId) -> Result<&'t mut Instance> {
    let instance = tx.instance_mut(id)?;
    match instance.state {
        InstanceState::ShuttingDown | InstanceState::Terminated => Err(Error::instance_state(id, "modified")),
        _ => Ok(instance),
    }
}

impl Request for ModifyInstanceMetadataOptions {
    type Response = Instance;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Instance> {
        let instance = alive(tx, &self.instance_id)?;
        self.options.apply(&mut instance.metadata)?;
        Ok(instance.clone())
    }
}

impl Request for ModifyInstanceCreditSpecification {
    /// Those that were changed, and those that were not with code and message.
    type Response = (Vec<InstanceId>, Vec<(InstanceId, String, String)>);

    fn run(self, tx: &mut Transaction<'_>) -> Result<Self::Response> {
        let (mut changed, mut refused) = (Vec::new(), Vec::new());
        for (id, credits) in self.specifications {
            match set_credits(tx, &id, credits) {
                Ok(()) => changed.push(id),
                Err(error) => refused.push((id, error.code.to_string(), error.message)),
            }
        }
        Ok((changed, refused))
    }
}

fn set_credits(tx: &mut Transaction<'_>, id: &InstanceId, credits: CpuCredits) -> Result<()> {
    let instance = alive(tx, id)?;
    let burstable = instance_type::of(&instance.instance_type).is_some_and(|kind| kind.family.burstable);
    if !burstable {
        let message = format!("The instance type {} of '{id}' does not support CPU credits.", instance.instance_type);
        return Err(Error::new("InstanceCreditSpecification.NotSupported", message));
    }
    instance.options.credits = Some(credits);
    Ok(())
}

impl Request for ModifyInstanceMaintenanceOptions {
    type Response = Instance;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Instance> {
        let instance = alive(tx, &self.instance_id)?;
        let options = &mut instance.options;
        options.auto_recovery = self.auto_recovery.unwrap_or(options.auto_recovery);
        options.reboot_migration = self.reboot_migration.unwrap_or(options.reboot_migration);
        Ok(instance.clone())
    }
}

impl Request for ModifyPrivateDnsNameOptions {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let instance = alive(tx, &self.instance_id)?;
        let names = &mut instance.options.private_dns;
        if let Some(kind) = self.hostname_type {
            if instance.state != InstanceState::Stopped {
                let id = &self.instance_id;
                let message = format!("The instance '{id}' is not in the 'stopped' state.");
                return Err(Error::new("IncorrectInstanceState", message));
            }
            names.hostname_type = kind;
        }
        names.resource_name_a_record = self.resource_name_a_record.unwrap_or(names.resource_name_a_record);
        names.resource_name_aaaa_record = self.resource_name_aaaa_record.unwrap_or(names.resource_name_aaaa_record);
        Ok(())
    }
}

fn monitor(tx: &mut Transaction<'_>, ids: Vec<InstanceId>, on: bool) -> Result<Vec<Instance>> {
    if ids.is_empty() {
        return Err(Error::missing("InstanceId"));
    }
    let one = |id| {
        let instance = alive(tx, &id)?;
        instance.options.monitoring = on;
        Ok(instance.clone())
    };
    ids.into_iter().map(one).collect()
}

impl Request for MonitorInstances {
    type Response = Vec<Instance>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Vec<Instance>> {
        monitor(tx, self.instance_ids, true)
    }
}

impl Request for UnmonitorInstances {
    type Response = Vec<Instance>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Vec<Instance>> {
        monitor(tx, self.instance_ids, false)
    }
}
