//! The keys that requests are signed with: derived from the secret, the day, the region and the service.
//!
//! A client signs with one of them all day, so those that a signature was good with are kept: each would take eight hashes
//! to derive again.

use super::Authorization;
use croft_model::credential::{Credential, Secret};
use ring::hmac;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// When there are so many, none is kept any longer.
const MOST: usize = 1024;

/// The keys that were good before.
#[derive(Default)]
pub struct SigningKeys {
    /// By access key and scope.
    kept: Mutex<HashMap<String, Kept>>,
}

struct Kept {
    /// What it was derived from.
    secret: Secret,
    key: hmac::Key,
}

impl SigningKeys {
    /// Is `signature` the one of `text`?
    pub(super) fn verify(&self, credential: &Credential, authorization: &Authorization, text: &str) -> bool {
        let secret = &credential.secret_access_key;
        let name = format!("{}/{}", authorization.access_key_id, authorization.scope());
        let kept = self.kept().get(&name).filter(|kept| kept.secret == *secret).map(|kept| kept.key.clone());
        let known = kept.is_some();
        let key = kept.unwrap_or_else(|| derive(secret.reveal(), authorization));
        let good = hmac::verify(&key, text.as_bytes(), &authorization.signature).is_ok();
        // Of a good signature only: nobody without a secret fills the room.
        if good && !known {
            let mut all = self.kept();
            if all.len() >= MOST {
                all.clear();
            }
            all.insert(name, Kept { secret: secret.clone(), key });
        }
        good
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn derive(secret: &str, authorization: &Authorization) -> hmac::Key {
    let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
    let first = key(format!("AWS4{secret}").as_bytes());
    let parts = [&authorization.date, &authorization.region, &authorization.service, "aws4_request"];
    parts.iter().fold(first, |k, part| key(hmac::sign(&k, part.as_bytes()).as_ref()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::key as credential;
    use super::*;

    fn authorization(region: &str, signature: &[u8]) -> Authorization {
        Authorization {
            access_key_id: "AKIDEXAMPLE".into(),
            date: "20150830".into(),
            region: region.into(),
            service: "iam".into(),
            signed_headers: vec!["host".into()],
            signature: signature.to_vec(),
            date_time: "20150830T123600Z".into(),
            time: 0,
            token: None,
            expires: None,
        }
    }

    fn signature(secret: &str, region: &str, text: &str) -> Vec<u8> {
        hmac::sign(&derive(secret, &authorization(region, b"")), text.as_bytes()).as_ref().to_vec()
    }

    #[test]
    fn a_kept_key_is_good_for_its_secret_and_scope_alone() {
        let keys = SigningKeys::default();
        let signed = signature("one", "us-east-1", "text");
        let good = |secret: &str, region: &str, text: &str| {
            keys.verify(&credential(secret), &authorization(region, &signed), text)
        };
        // The second time with the key that was kept.
        for _ in 0..2 {
            assert!(good("one", "us-east-1", "text"));
            assert!(!good("one", "us-east-1", "another"));
            assert!(!good("one", "eu-west-1", "text"));
            assert!(!good("other", "us-east-1", "text"));
        }
        assert_eq!(keys.kept().len(), 1);
    }

    #[test]
    fn a_bad_signature_leaves_nothing_and_the_room_has_an_end() {
        let keys = SigningKeys::default();
        assert!(!keys.verify(&credential("one"), &authorization("us-east-1", b"no"), "text"));
        assert_eq!(keys.kept().len(), 0);
        for n in 0..=MOST {
            let region = format!("region-{n}");
            let signed = signature("one", &region, "text");
            assert!(keys.verify(&credential("one"), &authorization(&region, &signed), "text"));
            assert!(keys.kept().len() <= MOST);
        }
        assert_eq!(keys.kept().len(), 1);
    }
}
