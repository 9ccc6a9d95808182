//! `AWS::IAM::Policy`: one policy, written into each of several users and roles as their own.

use super::bearer::Bearer;
use super::{NO_GROUPS, document};
use crate::resource::live::Live;
use crate::resource::schema::{Kind, Shape, property, refused};
use crate::resource::*;
use serde::Deserialize;

pub struct Policy;

const PROPERTIES: &[Property] = &[
    refused("Groups", NO_GROUPS),
    property("PolicyDocument", Kind::Document).required(),
    property("PolicyName", Kind::Text).required(),
    property("Roles", Kind::List(&Kind::Text)),
    property("Users", Kind::List(&Kind::Text)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    policy_document: Json,
    policy_name: String,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    users: Vec<String>,
}

impl Properties {
    fn bearers(&self) -> Vec<Bearer> {
        let roles = self.roles.iter().cloned().map(Bearer::Role);
        roles.chain(self.users.iter().cloned().map(Bearer::User)).collect()
    }
}

impl Handler for Policy {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::IAM::Policy",
        shape: Shape::free(PROPERTIES),
        attributes: &["Id"],
        refused_attributes: &[],
        which: Which::Policy,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let bearers = properties.bearers();
        if bearers.is_empty() {
            let what = "At least one of [Groups,Roles,Users] must be non-empty.";
            return Err(Failure::Properties(what.to_string()));
        }
        for bearer in &bearers {
            bearer.put(account, &properties.policy_name, &properties.policy_document)?;
        }
        Ok(new.generated_name(account.cloud().version))
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let (was, properties): (Properties, Properties) = (read(old)?, new.read()?);
        let (before, bearers) = (was.bearers(), properties.bearers());
        if bearers.is_empty() {
            let what = "At least one of [Groups,Roles,Users] must be non-empty.";
            return Err(Failure::Properties(what.to_string()));
        }
        for bearer in &bearers {
            bearer.put(account, &properties.policy_name, &properties.policy_document)?;
        }
        for bearer in before.iter().filter(|b| was.policy_name != properties.policy_name || !bearers.contains(b)) {
            bearer.take(account, &was.policy_name)?;
        }
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, _: &str, properties: &Map<String, Json>) -> Result<(), Failure> {
        let properties: Properties = read(properties)?;
        for bearer in properties.bearers() {
            bearer.take(account, &properties.policy_name)?;
        }
        Ok(())
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "Id").then(|| Known::Text(id.to_string()))
    }

    fn live(cloud: &Cloud, _: &str, given: &Map<String, Json>) -> Option<Map<String, Json>> {
        let properties: Properties = read(given).ok()?;
        let name = &properties.policy_name;
        let kept = |bearer: &Bearer| bearer.policies(cloud).and_then(|p| p.inline.get(name));
        let wanted = document::text(&properties.policy_document);
        let documents: Vec<&String> = properties.bearers().iter().filter_map(kept).collect();
        // Where one bearer's differs, it is that one that is told.
        let shown = documents.iter().find(|d| ***d != wanted).or(documents.first())?;
        let bearing = |all: &[String], of: fn(String) -> Bearer| -> Vec<String> {
            all.iter().filter(|name| kept(&of((*name).clone())).is_some()).cloned().collect()
        };
        let (roles, users) = (bearing(&properties.roles, Bearer::Role), bearing(&properties.users, Bearer::User));
        let mut live = Live::beside(given).list("Roles", roles).list("Users", users).done()?;
        document::show(&mut live, "PolicyDocument", shown);
        Some(live)
    }
}
