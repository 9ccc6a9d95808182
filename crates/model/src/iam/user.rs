use super::{IamKey, IdentityPolicies, arn};
use crate::{AccountId, Tags};
use serde::{Deserialize, Serialize};

/// An IAM user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub key: IamKey,
    /// `AIDA` and 17 more characters.
    pub id: String,
    pub name: String,
    /// `/`, or begins and ends with one.
    pub path: String,
    /// Seconds since 1970.
    pub created: u64,
    pub policies: IdentityPolicies,
    pub tags: Tags,
}

impl User {
    pub fn account(&self) -> &AccountId {
        self.key.account()
    }

    pub fn arn(&self) -> String {
        arn(self.account(), "user", &self.path, &self.name)
    }
}
