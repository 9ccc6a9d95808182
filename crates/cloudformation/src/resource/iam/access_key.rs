//! `AWS::IAM::AccessKey`. It signs requests, so what is in it comes from the operating system.

use super::account_of;
use super::bearer::gone_is_done;
use crate::resource::live::Live;
use crate::resource::schema::{Kind, Shape, property};
use crate::resource::*;
use croft_control::{CreateAccessKey, DeleteAccessKey, UpdateAccessKey};
use croft_model::credential::{AccessKeyId, Credential, Principal, Secret};
use serde::Deserialize;

pub struct AccessKey;

const PROPERTIES: &[Property] = &[
    property("Serial", Kind::Integer(0, i64::MAX)).replaces(),
    property("Status", Kind::OneOf(&["Active", "Inactive"])),
    property("UserName", Kind::Text).required().replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    status: Option<String>,
    user_name: String,
}

impl Properties {
    fn is_active(&self) -> bool {
        self.status.as_deref() != Some("Inactive")
    }
}

fn find<'c>(cloud: &'c Cloud, id: &str) -> Option<&'c Credential> {
    let key = cloud.credentials.get(&id.parse::<AccessKeyId>().ok()?)?;
    (key.account == *account_of(cloud)).then_some(key)
}

fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    let no_bytes = |error| Failure::Settling(format!("the operating system gave no random bytes: {error}"));
    getrandom::fill(&mut bytes).map_err(no_bytes)?;
    Ok(bytes)
}

fn set_active<A: Account>(account: &mut A, id: &str, properties: &Properties) -> Result<(), Failure> {
    account.run(UpdateAccessKey {
        user_name: Some(properties.user_name.clone()),
        access_key_id: key_id(id)?,
        active: properties.is_active(),
    })?;
    Ok(())
}

fn key_id(id: &str) -> Result<AccessKeyId, Failure> {
    id.parse().map_err(|error: croft_model::credential::MalformedAccessKeyId| Failure::Properties(error.to_string()))
}

impl Handler for AccessKey {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::IAM::AccessKey",
        shape: Shape::free(PROPERTIES),
        attributes: &["SecretAccessKey"],
        refused_attributes: &[],
        which: Which::AccessKey,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let key = account.run(CreateAccessKey {
            user_name: Some(properties.user_name.clone()),
            access_key_id: AccessKeyId::long_term(random()?),
            secret_access_key: Secret::access_key(random()?),
        })?;
        let id = key.access_key_id.to_string();
        if !properties.is_active() {
            set_active(account, &id, &properties)?;
        }
        Ok(id)
    }

    fn update<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        set_active(account, id, &new.read()?)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, properties: &Map<String, Json>) -> Result<(), Failure> {
        let properties: Properties = read(properties)?;
        let (user_name, access_key_id) = (Some(properties.user_name), key_id(id)?);
        gone_is_done(account.run(DeleteAccessKey { user_name, access_key_id }))
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let key = find(cloud, id)?;
        (name == "SecretAccessKey").then(|| Known::Text(key.secret_access_key.reveal().to_string()))
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let key = find(cloud, id)?;
        let user_name = match &key.principal {
            Principal::User { user_name, .. } => Some(user_name.clone()),
            _ => None,
        };
        let status = if key.active { "Active" } else { "Inactive" };
        Live::beside(properties).is("Status", status).may_be("UserName", user_name).done()
    }
}
