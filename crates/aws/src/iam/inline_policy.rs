//! Policies of a user's or role's own, as they are shown.

use super::document::escaped;
use super::page::page;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::iam::IdentityPolicies;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![GetUserPolicy, ListUserPolicies, GetRolePolicy, ListRolePolicies];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OwnPolicyOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_name: Option<String>,
    policy_name: String,
    policy_document: String,
}

fn own(policies: &IdentityPolicies, kind: &str, name: String) -> Result<OwnPolicyOutput, Fault> {
    let missing = || Fault::new("NoSuchEntity", format!("The {kind} policy with name {name} cannot be found."));
    let policy_document = escaped(policies.inline.get(&name).ok_or_else(missing)?);
    Ok(OwnPolicyOutput { user_name: None, role_name: None, policy_name: name, policy_document })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetUserPolicy {
    user_name: String,
    policy_name: String,
}

impl Operation for GetUserPolicy {
    const NAME: &'static str = "GetUserPolicy";
    type Output = OwnPolicyOutput;

    fn run(self, call: &mut Call<'_>) -> Result<OwnPolicyOutput, Fault> {
        let cloud = call.cloud();
        let user = cloud.iam_user(&call.scope.account, &self.user_name)?;
        Ok(OwnPolicyOutput { user_name: Some(user.name.clone()), ..own(&user.policies, "user", self.policy_name)? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetRolePolicy {
    role_name: String,
    policy_name: String,
}

impl Operation for GetRolePolicy {
    const NAME: &'static str = "GetRolePolicy";
    type Output = OwnPolicyOutput;

    fn run(self, call: &mut Call<'_>) -> Result<OwnPolicyOutput, Fault> {
        let cloud = call.cloud();
        let role = cloud.iam_role(&call.scope.account, &self.role_name)?;
        Ok(OwnPolicyOutput { role_name: Some(role.name.clone()), ..own(&role.policies, "role", self.policy_name)? })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyNamesOutput {
    policy_names: Vec<String>,
    is_truncated: bool,
    marker: Option<String>,
}

macro_rules! list { ($($name:ident by $field:ident = $find:ident;)*) => { $(
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    pub struct $name {
        $field: String,
        marker: Option<String>,
        max_items: Option<usize>,
    }

    impl Operation for $name {
        const NAME: &'static str = stringify!($name);
        type Output = PolicyNamesOutput;

        fn run(self, call: &mut Call<'_>) -> Result<PolicyNamesOutput, Fault> {
            let cloud = call.cloud();
            let policies = &cloud.$find(&call.scope.account, &self.$field)?.policies;
            let names = policies.inline.keys().cloned();
            let page = page(names, self.marker.as_deref(), self.max_items, String::clone)?;
            Ok(PolicyNamesOutput { policy_names: page.items, is_truncated: page.is_truncated, marker: page.marker })
        }
    }
)* } }

list! {
    ListUserPolicies by user_name = iam_user;
    ListRolePolicies by role_name = iam_role;
}
