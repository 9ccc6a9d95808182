//! What holds of instances and of what they are launched with: interfaces, volumes, keys, templates.

use super::Broken;
use super::network::holds_interface;
use crate::Cloud;
use croft_model::instance::{DesiredState, InstanceState};
use croft_model::interface::{AttachmentStatus, InterfaceKind};

pub(super) fn interfaces(cloud: &Cloud, broken: &mut Broken) {
    broken.unless_distinct("MAC address", cloud.interfaces.values().map(|i| i.mac));
    let held = cloud.interfaces.values().flat_map(|i| i.private_ips.iter().map(|a| (&i.subnet, *a)));
    broken.unless_distinct("private address", held);
    for interface in cloud.interfaces.values() {
        let id = &interface.id;
        broken.unless(!interface.private_ips.is_empty(), || format!("{id} has no address"));
        broken.unless(interface.mac[0] & 3 == 2, || format!("{id} has a MAC that is not local and unicast"));
        match cloud.subnets.get(&interface.subnet).filter(|s| s.vpc == interface.vpc) {
            None => broken.unless(false, || format!("{id} is in no subnet of its VPC")),
            Some(subnet) => {
                let legal = |a: &std::net::Ipv4Addr| subnet.block.contains(a) && !subnet.is_reserved(*a);
                let all = interface.private_ips.iter().all(legal);
                broken.unless(all, || format!("{id} holds an address that its subnet does not give"));
            }
        }
        let of_vpc = |g| cloud.security_groups.get(g).is_some_and(|g| g.is_usable_in(&interface.vpc));
        broken.unless(interface.groups.iter().all(of_vpc), || format!("{id} carries a group that is not of its VPC"));
        broken.unless_distinct("group of an interface", interface.groups.iter().map(|g| (id, g)));
        match &interface.kind {
            InterfaceKind::Interface => {
                broken.unless(!interface.groups.is_empty(), || format!("{id} carries no group"));
            }
            InterfaceKind::NatGateway(gateway) => {
                let live = cloud.nat_gateways.get(gateway).is_some_and(|g| holds_interface(g) && g.interface == *id);
                broken.unless(live, || format!("{id} has outlived {gateway}"));
                let bare = interface.groups.is_empty() && interface.attachment.is_none();
                broken.unless(bare, || format!("{id} of a NAT gateway has groups or an instance"));
            }
        }
        let block = cloud.subnets.get(&interface.subnet).and_then(|s| s.ipv6_cidr_block.as_ref());
        let inside = interface.ipv6_addresses.iter().all(|a| block.is_some_and(|b| b.block.contains(a)));
        broken.unless(inside, || format!("{id} holds an IPv6 address that is not of its subnet's block"));
        let staying = !interface.primary_ipv6 || !interface.ipv6_addresses.is_empty();
        broken.unless(staying, || format!("{id} has lost its primary IPv6 address"));
        if let Some(attachment) = &interface.attachment {
            let instance = cloud.instances.get(&attachment.instance);
            let listed = instance.is_some_and(|i| i.interfaces.contains(id));
            broken.unless(listed, || format!("{id} is attached to {}, which does not know", attachment.instance));
            use InstanceState::{Pending, Running, ShuttingDown, Stopping};
            let comes_up = instance.is_some_and(|i| matches!(i.state, Pending | Running | Stopping | ShuttingDown));
            let seen = attachment.status == AttachmentStatus::Attached;
            broken.unless(seen || comes_up, || format!("{id} is attaching to an instance that does not run"));
        }
        if interface.auto_public_ip.is_some() {
            broken.unless(interface.attachment.is_some(), || format!("{id} has a launch address and no instance"));
            let elastic = cloud.addresses.values().filter_map(|a| a.association.as_ref());
            let mut elastic = elastic.filter(|on| on.interface == *id);
            let both = elastic.any(|on| Some(&on.private_ip) == interface.private_ips.first());
            broken.unless(!both, || format!("{id} has a launch address beside an Elastic IP"));
        }
    }
    let ipv6 = cloud.interfaces.values().flat_map(|i| i.ipv6_addresses.iter().map(|a| (&i.subnet, *a)));
    broken.unless_distinct("IPv6 address", ipv6);
    let attachments = cloud.interfaces.values().filter_map(|i| i.attachment.as_ref());
    broken.unless_distinct("attachment", attachments.map(|a| &a.id));
}

pub(super) fn instances(cloud: &Cloud, broken: &mut Broken) {
    for instance in cloud.instances.values() {
        let id = &instance.id;
        use InstanceState::*;
        let wanted = match instance.state {
            Pending | Running => DesiredState::Running,
            Stopping | Stopped => DesiredState::Stopped,
            ShuttingDown | Terminated => DesiredState::Terminated,
        };
        let (state, desired) = (instance.state, instance.desired);
        broken.unless(desired == wanted, || format!("{id} is {state:?} and wanted {desired:?}"));
        let gone = instance.state == Terminated;
        broken.unless(gone == instance.terminated.is_some(), || format!("{id} is {state:?} at no time"));
        broken.unless(gone == instance.interfaces.is_empty(), || format!("{id} is {state:?} with these interfaces"));
        let index = |i| {
            let attachment = cloud.interfaces.get(i)?.attachment.as_ref()?;
            (attachment.instance == *id).then_some(attachment.device_index)
        };
        let indexes: Option<Vec<_>> = instance.interfaces.iter().map(index).collect();
        match indexes {
            None => broken.unless(false, || format!("{id} lists an interface that is not attached to it")),
            Some(indexes) => {
                let primary = gone || indexes.first() == Some(&0);
                broken.unless(primary, || format!("{id} has no primary interface"));
                broken.unless(indexes.is_sorted(), || format!("{id} lists its interfaces out of order"));
                broken.unless_distinct("device index", indexes.iter().map(|n| (id, n)));
            }
        }
        let running = matches!(instance.state, Pending | Running | Stopping | ShuttingDown);
        let public = |i| cloud.interfaces.get(i).is_some_and(|i| i.auto_public_ip.is_some());
        let quiet = running || !instance.interfaces.iter().any(public);
        broken.unless(quiet, || format!("{id} is {state:?} and keeps a launch address"));
    }
}

pub(super) fn volumes(cloud: &Cloud, broken: &mut Broken) {
    for volume in cloud.volumes.values() {
        let Some(attachment) = &volume.attachment else { continue };
        let listed = cloud.instances.get(&attachment.instance).is_some_and(|i| i.volumes.contains(&volume.id));
        broken.unless(listed, || format!("{} is attached to {}, which does not know", volume.id, attachment.instance));
    }
    for instance in cloud.instances.values() {
        let id = &instance.id;
        let attachment = |v| cloud.volumes.get(v).and_then(|v| v.attachment.as_ref()).filter(|a| a.instance == *id);
        let attachments: Vec<_> = instance.volumes.iter().filter_map(attachment).collect();
        let all = attachments.len() == instance.volumes.len();
        broken.unless(all, || format!("{id} lists a volume that is not attached to it"));
        broken.unless_distinct("device of an instance", attachments.iter().map(|a| (id, &a.device)));
        let gone = instance.state == InstanceState::Terminated;
        broken.unless(!gone || instance.volumes.is_empty(), || format!("{id} is terminated and keeps volumes"));
        let bare = instance.profile_association.is_some() && instance.instance_profile.is_none();
        broken.unless(!bare, || format!("{id} has an association with no profile"));
    }
    let associations = cloud.instances.values().filter_map(|i| i.profile_association.as_ref());
    broken.unless_distinct("profile association", associations.map(|a| &a.id));
}

pub(super) fn launch_parts(cloud: &Cloud, broken: &mut Broken) {
    broken.unless_distinct("key pair", cloud.key_pairs.values().map(|k| (&k.scope, &k.name)));
    broken.unless_distinct("launch template", cloud.launch_templates.values().map(|t| (&t.scope, &t.name)));
    for template in cloud.launch_templates.values() {
        let id = &template.id;
        let default = template.versions.contains_key(&template.default_version);
        broken.unless(default, || format!("{id} has no version {}, its default", template.default_version));
        let last = template.versions.keys().next_back();
        let counted = last.is_some_and(|last| *last <= template.latest_version);
        broken.unless(counted, || format!("{id} has a version beyond its latest, {}", template.latest_version));
    }
}
