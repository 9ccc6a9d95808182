//! A VPC as AWS shows and filters it.

use crate::ec2::block_public_access::BlockPublicAccessStates;
use crate::ec2::filter::FilterOf;
use crate::ec2::listing::Listed;
use crate::ec2::tag::{self, Tag};
use croft_control::Cloud;
use croft_model::vpc::{CidrBlock, Ipv6CidrBlock, Vpc};
use croft_model::{RegionName, Tags, VpcId};
use imbl::OrdMap;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcOutput {
    owner_id: String,
    instance_tenancy: String,
    /// AWS leaves an empty one out, except where the VPC is made.
    ipv6_cidr_block_association_set: Option<Vec<VpcIpv6CidrBlockAssociation>>,
    cidr_block_association_set: Vec<VpcCidrBlockAssociation>,
    is_default: bool,
    tags: Vec<Tag>,
    block_public_access_states: BlockPublicAccessStates,
    vpc_id: String,
    state: &'static str,
    cidr_block: Option<String>,
    dhcp_options_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcCidrBlockAssociation {
    association_id: String,
    cidr_block: String,
    cidr_block_state: CidrBlockState,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcIpv6CidrBlockAssociation {
    association_id: String,
    ipv6_cidr_block: String,
    ipv6_cidr_block_state: CidrBlockState,
    network_border_group: String,
    ipv6_pool: &'static str,
    ipv6_address_attribute: &'static str,
    ip_source: &'static str,
}

/// A block is there when the answer says that it comes, and gone when the answer says that it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CidrBlockState {
    state: &'static str,
}

pub const ASSOCIATING: CidrBlockState = CidrBlockState { state: "associating" };
pub const ASSOCIATED: CidrBlockState = CidrBlockState { state: "associated" };
pub const DISASSOCIATING: CidrBlockState = CidrBlockState { state: "disassociating" };

/// Where Amazon's own addresses come from.
const IPV6_POOL: &str = "Amazon";

/// What AWS calls the DHCP options of a VPC that has none.
pub const NO_DHCP_OPTIONS: &str = "default";

impl VpcCidrBlockAssociation {
    pub fn of(block: &CidrBlock, cidr_block_state: CidrBlockState) -> VpcCidrBlockAssociation {
        VpcCidrBlockAssociation {
            association_id: block.association.to_string(),
            cidr_block: block.block.to_string(),
            cidr_block_state,
        }
    }
}

impl VpcIpv6CidrBlockAssociation {
    pub fn of(
        region: &RegionName,
        block: &Ipv6CidrBlock,
        ipv6_cidr_block_state: CidrBlockState,
    ) -> VpcIpv6CidrBlockAssociation {
        VpcIpv6CidrBlockAssociation {
            association_id: block.association.to_string(),
            ipv6_cidr_block: block.block.to_string(),
            ipv6_cidr_block_state,
            network_border_group: region.to_string(),
            ipv6_pool: IPV6_POOL,
            ipv6_address_attribute: "public",
            ip_source: "amazon",
        }
    }
}

impl VpcOutput {
    /// As it is shown where it is made: AWS says that it comes, and whoever asks next finds it.
    pub fn made(cloud: &Cloud, vpc: &Vpc) -> VpcOutput {
        let mut output = VpcOutput::of(cloud, vpc);
        output.state = "pending";
        for block in output.ipv6_cidr_block_association_set.get_or_insert_default() {
            block.ipv6_cidr_block_state = ASSOCIATING;
        }
        output
    }

    pub fn of(cloud: &Cloud, vpc: &Vpc) -> VpcOutput {
        let region = &vpc.scope.region;
        let ipv6 = |block| VpcIpv6CidrBlockAssociation::of(region, block, ASSOCIATED);
        VpcOutput {
            owner_id: vpc.scope.account.to_string(),
            instance_tenancy: vpc.instance_tenancy.clone(),
            ipv6_cidr_block_association_set: Some(vpc.ipv6_cidr_blocks.iter().map(ipv6).collect())
                .filter(|set: &Vec<_>| !set.is_empty()),
            cidr_block_association_set: vpc
                .cidr_blocks
                .iter()
                .map(|block| VpcCidrBlockAssociation::of(block, ASSOCIATED))
                .collect(),
            is_default: vpc.is_default,
            tags: tag::shown(&vpc.tags),
            block_public_access_states: BlockPublicAccessStates::of(cloud.vpc_block_mode(&vpc.scope, &vpc.id)),
            vpc_id: vpc.id.to_string(),
            state: "available",
            cidr_block: vpc.cidr_blocks.first().map(|b| b.block.to_string()),
            dhcp_options_id: vpc.dhcp_options.as_ref().map_or(NO_DHCP_OPTIONS.into(), ToString::to_string),
        }
    }
}

impl Listed for Vpc {
    type Id = VpcId;
    const FILTERS: &'static [FilterOf<Vpc>] = &[
        ("cidr", |_, vpc, found| vpc.cidr_blocks.iter().take(1).for_each(|b| found.show(b.block))),
        ("cidr-block-association.cidr-block", |_, vpc, found| {
            vpc.cidr_blocks.iter().for_each(|b| found.show(b.block));
        }),
        ("cidr-block-association.association-id", |_, vpc, found| {
            vpc.cidr_blocks.iter().for_each(|b| found.text(b.association.as_str()));
        }),
        ("cidr-block-association.state", |_, vpc, found| {
            vpc.cidr_blocks.iter().for_each(|_| found.text(ASSOCIATED.state));
        }),
        ("dhcp-options-id", |_, vpc, found| {
            found.text(vpc.dhcp_options.as_ref().map_or(NO_DHCP_OPTIONS, |id| id.as_str()));
        }),
        ("ipv6-cidr-block-association.ipv6-cidr-block", |_, vpc, found| {
            vpc.ipv6_cidr_blocks.iter().for_each(|b| found.show(b.block));
        }),
        ("ipv6-cidr-block-association.ipv6-pool", |_, vpc, found| {
            vpc.ipv6_cidr_blocks.iter().for_each(|_| found.text(IPV6_POOL));
        }),
        ("ipv6-cidr-block-association.association-id", |_, vpc, found| {
            vpc.ipv6_cidr_blocks.iter().for_each(|b| found.text(b.association.as_str()));
        }),
        ("ipv6-cidr-block-association.state", |_, vpc, found| {
            vpc.ipv6_cidr_blocks.iter().for_each(|_| found.text(ASSOCIATED.state));
        }),
        ("is-default", |_, vpc, found| found.flag(vpc.is_default)),
        // Its old name, which clients still use.
        ("isDefault", |_, vpc, found| found.flag(vpc.is_default)),
        ("owner-id", |_, vpc, found| found.text(vpc.scope.account.as_str())),
        ("state", |_, _, found| found.text("available")),
        ("vpc-id", |_, vpc, found| found.text(vpc.id.as_str())),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<VpcId, Vpc> {
        &cloud.vpcs
    }
    fn id(&self) -> &VpcId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}
