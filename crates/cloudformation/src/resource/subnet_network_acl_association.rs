//! `AWS::EC2::SubnetNetworkAclAssociation`: a subnet always has one network ACL; taking this one away gives it the
//! default one back (row ACL-3).

use super::live::Live;
use super::schema::{Kind, Shape, property};
use super::*;
use croft_control::ReplaceNetworkAclAssociation;
use croft_model::{NetworkAclAssociationId, NetworkAclId, SubnetId};
use serde::Deserialize;

pub struct SubnetNetworkAclAssociation;

const PROPERTIES: &[Property] = &[
    property("NetworkAclId", Kind::Id("acl")).required().replaces(),
    property("SubnetId", Kind::Id("subnet")).required().replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    network_acl_id: NetworkAclId,
    subnet_id: SubnetId,
}

impl Handler for SubnetNetworkAclAssociation {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::SubnetNetworkAclAssociation",
        shape: Shape::free(PROPERTIES),
        attributes: &["AssociationId"],
        refused_attributes: &[],
        which: Which::SubnetNetworkAclAssociation,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Properties { network_acl_id, subnet_id } = new.read()?;
        let cloud = account.cloud();
        let Some(subnet) = cloud.subnets.get(&subnet_id) else {
            return Err(Failure::Properties(format!("there is no subnet {subnet_id}")));
        };
        let association_id = subnet.network_acl.0.clone();
        Ok(account.run(ReplaceNetworkAclAssociation { association_id, network_acl_id })?.to_string())
    }

    fn update<A: Account>(_: &mut A, id: &str, _: &Map<String, Json>, _: &New) -> Result<String, Failure> {
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        let association_id: NetworkAclAssociationId = id.parse()?;
        let cloud = account.cloud();
        // No subnet: it is gone, or another association has taken its place.
        let Some(subnet) = cloud.subnets.values().find(|s| s.network_acl.0 == association_id) else { return Ok(()) };
        let Some(vpc) = cloud.vpcs.get(&subnet.vpc) else { return Ok(()) };
        let network_acl_id = vpc.default_network_acl.clone();
        account.run(ReplaceNetworkAclAssociation { association_id, network_acl_id })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let subnet = cloud.subnets.values().find(|s| s.network_acl.0.as_str() == id)?;
        let live = Live::beside(properties).is("NetworkAclId", subnet.network_acl.1.as_str());
        live.is("SubnetId", subnet.id.as_str()).done()
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "AssociationId").then(|| Known::Text(id.to_string()))
    }
}
