//! Managed policies on users and roles.

use super::entity::*;
use super::role::changeable;
use crate::Transaction;
use crate::error::Result;
use crate::request::{Request, request};
use croft_model::iam::IdentityPolicies;

request! {
    pub struct AttachUserPolicy {
        pub user_name: String,
        pub policy_arn: String,
    }

    pub struct DetachUserPolicy {
        pub user_name: String,
        pub policy_arn: String,
    }

    pub struct AttachRolePolicy {
        pub role_name: String,
        pub policy_arn: String,
    }

    pub struct DetachRolePolicy {
        pub role_name: String,
        pub policy_arn: String,
    }
}

/// Who bears policies.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bearer<'a> {
    User(&'a str),
    Role(&'a str),
}

impl Bearer<'_> {
    /// A role that only its service may change is refused.
    pub(super) fn policies<'t>(&self, tx: &'t mut Transaction<'_>) -> Result<&'t mut IdentityPolicies> {
        match *self {
            Bearer::User(name) => Ok(&mut tx.iam_user_mut(name)?.policies),
            Bearer::Role(name) => {
                let role = tx.iam_role_mut(name)?;
                changeable(role)?;
                Ok(&mut role.policies)
            }
        }
    }
}

/// Again is no error.
fn attach(tx: &mut Transaction<'_>, bearer: Bearer<'_>, arn: String, quota: &IamQuota) -> Result<()> {
    let account = tx.scope.account.clone();
    let known = tx.cloud.policy_by_arn(&account, &arn).map(|_| ()).map_err(|e| match e.code {
        "NoSuchEntity" => no_such(format!("Policy {arn} does not exist or is not attachable.")),
        _ => e,
    });
    let policies = bearer.policies(tx)?;
    known?;
    policies.attached.insert(arn);
    quota.allow(policies.attached.len())
}

fn detach(tx: &mut Transaction<'_>, bearer: Bearer<'_>, arn: &str) -> Result<()> {
    match bearer.policies(tx)?.attached.remove(arn) {
        true => Ok(()),
        false => Err(no_such(format!("Policy {arn} was not found."))),
    }
}

impl Request for AttachUserPolicy {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        attach(tx, Bearer::User(&self.user_name), self.policy_arn, &POLICIES_PER_USER)
    }
}

impl Request for DetachUserPolicy {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        detach(tx, Bearer::User(&self.user_name), &self.policy_arn)
    }
}

impl Request for AttachRolePolicy {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        attach(tx, Bearer::Role(&self.role_name), self.policy_arn, &POLICIES_PER_ROLE)
    }
}

impl Request for DetachRolePolicy {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        detach(tx, Bearer::Role(&self.role_name), &self.policy_arn)
    }
}
