//! What `croft ps` shows: one row for each workload, each interface without one, each NAT gateway.

use crate::protocol::{GroupRow, Row, SubnetRow};
use croft_agent::name::{Names, Target, own_name, stack_of};
use croft_control::Cloud;
use croft_model::gateway::NatGatewayState;
use croft_model::instance::InstanceState;
use croft_model::interface::NetworkInterface;
use croft_model::{NetworkInterfaceId, Tags};

/// The rows of a region, by name.
pub fn rows(cloud: &Cloud, names: &Names) -> Vec<Row> {
    let mut rows = Vec::new();
    for instance in cloud.instances.values().filter(|i| i.state != InstanceState::Terminated) {
        let target = Target::Instance(instance.id.clone());
        let state = match instance.state {
            InstanceState::Pending => "pending",
            InstanceState::Running => "running",
            InstanceState::Stopping => "stopping",
            InstanceState::Stopped => "stopped",
            InstanceState::ShuttingDown => "shutting-down",
            InstanceState::Terminated => "terminated",
        };
        let mut row = row(cloud, names, target, instance.interfaces.first(), state, &instance.tags);
        row.reason = instance.state_reason.clone();
        rows.push(row);
        for extra in instance.interfaces.iter().skip(1) {
            rows.extend(interface_row(cloud, names, extra));
        }
    }
    for interface in cloud.interfaces.values().filter(|i| i.attachment.is_none()) {
        if interface.kind == croft_model::interface::InterfaceKind::Interface {
            rows.extend(interface_row(cloud, names, &interface.id));
        }
    }
    for gateway in cloud.nat_gateways.values() {
        let (state, reason) = match &gateway.state {
            NatGatewayState::Pending => ("pending", None),
            NatGatewayState::Available => ("available", None),
            NatGatewayState::Deleting => ("deleting", None),
            NatGatewayState::Failed { code, message } => ("failed", Some(format!("{code}: {message}"))),
            NatGatewayState::Deleted => continue,
        };
        let target = Target::NatGateway(gateway.id.clone());
        let mut row = row(cloud, names, target, Some(&gateway.interface), state, &gateway.tags);
        row.reason = reason;
        rows.push(row);
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    rows
}

fn interface_row(cloud: &Cloud, names: &Names, id: &NetworkInterfaceId) -> Option<Row> {
    let interface = cloud.interfaces.get(id)?;
    let state = if interface.attachment.is_some() { "in-use" } else { "available" };
    Some(row(cloud, names, Target::Interface(id.clone()), Some(id), state, &interface.tags))
}

fn row(
    cloud: &Cloud,
    names: &Names,
    target: Target,
    interface: Option<&NetworkInterfaceId>,
    state: &str,
    tags: &Tags,
) -> Row {
    let interface = interface.and_then(|id| cloud.interfaces.get(id));
    let address = interface.and_then(|i| i.private_ips.first().copied());
    Row {
        name: names.shown(&target),
        id: target.to_string(),
        interface: interface.map(|i| i.id.to_string()),
        address,
        public_address: interface.zip(address).and_then(|(i, a)| cloud.public_ip(i, a)),
        subnet: interface.and_then(|i| subnet(cloud, i)),
        groups: interface.map_or(Vec::new(), |i| groups(cloud, i)),
        state: state.to_string(),
        reason: None,
        stack: stack_of(tags).map(str::to_string),
    }
}

fn subnet(cloud: &Cloud, interface: &NetworkInterface) -> Option<SubnetRow> {
    let subnet = cloud.subnets.get(&interface.subnet)?;
    Some(SubnetRow {
        id: subnet.id.to_string(),
        name: own_name(&subnet.tags).map(str::to_string),
        zone: subnet.zone.clone(),
        public: cloud.is_public(subnet),
    })
}

fn groups(cloud: &Cloud, interface: &NetworkInterface) -> Vec<GroupRow> {
    let named = |id| cloud.security_groups.get(id);
    let groups = interface.groups.iter().filter_map(named);
    groups
        .map(|g| GroupRow {
            id: g.id.to_string(),
            // The name that AWS makes up for a template's group is long; its logical id says more.
            name: own_name(&g.tags).unwrap_or(&g.name).to_string(),
        })
        .collect()
}
