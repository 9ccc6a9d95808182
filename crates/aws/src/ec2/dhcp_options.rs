//! DHCP option sets.

use super::filter::{FilterOf, Filters};
use super::listing::{Listed, Query, select};
use super::tag::{self, Tag, TagSpecifications};
use super::vpc::output::NO_DHCP_OPTIONS;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::dhcp_options::{DhcpConfiguration, DhcpOptions};
use croft_model::{DhcpOptionsId, Tags};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] =
    operations![AssociateDhcpOptions, CreateDhcpOptions, DeleteDhcpOptions, DescribeDhcpOptions];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateDhcpOptions {
    #[serde(default)]
    dhcp_configurations: Vec<NewDhcpConfiguration>,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct NewDhcpConfiguration {
    key: String,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateDhcpOptionsOutput {
    dhcp_options: DhcpOptionsOutput,
}

impl Operation for CreateDhcpOptions {
    const NAME: &'static str = "CreateDhcpOptions";
    type Output = CreateDhcpOptionsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateDhcpOptionsOutput, Fault> {
        let given = self.dhcp_configurations.into_iter();
        let options = call.run(croft_control::CreateDhcpOptions {
            dhcp_configurations: given.map(|o| DhcpConfiguration { key: o.key, values: o.values }).collect(),
            tags: self.tag_specifications.of("dhcp-options")?,
        })?;
        Ok(CreateDhcpOptionsOutput { dhcp_options: DhcpOptionsOutput::of(&options) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteDhcpOptions {
    dhcp_options_id: String,
}

impl Operation for DeleteDhcpOptions {
    const NAME: &'static str = "DeleteDhcpOptions";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.run(croft_control::DeleteDhcpOptions { dhcp_options_id: self.dhcp_options_id.parse()? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssociateDhcpOptions {
    dhcp_options_id: String,
    vpc_id: String,
}

impl Operation for AssociateDhcpOptions {
    const NAME: &'static str = "AssociateDhcpOptions";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let dhcp_options_id = match self.dhcp_options_id.as_str() {
            NO_DHCP_OPTIONS => None,
            id => Some(id.parse()?),
        };
        call.run(croft_control::AssociateDhcpOptions { dhcp_options_id, vpc_id: self.vpc_id.parse()? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeDhcpOptions {
    #[serde(default)]
    dhcp_options_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeDhcpOptionsOutput {
    dhcp_options: Vec<DhcpOptionsOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeDhcpOptions {
    const NAME: &'static str = "DescribeDhcpOptions";
    type Output = DescribeDhcpOptionsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeDhcpOptionsOutput, Fault> {
        let cloud = call.cloud();
        let query = Query {
            ids: &self.dhcp_options_ids,
            filters: &self.filters,
            max_results: self.max_results,
            next_token: self.next_token.as_deref(),
        };
        let page = select::<DhcpOptions>(&cloud, call.scope, query)?;
        let dhcp_options = page.items.into_iter().map(DhcpOptionsOutput::of).collect();
        Ok(DescribeDhcpOptionsOutput { dhcp_options, next_token: page.next_token })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DhcpOptionsOutput {
    owner_id: String,
    tags: Vec<Tag>,
    dhcp_options_id: String,
    dhcp_configurations: Vec<DhcpConfigurationOutput>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DhcpConfigurationOutput {
    key: String,
    values: Vec<AttributeValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeValue {
    value: String,
}

impl DhcpOptionsOutput {
    fn of(options: &DhcpOptions) -> DhcpOptionsOutput {
        let shown = |option: &DhcpConfiguration| DhcpConfigurationOutput {
            key: option.key.clone(),
            values: option.values.iter().map(|value| AttributeValue { value: value.clone() }).collect(),
        };
        DhcpOptionsOutput {
            owner_id: options.scope.account.to_string(),
            tags: tag::shown(&options.tags),
            dhcp_options_id: options.id.to_string(),
            dhcp_configurations: options.configurations.iter().map(shown).collect(),
        }
    }
}

impl Listed for DhcpOptions {
    type Id = DhcpOptionsId;
    const FILTERS: &'static [FilterOf<DhcpOptions>] = &[
        ("dhcp-options-id", |_, options, found| found.text(options.id.as_str())),
        ("key", |_, options, found| options.configurations.iter().for_each(|o| found.text(&o.key))),
        ("owner-id", |_, options, found| found.text(options.scope.account.as_str())),
        ("value", |_, options, found| {
            options.configurations.iter().flat_map(|o| &o.values).for_each(|v| found.text(v));
        }),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<DhcpOptionsId, DhcpOptions> {
        &cloud.dhcp_options_sets
    }
    fn id(&self) -> &DhcpOptionsId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}
