//! What is excluded from block public access.

use super::arn::arn;
use super::block_public_access::millis;
use super::filter::{FilterOf, Filters};
use super::listing::{Listed, Query, select};
use super::tag::{self, Tag, TagSpecifications};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::block_public_access::*;
use croft_model::{BlockPublicAccessExclusionId, Tags};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![
    CreateVpcBlockPublicAccessExclusion,
    DeleteVpcBlockPublicAccessExclusion,
    DescribeVpcBlockPublicAccessExclusions,
    ModifyVpcBlockPublicAccessExclusion,
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateVpcBlockPublicAccessExclusion {
    subnet_id: Option<String>,
    vpc_id: Option<String>,
    internet_gateway_exclusion_mode: ExclusionMode,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExclusionAnswer {
    vpc_block_public_access_exclusion: ExclusionOutput,
}

impl ExclusionAnswer {
    fn of(exclusion: &BlockPublicAccessExclusion) -> ExclusionAnswer {
        ExclusionAnswer { vpc_block_public_access_exclusion: ExclusionOutput::of(exclusion) }
    }
}

impl Operation for CreateVpcBlockPublicAccessExclusion {
    const NAME: &'static str = "CreateVpcBlockPublicAccessExclusion";
    type Output = ExclusionAnswer;

    fn run(self, call: &mut Call<'_>) -> Result<ExclusionAnswer, Fault> {
        let of = match (self.vpc_id, self.subnet_id) {
            (Some(vpc), None) => Excluded::Vpc(vpc.parse()?),
            (None, Some(subnet)) => Excluded::Subnet(subnet.parse()?),
            (None, None) => return Err(Fault::missing("VpcId or SubnetId")),
            (Some(_), Some(_)) => {
                return Err(Fault::invalid_combination("Give either a VPC or a subnet, one of the two."));
            }
        };
        let exclusion = call.run(croft_control::CreateVpcBlockPublicAccessExclusion {
            of,
            internet_gateway_exclusion_mode: self.internet_gateway_exclusion_mode,
            tags: self.tag_specifications.of("vpc-block-public-access-exclusion")?,
        })?;
        Ok(ExclusionAnswer::of(&exclusion))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyVpcBlockPublicAccessExclusion {
    exclusion_id: String,
    internet_gateway_exclusion_mode: ExclusionMode,
}

impl Operation for ModifyVpcBlockPublicAccessExclusion {
    const NAME: &'static str = "ModifyVpcBlockPublicAccessExclusion";
    type Output = ExclusionAnswer;

    fn run(self, call: &mut Call<'_>) -> Result<ExclusionAnswer, Fault> {
        let exclusion = call.run(croft_control::ModifyVpcBlockPublicAccessExclusion {
            exclusion_id: self.exclusion_id.parse()?,
            internet_gateway_exclusion_mode: self.internet_gateway_exclusion_mode,
        })?;
        Ok(ExclusionAnswer::of(&exclusion))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteVpcBlockPublicAccessExclusion {
    exclusion_id: String,
}

impl Operation for DeleteVpcBlockPublicAccessExclusion {
    const NAME: &'static str = "DeleteVpcBlockPublicAccessExclusion";
    type Output = ExclusionAnswer;

    fn run(self, call: &mut Call<'_>) -> Result<ExclusionAnswer, Fault> {
        let exclusion_id = self.exclusion_id.parse()?;
        let exclusion = call.run(croft_control::DeleteVpcBlockPublicAccessExclusion { exclusion_id })?;
        Ok(ExclusionAnswer::of(&exclusion))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeVpcBlockPublicAccessExclusions {
    #[serde(default)]
    exclusion_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVpcBlockPublicAccessExclusionsOutput {
    vpc_block_public_access_exclusions: Vec<ExclusionOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeVpcBlockPublicAccessExclusions {
    const NAME: &'static str = "DescribeVpcBlockPublicAccessExclusions";
    type Output = DescribeVpcBlockPublicAccessExclusionsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<Self::Output, Fault> {
        let cloud = call.cloud();
        let query = Query {
            ids: &self.exclusion_ids,
            filters: &self.filters,
            max_results: self.max_results,
            next_token: self.next_token.as_deref(),
        };
        let page = select::<BlockPublicAccessExclusion>(&cloud, call.scope, query)?;
        Ok(DescribeVpcBlockPublicAccessExclusionsOutput {
            vpc_block_public_access_exclusions: page.items.into_iter().map(ExclusionOutput::of).collect(),
            next_token: page.next_token,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExclusionOutput {
    exclusion_id: String,
    internet_gateway_exclusion_mode: ExclusionMode,
    resource_arn: String,
    state: &'static str,
    creation_timestamp: i64,
    last_update_timestamp: i64,
    deletion_timestamp: Option<i64>,
    tags: Vec<Tag>,
}

fn resource_arn(exclusion: &BlockPublicAccessExclusion) -> String {
    match &exclusion.of {
        Excluded::Vpc(id) => arn(&exclusion.scope, "vpc", id),
        Excluded::Subnet(id) => arn(&exclusion.scope, "subnet", id),
    }
}

fn state(exclusion: &BlockPublicAccessExclusion) -> &'static str {
    match exclusion.state {
        ExclusionState::CreateComplete => "create-complete",
        ExclusionState::UpdateComplete => "update-complete",
        ExclusionState::DeleteComplete => "delete-complete",
    }
}

impl ExclusionOutput {
    fn of(exclusion: &BlockPublicAccessExclusion) -> ExclusionOutput {
        ExclusionOutput {
            exclusion_id: exclusion.id.to_string(),
            internet_gateway_exclusion_mode: exclusion.mode,
            resource_arn: resource_arn(exclusion),
            state: state(exclusion),
            creation_timestamp: millis(exclusion.created),
            last_update_timestamp: millis(exclusion.updated),
            deletion_timestamp: exclusion.deleted.map(millis),
            tags: tag::shown(&exclusion.tags),
        }
    }
}

impl Listed for BlockPublicAccessExclusion {
    type Id = BlockPublicAccessExclusionId;
    const FILTERS: &'static [FilterOf<BlockPublicAccessExclusion>] = &[
        ("internet-gateway-exclusion-mode", |_, exclusion, found| {
            found.text(match exclusion.mode {
                ExclusionMode::AllowBidirectional => "allow-bidirectional",
                ExclusionMode::AllowEgress => "allow-egress",
            });
        }),
        ("resource-arn", |_, exclusion, found| found.text(&resource_arn(exclusion))),
        ("state", |_, exclusion, found| found.text(state(exclusion))),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<BlockPublicAccessExclusionId, BlockPublicAccessExclusion> {
        &cloud.block_public_access_exclusions
    }
    fn id(&self) -> &BlockPublicAccessExclusionId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}
