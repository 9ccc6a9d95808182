//! What holds in every cloud, whatever commands made it: no dangling reference, nothing held twice.
//!
//! The commands keep these by their own means; this says them once more, as plainly as can be, so that a test can
//! drive the machine at random and a daemon can look at what it reads back before it builds on it.

mod instance;
mod network;

use crate::Cloud;
use croft_model::block_public_access::Excluded;
use croft_model::group::Peer;
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::stack::stack_id_prefix;
use croft_model::{Scope, Scoped};
use std::collections::BTreeSet;
use std::fmt::{Debug, Display};

/// The sentences that should hold and do not. Empty for a sound cloud.
pub fn check(cloud: &Cloud) -> Vec<String> {
    let mut broken = Broken(Vec::new());
    keys(cloud, &mut broken);
    scopes(cloud, &mut broken);
    network::vpcs(cloud, &mut broken);
    network::subnets(cloud, &mut broken);
    network::gateways(cloud, &mut broken);
    network::public_addresses(cloud, &mut broken);
    network::rules(cloud, &mut broken);
    instance::interfaces(cloud, &mut broken);
    instance::instances(cloud, &mut broken);
    instance::volumes(cloud, &mut broken);
    instance::launch_parts(cloud, &mut broken);
    crate::iam::check_iam(cloud, |sentence| broken.0.push(sentence));
    broken.0
}

struct Broken(Vec<String>);

impl Broken {
    fn unless(&mut self, holds: bool, sentence: impl FnOnce() -> String) {
        if !holds {
            self.0.push(sentence());
        }
    }

    fn unless_distinct<T: Ord + Debug>(&mut self, what: &str, all: impl Iterator<Item = T>) {
        let mut seen = BTreeSet::new();
        for one in all {
            if let Some(twice) = seen.replace(one) {
                self.0.push(format!("{what} {twice:?} is there twice"));
            }
        }
    }
}

fn keys(cloud: &Cloud, broken: &mut Broken) {
    macro_rules! keys { ($($field:ident)*) => { $(
        for (key, value) in &cloud.$field {
            broken.unless(*key == value.id, || format!("{} is kept under {key}", value.id));
        }
    )* } }
    keys! {
        vpcs subnets subnet_cidr_reservations dhcp_options_sets block_public_access_exclusions
        egress_only_internet_gateways internet_gateways nat_gateways addresses route_tables security_groups network_acls interfaces
        instances prefix_lists volumes key_pairs launch_templates
    }
    for (key, settings) in &cloud.settings {
        broken.unless(*key == settings.scope, || format!("settings of {} are kept under {key}", settings.scope));
    }
    for (key, credential) in &cloud.credentials {
        let id = &credential.access_key_id;
        broken.unless(key == id, || format!("access key {id} is kept under {key}"));
    }
    broken.unless_distinct("credential's name", cloud.credentials.values().filter_map(|c| c.name.as_ref()));
    for (key, zone) in &cloud.zones {
        broken.unless(*key == zone.name, || format!("zone {} is kept under {key}", zone.name));
    }
    for (key, token) in &cloud.client_tokens {
        broken.unless(*key == token.key(), || format!("client token {} is kept under {key}", token.token));
        let readable = serde_json::from_str::<crate::Response>(&token.response);
        broken.unless(readable.is_ok(), || format!("client token {key} has an answer that cannot be read"));
    }
    for (key, stack) in &cloud.stacks {
        broken.unless(*key == stack.id, || format!("stack {} is kept under {key}", stack.name));
        let prefix = stack_id_prefix(&stack.scope, Some(&stack.name));
        broken.unless(stack.id.starts_with(&prefix), || format!("stack {} has another's identifier", stack.id));
        let live = cloud.stack(&stack.scope, &stack.name);
        broken.unless(stack.is_deleted() || live == Some(stack), || format!("two stacks are called {}", stack.name));
    }
    let of_stack = |what: &str, key: &str, own: &str, id: &str, scope: &Scope, broken: &mut Broken| {
        broken.unless(key == own, || format!("{what} {own} is kept under {key}"));
        let stack = cloud.stacks.get(id);
        broken.unless(stack.is_some_and(|s| s.scope == *scope), || format!("{what} {key} has no stack {id}"));
    };
    for (key, one) in &cloud.stack_resources {
        of_stack("stack resource", key, &one.key(), &one.stack_id, &one.scope, broken);
    }
    for (key, one) in &cloud.stack_events {
        of_stack("stack event", key, &one.key(), &one.stack_id, &one.scope, broken);
    }
    for (key, one) in &cloud.change_sets {
        of_stack("change set", key, &one.id, &one.stack_id, &one.scope, broken);
    }
    for (key, one) in &cloud.drift_detections {
        of_stack("drift detection", key, &one.id, &one.stack_id, &one.scope, broken);
    }
    for (key, one) in &cloud.stack_signals {
        of_stack("signals", key, &one.key, &one.stack_id, &one.scope, broken);
    }
}

/// No resource refers to one of another scope.
fn scopes(cloud: &Cloud, broken: &mut Broken) {
    let mut same = |what: &dyn Display, scope: &Scope, other: Option<&Scope>| {
        let apart = other.is_some_and(|other| other != scope);
        broken.unless(!apart, || format!("{what} of {scope} refers to what is of {other:?}"));
    };
    macro_rules! of_vpc { ($($field:ident)*) => { $(
        for one in cloud.$field.values() {
            same(&one.id, &one.scope, cloud.vpcs.get(&one.vpc).map(Scoped::scope));
        }
    )* } }
    of_vpc! { subnets egress_only_internet_gateways nat_gateways route_tables security_groups network_acls interfaces }
    for gateway in cloud.internet_gateways.values() {
        let vpc = gateway.vpc.as_ref().and_then(|v| cloud.vpcs.get(v));
        same(&gateway.id, &gateway.scope, vpc.map(Scoped::scope));
    }
    for vpc in cloud.vpcs.values() {
        let options = vpc.dhcp_options.as_ref().and_then(|id| cloud.dhcp_options_sets.get(id));
        same(&vpc.id, &vpc.scope, options.map(Scoped::scope));
    }
    for reservation in cloud.subnet_cidr_reservations.values() {
        same(&reservation.id, &reservation.scope, cloud.subnets.get(&reservation.subnet).map(Scoped::scope));
    }
    for exclusion in cloud.block_public_access_exclusions.values() {
        let of = match &exclusion.of {
            Excluded::Vpc(id) => cloud.vpcs.get(id).map(Scoped::scope),
            Excluded::Subnet(id) => cloud.subnets.get(id).map(Scoped::scope),
        };
        same(&exclusion.id, &exclusion.scope, of);
    }
    for address in cloud.addresses.values() {
        let interface = address.association.as_ref().and_then(|on| cloud.interfaces.get(&on.interface));
        same(&address.id, &address.scope, interface.map(Scoped::scope));
    }
    for instance in cloud.instances.values() {
        for interface in &instance.interfaces {
            same(&instance.id, &instance.scope, cloud.interfaces.get(interface).map(Scoped::scope));
        }
    }
    for volume in cloud.volumes.values() {
        let instance = volume.attachment.as_ref().and_then(|a| cloud.instances.get(&a.instance));
        same(&volume.id, &volume.scope, instance.map(Scoped::scope));
    }
    let list = |id| cloud.prefix_lists.get(id).map(Scoped::scope);
    for table in cloud.route_tables.values() {
        for route in &table.routes {
            if let RouteDestination::PrefixList(id) = &route.destination {
                same(&table.id, &table.scope, list(id));
            }
            let target = match &route.target {
                RouteTarget::Local => None,
                RouteTarget::InternetGateway(id) => cloud.internet_gateways.get(id).map(Scoped::scope),
                RouteTarget::NatGateway(id) => cloud.nat_gateways.get(id).map(Scoped::scope),
                RouteTarget::NetworkInterface(id) => cloud.interfaces.get(id).map(Scoped::scope),
                RouteTarget::EgressOnlyInternetGateway(id) => {
                    cloud.egress_only_internet_gateways.get(id).map(Scoped::scope)
                }
            };
            same(&table.id, &table.scope, target);
        }
    }
    for group in cloud.security_groups.values() {
        for rule in &group.rules {
            if let Peer::PrefixList(id) = &rule.peer {
                same(&group.id, &group.scope, list(id));
            }
        }
    }
}
