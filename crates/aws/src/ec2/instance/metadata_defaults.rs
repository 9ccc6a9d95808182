//! What an account has set for the metadata of instances whose launch says nothing of it.

use crate::call::Call;
use crate::fault::Fault;
use crate::operation::Operation;
use croft_control::Preference;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetInstanceMetadataDefaults {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetInstanceMetadataDefaultsOutput {
    account_level: AccountLevel,
}

/// What is not set is absent.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountLevel {
    http_tokens: Option<&'static str>,
    http_put_response_hop_limit: Option<u8>,
    http_endpoint: Option<&'static str>,
    instance_metadata_tags: Option<&'static str>,
    managed_by: &'static str,
}

impl Operation for GetInstanceMetadataDefaults {
    const NAME: &'static str = "GetInstanceMetadataDefaults";
    type Output = GetInstanceMetadataDefaultsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetInstanceMetadataDefaultsOutput, Fault> {
        let defaults = call.cloud().metadata_defaults(call.scope);
        let word = |on| if on { "enabled" } else { "disabled" };
        let tokens = |required| if required { "required" } else { "optional" };
        let account_level = AccountLevel {
            http_tokens: defaults.tokens_required.map(tokens),
            http_put_response_hop_limit: defaults.hop_limit,
            http_endpoint: defaults.endpoint.map(word),
            instance_metadata_tags: defaults.instance_tags.map(word),
            managed_by: "account",
        };
        Ok(GetInstanceMetadataDefaultsOutput { account_level })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyInstanceMetadataDefaults {
    http_tokens: Option<String>,
    http_put_response_hop_limit: Option<i64>,
    http_endpoint: Option<String>,
    instance_metadata_tags: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyInstanceMetadataDefaultsOutput {
    r#return: bool,
}

/// What takes the hop limit back.
const NO_HOP_LIMIT: i64 = -1;

/// The model leaves no other words than these.
fn preference(word: Option<String>, yes: &str) -> Option<Preference<bool>> {
    word.map(|word| match word.as_str() {
        "no-preference" => Preference::None,
        word => Preference::Is(word == yes),
    })
}

impl Operation for ModifyInstanceMetadataDefaults {
    const NAME: &'static str = "ModifyInstanceMetadataDefaults";
    type Output = ModifyInstanceMetadataDefaultsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ModifyInstanceMetadataDefaultsOutput, Fault> {
        let hop_limit = self.http_put_response_hop_limit.map(|hops| match hops {
            NO_HOP_LIMIT => Preference::None,
            // What is out of reach is refused by its number.
            hops => Preference::Is(u32::try_from(hops).unwrap_or_default()),
        });
        call.run(croft_control::ModifyInstanceMetadataDefaults {
            tokens_required: preference(self.http_tokens, "required"),
            hop_limit,
            endpoint: preference(self.http_endpoint, "enabled"),
            instance_tags: preference(self.instance_metadata_tags, "enabled"),
        })?;
        Ok(ModifyInstanceMetadataDefaultsOutput { r#return: true })
    }
}
