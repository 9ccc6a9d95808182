//! Entries of network ACLs.

use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::group::Direction;
use croft_model::network_acl::{CLOSING_IPV4, CLOSING_IPV6, NetworkAcl, NetworkAclEntry};
use croft_model::protocol::{ICMP, ICMPV6, Ports, Protocol, TCP, UDP};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![CreateNetworkAclEntry, ReplaceNetworkAclEntry, DeleteNetworkAclEntry];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PortRangeParameter {
    from: Option<i64>,
    to: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct IcmpTypeCodeParameter {
    code: Option<i64>,
    #[serde(rename = "Type")]
    kind: Option<i64>,
}

fn direction(egress: bool) -> Direction {
    match egress {
        true => Direction::Egress,
        false => Direction::Ingress,
    }
}

fn rule_number(number: i64) -> Result<u16, Fault> {
    let wrong = |_| {
        Fault::invalid_value(format!(
            "Value ({number}) for parameter ruleNumber is invalid. Must be between 1 and 32766."
        ))
    };
    u16::try_from(number).map_err(wrong)
}

/// Ports of TCP and UDP, type and code of ICMP. What else is given with a protocol that has no use for it is let be,
/// as AWS does: clients send ranges of zeros.
fn ports(
    protocol: Protocol,
    range: Option<PortRangeParameter>,
    icmp: Option<IcmpTypeCodeParameter>,
) -> Result<Ports, Fault> {
    let (from, to) = match protocol {
        Protocol::Number(TCP | UDP) => {
            let range = range.ok_or_else(|| Fault::missing("portRange"))?;
            (range.from, range.to)
        }
        Protocol::Number(ICMP | ICMPV6) => {
            let icmp = icmp.ok_or_else(|| Fault::missing("icmpTypeCode"))?;
            (icmp.kind, icmp.code)
        }
        _ => (None, None),
    };
    Ok(Ports::of(protocol, from, to).map_err(croft_control::Error::from)?)
}

fn block(ipv4: Option<String>, ipv6: Option<String>) -> Result<IpNet, Fault> {
    let wrong = |parameter: &str, text: &str| {
        Fault::invalid_value(format!(
            "Value ({text}) for parameter {parameter} is invalid. This is not a valid CIDR block."
        ))
    };
    match (ipv4, ipv6) {
        (Some(text), None) => text.parse::<Ipv4Net>().map(IpNet::V4).map_err(|_| wrong("cidrBlock", &text)),
        (None, Some(text)) => text.parse::<Ipv6Net>().map(IpNet::V6).map_err(|_| wrong("ipv6CidrBlock", &text)),
        (None, None) => Err(Fault::missing("cidrBlock or ipv6CidrBlock")),
        (Some(_), Some(_)) => {
            Err(Fault::invalid_combination("The parameters cidrBlock and ipv6CidrBlock may not be used together"))
        }
    }
}

macro_rules! entry_operations { ($($name:ident)*) => { $(
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    pub struct $name {
        network_acl_id: String,
        rule_number: i64,
        protocol: String,
        rule_action: RuleAction,
        egress: bool,
        cidr_block: Option<String>,
        ipv6_cidr_block: Option<String>,
        icmp_type_code: Option<IcmpTypeCodeParameter>,
        port_range: Option<PortRangeParameter>,
    }

    impl Operation for $name {
        const NAME: &'static str = stringify!($name);
        type Output = ();

        fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
            let protocol = Protocol::parse(&self.protocol).map_err(croft_control::Error::from)?;
            let entry = NetworkAclEntry {
                number: rule_number(self.rule_number)?,
                direction: direction(self.egress),
                protocol,
                ports: ports(protocol, self.port_range, self.icmp_type_code)?,
                cidr: block(self.cidr_block, self.ipv6_cidr_block)?,
                allow: matches!(self.rule_action, RuleAction::Allow),
            };
            call.run(croft_control::$name { network_acl_id: self.network_acl_id.parse()?, entry })
        }
    }
)* } }

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RuleAction {
    Allow,
    Deny,
}

entry_operations! { CreateNetworkAclEntry ReplaceNetworkAclEntry }

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteNetworkAclEntry {
    network_acl_id: String,
    rule_number: i64,
    egress: bool,
}

impl Operation for DeleteNetworkAclEntry {
    const NAME: &'static str = "DeleteNetworkAclEntry";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.run(croft_control::DeleteNetworkAclEntry {
            network_acl_id: self.network_acl_id.parse()?,
            rule_number: rule_number(self.rule_number)?,
            direction: direction(self.egress),
        })
    }
}

/// An entry as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAclEntryOutput {
    pub cidr_block: Option<String>,
    pub egress: bool,
    pub icmp_type_code: Option<IcmpTypeCode>,
    pub ipv6_cidr_block: Option<String>,
    pub port_range: Option<PortRange>,
    pub protocol: String,
    pub rule_action: &'static str,
    pub rule_number: u16,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IcmpTypeCode {
    pub code: i64,
    #[serde(rename = "Type")]
    pub kind: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PortRange {
    pub from: i64,
    pub to: i64,
}

impl NetworkAclEntryOutput {
    fn of(entry: &NetworkAclEntry) -> NetworkAclEntryOutput {
        let ends = entry.ports.ends(entry.protocol);
        let is_icmp = matches!(entry.protocol, Protocol::Number(ICMP | ICMPV6));
        NetworkAclEntryOutput {
            cidr_block: Some(entry.cidr).filter(|c| matches!(c, IpNet::V4(_))).map(|c| c.to_string()),
            egress: entry.direction == Direction::Egress,
            icmp_type_code: ends.filter(|_| is_icmp).map(|(kind, code)| IcmpTypeCode { code, kind }),
            ipv6_cidr_block: Some(entry.cidr).filter(|c| matches!(c, IpNet::V6(_))).map(|c| c.to_string()),
            port_range: ends.filter(|_| !is_icmp).map(|(from, to)| PortRange { from, to }),
            protocol: entry.protocol.number(),
            rule_action: if entry.allow { "allow" } else { "deny" },
            rule_number: entry.number,
        }
    }
}

/// The entries of an ACL in the order in which they are tried, the closing ones included (row ACL-2): egress first, as
/// AWS shows them.
pub fn all(cloud: &Cloud, acl: &NetworkAcl) -> Vec<NetworkAclEntryOutput> {
    let has_ipv6 = cloud.vpcs.get(&acl.vpc).is_some_and(|vpc| !vpc.ipv6_cidr_blocks.is_empty());
    let mut out = Vec::with_capacity(acl.entries.len() + 4);
    for direction in [Direction::Egress, Direction::Ingress] {
        out.extend(acl.entries.iter().filter(|e| e.direction == direction).map(NetworkAclEntryOutput::of));
        let closing = |number, cidr| NetworkAclEntry {
            number,
            direction,
            protocol: Protocol::All,
            ports: Ports::All,
            cidr,
            allow: false,
        };
        out.push(NetworkAclEntryOutput::of(&closing(CLOSING_IPV4, Ipv4Net::default().into())));
        if has_ipv6 {
            out.push(NetworkAclEntryOutput::of(&closing(CLOSING_IPV6, Ipv6Net::default().into())));
        }
    }
    out
}
