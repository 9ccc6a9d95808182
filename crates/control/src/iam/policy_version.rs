//! Versions of customer-managed policies.

use super::entity::*;
use super::managed_policy::check_managed_document;
use crate::error::Result;
use crate::request::{Request, request};
use crate::{Cloud, Transaction};
use croft_model::iam::{ManagedPolicy, PolicyVersion};

request! {
    pub struct CreatePolicyVersion {
        pub policy_arn: String,
        pub policy_document: String,
        #[serde(default)]
        pub set_as_default: bool,
    }

    pub struct SetDefaultPolicyVersion {
        pub policy_arn: String,
        /// Such as `v2`.
        pub version_id: String,
    }

    pub struct DeletePolicyVersion {
        pub policy_arn: String,
        /// Such as `v2`.
        pub version_id: String,
    }
}

const MOST_VERSIONS: usize = 5;

impl Cloud {
    /// `v3` of a policy; `NoSuchEntity` if it is not there.
    pub fn policy_version<'a>(&self, policy: &'a ManagedPolicy, version_id: &str) -> Result<&'a PolicyVersion> {
        let number = version_id.strip_prefix('v').and_then(|n| n.parse::<u32>().ok());
        policy.versions.iter().find(|v| Some(v.number) == number).ok_or_else(|| {
            let arn = policy.arn();
            no_such(format!("Policy {arn} version {version_id} does not exist or is not attachable."))
        })
    }
}

impl Request for CreatePolicyVersion {
    type Response = PolicyVersion;

    fn run(self, tx: &mut Transaction<'_>) -> Result<PolicyVersion> {
        let now = tx.now;
        let policy = tx.customer_policy_mut(&self.policy_arn)?;
        check_managed_document(&self.policy_document)?;
        if policy.versions.len() == MOST_VERSIONS {
            return Err(limit(
                "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
            ));
        }
        let version = PolicyVersion { number: policy.next_version, document: self.policy_document, created: now };
        policy.next_version += 1;
        policy.versions.push(version.clone());
        if self.set_as_default {
            policy.default_version = version.number;
        }
        policy.updated = now;
        Ok(version)
    }
}

impl Request for SetDefaultPolicyVersion {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let now = tx.now;
        let policy = tx.customer_policy_mut(&self.policy_arn)?.clone();
        let number = tx.cloud.policy_version(&policy, &self.version_id)?.number;
        let policy = tx.customer_policy_mut(&self.policy_arn)?;
        policy.default_version = number;
        policy.updated = now;
        Ok(())
    }
}

impl Request for DeletePolicyVersion {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let now = tx.now;
        let policy = tx.customer_policy_mut(&self.policy_arn)?.clone();
        let number = tx.cloud.policy_version(&policy, &self.version_id)?.number;
        if policy.default_version == number {
            return Err(conflict("Cannot delete the default version of a policy."));
        }
        let policy = tx.customer_policy_mut(&self.policy_arn)?;
        policy.versions.retain(|v| v.number != number);
        policy.updated = now;
        Ok(())
    }
}
