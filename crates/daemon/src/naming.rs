//! What every resource is called, for reports: the Name tag, else the logical id.

use croft_agent::name::{LOGICAL_ID, own_name};
use croft_analysis::Answer;
use croft_control::Cloud;
use croft_model::Tags;
use std::collections::BTreeMap;

/// Names by identifier.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    names: BTreeMap<String, Vec<String>>,
}

impl Resources {
    pub fn of(cloud: &Cloud) -> Resources {
        let mut resources = Resources::default();
        macro_rules! tagged { ($($field:ident)*) => { $(
            for (id, resource) in cloud.$field.iter() {
                resources.add(id.to_string(), &resource.tags);
            }
        )* } }
        tagged! {
            vpcs subnets internet_gateways nat_gateways addresses route_tables security_groups network_acls interfaces
            instances prefix_lists
        }
        // An interface that has no name of its own goes by its instance's.
        for instance in cloud.instances.values() {
            for interface in &instance.interfaces {
                resources.add(interface.to_string(), &instance.tags);
            }
        }
        for gateway in cloud.nat_gateways.values() {
            resources.add(gateway.interface.to_string(), &gateway.tags);
        }
        for resource in cloud.stack_resources.values().filter(|resource| resource.is_there()) {
            if let Some(id) = &resource.physical_id {
                resources.called(id.clone(), resource.logical_id.clone());
            }
        }
        resources
    }

    /// Everything that a resource is called, its identifier last.
    pub fn all(&self, id: &str) -> Vec<String> {
        let mut names = self.names.get(id).cloned().unwrap_or_default();
        names.push(id.to_string());
        names
    }

    /// What a resource is called first of all.
    pub fn name(&self, id: &str) -> Option<&str> {
        self.names.get(id)?.first().map(String::as_str)
    }

    /// The names of what an answer mentions.
    pub fn mentioned(&self, answer: &Answer) -> BTreeMap<String, String> {
        let ends = [&answer.source.interface, &answer.destination.interface];
        let ends: Vec<String> = ends.into_iter().flatten().map(ToString::to_string).collect();
        let blockers = answer.blockers.iter().flat_map(|b| b.components.iter().chain([&b.component]));
        let gates = answer.blockers.iter().filter_map(|b| b.drop.as_ref()?.gate.as_deref());
        let hops = answer.path.iter().flat_map(|hop| hop.component.split(','));
        let ids = blockers.map(String::as_str).chain(gates).chain(hops).chain(ends.iter().map(String::as_str));
        ids.filter_map(|id| Some((id.to_string(), self.names.get(id)?.first()?.clone()))).collect()
    }

    fn add(&mut self, id: String, tags: &Tags) {
        if let Some(name) = own_name(tags) {
            self.called(id.clone(), name.to_string());
        }
        if let Some(name) = tags.get(LOGICAL_ID) {
            self.called(id, name.clone());
        }
    }

    fn called(&mut self, id: String, name: String) {
        let names = self.names.entry(id).or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
}

/// A sentence with names beside the identifiers in it.
pub fn named(text: &str, names: &BTreeMap<String, String>) -> String {
    replace(text, names, |name, id| format!("{name} ({id})"))
}

/// A sentence with names in place of the identifiers in it.
pub fn short(text: &str, names: &BTreeMap<String, String>) -> String {
    replace(text, names, |name, _| name.to_string())
}

fn replace(text: &str, names: &BTreeMap<String, String>, with: impl Fn(&str, &str) -> String) -> String {
    // Longest first: an identifier may be the beginning of another.
    let mut ids: Vec<&String> = names.keys().filter(|id| text.contains(id.as_str())).collect();
    ids.sort_by_key(|id| std::cmp::Reverse(id.len()));
    ids.into_iter().fold(text.to_string(), |text, id| text.replace(id.as_str(), &with(&names[id], id)))
}
