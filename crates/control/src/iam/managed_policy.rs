//! Customer-managed policies, and how any managed policy is found.

use super::aws_managed::{AwsManagedPolicy, aws_managed};
use super::document::*;
use super::entity::*;
use crate::error::Result;
use crate::request::{Request, request};
use crate::{Cloud, Transaction};
use croft_model::iam::{IamKey, IdentityPolicies, ManagedPolicy, PolicyVersion};
use croft_model::{AccountId, Tags};
use std::collections::BTreeMap;

request! {
    pub struct CreatePolicy {
        pub policy_name: String,
        /// `/` if absent.
        pub path: Option<String>,
        pub policy_document: String,
        pub description: Option<String>,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct DeletePolicy {
        pub policy_arn: String,
    }
}

/// A managed policy as a user or role may bear it.
#[derive(Clone, Copy, Debug)]
pub enum AnyPolicy<'a> {
    Aws(&'static AwsManagedPolicy),
    Customer(&'a ManagedPolicy),
}

impl AnyPolicy<'_> {
    pub fn name(&self) -> &str {
        match self {
            AnyPolicy::Aws(policy) => policy.name,
            AnyPolicy::Customer(policy) => &policy.name,
        }
    }

    pub fn path(&self) -> &str {
        match self {
            AnyPolicy::Aws(policy) => policy.path,
            AnyPolicy::Customer(policy) => &policy.path,
        }
    }
}

/// How often a managed policy is used in its account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyUse {
    pub attachments: u32,
    pub boundaries: u32,
}

impl Cloud {
    /// One of AWS's policies or of the account's own; `NoSuchEntity` otherwise, also for one of another account.
    pub fn policy_by_arn(&self, account: &AccountId, arn: &str) -> Result<AnyPolicy<'_>> {
        if let Some(policy) = aws_managed(arn) {
            return Ok(AnyPolicy::Aws(policy));
        }
        self.customer_policy(account, arn).map(AnyPolicy::Customer)
    }

    /// A customer-managed policy of the account.
    pub fn customer_policy(&self, account: &AccountId, arn: &str) -> Result<&ManagedPolicy> {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let found = self.managed_policies.get(&IamKey::new(account, name)).filter(|p| p.arn() == arn);
        match found {
            Some(policy) => Ok(policy),
            None if !arn.starts_with("arn:") || !arn.contains(":policy/") => {
                Err(invalid_input(format!("ARN {arn} is not valid.")))
            }
            None => Err(no_such(format!("Policy {arn} was not found."))),
        }
    }

    /// What users and roles of an account bear, by ARN.
    pub fn policy_uses(&self, account: &AccountId) -> BTreeMap<&str, PolicyUse> {
        let mut uses: BTreeMap<&str, PolicyUse> = BTreeMap::new();
        let users = self.iam_users(account).map(|u| &u.policies);
        for policies in users.chain(self.iam_roles(account).map(|r| &r.policies)) {
            for arn in &policies.attached {
                uses.entry(arn).or_default().attachments += 1;
            }
            if let Some(arn) = &policies.permissions_boundary {
                uses.entry(arn).or_default().boundaries += 1;
            }
        }
        uses
    }
}

impl Transaction<'_> {
    pub(super) fn customer_policy_mut(&mut self, arn: &str) -> Result<&mut ManagedPolicy> {
        let account = self.scope.account.clone();
        if aws_managed(arn).is_some() {
            return Err(invalid_input(format!("Cannot change the policy {arn}: AWS manages it.")));
        }
        let key = self.cloud.customer_policy(&account, arn)?.key.clone();
        self.cloud.managed_policies.get_mut(&key).ok_or_else(|| no_such(format!("Policy {arn} was not found.")))
    }
}

/// The form and the size of a managed policy's document.
pub(super) fn check_managed_document(text: &str) -> Result<()> {
    check_document(text, DocumentKind::Identity)?;
    POLICY_SIZE.allow(size(text))
}

impl Request for CreatePolicy {
    type Response = ManagedPolicy;

    fn run(self, tx: &mut Transaction<'_>) -> Result<ManagedPolicy> {
        check_name("policyName", &self.policy_name, 128)?;
        let path = check_path(self.path)?;
        check_description(self.description.as_deref())?;
        check_iam_tags(&self.tags, "Policy")?;
        check_managed_document(&self.policy_document)?;
        let account = tx.scope.account.clone();
        let key = IamKey::new(&account, &self.policy_name);
        if tx.cloud.managed_policies.contains_key(&key) {
            let name = self.policy_name;
            return Err(exists(format!("A policy called {name} already exists. Duplicate names are not allowed.")));
        }
        POLICIES.allow(tx.cloud.managed_policies_of(&account).count() + 1)?;
        let policy = ManagedPolicy {
            key: key.clone(),
            id: unique_id(tx, "ANPA"),
            name: self.policy_name,
            path,
            created: tx.now,
            updated: tx.now,
            description: self.description,
            versions: vec![PolicyVersion { number: 1, document: self.policy_document, created: tx.now }],
            default_version: 1,
            next_version: 2,
            tags: self.tags,
        };
        tx.cloud.managed_policies.insert(key, policy.clone());
        Ok(policy)
    }
}

impl Request for DeletePolicy {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let account = tx.scope.account.clone();
        let policy = tx.customer_policy_mut(&self.policy_arn)?.clone();
        let bears = |p: &IdentityPolicies| {
            p.attached.contains(&self.policy_arn) || p.permissions_boundary.as_ref() == Some(&self.policy_arn)
        };
        let attached = tx.cloud.iam_users(&account).any(|u| bears(&u.policies))
            || tx.cloud.iam_roles(&account).any(|r| bears(&r.policies));
        if attached {
            return Err(conflict("Cannot delete a policy attached to entities."));
        }
        if policy.versions.len() > 1 {
            return Err(conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
            ));
        }
        tx.cloud.managed_policies.remove(&policy.key);
        Ok(())
    }
}
