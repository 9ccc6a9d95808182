//! Managed policies, AWS's own among them.

use super::millis;
use super::page::page;
use super::tag::{self, Tag};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::{AWS_MANAGED, AnyPolicy, AwsManagedPolicy, PolicyUse};
use croft_model::iam::ManagedPolicy;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![CreatePolicy, GetPolicy, ListPolicies];

/// A policy as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyOutput {
    policy_name: String,
    policy_id: String,
    arn: String,
    path: String,
    default_version_id: String,
    attachment_count: u32,
    permissions_boundary_usage_count: u32,
    is_attachable: bool,
    description: Option<String>,
    /// None of AWS's own: Croft does not know it.
    create_date: Option<i64>,
    update_date: Option<i64>,
    tags: Option<Vec<Tag>>,
}

impl PolicyOutput {
    fn of(policy: AnyPolicy<'_>, uses: PolicyUse) -> PolicyOutput {
        match policy {
            AnyPolicy::Aws(policy) => PolicyOutput::aws(policy, uses),
            AnyPolicy::Customer(policy) => PolicyOutput::whole(policy, uses),
        }
    }

    fn aws(policy: &AwsManagedPolicy, uses: PolicyUse) -> PolicyOutput {
        PolicyOutput {
            policy_name: policy.name.into(),
            policy_id: policy.id(),
            arn: policy.arn(),
            path: policy.path.into(),
            default_version_id: "v1".into(),
            attachment_count: uses.attachments,
            permissions_boundary_usage_count: uses.boundaries,
            is_attachable: true,
            description: None,
            create_date: None,
            update_date: None,
            tags: None,
        }
    }

    fn listed(policy: &ManagedPolicy, uses: PolicyUse) -> PolicyOutput {
        PolicyOutput {
            policy_name: policy.name.clone(),
            policy_id: policy.id.clone(),
            arn: policy.arn(),
            path: policy.path.clone(),
            default_version_id: format!("v{}", policy.default_version),
            attachment_count: uses.attachments,
            permissions_boundary_usage_count: uses.boundaries,
            is_attachable: true,
            description: None,
            create_date: Some(millis(policy.created)),
            update_date: Some(millis(policy.updated)),
            tags: None,
        }
    }

    fn whole(policy: &ManagedPolicy, uses: PolicyUse) -> PolicyOutput {
        PolicyOutput {
            description: policy.description.clone(),
            tags: tag::shown(&policy.tags),
            ..PolicyOutput::listed(policy, uses)
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OnePolicy {
    policy: PolicyOutput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreatePolicy {
    policy_name: String,
    path: Option<String>,
    policy_document: String,
    description: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

impl Operation for CreatePolicy {
    const NAME: &'static str = "CreatePolicy";
    type Output = OnePolicy;

    fn run(self, call: &mut Call<'_>) -> Result<OnePolicy, Fault> {
        let policy = call.run(croft_control::CreatePolicy {
            policy_name: self.policy_name,
            path: self.path,
            policy_document: self.policy_document,
            description: self.description,
            tags: tag::read(self.tags)?,
        })?;
        Ok(OnePolicy { policy: PolicyOutput::whole(&policy, PolicyUse::default()) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetPolicy {
    policy_arn: String,
}

impl Operation for GetPolicy {
    const NAME: &'static str = "GetPolicy";
    type Output = OnePolicy;

    fn run(self, call: &mut Call<'_>) -> Result<OnePolicy, Fault> {
        let cloud = call.cloud();
        let account = &call.scope.account;
        let policy = cloud.policy_by_arn(account, &self.policy_arn)?;
        let uses = cloud.policy_uses(account).get(self.policy_arn.as_str()).copied().unwrap_or_default();
        Ok(OnePolicy { policy: PolicyOutput::of(policy, uses) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListPolicies {
    scope: Option<String>,
    #[serde(default)]
    only_attached: bool,
    path_prefix: Option<String>,
    policy_usage_filter: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesOutput {
    policies: Vec<PolicyOutput>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListPolicies {
    const NAME: &'static str = "ListPolicies";
    type Output = ListPoliciesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ListPoliciesOutput, Fault> {
        let cloud = call.cloud();
        let account = &call.scope.account;
        let uses = cloud.policy_uses(account);
        let used = |arn: &str| uses.get(arn).copied().unwrap_or_default();
        let scope = self.scope.as_deref().unwrap_or("All");
        let mut all = Vec::new();
        if scope != "AWS" {
            all.extend(cloud.managed_policies_of(account).map(|p| PolicyOutput::listed(p, used(&p.arn()))));
        }
        if scope != "Local" {
            all.extend(AWS_MANAGED.iter().map(|p| PolicyOutput::aws(p, used(&p.arn()))));
        }
        let prefix = self.path_prefix.unwrap_or_default();
        all.retain(|p| {
            let counts = match self.policy_usage_filter.as_deref() {
                Some("PermissionsPolicy") => p.attachment_count,
                Some("PermissionsBoundary") => p.permissions_boundary_usage_count,
                _ => p.attachment_count + p.permissions_boundary_usage_count,
            };
            let asked = self.only_attached || self.policy_usage_filter.is_some();
            p.path.starts_with(&prefix) && (counts > 0 || !asked)
        });
        all.sort_by(|a, b| a.arn.cmp(&b.arn));
        let page = page(all.into_iter(), self.marker.as_deref(), self.max_items, |p| p.arn.clone())?;
        Ok(ListPoliciesOutput { policies: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}
