//! Keys of key pairs: made, read, and their fingerprints as AWS computes them.
//!
//! The private part is given out once and kept nowhere.
#![forbid(unsafe_code)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use croft_model::key_pair::KeyKind;
use md5::{Digest, Md5};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use ssh_key::private::{Ed25519Keypair, Ed25519PrivateKey, KeypairData};
use ssh_key::public::{Ed25519PublicKey, KeyData};
use ssh_key::{LineEnding, Mpint, PrivateKey, PublicKey};

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no public key as OpenSSH writes it, or of a kind or length that AWS does not take.
    #[error("Key is not in valid OpenSSH public key format")]
    Format,
    #[error("{0}")]
    Internal(String),
}

/// A pair that was made.
pub struct Made {
    pub fingerprint: String,
    /// One line as OpenSSH writes it.
    pub public_key: String,
    /// PKCS #1 PEM of an RSA key, OpenSSH's form of an ED25519 key.
    pub private_key: String,
}

/// A public key that was imported.
#[derive(Debug)]
pub struct Read {
    pub kind: KeyKind,
    pub fingerprint: String,
    pub public_key: String,
}

/// What AWS makes.
const RSA_BITS: usize = 2048;
/// What AWS imports.
const RSA_LENGTHS: [usize; 3] = [1024, 2048, 4096];

/// A new pair.
pub fn make(kind: KeyKind) -> Result<Made, Error> {
    match kind {
        KeyKind::Rsa => make_rsa(),
        KeyKind::Ed25519 => make_ed25519(),
    }
}

fn make_rsa() -> Result<Made, Error> {
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, RSA_BITS).map_err(internal)?;
    let der = key.to_pkcs8_der().map_err(internal)?;
    let pem = key.to_pkcs1_pem(rsa::pkcs8::LineEnding::LF).map_err(internal)?;
    let positive = |n: &BigUint| Mpint::from_positive_bytes(&n.to_bytes_be()).map_err(internal);
    let public = ssh_key::public::RsaPublicKey { e: positive(key.e())?, n: positive(key.n())? };
    let public = PublicKey::new(KeyData::Rsa(public), "");
    Ok(Made {
        fingerprint: colons(digest(&SHA1_FOR_LEGACY_USE_ONLY, der.as_bytes()).as_ref()),
        public_key: public.to_openssh().map_err(internal)?,
        private_key: pem.to_string(),
    })
}

fn make_ed25519() -> Result<Made, Error> {
    let mut seed = [0; Ed25519PrivateKey::BYTE_SIZE];
    SystemRandom::new().fill(&mut seed).map_err(internal)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(internal)?;
    let public = Ed25519PublicKey::try_from(pair.public_key().as_ref()).map_err(internal)?;
    let pair = Ed25519Keypair { public, private: Ed25519PrivateKey::from_bytes(&seed) };
    let private = PrivateKey::new(KeypairData::Ed25519(pair), "").map_err(internal)?;
    Ok(Made {
        fingerprint: sha256(private.public_key())?,
        public_key: private.public_key().to_openssh().map_err(internal)?,
        private_key: private.to_openssh(LineEnding::LF).map_err(internal)?.to_string(),
    })
}

/// A public key as OpenSSH writes it.
///
/// # Errors
/// [`Error::Format`] for anything else, for other kinds of keys and for RSA keys of other lengths than AWS takes.
pub fn read(bytes: &[u8]) -> Result<Read, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::Format)?.trim();
    let key = PublicKey::from_openssh(text).map_err(|_| Error::Format)?;
    let (kind, fingerprint) = match key.key_data() {
        KeyData::Ed25519(_) => (KeyKind::Ed25519, sha256(&key)?),
        KeyData::Rsa(public) => {
            let number = |n: &Mpint| n.as_positive_bytes().map(BigUint::from_bytes_be).ok_or(Error::Format);
            let public = RsaPublicKey::new(number(&public.n)?, number(&public.e)?).map_err(|_| Error::Format)?;
            if !RSA_LENGTHS.contains(&public.n().bits()) {
                return Err(Error::Format);
            }
            let der = public.to_public_key_der().map_err(internal)?;
            (KeyKind::Rsa, colons(&Md5::digest(der.as_bytes())))
        }
        _ => return Err(Error::Format),
    };
    Ok(Read { kind, fingerprint, public_key: text.to_string() })
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

/// `1f:51:ae`
fn colons(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(":")
}

fn sha256(key: &PublicKey) -> Result<String, Error> {
    let blob = key.to_bytes().map_err(internal)?;
    Ok(STANDARD.encode(digest(&SHA256, &blob)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rsa_pair_is_what_it_says() {
        let made = make(KeyKind::Rsa).unwrap();
        assert!(made.private_key.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"), "{}", &made.private_key[..40]);
        assert_eq!(made.fingerprint.len(), 59, "SHA-1 is of 20 bytes");
        let private = <RsaPrivateKey as rsa::pkcs1::DecodeRsaPrivateKey>::from_pkcs1_pem(&made.private_key).unwrap();
        assert_eq!(private.n().bits(), RSA_BITS);
        let read = read(made.public_key.as_bytes()).unwrap();
        assert_eq!((read.kind, read.fingerprint.len()), (KeyKind::Rsa, 47), "MD5 is of 16 bytes");
        let KeyData::Rsa(public) = PublicKey::from_openssh(&made.public_key).unwrap().key_data().clone() else {
            panic!("another kind")
        };
        assert_eq!(public.n.as_positive_bytes().unwrap(), private.n().to_bytes_be());
    }

    #[test]
    fn an_ed25519_pair_is_what_it_says() {
        let made = make(KeyKind::Ed25519).unwrap();
        let private = PrivateKey::from_openssh(&made.private_key).unwrap();
        assert_eq!(private.public_key().to_openssh().unwrap(), made.public_key);
        let read = read(made.public_key.as_bytes()).unwrap();
        assert_eq!((read.kind, &read.fingerprint), (KeyKind::Ed25519, &made.fingerprint));
        let another = make(KeyKind::Ed25519).unwrap();
        assert_ne!(another.public_key, made.public_key);
    }

    /// Figures from `openssl` and `ssh-keygen` over these keys.
    #[test]
    fn fingerprints_are_those_of_the_tools() {
        let ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN27xdN8GlE1t9QEWGH8kUCfHiyq5bwUDMauaNxX7cOF test";
        let read_ed25519 = read(ed25519.as_bytes()).unwrap();
        assert_eq!(
            (read_ed25519.fingerprint.as_str(), read_ed25519.public_key.as_str()),
            ("YGqxXEytsuNVW4RhvfMED3DFgmsfINo3cEpqnz84NB8=", ed25519)
        );
        let rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQD8Znt2mqF2uUQvGNQD3B9OGMf6W1qwU9RfcSU8srm3ZdTU6CNifcVWTUkh2XcuDpYf9NdHBsR4XGvKP2e7Zx4XcBGQaMCfSUGfcdfWEUEB8+Z+fpXQixvspAx8caBn1XZn/Su6U8gGPHso+mSlAIjLhz2aZFYTvbT2ch+zIZ1JtRLz9O85hLNt9lgSa99dZ0eU+Gm+Bq7q6b4QtJEe1U0CXkON4hafS02t6U49VM+Rek1Voojvi02S/YyaoWJMz0uqehzxPoZy3ZjOF8MCY8VkRnROBSPXaMAyPjCetCBO1UpyVd8x1gfS97pwtZOASgMNSkJ3xAtF3rLkRUvdidjt test";
        assert_eq!(read(rsa.as_bytes()).unwrap().fingerprint, "68:e4:65:57:a6:58:48:37:fe:ca:84:ba:79:70:ad:3b");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "ssh-rsa", "ssh-rsa AAAA", "-----BEGIN PUBLIC KEY-----", "\u{fffd}"] {
            assert_eq!(read(text.as_bytes()).unwrap_err(), Error::Format, "{text}");
        }
    }
}
