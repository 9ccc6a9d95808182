//! Access keys: who a signed request comes from.
//!
//! One kind for all of them: what `croft credentials add` makes, access keys of IAM's users, and the temporary keys of
//! sessions. The randomness in them is the operating system's and is handed in: identifiers that others see are drawn
//! from a weaker source, and a secret must not follow from them.

use crate::scope::AccountId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};

/// The text is no access key id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no access key id: 16 to 128 letters, digits and underscores")]
pub struct MalformedAccessKeyId(pub String);

/// Such as `AKIAIOSFODNN7EXAMPLE`; of temporary keys `ASIA…`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccessKeyId(Arc<str>);

impl AccessKeyId {
    /// Of a key that lasts until it is deleted.
    pub fn long_term(random: [u8; 10]) -> AccessKeyId {
        AccessKeyId(format!("AKIA{}", base32(&random)).into())
    }

    /// Of a session's key.
    pub fn temporary(random: [u8; 10]) -> AccessKeyId {
        AccessKeyId(format!("ASIA{}", base32(&random)).into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccessKeyId {
    type Err = MalformedAccessKeyId;
    fn from_str(text: &str) -> Result<Self, MalformedAccessKeyId> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        match (16..=128).contains(&text.len()) && text.bytes().all(legal) {
            true => Ok(AccessKeyId(text.into())),
            false => Err(MalformedAccessKeyId(text.to_string())),
        }
    }
}

impl TryFrom<String> for AccessKeyId {
    type Error = MalformedAccessKeyId;
    fn try_from(text: String) -> Result<Self, MalformedAccessKeyId> {
        text.parse()
    }
}

impl From<AccessKeyId> for String {
    fn from(id: AccessKeyId) -> String {
        id.0.to_string()
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that logs and messages must not show. It is written where it is stored, and read where it is used.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Secret(Arc<str>);

impl Secret {
    pub fn new(text: &str) -> Secret {
        Secret(text.into())
    }

    /// A secret access key: 40 characters.
    pub fn access_key(random: [u8; 30]) -> Secret {
        Secret(base64(&random).into())
    }

    /// A session token: 128 characters.
    pub fn session_token(random: [u8; 96]) -> Secret {
        Secret(base64(&random).into())
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret(text.into())
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> String {
        secret.0.to_string()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// As whom the bearer of a key acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Principal {
    /// The account itself.
    Root,
    User {
        /// Such as `AIDACKCEVSQ6C2EXAMPLE`.
        user_id: String,
        /// `/`, or `/a/b/`.
        path: String,
        user_name: String,
    },
    AssumedRole {
        /// Such as `AROADBQP57FF2AEXAMPLE`.
        role_id: String,
        role_name: String,
        session_name: String,
    },
}

impl Principal {
    pub fn arn(&self, account: &AccountId) -> String {
        match self {
            Principal::Root => format!("arn:aws:iam::{account}:root"),
            Principal::User { path, user_name, .. } => format!("arn:aws:iam::{account}:user{path}{user_name}"),
            Principal::AssumedRole { role_name, session_name, .. } => {
                format!("arn:aws:sts::{account}:assumed-role/{role_name}/{session_name}")
            }
        }
    }

    /// What `GetCallerIdentity` calls `UserId`.
    pub fn user_id(&self, account: &AccountId) -> String {
        match self {
            Principal::Root => account.to_string(),
            Principal::User { user_id, .. } => user_id.clone(),
            Principal::AssumedRole { role_id, session_name, .. } => format!("{role_id}:{session_name}"),
        }
    }
}

/// What makes a key temporary: the token that must come with it, and its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub token: Secret,
    /// Seconds since 1970.
    pub expires: u64,
}

/// A key that requests are signed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    pub access_key_id: AccessKeyId,
    pub secret_access_key: Secret,
    pub account: AccountId,
    /// What `croft credentials add --name` called it.
    #[serde(default)]
    pub name: Option<String>,
    pub principal: Principal,
    /// Seconds since 1970.
    pub created: u64,
    /// IAM's `Active`; an inactive key signs nothing.
    pub active: bool,
    /// Of a temporary key.
    #[serde(default)]
    pub session: Option<Session>,
}

/// RFC 4648's alphabet, without padding; ten bytes are sixteen characters.
fn base32(bytes: &[u8]) -> String {
    digits(bytes, 5, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
}

/// RFC 4648's alphabet; for lengths that need no padding.
fn base64(bytes: &[u8]) -> String {
    digits(bytes, 6, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}

fn digits(bytes: &[u8], width: u32, alphabet: &[u8]) -> String {
    let (mut held, mut bits) = (0u32, 0);
    let mut text = String::new();
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= width {
            bits -= width;
            text.push(char::from(alphabet[(held >> bits) as usize % alphabet.len()]));
        }
        held &= (1 << bits) - 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_looks_like_aws_s() {
        let id = AccessKeyId::long_term([0xff; 10]);
        assert_eq!(id.as_str(), "AKIA7777777777777777");
        assert_eq!(AccessKeyId::temporary([0; 10]).as_str(), "ASIAAAAAAAAAAAAAAAAA");
        assert_eq!(id.as_str().parse::<AccessKeyId>().unwrap(), id);
        assert_eq!(Secret::access_key([0; 30]).reveal().len(), 40);
        assert_eq!(base64(b"any carnal plea"), "YW55IGNhcm5hbCBwbGVh");
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
    }

    #[test]
    fn what_is_no_access_key_id_is_refused() {
        for text in ["", "AKIA", "AKIA7777 777777777777", &"A".repeat(129)] {
            assert!(text.parse::<AccessKeyId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret::access_key([7; 30]);
        let key = Credential {
            access_key_id: AccessKeyId::long_term([1; 10]),
            secret_access_key: secret.clone(),
            account: AccountId::default(),
            name: None,
            principal: Principal::Root,
            created: 0,
            active: true,
            session: Some(Session { token: Secret::session_token([9; 96]), expires: 1 }),
        };
        let shown = format!("{key:?}");
        assert!(!shown.contains(secret.reveal()), "{shown}");
        assert!(!shown.contains(key.session.as_ref().unwrap().token.reveal()), "{shown}");
        let stored: Credential = serde_json::from_str(&serde_json::to_string(&key).unwrap()).unwrap();
        assert_eq!(stored, key);
    }
}
