//! Prefix lists: customer-managed ones, and those of AWS.

use super::arn::partition;
use super::filter::{FilterOf, Filters};
use super::listing::after;
use super::tag::{self, Tag, TagSpecifications};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::prefix_list::{AddressFamily, PrefixList, PrefixListChange, PrefixListEntry, PrefixListOwner};
use croft_model::{Scope, aws_prefix_list};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![
    CreateManagedPrefixList,
    ModifyManagedPrefixList,
    RestoreManagedPrefixListVersion,
    DeleteManagedPrefixList,
    DescribeManagedPrefixLists,
    DescribePrefixLists,
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AddEntry {
    cidr: String,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RemoveEntry {
    cidr: String,
}

fn block(text: &str) -> Result<IpNet, Fault> {
    text.parse().map_err(|_| Fault::invalid_value(format!("The CIDR ({text}) is not a valid CIDR block.")))
}

fn entries(given: Vec<AddEntry>) -> Result<Vec<PrefixListEntry>, Fault> {
    let read = |e: AddEntry| Ok(PrefixListEntry { cidr: block(&e.cidr)?, description: e.description });
    given.into_iter().map(read).collect()
}

fn max_entries(given: i64) -> Result<u32, Fault> {
    u32::try_from(given).map_err(|_| {
        Fault::invalid_value(format!(
            "Value ({given}) for parameter MaxEntries is invalid. It must be between 1 and 1000."
        ))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateManagedPrefixList {
    prefix_list_name: String,
    #[serde(default)]
    entries: Vec<AddEntry>,
    max_entries: i64,
    #[serde(default)]
    tag_specifications: TagSpecifications,
    address_family: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrefixListAnswer {
    prefix_list: ManagedPrefixList,
}

impl Operation for CreateManagedPrefixList {
    const NAME: &'static str = "CreateManagedPrefixList";
    type Output = PrefixListAnswer;

    fn run(self, call: &mut Call<'_>) -> Result<PrefixListAnswer, Fault> {
        let address_family = match self.address_family.as_str() {
            "IPv4" => AddressFamily::Ipv4,
            "IPv6" => AddressFamily::Ipv6,
            other => {
                return Err(Fault::invalid_value(format!(
                    "Value ({other}) for parameter AddressFamily is invalid. It must be IPv4 or IPv6."
                )));
            }
        };
        let list = call.run(croft_control::CreateManagedPrefixList {
            prefix_list_name: self.prefix_list_name,
            address_family,
            max_entries: max_entries(self.max_entries)?,
            entries: entries(self.entries)?,
            tags: self.tag_specifications.of("prefix-list")?,
        })?;
        Ok(PrefixListAnswer { prefix_list: ManagedPrefixList::of(&list) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyManagedPrefixList {
    prefix_list_id: String,
    current_version: Option<u64>,
    prefix_list_name: Option<String>,
    #[serde(default)]
    add_entries: Vec<AddEntry>,
    #[serde(default)]
    remove_entries: Vec<RemoveEntry>,
    max_entries: Option<i64>,
}

impl Operation for ModifyManagedPrefixList {
    const NAME: &'static str = "ModifyManagedPrefixList";
    type Output = PrefixListAnswer;

    fn run(self, call: &mut Call<'_>) -> Result<PrefixListAnswer, Fault> {
        let remove_entries = self.remove_entries.iter().map(|e| block(&e.cidr)).collect::<Result<_, _>>()?;
        let list = call.run(croft_control::ModifyManagedPrefixList {
            prefix_list_id: self.prefix_list_id.parse()?,
            current_version: self.current_version,
            prefix_list_name: self.prefix_list_name,
            max_entries: self.max_entries.map(max_entries).transpose()?,
            add_entries: entries(self.add_entries)?,
            remove_entries,
        })?;
        Ok(PrefixListAnswer { prefix_list: ManagedPrefixList::of(&list) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RestoreManagedPrefixListVersion {
    prefix_list_id: String,
    previous_version: u64,
    current_version: u64,
}

impl Operation for RestoreManagedPrefixListVersion {
    const NAME: &'static str = "RestoreManagedPrefixListVersion";
    type Output = PrefixListAnswer;

    fn run(self, call: &mut Call<'_>) -> Result<PrefixListAnswer, Fault> {
        let list = call.run(croft_control::RestoreManagedPrefixListVersion {
            prefix_list_id: self.prefix_list_id.parse()?,
            previous_version: self.previous_version,
            current_version: self.current_version,
        })?;
        Ok(PrefixListAnswer { prefix_list: ManagedPrefixList::of(&list) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteManagedPrefixList {
    prefix_list_id: String,
}

impl Operation for DeleteManagedPrefixList {
    const NAME: &'static str = "DeleteManagedPrefixList";
    type Output = PrefixListAnswer;

    fn run(self, call: &mut Call<'_>) -> Result<PrefixListAnswer, Fault> {
        let list = call.run(croft_control::DeleteManagedPrefixList { prefix_list_id: self.prefix_list_id.parse()? })?;
        Ok(PrefixListAnswer {
            prefix_list: ManagedPrefixList { state: "delete-complete", ..ManagedPrefixList::of(&list) },
        })
    }
}

/// A list as `DescribeManagedPrefixLists` shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ManagedPrefixList {
    prefix_list_id: String,
    address_family: &'static str,
    state: &'static str,
    prefix_list_arn: String,
    prefix_list_name: String,
    /// AWS's own lists have neither size nor version.
    max_entries: Option<u32>,
    version: Option<u64>,
    tags: Vec<Tag>,
    owner_id: String,
}

fn owner(list: &PrefixList) -> &str {
    match list.owner {
        PrefixListOwner::Customer => list.scope.account.as_str(),
        PrefixListOwner::Aws => "AWS",
    }
}

impl ManagedPrefixList {
    pub fn of(list: &PrefixList) -> ManagedPrefixList {
        let region = &list.scope.region;
        let account = match list.owner {
            PrefixListOwner::Customer => list.scope.account.as_str(),
            PrefixListOwner::Aws => "aws",
        };
        let own = list.owner == PrefixListOwner::Customer;
        ManagedPrefixList {
            prefix_list_id: list.id.to_string(),
            address_family: match list.family {
                AddressFamily::Ipv4 => "IPv4",
                AddressFamily::Ipv6 => "IPv6",
            },
            state: match list.last_change {
                PrefixListChange::Created => "create-complete",
                PrefixListChange::Modified => "modify-complete",
                PrefixListChange::Restored => "restore-complete",
            },
            prefix_list_arn: format!(
                "arn:{}:ec2:{region}:{account}:prefix-list/{}",
                partition(region.as_str()),
                list.id
            ),
            prefix_list_name: list.name.clone(),
            max_entries: own.then_some(list.max_entries),
            version: own.then_some(list.version),
            tags: tag::shown(&list.tags),
            owner_id: owner(list).to_string(),
        }
    }
}

/// The lists that a request names, or all that the caller sees, in the order of their identifiers.
fn seen<'a>(cloud: &'a Cloud, scope: &'a Scope, ids: &[String], aws_only: bool) -> Result<Vec<&'a PrefixList>, Fault> {
    let mut lists: Vec<&PrefixList> = Vec::new();
    for id in ids {
        lists.push(cloud.prefix_list_in(scope, &id.parse()?)?);
    }
    if ids.is_empty() {
        for list in aws_prefix_list::of_region(&scope.region) {
            lists.push(list);
        }
        lists.extend(cloud.prefix_lists_in(scope).filter(|_| !aws_only));
    }
    lists.sort_by(|a, b| a.id.cmp(&b.id));
    lists.dedup_by(|a, b| a.id == b.id);
    Ok(lists)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeManagedPrefixLists {
    #[serde(default)]
    prefix_list_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeManagedPrefixListsOutput {
    next_token: Option<String>,
    prefix_lists: Vec<ManagedPrefixList>,
}

const MANAGED_FILTERS: &[FilterOf<PrefixList>] = &[
    ("owner-id", |_, list, found| found.text(owner(list))),
    ("prefix-list-id", |_, list, found| found.text(list.id.as_str())),
    ("prefix-list-name", |_, list, found| found.text(&list.name)),
];

impl Operation for DescribeManagedPrefixLists {
    const NAME: &'static str = "DescribeManagedPrefixLists";
    type Output = DescribeManagedPrefixListsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeManagedPrefixListsOutput, Fault> {
        let cloud = call.cloud();
        let judge = self.filters.judge(MANAGED_FILTERS)?;
        let lists = seen(&cloud, call.scope, &self.prefix_list_ids, false)?;
        let lists = lists.into_iter().filter(|l| judge.holds(&cloud, l, &l.tags));
        let page = after(lists, self.max_results, self.next_token.as_deref(), |l| l.id.to_string())?;
        Ok(DescribeManagedPrefixListsOutput {
            prefix_lists: page.items.into_iter().map(ManagedPrefixList::of).collect(),
            next_token: page.next_token,
        })
    }
}

/// The lists of AWS's services, in the way that is older than managed lists.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribePrefixLists {
    #[serde(default)]
    prefix_list_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribePrefixListsOutput {
    next_token: Option<String>,
    prefix_lists: Vec<PrefixListOutput>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PrefixListOutput {
    cidrs: Vec<String>,
    prefix_list_id: String,
    prefix_list_name: String,
}

const FILTERS: &[FilterOf<PrefixList>] = &[
    ("prefix-list-id", |_, list, found| found.text(list.id.as_str())),
    ("prefix-list-name", |_, list, found| found.text(&list.name)),
];

impl Operation for DescribePrefixLists {
    const NAME: &'static str = "DescribePrefixLists";
    type Output = DescribePrefixListsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribePrefixListsOutput, Fault> {
        let cloud = call.cloud();
        let judge = self.filters.judge(FILTERS)?;
        let lists = seen(&cloud, call.scope, &self.prefix_list_ids, true)?;
        let lists = lists.into_iter().filter(|l| judge.holds(&cloud, l, &l.tags));
        let page = after(lists, self.max_results, self.next_token.as_deref(), |l| l.id.to_string())?;
        let show = |list: &PrefixList| PrefixListOutput {
            cidrs: list.entries.iter().map(|e| e.cidr.to_string()).collect(),
            prefix_list_id: list.id.to_string(),
            prefix_list_name: list.name.clone(),
        };
        Ok(DescribePrefixListsOutput {
            prefix_lists: page.items.into_iter().map(show).collect(),
            next_token: page.next_token,
        })
    }
}
