//! Key pairs. Croft keeps the public part; the private part is given out once and never kept.

use crate::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPair {
    pub id: KeyPairId,
    #[serde(default)]
    pub scope: Scope,
    /// Unique in its scope.
    pub name: String,
    pub kind: KeyKind,
    /// As AWS computes it: SHA-1 of the private key of an RSA pair that it made, MD5 of the public key of one that was
    /// imported, SHA-256 of an ED25519 public key.
    pub fingerprint: String,
    /// One line as OpenSSH writes it.
    pub public_key: String,
    /// Seconds since 1970.
    pub created: u64,
    pub tags: Tags,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    #[default]
    Rsa,
    Ed25519,
}

impl KeyKind {
    /// As AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyKind::Rsa => "rsa",
            KeyKind::Ed25519 => "ed25519",
        }
    }
}
