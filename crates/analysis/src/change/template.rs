//! A change as a fragment of a CloudFormation template: resources to put under `Resources`.

use std::fmt::Write;

use croft_control::Cloud;
use croft_model::SecurityGroupId;
use croft_model::group::{Direction, Peer};
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::RouteDestination;

use super::command::protocol_number;
use super::{Change, Via};

/// None where the change is no new resource's: a route that changes, an entry that moves, an instance that starts.
/// `region` is as it was before the first change.
pub fn fragment(change: &Change, cloud: &Cloud) -> Option<String> {
    match change {
        Change::AllowInGroup { group, direction, protocol, ports, peer } => {
            let (kind, way) = match direction {
                Direction::Ingress => ("AWS::EC2::SecurityGroupIngress", "Source"),
                Direction::Egress => ("AWS::EC2::SecurityGroupEgress", "Destination"),
            };
            let mut rule = Resource::new(&rule_name(group, *direction, *protocol, *ports, peer), kind);
            rule.property("GroupId", group);
            let name = match protocol {
                Protocol::Number(1) => "icmp".to_string(),
                Protocol::Number(6) => "tcp".to_string(),
                Protocol::Number(17) => "udp".to_string(),
                other => format!("{:?}", protocol_number(*other)),
            };
            rule.property("IpProtocol", name);
            match ports {
                Ports::All => {}
                Ports::Range { from, to } => {
                    rule.property("FromPort", from);
                    rule.property("ToPort", to);
                }
                Ports::Icmp { kind, code } => {
                    rule.property("FromPort", kind);
                    rule.property("ToPort", code.map_or(-1, i16::from));
                }
            }
            match peer {
                Peer::Ipv4(net) => rule.property("CidrIp", net),
                Peer::Ipv6(net) => rule.property("CidrIpv6", net),
                Peer::Group(other) => rule.property(&format!("{way}SecurityGroupId"), other),
                Peer::PrefixList(list) => rule.property(&format!("{way}PrefixListId"), list),
            }
            Some(rule.text)
        }
        Change::CreateAclEntry { acl, entry } => {
            let name = format!("Entry{}{:?}{}", tail(acl.as_str()), entry.direction, entry.number);
            let mut resource = Resource::new(&name, "AWS::EC2::NetworkAclEntry");
            resource.property("NetworkAclId", acl);
            resource.property("RuleNumber", entry.number);
            resource.property("Protocol", protocol_number(entry.protocol));
            resource.property("RuleAction", if entry.allow { "allow" } else { "deny" });
            resource.property("Egress", entry.direction == Direction::Egress);
            resource.property("CidrBlock", entry.cidr);
            match entry.ports {
                Ports::All => {}
                Ports::Range { from, to } => resource.property("PortRange", format!("{{From: {from}, To: {to}}}")),
                Ports::Icmp { kind, code } => {
                    resource.property("Icmp", format!("{{Code: {}, Type: {kind}}}", code.map_or(-1, i16::from)));
                }
            }
            Some(resource.text)
        }
        // A route that exists is some resource's already: it is changed there.
        Change::Route { table, destination, to: Via::NatGateway(id), replace: false } => {
            Some(route(table.as_str(), destination, "NatGatewayId", id.as_str()).text)
        }
        Change::Route { table, destination, to: Via::InternetGateway, replace: false } => {
            let vpc = &cloud.route_tables.get(table)?.vpc;
            Some(match cloud.internet_gateway_of(vpc) {
                Some(gateway) => route(table.as_str(), destination, "GatewayId", gateway.id.as_str()).text,
                // Made by a step before this one.
                None => {
                    let tail = tail(vpc.as_str());
                    let target = format!("!Ref InternetGateway{tail}");
                    let mut route = route(table.as_str(), destination, "GatewayId", &target);
                    route.after(&format!("InternetGatewayAttachment{tail}"));
                    route.text
                }
            })
        }
        Change::AttachInternetGateway { vpc } => {
            let tail = tail(vpc.as_str());
            let name = format!("InternetGatewayAttachment{tail}");
            let mut attachment = Resource::new(&name, "AWS::EC2::VPCGatewayAttachment");
            attachment.property("VpcId", vpc);
            attachment.property("InternetGatewayId", format!("!Ref InternetGateway{tail}"));
            Some(format!("InternetGateway{tail}:\n  Type: AWS::EC2::InternetGateway\n{}", attachment.text))
        }
        Change::GiveElasticIp { interface, private_ip } => {
            let tail = tail(interface.as_str());
            let mut address = Resource::new(&format!("PublicAddress{tail}"), "AWS::EC2::EIP");
            address.property("Domain", "vpc");
            let name = format!("PublicAddressAssociation{tail}");
            let mut association = Resource::new(&name, "AWS::EC2::EIPAssociation");
            association.property("AllocationId", format!("!GetAtt PublicAddress{tail}.AllocationId"));
            association.property("NetworkInterfaceId", interface);
            association.property("PrivateIpAddress", private_ip);
            let vpc = &cloud.interfaces.get(interface)?.vpc;
            if cloud.internet_gateway_of(vpc).is_none() {
                association.after(&format!("InternetGatewayAttachment{}", self::tail(vpc.as_str())));
            }
            Some(address.text + &association.text)
        }
        Change::CreateNatGateway { subnet, table, destination, replace } => {
            let tail = tail(subnet.as_str());
            let mut address = Resource::new(&format!("NatGatewayAddress{tail}"), "AWS::EC2::EIP");
            address.property("Domain", "vpc");
            let mut gateway = Resource::new(&format!("NatGateway{tail}"), "AWS::EC2::NatGateway");
            gateway.property("SubnetId", subnet);
            gateway.property("AllocationId", format!("!GetAtt NatGatewayAddress{tail}.AllocationId"));
            let target = format!("!Ref NatGateway{tail}");
            match replace {
                // The route is some resource's already: that one has to name the new gateway.
                true => None,
                false => Some(
                    address.text + &gateway.text + &route(table.as_str(), destination, "NatGatewayId", &target).text,
                ),
            }
        }
        Change::ReplaceAclEntry { .. }
        | Change::Route { replace: true, .. }
        | Change::Route { to: Via::Local, .. }
        | Change::DeleteRoute { .. }
        | Change::WaitForNatGateway { .. }
        | Change::StartInstance { .. }
        | Change::RestoreZone { .. } => None,
    }
}

fn route(table: &str, destination: &RouteDestination, kind: &str, target: &str) -> Resource {
    let (property, destination) = match destination {
        RouteDestination::Cidr(cidr) => ("DestinationCidrBlock", cidr.to_string()),
        RouteDestination::Ipv6Cidr(cidr) => ("DestinationIpv6CidrBlock", cidr.to_string()),
        RouteDestination::PrefixList(list) => ("DestinationPrefixListId", list.to_string()),
    };
    let mut route = Resource::new(&format!("Route{}To{}", tail(table), plain(&destination)), "AWS::EC2::Route");
    route.property("RouteTableId", table);
    route.property(property, destination);
    route.property(kind, target);
    route
}

fn rule_name(group: &SecurityGroupId, direction: Direction, protocol: Protocol, ports: Ports, peer: &Peer) -> String {
    let peer = match peer {
        Peer::Ipv4(net) => plain(&net.to_string()),
        Peer::Ipv6(net) => plain(&net.to_string()),
        Peer::Group(other) => tail(other.as_str()).to_string(),
        Peer::PrefixList(list) => tail(list.as_str()).to_string(),
    };
    let number = protocol_number(protocol).replace("-1", "All");
    let port = match ports {
        Ports::Range { from, .. } => from.to_string(),
        Ports::Icmp { kind, .. } => kind.to_string(),
        Ports::All => "All".to_string(),
    };
    format!("Allow{direction:?}{}Protocol{number}Port{port}Peer{peer}", tail(group.as_str()))
}

/// The end of an identifier: logical ids are letters and digits, and the same one must not be given twice.
fn tail(id: &str) -> &str {
    id.len().checked_sub(8).and_then(|at| id.get(at..)).unwrap_or(id)
}

fn plain(text: &str) -> String {
    text.replace(['.', '/', ':', '-'], "x")
}

/// One resource as YAML. Every value is a scalar of a kind that needs no quoting.
struct Resource {
    text: String,
}

impl Resource {
    fn new(name: &str, kind: &str) -> Resource {
        Resource { text: format!("{name}:\n  Type: {kind}\n  Properties:\n") }
    }

    fn property(&mut self, name: &str, value: impl std::fmt::Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "    {name}: {value}");
    }

    /// It needs another one that it does not name.
    fn after(&mut self, other: &str) {
        let _ = writeln!(self.text, "  DependsOn: {other}");
    }
}
