//! `AWS::EC2::PrefixList` (rows SG-8, RT-5).

use super::live::Live;
use super::schema::{Kind, Shape, TAGS, property};
use super::*;
use croft_control::{CreateManagedPrefixList, DeleteManagedPrefixList, ModifyManagedPrefixList};
use croft_model::PrefixListId;
use croft_model::prefix_list::{AddressFamily, PrefixListEntry};
use ipnet::IpNet;
use serde::Deserialize;
use serde_json::json;

pub struct PrefixList;

const ENTRY: Shape = Shape::free(&[property("Cidr", Kind::Block).required(), property("Description", Kind::Text)]);

const PROPERTIES: &[Property] = &[
    property("AddressFamily", Kind::OneOf(&["IPv4", "IPv6"])).required().replaces(),
    property("Entries", Kind::List(&Kind::Object(ENTRY))),
    property("MaxEntries", Kind::Integer(1, 1000)),
    property("PrefixListName", Kind::Text).required(),
    TAGS,
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    address_family: String,
    #[serde(default)]
    entries: Vec<Entry>,
    max_entries: Option<u32>,
    prefix_list_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    cidr: IpNet,
    description: Option<String>,
}

impl Properties {
    fn entries(&self) -> Vec<PrefixListEntry> {
        let entry = |e: &Entry| PrefixListEntry { cidr: e.cidr.trunc(), description: e.description.clone() };
        self.entries.iter().map(entry).collect()
    }

    fn family(&self) -> AddressFamily {
        match self.address_family.as_str() {
            "IPv6" => AddressFamily::Ipv6,
            _ => AddressFamily::Ipv4,
        }
    }

    /// As many as there are, if the template does not say.
    fn max_entries(&self) -> u32 {
        self.max_entries.unwrap_or(self.entries.len().max(1) as u32)
    }
}

impl Handler for PrefixList {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::PrefixList",
        shape: Shape::free(PROPERTIES),
        attributes: &["Arn", "OwnerId", "PrefixListId", "Version"],
        refused_attributes: &[],
        which: Which::PrefixList,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let list = account.run(CreateManagedPrefixList {
            address_family: properties.family(),
            max_entries: properties.max_entries(),
            entries: properties.entries(),
            prefix_list_name: properties.prefix_list_name,
            tags: new.tags(),
        })?;
        Ok(list.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let list: PrefixListId = id.parse()?;
        let Some(held) = account.cloud().prefix_lists.get(&list).cloned() else {
            return Err(Failure::Settling(format!("the prefix list {id} has been deleted")));
        };
        let wanted = properties.entries();
        let modify = |name: Option<String>, max_entries, add_entries, remove_entries| ModifyManagedPrefixList {
            prefix_list_id: list.clone(),
            current_version: None,
            prefix_list_name: name,
            max_entries,
            add_entries,
            remove_entries,
        };
        // Entries and their maximum cannot change in one request: room is made first, and taken back last.
        let max = properties.max_entries();
        let grows = max > held.max_entries;
        if grows {
            account.run(modify(None, Some(max), Vec::new(), Vec::new()))?;
        }
        let added: Vec<_> = wanted.iter().filter(|e| !held.entries.contains(e)).cloned().collect();
        let gone: Vec<_> =
            held.entries.iter().filter(|e| !wanted.iter().any(|w| w.cidr == e.cidr)).map(|e| e.cidr).collect();
        account.run(modify(Some(properties.prefix_list_name), None, added, gone))?;
        if !grows && max != held.max_entries {
            account.run(modify(None, Some(max), Vec::new(), Vec::new()))?;
        }
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteManagedPrefixList { prefix_list_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let list = cloud.prefix_lists.get(&id.parse::<PrefixListId>().ok()?)?;
        let entry = |e: &PrefixListEntry| json!({ "Cidr": e.cidr.to_string(), "Description": e.description });
        let family = match list.family {
            AddressFamily::Ipv4 => "IPv4",
            AddressFamily::Ipv6 => "IPv6",
        };
        Live::beside(properties)
            .is("AddressFamily", family)
            .is("Entries", list.entries.iter().map(entry).collect::<Vec<_>>())
            .is("MaxEntries", list.max_entries)
            .is("PrefixListName", list.name.as_str())
            .tags(&list.tags)
            .done()
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let list = cloud.prefix_lists.get(&id.parse::<PrefixListId>().ok()?)?;
        Some(Known::Text(match name {
            "Arn" => format!("arn:aws:ec2:{}:{}:prefix-list/{}", list.scope.region, list.scope.account, list.id),
            "OwnerId" => list.scope.account.to_string(),
            "PrefixListId" => list.id.to_string(),
            "Version" => list.version.to_string(),
            _ => return None,
        }))
    }
}
