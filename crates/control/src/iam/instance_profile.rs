//! Instance profiles.

use super::entity::*;
use super::role::changeable;
use crate::error::Result;
use crate::request::{Request, request};
use crate::{Cloud, Transaction};
use croft_model::Tags;
use croft_model::iam::{IamKey, InstanceProfile, Role};

request! {
    pub struct CreateInstanceProfile {
        pub instance_profile_name: String,
        /// `/` if absent.
        pub path: Option<String>,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct AddRoleToInstanceProfile {
        pub instance_profile_name: String,
        pub role_name: String,
    }

    pub struct RemoveRoleFromInstanceProfile {
        pub instance_profile_name: String,
        pub role_name: String,
    }

    pub struct DeleteInstanceProfile {
        pub instance_profile_name: String,
    }
}

impl Cloud {
    /// The role that an instance profile hands out.
    pub fn role_of(&self, profile: &InstanceProfile) -> Option<&Role> {
        self.roles.get(profile.role.as_ref()?)
    }
}

impl Request for CreateInstanceProfile {
    type Response = InstanceProfile;

    fn run(self, tx: &mut Transaction<'_>) -> Result<InstanceProfile> {
        check_name("instanceProfileName", &self.instance_profile_name, 128)?;
        let path = check_path(self.path)?;
        check_iam_tags(&self.tags, "InstanceProfile")?;
        let account = tx.scope.account.clone();
        let key = IamKey::new(&account, &self.instance_profile_name);
        if tx.cloud.instance_profiles.contains_key(&key) {
            return Err(exists(format!("Instance Profile {} already exists.", self.instance_profile_name)));
        }
        INSTANCE_PROFILES.allow(tx.cloud.instance_profiles_of(&account).count() + 1)?;
        let profile = InstanceProfile {
            key: key.clone(),
            id: unique_id(tx, "AIPA"),
            name: self.instance_profile_name,
            path,
            created: tx.now,
            role: None,
            tags: self.tags,
        };
        tx.cloud.instance_profiles.insert(key, profile.clone());
        Ok(profile)
    }
}

impl Request for AddRoleToInstanceProfile {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let account = tx.scope.account.clone();
        let have = usize::from(tx.cloud.instance_profile(&account, &self.instance_profile_name)?.role.is_some());
        let role = tx.cloud.iam_role(&account, &self.role_name)?;
        changeable(role)?;
        let role = role.key.clone();
        ROLES_PER_PROFILE.allow(have + 1)?;
        tx.instance_profile_mut(&self.instance_profile_name)?.role = Some(role);
        Ok(())
    }
}

impl Request for RemoveRoleFromInstanceProfile {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let role = IamKey::new(&tx.scope.account, &self.role_name);
        let profile = tx.instance_profile_mut(&self.instance_profile_name)?;
        if profile.role.as_ref() != Some(&role) {
            return Err(no_such(format!(
                "The role with name {} cannot be found in the instance profile {}.",
                self.role_name, profile.name
            )));
        }
        profile.role = None;
        Ok(())
    }
}

impl Request for DeleteInstanceProfile {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let profile = tx.instance_profile_mut(&self.instance_profile_name)?;
        if profile.role.is_some() {
            return Err(conflict("Cannot delete entity, must remove roles from instance profile first."));
        }
        let key = profile.key.clone();
        tx.cloud.instance_profiles.remove(&key);
        Ok(())
    }
}
