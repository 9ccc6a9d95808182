//! Access keys. Identifiers and secrets are handed in: their randomness is the operating system's.

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::{Cloud, Transaction};
use croft_model::credential::*;

request! {
    /// Takes a new access key of the caller's account into the state.
    pub struct CreateCredential {
        pub access_key_id: AccessKeyId,
        pub secret_access_key: Secret,
        pub name: Option<String>,
        pub principal: Principal,
        /// Of a temporary key.
        pub session: Option<Session>,
    }

    pub struct DeleteCredential {
        pub access_key_id: AccessKeyId,
    }

    /// IAM's status of a key: an inactive one signs nothing.
    pub struct SetCredentialActive {
        pub access_key_id: AccessKeyId,
        pub active: bool,
    }
}

/// Names are printed in lists.
const LONGEST_NAME: usize = 64;

impl Request for CreateCredential {
    type Response = Credential;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Credential> {
        if tx.cloud.credentials.contains_key(&self.access_key_id) {
            return Err(Error::new(
                "EntityAlreadyExists",
                format!("The Access Key with id {} already exists.", self.access_key_id),
            ));
        }
        if let Some(name) = &self.name {
            if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
                return Err(Error::invalid_value("name", name, "A name has 1 to 64 printable characters."));
            }
            if tx.cloud.credentials.values().any(|c| c.name.as_ref() == Some(name)) {
                return Err(Error::new("EntityAlreadyExists", format!("A credential is called {name} already.")));
            }
        }
        forget_the_expired(&mut tx.cloud, tx.now);
        let credential = Credential {
            access_key_id: self.access_key_id,
            secret_access_key: self.secret_access_key,
            account: tx.scope.account.clone(),
            name: self.name,
            principal: self.principal,
            created: tx.now,
            active: true,
            session: self.session,
        };
        tx.cloud.credentials.insert(credential.access_key_id.clone(), credential.clone());
        Ok(credential)
    }
}

impl Request for DeleteCredential {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        of_the_account(tx, &self.access_key_id)?;
        tx.cloud.credentials.remove(&self.access_key_id);
        Ok(())
    }
}

impl Request for SetCredentialActive {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        of_the_account(tx, &self.access_key_id)?.active = self.active;
        Ok(())
    }
}

fn of_the_account<'a>(tx: &'a mut Transaction<'_>, id: &AccessKeyId) -> Result<&'a mut Credential> {
    let account = &tx.scope.account;
    tx.cloud.credentials.get_mut(id).filter(|c| c.account == *account).ok_or_else(|| unknown(id))
}

fn unknown(id: &AccessKeyId) -> Error {
    Error::new("NoSuchEntity", format!("The Access Key with id {id} cannot be found."))
}

/// For so long after its end a session's key is still told to have expired, in seconds; then it is unknown.
const KNOWN_AFTER_END: u64 = 86_400;

fn forget_the_expired(cloud: &mut Cloud, now: u64) {
    let long_gone =
        |c: &&Credential| c.session.as_ref().is_some_and(|s| now.saturating_sub(s.expires) > KNOWN_AFTER_END);
    let gone: Vec<AccessKeyId> =
        cloud.credentials.values().filter(long_gone).map(|c| c.access_key_id.clone()).collect();
    for id in gone {
        cloud.credentials.remove(&id);
    }
}
