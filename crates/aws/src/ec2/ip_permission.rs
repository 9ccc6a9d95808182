//! `IpPermissions`: rules of security groups by protocol and ports, the way requests give them and descriptions show
//! them.

use crate::fault::Fault;
use croft_control::{Cloud, IpPermission};
use croft_model::group::{Peer, SecurityGroupRule};
use croft_model::protocol::{Ports, Protocol};
use croft_model::{Scope, SecurityGroupId, VpcId};
use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

/// A permission in a request. It may name several peers, each of which makes a rule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct IpPermissionParameter {
    pub ip_protocol: Option<String>,
    pub from_port: Option<i64>,
    pub to_port: Option<i64>,
    pub user_id_group_pairs: Vec<GroupParameter>,
    pub ip_ranges: Vec<IpRangeParameter>,
    pub ipv6_ranges: Vec<Ipv6RangeParameter>,
    pub prefix_list_ids: Vec<PrefixListIdParameter>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct GroupParameter {
    pub description: Option<String>,
    pub group_id: Option<String>,
    /// Of a group in the default VPC.
    pub group_name: Option<String>,
    pub user_id: Option<String>,
    pub vpc_id: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct IpRangeParameter {
    pub description: Option<String>,
    pub cidr_ip: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Ipv6RangeParameter {
    pub description: Option<String>,
    pub cidr_ipv6: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PrefixListIdParameter {
    pub description: Option<String>,
    pub prefix_list_id: String,
}

/// The rules that permissions of a request stand for.
pub fn read(cloud: &Cloud, scope: &Scope, given: Vec<IpPermissionParameter>) -> Result<Vec<IpPermission>, Fault> {
    let mut out = Vec::new();
    for permission in given {
        let (protocol, ports) =
            read_ports(permission.ip_protocol.as_deref(), permission.from_port, permission.to_port)?;
        let mut add = |peer, description| out.push(IpPermission { protocol, ports, peer, description });
        let mut peers = 0;
        for group in permission.user_id_group_pairs {
            let description = group.description.clone();
            add(Peer::Group(read_group(cloud, scope, group)?), description);
            peers += 1;
        }
        for range in permission.ip_ranges {
            add(Peer::Ipv4(read_ipv4(&range.cidr_ip)?), range.description);
            peers += 1;
        }
        for range in permission.ipv6_ranges {
            add(Peer::Ipv6(read_ipv6(&range.cidr_ipv6)?), range.description);
            peers += 1;
        }
        for list in permission.prefix_list_ids {
            add(Peer::PrefixList(list.prefix_list_id.parse()?), list.description);
            peers += 1;
        }
        if peers == 0 {
            return Err(Fault::missing("ipRanges, ipv6Ranges, prefixListIds or groups"));
        }
    }
    Ok(out)
}

/// Protocol and ports of a rule.
pub fn read_ports(protocol: Option<&str>, from: Option<i64>, to: Option<i64>) -> Result<(Protocol, Ports), Fault> {
    let protocol = protocol.ok_or_else(|| {
        Fault::invalid_value(
            "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly.",
        )
    })?;
    let protocol = Protocol::parse(protocol).map_err(croft_control::Error::from)?;
    let ports = Ports::of(protocol, from, to).map_err(croft_control::Error::from)?;
    Ok((protocol, ports))
}

pub fn read_ipv4(text: &str) -> Result<Ipv4Net, Fault> {
    text.parse().map_err(|_| malformed(text))
}

pub fn read_ipv6(text: &str) -> Result<Ipv6Net, Fault> {
    text.parse().map_err(|_| malformed(text))
}

fn malformed(block: &str) -> Fault {
    Fault::invalid_value(format!("CIDR block {block} is malformed"))
}

/// A group that a rule refers to, by its identifier or by its name in the default VPC.
fn read_group(cloud: &Cloud, scope: &Scope, given: GroupParameter) -> Result<SecurityGroupId, Fault> {
    if let Some(account) = given.user_id.filter(|account| scope.account != account.as_str()) {
        let named = given.group_id.or(given.group_name).unwrap_or_default();
        let message = format!("The security group '{named}' of account {account} does not exist");
        return Err(Fault::new("InvalidGroup.NotFound", message));
    }
    let id = match (given.group_id, given.group_name) {
        (Some(id), _) => id.parse()?,
        (None, Some(name)) => cloud.security_group_named(scope, &name)?.id.clone(),
        (None, None) => return Err(Fault::missing("groupId")),
    };
    let there = |said: &str| {
        let vpc = said.parse::<VpcId>().ok();
        cloud.security_groups.get(&id).is_none_or(|g| vpc.is_some_and(|vpc| g.is_usable_in(&vpc)))
    };
    match given.vpc_id {
        Some(said) if !there(&said) => Err(Fault::new(
            "InvalidGroup.NotFound",
            format!("The security group '{id}' does not exist in VPC '{said}'"),
        )),
        _ => Ok(id),
    }
}

/// Rules of one direction as `IpPermissions` shows them: those of one protocol and range together.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IpPermissionOutput {
    ip_protocol: String,
    from_port: Option<i64>,
    to_port: Option<i64>,
    user_id_group_pairs: Vec<UserIdGroupPair>,
    ip_ranges: Vec<IpRange>,
    ipv6_ranges: Vec<Ipv6Range>,
    prefix_list_ids: Vec<PrefixListIdOutput>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserIdGroupPair {
    description: Option<String>,
    user_id: String,
    group_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct IpRange {
    description: Option<String>,
    cidr_ip: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ipv6Range {
    description: Option<String>,
    cidr_ipv6: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PrefixListIdOutput {
    description: Option<String>,
    prefix_list_id: String,
}

/// Groups what rules allow by protocol and ports, in the order in which they first come.
pub fn grouped<'a>(
    scope: &Scope,
    rules: impl Iterator<Item = (Protocol, Ports, &'a Peer, Option<&'a String>)>,
) -> Vec<IpPermissionOutput> {
    let mut of: Vec<(Protocol, Ports)> = Vec::new();
    let mut out: Vec<IpPermissionOutput> = Vec::new();
    for (protocol, ports, peer, description) in rules {
        let at = of.iter().position(|same| *same == (protocol, ports)).unwrap_or_else(|| {
            let ends = ports.ends(protocol);
            of.push((protocol, ports));
            out.push(IpPermissionOutput {
                ip_protocol: protocol.to_string(),
                from_port: ends.map(|e| e.0),
                to_port: ends.map(|e| e.1),
                user_id_group_pairs: vec![],
                ip_ranges: vec![],
                ipv6_ranges: vec![],
                prefix_list_ids: vec![],
            });
            out.len() - 1
        });
        let Some(permission) = out.get_mut(at) else { continue };
        let description = description.cloned();
        match peer {
            Peer::Ipv4(block) => permission.ip_ranges.push(IpRange { description, cidr_ip: block.to_string() }),
            Peer::Ipv6(block) => permission.ipv6_ranges.push(Ipv6Range { description, cidr_ipv6: block.to_string() }),
            Peer::Group(id) => permission.user_id_group_pairs.push(UserIdGroupPair {
                description,
                user_id: scope.account.to_string(),
                group_id: id.to_string(),
            }),
            Peer::PrefixList(id) => {
                permission.prefix_list_ids.push(PrefixListIdOutput { description, prefix_list_id: id.to_string() });
            }
        }
    }
    out
}

/// The rules of a group that go one way, as `IpPermissions`.
pub fn of_rules<'a>(scope: &Scope, rules: impl Iterator<Item = &'a SecurityGroupRule>) -> Vec<IpPermissionOutput> {
    grouped(scope, rules.map(|r| (r.protocol, r.ports, &r.peer, r.description.as_ref())))
}
