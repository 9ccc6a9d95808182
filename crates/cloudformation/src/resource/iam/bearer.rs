//! Users and roles alike: who bears policies.

use super::account_of;
use super::document;
use crate::resource::Failure;
use crate::resource::live::Live;
use crate::stack::Account;
use croft_control::*;
use croft_model::iam::IdentityPolicies;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// By its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    Role(String),
    User(String),
}

/// A policy of a bearer's own, as `Policies` lists them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Own {
    pub policy_name: String,
    pub policy_document: Json,
}

impl Bearer {
    /// What it bears. None: it is gone.
    pub fn policies<'c>(&self, cloud: &'c Cloud) -> Option<&'c IdentityPolicies> {
        let account = account_of(cloud);
        match self {
            Bearer::Role(name) => cloud.iam_role(account, name).ok().map(|role| &role.policies),
            Bearer::User(name) => cloud.iam_user(account, name).ok().map(|user| &user.policies),
        }
    }

    /// Writes a policy of its own.
    pub fn put<A: Account>(&self, account: &mut A, name: &str, document: &Json) -> Result<(), Failure> {
        let (policy_name, policy_document) = (name.to_string(), document::text(document));
        match self.clone() {
            Bearer::Role(role_name) => account.run(PutRolePolicy { role_name, policy_name, policy_document })?,
            Bearer::User(user_name) => account.run(PutUserPolicy { user_name, policy_name, policy_document })?,
        }
        Ok(())
    }

    /// Takes a policy of its own away. One that is not there is no failure, nor is a bearer that is gone.
    pub fn take<A: Account>(&self, account: &mut A, name: &str) -> Result<(), Failure> {
        let policy_name = name.to_string();
        gone_is_done(match self.clone() {
            Bearer::Role(role_name) => account.run(DeleteRolePolicy { role_name, policy_name }),
            Bearer::User(user_name) => account.run(DeleteUserPolicy { user_name, policy_name }),
        })
    }

    /// Gives it a managed policy.
    pub fn attach<A: Account>(&self, account: &mut A, arn: &str) -> Result<(), Failure> {
        let policy_arn = arn.to_string();
        match self.clone() {
            Bearer::Role(role_name) => account.run(AttachRolePolicy { role_name, policy_arn })?,
            Bearer::User(user_name) => account.run(AttachUserPolicy { user_name, policy_arn })?,
        }
        Ok(())
    }

    /// Takes a managed policy from it. One that is not there is no failure, nor is a bearer that is gone.
    pub fn detach<A: Account>(&self, account: &mut A, arn: &str) -> Result<(), Failure> {
        let policy_arn = arn.to_string();
        gone_is_done(match self.clone() {
            Bearer::Role(role_name) => account.run(DetachRolePolicy { role_name, policy_arn }),
            Bearer::User(user_name) => account.run(DetachUserPolicy { user_name, policy_arn }),
        })
    }

    /// Bounds it, or sets it free.
    pub fn bound<A: Account>(&self, account: &mut A, arn: Option<String>) -> Result<(), Failure> {
        match (self.clone(), arn) {
            (Bearer::Role(role_name), Some(permissions_boundary)) => {
                account.run(PutRolePermissionsBoundary { role_name, permissions_boundary })?;
                Ok(())
            }
            (Bearer::User(user_name), Some(permissions_boundary)) => {
                account.run(PutUserPermissionsBoundary { user_name, permissions_boundary })?;
                Ok(())
            }
            (Bearer::Role(role_name), None) => gone_is_done(account.run(DeleteRolePermissionsBoundary { role_name })),
            (Bearer::User(user_name), None) => gone_is_done(account.run(DeleteUserPermissionsBoundary { user_name })),
        }
    }

    /// Brings what the template says it bears from the old lists to the new ones; what others gave it stays.
    pub fn bring<A: Account>(
        &self,
        account: &mut A,
        (old_own, new_own): (&[Own], &[Own]),
        (old_arns, new_arns): (&[String], &[String]),
    ) -> Result<(), Failure> {
        for own in old_own.iter().filter(|o| !new_own.iter().any(|n| n.policy_name == o.policy_name)) {
            self.take(account, &own.policy_name)?;
        }
        for arn in old_arns.iter().filter(|arn| !new_arns.contains(arn)) {
            self.detach(account, arn)?;
        }
        for own in new_own {
            self.put(account, &own.policy_name, &own.policy_document)?;
        }
        for arn in new_arns {
            self.attach(account, arn)?;
        }
        Ok(())
    }
}

/// What is not there needs not be taken away.
pub fn gone_is_done<T>(result: Result<T, croft_control::Error>) -> Result<(), Failure> {
    match result {
        Err(error) if error.code != "NoSuchEntity" => Err(error.into()),
        _ => Ok(()),
    }
}

/// What `ManagedPolicyArns`, `PermissionsBoundary` and `Policies` are now. What other resources of stacks gave the
/// bearer is theirs, and no difference here.
pub fn live(cloud: &Cloud, bearer: &Bearer, given: &Map<String, Json>, live: Live) -> Option<Map<String, Json>> {
    let policies = bearer.policies(cloud)?;
    let others = elsewhere(cloud, bearer);
    let arns = |name: &str| given.get(name).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
    let named: BTreeSet<&str> = arns("ManagedPolicyArns").collect();
    let attached = policies.attached.iter().filter(|arn| named.contains(arn.as_str()) || !others.arns.contains(*arn));
    let live = live.list("ManagedPolicyArns", attached);
    let mut live = live.may_be("PermissionsBoundary", policies.permissions_boundary.clone()).done()?;
    let Some(own) = given.get("Policies").and_then(Json::as_array) else { return Some(live) };
    let text = |item: &Json| item.get("PolicyName").and_then(Json::as_str).map(str::to_string);
    let shown = |name: &str, given: &Json, kept: &str| serde_json::json!({ "PolicyName": name, "PolicyDocument": document::as_given(given, kept) });
    let names: Vec<String> = own.iter().filter_map(text).collect();
    let kept = own.iter().filter_map(|item| {
        let name = text(item)?;
        Some(shown(&name, item.get("PolicyDocument")?, policies.inline.get(&name)?))
    });
    let added = policies.inline.iter().filter(|(name, _)| !names.contains(name) && !others.own.contains(*name));
    let all = kept.chain(added.map(|(name, document)| shown(name, &Json::Null, document))).collect();
    live.insert("Policies".to_string(), all);
    Some(live)
}

/// What resources of their own give a bearer.
#[derive(Default)]
struct Elsewhere {
    /// Names of its own policies.
    own: BTreeSet<String>,
    /// Managed policies.
    arns: BTreeSet<String>,
}

fn elsewhere(cloud: &Cloud, bearer: &Bearer) -> Elsewhere {
    let (list, single, name) = match bearer {
        Bearer::Role(name) => ("Roles", "RoleName", name),
        Bearer::User(name) => ("Users", "UserName", name),
    };
    let mut found = Elsewhere::default();
    let account = account_of(cloud);
    for resource in cloud.stack_resources.values().filter(|r| r.scope.account == *account && r.is_there()) {
        let property = |name: &str| resource.properties.get(name);
        let listed = property(list).and_then(Json::as_array).into_iter().flatten().any(|n| n.as_str() == Some(name));
        let single = property(single).and_then(Json::as_str) == Some(name);
        let policy = || property("PolicyName").and_then(Json::as_str).map(str::to_string);
        match resource.kind.as_str() {
            "AWS::IAM::Policy" if listed => found.own.extend(policy()),
            "AWS::IAM::RolePolicy" | "AWS::IAM::UserPolicy" if single => found.own.extend(policy()),
            "AWS::IAM::ManagedPolicy" if listed => found.arns.extend(resource.physical_id.clone()),
            _ => {}
        }
    }
    found
}
