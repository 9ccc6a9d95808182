//! Attributes of an account in a region, and the quotas among them.

use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeAccountAttributes];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeAccountAttributes {
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAccountAttributesOutput {
    account_attributes: Vec<AccountAttribute>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountAttribute {
    attribute_name: &'static str,
    attribute_values: Vec<AccountAttributeValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountAttributeValue {
    attribute_value: String,
}

impl Operation for DescribeAccountAttributes {
    const NAME: &'static str = "DescribeAccountAttributes";
    type Output = DescribeAccountAttributesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeAccountAttributesOutput, Fault> {
        let cloud = call.cloud();
        let quotas = cloud.quotas(call.scope);
        let default_vpc = cloud.default_vpc(call.scope).map_or("none".into(), |vpc| vpc.id.to_string());
        let attributes = [
            ("supported-platforms", "VPC".to_string()),
            ("default-vpc", default_vpc),
            // AWS still answers it and says that it means nothing any more.
            ("max-instances", "20".to_string()),
            ("max-elastic-ips", quotas.elastic_ips_per_region.to_string()),
            ("vpc-max-elastic-ips", quotas.elastic_ips_per_region.to_string()),
            ("vpc-max-security-groups-per-interface", quotas.security_groups_per_interface.to_string()),
        ];
        let known = |name: &str| attributes.iter().any(|(known, _)| *known == name);
        if let Some(name) = self.attribute_names.iter().find(|name| !known(name)) {
            return Err(Fault::invalid_value(format!("Invalid value '{name}' for attributeName.")));
        }
        let asked = |name: &str| self.attribute_names.is_empty() || self.attribute_names.iter().any(|n| n == name);
        let shown = attributes.into_iter().filter(|(name, _)| asked(name));
        let account_attributes = shown.map(|(attribute_name, value)| AccountAttribute {
            attribute_name,
            attribute_values: vec![AccountAttributeValue { attribute_value: value }],
        });
        Ok(DescribeAccountAttributesOutput { account_attributes: account_attributes.collect() })
    }
}
