//! `AWS::EC2::SecurityGroup` (rows SG-1, SG-8, SG-9).
//!
//! `SecurityGroupEgress` replaces the rule that lets everything out; without it that rule stays.

use super::live::Live;
use super::schema::{Kind, Shape, TAGS, property};
use super::*;
use croft_control::{
    AuthorizeSecurityGroupEgress, AuthorizeSecurityGroupIngress, CreateSecurityGroup, DeleteSecurityGroup,
    IpPermission, RevokeSecurityGroupEgress, RevokeSecurityGroupIngress,
};
use croft_model::group::{Direction, Peer, SecurityGroup as Model};
use croft_model::protocol::{Ports, Protocol};
use croft_model::{SecurityGroupId, VpcId};
use ipnet::{Ipv4Net, Ipv6Net};
use serde::Deserialize;

pub struct SecurityGroup;

/// Characters of a name.
const LONGEST: usize = 255;

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

/// The rules that a new group of a VPC has: everything goes out, of IPv6 too where the VPC has it.
pub fn default_egress(cloud: &Cloud, vpc: &VpcId) -> Vec<IpPermission> {
    let ipv6 = cloud.vpcs.get(vpc).is_some_and(|vpc| !vpc.ipv6_cidr_blocks.is_empty());
    let peers = [Some(Peer::Ipv4(Ipv4Net::default())), ipv6.then(|| Peer::Ipv6(Ipv6Net::default()))];
    let everything = |peer| IpPermission { protocol: Protocol::All, ports: Ports::All, peer, description: None };
    peers.into_iter().flatten().map(everything).collect()
}

/// Rules of both directions as the properties ask for them.
struct Rules {
    ingress: Vec<IpPermission>,
    egress: Vec<IpPermission>,
}

impl Rules {
    /// `vpc`: the group's.
    fn of(cloud: &Cloud, vpc: &VpcId, properties: &Map<String, Json>) -> Result<Rules, Failure> {
        let ingress = rule::permissions(cloud, properties, "SecurityGroupIngress")?.unwrap_or_default();
        // An empty section is no section: AWS keeps the default rule then.
        let egress = rule::permissions(cloud, properties, "SecurityGroupEgress")?.filter(|rules| !rules.is_empty());
        Ok(Rules { ingress, egress: egress.unwrap_or_else(|| default_egress(cloud, vpc)) })
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
            let rules = rules.iter().filter(move |r| r.direction == direction && r.tags.is_empty());
            rules.map(rule::permission_of).collect()
        };
        Rules { ingress: of(Direction::Ingress), egress: of(Direction::Egress) }
    }
}

/// Rules as they are now, those that the template gave as it wrote them.
fn live_rules(cloud: &Cloud, given: &Json, now: &[IpPermission], direction: Direction) -> Vec<Json> {
    let mut now: Vec<&IpPermission> = now.iter().collect();
    let mut rules = Vec::new();
    for written in given.as_array().into_iter().flatten() {
        let properties = written.as_object().cloned().unwrap_or_default();
        let Ok(wanted) = read::<rule::Rule>(&properties).and_then(|rule| rule.permission(cloud)) else { continue };
        if let Some(at) = now.iter().position(|there| rule::same(there, &wanted)) {
            now.remove(at);
            rules.push(written.clone());
        }
    }
    rules.extend(now.into_iter().map(|there| Json::Object(rule::written(there, direction))));
    rules
}

fn find<'a>(cloud: &'a Cloud, id: &str) -> Option<&'a Model> {
    cloud.security_groups.get(&id.parse::<SecurityGroupId>().ok()?)
}

impl Handler for SecurityGroup {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::SecurityGroup",
        shape: Shape::free(PROPERTIES),
        attributes: &["GroupDescription", "GroupId", "GroupName", "Id", "VpcId"],
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
        let version = account.cloud().version;
        let group = account.run(CreateSecurityGroup {
            group_name: properties.group_name.unwrap_or_else(|| name::generated(new, version, LONGEST)),
            description: properties.group_description,
            vpc_id: properties.vpc_id,
            tags: new.tags(),
        })?;
        let fresh = Rules::there(&account.cloud(), &group.id);
        let rules = Rules::of(&account.cloud(), &group.vpc, new.properties);
        if let Err(failure) = rules.and_then(|rules| rules.bring(account, &group.id, &fresh)) {
            account.run(DeleteSecurityGroup { group_id: group.id })?;
            return Err(failure);
        }
        Ok(group.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let cloud = account.cloud();
        let Some(group) = find(&cloud, id) else {
            return Err(Failure::Settling(format!("the security group {id} has been deleted")));
        };
        // A rule whose group by name is gone is gone as well: what it allowed need not be taken away.
        let from = Rules::of(&cloud, &group.vpc, old).unwrap_or_else(|_| Rules::there(&cloud, &group.id));
        Rules::of(&cloud, &group.vpc, new.properties)?.bring(account, &group.id, &from)?;
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteSecurityGroup { group_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let group = find(cloud, id)?;
        let there = Rules::there(cloud, &group.id);
        let mut live = Live::beside(properties)
            .is("GroupDescription", group.description.as_str())
            .is("GroupName", group.name.as_str())
            .is("VpcId", group.vpc.as_str())
            .tags(&group.tags);
        if let Some(given) = properties.get("SecurityGroupIngress") {
            live = live.is("SecurityGroupIngress", live_rules(cloud, given, &there.ingress, Direction::Ingress));
        }
        // An empty section asks for the rules of a new group.
        let default = default_egress(cloud, &group.vpc);
        let is_default = there.egress.len() == default.len() && default.iter().all(|p| there.egress.contains(p));
        if let Some(given) =
            properties.get("SecurityGroupEgress").filter(|given| **given != Json::Array(vec![]) || !is_default)
        {
            live = live.is("SecurityGroupEgress", live_rules(cloud, given, &there.egress, Direction::Egress));
        }
        live.done()
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let group = find(cloud, id)?;
        Some(Known::Text(match name {
            "GroupDescription" => group.description.clone(),
            "GroupId" | "Id" => group.id.to_string(),
            "GroupName" => group.name.clone(),
            "VpcId" => group.vpc.to_string(),
            _ => return None,
        }))
    }
}
