//! `AWS::EC2::VPCBlockPublicAccessExclusion`: a VPC or subnet to which block public access does not apply.

use super::live::Live;
use super::schema::{Kind, Shape, TAGS, property};
use super::*;
use croft_control::{
    CreateVpcBlockPublicAccessExclusion, DeleteVpcBlockPublicAccessExclusion, ModifyVpcBlockPublicAccessExclusion,
};
use croft_model::block_public_access::{BlockPublicAccessExclusion as Exclusion, Excluded, ExclusionMode};
use croft_model::{BlockPublicAccessExclusionId, SubnetId, VpcId};
use serde::Deserialize;

pub struct BlockPublicAccessExclusion;

const PROPERTIES: &[Property] = &[
    property("InternetGatewayExclusionMode", Kind::OneOf(&["allow-bidirectional", "allow-egress"])).required(),
    property("SubnetId", Kind::Id("subnet")).replaces(),
    TAGS,
    property("VpcId", Kind::Id("vpc")).replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    internet_gateway_exclusion_mode: ExclusionMode,
    subnet_id: Option<SubnetId>,
    vpc_id: Option<VpcId>,
}

fn find<'a>(cloud: &'a Cloud, id: &str) -> Option<&'a Exclusion> {
    let id: BlockPublicAccessExclusionId = id.parse().ok()?;
    cloud.block_public_access_exclusions.get(&id).filter(|e| e.applies())
}

impl Handler for BlockPublicAccessExclusion {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::VPCBlockPublicAccessExclusion",
        shape: Shape { properties: PROPERTIES, exactly_one: &[&["SubnetId", "VpcId"]], at_most_one: &[] },
        attributes: &["ExclusionId"],
        refused_attributes: &[],
        which: Which::BlockPublicAccessExclusion,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Properties { internet_gateway_exclusion_mode, subnet_id, vpc_id } = new.read()?;
        let of = match (subnet_id, vpc_id) {
            (Some(id), _) => Excluded::Subnet(id),
            (None, Some(id)) => Excluded::Vpc(id),
            (None, None) => return Err(Failure::Properties("neither SubnetId nor VpcId is given".to_string())),
        };
        let request = CreateVpcBlockPublicAccessExclusion { of, internet_gateway_exclusion_mode, tags: new.tags() };
        Ok(account.run(request)?.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let Properties { internet_gateway_exclusion_mode, .. } = new.read()?;
        let exclusion_id = id.parse()?;
        account.run(ModifyVpcBlockPublicAccessExclusion { exclusion_id, internet_gateway_exclusion_mode })?;
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        if find(&account.cloud(), id).is_some() {
            account.run(DeleteVpcBlockPublicAccessExclusion { exclusion_id: id.parse()? })?;
        }
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let exclusion = find(cloud, id)?;
        let mode = match exclusion.mode {
            ExclusionMode::AllowBidirectional => "allow-bidirectional",
            ExclusionMode::AllowEgress => "allow-egress",
        };
        Live::beside(properties).is("InternetGatewayExclusionMode", mode).tags(&exclusion.tags).done()
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let exclusion = find(cloud, id)?;
        (name == "ExclusionId").then(|| Known::Text(exclusion.id.to_string()))
    }
}
