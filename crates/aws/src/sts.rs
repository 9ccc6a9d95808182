//! AWS Security Token Service: who asks, and sessions with keys of their own.
//!
//! Whether somebody may assume a role is not judged: Croft keeps policies and does not evaluate them.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{caller, millis};
use crate::operation::{Entry, Operation, operations};
use crate::random::random;
use croft_model::credential::{AccessKeyId, Credential, Secret};
use serde::{Deserialize, Serialize};

/// Every operation of STS that Croft has.
pub const OPERATIONS: &[&[Entry]] = &[operations![GetCallerIdentity, AssumeRole, GetSessionToken, GetAccessKeyInfo]];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetCallerIdentity {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetCallerIdentityOutput {
    user_id: String,
    account: String,
    arn: String,
}

impl Operation for GetCallerIdentity {
    const NAME: &'static str = "GetCallerIdentity";
    type Output = GetCallerIdentityOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetCallerIdentityOutput, Fault> {
        Ok(GetCallerIdentityOutput {
            user_id: call.caller.principal.user_id.clone(),
            account: call.scope.account.to_string(),
            arn: call.caller.principal.arn.clone(),
        })
    }
}

/// A session's key.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: i64,
}

impl Credentials {
    fn of(credential: &Credential) -> Result<Credentials, Fault> {
        let session = credential.session.as_ref().ok_or_else(|| Fault::internal("a session's key has no session"))?;
        Ok(Credentials {
            access_key_id: credential.access_key_id.to_string(),
            secret_access_key: credential.secret_access_key.reveal().to_string(),
            session_token: session.token.reveal().to_string(),
            expiration: millis(session.expires),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssumeRole {
    role_arn: String,
    role_session_name: String,
    #[serde(default)]
    policy_arns: Vec<PolicyDescriptor>,
    policy: Option<String>,
    duration_seconds: Option<u32>,
    /// Only a role's trust policy looks at it, and that is not evaluated.
    #[serde(rename = "ExternalId")]
    _external_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyDescriptor {
    arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRoleOutput {
    credentials: Credentials,
    assumed_role_user: AssumedRoleUser,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumedRoleUser {
    assumed_role_id: String,
    arn: String,
}

impl Operation for AssumeRole {
    const NAME: &'static str = "AssumeRole";
    type Output = AssumeRoleOutput;

    fn run(self, call: &mut Call<'_>) -> Result<AssumeRoleOutput, Fault> {
        let caller = caller::principal(call, &call.cloud());
        let credential = call.run(croft_control::AssumeRole {
            role_arn: self.role_arn,
            role_session_name: self.role_session_name,
            duration_seconds: self.duration_seconds,
            policy: self.policy,
            policy_arns: self.policy_arns.into_iter().map(|p| p.arn).collect(),
            caller,
            access_key_id: AccessKeyId::temporary(random()?),
            secret_access_key: Secret::access_key(random()?),
            session_token: Secret::session_token(random()?),
        })?;
        Ok(AssumeRoleOutput {
            credentials: Credentials::of(&credential)?,
            assumed_role_user: AssumedRoleUser {
                assumed_role_id: credential.principal.user_id(&credential.account),
                arn: credential.principal.arn(&credential.account),
            },
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetSessionToken {
    duration_seconds: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetSessionTokenOutput {
    credentials: Credentials,
}

impl Operation for GetSessionToken {
    const NAME: &'static str = "GetSessionToken";
    type Output = GetSessionTokenOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetSessionTokenOutput, Fault> {
        let cloud = call.cloud();
        let credential = call.run(croft_control::GetSessionToken {
            duration_seconds: self.duration_seconds,
            caller: caller::principal(call, &cloud),
            caller_is_temporary: caller::credential(call, &cloud).is_some_and(|c| c.session.is_some()),
            access_key_id: AccessKeyId::temporary(random()?),
            secret_access_key: Secret::access_key(random()?),
            session_token: Secret::session_token(random()?),
        })?;
        Ok(GetSessionTokenOutput { credentials: Credentials::of(&credential)? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetAccessKeyInfo {
    access_key_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccessKeyInfoOutput {
    account: String,
}

impl Operation for GetAccessKeyInfo {
    const NAME: &'static str = "GetAccessKeyInfo";
    type Output = GetAccessKeyInfoOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetAccessKeyInfoOutput, Fault> {
        let cloud = call.cloud();
        let id = self.access_key_id.parse::<AccessKeyId>().ok();
        match id.and_then(|id| cloud.credentials.get(&id)) {
            Some(credential) => Ok(GetAccessKeyInfoOutput { account: credential.account.to_string() }),
            None => {
                Err(Fault::new("ValidationError", format!("The access key id {} is not known.", self.access_key_id)))
            }
        }
    }
}
