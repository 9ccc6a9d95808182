//! Tags of anything that bears them.

use super::filter::{FilterOf, Filters};
use super::listing::after;
use super::tag::{self, TagParameter};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::TagDescription;
use croft_model::Tags;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub const OPERATIONS: &[Entry] = operations![CreateTags, DeleteTags, DescribeTags];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateTags {
    resources: Vec<String>,
    tags: Vec<TagParameter>,
}

impl Operation for CreateTags {
    const NAME: &'static str = "CreateTags";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.run(croft_control::CreateTags { resource_ids: self.resources, tags: tag::read(self.tags)? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteTags {
    resources: Vec<String>,
    tags: Option<Vec<TagParameter>>,
}

impl Operation for DeleteTags {
    const NAME: &'static str = "DeleteTags";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let mut tags = BTreeMap::new();
        for TagParameter { key, value } in self.tags.unwrap_or_default() {
            let key = key.ok_or_else(|| Fault::missing("Tag.Key"))?;
            tag::check_not_reserved(&key)?;
            tags.insert(key, value);
        }
        call.run(croft_control::DeleteTags { resource_ids: self.resources, tags })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeTags {
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeTagsOutput {
    tags: Vec<TagDescriptionOutput>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagDescriptionOutput {
    key: String,
    resource_id: String,
    resource_type: &'static str,
    value: String,
}

/// `tag:KEY` and `tag-key` come with every table.
const FILTERS: &[FilterOf<TagDescription>] = &[
    ("key", |_, tag, found| found.text(&tag.key)),
    ("resource-id", |_, tag, found| found.text(&tag.resource_id)),
    ("resource-type", |_, tag, found| found.text(tag.resource_type)),
    ("value", |_, tag, found| found.text(&tag.value)),
];

impl Operation for DescribeTags {
    const NAME: &'static str = "DescribeTags";
    type Output = DescribeTagsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeTagsOutput, Fault> {
        let cloud = call.cloud();
        let judge = self.filters.judge(FILTERS)?;
        let holds = |tag: &TagDescription| {
            let alone = Tags::from([(tag.key.clone(), tag.value.clone())]);
            judge.holds(&cloud, tag, &alone)
        };
        let mut all: Vec<_> = cloud.tags_in(call.scope).into_iter().filter(holds).collect();
        // A key of no two tags, in the order of the listing.
        let place = |tag: &TagDescription| format!("{}\n{}", tag.resource_id, tag.key);
        all.sort_by_cached_key(place);
        let page = after(all.into_iter(), self.max_results, self.next_token.as_deref(), place)?;
        let shown = |tag: TagDescription| TagDescriptionOutput {
            key: tag.key,
            resource_id: tag.resource_id,
            resource_type: tag.resource_type,
            value: tag.value,
        };
        Ok(DescribeTagsOutput { tags: page.items.into_iter().map(shown).collect(), next_token: page.next_token })
    }
}
