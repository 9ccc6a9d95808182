//! Further blocks of a VPC.

use super::vpc::ipv4_block;
use super::vpc::output::*;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::AssociatedBlock;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![AssociateVpcCidrBlock, DisassociateVpcCidrBlock];

pub fn is_amazon_provided(parameter: Option<bool>) -> bool {
    parameter.unwrap_or(false)
}

/// The group from which Amazon's addresses are announced: every region here has the one of its own name.
///
/// # Errors
/// `InvalidParameterValue` for another one, `InvalidParameterCombination` where no such block is wanted.
pub fn own_border_group(call: &Call<'_>, group: Option<&str>, amazon_provided: bool) -> Result<(), Fault> {
    match group {
        None => Ok(()),
        Some(_) if !amazon_provided => Err(Fault::invalid_combination(
            "Ipv6CidrBlockNetworkBorderGroup goes with AmazonProvidedIpv6CidrBlock only.",
        )),
        Some(group) if call.scope.region == group => Ok(()),
        Some(group) => Err(Fault::invalid_value(format!(
            "Value ({group}) for parameter Ipv6CidrBlockNetworkBorderGroup is invalid. Use {}.",
            call.scope.region
        ))),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssociateVpcCidrBlock {
    vpc_id: String,
    cidr_block: Option<String>,
    amazon_provided_ipv6_cidr_block: Option<bool>,
    ipv6_cidr_block_network_border_group: Option<String>,
}

/// One of the two.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BlockOutput {
    ipv6_cidr_block_association: Option<VpcIpv6CidrBlockAssociation>,
    cidr_block_association: Option<VpcCidrBlockAssociation>,
    vpc_id: String,
}

impl BlockOutput {
    fn of(call: &Call<'_>, vpc_id: String, block: &AssociatedBlock, state: CidrBlockState) -> BlockOutput {
        let (mut ipv4, mut ipv6) = (None, None);
        match block {
            AssociatedBlock::Ipv4(block) => ipv4 = Some(VpcCidrBlockAssociation::of(block, state)),
            AssociatedBlock::Ipv6(block) => {
                ipv6 = Some(VpcIpv6CidrBlockAssociation::of(&call.scope.region, block, state));
            }
        }
        BlockOutput { ipv6_cidr_block_association: ipv6, cidr_block_association: ipv4, vpc_id }
    }
}

impl Operation for AssociateVpcCidrBlock {
    const NAME: &'static str = "AssociateVpcCidrBlock";
    type Output = BlockOutput;

    fn run(self, call: &mut Call<'_>) -> Result<BlockOutput, Fault> {
        let amazon_provided_ipv6_cidr_block = is_amazon_provided(self.amazon_provided_ipv6_cidr_block);
        own_border_group(call, self.ipv6_cidr_block_network_border_group.as_deref(), amazon_provided_ipv6_cidr_block)?;
        let block = call.run(croft_control::AssociateVpcCidrBlock {
            vpc_id: self.vpc_id.parse()?,
            cidr_block: self.cidr_block.as_deref().map(ipv4_block).transpose()?,
            amazon_provided_ipv6_cidr_block,
        })?;
        Ok(BlockOutput::of(call, self.vpc_id, &block, ASSOCIATING))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DisassociateVpcCidrBlock {
    association_id: String,
}

impl Operation for DisassociateVpcCidrBlock {
    const NAME: &'static str = "DisassociateVpcCidrBlock";
    type Output = BlockOutput;

    fn run(self, call: &mut Call<'_>) -> Result<BlockOutput, Fault> {
        let (vpc_id, block) =
            call.run(croft_control::DisassociateVpcCidrBlock { association_id: self.association_id.parse()? })?;
        Ok(BlockOutput::of(call, vpc_id.to_string(), &block, DISASSOCIATING))
    }
}
