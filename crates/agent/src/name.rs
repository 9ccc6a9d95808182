//! What people call things: the Name tag, else the logical id of the template, `STACK/NAME` where that is ambiguous.

use croft_control::Cloud;
use croft_model::gateway::NatGatewayState;
use croft_model::instance::{Instance, InstanceState};
use croft_model::interface::InterfaceKind;
use croft_model::*;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

/// The tags that a stack puts on what it makes, as AWS does.
pub const STACK_NAME: &str = "aws:cloudformation:stack-name";
pub const LOGICAL_ID: &str = "aws:cloudformation:logical-id";

/// Something that packets come from and go to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Instance(InstanceId),
    /// An interface that is not the primary one of an instance.
    Interface(NetworkInterfaceId),
    NatGateway(NatGatewayId),
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Instance(id) => id.fmt(f),
            Target::Interface(id) => id.fmt(f),
            Target::NatGateway(id) => id.fmt(f),
        }
    }
}

/// A name that means nothing, or too much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameError {
    Unknown { nearest: Option<String> },
    Ambiguous { candidates: Vec<String> },
}

/// The Name tag, else the logical id.
pub fn own_name(tags: &Tags) -> Option<&str> {
    tags.get(tag::NAME).filter(|n| !n.is_empty()).or_else(|| tags.get(LOGICAL_ID)).map(String::as_str)
}

pub fn stack_of(tags: &Tags) -> Option<&str> {
    tags.get(STACK_NAME).map(String::as_str)
}

/// Every name of a cloud.
#[derive(Clone, Debug, Default)]
pub struct Names {
    shown: BTreeMap<Target, String>,
    by_name: BTreeMap<String, Vec<Target>>,
    by_address: BTreeMap<Ipv4Addr, Vec<Target>>,
    by_interface: BTreeMap<NetworkInterfaceId, Target>,
}

impl Names {
    pub fn of(cloud: &Cloud) -> Names {
        let mut names = Names::default();
        let mut short: BTreeMap<&str, usize> = BTreeMap::new();
        let mut long: BTreeMap<String, usize> = BTreeMap::new();
        let named = targets(cloud);
        for (_, tags) in &named {
            if let Some(name) = own_name(tags) {
                *short.entry(name).or_default() += 1;
                *long.entry(in_stack(tags, name)).or_default() += 1;
            }
        }
        for (target, tags) in &named {
            let id = target.to_string();
            let shown = match own_name(tags) {
                Some(name) if short.get(name) == Some(&1) => name.to_string(),
                Some(name) if long.get(&in_stack(tags, name)) == Some(&1) => in_stack(tags, name),
                _ => id.clone(),
            };
            let mut also = vec![id, shown.clone()];
            if let Some(name) = own_name(tags) {
                also.extend([name.to_string(), in_stack(tags, name)]);
            }
            // The logical id goes on to mean it, beside a Name tag.
            if let Some(name) = tags.get(LOGICAL_ID) {
                also.extend([name.clone(), in_stack(tags, name)]);
            }
            also.sort();
            also.dedup();
            for name in also {
                names.by_name.entry(name).or_default().push(target.clone());
            }
            names.shown.insert(target.clone(), shown);
        }
        for interface in cloud.interfaces.values() {
            let target = match (&interface.kind, &interface.attachment) {
                (InterfaceKind::NatGateway(id), _) => Target::NatGateway(id.clone()),
                (_, Some(attachment)) if attachment.device_index == 0 => Target::Instance(attachment.instance.clone()),
                _ => Target::Interface(interface.id.clone()),
            };
            for address in &interface.private_ips {
                names.by_address.entry(*address).or_default().push(target.clone());
            }
            let by_id = names.by_name.entry(interface.id.to_string()).or_default();
            if by_id.is_empty() {
                by_id.push(target.clone());
            }
            names.by_interface.insert(interface.id.clone(), target);
        }
        names
    }

    /// The name that listings show.
    pub fn shown(&self, target: &Target) -> String {
        self.shown.get(target).cloned().unwrap_or_else(|| target.to_string())
    }

    /// The name of what holds an interface.
    pub fn of_interface(&self, id: &NetworkInterfaceId) -> String {
        self.by_interface.get(id).map_or_else(|| id.to_string(), |target| self.shown(target))
    }

    /// A name as [`Names::shown`] gives it, `STACK/NAME`, an identifier, or a private address.
    pub fn resolve(&self, text: &str) -> Result<Target, NameError> {
        let candidates = match text.parse::<Ipv4Addr>() {
            Ok(address) => self.by_address.get(&address),
            Err(_) => self.by_name.get(text),
        };
        match candidates.map(Vec::as_slice) {
            Some([one]) => Ok(one.clone()),
            Some([]) | None => Err(NameError::Unknown { nearest: self.nearest(text) }),
            // A name that is shown for one of them means that one, though it be the logical id of another.
            Some(several) => match several.iter().filter(|t| self.shown(t) == text).collect::<Vec<_>>().as_slice() {
                [one] => Ok((*one).clone()),
                _ => Err(NameError::Ambiguous { candidates: several.iter().map(|t| self.shown(t)).collect() }),
            },
        }
    }

    /// The shown name that is fewest edits away, if that is near enough to be meant.
    fn nearest(&self, text: &str) -> Option<String> {
        let near = self.shown.values().map(|name| (edits(text, name), name)).min()?;
        (near.0 <= 1 + text.len() / 4).then(|| near.1.clone())
    }
}

fn in_stack(tags: &Tags, name: &str) -> String {
    match stack_of(tags) {
        Some(stack) => format!("{stack}/{name}"),
        None => name.to_string(),
    }
}

fn targets(cloud: &Cloud) -> Vec<(Target, &Tags)> {
    let live = |i: &&Instance| i.state != InstanceState::Terminated;
    let instances = cloud.instances.values().filter(live).map(|i| (Target::Instance(i.id.clone()), &i.tags));
    let primary: BTreeSet<&NetworkInterfaceId> =
        cloud.instances.values().filter_map(|instance| instance.interfaces.first()).collect();
    let interfaces = cloud
        .interfaces
        .values()
        .filter(|i| i.kind == InterfaceKind::Interface && !primary.contains(&i.id))
        .map(|i| (Target::Interface(i.id.clone()), &i.tags));
    let gone = |s: &NatGatewayState| matches!(s, NatGatewayState::Deleted | NatGatewayState::Failed { .. });
    let gateways =
        cloud.nat_gateways.values().filter(|n| !gone(&n.state)).map(|n| (Target::NatGateway(n.id.clone()), &n.tags));
    instances.chain(interfaces).chain(gateways).collect()
}

/// Levenshtein's distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let change = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use croft_model::instance::DesiredState;

    fn cloud(instances: &[(&str, &[(&str, &str)])]) -> Cloud {
        let mut cloud = Cloud::default();
        for (id, tags) in instances {
            let id: InstanceId = id.parse().unwrap();
            let instance = Instance {
                id: id.clone(),
                scope: Scope::default(),
                image: String::new(),
                instance_type: String::new(),
                interfaces: vec![],
                user_data: None,
                key_name: None,
                instance_profile: None,
                profile_association: None,
                launch: Default::default(),
                options: Default::default(),
                metadata: Default::default(),
                volumes: vec![],
                desired: DesiredState::Running,
                state: InstanceState::Running,
                state_reason: None,
                launched: 0,
                terminated: None,
                generation: 1,
                tags: tags.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
            };
            cloud.instances.insert(id, instance);
        }
        cloud
    }

    #[test]
    fn the_name_tag_leads_and_the_logical_id_still_means_it() {
        let names = Names::of(&cloud(&[("i-1", &[(tag::NAME, "web"), (LOGICAL_ID, "Web"), (STACK_NAME, "shop")])]));
        let target = Target::Instance("i-1".parse().unwrap());
        assert_eq!(names.shown(&target), "web");
        for text in ["web", "Web", "shop/web", "shop/Web", "i-1"] {
            assert_eq!(names.resolve(text).as_ref(), Ok(&target), "{text}");
        }
    }

    #[test]
    fn an_ambiguous_name_is_shown_with_its_stack_and_refused_without() {
        let names = Names::of(&cloud(&[
            ("i-1", &[(tag::NAME, "web"), (STACK_NAME, "a")]),
            ("i-2", &[(tag::NAME, "web"), (STACK_NAME, "b")]),
        ]));
        assert_eq!(names.shown(&Target::Instance("i-1".parse().unwrap())), "a/web");
        let ambiguous = NameError::Ambiguous { candidates: vec!["a/web".into(), "b/web".into()] };
        assert_eq!(names.resolve("web"), Err(ambiguous));
        assert_eq!(names.resolve("b/web"), Ok(Target::Instance("i-2".parse().unwrap())));
    }

    #[test]
    fn an_unknown_name_brings_the_nearest_one() {
        let names = Names::of(&cloud(&[("i-1", &[(tag::NAME, "database")])]));
        assert_eq!(names.resolve("databse"), Err(NameError::Unknown { nearest: Some("database".into()) }));
        assert_eq!(names.resolve("zzz"), Err(NameError::Unknown { nearest: None }));
    }
}
