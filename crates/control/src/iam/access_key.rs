//! Access keys of users and of the account itself. What is in a key is drawn outside and handed in.

use super::entity::*;
use crate::error::Result;
use crate::request::{Request, request};
use crate::{CreateCredential, Transaction};
use croft_model::AccountId;
use croft_model::credential::{AccessKeyId, Credential, Principal, Secret};

request! {
    pub struct CreateAccessKey {
        /// The account itself if absent.
        pub user_name: Option<String>,
        pub access_key_id: AccessKeyId,
        pub secret_access_key: Secret,
    }

    pub struct UpdateAccessKey {
        /// The account itself if absent.
        pub user_name: Option<String>,
        pub access_key_id: AccessKeyId,
        pub active: bool,
    }

    pub struct DeleteAccessKey {
        /// The account itself if absent.
        pub user_name: Option<String>,
        pub access_key_id: AccessKeyId,
    }
}

impl crate::Cloud {
    /// The lasting keys of a user, or of the account itself, the oldest first.
    pub fn access_keys_of(&self, account: &AccountId, user_id: Option<&str>) -> Vec<&Credential> {
        let own = |c: &&Credential| {
            c.account == *account
                && c.session.is_none()
                && match &c.principal {
                    Principal::Root => user_id.is_none(),
                    Principal::User { user_id: of, .. } => user_id == Some(of),
                    Principal::AssumedRole { .. } => false,
                }
        };
        let mut keys: Vec<_> = self.credentials.values().filter(own).collect();
        keys.sort_by_key(|c| c.created);
        keys
    }
}

/// The key, if it is of this user.
fn owned<'t>(tx: &'t mut Transaction<'_>, user_name: Option<&str>, id: &AccessKeyId) -> Result<&'t mut Credential> {
    let account = tx.scope.account.clone();
    let user_id = match user_name {
        Some(name) => Some(tx.cloud.iam_user(&account, name)?.id.clone()),
        None => None,
    };
    let own = tx.cloud.access_keys_of(&account, user_id.as_deref()).iter().any(|c| c.access_key_id == *id);
    let unknown = || no_such(format!("The Access Key with id {id} cannot be found."));
    tx.cloud.credentials.get_mut(id).filter(|_| own).ok_or_else(unknown)
}

impl Request for CreateAccessKey {
    type Response = Credential;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Credential> {
        let account = tx.scope.account.clone();
        let principal = match &self.user_name {
            None => Principal::Root,
            Some(name) => {
                let user = tx.cloud.iam_user(&account, name)?;
                ACCESS_KEYS_PER_USER.allow(tx.cloud.access_keys_of(&account, Some(&user.id)).len() + 1)?;
                Principal::User { user_id: user.id.clone(), path: user.path.clone(), user_name: user.name.clone() }
            }
        };
        let credential = CreateCredential {
            access_key_id: self.access_key_id,
            secret_access_key: self.secret_access_key,
            name: None,
            principal,
            session: None,
        };
        credential.run(tx)
    }
}

impl Request for UpdateAccessKey {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        owned(tx, self.user_name.as_deref(), &self.access_key_id)?.active = self.active;
        Ok(())
    }
}

impl Request for DeleteAccessKey {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        owned(tx, self.user_name.as_deref(), &self.access_key_id)?;
        tx.cloud.credentials.remove(&self.access_key_id);
        Ok(())
    }
}
