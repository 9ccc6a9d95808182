//! Users.

use super::document::*;
use super::entity::*;
use crate::Transaction;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use croft_model::Tags;
use croft_model::credential::Principal;
use croft_model::iam::{IamKey, IdentityPolicies, User};

request! {
    pub struct CreateUser {
        pub user_name: String,
        /// `/` if absent.
        pub path: Option<String>,
        /// ARN of a managed policy.
        pub permissions_boundary: Option<String>,
        #[serde(default)]
        pub tags: Tags,
    }

    /// Another name or path. The identifier and what hangs on the user stay.
    pub struct UpdateUser {
        pub user_name: String,
        pub new_user_name: Option<String>,
        pub new_path: Option<String>,
    }

    pub struct DeleteUser {
        pub user_name: String,
    }
}

fn taken(name: &str) -> Error {
    exists(format!("User with name {name} already exists."))
}

impl Request for CreateUser {
    type Response = User;

    fn run(self, tx: &mut Transaction<'_>) -> Result<User> {
        check_name("userName", &self.user_name, 64)?;
        let path = check_path(self.path)?;
        check_iam_tags(&self.tags, "User")?;
        let account = tx.scope.account.clone();
        let key = IamKey::new(&account, &self.user_name);
        if tx.cloud.users.contains_key(&key) {
            return Err(taken(&self.user_name));
        }
        USERS.allow(tx.cloud.iam_users(&account).count() + 1)?;
        if let Some(arn) = &self.permissions_boundary {
            tx.cloud.policy_by_arn(&account, arn)?;
        }
        let user = User {
            key: key.clone(),
            id: unique_id(tx, "AIDA"),
            name: self.user_name,
            path,
            created: tx.now,
            policies: IdentityPolicies { permissions_boundary: self.permissions_boundary, ..Default::default() },
            tags: self.tags,
        };
        tx.cloud.users.insert(key, user.clone());
        Ok(user)
    }
}

impl Request for UpdateUser {
    type Response = User;

    fn run(self, tx: &mut Transaction<'_>) -> Result<User> {
        let account = tx.scope.account.clone();
        let mut user = tx.cloud.iam_user(&account, &self.user_name)?.clone();
        let old = user.key.clone();
        if let Some(name) = self.new_user_name {
            check_name("newUserName", &name, 64)?;
            user.key = IamKey::new(&account, &name);
            if user.key != old && tx.cloud.users.contains_key(&user.key) {
                return Err(taken(&name));
            }
            user.name = name;
        }
        if let Some(path) = self.new_path {
            user.path = check_path(Some(path))?;
        }
        let (path, user_name) = (user.path.clone(), user.name.clone());
        let renamed = Principal::User { user_id: user.id.clone(), path, user_name };
        let keys: Vec<_> =
            tx.cloud.access_keys_of(&account, Some(&user.id)).into_iter().map(|c| c.access_key_id.clone()).collect();
        for key in keys {
            if let Some(credential) = tx.cloud.credentials.get_mut(&key) {
                credential.principal = renamed.clone();
            }
        }
        tx.cloud.users.remove(&old);
        tx.cloud.users.insert(user.key.clone(), user.clone());
        Ok(user)
    }
}

impl Request for DeleteUser {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let account = tx.scope.account.clone();
        let user = tx.cloud.iam_user(&account, &self.user_name)?;
        if !tx.cloud.access_keys_of(&account, Some(&user.id)).is_empty() {
            return Err(conflict("Cannot delete entity, must delete access keys first."));
        }
        deletable(&user.policies)?;
        let key = user.key.clone();
        tx.cloud.users.remove(&key);
        Ok(())
    }
}

/// Policies must be taken off before their bearer is deleted.
pub(super) fn deletable(policies: &IdentityPolicies) -> Result<()> {
    if !policies.attached.is_empty() {
        return Err(conflict("Cannot delete entity, must detach all policies first."));
    }
    match policies.inline.is_empty() {
        true => Ok(()),
        false => Err(conflict("Cannot delete entity, must delete policies first.")),
    }
}

/// An own policy of a user or role: its form, and the room that all own policies together may take.
pub(super) fn check_inline(
    policies: &IdentityPolicies,
    name: &str,
    text: &str,
    most: usize,
    whose: &str,
) -> Result<()> {
    check_document(text, DocumentKind::Identity)?;
    let others = policies.inline.iter().filter(|(other, _)| *other != name).map(|(_, text)| size(text));
    match others.sum::<usize>() + size(text) <= most {
        true => Ok(()),
        false => Err(limit(format!("Maximum policy size of {most} bytes exceeded for {whose}"))),
    }
}
