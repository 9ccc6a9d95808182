//! `AWS::IAM::Role`.

use super::bearer::{self, Bearer, Own};
use super::{account_of, document, tags as identity_tags};
use crate::resource::live::Live;
use crate::resource::schema::{Kind, Shape, TAGS, property};
use crate::resource::*;
use croft_control::{CreateRole, DeleteRole, UpdateAssumeRolePolicy, UpdateRole};
use croft_model::iam::Role as Model;
use serde::Deserialize;

pub struct Role;

/// A policy of a user's or role's own.
pub const OWN_POLICY: Shape = Shape::free(&[
    property("PolicyDocument", Kind::Document).required(),
    property("PolicyName", Kind::Text).required(),
]);

const PROPERTIES: &[Property] = &[
    property("AssumeRolePolicyDocument", Kind::Document).required(),
    property("Description", Kind::Text),
    property("ManagedPolicyArns", Kind::List(&Kind::Text)),
    property("MaxSessionDuration", Kind::Integer(3600, 43_200)),
    property("Path", Kind::Text).replaces(),
    property("PermissionsBoundary", Kind::Text),
    property("Policies", Kind::List(&Kind::Object(OWN_POLICY))),
    property("RoleName", Kind::Text).replaces(),
    TAGS,
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    assume_role_policy_document: Json,
    description: Option<String>,
    #[serde(default)]
    managed_policy_arns: Vec<String>,
    max_session_duration: Option<u32>,
    path: Option<String>,
    permissions_boundary: Option<String>,
    #[serde(default)]
    policies: Vec<Own>,
    role_name: Option<String>,
}

const LONGEST: usize = 64;
/// Seconds that a session lasts where nothing is said.
const SESSION: u32 = 3600;

fn find<'c>(cloud: &'c Cloud, id: &str) -> Option<&'c Model> {
    cloud.iam_role(account_of(cloud), id).ok()
}

/// Takes from a role what its properties gave it, and deletes it.
fn remove<A: Account>(account: &mut A, id: &str, properties: &Properties) -> Result<(), Failure> {
    let bearer = Bearer::Role(id.to_string());
    bearer.bring(account, (&properties.policies, &[]), (&properties.managed_policy_arns, &[]))?;
    bearer::gone_is_done(account.run(DeleteRole { role_name: id.to_string() }))
}

impl Handler for Role {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::IAM::Role",
        shape: Shape::free(PROPERTIES),
        attributes: &["Arn", "RoleId"],
        refused_attributes: &[],
        which: Which::Role,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let cloud = account.cloud();
        let generated = || name::generated(new, cloud.version, LONGEST);
        let role = account.run(CreateRole {
            role_name: properties.role_name.clone().unwrap_or_else(generated),
            path: properties.path.clone(),
            assume_role_policy_document: document::text(&properties.assume_role_policy_document),
            description: properties.description.clone(),
            max_session_duration: properties.max_session_duration,
            permissions_boundary: properties.permissions_boundary.clone(),
            tags: new.tags(),
        })?;
        let bearer = Bearer::Role(role.name.clone());
        let given = (&properties.policies[..], &properties.managed_policy_arns[..]);
        bearer.bring(account, (&[], given.0), (&[], given.1))?;
        Ok(role.name)
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let (was, properties): (Properties, Properties) = (read(old)?, new.read()?);
        let bearer = Bearer::Role(id.to_string());
        account.run(UpdateAssumeRolePolicy {
            role_name: id.to_string(),
            policy_document: document::text(&properties.assume_role_policy_document),
        })?;
        account.run(UpdateRole {
            role_name: id.to_string(),
            description: Some(properties.description.unwrap_or_default()),
            max_session_duration: Some(properties.max_session_duration.unwrap_or(SESSION)),
        })?;
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
        let role = find(cloud, id)?;
        match name {
            "Arn" => Some(Known::Text(role.arn())),
            "RoleId" => Some(Known::Text(role.id.clone())),
            _ => None,
        }
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let role = find(cloud, id)?;
        let live = Live::beside(properties)
            .may_be("Description", role.description.clone())
            .is("MaxSessionDuration", role.max_session_duration)
            .is("Path", role.path.clone())
            .is("RoleName", role.name.clone())
            .tags(&role.tags);
        let mut live = bearer::live(cloud, &Bearer::Role(id.to_string()), properties, live)?;
        document::show(&mut live, "AssumeRolePolicyDocument", &role.trust_policy);
        Some(live)
    }
}
