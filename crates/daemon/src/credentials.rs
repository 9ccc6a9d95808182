//! Access keys that `croft credentials` makes. IAM makes others through the API; they are one kind.

use crate::error::Error;
use crate::keeper::Keeper;
use crate::state_dir::random;
use croft_control::{CreateCredential, DeleteCredential};
use croft_model::Scope;
use croft_model::credential::{AccessKeyId, Credential, Principal, Secret};
use croft_model::scope::AccountId;
use serde::{Deserialize, Serialize};

/// A credential as a list shows it: without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialRow {
    pub access_key_id: AccessKeyId,
    pub account: AccountId,
    pub name: Option<String>,
    /// As whom its bearer acts.
    pub arn: String,
    /// Seconds since 1970.
    pub created: u64,
    pub active: bool,
    /// Of a temporary one, in seconds since 1970.
    pub expires: Option<u64>,
}

impl Keeper {
    /// Makes a key of an account's root; none: of the home account.
    pub fn add_credential(&self, account: Option<AccountId>, name: Option<String>) -> Result<Credential, Error> {
        let request = CreateCredential {
            access_key_id: AccessKeyId::long_term(random()?),
            secret_access_key: Secret::access_key(random()?),
            name,
            principal: Principal::Root,
            session: None,
        };
        let home = self.cloud().home;
        self.run_in(&Scope { account: account.unwrap_or(home.account), region: home.region }, request)
    }

    /// Every key there is.
    pub fn credentials(&self) -> Vec<CredentialRow> {
        let cloud = self.cloud();
        let rows = cloud.credentials.values().map(|c| CredentialRow {
            access_key_id: c.access_key_id.clone(),
            account: c.account.clone(),
            name: c.name.clone(),
            arn: c.principal.arn(&c.account),
            created: c.created,
            active: c.active,
            expires: c.session.as_ref().map(|s| s.expires),
        });
        rows.collect()
    }

    /// Removes a key, by its id or its name.
    pub fn remove_credential(&self, named: &str) -> Result<AccessKeyId, Error> {
        let cloud = self.cloud();
        let found = cloud.credentials.values().find(|c| c.access_key_id.as_str() == named);
        let found = found.or_else(|| cloud.credentials.values().find(|c| c.name.as_deref() == Some(named)));
        let found = found.ok_or_else(|| {
            Error::Invalid(format!("no credential is called {named:?}: `croft credentials list` shows those there are"))
        })?;
        let access_key_id = found.access_key_id.clone();
        let scope = Scope { account: found.account.clone(), region: cloud.home.region.clone() };
        self.run_in(&scope, DeleteCredential { access_key_id: access_key_id.clone() })?;
        Ok(access_key_id)
    }
}
