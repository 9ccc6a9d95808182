//! Identities of an account: users, roles, policies, instance profiles. They belong to the account in every region.
//!
//! Policies are kept and given back; nothing evaluates them.

mod deletion_task;
mod instance_profile;
mod managed_policy;
mod role;
mod user;

pub use deletion_task::DeletionTask;
pub use instance_profile::InstanceProfile;
pub use managed_policy::{ManagedPolicy, PolicyVersion};
pub use role::{Role, RoleUse};
pub use user::User;

use crate::AccountId;
use crate::scope::MalformedScope;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::{fmt, str::FromStr};

/// What a user, role, policy or instance profile is found by: the account and the name, whose case does not count.
/// Written `000000000000/name`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IamKey {
    account: AccountId,
    /// In small letters.
    name: String,
}

impl IamKey {
    pub fn new(account: &AccountId, name: &str) -> IamKey {
        IamKey { account: account.clone(), name: name.to_lowercase() }
    }

    pub fn account(&self) -> &AccountId {
        &self.account
    }
}

impl FromStr for IamKey {
    type Err = MalformedScope;
    fn from_str(text: &str) -> Result<IamKey, MalformedScope> {
        let malformed = || MalformedScope { text: text.to_string(), what: "identity of the form account/name" };
        let (account, name) = text.split_once('/').ok_or_else(malformed)?;
        Ok(IamKey::new(&account.parse()?, name))
    }
}

impl TryFrom<String> for IamKey {
    type Error = MalformedScope;
    fn try_from(text: String) -> Result<IamKey, MalformedScope> {
        text.parse()
    }
}

impl From<IamKey> for String {
    fn from(key: IamKey) -> String {
        key.to_string()
    }
}

impl fmt::Display for IamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.name)
    }
}

impl fmt::Debug for IamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The policies that a user or role bears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityPolicies {
    /// Managed ones, by ARN.
    pub attached: BTreeSet<String>,
    /// Its own: name to document.
    pub inline: BTreeMap<String, String>,
    /// ARN of the managed policy that bounds it.
    pub permissions_boundary: Option<String>,
}

/// `arn:aws:iam::ACCOUNT:KIND/PATH/NAME`; `path` begins and ends with a slash.
fn arn(account: &AccountId, kind: &str, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:{kind}{path}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_a_name_does_not_count() {
        let account = AccountId::default();
        assert_eq!(IamKey::new(&account, "Web"), IamKey::new(&account, "web"));
        assert_eq!(IamKey::new(&account, "Web").to_string().parse(), Ok(IamKey::new(&account, "WEB")));
        assert!("web".parse::<IamKey>().is_err());
    }

    #[test]
    fn an_arn_has_the_path_between_kind_and_name() {
        let account = "123456789012".parse().unwrap();
        assert_eq!(arn(&account, "role", "/", "web"), "arn:aws:iam::123456789012:role/web");
        assert_eq!(arn(&account, "role", "/a/b/", "web"), "arn:aws:iam::123456789012:role/a/b/web");
    }
}
