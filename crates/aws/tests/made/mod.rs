//! Makes requests that the model allows, with values that have a chance.

mod recipes;
pub mod wrong;

use croft_aws::model::{Bounds, Kind, Model, Protocol, ShapeId};
use serde_json::Value;
use std::collections::BTreeMap;

pub struct Maker {
    bits: u64,
    /// Identifiers met in answers, by prefix.
    known: BTreeMap<String, Vec<String>>,
}

/// Name and value, as they go over the wire.
pub type Pairs = Vec<(String, String)>;

/// No request of ours nests deeper.
const DEEPEST: usize = 4;

impl Maker {
    pub fn from_seed(seed: u64) -> Maker {
        Maker { bits: seed.wrapping_mul(0x2545_f491_4f6c_dd1d) | 1, known: BTreeMap::new() }
    }

    fn draw(&mut self) -> u64 {
        self.bits ^= self.bits << 13;
        self.bits ^= self.bits >> 7;
        self.bits ^= self.bits << 17;
        self.bits
    }

    pub fn below(&mut self, n: u64) -> u64 {
        (self.draw() >> 11) % n
    }

    pub fn often(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { of.get(self.below(of.len() as u64) as usize) }
    }

    /// Remembers the identifiers in an answer.
    pub fn learn(&mut self, answer: &Value) {
        match answer {
            Value::String(text) => {
                if let Some((prefix, digits)) = text.rsplit_once('-')
                    && matches!(digits.len(), 8 | 17)
                    && digits.bytes().all(|b| b.is_ascii_hexdigit())
                {
                    let known = self.known.entry(prefix.to_string()).or_default();
                    if known.len() > 20 {
                        known.remove(0);
                    }
                    if !known.contains(text) {
                        known.push(text.clone());
                    }
                }
            }
            Value::Array(elements) => elements.iter().for_each(|e| self.learn(e)),
            Value::Object(fields) => fields.values().for_each(|v| self.learn(v)),
            _ => {}
        }
    }

    /// A request of an operation. Its first two pairs are action and version.
    pub fn request(&mut self, model: &Model, operation: &str) -> Pairs {
        let mut pairs = vec![("Action".into(), operation.into()), ("Version".into(), model.api_version.into())];
        if self.often(50)
            && let Some(parameters) = recipes::request(self, operation)
        {
            pairs.extend(parameters);
            return pairs;
        }
        if let Some(input) = model.operation(operation).unwrap().input {
            // Most parameters stand for something special: with few of them a request has a chance.
            let percent = *self.one(&[0, 5, 10, 30, 60]).unwrap();
            self.structure(model, input, "", percent, 0, &mut pairs);
        }
        pairs
    }

    fn structure(&mut self, model: &Model, shape: ShapeId, at: &str, percent: u64, depth: usize, out: &mut Pairs) {
        for member in model.members(shape) {
            let needed = member.required || NEEDED.contains(&member.name);
            let percent = if member.name == "DryRun" { 2 } else { percent };
            let special = matches!(member.name, "NextToken" | "Marker") || depth > DEEPEST;
            if !member.required && (special || !(needed || self.often(percent))) {
                continue;
            }
            let ec2 = model.protocol == Protocol::Ec2;
            let name = wire_name(ec2, member.query_name, member.location_name, member.name);
            let at = if at.is_empty() { name } else { format!("{at}.{name}") };
            self.value(model, member.shape, member.name, &at, percent, depth + 1, out);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a walk down the model")]
    fn value(
        &mut self,
        model: &Model,
        shape: ShapeId,
        name: &str,
        at: &str,
        percent: u64,
        depth: usize,
        out: &mut Pairs,
    ) {
        match &model.shape(shape).kind {
            Kind::Structure(_) => self.structure(model, shape, at, percent.max(25), depth, out),
            Kind::List(list) => {
                let least = list.bounds.min.map_or(1, |n| (n as u64).max(1));
                let count = if self.often(70) {
                    least
                } else {
                    (least + self.below(2)).min(list.bounds.max.map_or(9, |n| n as u64))
                };
                for n in 1..=count {
                    let at = match model.protocol == Protocol::Ec2 || list.flattened {
                        true => format!("{at}.{n}"),
                        false => format!("{at}.{}.{n}", list.element_name.unwrap_or("member")),
                    };
                    self.value(model, list.element, name, &at, percent, depth + 1, out);
                }
            }
            Kind::Map(_) => {}
            Kind::String(text) => {
                let value = match self.one(&text.values) {
                    Some(value) => (*value).to_string(),
                    None => self.text(name, &text.bounds),
                };
                out.push((at.into(), value));
            }
            Kind::Integer(bounds) | Kind::Long(bounds) => out.push((at.into(), self.integer(name, bounds).to_string())),
            Kind::Float(_) | Kind::Double(_) => out.push((at.into(), "0.5".into())),
            Kind::Boolean => out.push((at.into(), (if self.often(50) { "true" } else { "false" }).into())),
            Kind::Timestamp(_) => out.push((at.into(), "2030-01-01T00:00:00Z".into())),
            Kind::Blob(_) => out.push((at.into(), "c3NoLXJzYSBBQUFB".into())),
        }
    }

    fn integer(&mut self, name: &str, bounds: &Bounds) -> i64 {
        let (min, max) = (bounds.min.map_or(0, |n| n as i64), bounds.max.map_or(1000, |n| n as i64));
        match name {
            "MinCount" | "MaxCount" => 1,
            "FromPort" | "ToPort" => *self.one(&[80, 443, -1]).unwrap(),
            "RuleNumber" => 100 + self.below(5) as i64,
            "MaxEntries" => 1 + self.below(20) as i64,
            _ => min + self.below((max - min).clamp(1, 1000) as u64) as i64,
        }
    }

    fn text(&mut self, name: &str, bounds: &Bounds) -> String {
        let mut text = match PREFIXES.iter().find(|(member, _)| *member == name) {
            Some((_, prefix)) => self.identifier(prefix),
            None => self.plain(name),
        };
        while (text.chars().count() as f64) < bounds.min.unwrap_or(0.0) {
            text.push('a');
        }
        text
    }

    fn identifier(&mut self, prefix: &str) -> String {
        let known = self.known.get(prefix).cloned().unwrap_or_default();
        match self.one(&known) {
            Some(id) if self.below(100) < 92 => id.clone(),
            _ => format!("{prefix}-{:017x}", self.draw()),
        }
    }

    fn plain(&mut self, name: &str) -> String {
        let n = self.below(4);
        match name {
            "CidrBlock" | "Cidr" => {
                format!("{}.{n}.{}.0/{}", self.one(&[10, 172]).unwrap(), 16 * self.below(4), 16 + 4 * self.below(3))
            }
            "CidrIp" | "DestinationCidrBlock" => format!("192.168.{n}.0/24"),
            "Ipv6CidrBlock" | "CidrIpv6" | "DestinationIpv6CidrBlock" => format!("2001:db8:{n}::/64"),
            "PrivateIpAddress" | "PrivateIpAddresses" => format!("172.31.{}.{}", 16 * n, 10 + self.below(9)),
            "PublicIp" => format!("198.18.0.{n}"),
            "Ipv6Address" | "Ipv6Addresses" => format!("2001:db8::{n}"),
            "AvailabilityZone" | "ZoneNames" => format!("us-east-1{}", self.one(&["a", "b", "c"]).unwrap()),
            "IpProtocol" | "Protocol" => (*self.one(&["tcp", "udp", "icmp", "-1", "6"]).unwrap()).to_string(),
            "InstanceType" | "InstanceTypes" => "t3.micro".into(),
            "DeviceName" => "/dev/sdf".into(),
            "Filters" | "Values" | "Value" => format!("v{n}"),
            "Key" => format!("k{n}"),
            "PolicyDocument" | "AssumeRolePolicyDocument" => DOCUMENT.into(),
            "PolicyArn" | "PermissionsBoundary" => format!("arn:aws:iam::000000000000:policy/n{n}"),
            "RoleArn" => format!("arn:aws:iam::000000000000:role/n{n}"),
            "Path" | "PathPrefix" => "/".into(),
            "VersionId" => "v1".into(),
            "AWSServiceName" => "autoscaling.amazonaws.com".into(),
            "UserData" => "ZWNobyBoaQ==".into(),
            "LaunchTemplateVersion" | "Version" | "Versions" | "DefaultVersion" => "1".into(),
            "RegionNames" => "us-east-1".into(),
            "AccountId" | "OwnerId" | "UserId" | "Owners" => "000000000000".into(),
            _ => format!("n{n}"),
        }
    }
}

/// What the model does not ask for and hardly any request makes sense without.
const NEEDED: [&str; 14] = [
    "CidrBlock",
    "IpPermissions",
    "IpProtocol",
    "FromPort",
    "ToPort",
    "IpRanges",
    "CidrIp",
    "Tags",
    "Key",
    "ResourceType",
    "GroupId",
    "ImageId",
    "Name",
    "Values",
];

/// Which kind of identifier a member holds.
const PREFIXES: &[(&str, &str)] = &[
    ("VpcId", "vpc"),
    ("VpcIds", "vpc"),
    ("SubnetId", "subnet"),
    ("SubnetIds", "subnet"),
    ("GroupId", "sg"),
    ("GroupIds", "sg"),
    ("Groups", "sg"),
    ("SecurityGroupId", "sg"),
    ("SecurityGroupIds", "sg"),
    ("SecurityGroupRuleId", "sgr"),
    ("SecurityGroupRuleIds", "sgr"),
    ("RouteTableId", "rtb"),
    ("RouteTableIds", "rtb"),
    ("InternetGatewayId", "igw"),
    ("InternetGatewayIds", "igw"),
    ("GatewayId", "igw"),
    ("EgressOnlyInternetGatewayId", "eigw"),
    ("EgressOnlyInternetGatewayIds", "eigw"),
    ("NatGatewayId", "nat"),
    ("NatGatewayIds", "nat"),
    ("AllocationId", "eipalloc"),
    ("AllocationIds", "eipalloc"),
    ("NetworkAclId", "acl"),
    ("NetworkAclIds", "acl"),
    ("NetworkInterfaceId", "eni"),
    ("NetworkInterfaceIds", "eni"),
    ("AttachmentId", "eni-attach"),
    ("InstanceId", "i"),
    ("InstanceIds", "i"),
    ("ImageId", "ami"),
    ("ImageIds", "ami"),
    ("VolumeId", "vol"),
    ("VolumeIds", "vol"),
    ("PrefixListId", "pl"),
    ("PrefixListIds", "pl"),
    ("DhcpOptionsId", "dopt"),
    ("DhcpOptionsIds", "dopt"),
    ("LaunchTemplateId", "lt"),
    ("LaunchTemplateIds", "lt"),
    ("KeyPairId", "key"),
    ("KeyPairIds", "key"),
    ("SubnetCidrReservationId", "scr"),
    ("ExclusionId", "vpcbpa-exclude"),
    ("ExclusionIds", "vpcbpa-exclude"),
    ("Resources", "vpc"),
];

const DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

pub fn wire_name(ec2: bool, query: Option<&str>, location: Option<&str>, name: &str) -> String {
    match (ec2, query, location) {
        (true, Some(name), _) => name.to_string(),
        (true, None, Some(name)) => name[..1].to_uppercase() + &name[1..],
        (_, _, location) => location.unwrap_or(name).to_string(),
    }
}

/// Pairs as a form.
pub fn form(pairs: &Pairs) -> String {
    let escape = |text: &str| -> String {
        let safe = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        text.bytes().map(|b| if safe(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&")
}
