//! `AWS::EC2::SecurityGroup` (rows SG-1, SG-8, SG-9).
//!
//! `SecurityGroupEgress` replaces the rule that lets everything out; without it that rule stays.

use super::schema::{Kind, Shape, TAGS, property};
use super::*;
use croft_control::{
    AuthorizeSecurityGroupEgress, AuthorizeSecurityGroupIngress, CreateSecurityGroup, DeleteSecurityGroup,
    IpPermission, RevokeSecurityGroupEgress, RevokeSecurityGroupIngress,
};
use croft_model::group::{Direction, Peer, SecurityGroupRule};
use croft_model::protocol::{Ports, Protocol};
use croft_model::{SecurityGroupId, VpcId};
use ipnet::Ipv4Net;
use serde::Deserialize;

pub struct SecurityGroup;

const PROPERTIES: &[Property] = &[
    property("GroupDescription", Kind::Text).required().replaces(),
    property("GroupName", Kind::Text).replaces(),
    property("SecurityGroupEgress", Kind::List(&Kind::Object(rule::EGRESS))),
    property("SecurityGroupIngress", Kind::List(&Kind::Object(rule::INGRESS))),
    TAGS,
    property("VpcId", Kind::Id("vpc")).replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    group_description: String,
    group_name: Option<String>,
    vpc_id: Option<VpcId>,
}

/// The rule that every new group has: everything goes out.
pub fn default_egress() -> IpPermission {
    IpPermission { protocol: Protocol::All, ports: Ports::All, peer: Peer::Ipv4(Ipv4Net::default()), description: None }
}

/// Rules of both directions as the properties ask for them.
struct Rules {
    ingress: Vec<IpPermission>,
    egress: Vec<IpPermission>,
}

impl Rules {
    fn of(properties: &Map<String, Json>) -> Result<Rules, Failure> {
        let ingress = rule::permissions(properties, "SecurityGroupIngress")?.unwrap_or_default();
        // An empty section is no section: AWS keeps the default rule then.
        let egress = rule::permissions(properties, "SecurityGroupEgress")?.filter(|rules| !rules.is_empty());
        Ok(Rules { ingress, egress: egress.unwrap_or_else(|| vec![default_egress()]) })
    }

    /// Takes away what is no longer wanted, then adds what is missing. Rules that others added stay.
    fn bring<A: Account>(&self, account: &mut A, group: &SecurityGroupId, from: &Rules) -> Result<(), Failure> {
        let there = Rules::there(&account.cloud(), group);
        let gone = |from: &[IpPermission], to: &[IpPermission], there: &[IpPermission]| -> Vec<IpPermission> {
            from.iter().filter(|p| !to.contains(p) && there.contains(p)).cloned().collect()
        };
        let (group_id, tags) = (|| group.clone(), croft_model::Tags::new);
        let ip_permissions = gone(&from.ingress, &self.ingress, &there.ingress);
        if !ip_permissions.is_empty() {
            let security_group_rule_ids = Vec::new();
            account.run(RevokeSecurityGroupIngress {
                group_id: group_id(),
                ip_permissions,
                security_group_rule_ids,
            })?;
        }
        let ip_permissions = gone(&from.egress, &self.egress, &there.egress);
        if !ip_permissions.is_empty() {
            let security_group_rule_ids = Vec::new();
            account.run(RevokeSecurityGroupEgress { group_id: group_id(), ip_permissions, security_group_rule_ids })?;
        }
        let without = |all: &[IpPermission], these: &[IpPermission]| -> Vec<IpPermission> {
            all.iter().filter(|p| !these.contains(p)).cloned().collect()
        };
        let ip_permissions = without(&self.ingress, &there.ingress);
        if !ip_permissions.is_empty() {
            account.run(AuthorizeSecurityGroupIngress { group_id: group_id(), ip_permissions, tags: tags() })?;
        }
        let ip_permissions = without(&self.egress, &there.egress);
        if !ip_permissions.is_empty() {
            account.run(AuthorizeSecurityGroupEgress { group_id: group_id(), ip_permissions, tags: tags() })?;
        }
        Ok(())
    }

    /// What the group has now, without the rules that other resources of stacks made: those bear tags.
    fn there(cloud: &Cloud, group: &SecurityGroupId) -> Rules {
        let rules = cloud.security_groups.get(group).map(|g| g.rules.as_slice()).unwrap_or_default();
        let of = |direction: Direction| {
            let permission = |r: &SecurityGroupRule| IpPermission {
                protocol: r.protocol,
                ports: r.ports,
                peer: r.peer.clone(),
                description: r.description.clone(),
            };
            rules.iter().filter(|r| r.direction == direction && r.tags.is_empty()).map(permission).collect()
        };
        Rules { ingress: of(Direction::Ingress), egress: of(Direction::Egress) }
    }
}

impl Handler for SecurityGroup {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::SecurityGroup",
        shape: Shape::free(PROPERTIES),
        attributes: &["GroupId", "Id", "VpcId"],
        refused_attributes: &[],
        which: Which::SecurityGroup,
    };

    fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
        let of = |name: &'static str| {
            let rules = properties.get(name).and_then(Json::as_array).into_iter().flatten();
            rules.filter_map(Json::as_object).filter_map(rule::check).map(move |wrong| (name, wrong))
        };
        of("SecurityGroupIngress").chain(of("SecurityGroupEgress")).collect()
    }

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let rules = Rules::of(new.properties)?;
        let version = account.cloud().version;
        let group = account.run(CreateSecurityGroup {
            group_name: properties.group_name.unwrap_or_else(|| new.generated_name(version)),
            description: properties.group_description,
            vpc_id: properties.vpc_id,
            tags: new.tags(),
        })?;
        let fresh = Rules { ingress: Vec::new(), egress: vec![default_egress()] };
        if let Err(failure) = rules.bring(account, &group.id, &fresh) {
            account.run(DeleteSecurityGroup { group_id: group.id })?;
            return Err(failure);
        }
        Ok(group.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let (group, from, to) = (id.parse()?, Rules::of(old)?, Rules::of(new.properties)?);
        to.bring(account, &group, &from)?;
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteSecurityGroup { group_id: id.parse()? })?;
        Ok(())
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let group = cloud.security_groups.get(&id.parse::<SecurityGroupId>().ok()?)?;
        match name {
            "GroupId" | "Id" => Some(Known::Text(group.id.to_string())),
            "VpcId" => Some(Known::Text(group.vpc.to_string())),
            _ => None,
        }
    }
}
