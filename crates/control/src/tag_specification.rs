//! Tags as requests give them.

use crate::error::{Error, Result};
use croft_model::Tags;
use serde::Deserialize;

/// The parameter `TagSpecifications`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct TagSpecifications(Vec<TagSpecification>);

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagSpecification {
    resource_type: Option<String>,
    #[serde(default)]
    tags: Vec<TagParameter>,
}

/// A tag in a request.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TagParameter {
    pub key: Option<String>,
    pub value: Option<String>,
}

impl TagSpecifications {
    /// The tags for the one kind of resource that an operation makes.
    ///
    /// # Errors
    /// `InvalidParameterValue` if a specification is for another kind, or a key comes twice.
    pub fn of(self, resource_type: &str) -> Result<Tags> {
        let [tags] = self.of_each([resource_type])?;
        Ok(tags)
    }

    /// The tags for each of the kinds that an operation makes, in their order.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn of_each<const N: usize>(self, resource_types: [&str; N]) -> Result<[Tags; N]> {
        let mut out = [const { Tags::new() }; N];
        for specification in self.0 {
            let named = specification.resource_type.ok_or_else(|| Error::missing("TagSpecification.ResourceType"))?;
            let at = resource_types.iter().position(|t| *t == named);
            let Some(tags) = at.and_then(|at| out.get_mut(at)) else {
                return Err(Error::invalid(format!(
                    "'{named}' is not a valid taggable resource type for this operation."
                )));
            };
            add(tags, specification.tags)?;
        }
        Ok(out)
    }
}

/// Tags of a request as the state keeps them. How long they may be is judged when they are kept.
///
/// # Errors
/// `InvalidParameterValue` if a key comes twice or is AWS's own, `MissingParameter` if one is missing.
pub fn read_tags(tags: Vec<TagParameter>) -> Result<Tags> {
    let mut out = Tags::new();
    add(&mut out, tags)?;
    Ok(out)
}

/// Keys in `aws:` are AWS's own: no request sets or takes them.
///
/// # Errors
/// `InvalidParameterValue`.
pub fn check_not_reserved(key: &str) -> Result<()> {
    let reserved = key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    match reserved {
        true => Err(Error::invalid(format!("Tag keys starting with 'aws:' are reserved for internal use: '{key}'"))),
        false => Ok(()),
    }
}

fn add(out: &mut Tags, tags: Vec<TagParameter>) -> Result<()> {
    for tag in tags {
        let key = tag.key.ok_or_else(|| Error::missing("Tag.Key"))?;
        check_not_reserved(&key)?;
        if out.contains_key(&key) {
            return Err(Error::invalid(format!("Duplicate tag key '{key}' specified.")));
        }
        out.insert(key, tag.value.unwrap_or_default());
    }
    Ok(())
}
