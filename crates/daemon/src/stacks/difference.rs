//! What a template would change: resources, and the paths that open and close.

use super::rehearsal::{Stage, Templates};
use crate::daemon::Inner;
use crate::error::Error;
use crate::naming::Resources;
use crate::protocol::{DifferenceReport, Event, StackDifference, StackRequest};
use crate::socket::Caller;
use crate::template_bucket;
use croft_analysis::{Bounds, Difference, Subject, difference};
use croft_control::Cloud;
use croft_model::interface::InterfaceKind;
use croft_model::{InstanceId, NetworkInterfaceId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the caller is told how far it is.
const TOLD: Duration = Duration::from_millis(200);

impl Inner {
    /// What [`Inner::up`] of one stack after the other would change, in resources and in reachability. Nothing is
    /// changed: it is tried on a copy.
    pub fn difference(&self, requests: &[StackRequest], caller: &dyn Caller) -> Result<DifferenceReport, Error> {
        let cloud = self.cloud();
        let buckets = self.options.template_buckets.clone();
        let templates: Templates = Arc::new(move |url| template_bucket::read(&buckets, url));
        let stage = Stage::new(&cloud, self.signals_endpoint.get().cloned(), Arc::clone(&templates));
        let before = stage.cloud();
        let mut stacks = Vec::new();
        for request in requests {
            let now = stage.cloud();
            let exists = super::held(&now, &request.name).is_some();
            let plan = super::plan::plan(&now, &*templates, request)?;
            stage.bring_up(request).map_err(Error::Rehearsal)?;
            stacks.push(StackDifference { stack: request.name.clone(), exists, plan });
        }
        Ok(compare(&before, &stage.cloud(), stacks, caller))
    }
}

fn compare(before: &Cloud, after: &Cloud, stacks: Vec<StackDifference>, caller: &dyn Caller) -> DifferenceReport {
    let (was, is) = (Resources::of(before), Resources::of(after));
    let subjects = subjects(before, after, &was, &is);
    let mut said = Instant::now();
    let reachability = difference(before, after, &subjects, Bounds::default(), &mut |done, total| {
        if said.elapsed() >= TOLD {
            said = Instant::now();
            caller.event(Event::Compared { done, total });
        }
    });
    let names = names(&reachability, before, &was, &is);
    DifferenceReport { stacks, reachability, names }
}

/// The interfaces of the home region in both versions. One that is replaced is one subject: the new one has the old one's
/// place in its stack.
fn subjects(before: &Cloud, after: &Cloud, was: &Resources, is: &Resources) -> Vec<Subject> {
    let of = |cloud: &Cloud| -> BTreeSet<NetworkInterfaceId> {
        let all = cloud.interfaces.values().filter(|i| i.scope == cloud.home && i.kind == InterfaceKind::Interface);
        all.map(|i| i.id.clone()).collect()
    };
    let (old, new) = (of(before), of(after));
    let (old_places, new_places) = (places(before), places(after));
    let takes_over: BTreeMap<&NetworkInterfaceId, &NetworkInterfaceId> = new_places
        .iter()
        .filter_map(|(place, new)| Some((old_places.get(place)?, new)))
        .filter(|(gone, made)| !new.contains(*gone) && !old.contains(*made))
        .collect();
    let heirs: BTreeSet<_> = takes_over.values().copied().collect();
    let name = |names: &Resources, id: &NetworkInterfaceId| names.name(id.as_str()).unwrap_or(id.as_str()).to_string();
    let mut subjects = Vec::new();
    for id in &old {
        let heir = if new.contains(id) { Some(id) } else { takes_over.get(id).copied() };
        subjects.push(Subject { name: name(was, id), before: Some(id.clone()), after: heir.cloned() });
    }
    for id in new.iter().filter(|id| !old.contains(*id) && !heirs.contains(id)) {
        subjects.push(Subject { name: name(is, id), before: None, after: Some(id.clone()) });
    }
    subjects
}

/// Stack, logical id and number of each interface that a stack made.
type Places = BTreeMap<(String, String, usize), NetworkInterfaceId>;

fn places(cloud: &Cloud) -> Places {
    let mut places = Places::new();
    for stack in cloud.live_stacks_in(&cloud.home) {
        for resource in cloud.stack_resources(&stack.id).filter(|resource| resource.is_there() && !resource.replaced) {
            let Some(id) = &resource.physical_id else { continue };
            let interfaces = match resource.kind.as_str() {
                "AWS::EC2::NetworkInterface" => id.parse().into_iter().collect(),
                "AWS::EC2::Instance" => {
                    let instance = id.parse::<InstanceId>().ok().and_then(|id| cloud.instances.get(&id));
                    instance.map(|instance| instance.interfaces.clone()).unwrap_or_default()
                }
                _ => Vec::new(),
            };
            for (number, interface) in interfaces.into_iter().enumerate() {
                places.insert((stack.id.clone(), resource.logical_id.clone(), number), interface);
            }
        }
    }
    places
}

/// Names of the resources that the answer mentions. One that is only to be made has no identifier yet: the copy's means
/// nothing, and is never shown.
fn names(found: &Difference, before: &Cloud, was: &Resources, is: &Resources) -> BTreeMap<String, String> {
    let words = found.texts().flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-'));
    let ids: BTreeSet<&str> = words.filter(|word| word.contains('-')).collect();
    let name = |id: &str| {
        let known = is.name(id).or_else(|| was.name(id)).map(str::to_string);
        known.or_else(|| new_one(before, id))
    };
    ids.into_iter().filter_map(|id| Some((id.to_string(), name(id)?))).collect()
}

/// What a resource without a name is called that is not there yet.
fn new_one(before: &Cloud, id: &str) -> Option<String> {
    macro_rules! there {
        ($field:ident) => {
            before.$field.keys().any(|held| held.as_str() == id)
        };
    }
    let (kind, there) = match id.rsplit_once('-')?.0 {
        "vpc" => ("VPC", there!(vpcs)),
        "subnet" => ("subnet", there!(subnets)),
        "sg" => ("security group", there!(security_groups)),
        "acl" => ("network ACL", there!(network_acls)),
        "rtb" => ("route table", there!(route_tables)),
        "igw" => ("internet gateway", there!(internet_gateways)),
        "nat" => ("NAT gateway", there!(nat_gateways)),
        "eni" => ("network interface", there!(interfaces)),
        "i" => ("instance", there!(instances)),
        "pl" => ("prefix list", there!(prefix_lists)),
        _ => return None,
    };
    (!there).then(|| format!("a new {kind}"))
}
