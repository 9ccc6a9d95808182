//! Managed policies on users and roles: who bears what.

use super::page::page;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::AccountId;
use croft_model::iam::IdentityPolicies;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![ListAttachedUserPolicies, ListAttachedRolePolicies, ListEntitiesForPolicy];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AttachedPolicy {
    policy_name: String,
    policy_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachedPoliciesOutput {
    attached_policies: Vec<AttachedPolicy>,
    is_truncated: bool,
    marker: Option<String>,
}

fn attached(
    cloud: &Cloud,
    account: &AccountId,
    policies: &IdentityPolicies,
    prefix: Option<&str>,
    marker: Option<&str>,
    max_items: Option<usize>,
) -> Result<AttachedPoliciesOutput, Fault> {
    let mut all = Vec::new();
    for arn in &policies.attached {
        let policy = cloud.policy_by_arn(account, arn)?;
        if policy.path().starts_with(prefix.unwrap_or_default()) {
            all.push(AttachedPolicy { policy_name: policy.name().into(), policy_arn: arn.clone() });
        }
    }
    let page = page(all.into_iter(), marker, max_items, |p| p.policy_arn.clone())?;
    Ok(AttachedPoliciesOutput { attached_policies: page.items, is_truncated: page.is_truncated, marker: page.marker })
}

macro_rules! list { ($($name:ident by $field:ident = $find:ident;)*) => { $(
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    pub struct $name {
        $field: String,
        path_prefix: Option<String>,
        marker: Option<String>,
        max_items: Option<usize>,
    }

    impl Operation for $name {
        const NAME: &'static str = stringify!($name);
        type Output = AttachedPoliciesOutput;

        fn run(self, call: &mut Call<'_>) -> Result<AttachedPoliciesOutput, Fault> {
            let cloud = call.cloud();
            let account = &call.scope.account;
            let policies = &cloud.$find(account, &self.$field)?.policies;
            let (prefix, marker) = (self.path_prefix.as_deref(), self.marker.as_deref());
            attached(&cloud, account, policies, prefix, marker, self.max_items)
        }
    }
)* } }

list! {
    ListAttachedUserPolicies by user_name = iam_user;
    ListAttachedRolePolicies by role_name = iam_role;
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListEntitiesForPolicy {
    policy_arn: String,
    entity_filter: Option<String>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEntitiesForPolicyOutput {
    policy_groups: [(); 0],
    policy_users: Vec<PolicyUser>,
    policy_roles: Vec<PolicyRole>,
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyUser {
    user_name: String,
    user_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyRole {
    role_name: String,
    role_id: String,
}

enum Entity {
    User(PolicyUser),
    Role(PolicyRole),
}

impl Operation for ListEntitiesForPolicy {
    const NAME: &'static str = "ListEntitiesForPolicy";
    type Output = ListEntitiesForPolicyOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ListEntitiesForPolicyOutput, Fault> {
        let cloud = call.cloud();
        let account = &call.scope.account;
        let arn = self.policy_arn;
        cloud.policy_by_arn(account, &arn)?;
        let bears = |policies: &IdentityPolicies| {
            let attached = policies.attached.contains(&arn);
            let bounded = policies.permissions_boundary.as_ref() == Some(&arn);
            match self.policy_usage_filter.as_deref() {
                Some("PermissionsPolicy") => attached,
                Some("PermissionsBoundary") => bounded,
                _ => attached || bounded,
            }
        };
        let prefix = self.path_prefix.unwrap_or_default();
        let asked = |kind: &str| self.entity_filter.as_deref().is_none_or(|filter| filter == kind);
        // Keys of users come before those of roles.
        let mut all = Vec::new();
        for user in cloud.iam_users(account).filter(|u| asked("User") && u.path.starts_with(&prefix)) {
            if bears(&user.policies) {
                let entity = PolicyUser { user_name: user.name.clone(), user_id: user.id.clone() };
                all.push((format!("a{}", user.key), Entity::User(entity)));
            }
        }
        for role in cloud.iam_roles(account).filter(|r| asked("Role") && r.path.starts_with(&prefix)) {
            if bears(&role.policies) {
                let entity = PolicyRole { role_name: role.name.clone(), role_id: role.id.clone() };
                all.push((format!("b{}", role.key), Entity::Role(entity)));
            }
        }
        let page = page(all.into_iter(), self.marker.as_deref(), self.max_items, |(key, _)| key.clone())?;
        let mut output = ListEntitiesForPolicyOutput {
            policy_groups: [],
            policy_users: vec![],
            policy_roles: vec![],
            is_truncated: page.is_truncated,
            marker: page.marker,
        };
        for (_, entity) in page.items {
            match entity {
                Entity::User(user) => output.policy_users.push(user),
                Entity::Role(role) => output.policy_roles.push(role),
            }
        }
        Ok(output)
    }
}
