//! `AWS::EC2::NetworkAcl` (row ACL-3).

use super::live::Live;
use super::schema::{Kind, Shape, TAGS, property};
use super::*;
use croft_control::{CreateNetworkAcl, DeleteNetworkAcl};
use croft_model::{NetworkAclId, VpcId};
use serde::Deserialize;

pub struct NetworkAcl;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    vpc_id: VpcId,
}

impl Handler for NetworkAcl {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::NetworkAcl",
        shape: Shape::free(&[TAGS, property("VpcId", Kind::Id("vpc")).required().replaces()]),
        attributes: &["Id"],
        refused_attributes: &[],
        which: Which::NetworkAcl,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Properties { vpc_id } = new.read()?;
        Ok(account.run(CreateNetworkAcl { vpc_id, tags: new.tags() })?.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteNetworkAcl { network_acl_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let acl = cloud.network_acls.get(&id.parse::<NetworkAclId>().ok()?)?;
        Live::beside(properties).is("VpcId", acl.vpc.as_str()).tags(&acl.tags).done()
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "Id").then(|| Known::Text(id.to_string()))
    }
}
