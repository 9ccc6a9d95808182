//! Instances: what is asked for, and what was seen (rows NET-6, EC2-1).
//!
//! A command says what is desired and puts the state on its way; the agent carries it out and reports by
//! [`crate::ObserveInstance`], which alone completes it.

mod attribute;
mod fit;
mod launch;
mod metadata_defaults;
mod profile;

use crate::Transaction;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use croft_model::instance::{DesiredState, Instance, InstanceState, USER_INITIATED};
use croft_model::*;

pub use attribute::*;
pub use launch::*;
pub use metadata_defaults::*;
pub use profile::*;

request! {
    pub struct StopInstances {
        pub instance_ids: Vec<InstanceId>,
    }

    pub struct StartInstances {
        pub instance_ids: Vec<InstanceId>,
    }

    /// The workload starts anew, with the same interfaces and addresses.
    pub struct RebootInstances {
        pub instance_ids: Vec<InstanceId>,
    }

    pub struct TerminateInstances {
        pub instance_ids: Vec<InstanceId>,
    }
}

/// AWS's `InstanceStateChange`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InstanceStateChange {
    pub instance_id: InstanceId,
    pub previous: InstanceState,
    pub current: InstanceState,
}

/// `User initiated (2026-11-21 10:00:00 GMT)`.
fn user_initiated(now: u64) -> String {
    let moment = croft_model::calendar::Moment::of(now as i64);
    format!("{USER_INITIATED} ({} {} GMT)", moment.date(), moment.clock())
}

impl Request for StopInstances {
    type Response = Vec<InstanceStateChange>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Vec<InstanceStateChange>> {
        each(tx, self.instance_ids, |instance, now| {
            match instance.state {
                InstanceState::Running => {
                    if instance.options.disable_api_stop {
                        return Err(protected(&instance.id, "stopped", "disableApiStop"));
                    }
                    instance.desired = DesiredState::Stopped;
                    instance.state = InstanceState::Stopping;
                    instance.state_reason = Some(user_initiated(now));
                }
                InstanceState::Stopping | InstanceState::Stopped => {}
                InstanceState::Pending | InstanceState::ShuttingDown | InstanceState::Terminated => {
                    return Err(Error::instance_state(&instance.id, "stopped"));
                }
            }
            Ok(())
        })
    }
}

impl Request for StartInstances {
    type Response = Vec<InstanceStateChange>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Vec<InstanceStateChange>> {
        let ids = self.instance_ids.clone();
        let changes = each(tx, self.instance_ids, |instance, now| {
            match instance.state {
                InstanceState::Stopped => {
                    instance.desired = DesiredState::Running;
                    instance.state = InstanceState::Pending;
                    instance.state_reason = None;
                    instance.launched = now;
                    instance.generation += 1;
                }
                InstanceState::Pending | InstanceState::Running => {}
                InstanceState::Stopping | InstanceState::ShuttingDown | InstanceState::Terminated => {
                    return Err(Error::instance_state(&instance.id, "started"));
                }
            }
            Ok(())
        })?;
        for id in &ids {
            tx.give_public_address(id)?;
        }
        Ok(changes)
    }
}

impl Request for RebootInstances {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let reboot = |instance: &mut Instance, _| match instance.state {
            InstanceState::Running => {
                instance.generation += 1;
                Ok(())
            }
            // It is on its way up anyway.
            InstanceState::Pending => Ok(()),
            _ => Err(Error::instance_state(&instance.id, "rebooted")),
        };
        each(tx, self.instance_ids, reboot).map(drop)
    }
}

impl Request for TerminateInstances {
    type Response = Vec<InstanceStateChange>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Vec<InstanceStateChange>> {
        each(tx, self.instance_ids, |instance, now| {
            if !matches!(instance.state, InstanceState::ShuttingDown | InstanceState::Terminated) {
                if instance.options.disable_api_termination {
                    return Err(protected(&instance.id, "terminated", "disableApiTermination"));
                }
                instance.desired = DesiredState::Terminated;
                instance.state = InstanceState::ShuttingDown;
                instance.state_reason = Some(user_initiated(now));
            }
            Ok(())
        })
    }
}

fn protected(id: &InstanceId, may_not_be: &str, attribute: &str) -> Error {
    Error::not_permitted(format!(
        "The instance '{id}' may not be {may_not_be}. Modify its '{attribute}' instance attribute and try again."
    ))
}

fn each(
    tx: &mut Transaction<'_>,
    ids: Vec<InstanceId>,
    change: fn(&mut Instance, u64) -> Result<()>,
) -> Result<Vec<InstanceStateChange>> {
    let now = tx.now;
    if ids.is_empty() {
        return Err(Error::missing("InstanceId"));
    }
    ids.into_iter()
        .map(|id| {
            let instance = tx.instance_mut(&id)?;
            let previous = instance.state;
            change(instance, now)?;
            Ok(InstanceStateChange { instance_id: id, previous, current: instance.state })
        })
        .collect()
}
