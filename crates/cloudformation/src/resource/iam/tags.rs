//! Tags of identities.

use super::bearer::Bearer;
use crate::resource::{Failure, tags};
use crate::stack::Account;
use croft_control::{TagRole, TagUser, UntagRole, UntagUser};
use serde_json::{Map, Value as Json};

/// Brings the tags of a user or role from the old properties to the new ones.
pub fn update<A: Account>(
    account: &mut A,
    bearer: &Bearer,
    old: &Map<String, Json>,
    new: &Map<String, Json>,
) -> Result<(), Failure> {
    let (old, new) = (tags::of(old), tags::of(new));
    let gone: Vec<String> = old.keys().filter(|key| !new.contains_key(*key)).cloned().collect();
    if !gone.is_empty() {
        match bearer.clone() {
            Bearer::Role(role_name) => account.run(UntagRole { role_name, tag_keys: gone })?,
            Bearer::User(user_name) => account.run(UntagUser { user_name, tag_keys: gone })?,
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    match bearer.clone() {
        Bearer::Role(role_name) => account.run(TagRole { role_name, tags: new })?,
        Bearer::User(user_name) => account.run(TagUser { user_name, tags: new })?,
    }
    Ok(())
}
