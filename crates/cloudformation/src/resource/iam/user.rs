//! `AWS::IAM::User`.

use super::bearer::{self, Bearer, Own};
use super::role::OWN_POLICY;
use super::{NO_GROUPS, account_of, tags as identity_tags};
use crate::resource::live::Live;
use crate::resource::schema::{Kind, Shape, TAGS, property, refused};
use crate::resource::*;
use croft_control::{CreateUser, DeleteUser, UpdateUser};
use croft_model::iam::User as Model;
use serde::Deserialize;

pub struct User;

const PROPERTIES: &[Property] = &[
    refused("Groups", NO_GROUPS),
    refused("LoginProfile", "remove it: there is no console to sign in to"),
    property("ManagedPolicyArns", Kind::List(&Kind::Text)),
    property("Path", Kind::Text),
    property("PermissionsBoundary", Kind::Text),
    property("Policies", Kind::List(&Kind::Object(OWN_POLICY))),
    TAGS,
    property("UserName", Kind::Text).replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    #[serde(default)]
    managed_policy_arns: Vec<String>,
    path: Option<String>,
    permissions_boundary: Option<String>,
    #[serde(default)]
    policies: Vec<Own>,
    user_name: Option<String>,
}

const LONGEST: usize = 64;

fn find<'c>(cloud: &'c Cloud, id: &str) -> Option<&'c Model> {
    cloud.iam_user(account_of(cloud), id).ok()
}

/// Takes from a user what its properties gave it, and deletes it.
fn remove<A: Account>(account: &mut A, id: &str, properties: &Properties) -> Result<(), Failure> {
    let bearer = Bearer::User(id.to_string());
    bearer.bring(account, (&properties.policies, &[]), (&properties.managed_policy_arns, &[]))?;
    bearer::gone_is_done(account.run(DeleteUser { user_name: id.to_string() }))
}

impl Handler for User {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::IAM::User",
        shape: Shape::free(PROPERTIES),
        attributes: &["Arn"],
        refused_attributes: &[],
        which: Which::User,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let cloud = account.cloud();
        let generated = || name::generated(new, cloud.version, LONGEST);
        let user = account.run(CreateUser {
            user_name: properties.user_name.clone().unwrap_or_else(generated),
            path: properties.path.clone(),
            permissions_boundary: properties.permissions_boundary.clone(),
            tags: new.tags(),
        })?;
        let bearer = Bearer::User(user.name.clone());
        let given = (&properties.policies[..], &properties.managed_policy_arns[..]);
        bearer.bring(account, (&[], given.0), (&[], given.1))?;
        Ok(user.name)
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let (was, properties): (Properties, Properties) = (read(old)?, new.read()?);
        let bearer = Bearer::User(id.to_string());
        if was.path != properties.path {
            let new_path = Some(properties.path.unwrap_or_else(|| "/".to_string()));
            account.run(UpdateUser { user_name: id.to_string(), new_user_name: None, new_path })?;
        }
        if was.permissions_boundary != properties.permissions_boundary {
            bearer.bound(account, properties.permissions_boundary)?;
        }
        let own = (&was.policies[..], &properties.policies[..]);
        bearer.bring(account, own, (&was.managed_policy_arns, &properties.managed_policy_arns))?;
        identity_tags::update(account, &bearer, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, properties: &Map<String, Json>) -> Result<(), Failure> {
        remove(account, id, &read(properties)?)
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let user = find(cloud, id)?;
        (name == "Arn").then(|| Known::Text(user.arn()))
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let user = find(cloud, id)?;
        let live = Live::beside(properties).is("Path", user.path.clone()).is("UserName", user.name.clone());
        bearer::live(cloud, &Bearer::User(id.to_string()), properties, live.tags(&user.tags))
    }
}
