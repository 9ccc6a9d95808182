//! Identities of IAM: kept, given back, and nowhere evaluated.
//!
//! They belong to the account in every region, and their names are their physical ids.

pub mod access_key;
pub mod instance_profile;
pub mod managed_policy;
pub mod policy;
pub mod role;
pub mod role_policy;
pub mod service_linked_role;
pub mod user;
pub mod user_policy;

mod bearer;
mod date;
mod document;
mod inline;
mod tags;

use croft_control::Cloud;
use croft_model::AccountId;

/// Whose identities these are: names of IAM say nothing of the account.
fn account_of(cloud: &Cloud) -> &AccountId {
    &cloud.home.account
}

const NO_GROUPS: &str = "give the policies to users and roles: groups of IAM are not supported";
