//! Sessions: temporary keys of an assumed role, or of a user or account itself. What is in a key is drawn outside and
//! handed in.
//!
//! Who may assume a role is not judged: policies, the role's own trust policy among them, are not evaluated.

use super::document::*;
use super::entity::*;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::{CreateCredential, Transaction};
use croft_model::AccountId;
use croft_model::credential::{AccessKeyId, Credential, Principal, Secret, Session};
use croft_model::iam::RoleUse;

request! {
    pub struct AssumeRole {
        /// Of any account of this cloud.
        pub role_arn: String,
        pub role_session_name: String,
        /// 3600 if absent.
        pub duration_seconds: Option<u32>,
        /// Session policies: their form is judged, nothing else.
        pub policy: Option<String>,
        #[serde(default)]
        pub policy_arns: Vec<String>,
        /// Who asks.
        pub caller: Principal,
        pub access_key_id: AccessKeyId,
        pub secret_access_key: Secret,
        pub session_token: Secret,
    }

    pub struct GetSessionToken {
        /// 43200 if absent; of the account itself 3600.
        pub duration_seconds: Option<u32>,
        /// Who asks.
        pub caller: Principal,
        /// Has the caller a temporary key?
        pub caller_is_temporary: bool,
        pub access_key_id: AccessKeyId,
        pub secret_access_key: Secret,
        pub session_token: Secret,
    }
}

const HOUR: u32 = 3600;
const SHORTEST: u32 = 900;
const MOST_SESSION_POLICIES: usize = 10;

fn invalid(message: impl Into<String>) -> Error {
    Error::new("ValidationError", message)
}

fn in_bounds(seconds: u32, longest: u32) -> Result<()> {
    match (SHORTEST..=longest).contains(&seconds) {
        true => Ok(()),
        false => Err(invalid(format!(
            "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value between {SHORTEST} and {longest}"
        ))),
    }
}

impl Request for AssumeRole {
    type Response = Credential;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Credential> {
        let denied = || {
            let caller = self.caller.arn(&tx.scope.account);
            Error::new(
                "AccessDenied",
                format!("User: {caller} is not authorized to perform: sts:AssumeRole on resource: {}", self.role_arn),
            )
        };
        check_name("roleSessionName", &self.role_session_name, 64)?;
        let seconds = self.duration_seconds.unwrap_or(HOUR);
        in_bounds(seconds, 43_200)?;
        if let Some(policy) = &self.policy {
            check_document(policy, DocumentKind::Identity)?;
        }
        if self.policy_arns.len() > MOST_SESSION_POLICIES {
            return Err(limit(format!("Cannot exceed quota for PolicyArns: {MOST_SESSION_POLICIES}")));
        }
        let account = match self.role_arn.splitn(6, ':').collect::<Vec<_>>()[..] {
            ["arn", "aws", "iam", "", account, rest] if rest.starts_with("role/") => account.parse::<AccountId>().ok(),
            _ => return Err(invalid(format!("{} is invalid", self.role_arn))),
        };
        let name = self.role_arn.rsplit('/').next().unwrap_or_default();
        let found = account.and_then(|account| tx.cloud.iam_role(&account, name).ok());
        let role = found.filter(|role| role.arn() == self.role_arn).ok_or_else(denied)?;
        for arn in &self.policy_arns {
            tx.cloud.policy_by_arn(role.account(), arn)?;
        }
        if seconds > role.max_session_duration {
            return Err(invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
        }
        if matches!(self.caller, Principal::AssumedRole { .. }) && seconds > HOUR {
            return Err(invalid(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
            ));
        }
        let key = role.key.clone();
        let principal = Principal::AssumedRole {
            role_id: role.id.clone(),
            role_name: role.name.clone(),
            session_name: self.role_session_name,
        };
        let used = RoleUse { at: tx.now, region: tx.scope.region.clone() };
        if let Some(role) = tx.cloud.roles.get_mut(&key) {
            role.last_used = Some(used);
        }
        // The key is of the role's account, which may be another than the caller's.
        tx.scope.account = key.account().clone();
        let credential = CreateCredential {
            access_key_id: self.access_key_id,
            secret_access_key: self.secret_access_key,
            name: None,
            principal,
            session: Some(Session { token: self.session_token, expires: tx.now + u64::from(seconds) }),
        };
        credential.run(tx)
    }
}

impl Request for GetSessionToken {
    type Response = Credential;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Credential> {
        if self.caller_is_temporary {
            return Err(Error::new("AccessDenied", "Cannot call GetSessionToken with session credentials"));
        }
        let (usual, longest) = match self.caller {
            Principal::Root => (HOUR, HOUR),
            _ => (43_200, 129_600),
        };
        let seconds = match self.duration_seconds {
            None => usual,
            Some(seconds) => {
                in_bounds(seconds, 129_600)?;
                seconds.min(longest)
            }
        };
        let credential = CreateCredential {
            access_key_id: self.access_key_id,
            secret_access_key: self.secret_access_key,
            name: None,
            principal: self.caller,
            session: Some(Session { token: self.session_token, expires: tx.now + u64::from(seconds) }),
        };
        credential.run(tx)
    }
}
