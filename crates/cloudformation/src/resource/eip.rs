//! `AWS::EC2::EIP` (rows NET-6, IGW-4). Its physical id is the address itself.

use super::live::Live;
use super::schema::{Kind, Shape, TAGS, property, refused};
use super::*;
use croft_control::{AllocateAddress, AssociateAddress, DisassociateAddress, RecoverAddress, ReleaseAddress};
use croft_model::address::Address;
use croft_model::interface::InterfaceKind;
use croft_model::{AllocationId, InstanceId};
use serde::Deserialize;
use std::net::Ipv4Addr;

pub struct Eip;

const PROPERTIES: &[Property] = &[
    property("Address", Kind::Ipv4Address).replaces(),
    property("Domain", Kind::OneOf(&["vpc", "standard"])),
    property("InstanceId", Kind::Id("i")),
    refused("IpamPoolId", "remove it: there is no IPAM here"),
    refused("NetworkBorderGroup", "remove it: Local Zones are not supported"),
    refused("PublicIpv4Pool", "remove it: address pools of one's own are not supported"),
    TAGS,
    refused("TransferAddress", "remove it: there is one account only"),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    address: Option<Ipv4Addr>,
    instance_id: Option<InstanceId>,
}

/// The allocation of a public address.
pub(super) fn of_public_ip(cloud: &Cloud, ip: &str) -> Option<Address> {
    let ip: Ipv4Addr = ip.parse().ok()?;
    cloud.addresses.values().find(|a| a.public_ip == ip).cloned()
}

fn associate<A: Account>(account: &mut A, allocation_id: AllocationId, to: InstanceId) -> Result<(), Failure> {
    account.run(AssociateAddress {
        allocation_id,
        instance_id: Some(to),
        network_interface_id: None,
        private_ip_address: None,
        allow_reassociation: None,
    })?;
    Ok(())
}

/// A NAT gateway keeps its address until it is deleted: nobody takes it away.
fn disassociate<A: Account>(account: &mut A, address: &Address) -> Result<(), Failure> {
    let Some(on) = &address.association else { return Ok(()) };
    let cloud = account.cloud();
    if cloud.interfaces.get(&on.interface).is_some_and(|i| matches!(i.kind, InterfaceKind::NatGateway(_))) {
        return Ok(());
    }
    account.run(DisassociateAddress { association_id: on.id.clone() })?;
    Ok(())
}

impl Handler for Eip {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::EIP",
        shape: Shape::free(PROPERTIES),
        attributes: &["AllocationId", "PublicIp"],
        refused_attributes: &[],
        which: Which::Eip,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let address = match properties.address {
            Some(address) => account.run(RecoverAddress { address, tags: new.tags() })?,
            None => account.run(AllocateAddress { tags: new.tags() })?,
        };
        if let Some(instance) = properties.instance_id
            && let Err(failure) = associate(account, address.id.clone(), instance)
        {
            account.run(ReleaseAddress { allocation_id: address.id })?;
            return Err(failure);
        }
        Ok(address.public_ip.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let (from, to): (Properties, Properties) = (read(old)?, new.read()?);
        let Some(address) = of_public_ip(&account.cloud(), id) else {
            return Err(Failure::Settling(format!("the address {id} has been released")));
        };
        match (from.instance_id, to.instance_id) {
            (from, to) if from == to => {}
            (_, Some(to)) => associate(account, address.id.clone(), to)?,
            (_, None) => disassociate(account, &address)?,
        }
        tags::update(account, address.id.as_str(), old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        let Some(address) = of_public_ip(&account.cloud(), id) else { return Ok(()) };
        disassociate(account, &address)?;
        account.run(ReleaseAddress { allocation_id: address.id })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let address = of_public_ip(cloud, id)?;
        let on = address.association.as_ref().and_then(|on| cloud.interfaces.get(&on.interface));
        let instance = on.and_then(|i| i.attachment.as_ref()).map(|a| a.instance.to_string());
        Live::beside(properties).is("Address", id).may_be("InstanceId", instance).tags(&address.tags).done()
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        match name {
            "AllocationId" => Some(Known::Text(of_public_ip(cloud, id)?.id.to_string())),
            "PublicIp" => Some(Known::Text(id.to_string())),
            _ => None,
        }
    }
}
