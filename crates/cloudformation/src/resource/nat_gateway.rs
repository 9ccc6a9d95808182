//! `AWS::EC2::NatGateway` (rows NAT-1, NAT-4, NAT-5, NAT-7).

use super::live::Live;
use super::schema::{Kind, Shape, TAGS, property, refused};
use super::*;
use croft_control::{
    AssignPrivateNatGatewayAddress, AssociateNatGatewayAddress, AvailabilityMode, ConnectivityType, CreateNatGateway,
    DeleteNatGateway, DisassociateNatGatewayAddress, UnassignPrivateNatGatewayAddress,
};
use croft_model::gateway::NatGatewayState;
use croft_model::{AllocationId, NatGatewayId, SubnetId};
use serde::Deserialize;
use std::net::Ipv4Addr;

pub struct NatGateway;

const ZONAL: &str = "every NAT gateway lies in a subnet: regional ones are not supported yet";
const REGIONAL: &str = "remove it: it belongs to regional NAT gateways, which are not supported yet";

const REGIONAL_ATTRIBUTE: &str = "it belongs to regional NAT gateways, which are not supported yet";

const PROPERTIES: &[Property] = &[
    property("AllocationId", Kind::Id("eipalloc")).replaces(),
    property("AvailabilityMode", Kind::OneOf(&["zonal", "regional"])).replaces(),
    refused("AvailabilityZoneAddresses", REGIONAL),
    property("ConnectivityType", Kind::OneOf(&["public", "private"])).replaces(),
    refused("MaxDrainDurationSeconds", "remove it: addresses that are taken away are not drained"),
    property("PrivateIpAddress", Kind::Ipv4Address).replaces(),
    property("SecondaryAllocationIds", Kind::List(&Kind::Id("eipalloc"))),
    property("SecondaryPrivateIpAddressCount", Kind::Integer(1, 7)),
    property("SecondaryPrivateIpAddresses", Kind::List(&Kind::Ipv4Address)),
    property("SubnetId", Kind::Id("subnet")).required_because(ZONAL).replaces(),
    TAGS,
    refused("VpcId", REGIONAL),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    allocation_id: Option<AllocationId>,
    availability_mode: Option<AvailabilityMode>,
    connectivity_type: Option<ConnectivityType>,
    private_ip_address: Option<Ipv4Addr>,
    subnet_id: SubnetId,
    #[serde(flatten)]
    secondary: Secondary,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Secondary {
    #[serde(default)]
    secondary_allocation_ids: Vec<AllocationId>,
    #[serde(default)]
    secondary_private_ip_addresses: Vec<Ipv4Addr>,
    secondary_private_ip_address_count: Option<u32>,
}

impl Secondary {
    /// Takes away what is gone, then adds what is new.
    fn bring<A: Account>(&self, account: &mut A, id: &NatGatewayId, from: &Secondary) -> Result<(), Failure> {
        let cloud = account.cloud();
        let interface = cloud.nat_gateways.get(id).map(|n| n.interface.clone());
        let of = |a: &AllocationId| {
            let on = cloud.addresses.get(a)?.association.as_ref()?;
            (Some(&on.interface) == interface.as_ref()).then(|| on.id.clone())
        };
        let gone = from.secondary_allocation_ids.iter().filter(|a| !self.secondary_allocation_ids.contains(a));
        let association_ids: Vec<_> = gone.filter_map(of).collect();
        if !association_ids.is_empty() {
            account.run(DisassociateNatGatewayAddress { nat_gateway_id: id.clone(), association_ids })?;
        }
        let without = |all: &[Ipv4Addr], these: &[Ipv4Addr]| -> Vec<Ipv4Addr> {
            all.iter().filter(|a| !these.contains(a)).copied().collect()
        };
        let (old, new) = (&from.secondary_private_ip_addresses, &self.secondary_private_ip_addresses);
        let (gone, added) = (without(old, new), without(new, old));
        let allocation_ids: Vec<_> = self
            .secondary_allocation_ids
            .iter()
            .filter(|a| !from.secondary_allocation_ids.contains(a))
            .cloned()
            .collect();
        if !allocation_ids.is_empty() {
            let (nat_gateway_id, private_ip_addresses) = (id.clone(), added);
            account.run(AssociateNatGatewayAddress { nat_gateway_id, allocation_ids, private_ip_addresses })?;
            return Ok(());
        }
        let count = |secondary: &Secondary| secondary.secondary_private_ip_address_count.unwrap_or(0);
        let (before, after) = (count(from), count(self));
        let public = cloud.nat_gateways.get(id).is_some_and(|n| n.public);
        let chosen = interface.as_ref().and_then(|id| cloud.interfaces.get(id)).map(|i| i.private_ips.as_slice());
        // Of those that nobody named the last ones go first.
        let chosen =
            chosen.unwrap_or_default().iter().skip(1).rev().filter(|ip| !old.contains(ip) && !new.contains(ip));
        let gone: Vec<_> =
            gone.into_iter().chain(chosen.take(before.saturating_sub(after) as usize).copied()).collect();
        if !public && !gone.is_empty() {
            let (nat_gateway_id, private_ip_addresses) = (id.clone(), gone);
            account.run(UnassignPrivateNatGatewayAddress { nat_gateway_id, private_ip_addresses })?;
        }
        let more = Some(after.saturating_sub(before)).filter(|more| *more > 0);
        for (private_ip_addresses, private_ip_address_count) in [(added, None), (Vec::new(), more)] {
            if !public && (!private_ip_addresses.is_empty() || private_ip_address_count.is_some()) {
                let nat_gateway_id = id.clone();
                let request =
                    AssignPrivateNatGatewayAddress { nat_gateway_id, private_ip_addresses, private_ip_address_count };
                account.run(request)?;
            }
        }
        Ok(())
    }
}

impl Handler for NatGateway {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::NatGateway",
        shape: Shape {
            properties: PROPERTIES,
            exactly_one: &[],
            at_most_one: &[&["SecondaryPrivateIpAddresses", "SecondaryPrivateIpAddressCount"]],
        },
        attributes: &["EniId", "NatGatewayId"],
        refused_attributes: &[
            ("AutoProvisionZones", REGIONAL_ATTRIBUTE),
            ("AutoScalingIps", REGIONAL_ATTRIBUTE),
            ("RouteTableId", REGIONAL_ATTRIBUTE),
        ],
        which: Which::NatGateway,
    };

    fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
        let is = |name: &str, value: &str| properties.get(name).and_then(Json::as_str) == Some(value);
        let regional = is("AvailabilityMode", "regional")
            .then(|| "a regional NAT gateway is not supported yet: take a zonal one in each zone".to_string())
            .map(|wrong| ("AvailabilityMode", wrong));
        let private = (is("ConnectivityType", "private") && properties.contains_key("AllocationId"))
            .then(|| ("AllocationId", "a private NAT gateway takes no AllocationId".to_string()));
        regional.into_iter().chain(private).collect()
    }

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let gateway = account.run(CreateNatGateway {
            subnet_id: properties.subnet_id,
            connectivity_type: properties.connectivity_type,
            availability_mode: properties.availability_mode,
            allocation_id: properties.allocation_id,
            private_ip_address: properties.private_ip_address,
            secondary_allocation_ids: properties.secondary.secondary_allocation_ids,
            secondary_private_ip_addresses: properties.secondary.secondary_private_ip_addresses,
            secondary_private_ip_address_count: properties.secondary.secondary_private_ip_address_count,
            tags: new.tags(),
        })?;
        Ok(gateway.id.to_string())
    }

    fn made(cloud: &Cloud, id: &str) -> Settled {
        let gateway = id.parse().ok().and_then(|id: NatGatewayId| cloud.nat_gateways.get(&id));
        match gateway.map(|g| &g.state) {
            Some(NatGatewayState::Available) => Settled::Done,
            Some(NatGatewayState::Pending) => Settled::NotYet,
            Some(NatGatewayState::Failed { code, message }) => Settled::Failed(format!("{code}: {message}")),
            Some(NatGatewayState::Deleting | NatGatewayState::Deleted) | None => {
                Settled::Failed(format!("{id} has been deleted meanwhile"))
            }
        }
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let (from, to): (Secondary, Secondary) = (read(old)?, new.read()?);
        to.bring(account, &id.parse()?, &from)?;
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteNatGateway { nat_gateway_id: id.parse()? })?;
        Ok(())
    }

    fn gone(cloud: &Cloud, id: &str) -> Settled {
        let gateway = id.parse().ok().and_then(|id: NatGatewayId| cloud.nat_gateways.get(&id));
        match gateway.map(|g| &g.state) {
            None | Some(NatGatewayState::Deleted) => Settled::Done,
            Some(_) => Settled::NotYet,
        }
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        use NatGatewayState::{Available, Pending};
        let gateway = cloud.nat_gateways.get(&id.parse::<NatGatewayId>().ok()?)?;
        if !matches!(gateway.state, Pending | Available) {
            return None;
        }
        let addresses = |allocation: bool| {
            let all = gateway.addresses.iter();
            all.filter_map(move |a| match allocation {
                true => a.allocation.as_ref().map(ToString::to_string),
                false => Some(a.private_ip.to_string()),
            })
        };
        let counted = properties.contains_key("SecondaryPrivateIpAddressCount");
        let live = Live::beside(properties)
            .may_be("AllocationId", addresses(true).next())
            .is("ConnectivityType", if gateway.public { "public" } else { "private" })
            .may_be("PrivateIpAddress", addresses(false).next())
            .list("SecondaryAllocationIds", addresses(true).skip(1))
            .is("SubnetId", gateway.subnet.as_str())
            .tags(&gateway.tags);
        match counted {
            true => live.is("SecondaryPrivateIpAddressCount", gateway.addresses.len().saturating_sub(1)),
            false => live.list("SecondaryPrivateIpAddresses", addresses(false).skip(1)),
        }
        .done()
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let gateway = cloud.nat_gateways.get(&id.parse::<NatGatewayId>().ok()?)?;
        match name {
            "EniId" => Some(Known::Text(gateway.interface.to_string())),
            "NatGatewayId" => Some(Known::Text(gateway.id.to_string())),
            _ => None,
        }
    }
}
