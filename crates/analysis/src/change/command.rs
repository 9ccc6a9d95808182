//! A change as lines for a shell with AWS's command line tool.

use croft_control::Cloud;
use croft_model::group::{Direction, Peer};
use croft_model::network_acl::NetworkAclEntry;
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::RouteDestination;
use croft_model::{NetworkAclId, RouteTableId};

use super::{Change, Via};

/// What the change does, in a sentence.
pub fn summary(change: &Change) -> String {
    match change {
        Change::AllowInGroup { group, direction, protocol, ports, peer } => {
            let (way, of) = match direction {
                Direction::Ingress => ("in", "from"),
                Direction::Egress => ("out", "to"),
            };
            let peer = match peer {
                Peer::Group(other) if other == group => "the members of the group itself".to_string(),
                Peer::Group(other) => format!("the members of {other}"),
                other => peer_text(other),
            };
            format!("Let {} {way} {of} {peer} in {group}.", traffic(*protocol, *ports))
        }
        Change::CreateAclEntry { acl, entry } | Change::ReplaceAclEntry { acl, entry } => {
            let verdict = if entry.allow { "allows" } else { "denies" };
            let number = entry.number;
            let what = traffic(entry.protocol, entry.ports);
            let way = match entry.direction {
                Direction::Ingress => "in from",
                Direction::Egress => "out to",
            };
            let verb = if matches!(change, Change::CreateAclEntry { .. }) { "Add" } else { "Make" };
            format!("{verb} entry {number} of {acl}: it {verdict} {what} {way} {}.", entry.cidr)
        }
        Change::Route { table, destination, to, replace } => {
            let verb = if *replace { "Point" } else { "Add" };
            format!("{verb} the route of {table} for {} to {}.", destination_text(destination), via_text(to))
        }
        Change::DeleteRoute { table, destination } => {
            format!("Take the route for {} out of {table}.", destination_text(destination))
        }
        Change::AttachInternetGateway { vpc } => format!("Attach an internet gateway to {vpc}."),
        Change::GiveElasticIp { interface, private_ip } => {
            format!("Give the address {private_ip} of {interface} an Elastic IP.")
        }
        Change::CreateNatGateway { subnet, table, destination, .. } => {
            let destination = destination_text(destination);
            format!("Put a NAT gateway into {subnet}, and route {destination} of {table} to it.")
        }
        Change::WaitForNatGateway { nat_gateway } => format!("Wait until {nat_gateway} is available."),
        Change::StartInstance { instance } => format!("Start {instance}."),
        Change::RestoreZone { zone } => format!("Restore the zone {zone}."),
    }
}

/// The lines, in their order. What one makes goes to the next by a shell variable. `region` is as it was before the
/// first change.
pub fn commands(change: &Change, cloud: &Cloud) -> Vec<String> {
    match change {
        Change::AllowInGroup { group, direction, protocol, ports, peer } => {
            let way = match direction {
                Direction::Ingress => "ingress",
                Direction::Egress => "egress",
            };
            let permission = permission(*protocol, *ports, peer);
            vec![format!("aws ec2 authorize-security-group-{way} --group-id {group} --ip-permissions '{permission}'")]
        }
        Change::CreateAclEntry { acl, entry } => vec![acl_entry("create", acl, entry)],
        Change::ReplaceAclEntry { acl, entry } => vec![acl_entry("replace", acl, entry)],
        Change::Route { table, destination, to, replace } => {
            let vpc = cloud.route_tables.get(table).map(|table| &table.vpc);
            let gateway = vpc.and_then(|vpc| cloud.internet_gateway_of(vpc));
            let target = match (to, gateway) {
                (Via::NatGateway(id), _) => format!("--nat-gateway-id {id}"),
                (Via::InternetGateway, Some(gateway)) => format!("--gateway-id {}", gateway.id),
                // Made by a step before this one.
                (Via::InternetGateway, None) => "--gateway-id \"$GATEWAY\"".to_string(),
                (Via::Local, _) => "--local-target".to_string(),
            };
            vec![route(table, destination, &target, *replace)]
        }
        Change::DeleteRoute { table, destination } => {
            let destination = destination_option(destination);
            vec![format!("aws ec2 delete-route --route-table-id {table} {destination}")]
        }
        Change::AttachInternetGateway { vpc } => vec![
            "GATEWAY=$(aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId --output text)".into(),
            format!("aws ec2 attach-internet-gateway --internet-gateway-id \"$GATEWAY\" --vpc-id {vpc}"),
        ],
        Change::GiveElasticIp { interface, private_ip } => vec![
            ALLOCATE.into(),
            format!(
                "aws ec2 associate-address --allocation-id \"$ALLOCATION\" --network-interface-id {interface} --private-ip-address {private_ip}"
            ),
        ],
        Change::CreateNatGateway { subnet, table, destination, replace } => vec![
            ALLOCATE.into(),
            format!(
                "NAT=$(aws ec2 create-nat-gateway --subnet-id {subnet} --allocation-id \"$ALLOCATION\" --query NatGateway.NatGatewayId --output text)"
            ),
            "aws ec2 wait nat-gateway-available --nat-gateway-ids \"$NAT\"".into(),
            route(table, destination, "--nat-gateway-id \"$NAT\"", *replace),
        ],
        Change::WaitForNatGateway { nat_gateway } => {
            vec![format!("aws ec2 wait nat-gateway-available --nat-gateway-ids {nat_gateway}")]
        }
        Change::StartInstance { instance } => vec![format!("aws ec2 start-instances --instance-ids {instance}")],
        Change::RestoreZone { zone } => vec![format!("croft zone restore {zone}")],
    }
}

const ALLOCATE: &str = "ALLOCATION=$(aws ec2 allocate-address --domain vpc --query AllocationId --output text)";

fn route(table: &RouteTableId, destination: &RouteDestination, target: &str, replace: bool) -> String {
    let verb = if replace { "replace" } else { "create" };
    format!("aws ec2 {verb}-route --route-table-id {table} {} {target}", destination_option(destination))
}

fn destination_option(destination: &RouteDestination) -> String {
    match destination {
        RouteDestination::Cidr(cidr) => format!("--destination-cidr-block {cidr}"),
        RouteDestination::Ipv6Cidr(cidr) => format!("--destination-ipv6-cidr-block {cidr}"),
        RouteDestination::PrefixList(list) => format!("--destination-prefix-list-id {list}"),
    }
}

fn destination_text(destination: &RouteDestination) -> String {
    match destination {
        RouteDestination::Cidr(cidr) => cidr.to_string(),
        RouteDestination::Ipv6Cidr(cidr) => cidr.to_string(),
        RouteDestination::PrefixList(list) => list.to_string(),
    }
}

fn via_text(via: &Via) -> String {
    match via {
        Via::InternetGateway => "the VPC's internet gateway".to_string(),
        Via::NatGateway(id) => id.to_string(),
        Via::Local => "local".to_string(),
    }
}

fn acl_entry(verb: &str, acl: &NetworkAclId, entry: &NetworkAclEntry) -> String {
    let way = match entry.direction {
        Direction::Ingress => "--ingress",
        Direction::Egress => "--egress",
    };
    let verdict = if entry.allow { "allow" } else { "deny" };
    let ports = match entry.ports {
        Ports::All => String::new(),
        Ports::Range { from, to } => format!(" --port-range From={from},To={to}"),
        Ports::Icmp { kind, code } => {
            format!(" --icmp-type-code Code={},Type={kind}", code.map_or(-1, i16::from))
        }
    };
    format!(
        "aws ec2 {verb}-network-acl-entry --network-acl-id {acl} {way} --rule-number {} --protocol {}{ports} --cidr-block {} --rule-action {verdict}",
        entry.number,
        protocol_number(entry.protocol),
        entry.cidr,
    )
}

/// In the tool's shorthand.
fn permission(protocol: Protocol, ports: Ports, peer: &Peer) -> String {
    let name = match protocol {
        Protocol::Number(1) => "icmp".to_string(),
        Protocol::Number(6) => "tcp".to_string(),
        Protocol::Number(17) => "udp".to_string(),
        other => protocol_number(other),
    };
    let ports = match ports {
        Ports::All => String::new(),
        Ports::Range { from, to } => format!(",FromPort={from},ToPort={to}"),
        Ports::Icmp { kind, code } => format!(",FromPort={kind},ToPort={}", code.map_or(-1, i16::from)),
    };
    let peer = match peer {
        Peer::Ipv4(net) => format!("IpRanges=[{{CidrIp={net}}}]"),
        Peer::Ipv6(net) => format!("Ipv6Ranges=[{{CidrIpv6={net}}}]"),
        Peer::Group(group) => format!("UserIdGroupPairs=[{{GroupId={group}}}]"),
        Peer::PrefixList(list) => format!("PrefixListIds=[{{PrefixListId={list}}}]"),
    };
    format!("IpProtocol={name}{ports},{peer}")
}

pub(super) fn protocol_number(protocol: Protocol) -> String {
    match protocol {
        Protocol::All => "-1".to_string(),
        Protocol::Number(number) => number.to_string(),
    }
}

fn peer_text(peer: &Peer) -> String {
    match peer {
        Peer::Ipv4(net) => net.to_string(),
        Peer::Ipv6(net) => net.to_string(),
        Peer::Group(group) => group.to_string(),
        Peer::PrefixList(list) => list.to_string(),
    }
}

fn traffic(protocol: Protocol, ports: Ports) -> String {
    let name = match protocol {
        Protocol::All => return "everything".to_string(),
        Protocol::Number(1) => "ICMP".to_string(),
        Protocol::Number(6) => "TCP".to_string(),
        Protocol::Number(17) => "UDP".to_string(),
        Protocol::Number(number) => format!("protocol {number}"),
    };
    match ports {
        Ports::All => name,
        Ports::Range { from, to } if from == to => format!("{name} {from}"),
        Ports::Range { from, to } => format!("{name} {from}-{to}"),
        Ports::Icmp { kind, code: None } => format!("{name} type {kind}"),
        Ports::Icmp { kind, code: Some(code) } => format!("{name} type {kind} code {code}"),
    }
}
