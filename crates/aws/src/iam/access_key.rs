//! Access keys of users and of the account itself: they sign requests.

use super::page::page;
use super::{caller, millis};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use crate::random::random;
use croft_model::credential::{AccessKeyId, Credential, Principal, Secret};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey];

/// Whose key is meant: the user named, else whoever asks. None is the account itself.
fn owner(call: &Call<'_>, named: Option<String>) -> Result<Option<String>, Fault> {
    match (named, caller::principal(call, &call.cloud())) {
        (Some(name), _) => Ok(Some(name)),
        (None, Principal::User { user_name, .. }) => Ok(Some(user_name)),
        (None, Principal::Root) => Ok(None),
        (None, Principal::AssumedRole { .. }) => {
            Err(Fault::new("ValidationError", "Must specify userName when calling with non-User credentials"))
        }
    }
}

fn key_id(text: &str) -> Result<AccessKeyId, Fault> {
    let unknown = |_| Fault::new("NoSuchEntity", format!("The Access Key with id {text} cannot be found."));
    text.parse().map_err(unknown)
}

fn status(credential: &Credential) -> &'static str {
    if credential.active { "Active" } else { "Inactive" }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateAccessKey {
    user_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateAccessKeyOutput {
    access_key: AccessKeyOutput,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKeyOutput {
    user_name: Option<String>,
    access_key_id: String,
    status: &'static str,
    secret_access_key: String,
    create_date: i64,
}

impl Operation for CreateAccessKey {
    const NAME: &'static str = "CreateAccessKey";
    type Output = CreateAccessKeyOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateAccessKeyOutput, Fault> {
        let user_name = owner(call, self.user_name)?;
        let credential = call.run(croft_control::CreateAccessKey {
            user_name: user_name.clone(),
            access_key_id: AccessKeyId::long_term(random()?),
            secret_access_key: Secret::access_key(random()?),
        })?;
        Ok(CreateAccessKeyOutput {
            access_key: AccessKeyOutput {
                user_name,
                access_key_id: credential.access_key_id.to_string(),
                status: status(&credential),
                secret_access_key: credential.secret_access_key.reveal().to_string(),
                create_date: millis(credential.created),
            },
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListAccessKeys {
    user_name: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAccessKeysOutput {
    access_key_metadata: Vec<AccessKeyMetadata>,
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKeyMetadata {
    user_name: Option<String>,
    access_key_id: String,
    status: &'static str,
    create_date: i64,
}

impl Operation for ListAccessKeys {
    const NAME: &'static str = "ListAccessKeys";
    type Output = ListAccessKeysOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ListAccessKeysOutput, Fault> {
        let cloud = call.cloud();
        let account = &call.scope.account;
        let user = match owner(call, self.user_name)? {
            Some(name) => Some(cloud.iam_user(account, &name)?),
            None => None,
        };
        let mut keys = cloud.access_keys_of(account, user.map(|u| u.id.as_str()));
        keys.sort_by(|a, b| a.access_key_id.cmp(&b.access_key_id));
        let key = |c: &&Credential| c.access_key_id.to_string();
        let page = page(keys.into_iter(), self.marker.as_deref(), self.max_items, key)?;
        let shown = |c: &Credential| AccessKeyMetadata {
            user_name: user.map(|u| u.name.clone()),
            access_key_id: c.access_key_id.to_string(),
            status: status(c),
            create_date: millis(c.created),
        };
        Ok(ListAccessKeysOutput {
            access_key_metadata: page.items.into_iter().map(shown).collect(),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateAccessKey {
    user_name: Option<String>,
    access_key_id: String,
    status: String,
}

impl Operation for UpdateAccessKey {
    const NAME: &'static str = "UpdateAccessKey";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let user_name = owner(call, self.user_name)?;
        let active = match self.status.as_str() {
            "Active" => true,
            "Inactive" => false,
            other => return Err(Fault::unsupported(format!("The status {other} of an access key"))),
        };
        let access_key_id = key_id(&self.access_key_id)?;
        call.run(croft_control::UpdateAccessKey { user_name, access_key_id, active })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteAccessKey {
    user_name: Option<String>,
    access_key_id: String,
}

impl Operation for DeleteAccessKey {
    const NAME: &'static str = "DeleteAccessKey";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let user_name = owner(call, self.user_name)?;
        let access_key_id = key_id(&self.access_key_id)?;
        call.run(croft_control::DeleteAccessKey { user_name, access_key_id })
    }
}
