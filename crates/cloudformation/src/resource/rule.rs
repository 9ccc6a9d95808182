//! Rules as templates write them: protocols by name or number, ports, peers (rows SG-3, SG-8).

use super::schema::{Kind, Shape, property, refused};
use super::{Failure, read};
use croft_control::IpPermission;
use croft_model::group::Peer;
use croft_model::protocol::{Ports, Protocol};
use croft_model::{PrefixListId, SecurityGroupId};
use ipnet::{Ipv4Net, Ipv6Net};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// IANA's numbers.
pub const ICMP: u8 = 1;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;
pub const ICMPV6: u8 = 58;

const PORT: Kind = Kind::Integer(-1, 65535);
const NO_NAMES: &str = "give SourceSecurityGroupId: groups of a VPC are named by their identifier";

/// Of an inline ingress rule.
pub const INGRESS: Shape = Shape {
    properties: &[
        property("CidrIp", Kind::Ipv4Block),
        property("CidrIpv6", Kind::Ipv6Block),
        property("Description", Kind::Text),
        property("FromPort", PORT),
        property("IpProtocol", Kind::Text).required(),
        property("SourcePrefixListId", Kind::Id("pl")),
        property("SourceSecurityGroupId", Kind::Id("sg")),
        refused("SourceSecurityGroupName", NO_NAMES),
        refused("SourceSecurityGroupOwnerId", "remove it: there is one account only"),
        property("ToPort", PORT),
    ],
    exactly_one: &[&["CidrIp", "CidrIpv6", "SourcePrefixListId", "SourceSecurityGroupId"]],
    at_most_one: &[],
};

/// Of an inline egress rule.
pub const EGRESS: Shape = Shape {
    properties: &[
        property("CidrIp", Kind::Ipv4Block),
        property("CidrIpv6", Kind::Ipv6Block),
        property("Description", Kind::Text),
        property("DestinationPrefixListId", Kind::Id("pl")),
        property("DestinationSecurityGroupId", Kind::Id("sg")),
        property("FromPort", PORT),
        property("IpProtocol", Kind::Text).required(),
        property("ToPort", PORT),
    ],
    exactly_one: &[&["CidrIp", "CidrIpv6", "DestinationPrefixListId", "DestinationSecurityGroupId"]],
    at_most_one: &[],
};

/// Of `AWS::EC2::SecurityGroupIngress`. A change of anything but the description makes another rule.
pub const STANDALONE_INGRESS: Shape = Shape {
    properties: &[
        property("CidrIp", Kind::Ipv4Block).replaces(),
        property("CidrIpv6", Kind::Ipv6Block).replaces(),
        property("Description", Kind::Text).replaces(),
        property("FromPort", PORT).replaces(),
        property("GroupId", Kind::Id("sg")).required().replaces(),
        refused("GroupName", "give GroupId: groups of a VPC are named by their identifier"),
        property("IpProtocol", Kind::Text).required().replaces(),
        property("SourcePrefixListId", Kind::Id("pl")).replaces(),
        property("SourceSecurityGroupId", Kind::Id("sg")).replaces(),
        refused("SourceSecurityGroupName", NO_NAMES),
        refused("SourceSecurityGroupOwnerId", "remove it: there is one account only"),
        property("ToPort", PORT).replaces(),
    ],
    exactly_one: INGRESS.exactly_one,
    at_most_one: &[],
};

/// Of `AWS::EC2::SecurityGroupEgress`.
pub const STANDALONE_EGRESS: Shape = Shape {
    properties: &[
        property("CidrIp", Kind::Ipv4Block).replaces(),
        property("CidrIpv6", Kind::Ipv6Block).replaces(),
        property("Description", Kind::Text).replaces(),
        property("DestinationPrefixListId", Kind::Id("pl")).replaces(),
        property("DestinationSecurityGroupId", Kind::Id("sg")).replaces(),
        property("FromPort", PORT).replaces(),
        property("GroupId", Kind::Id("sg")).required().replaces(),
        property("IpProtocol", Kind::Text).required().replaces(),
        property("ToPort", PORT).replaces(),
    ],
    exactly_one: EGRESS.exactly_one,
    at_most_one: &[],
};

/// A rule of either direction.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rule {
    ip_protocol: String,
    from_port: Option<i64>,
    to_port: Option<i64>,
    cidr_ip: Option<Ipv4Net>,
    cidr_ipv6: Option<Ipv6Net>,
    #[serde(alias = "DestinationPrefixListId")]
    source_prefix_list_id: Option<PrefixListId>,
    #[serde(alias = "DestinationSecurityGroupId")]
    source_security_group_id: Option<SecurityGroupId>,
    description: Option<String>,
}

impl Rule {
    /// What it allows.
    pub fn permission(self) -> Result<IpPermission, Failure> {
        let protocol = protocol(&self.ip_protocol)?;
        let ports = ports(protocol, self.from_port, self.to_port)?;
        let peer = match (self.cidr_ip, self.cidr_ipv6, self.source_prefix_list_id, self.source_security_group_id) {
            (Some(block), ..) => Peer::Ipv4(block.trunc()),
            (_, Some(block), ..) => Peer::Ipv6(block.trunc()),
            (_, _, Some(list), _) => Peer::PrefixList(list),
            (_, _, _, Some(group)) => Peer::Group(group),
            _ => return Err(Failure::Properties("the rule names no address block, prefix list or group".to_string())),
        };
        Ok(IpPermission { protocol, ports, peer, description: self.description })
    }
}

/// What the inline rules of a property allow, each once.
pub fn permissions(properties: &Map<String, Json>, name: &str) -> Result<Option<Vec<IpPermission>>, Failure> {
    let Some(list) = properties.get(name).and_then(Json::as_array) else { return Ok(None) };
    let mut permissions: Vec<IpPermission> = Vec::new();
    for rule in list.iter().filter_map(Json::as_object) {
        permissions.push(read::<Rule>(rule)?.permission()?);
    }
    Ok(Some(permissions))
}

/// What is wrong with protocol and ports of a rule whose peer may not be known yet.
pub fn check(rule: &Map<String, Json>) -> Option<String> {
    let number = |name: &str| rule.get(name).and_then(Json::as_i64);
    let protocol = match protocol(rule.get("IpProtocol")?.as_str()?) {
        Ok(protocol) => protocol,
        Err(failure) => return Some(failure.to_string()),
    };
    ports(protocol, number("FromPort"), number("ToPort")).err().map(|failure| failure.to_string())
}

/// A protocol by name or number; `-1` and `all` are every one.
pub fn protocol(text: &str) -> Result<Protocol, Failure> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "-1" | "all" => Protocol::All,
        "tcp" => Protocol::Number(TCP),
        "udp" => Protocol::Number(UDP),
        "icmp" => Protocol::Number(ICMP),
        "icmpv6" => Protocol::Number(ICMPV6),
        number => match number.parse() {
            Ok(number) => Protocol::Number(number),
            Err(_) => {
                let what = format!("the protocol {text:?} is none of tcp, udp, icmp, icmpv6, -1 and a number to 255");
                return Err(Failure::Properties(what));
            }
        },
    })
}

/// First and last port, or type and code of ICMP, where -1 is every one.
pub fn ports(protocol: Protocol, from: Option<i64>, to: Option<i64>) -> Result<Ports, Failure> {
    let wrong = |what: String| Err(Failure::Properties(what));
    match (protocol, from, to) {
        (Protocol::Number(TCP | UDP), Some(from), Some(to)) => match (u16::try_from(from), u16::try_from(to)) {
            (Ok(first), Ok(last)) if first <= last => Ok(Ports::Range { from: first, to: last }),
            _ => wrong(format!("the ports {from} to {to} are no range within 0 to 65535")),
        },
        (Protocol::Number(TCP | UDP), _, _) => {
            wrong("a rule of TCP or UDP needs both ends of its ports (0 and 65535 for all)".to_string())
        }
        (Protocol::Number(ICMP | ICMPV6), None | Some(-1), _) => Ok(Ports::All),
        (Protocol::Number(ICMP | ICMPV6), Some(kind), code) => {
            let code = code.filter(|code| *code != -1);
            match (u8::try_from(kind), code.map(u8::try_from).transpose()) {
                (Ok(kind), Ok(code)) => Ok(Ports::Icmp { kind, code }),
                _ => wrong(format!("ICMP type {kind} and code {code:?} are not within 0 to 255")),
            }
        }
        (Protocol::All | Protocol::Number(_), _, _) => Ok(Ports::All),
    }
}
