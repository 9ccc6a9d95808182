//! The profile of an instance: which role its workload would have.

use crate::Transaction;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use croft_model::instance::{Instance, InstanceState, ProfileAssociation};
use croft_model::*;

request! {
    pub struct AssociateIamInstanceProfile {
        pub instance_id: InstanceId,
        /// Its name.
        pub iam_instance_profile: String,
    }

    pub struct DisassociateIamInstanceProfile {
        pub association_id: ProfileAssociationId,
    }

    /// Another profile in place of the one that the association is of; the association gets a new identifier.
    pub struct ReplaceIamInstanceProfileAssociation {
        pub association_id: ProfileAssociationId,
        pub iam_instance_profile: String,
    }
}

impl Request for AssociateIamInstanceProfile {
    type Response = Instance;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Instance> {
        let instance = tx.instance(&self.instance_id)?;
        let id = instance.id.clone();
        if !matches!(
            instance.state,
            InstanceState::Pending | InstanceState::Running | InstanceState::Stopped | InstanceState::Stopping
        ) {
            return Err(Error::instance_state(&id, "given a profile"));
        }
        if instance.profile_association.is_some() {
            return Err(Error::new("IncorrectState", format!("There is an existing association for instance {id}")));
        }
        tx.set_profile(&id, Some(self.iam_instance_profile))?;
        tx.instance(&id).cloned()
    }
}

impl Request for DisassociateIamInstanceProfile {
    /// As it was.
    type Response = Instance;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Instance> {
        let instance = tx.instance_of_association(&self.association_id)?.clone();
        tx.set_profile(&instance.id, None)?;
        Ok(instance)
    }
}

impl Request for ReplaceIamInstanceProfileAssociation {
    type Response = Instance;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Instance> {
        let id = tx.instance_of_association(&self.association_id)?.id.clone();
        tx.set_profile(&id, Some(self.iam_instance_profile))?;
        tx.instance(&id).cloned()
    }
}

/// Nothing bears this name.
fn no_profile(name: &str) -> Error {
    Error::invalid_value("iamInstanceProfile.name", name, "Invalid IAM Instance Profile name")
}

impl Transaction<'_> {
    fn instance_of_association(&self, id: &ProfileAssociationId) -> Result<&Instance> {
        let of = |i: &&Instance| i.profile_association.as_ref().is_some_and(|a| a.id == *id);
        self.instances().find(of).ok_or_else(|| {
            let message = format!("An invalid association-id of '{id}' was given");
            Error::new("InvalidAssociationID.NotFound", message)
        })
    }

    /// Gives an instance a profile, or takes it away.
    pub(crate) fn set_profile(&mut self, id: &InstanceId, profile: Option<String>) -> Result<()> {
        let association = match &profile {
            None => None,
            Some(name) => {
                let found = self.cloud.instance_profile(&self.scope.account, name).map_err(|_| no_profile(name))?;
                let (profile_arn, profile_id) = (found.arn(), found.id.clone());
                let id = ProfileAssociationId::from_bits(self.bits.draw());
                Some(ProfileAssociation { id, profile_arn, profile_id, since: self.now })
            }
        };
        let instance = self.instance_mut(id)?;
        instance.instance_profile = profile;
        instance.profile_association = association;
        Ok(())
    }
}
