use super::{IamKey, arn};
use crate::{AccountId, Tags};
use serde::{Deserialize, Serialize};

/// What hands a role to an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceProfile {
    pub key: IamKey,
    /// `AIPA` and 17 more characters.
    pub id: String,
    pub name: String,
    /// `/`, or begins and ends with one.
    pub path: String,
    /// Seconds since 1970.
    pub created: u64,
    /// One at most.
    pub role: Option<IamKey>,
    pub tags: Tags,
}

impl InstanceProfile {
    pub fn account(&self) -> &AccountId {
        self.key.account()
    }

    pub fn arn(&self) -> String {
        arn(self.account(), "instance-profile", &self.path, &self.name)
    }
}
