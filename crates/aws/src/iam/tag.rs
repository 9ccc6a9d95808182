//! Tags of identities.

use super::page::page;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::Tags;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![
    TagUser,
    TagRole,
    TagPolicy,
    TagInstanceProfile,
    UntagUser,
    UntagRole,
    UntagPolicy,
    UntagInstanceProfile,
    ListUserTags,
    ListRoleTags,
    ListPolicyTags,
    ListInstanceProfileTags
];

/// A tag, in requests and in answers.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Tag {
    key: String,
    value: String,
}

/// The tags of a request. Their rules are `croft-control`'s.
///
/// # Errors
/// `InvalidInput` for a key that comes twice, or that is AWS's own: stacks alone write such.
pub fn read(tags: Vec<Tag>) -> Result<Tags, Fault> {
    let mut out = Tags::new();
    for tag in tags {
        if tag.key.to_lowercase().starts_with("aws:") {
            return Err(Fault::new("InvalidInput", "Tag keys that begin with aws: are reserved for AWS."));
        }
        if out.insert(tag.key, tag.value).is_some() {
            let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(Fault::new("InvalidInput", message));
        }
    }
    Ok(out)
}

/// None where there are none: AWS leaves the member out.
pub fn shown(tags: &Tags) -> Option<Vec<Tag>> {
    let tag = |(key, value): (&String, &String)| Tag { key: key.clone(), value: value.clone() };
    (!tags.is_empty()).then(|| tags.iter().map(tag).collect())
}

macro_rules! tag { ($($name:ident by $field:ident;)*) => { $(
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    pub struct $name {
        $field: String,
        tags: Vec<Tag>,
    }

    impl Operation for $name {
        const NAME: &'static str = stringify!($name);
        type Output = ();

        fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
            call.run(croft_control::$name { $field: self.$field, tags: read(self.tags)? })
        }
    }
)* } }

tag! {
    TagUser by user_name;
    TagRole by role_name;
    TagPolicy by policy_arn;
    TagInstanceProfile by instance_profile_name;
}

macro_rules! untag { ($($name:ident by $field:ident;)*) => { $(
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    pub struct $name {
        $field: String,
        tag_keys: Vec<String>,
    }

    impl Operation for $name {
        const NAME: &'static str = stringify!($name);
        type Output = ();

        fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
            call.run(croft_control::$name { $field: self.$field, tag_keys: self.tag_keys })
        }
    }
)* } }

untag! {
    UntagUser by user_name;
    UntagRole by role_name;
    UntagPolicy by policy_arn;
    UntagInstanceProfile by instance_profile_name;
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsOutput {
    tags: Vec<Tag>,
    is_truncated: bool,
    marker: Option<String>,
}

macro_rules! list { ($($name:ident by $field:ident = $find:ident;)*) => { $(
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    pub struct $name {
        $field: String,
        marker: Option<String>,
        max_items: Option<usize>,
    }

    impl Operation for $name {
        const NAME: &'static str = stringify!($name);
        type Output = ListTagsOutput;

        fn run(self, call: &mut Call<'_>) -> Result<ListTagsOutput, Fault> {
            let cloud = call.cloud();
            let tags = shown(&cloud.$find(&call.scope.account, &self.$field)?.tags).unwrap_or_default();
            let page = page(tags.into_iter(), self.marker.as_deref(), self.max_items, |tag| tag.key.clone())?;
            Ok(ListTagsOutput { tags: page.items, is_truncated: page.is_truncated, marker: page.marker })
        }
    }
)* } }

list! {
    ListUserTags by user_name = iam_user;
    ListRoleTags by role_name = iam_role;
    ListPolicyTags by policy_arn = customer_policy;
    ListInstanceProfileTags by instance_profile_name = instance_profile;
}
