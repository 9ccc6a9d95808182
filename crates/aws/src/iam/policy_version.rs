//! Versions of managed policies.

use super::document::escaped;
use super::millis;
use super::page::page;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::AnyPolicy;
use croft_model::iam::PolicyVersion;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyVersionOutput {
    /// None in lists.
    document: Option<String>,
    version_id: String,
    is_default_version: bool,
    /// None of AWS's own: Croft does not know it.
    create_date: Option<i64>,
}

impl PolicyVersionOutput {
    fn listed(version: &PolicyVersion, default: u32) -> PolicyVersionOutput {
        PolicyVersionOutput {
            document: None,
            version_id: format!("v{}", version.number),
            is_default_version: version.number == default,
            create_date: Some(millis(version.created)),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OneVersion {
    policy_version: PolicyVersionOutput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreatePolicyVersion {
    policy_arn: String,
    policy_document: String,
    #[serde(default)]
    set_as_default: bool,
}

impl Operation for CreatePolicyVersion {
    const NAME: &'static str = "CreatePolicyVersion";
    type Output = OneVersion;

    fn run(self, call: &mut Call<'_>) -> Result<OneVersion, Fault> {
        let set_as_default = self.set_as_default;
        let version = call.run(croft_control::CreatePolicyVersion {
            policy_arn: self.policy_arn,
            policy_document: self.policy_document,
            set_as_default,
        })?;
        let default = if set_as_default { version.number } else { 0 };
        Ok(OneVersion { policy_version: PolicyVersionOutput::listed(&version, default) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetPolicyVersion {
    policy_arn: String,
    version_id: String,
}

impl Operation for GetPolicyVersion {
    const NAME: &'static str = "GetPolicyVersion";
    type Output = OneVersion;

    fn run(self, call: &mut Call<'_>) -> Result<OneVersion, Fault> {
        let cloud = call.cloud();
        let policy_version = match cloud.policy_by_arn(&call.scope.account, &self.policy_arn)? {
            AnyPolicy::Customer(policy) => {
                let version = cloud.policy_version(policy, &self.version_id)?;
                let listed = PolicyVersionOutput::listed(version, policy.default_version);
                PolicyVersionOutput { document: Some(escaped(&version.document)), ..listed }
            }
            AnyPolicy::Aws(policy) => match policy.document {
                Some(document) if self.version_id == "v1" => PolicyVersionOutput {
                    document: Some(escaped(document)),
                    version_id: self.version_id,
                    is_default_version: true,
                    create_date: None,
                },
                _ => {
                    let what = format!("The document {} of the AWS-managed policy {}", self.version_id, policy.name);
                    return Err(Fault::unsupported(what));
                }
            },
        };
        Ok(OneVersion { policy_version })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListPolicyVersions {
    policy_arn: String,
    marker: Option<String>,
    max_items: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPolicyVersionsOutput {
    versions: Vec<PolicyVersionOutput>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListPolicyVersions {
    const NAME: &'static str = "ListPolicyVersions";
    type Output = ListPolicyVersionsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ListPolicyVersionsOutput, Fault> {
        let cloud = call.cloud();
        let AnyPolicy::Customer(policy) = cloud.policy_by_arn(&call.scope.account, &self.policy_arn)? else {
            return Err(Fault::unsupported(format!("Listing the versions of {}", self.policy_arn)));
        };
        // The newest first; at most five, whose numbers' complement is their order.
        let versions = policy.versions.iter().rev();
        let page = page(versions, self.marker.as_deref(), self.max_items, |v| format!("{:010}", u32::MAX - v.number))?;
        Ok(ListPolicyVersionsOutput {
            versions: page.items.iter().map(|v| PolicyVersionOutput::listed(v, policy.default_version)).collect(),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
