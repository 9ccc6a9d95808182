//! `AWS::IAM::InstanceProfile`.

use super::account_of;
use super::bearer::gone_is_done;
use crate::resource::live::Live;
use crate::resource::schema::{Kind, Shape, property};
use crate::resource::*;
use croft_control::{
    AddRoleToInstanceProfile, CreateInstanceProfile, DeleteInstanceProfile, RemoveRoleFromInstanceProfile,
};
use croft_model::iam::InstanceProfile as Model;
use serde::Deserialize;

pub struct InstanceProfile;

const PROPERTIES: &[Property] = &[
    property("InstanceProfileName", Kind::Text).replaces(),
    property("Path", Kind::Text).replaces(),
    property("Roles", Kind::List(&Kind::Text)).required(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    /// An empty one is none.
    #[serde(default)]
    instance_profile_name: String,
    path: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

const LONGEST: usize = 128;

fn find<'c>(cloud: &'c Cloud, id: &str) -> Option<&'c Model> {
    cloud.instance_profile(account_of(cloud), id).ok()
}

/// The name of the role that a profile hands out.
fn role_name(cloud: &Cloud, profile: &Model) -> Option<String> {
    cloud.role_of(profile).map(|role| role.name.clone())
}

fn add<A: Account>(account: &mut A, id: &str, role_name: &str) -> Result<(), Failure> {
    let (instance_profile_name, role_name) = (id.to_string(), role_name.to_string());
    account.run(AddRoleToInstanceProfile { instance_profile_name, role_name })?;
    Ok(())
}

fn remove_roles<A: Account>(account: &mut A, id: &str) -> Result<(), Failure> {
    let cloud = account.cloud();
    let held = find(&cloud, id).and_then(|profile| role_name(&cloud, profile));
    let Some(role_name) = held else { return Ok(()) };
    gone_is_done(account.run(RemoveRoleFromInstanceProfile { instance_profile_name: id.to_string(), role_name }))
}

fn remove<A: Account>(account: &mut A, id: &str) -> Result<(), Failure> {
    remove_roles(account, id)?;
    gone_is_done(account.run(DeleteInstanceProfile { instance_profile_name: id.to_string() }))
}

impl Handler for InstanceProfile {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::IAM::InstanceProfile",
        shape: Shape::free(PROPERTIES),
        attributes: &["Arn"],
        refused_attributes: &[],
        which: Which::InstanceProfile,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let instance_profile_name = match properties.instance_profile_name.is_empty() {
            true => name::generated(new, account.cloud().version, LONGEST),
            false => properties.instance_profile_name,
        };
        let profile =
            account.run(CreateInstanceProfile { instance_profile_name, path: properties.path, tags: new.tags() })?;
        for role in &properties.roles {
            add(account, &profile.name, role)?;
        }
        Ok(profile.name)
    }

    fn update<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        remove_roles(account, id)?;
        for role in &properties.roles {
            add(account, id, role)?;
        }
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        remove(account, id)
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let profile = find(cloud, id)?;
        (name == "Arn").then(|| Known::Text(profile.arn()))
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let profile = find(cloud, id)?;
        let live = Live::beside(properties).is("Path", profile.path.clone()).list("Roles", role_name(cloud, profile));
        // An empty name stands for a generated one.
        match properties.get("InstanceProfileName").and_then(Json::as_str) {
            Some("") => live.done(),
            _ => live.is("InstanceProfileName", profile.name.clone()).done(),
        }
    }
}
