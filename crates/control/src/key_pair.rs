//! Key pairs. They are made outside: what comes in here is the public part.

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use crate::{Cloud, Transaction};
use croft_model::key_pair::{KeyKind, KeyPair};
use croft_model::*;

request! {
    /// Keeps the public part of a pair, made or imported.
    pub struct CreateKeyPair {
        pub key_name: String,
        pub kind: KeyKind,
        /// As AWS computes it for a pair of this kind and origin.
        pub fingerprint: String,
        /// One line as OpenSSH writes it.
        pub public_key: String,
        #[serde(default)]
        pub tags: Tags,
    }

    /// By name or by identifier. What is not there is deleted already.
    pub struct DeleteKeyPair {
        pub key_name: Option<String>,
        pub key_pair_id: Option<KeyPairId>,
    }
}

const LONGEST_NAME: usize = 255;

impl Request for CreateKeyPair {
    type Response = KeyPair;

    fn run(self, tx: &mut Transaction<'_>) -> Result<KeyPair> {
        check_tags(&self.tags)?;
        let name = self.key_name;
        if name.is_empty() || name.chars().count() > LONGEST_NAME || !name.is_ascii() {
            return Err(Error::invalid_value("keyName", name, "A name has 1 to 255 ASCII characters."));
        }
        if tx.cloud.key_pair_named(&tx.scope, &name).is_some() {
            return Err(Error::new("InvalidKeyPair.Duplicate", "The keypair already exists"));
        }
        let id = tx.fresh(|c| &c.key_pairs, KeyPairId::from_bits);
        let pair = KeyPair {
            id: id.clone(),
            scope: tx.scope.clone(),
            name,
            kind: self.kind,
            fingerprint: self.fingerprint,
            public_key: self.public_key,
            created: tx.now,
            tags: self.tags,
        };
        tx.cloud.key_pairs.insert(id, pair.clone());
        Ok(pair)
    }
}

impl Request for DeleteKeyPair {
    /// What was deleted.
    type Response = Option<KeyPairId>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Option<KeyPairId>> {
        let found = match (self.key_name, self.key_pair_id) {
            (Some(name), None) => tx.cloud.key_pair_named(&tx.scope, &name).map(|k| k.id.clone()),
            (None, Some(id)) => tx.key_pair(&id).ok().map(|k| k.id.clone()),
            (None, None) => return Err(Error::missing("KeyName")),
            (Some(_), Some(_)) => {
                return Err(Error::combination("Only one of KeyName and KeyPairId may be specified"));
            }
        };
        if let Some(id) = &found {
            tx.cloud.key_pairs.remove(id);
        }
        Ok(found)
    }
}

impl Cloud {
    /// The key pair of this name.
    pub fn key_pair_named<'a>(&'a self, scope: &'a Scope, name: &str) -> Option<&'a KeyPair> {
        self.key_pairs_in(scope).find(|k| k.name == name)
    }
}

impl Transaction<'_> {
    /// AWS's refusal of a name that no pair bears.
    pub(crate) fn check_key_name(&self, name: &str) -> Result<()> {
        match self.cloud.key_pair_named(&self.scope, name) {
            Some(_) => Ok(()),
            None => Err(no_key_pair(name)),
        }
    }
}

/// Nothing bears this name.
pub fn no_key_pair(name: &str) -> Error {
    Error::new("InvalidKeyPair.NotFound", format!("The key pair '{name}' does not exist"))
}
