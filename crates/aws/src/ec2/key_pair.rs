//! Key pairs.

use super::filter::{FilterOf, Filters};
use super::listing::{Listed, Query, select};
use super::tag::{self, Tag, TagSpecifications};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use croft_control::{Cloud, no_key_pair};
use croft_key_material as material;
use croft_model::key_pair::{KeyKind, KeyPair};
use croft_model::{KeyPairId, Tags};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![CreateKeyPair, ImportKeyPair, DescribeKeyPairs, DeleteKeyPair];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateKeyPair {
    key_name: String,
    key_type: Option<KeyKind>,
    key_format: Option<String>,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateKeyPairOutput {
    key_fingerprint: String,
    /// Given out this once.
    key_material: String,
    key_name: String,
    key_pair_id: String,
    tags: Vec<Tag>,
}

impl Operation for CreateKeyPair {
    const NAME: &'static str = "CreateKeyPair";
    type Output = CreateKeyPairOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateKeyPairOutput, Fault> {
        if let Some(format) = self.key_format.filter(|format| format != "pem") {
            return Err(Fault::unsupported(format!("The key format '{format}'")));
        }
        // Making an RSA pair costs most of a second: a name that is taken is refused before.
        if call.cloud().key_pair_named(call.scope, &self.key_name).is_some() {
            return Err(Fault::new("InvalidKeyPair.Duplicate", "The keypair already exists"));
        }
        let kind = self.key_type.unwrap_or_default();
        let made = material::make(kind)?;
        let pair = call.run(croft_control::CreateKeyPair {
            key_name: self.key_name,
            kind,
            fingerprint: made.fingerprint,
            public_key: made.public_key,
            tags: self.tag_specifications.of("key-pair")?,
        })?;
        Ok(CreateKeyPairOutput {
            key_fingerprint: pair.fingerprint,
            key_material: made.private_key,
            key_name: pair.name,
            key_pair_id: pair.id.to_string(),
            tags: tag::shown(&pair.tags),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ImportKeyPair {
    key_name: String,
    public_key_material: String,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

impl From<material::Error> for Fault {
    fn from(error: material::Error) -> Fault {
        match error {
            material::Error::Format => Fault::new("InvalidKey.Format", error.to_string()),
            material::Error::Internal(why) => Fault::internal(why),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImportKeyPairOutput {
    key_fingerprint: String,
    key_name: String,
    key_pair_id: String,
    tags: Vec<Tag>,
}

impl Operation for ImportKeyPair {
    const NAME: &'static str = "ImportKeyPair";
    type Output = ImportKeyPairOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ImportKeyPairOutput, Fault> {
        let bytes = STANDARD.decode(self.public_key_material).map_err(|_| material::Error::Format)?;
        let read = material::read(&bytes)?;
        let pair = call.run(croft_control::CreateKeyPair {
            key_name: self.key_name,
            kind: read.kind,
            fingerprint: read.fingerprint,
            public_key: read.public_key,
            tags: self.tag_specifications.of("key-pair")?,
        })?;
        Ok(ImportKeyPairOutput {
            key_fingerprint: pair.fingerprint,
            key_name: pair.name,
            key_pair_id: pair.id.to_string(),
            tags: tag::shown(&pair.tags),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeKeyPairs {
    #[serde(default)]
    key_names: Vec<String>,
    #[serde(default)]
    key_pair_ids: Vec<String>,
    include_public_key: Option<bool>,
    #[serde(default)]
    filters: Filters,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeKeyPairsOutput {
    key_pairs: Vec<KeyPairOutput>,
}

/// A key pair as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeyPairOutput {
    key_pair_id: String,
    key_type: KeyKind,
    tags: Vec<Tag>,
    public_key: Option<String>,
    create_time: u64,
    key_name: String,
    key_fingerprint: String,
}

impl Listed for KeyPair {
    type Id = KeyPairId;
    const FILTERS: &'static [FilterOf<KeyPair>] = &[
        ("key-pair-id", |_, k, found| found.text(k.id.as_str())),
        ("fingerprint", |_, k, found| found.text(&k.fingerprint)),
        ("key-name", |_, k, found| found.text(&k.name)),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<KeyPairId, KeyPair> {
        &cloud.key_pairs
    }
    fn id(&self) -> &KeyPairId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}

impl Operation for DescribeKeyPairs {
    const NAME: &'static str = "DescribeKeyPairs";
    type Output = DescribeKeyPairsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeKeyPairsOutput, Fault> {
        let cloud = call.cloud();
        let mut ids = self.key_pair_ids;
        for name in &self.key_names {
            let pair = cloud.key_pair_named(call.scope, name).ok_or_else(|| no_key_pair(name))?;
            ids.push(pair.id.to_string());
        }
        let query = Query { ids: &ids, filters: &self.filters, max_results: None, next_token: None };
        let page = select::<KeyPair>(&cloud, call.scope, query)?;
        let with_key = self.include_public_key.unwrap_or(false);
        let shown = |pair: &KeyPair| KeyPairOutput {
            key_pair_id: pair.id.to_string(),
            key_type: pair.kind,
            tags: tag::shown(&pair.tags),
            public_key: with_key.then(|| pair.public_key.clone()),
            create_time: pair.created.saturating_mul(1000),
            key_name: pair.name.clone(),
            key_fingerprint: pair.fingerprint.clone(),
        };
        Ok(DescribeKeyPairsOutput { key_pairs: page.items.into_iter().map(shown).collect() })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteKeyPair {
    key_name: Option<String>,
    key_pair_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteKeyPairOutput {
    r#return: bool,
    key_pair_id: Option<String>,
}

impl Operation for DeleteKeyPair {
    const NAME: &'static str = "DeleteKeyPair";
    type Output = DeleteKeyPairOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DeleteKeyPairOutput, Fault> {
        let key_pair_id = self.key_pair_id.map(|id| id.parse()).transpose()?;
        let deleted = call.run(croft_control::DeleteKeyPair { key_name: self.key_name, key_pair_id })?;
        Ok(DeleteKeyPairOutput { r#return: true, key_pair_id: deleted.map(|id| id.to_string()) })
    }
}
