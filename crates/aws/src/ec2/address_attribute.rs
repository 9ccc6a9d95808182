//! The reverse names of Elastic IPs.

use super::listing::{after, one};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::address::Address;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeAddressesAttribute, ModifyAddressAttribute, ResetAddressAttribute];

#[derive(Deserialize)]
enum Attribute {
    #[serde(rename = "domain-name")]
    DomainName,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddressAttributeOutput {
    public_ip: String,
    allocation_id: String,
    ptr_record: Option<String>,
}

impl AddressAttributeOutput {
    fn of(address: &Address) -> AddressAttributeOutput {
        AddressAttributeOutput {
            public_ip: address.public_ip.to_string(),
            allocation_id: address.id.to_string(),
            ptr_record: address.ptr_record.clone(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeAddressesAttribute {
    #[serde(default)]
    allocation_ids: Vec<String>,
    /// There is only the one.
    #[serde(rename = "Attribute")]
    _attribute: Option<Attribute>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAddressesAttributeOutput {
    addresses: Vec<AddressAttributeOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeAddressesAttribute {
    const NAME: &'static str = "DescribeAddressesAttribute";
    type Output = DescribeAddressesAttributeOutput;

    /// Of addresses that have a reverse name.
    fn run(self, call: &mut Call<'_>) -> Result<DescribeAddressesAttributeOutput, Fault> {
        let cloud = call.cloud();
        let mut named: Vec<&Address> = match self.allocation_ids.as_slice() {
            [] => cloud.addresses.values().filter(|a| a.scope == *call.scope).collect(),
            ids => ids.iter().map(|id| one(&cloud, call.scope, id)).collect::<Result<_, _>>()?,
        };
        named.retain(|a| a.ptr_record.is_some());
        named.sort_by(|a, b| a.id.cmp(&b.id));
        let page = after(named.into_iter(), self.max_results, self.next_token.as_deref(), |a| a.id.to_string())?;
        Ok(DescribeAddressesAttributeOutput {
            addresses: page.items.into_iter().map(AddressAttributeOutput::of).collect(),
            next_token: page.next_token,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyAddressAttribute {
    allocation_id: String,
    domain_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddressAttributeChangedOutput {
    address: AddressAttributeOutput,
}

impl Operation for ModifyAddressAttribute {
    const NAME: &'static str = "ModifyAddressAttribute";
    type Output = AddressAttributeChangedOutput;

    fn run(self, call: &mut Call<'_>) -> Result<AddressAttributeChangedOutput, Fault> {
        let address = call.run(croft_control::ModifyAddressAttribute {
            allocation_id: self.allocation_id.parse()?,
            domain_name: self.domain_name,
        })?;
        Ok(AddressAttributeChangedOutput { address: AddressAttributeOutput::of(&address) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ResetAddressAttribute {
    allocation_id: String,
    /// There is only the one.
    #[serde(rename = "Attribute")]
    _attribute: Attribute,
}

impl Operation for ResetAddressAttribute {
    const NAME: &'static str = "ResetAddressAttribute";
    type Output = AddressAttributeChangedOutput;

    fn run(self, call: &mut Call<'_>) -> Result<AddressAttributeChangedOutput, Fault> {
        let address = call.run(croft_control::ResetAddressAttribute { allocation_id: self.allocation_id.parse()? })?;
        Ok(AddressAttributeChangedOutput { address: AddressAttributeOutput::of(&address) })
    }
}
