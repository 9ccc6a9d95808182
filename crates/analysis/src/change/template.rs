//! A change as a fragment of a CloudFormation template: resources to put under `Resources`.

use std::fmt::Write;

use croft_control::Region;
use croft_model::group::{Direction, Peer};
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::RouteDestination;

use super::command::protocol_number;
use super::{Change, Via};

/// None where the change is no resource's: an entry that moves, a route that goes, an instance that starts.
pub fn fragment(change: &Change, region: &Region) -> Option<String> {
    match change {
        Change::AllowInGroup { group, direction, protocol, ports, peer } => {
            let (kind, way) = match direction {
                Direction::Ingress => ("AWS::EC2::SecurityGroupIngress", "Source"),
                Direction::Egress => ("AWS::EC2::SecurityGroupEgress", "Destination"),
            };
            let mut rule = Resource::new("AllowedRule", kind);
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
            let mut resource = Resource::new("AllowedEntry", "AWS::EC2::NetworkAclEntry");
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
        Change::Route { table, destination, to, replace: false } => {
            let vpc = region.route_tables.get(table).map(|table| &table.vpc);
            let gateway = match vpc.and_then(|vpc| region.internet_gateway_of(vpc)) {
                Some(gateway) => gateway.id.to_string(),
                None => "!Ref InternetGateway".to_string(),
            };
            Some(match to {
                Via::InternetGateway => route(table, destination, "GatewayId", &gateway),
                Via::NatGateway(id) => route(table, destination, "NatGatewayId", id.as_str()),
            })
        }
        Change::AttachInternetGateway { vpc } => {
            let mut attachment = Resource::new("InternetGatewayAttachment", "AWS::EC2::VPCGatewayAttachment");
            attachment.property("VpcId", vpc);
            attachment.property("InternetGatewayId", "!Ref InternetGateway");
            Some("InternetGateway:\n  Type: AWS::EC2::InternetGateway\n".to_string() + &attachment.text)
        }
        Change::GiveElasticIp { interface, private_ip } => {
            let mut address = Resource::new("PublicAddress", "AWS::EC2::EIP");
            address.property("Domain", "vpc");
            let mut association = Resource::new("PublicAddressAssociation", "AWS::EC2::EIPAssociation");
            association.property("AllocationId", "!GetAtt PublicAddress.AllocationId");
            association.property("NetworkInterfaceId", interface);
            association.property("PrivateIpAddress", private_ip);
            Some(address.text + &association.text)
        }
        Change::CreateNatGateway { subnet, table, destination, replace } => {
            let mut address = Resource::new("NatGatewayAddress", "AWS::EC2::EIP");
            address.property("Domain", "vpc");
            let mut gateway = Resource::new("NatGateway", "AWS::EC2::NatGateway");
            gateway.property("SubnetId", subnet);
            gateway.property("AllocationId", "!GetAtt NatGatewayAddress.AllocationId");
            let route = match replace {
                true => String::new(),
                false => route(table, destination, "NatGatewayId", "!Ref NatGateway"),
            };
            Some(address.text + &gateway.text + &route)
        }
        Change::ReplaceAclEntry { .. }
        | Change::Route { replace: true, .. }
        | Change::DeleteRoute { .. }
        | Change::WaitForNatGateway { .. }
        | Change::StartInstance { .. }
        | Change::RestoreZone { .. } => None,
    }
}

fn route(table: impl std::fmt::Display, destination: &RouteDestination, kind: &str, target: &str) -> String {
    let mut route = Resource::new("AddedRoute", "AWS::EC2::Route");
    route.property("RouteTableId", table);
    match destination {
        RouteDestination::Cidr(cidr) => route.property("DestinationCidrBlock", cidr),
        RouteDestination::PrefixList(list) => route.property("DestinationPrefixListId", list),
    }
    route.property(kind, target);
    route.text
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
}
