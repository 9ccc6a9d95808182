use super::{IamKey, IdentityPolicies, arn};
use crate::{AccountId, RegionName, Tags};
use serde::{Deserialize, Serialize};

/// An IAM role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    pub key: IamKey,
    /// `AROA` and 17 more characters.
    pub id: String,
    pub name: String,
    /// `/`, or begins and ends with one.
    pub path: String,
    /// Seconds since 1970.
    pub created: u64,
    /// Who may assume it: the document as it was given.
    pub trust_policy: String,
    pub description: Option<String>,
    /// Seconds.
    pub max_session_duration: u32,
    pub policies: IdentityPolicies,
    /// The service that the role is linked to, such as `ecs.amazonaws.com`: only the service changes it.
    pub linked_service: Option<String>,
    pub last_used: Option<RoleUse>,
    pub tags: Tags,
}

/// When and where a role was assumed last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleUse {
    /// Seconds since 1970.
    pub at: u64,
    pub region: RegionName,
}

impl Role {
    pub fn account(&self) -> &AccountId {
        self.key.account()
    }

    pub fn arn(&self) -> String {
        arn(self.account(), "role", &self.path, &self.name)
    }
}
