//! What is in a prefix list, and where the list is named.

use super::listing::after;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::PrefixListId;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![GetManagedPrefixListEntries, GetManagedPrefixListAssociations];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetManagedPrefixListEntries {
    prefix_list_id: String,
    target_version: Option<u64>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetManagedPrefixListEntriesOutput {
    entries: Vec<PrefixListEntry>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PrefixListEntry {
    cidr: String,
    description: Option<String>,
}

impl Operation for GetManagedPrefixListEntries {
    const NAME: &'static str = "GetManagedPrefixListEntries";
    type Output = GetManagedPrefixListEntriesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetManagedPrefixListEntriesOutput, Fault> {
        let cloud = call.cloud();
        let id: PrefixListId = self.prefix_list_id.parse()?;
        let entries = cloud.prefix_list_entries(call.scope, &id, self.target_version)?;
        let show = |e: &croft_model::prefix_list::PrefixListEntry| PrefixListEntry {
            cidr: e.cidr.to_string(),
            description: e.description.clone(),
        };
        let mut entries: Vec<PrefixListEntry> = entries.iter().map(show).collect();
        entries.sort_by(|a, b| a.cidr.cmp(&b.cidr));
        let page = after(entries.into_iter(), self.max_results, self.next_token.as_deref(), |e| e.cidr.clone())?;
        Ok(GetManagedPrefixListEntriesOutput { entries: page.items, next_token: page.next_token })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetManagedPrefixListAssociations {
    prefix_list_id: String,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetManagedPrefixListAssociationsOutput {
    prefix_list_associations: Vec<PrefixListAssociation>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PrefixListAssociation {
    resource_id: String,
    resource_owner: String,
}

impl Operation for GetManagedPrefixListAssociations {
    const NAME: &'static str = "GetManagedPrefixListAssociations";
    type Output = GetManagedPrefixListAssociationsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetManagedPrefixListAssociationsOutput, Fault> {
        let cloud = call.cloud();
        let id: PrefixListId = self.prefix_list_id.parse()?;
        cloud.prefix_list_in(call.scope, &id)?;
        let mut users = cloud.prefix_list_users(call.scope, &id);
        users.sort();
        let page = after(users.into_iter(), self.max_results, self.next_token.as_deref(), Clone::clone)?;
        let owner = call.scope.account.to_string();
        let show = |resource_id| PrefixListAssociation { resource_id, resource_owner: owner.clone() };
        Ok(GetManagedPrefixListAssociationsOutput {
            prefix_list_associations: page.items.into_iter().map(show).collect(),
            next_token: page.next_token,
        })
    }
}
