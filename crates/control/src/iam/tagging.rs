//! Tags of identities. A key that differs in case only takes the place of the one that is there.

use super::entity::*;
use super::role::changeable;
use crate::Transaction;
use crate::error::Result;
use crate::request::{Request, request};
use croft_model::Tags;

request! {
    pub struct TagUser {
        pub user_name: String,
        pub tags: Tags,
    }

    pub struct UntagUser {
        pub user_name: String,
        pub tag_keys: Vec<String>,
    }

    pub struct TagRole {
        pub role_name: String,
        pub tags: Tags,
    }

    pub struct UntagRole {
        pub role_name: String,
        pub tag_keys: Vec<String>,
    }

    pub struct TagPolicy {
        pub policy_arn: String,
        pub tags: Tags,
    }

    pub struct UntagPolicy {
        pub policy_arn: String,
        pub tag_keys: Vec<String>,
    }

    pub struct TagInstanceProfile {
        pub instance_profile_name: String,
        pub tags: Tags,
    }

    pub struct UntagInstanceProfile {
        pub instance_profile_name: String,
        pub tag_keys: Vec<String>,
    }
}

fn tag(tags: &mut Tags, new: Tags, of: &str) -> Result<()> {
    check_iam_tags(&new, of)?;
    let keys: Vec<_> = new.keys().cloned().collect();
    untag(tags, &keys);
    tags.extend(new);
    check_iam_tags(tags, of)
}

/// A key that is not there is no error.
fn untag(tags: &mut Tags, keys: &[String]) {
    tags.retain(|key, _| !keys.iter().any(|k| k.to_lowercase() == key.to_lowercase()));
}

impl Request for TagUser {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        tag(&mut tx.iam_user_mut(&self.user_name)?.tags, self.tags, "User")
    }
}

impl Request for UntagUser {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        untag(&mut tx.iam_user_mut(&self.user_name)?.tags, &self.tag_keys);
        Ok(())
    }
}

impl Request for TagRole {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let role = tx.iam_role_mut(&self.role_name)?;
        changeable(role)?;
        tag(&mut role.tags, self.tags, "Role")
    }
}

impl Request for UntagRole {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let role = tx.iam_role_mut(&self.role_name)?;
        changeable(role)?;
        untag(&mut role.tags, &self.tag_keys);
        Ok(())
    }
}

impl Request for TagPolicy {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        tag(&mut tx.customer_policy_mut(&self.policy_arn)?.tags, self.tags, "Policy")
    }
}

impl Request for UntagPolicy {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        untag(&mut tx.customer_policy_mut(&self.policy_arn)?.tags, &self.tag_keys);
        Ok(())
    }
}

impl Request for TagInstanceProfile {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        tag(&mut tx.instance_profile_mut(&self.instance_profile_name)?.tags, self.tags, "InstanceProfile")
    }
}

impl Request for UntagInstanceProfile {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        untag(&mut tx.instance_profile_mut(&self.instance_profile_name)?.tags, &self.tag_keys);
        Ok(())
    }
}
