//! Access keys.

use super::Draw;
use croft_control::*;
use croft_model::credential::{AccessKeyId, Principal, Secret, Session};

impl Draw {
    pub(super) fn named_credential(&mut self, name: &str, cloud: &Cloud) -> Command {
        let known: Vec<AccessKeyId> = cloud.credentials.keys().cloned().collect();
        let drawn = self.below(200) as u8;
        let access_key_id = match self.one(&known).filter(|_| name != "CreateCredential" || drawn < 20) {
            Some(known) => known,
            None => AccessKeyId::long_term([drawn; 10]),
        };
        match name {
            "CreateCredential" => CreateCredential {
                access_key_id,
                secret_access_key: Secret::access_key([drawn; 30]),
                name: self.maybe(30, |d| format!("n{}", d.below(20))),
                principal: Principal::Root,
                session: self.maybe(40, |d| Session {
                    token: Secret::session_token([1; 96]),
                    expires: 1_800_000_000 + d.below(100),
                }),
            }
            .into(),
            "SetCredentialActive" => SetCredentialActive { access_key_id, active: drawn < 100 }.into(),
            _ => DeleteCredential { access_key_id }.into(),
        }
    }
}
