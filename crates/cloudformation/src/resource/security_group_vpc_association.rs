//! `AWS::EC2::SecurityGroupVpcAssociation`: a security group in a second VPC (row SG-12).

use super::live::Live;
use super::schema::{Kind, Shape, property};
use super::*;
use croft_control::{AssociateSecurityGroupVpc, DisassociateSecurityGroupVpc};
use croft_model::group::SecurityGroup;
use croft_model::{SecurityGroupId, VpcId};
use serde::Deserialize;

pub struct SecurityGroupVpcAssociation;

const PROPERTIES: &[Property] = &[
    property("GroupId", Kind::Id("sg")).required().replaces(),
    property("VpcId", Kind::Id("vpc")).required().replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    group_id: SecurityGroupId,
    vpc_id: VpcId,
}

/// The two ends of a physical id.
fn ends(id: &str) -> Option<(SecurityGroupId, VpcId)> {
    let (group, vpc) = id.split_once('|')?;
    Some((group.parse().ok()?, vpc.parse().ok()?))
}

/// The group and the VPC, if they are associated.
fn find<'a>(cloud: &'a Cloud, id: &str) -> Option<(&'a SecurityGroup, VpcId)> {
    let (group, vpc) = ends(id)?;
    let group = cloud.security_groups.get(&group).filter(|group| group.associated_vpcs.contains(&vpc))?;
    Some((group, vpc))
}

impl Handler for SecurityGroupVpcAssociation {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::SecurityGroupVpcAssociation",
        shape: Shape::free(PROPERTIES),
        attributes: &["State", "VpcOwnerId"],
        refused_attributes: &[("StateReason", "an association that stands has no reason")],
        which: Which::SecurityGroupVpcAssociation,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Properties { group_id, vpc_id } = new.read()?;
        let id = format!("{group_id}|{vpc_id}");
        account.run(AssociateSecurityGroupVpc { group_id, vpc_id })?;
        Ok(id)
    }

    fn update<A: Account>(_: &mut A, id: &str, _: &Map<String, Json>, _: &New) -> Result<String, Failure> {
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        let Some((group_id, vpc_id)) = ends(id) else { return Ok(()) };
        account.run(DisassociateSecurityGroupVpc { group_id, vpc_id })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let (group, vpc) = find(cloud, id)?;
        Live::beside(properties).is("GroupId", group.id.as_str()).is("VpcId", vpc.as_str()).done()
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let (group, _) = find(cloud, id)?;
        Some(Known::Text(match name {
            "State" => "associated".to_string(),
            "VpcOwnerId" => group.scope.account.to_string(),
            _ => return None,
        }))
    }
}
