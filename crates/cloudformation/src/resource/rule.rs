//! Rules as templates write them: protocols by name or number, ports, peers (rows SG-3, SG-8).

use super::schema::{Kind, Shape, property};
use super::{Failure, group_name, read};
use croft_control::{Cloud, IpPermission};
use croft_model::group::{Direction, Peer, SecurityGroup, SecurityGroupRule};
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

const SOURCES: &[&str] =
    &["CidrIp", "CidrIpv6", "SourcePrefixListId", "SourceSecurityGroupId", "SourceSecurityGroupName"];

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
        property("SourceSecurityGroupName", Kind::Text),
        property("SourceSecurityGroupOwnerId", Kind::Text),
        property("ToPort", PORT),
    ],
    exactly_one: &[SOURCES],
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
        property("Description", Kind::Text),
        property("FromPort", PORT).replaces(),
        property("GroupId", Kind::Id("sg")).replaces(),
        property("GroupName", Kind::Text).replaces(),
        property("IpProtocol", Kind::Text).required().replaces(),
        property("SourcePrefixListId", Kind::Id("pl")).replaces(),
        property("SourceSecurityGroupId", Kind::Id("sg")).replaces(),
        property("SourceSecurityGroupName", Kind::Text).replaces(),
        property("SourceSecurityGroupOwnerId", Kind::Text).replaces(),
        property("ToPort", PORT).replaces(),
    ],
    exactly_one: &[SOURCES, &["GroupId", "GroupName"]],
    at_most_one: &[],
};

/// Of `AWS::EC2::SecurityGroupEgress`.
pub const STANDALONE_EGRESS: Shape = Shape {
    properties: &[
        property("CidrIp", Kind::Ipv4Block).replaces(),
        property("CidrIpv6", Kind::Ipv6Block).replaces(),
        property("Description", Kind::Text),
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
    source_security_group_name: Option<String>,
    source_security_group_owner_id: Option<String>,
    description: Option<String>,
}

impl Rule {
    /// What it allows. `cloud` knows groups by name.
    pub fn permission(self, cloud: &Cloud) -> Result<IpPermission, Failure> {
        let protocol = protocol(&self.ip_protocol)?;
        let ports = ports(protocol, self.from_port, self.to_port)?;
        if let Some(owner) = self.source_security_group_owner_id.filter(|id| id != cloud.home.account.as_str()) {
            let what = format!("SourceSecurityGroupOwnerId is {owner}: groups of other accounts are not supported");
            return Err(Failure::Properties(what));
        }
        let by_name = match &self.source_security_group_name {
            Some(name) => Some(group_name::find(cloud, name)?.id.clone()),
            None => None,
        };
        let group = self.source_security_group_id.or(by_name);
        let peer = match (self.cidr_ip, self.cidr_ipv6, self.source_prefix_list_id, group) {
            (Some(block), ..) => Peer::Ipv4(block.trunc()),
            (_, Some(block), ..) => Peer::Ipv6(block.trunc()),
            (_, _, Some(list), _) => Peer::PrefixList(list),
            (_, _, _, Some(group)) => Peer::Group(group),
            _ => return Err(Failure::Properties("the rule names no address block, prefix list or group".to_string())),
        };
        Ok(IpPermission { protocol, ports, peer, description: self.description })
    }
}

/// The group and the rule of this identifier.
pub fn find<'a>(cloud: &'a Cloud, id: &str) -> Option<(&'a SecurityGroup, &'a SecurityGroupRule)> {
    let mut rules = cloud.security_groups.values().flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
    rules.find(|(_, rule)| rule.id.as_str() == id)
}

/// What a rule allows, as a request asks for it.
pub fn permission_of(rule: &SecurityGroupRule) -> IpPermission {
    IpPermission {
        protocol: rule.protocol,
        ports: rule.ports,
        peer: rule.peer.clone(),
        description: rule.description.clone(),
    }
}

/// A rule as a template would write it.
pub fn written(permission: &IpPermission, direction: Direction) -> Map<String, Json> {
    let mut map = Map::new();
    let protocol = match permission.protocol {
        Protocol::All => "-1".to_string(),
        Protocol::Number(TCP) => "tcp".to_string(),
        Protocol::Number(UDP) => "udp".to_string(),
        Protocol::Number(ICMP) => "icmp".to_string(),
        Protocol::Number(ICMPV6) => "icmpv6".to_string(),
        Protocol::Number(number) => number.to_string(),
    };
    map.insert("IpProtocol".to_string(), protocol.into());
    let ends = match permission.ports {
        Ports::Range { from, to } => Some((i64::from(from), i64::from(to))),
        Ports::Icmp { kind, code } => Some((i64::from(kind), code.map_or(-1, i64::from))),
        Ports::All if matches!(permission.protocol, Protocol::Number(ICMP | ICMPV6)) => Some((-1, -1)),
        Ports::All => None,
    };
    if let Some((from, to)) = ends {
        map.insert("FromPort".to_string(), from.into());
        map.insert("ToPort".to_string(), to.into());
    }
    let side = if direction == Direction::Ingress { "Source" } else { "Destination" };
    let (name, peer) = match &permission.peer {
        Peer::Ipv4(block) => ("CidrIp".to_string(), block.to_string()),
        Peer::Ipv6(block) => ("CidrIpv6".to_string(), block.to_string()),
        Peer::Group(id) => (format!("{side}SecurityGroupId"), id.to_string()),
        Peer::PrefixList(id) => (format!("{side}PrefixListId"), id.to_string()),
    };
    map.insert(name, peer.into());
    if let Some(text) = &permission.description {
        map.insert("Description".to_string(), text.as_str().into());
    }
    map
}

/// A rule that stands alone, as it is now beside what its template gave. None: it is gone.
pub fn live(cloud: &Cloud, id: &str, given: &Map<String, Json>) -> Option<Map<String, Json>> {
    let (_, rule) = find(cloud, id)?;
    let now = permission_of(rule);
    let before = read::<Rule>(given).and_then(|rule| rule.permission(cloud)).ok();
    if before.is_some_and(|before| same(&before, &now)) {
        return Some(given.clone());
    }
    let mut map = written(&now, rule.direction);
    map.extend(
        given
            .iter()
            .filter(|(name, _)| ["GroupId", "GroupName"].contains(&name.as_str()))
            .map(|(n, v)| (n.clone(), v.clone())),
    );
    Some(map)
}

/// Do two permissions allow the same, and say the same of it?
pub fn same(one: &IpPermission, other: &IpPermission) -> bool {
    canonical(one) == canonical(other)
}

/// All ports of TCP or UDP may be written as a range too, an empty description as none.
fn canonical(permission: &IpPermission) -> IpPermission {
    let ports = match (permission.protocol, permission.ports) {
        (Protocol::Number(TCP | UDP), Ports::All) => Ports::Range { from: 0, to: u16::MAX },
        (_, ports) => ports,
    };
    let description = permission.description.clone().filter(|text| !text.is_empty());
    IpPermission { ports, description, ..permission.clone() }
}

/// What the inline rules of a property allow, each once.
pub fn permissions(
    cloud: &Cloud,
    properties: &Map<String, Json>,
    name: &str,
) -> Result<Option<Vec<IpPermission>>, Failure> {
    let Some(list) = properties.get(name).and_then(Json::as_array) else { return Ok(None) };
    let mut permissions: Vec<IpPermission> = Vec::new();
    for rule in list.iter().filter_map(Json::as_object) {
        permissions.push(read::<Rule>(rule)?.permission(cloud)?);
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
