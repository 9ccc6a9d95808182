//! Roles.

use super::document::*;
use super::entity::*;
use super::user::deletable;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::{Cloud, Transaction};
use croft_model::iam::{IamKey, IdentityPolicies, Role};
use croft_model::{AccountId, Tags};

request! {
    pub struct CreateRole {
        pub role_name: String,
        /// `/` if absent.
        pub path: Option<String>,
        pub assume_role_policy_document: String,
        pub description: Option<String>,
        /// Seconds, 3600 if absent.
        pub max_session_duration: Option<u32>,
        /// ARN of a managed policy.
        pub permissions_boundary: Option<String>,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct UpdateRole {
        pub role_name: String,
        pub description: Option<String>,
        /// Seconds.
        pub max_session_duration: Option<u32>,
    }

    pub struct UpdateAssumeRolePolicy {
        pub role_name: String,
        pub policy_document: String,
    }

    pub struct DeleteRole {
        pub role_name: String,
    }
}

pub(super) const SESSION: u32 = 3600;

fn check_session(seconds: u32) -> Result<()> {
    match (SESSION..=43_200).contains(&seconds) {
        true => Ok(()),
        false => Err(Error::new(
            "ValidationError",
            format!(
                "1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200"
            ),
        )),
    }
}

/// The form, the room, and that users and roles of the same account that are named are there.
fn check_trust(cloud: &Cloud, account: &AccountId, text: &str) -> Result<()> {
    check_document(text, DocumentKind::Trust)?;
    TRUST_POLICY_SIZE.allow(size(text))?;
    for arn in trusted_arns(text) {
        let of = |kind: &str| arn.strip_prefix(&format!("arn:aws:iam::{account}:{kind}/"));
        let name = |rest: &str| rest.rsplit('/').next().unwrap_or_default().to_string();
        let user = of("user").is_none_or(|n| cloud.iam_user(account, &name(n)).is_ok_and(|u| u.arn() == arn));
        let role = of("role").is_none_or(|n| cloud.iam_role(account, &name(n)).is_ok_and(|r| r.arn() == arn));
        if !user || !role {
            return Err(malformed(format!("Invalid principal in policy: \"AWS\":\"{arn}\"")));
        }
    }
    Ok(())
}

/// Only its service changes a role that is linked to one.
pub(super) fn changeable(role: &Role) -> Result<()> {
    match role.linked_service {
        None => Ok(()),
        Some(_) => Err(Error::new(
            "UnmodifiableEntity",
            format!(
                "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
                role.name
            ),
        )),
    }
}

impl Request for CreateRole {
    type Response = Role;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Role> {
        check_name("roleName", &self.role_name, 64)?;
        let path = check_path(self.path)?;
        if path.starts_with("/aws-service-role/") {
            return Err(invalid_input("Role name or path is reserved for service-linked roles."));
        }
        check_description(self.description.as_deref())?;
        let max_session_duration = self.max_session_duration.unwrap_or(SESSION);
        check_session(max_session_duration)?;
        check_iam_tags(&self.tags, "Role")?;
        let account = tx.scope.account.clone();
        check_trust(&tx.cloud, &account, &self.assume_role_policy_document)?;
        if let Some(arn) = &self.permissions_boundary {
            tx.cloud.policy_by_arn(&account, arn)?;
        }
        let id = unique_id(tx, "AROA");
        let role = Role {
            key: IamKey::new(&account, &self.role_name),
            id,
            name: self.role_name,
            path,
            created: tx.now,
            trust_policy: self.assume_role_policy_document,
            description: self.description,
            max_session_duration,
            policies: IdentityPolicies { permissions_boundary: self.permissions_boundary, ..Default::default() },
            linked_service: None,
            last_used: None,
            tags: self.tags,
        };
        insert_role(tx, role)
    }
}

/// Refuses a name that is taken and one role too many.
pub(super) fn insert_role(tx: &mut Transaction<'_>, role: Role) -> Result<Role> {
    if tx.cloud.roles.contains_key(&role.key) {
        return Err(exists(format!("Role with name {} already exists.", role.name)));
    }
    ROLES.allow(tx.cloud.iam_roles(role.account()).count() + 1)?;
    tx.cloud.roles.insert(role.key.clone(), role.clone());
    Ok(role)
}

impl Request for UpdateRole {
    type Response = Role;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Role> {
        check_description(self.description.as_deref())?;
        let role = tx.iam_role_mut(&self.role_name)?;
        if let Some(description) = self.description {
            role.description = Some(description);
        }
        if let Some(seconds) = self.max_session_duration {
            changeable(role)?;
            check_session(seconds)?;
            role.max_session_duration = seconds;
        }
        Ok(role.clone())
    }
}

impl Request for UpdateAssumeRolePolicy {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let account = tx.scope.account.clone();
        changeable(tx.cloud.iam_role(&account, &self.role_name)?)?;
        check_trust(&tx.cloud, &account, &self.policy_document)?;
        tx.iam_role_mut(&self.role_name)?.trust_policy = self.policy_document;
        Ok(())
    }
}

impl Request for DeleteRole {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let account = tx.scope.account.clone();
        let role = tx.cloud.iam_role(&account, &self.role_name)?;
        changeable(role)?;
        if tx.cloud.instance_profiles_of(&account).any(|p| p.role.as_ref() == Some(&role.key)) {
            return Err(conflict("Cannot delete entity, must remove roles from instance profile first."));
        }
        deletable(&role.policies)?;
        let key = role.key.clone();
        tx.cloud.roles.remove(&key);
        Ok(())
    }
}
