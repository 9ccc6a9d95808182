use super::{IamKey, arn};
use crate::{AccountId, Tags};
use serde::{Deserialize, Serialize};

/// A customer-managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    pub key: IamKey,
    /// `ANPA` and 17 more characters.
    pub id: String,
    pub name: String,
    /// `/`, or begins and ends with one.
    pub path: String,
    /// Seconds since 1970.
    pub created: u64,
    pub updated: u64,
    pub description: Option<String>,
    /// The oldest first; one to five.
    pub versions: Vec<PolicyVersion>,
    /// The number of the version in force.
    pub default_version: u32,
    /// Numbers are not used twice.
    pub next_version: u32,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// Of `v1`, the 1.
    pub number: u32,
    /// As it was given.
    pub document: String,
    /// Seconds since 1970.
    pub created: u64,
}

impl ManagedPolicy {
    pub fn account(&self) -> &AccountId {
        self.key.account()
    }

    pub fn arn(&self) -> String {
        arn(self.account(), "policy", &self.path, &self.name)
    }
}
