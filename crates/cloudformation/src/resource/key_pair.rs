//! `AWS::EC2::KeyPair`: a public key under a name, which is its physical id.
//!
//! Without `PublicKeyMaterial` AWS makes a pair and keeps the private part in the Parameter Store; there is none here
//! to keep it in, so the public part has to be given.

use super::live::Live;
use super::schema::{Kind, Shape, TAGS, property};
use super::*;
use croft_control::{CreateKeyPair, DeleteKeyPair};
use serde::Deserialize;

pub struct KeyPair;

const NO_PARAMETER_STORE: &str =
    "give the public key of a pair of yours: there is no Parameter Store that a new private key could be kept in";

const PROPERTIES: &[Property] = &[
    property("KeyFormat", Kind::OneOf(&["pem", "ppk"])).replaces(),
    property("KeyName", Kind::Text).required().replaces(),
    property("KeyType", Kind::OneOf(&["rsa", "ed25519"])).replaces(),
    property("PublicKeyMaterial", Kind::Text).required_because(NO_PARAMETER_STORE).replaces(),
    TAGS.replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    key_name: String,
    key_type: Option<String>,
    public_key_material: String,
}

fn public_key(text: &str) -> Result<croft_key_material::Read, Failure> {
    croft_key_material::read(text.as_bytes()).map_err(|error| {
        Failure::Properties(format!("PublicKeyMaterial is no public key (ssh-rsa … or ssh-ed25519 …): {error}"))
    })
}

impl Handler for KeyPair {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::KeyPair",
        shape: Shape::free(PROPERTIES),
        attributes: &["KeyFingerprint", "KeyPairId"],
        refused_attributes: &[],
        which: Which::KeyPair,
    };

    fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
        let text = |name: &str| properties.get(name).and_then(Json::as_str);
        let Some(key) = text("PublicKeyMaterial") else { return Vec::new() };
        match (public_key(key), text("KeyType")) {
            (Err(failure), _) => vec![("PublicKeyMaterial", failure.to_string())],
            (Ok(read), Some(kind)) if read.kind.as_str() != kind => {
                vec![("KeyType", format!("KeyType is {kind}, and the key is of the type {}", read.kind.as_str()))]
            }
            (Ok(_), _) => Vec::new(),
        }
    }

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let read = public_key(&properties.public_key_material)?;
        if let Some(kind) = properties.key_type.filter(|kind| kind != read.kind.as_str()) {
            let what = format!("KeyType is {kind}, and the key is of the type {}", read.kind.as_str());
            return Err(Failure::Properties(what));
        }
        let pair = account.run(CreateKeyPair {
            key_name: properties.key_name,
            kind: read.kind,
            fingerprint: read.fingerprint,
            public_key: read.public_key,
            tags: new.tags(),
        })?;
        Ok(pair.name)
    }

    fn update<A: Account>(_: &mut A, id: &str, _: &Map<String, Json>, _: &New) -> Result<String, Failure> {
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteKeyPair { key_name: Some(id.to_string()), key_pair_id: None })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let pair = cloud.key_pair_named(&cloud.home, id)?;
        let given = properties.get("PublicKeyMaterial").and_then(Json::as_str).unwrap_or_default();
        let live = Live::beside(properties).is("KeyType", pair.kind.as_str()).tags(&pair.tags);
        match given.trim() == pair.public_key {
            true => live.done(),
            false => live.is("PublicKeyMaterial", pair.public_key.as_str()).done(),
        }
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let pair = cloud.key_pair_named(&cloud.home, id)?;
        match name {
            "KeyFingerprint" => Some(Known::Text(pair.fingerprint.clone())),
            "KeyPairId" => Some(Known::Text(pair.id.to_string())),
            _ => None,
        }
    }
}
