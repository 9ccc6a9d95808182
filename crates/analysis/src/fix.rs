//! The least change that opens a gate (row WHY-2).
//!
//! Each finding gets ways to mend it, the least one first; whether a way is open (quotas, states) is for the control to
//! say, which tries them on a copy of the cloud.

pub(crate) mod group;
pub(crate) mod network_acl;
pub(crate) mod route;

use std::net::Ipv4Addr;

use croft_control::Cloud;
use croft_engine::DropReason;
use croft_model::VpcId;
use croft_model::interface::{InterfaceKind, NetworkInterface};
use croft_policy::SetName;

use crate::answer::Direction;
use crate::change::{Change, Via};
use crate::ends::{Ends, blocked_source, holder_of_public};
use crate::path::Finding;
use crate::question::{Endpoint, INTERNET_ADDRESS, ReachQuestion};
use route::Wish;

/// Ways to open a gate, the least one first: each a sequence of changes.
pub(crate) type Ways = Vec<Vec<Change>>;

/// Why there is no way, or none yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoWay {
    /// In a sentence.
    Because(String),
    /// Something that the changes before this one make has to be known first.
    AskAgain(String),
}

/// It is a decision of the account, not a slip: no change goes round it.
const BLOCKED: &str = "the account blocks public access in this region: turn that off with \
    ModifyVpcBlockPublicAccessOptions, or exclude the VPC or subnet with CreateVpcBlockPublicAccessExclusion";

pub(crate) const NOT_CONNECTED: &str = "the two VPCs are not connected, and peering is not built yet";

/// What a fix is looked for in.
pub(crate) struct Case<'a> {
    pub(crate) question: &'a ReachQuestion,
    pub(crate) ends: &'a Ends,
    /// As it is with the changes so far.
    pub(crate) cloud: &'a Cloud,
    /// As it was when the question was asked.
    pub(crate) before: &'a Cloud,
}

impl Case<'_> {
    pub(crate) fn ways(&self, finding: &Finding) -> Result<Ways, NoWay> {
        if let Some(asked) = &finding.asked {
            return match &asked.set {
                SetName::Groups { .. } => group::ways(self, finding, asked),
                SetName::NetworkAcl { acl, direction } => network_acl::ways(self, finding, asked, acl, *direction),
            };
        }
        let Some(reason) = finding.reason else { return self.astray(finding) };
        match reason {
            DropReason::NoRoute | DropReason::Blackhole => route::ways(self, finding, Wish::Onward),
            DropReason::DestinationCheck => self.astray(finding),
            // An answer that a NAT gateway will not take has to go by the internet gateway.
            DropReason::NatIdle | DropReason::NatProtocol if finding.direction == Direction::Reply => {
                route::ways(self, finding, Wish::Internet)
            }
            DropReason::Loop => route::ways_around(self, finding),
            DropReason::NoPublicAddress if finding.at_appliance() => route::ways(self, finding, Wish::Onward),
            DropReason::NoPublicAddress if blocked_source(self.cloud, finding).is_some() => Err(nothing(BLOCKED)),
            DropReason::NoPublicAddress => self.public_source(finding),
            DropReason::UnknownPublicAddress => self.public_destination(),
            DropReason::NoInternetGateway => {
                let holder = holder_of_public(self.cloud, finding.packet.destination);
                if holder.is_some_and(|holder| self.cloud.is_internet_blocked(holder)) {
                    return Err(nothing(BLOCKED));
                }
                let vpc =
                    holder.map(|holder| holder.vpc.clone()).ok_or_else(|| nothing("nothing holds the address"))?;
                Ok(vec![vec![Change::AttachInternetGateway { vpc }]])
            }
            DropReason::ZoneFailed => self.restore_zone(finding),
            DropReason::NatUnsolicited => {
                Err(nothing("a NAT gateway takes nothing from outside that was not asked for"))
            }
            DropReason::PrivateDestination => Err(nothing("no internet gateway takes a packet to a private address")),
            DropReason::NatProtocol => Err(nothing("a NAT gateway carries TCP, UDP and ICMP echo only")),
            DropReason::NoService => Err(nothing("this Amazon service is not there yet")),
            DropReason::NoAddress => Err(nothing("no interface holds the destination address")),
            DropReason::SourceCheck => Err(nothing("an interface sends from its own addresses only")),
            _ => Err(nothing("no change of the configuration opens this")),
        }
    }

    /// The packet came to something other than the destination.
    fn astray(&self, finding: &Finding) -> Result<Ways, NoWay> {
        if self.ends.disconnected {
            return Err(nothing(NOT_CONNECTED));
        }
        let answer = finding.direction == Direction::Reply && finding.place.translated;
        let wish = if answer { Wish::Internet } else { Wish::Onward };
        route::ways(self, finding, wish)
    }

    /// An internet gateway drops what has no public address (row IGW-1).
    fn public_source(&self, finding: &Finding) -> Result<Ways, NoWay> {
        let vpc = self.vpc_of(finding);
        let holder = self
            .cloud
            .interfaces
            .values()
            .find(|i| Some(&i.vpc) == vpc.as_ref() && i.private_ips.contains(&finding.packet.source));
        match holder {
            // A private NAT gateway never reaches the internet (row NAT-5): another way out.
            Some(holder) if holder.kind != InterfaceKind::Interface => route::ways_around(self, finding),
            Some(holder) => Ok(vec![self.elastic_ip(holder, finding.packet.source)]),
            None => Err(nothing("no interface holds the source address")),
        }
    }

    /// Nobody bears the address that the internet sends to.
    fn public_destination(&self) -> Result<Ways, NoWay> {
        let (Endpoint::Interface(id), Some(interface)) = (&self.question.destination, self.destination_interface())
        else {
            return Err(nothing("nothing holds this address; ask for the interface that should be reached"));
        };
        if interface.kind != InterfaceKind::Interface {
            return Err(nothing(&format!("{id} is a NAT gateway's, and nothing comes in through one")));
        }
        let primary = interface.private_ips.first().ok_or_else(|| nothing("the interface has no address"))?;
        Ok(vec![self.elastic_ip(interface, *primary)])
    }

    fn elastic_ip(&self, interface: &NetworkInterface, private_ip: Ipv4Addr) -> Vec<Change> {
        let mut changes = self.attached_gateway(&interface.vpc);
        changes.push(Change::GiveElasticIp { interface: interface.id.clone(), private_ip });
        changes
    }

    /// What it takes for the VPC to have an internet gateway.
    pub(crate) fn attached_gateway(&self, vpc: &VpcId) -> Vec<Change> {
        match self.cloud.internet_gateway_of(vpc) {
            Some(_) => Vec::new(),
            None => vec![Change::AttachInternetGateway { vpc: vpc.clone() }],
        }
    }

    fn restore_zone(&self, finding: &Finding) -> Result<Ways, NoWay> {
        let nat = finding.place.nat.as_ref().and_then(|id| self.cloud.nat_gateways.get(id)).map(|nat| &nat.subnet);
        let interface = finding.place.interface.as_ref().and_then(|id| self.cloud.interfaces.get(id));
        let subnets = [nat, interface.map(|interface| &interface.subnet)];
        let zones = subnets.into_iter().flatten().filter_map(|id| self.cloud.subnets.get(id)).map(|s| &s.zone);
        let zone = zones.into_iter().find(|zone| self.cloud.zone_failed(zone));
        let zone = zone.ok_or_else(|| nothing("the zone has come back"))?.clone();
        Ok(vec![vec![Change::RestoreZone { zone }]])
    }

    pub(crate) fn vpc_of(&self, finding: &Finding) -> Option<VpcId> {
        finding.place.vpc(self.cloud).cloned()
    }

    fn destination_interface(&self) -> Option<&NetworkInterface> {
        self.cloud.interfaces.get(self.ends.destination.interface.as_ref()?)
    }

    /// The block that a rule has to name for this remote address: everybody if the question is about the internet at
    /// large, else the one address.
    pub(crate) fn block(&self, remote: Ipv4Addr) -> Result<ipnet::Ipv4Net, NoWay> {
        let at_large =
            [&self.question.source, &self.question.destination].into_iter().any(|end| *end == Endpoint::Internet(None));
        if at_large && remote == INTERNET_ADDRESS {
            return Ok(ipnet::Ipv4Net::default());
        }
        if let (Some(now), None) = (holder_of_public(self.cloud, remote), holder_of_public(self.before, remote)) {
            let reason = format!("the public address of {} is not known before it has one", now.id);
            return Err(NoWay::AskAgain(reason));
        }
        Ok(ipnet::Ipv4Net::from(remote))
    }
}

pub(crate) fn nothing(reason: &str) -> NoWay {
    NoWay::Because(reason.to_string())
}

pub(crate) fn internet_gateway(
    table: &croft_model::RouteTableId,
    destination: croft_model::route::RouteDestination,
    replace: bool,
) -> Change {
    Change::Route { table: table.clone(), destination, to: Via::InternetGateway, replace }
}
