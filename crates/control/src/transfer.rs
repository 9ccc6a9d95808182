//! A whole state at once: thrown away, or taken from another Croft. No operation of AWS's: only the daemon asks for it.

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::resource::{Change, Kind, Resource};
use crate::{Cloud, Transaction, check};
use croft_model::gateway::NatGatewayState;
use croft_model::instance::InstanceState;

request! {
    /// Throws everything away but the home and its access keys, which are the way back in.
    pub struct Reset {}

    /// Takes over the resources of another state. Refused unless there are none here.
    pub struct Import {
        pub resources: Vec<Resource>,
    }
}

/// Kinds that say what was done, not what there is: an account's history.
const HISTORY: &[Kind] = &[
    Kind::Stack,
    Kind::StackResource,
    Kind::StackEvent,
    Kind::StackSignals,
    Kind::ChangeSet,
    Kind::DriftDetection,
    Kind::ClientToken,
    Kind::DeletionTask,
];

/// Kinds that a state has without anybody having made a resource.
const FURNITURE: &[Kind] = &[Kind::Identity, Kind::Zone, Kind::RegionSettings, Kind::Credential];

impl Cloud {
    /// Everything, as resources; `with_credentials`: access keys and their secrets too.
    pub fn export(&self, with_credentials: bool) -> Vec<Resource> {
        let puts = Cloud::default().changes_to(self).into_iter().filter_map(|change| match change {
            Change::Put(resource) => Some(resource),
            Change::Delete(..) => None,
        });
        puts.filter(|resource| with_credentials || resource.kind() != Kind::Credential).collect()
    }
}

impl Cloud {
    /// The resources alone, without secrets: no stacks and their events, nothing that is only remembered, such as
    /// terminated instances. Two states with the same are the same to packets.
    pub fn export_resources(&self) -> Vec<Resource> {
        let mut resources = self.export(false);
        resources.retain(|resource| match resource {
            Resource::Instance(instance) => instance.state != InstanceState::Terminated,
            Resource::NatGateway(gateway) => gateway.state != NatGatewayState::Deleted,
            other => !HISTORY.contains(&other.kind()),
        });
        resources
    }
}

impl Request for Reset {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let mut fresh = Cloud::new(tx.cloud.home.clone());
        fresh.version = tx.cloud.version;
        fresh.credentials = tx.cloud.credentials.clone();
        tx.cloud = fresh;
        Ok(())
    }
}

impl Request for Import {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let held = tx.cloud.export(true).into_iter().find(|r| !FURNITURE.contains(&r.kind()));
        if let Some(resource) = held {
            let (kind, id) = (resource.kind().as_str(), resource.id());
            return Err(Error::new(
                "StateNotEmpty",
                format!("Only an empty state takes another one in: here is {kind} {id} already."),
            ));
        }
        let mut cloud = Cloud::default();
        cloud.replay(tx.cloud.version, self.resources.into_iter().map(Change::Put));
        // Nobody is locked out; a name that is taken now is given up.
        for mut kept in tx.cloud.credentials.values().cloned() {
            if cloud.credentials.values().any(|c| c.name == kept.name) {
                kept.name = None;
            }
            cloud.credentials.entry(kept.access_key_id.clone()).or_insert(kept);
        }
        let broken = check(&cloud);
        if !broken.is_empty() {
            return Err(Error::new("UnsoundState", format!("The state does not hold together: {}", broken.join("; "))));
        }
        tx.cloud = cloud;
        Ok(())
    }
}
