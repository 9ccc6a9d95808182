//! `AWS::EC2::NetworkAclEntry` (rows ACL-2, ACL-5).

use super::live::Live;
use super::schema::{Kind, Shape, property};
use super::*;
use croft_control::{CreateNetworkAclEntry, DeleteNetworkAclEntry, ReplaceNetworkAclEntry};
use croft_model::NetworkAclId;
use croft_model::group::Direction;
use croft_model::network_acl::NetworkAclEntry as Entry;
use croft_model::protocol::{Ports, Protocol};
use ipnet::IpNet;
use serde::Deserialize;
use serde_json::json;

pub struct NetworkAclEntry;

const ICMP: &[Property] =
    &[property("Code", Kind::Integer(-1, 255)).required(), property("Type", Kind::Integer(-1, 255)).required()];

const PORT_RANGE: &[Property] =
    &[property("From", Kind::Integer(0, 65535)).required(), property("To", Kind::Integer(0, 65535)).required()];

const PROPERTIES: &[Property] = &[
    property("CidrBlock", Kind::Ipv4Block),
    property("Egress", Kind::Boolean).replaces(),
    property("Icmp", Kind::Object(Shape::free(ICMP))),
    property("Ipv6CidrBlock", Kind::Ipv6Block),
    property("NetworkAclId", Kind::Id("acl")).required().replaces(),
    property("PortRange", Kind::Object(Shape::free(PORT_RANGE))),
    property("Protocol", Kind::Integer(-1, 255)).required(),
    property("RuleAction", Kind::OneOf(&["allow", "deny"])).required(),
    property("RuleNumber", Kind::Integer(1, 32766)).required().replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    cidr_block: Option<IpNet>,
    egress: Option<bool>,
    icmp: Option<Icmp>,
    ipv6_cidr_block: Option<IpNet>,
    network_acl_id: NetworkAclId,
    port_range: Option<PortRange>,
    protocol: i64,
    rule_action: String,
    rule_number: u16,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Icmp {
    code: i64,
    r#type: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PortRange {
    from: i64,
    to: i64,
}

impl Properties {
    fn direction(&self) -> Direction {
        if self.egress.unwrap_or(false) { Direction::Egress } else { Direction::Ingress }
    }

    fn entry(&self) -> Result<Entry, Failure> {
        let protocol = rule::protocol(&self.protocol.to_string())?;
        let ports = match (&self.icmp, &self.port_range, protocol) {
            (Some(icmp), _, Protocol::Number(rule::ICMP | rule::ICMPV6)) => {
                rule::ports(protocol, Some(icmp.r#type), Some(icmp.code))
            }
            (_, Some(range), Protocol::Number(rule::TCP | rule::UDP)) => {
                rule::ports(protocol, Some(range.from), Some(range.to))
            }
            (_, _, Protocol::Number(rule::ICMP | rule::ICMPV6)) => {
                Err(Failure::Properties("an ICMP entry needs Icmp with Type and Code; -1 is every one".to_string()))
            }
            (_, _, protocol) => rule::ports(protocol, None, None),
        }?;
        let missing = || Failure::Properties("the entry has no CidrBlock".to_string());
        Ok(Entry {
            number: self.rule_number,
            direction: self.direction(),
            protocol,
            ports,
            cidr: self.cidr_block.or(self.ipv6_cidr_block).ok_or_else(missing)?,
            allow: self.rule_action == "allow",
        })
    }
}

impl Handler for NetworkAclEntry {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::NetworkAclEntry",
        shape: Shape { properties: PROPERTIES, exactly_one: &[&["CidrBlock", "Ipv6CidrBlock"]], at_most_one: &[] },
        attributes: &["Id"],
        refused_attributes: &[],
        which: Which::NetworkAclEntry,
    };

    fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
        let mut known = properties.clone();
        // Neither matters for what is judged here, and either may not be known yet.
        known.entry("NetworkAclId").or_insert_with(|| "acl-0".into());
        known.entry("CidrBlock").or_insert_with(|| "0.0.0.0/0".into());
        match read::<Properties>(&known) {
            Ok(properties) => properties.entry().err().map(|e| ("Protocol", e.to_string())).into_iter().collect(),
            // Something else is not known yet.
            Err(_) => Vec::new(),
        }
    }

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let (network_acl_id, entry) = (properties.network_acl_id.clone(), properties.entry()?);
        let direction = if entry.direction == Direction::Egress { "egress" } else { "ingress" };
        let id = format!("{network_acl_id}|{}|{direction}", entry.number);
        account.run(CreateNetworkAclEntry { network_acl_id, entry })?;
        Ok(id)
    }

    fn update<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let (network_acl_id, entry) = (properties.network_acl_id.clone(), properties.entry()?);
        account.run(ReplaceNetworkAclEntry { network_acl_id, entry })?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, _: &str, properties: &Map<String, Json>) -> Result<(), Failure> {
        let properties: Properties = read(properties)?;
        let direction = properties.direction();
        let (network_acl_id, rule_number) = (properties.network_acl_id, properties.rule_number);
        account.run(DeleteNetworkAclEntry { network_acl_id, rule_number, direction })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let mut parts = id.split('|');
        let acl: NetworkAclId = parts.next()?.parse().ok()?;
        let number: u16 = parts.next()?.parse().ok()?;
        let direction = if parts.next()? == "egress" { Direction::Egress } else { Direction::Ingress };
        let entries = &cloud.network_acls.get(&acl)?.entries;
        let entry = entries.iter().find(|e| e.number == number && e.direction == direction)?;
        let (ipv4, ipv6) = match entry.cidr {
            IpNet::V4(block) => (Some(block.to_string()), None),
            IpNet::V6(block) => (None, Some(block.to_string())),
        };
        let protocol = match entry.protocol {
            Protocol::All => -1,
            Protocol::Number(number) => i64::from(number),
        };
        let live = Live::beside(properties)
            .may_be("CidrBlock", ipv4)
            .is("Egress", direction == Direction::Egress)
            .may_be("Ipv6CidrBlock", ipv6)
            .is("NetworkAclId", acl.as_str())
            .is("Protocol", protocol)
            .is("RuleAction", if entry.allow { "allow" } else { "deny" })
            .is("RuleNumber", number);
        // Of a protocol that has none of them, what was given means nothing and stays.
        let live = match (entry.ports, entry.protocol) {
            (Ports::Range { from, to }, _) => live.is("PortRange", json!({ "From": from, "To": to })),
            (Ports::Icmp { kind, code }, _) => {
                live.is("Icmp", json!({ "Type": kind, "Code": code.map_or(-1, i64::from) }))
            }
            (Ports::All, Protocol::Number(rule::ICMP | rule::ICMPV6)) => {
                // Every type: the code means nothing.
                let code = properties.get("Icmp").and_then(|icmp| icmp.get("Code")).cloned();
                live.is("Icmp", json!({ "Type": -1, "Code": code }))
            }
            (Ports::All, Protocol::Number(rule::TCP | rule::UDP)) => {
                live.is("PortRange", json!({ "From": 0, "To": 65535 }))
            }
            (Ports::All, _) => live,
        };
        live.done()
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "Id").then(|| Known::Text(id.to_string()))
    }
}
