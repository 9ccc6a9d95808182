//! `AWS::EC2::VPCDHCPOptionsAssociation`: the set of DHCP options of a VPC. Without it a VPC has none, AWS's `default`.

use super::live::Live;
use super::schema::{Kind, Shape, property};
use super::*;
use croft_control::AssociateDhcpOptions;
use croft_model::{DhcpOptionsId, VpcId};
use serde::Deserialize;

pub struct VpcDhcpOptionsAssociation;

/// In place of an identifier: no options.
const NONE: &str = "default";

const PROPERTIES: &[Property] = &[
    property("DhcpOptionsId", Kind::IdOr("dopt", NONE)).required().replaces(),
    property("VpcId", Kind::Id("vpc")).required().replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    dhcp_options_id: String,
    vpc_id: VpcId,
}

/// The two ends of a physical id.
fn ends(id: &str) -> Option<(&str, VpcId)> {
    let (options, vpc) = id.split_once('|')?;
    Some((options, vpc.parse().ok()?))
}

fn associate<A: Account>(account: &mut A, options: &str, vpc_id: VpcId) -> Result<(), Failure> {
    let dhcp_options_id = match options {
        NONE => None,
        id => Some(id.parse::<DhcpOptionsId>()?),
    };
    account.run(AssociateDhcpOptions { dhcp_options_id, vpc_id })?;
    Ok(())
}

/// What a VPC has now.
fn held(cloud: &Cloud, vpc: &VpcId) -> Option<String> {
    let options = &cloud.vpcs.get(vpc)?.dhcp_options;
    Some(options.as_ref().map_or(NONE.to_string(), ToString::to_string))
}

impl Handler for VpcDhcpOptionsAssociation {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::VPCDHCPOptionsAssociation",
        shape: Shape::free(PROPERTIES),
        attributes: &[],
        refused_attributes: &[],
        which: Which::VpcDhcpOptionsAssociation,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Properties { dhcp_options_id, vpc_id } = new.read()?;
        associate(account, &dhcp_options_id, vpc_id.clone())?;
        Ok(format!("{dhcp_options_id}|{vpc_id}"))
    }

    fn update<A: Account>(_: &mut A, id: &str, _: &Map<String, Json>, _: &New) -> Result<String, Failure> {
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        let Some((options, vpc)) = ends(id) else { return Ok(()) };
        // Another association may have taken its place.
        match held(&account.cloud(), &vpc).as_deref() == Some(options) {
            true => associate(account, NONE, vpc),
            false => Ok(()),
        }
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let (_, vpc) = ends(id)?;
        Live::beside(properties).is("DhcpOptionsId", held(cloud, &vpc)?).is("VpcId", vpc.as_str()).done()
    }

    fn attribute(_: &Cloud, _: &str, _: &str) -> Option<Known> {
        None
    }
}
