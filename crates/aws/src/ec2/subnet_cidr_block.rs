//! The IPv6 block of a subnet.

use super::subnet::ipv6_block;
use super::subnet::output::SubnetIpv6CidrBlockAssociation;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![AssociateSubnetCidrBlock, DisassociateSubnetCidrBlock];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssociateSubnetCidrBlock {
    subnet_id: String,
    ipv6_cidr_block: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubnetBlockOutput {
    ipv6_cidr_block_association: SubnetIpv6CidrBlockAssociation,
    subnet_id: String,
}

impl Operation for AssociateSubnetCidrBlock {
    const NAME: &'static str = "AssociateSubnetCidrBlock";
    type Output = SubnetBlockOutput;

    fn run(self, call: &mut Call<'_>) -> Result<SubnetBlockOutput, Fault> {
        let block = call.run(croft_control::AssociateSubnetCidrBlock {
            subnet_id: self.subnet_id.parse()?,
            ipv6_cidr_block: ipv6_block(&self.ipv6_cidr_block)?,
        })?;
        let ipv6_cidr_block_association = SubnetIpv6CidrBlockAssociation::associating(&block);
        Ok(SubnetBlockOutput { ipv6_cidr_block_association, subnet_id: self.subnet_id })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DisassociateSubnetCidrBlock {
    association_id: String,
}

impl Operation for DisassociateSubnetCidrBlock {
    const NAME: &'static str = "DisassociateSubnetCidrBlock";
    type Output = SubnetBlockOutput;

    fn run(self, call: &mut Call<'_>) -> Result<SubnetBlockOutput, Fault> {
        let association_id = self.association_id.parse()?;
        let (subnet, block) = call.run(croft_control::DisassociateSubnetCidrBlock { association_id })?;
        let ipv6_cidr_block_association = SubnetIpv6CidrBlockAssociation::disassociating(&block);
        Ok(SubnetBlockOutput { ipv6_cidr_block_association, subnet_id: subnet.to_string() })
    }
}
