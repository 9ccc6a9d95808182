//! Croft's own small commands: zones, quotas, instances.

use crate::daemon::Inner;
use crate::error::Error;
use croft_control::{FailZone, RestoreZone, SetQuota, StartInstances, StopInstances};
use croft_model::gateway::NatGatewayState;
use croft_model::instance::InstanceState;
use std::time::Duration;

/// What an instance gets to come up or to end.
const PATIENCE: Duration = Duration::from_secs(60);

impl Inner {
    /// Fails a zone, or restores it (row AZ-2). Takes effect before this returns.
    pub fn set_zone(&self, name: &str, failed: bool) -> Result<(), Error> {
        let zone_name = name.to_string();
        match failed {
            true => self.keeper.run(FailZone { zone_name }),
            false => self.keeper.run(RestoreZone { zone_name }),
        }
    }

    /// Waits until nothing is on its way: no NAT gateway pending, no instance coming or going.
    pub(crate) fn settle(&self) {
        // What does not settle shows in the next answer.
        let _ = self.keeper.wait(PATIENCE, |cloud| {
            let moving = cloud
                .nat_gateways
                .values()
                .any(|n| matches!(n.state, NatGatewayState::Pending | NatGatewayState::Deleting))
                || cloud.instances.values().any(|i| {
                    matches!(i.state, InstanceState::Pending | InstanceState::Stopping | InstanceState::ShuttingDown)
                });
            (!moving).then_some(())
        });
    }

    /// Moves the fabric's clock forward: time-outs of connections and translations run by it.
    pub fn advance(&self, by: Duration) -> Result<(), Error> {
        Ok(self.host()?.fabric.advance_clock(by)?)
    }

    /// Raises or lowers a quota (row NET-10).
    pub fn set_quota(&self, name: &str, value: u32) -> Result<(), Error> {
        self.keeper.run(SetQuota { name: name.to_string(), value }).map(drop)
    }

    /// Starts or stops an instance and waits until it has.
    pub fn run_instance(&self, name: &str, run: bool) -> Result<(), Error> {
        let id = self.instance(name)?;
        let instance_ids = vec![id.clone()];
        let wanted = match run {
            true => self.keeper.run(StartInstances { instance_ids }).map(|_| InstanceState::Running)?,
            false => self.keeper.run(StopInstances { instance_ids }).map(|_| InstanceState::Stopped)?,
        };
        let done = self.keeper.wait(PATIENCE, |cloud| {
            let instance = cloud.instances.get(&id)?;
            (instance.state == wanted).then_some(())
        });
        done.ok_or_else(|| {
            let troubles = self.troubles();
            let why = if troubles.is_empty() { "the machine is slow".to_string() } else { troubles.join("; ") };
            Error::Invalid(format!("{name} is not {} yet: {why}", if run { "running" } else { "stopped" }))
        })
    }
}
