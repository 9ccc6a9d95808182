//! `/etc/hosts` of an instance: the names of its stack, until the VPC has a resolver.

use crate::name::{LOGICAL_ID, own_name, stack_of};
use croft_control::Cloud;
use croft_model::instance::{Instance, InstanceState};
use croft_workload::Hosts;
use std::net::{IpAddr, Ipv4Addr};

/// Name of an address as AWS makes it: `ip-10-0-1-5`.
pub fn host_name(address: Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    format!("ip-{a}-{b}-{c}-{d}")
}

/// The instances of the same stack (of no stack: of the same VPC and of no stack either), each with its name, its
/// logical id and its private DNS name.
pub fn hosts(cloud: &Cloud, instance: &Instance) -> Hosts {
    let vpc = |i: &Instance| Some(cloud.interfaces.get(i.interfaces.first()?)?.vpc.clone());
    let home = (stack_of(&instance.tags), vpc(instance));
    let others = cloud.instances.values().filter(|other| {
        // One stack may hold several VPCs, whose addresses mean nothing to each other (row NET-3).
        other.state != InstanceState::Terminated && (stack_of(&other.tags), vpc(other)) == home
    });
    let mut lines: Hosts = others.filter_map(|other| line(cloud, other)).collect();
    lines.sort();
    lines
}

fn line(cloud: &Cloud, instance: &Instance) -> Option<(IpAddr, Vec<String>)> {
    let address = *cloud.interfaces.get(instance.interfaces.first()?)?.private_ips.first()?;
    let host = host_name(address);
    let mut names = vec![format!("{host}.ec2.internal"), host];
    let given = [own_name(&instance.tags), instance.tags.get(LOGICAL_ID).map(String::as_str)];
    for name in given.into_iter().flatten() {
        // A name with a blank is no host's.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if name.chars().all(plain) && name.len() <= 255 && !names.iter().any(|n| n == name) {
            names.push(name.to_string());
        }
    }
    Some((IpAddr::V4(address), names))
}
