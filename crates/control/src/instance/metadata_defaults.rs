//! What an account has set for the metadata of instances whose launch says nothing of it.

use crate::error::Result;
use crate::instance::attribute::hop_limit;
use crate::request::{Request, request};
use crate::{Cloud, Transaction};
use croft_model::instance::MetadataDefaults;
use croft_model::*;
use serde::{Deserialize, Serialize};

/// A setting that is made, or taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preference<T> {
    /// AWS's `no-preference`.
    None,
    Is(T),
}

impl<T> From<Preference<T>> for Option<T> {
    fn from(preference: Preference<T>) -> Option<T> {
        match preference {
            Preference::None => None,
            Preference::Is(value) => Some(value),
        }
    }
}

request! {
    /// What is absent stays as it is. Instances that are there keep what they have.
    #[derive(Default)]
    pub struct ModifyInstanceMetadataDefaults {
        pub tokens_required: Option<Preference<bool>>,
        pub hop_limit: Option<Preference<u32>>,
        pub endpoint: Option<Preference<bool>>,
        pub instance_tags: Option<Preference<bool>>,
    }
}

impl Request for ModifyInstanceMetadataDefaults {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let mut defaults = tx.cloud.metadata_defaults(&tx.scope);
        if let Some(preference) = self.hop_limit {
            defaults.hop_limit = Option::from(preference).map(hop_limit).transpose()?;
        }
        if let Some(preference) = self.tokens_required {
            defaults.tokens_required = preference.into();
        }
        if let Some(preference) = self.endpoint {
            defaults.endpoint = preference.into();
        }
        if let Some(preference) = self.instance_tags {
            defaults.instance_tags = preference.into();
        }
        tx.settings_mut().metadata_defaults = defaults;
        Ok(())
    }
}

impl Cloud {
    /// What an account has set for a region.
    pub fn metadata_defaults(&self, scope: &Scope) -> MetadataDefaults {
        self.settings.get(scope).map(|s| s.metadata_defaults).unwrap_or_default()
    }
}
