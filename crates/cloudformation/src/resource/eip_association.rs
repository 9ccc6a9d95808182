//! `AWS::EC2::EIPAssociation` (row IGW-4).

use super::live::Live;
use super::schema::{Kind, Shape, property};
use super::*;
use croft_control::{AssociateAddress, DisassociateAddress};
use croft_model::{AllocationId, InstanceId, NetworkInterfaceId};
use serde::Deserialize;
use std::net::Ipv4Addr;

pub struct EipAssociation;

const PROPERTIES: &[Property] = &[
    property("AllocationId", Kind::Id("eipalloc")).replaces(),
    property("EIP", Kind::Ipv4Address).replaces(),
    property("InstanceId", Kind::Id("i")).replaces(),
    property("NetworkInterfaceId", Kind::Id("eni")).replaces(),
    property("PrivateIpAddress", Kind::Ipv4Address).replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    allocation_id: Option<AllocationId>,
    #[serde(rename = "EIP")]
    eip: Option<String>,
    instance_id: Option<InstanceId>,
    network_interface_id: Option<NetworkInterfaceId>,
    private_ip_address: Option<Ipv4Addr>,
}

impl Handler for EipAssociation {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::EIPAssociation",
        shape: Shape {
            properties: PROPERTIES,
            exactly_one: &[&["AllocationId", "EIP"], &["InstanceId", "NetworkInterfaceId"]],
            at_most_one: &[],
        },
        attributes: &["Id"],
        refused_attributes: &[],
        which: Which::EipAssociation,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let allocation_id = match (properties.allocation_id, properties.eip) {
            (Some(id), _) => id,
            (None, Some(ip)) => match super::eip::of_public_ip(&account.cloud(), &ip) {
                Some(address) => address.id,
                None => return Err(Failure::Properties(format!("there is no Elastic IP {ip}"))),
            },
            (None, None) => return Err(Failure::Properties("no Elastic IP is named".to_string())),
        };
        let association = account.run(AssociateAddress {
            allocation_id,
            instance_id: properties.instance_id,
            network_interface_id: properties.network_interface_id,
            private_ip_address: properties.private_ip_address,
            allow_reassociation: None,
        })?;
        Ok(association.to_string())
    }

    fn update<A: Account>(_: &mut A, id: &str, _: &Map<String, Json>, _: &New) -> Result<String, Failure> {
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DisassociateAddress { association_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let on = |a: &&croft_model::address::Address| a.association.as_ref().is_some_and(|on| on.id.as_str() == id);
        let address = cloud.addresses.values().find(on)?;
        let on = address.association.as_ref()?;
        let instance = cloud.interfaces.get(&on.interface).and_then(|i| i.attachment.as_ref()).map(|a| &a.instance);
        Live::beside(properties)
            .is("AllocationId", address.id.as_str())
            .is("EIP", address.public_ip.to_string())
            .may_be("InstanceId", instance.map(|id| id.as_str()))
            .is("NetworkInterfaceId", on.interface.as_str())
            .is("PrivateIpAddress", on.private_ip.to_string())
            .done()
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "Id").then(|| Known::Text(id.to_string()))
    }
}
