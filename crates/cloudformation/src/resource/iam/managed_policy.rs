//! `AWS::IAM::ManagedPolicy`. Another document is another version of it, which takes force at once.

use super::bearer::{self, Bearer};
use super::{NO_GROUPS, account_of, date, document};
use crate::resource::live::Live;
use crate::resource::schema::{Kind, Shape, property, refused};
use crate::resource::*;
use croft_control::{CreatePolicy, CreatePolicyVersion, DeletePolicy, DeletePolicyVersion};
use croft_model::iam::ManagedPolicy as Model;
use serde::Deserialize;

pub struct ManagedPolicy;

const PROPERTIES: &[Property] = &[
    property("Description", Kind::Text).replaces(),
    refused("Groups", NO_GROUPS),
    property("ManagedPolicyName", Kind::Text).replaces(),
    property("Path", Kind::Text).replaces(),
    property("PolicyDocument", Kind::Document).required(),
    property("Roles", Kind::List(&Kind::Text)),
    property("Users", Kind::List(&Kind::Text)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    description: Option<String>,
    managed_policy_name: Option<String>,
    path: Option<String>,
    policy_document: Json,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    users: Vec<String>,
}

const LONGEST: usize = 128;
/// AWS's quota.
const MOST_VERSIONS: usize = 5;

impl Properties {
    fn bearers(&self) -> Vec<Bearer> {
        let roles = self.roles.iter().cloned().map(Bearer::Role);
        roles.chain(self.users.iter().cloned().map(Bearer::User)).collect()
    }
}

fn find<'c>(cloud: &'c Cloud, arn: &str) -> Option<&'c Model> {
    cloud.customer_policy(account_of(cloud), arn).ok()
}

/// The document in force.
fn in_force(policy: &Model) -> &str {
    let version = policy.versions.iter().find(|v| v.number == policy.default_version);
    version.map(|v| v.document.as_str()).unwrap_or_default()
}

/// Takes it from whom its properties gave it, then all versions but the one in force, then it itself.
fn remove<A: Account>(account: &mut A, arn: &str, properties: &Properties) -> Result<(), Failure> {
    for bearer in properties.bearers() {
        bearer.detach(account, arn)?;
    }
    let cloud = account.cloud();
    let Some(policy) = find(&cloud, arn) else { return Ok(()) };
    for version in policy.versions.iter().filter(|v| v.number != policy.default_version) {
        delete_version(account, arn, version.number)?;
    }
    bearer::gone_is_done(account.run(DeletePolicy { policy_arn: arn.to_string() }))
}

fn delete_version<A: Account>(account: &mut A, arn: &str, number: u32) -> Result<(), Failure> {
    let version_id = format!("v{number}");
    bearer::gone_is_done(account.run(DeletePolicyVersion { policy_arn: arn.to_string(), version_id }))
}

/// Puts a document in force, the oldest version making room.
fn set_document<A: Account>(account: &mut A, arn: &str, policy_document: String) -> Result<(), Failure> {
    let cloud = account.cloud();
    let Some(policy) = find(&cloud, arn) else {
        return Err(Failure::Settling(format!("the policy {arn} has been deleted")));
    };
    if in_force(policy) == policy_document {
        return Ok(());
    }
    let oldest = policy.versions.iter().find(|v| v.number != policy.default_version);
    if let Some(oldest) = oldest.filter(|_| policy.versions.len() >= MOST_VERSIONS) {
        delete_version(account, arn, oldest.number)?;
    }
    account.run(CreatePolicyVersion { policy_arn: arn.to_string(), policy_document, set_as_default: true })?;
    Ok(())
}

impl Handler for ManagedPolicy {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::IAM::ManagedPolicy",
        shape: Shape::free(PROPERTIES),
        attributes: &[
            "AttachmentCount",
            "CreateDate",
            "DefaultVersionId",
            "IsAttachable",
            "PermissionsBoundaryUsageCount",
            "PolicyArn",
            "PolicyId",
            "UpdateDate",
        ],
        refused_attributes: &[],
        which: Which::ManagedPolicy,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let cloud = account.cloud();
        let generated = || name::generated(new, cloud.version, LONGEST);
        let policy = account.run(CreatePolicy {
            policy_name: properties.managed_policy_name.clone().unwrap_or_else(generated),
            path: properties.path.clone(),
            policy_document: document::text(&properties.policy_document),
            description: properties.description.clone(),
            tags: new.tags(),
        })?;
        let arn = policy.arn();
        for bearer in properties.bearers() {
            bearer.attach(account, &arn)?;
        }
        Ok(arn)
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let (was, properties): (Properties, Properties) = (read(old)?, new.read()?);
        set_document(account, id, document::text(&properties.policy_document))?;
        let bearers = properties.bearers();
        for bearer in was.bearers().iter().filter(|b| !bearers.contains(b)) {
            bearer.detach(account, id)?;
        }
        for bearer in bearers {
            bearer.attach(account, id)?;
        }
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, properties: &Map<String, Json>) -> Result<(), Failure> {
        remove(account, id, &read(properties)?)
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let policy = find(cloud, id)?;
        let used = || cloud.policy_uses(policy.account()).get(id).copied().unwrap_or_default();
        Some(Known::Text(match name {
            "AttachmentCount" => used().attachments.to_string(),
            "CreateDate" => date::text(policy.created),
            "DefaultVersionId" => format!("v{}", policy.default_version),
            "IsAttachable" => "true".to_string(),
            "PermissionsBoundaryUsageCount" => used().boundaries.to_string(),
            "PolicyArn" => id.to_string(),
            "PolicyId" => policy.id.clone(),
            "UpdateDate" => date::text(policy.updated),
            _ => return None,
        }))
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let policy = find(cloud, id)?;
        let bears = |bearer: Bearer| bearer.policies(cloud).is_some_and(|p| p.attached.contains(id));
        let account = account_of(cloud);
        let roles = cloud.iam_roles(account).map(|r| r.name.clone()).filter(|name| bears(Bearer::Role(name.clone())));
        let users = cloud.iam_users(account).map(|u| u.name.clone()).filter(|name| bears(Bearer::User(name.clone())));
        let live = Live::beside(properties)
            .may_be("Description", policy.description.clone())
            .is("ManagedPolicyName", policy.name.clone())
            .is("Path", policy.path.clone())
            .list("Roles", roles)
            .list("Users", users);
        let mut live = live.done()?;
        document::show(&mut live, "PolicyDocument", in_force(policy));
        Some(live)
    }
}
