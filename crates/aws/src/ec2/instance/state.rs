//! Starting, stopping, rebooting, terminating.

use super::super::listing::identifiers;
use super::output::InstanceStateOutput;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::Operation;
use croft_control::InstanceStateChange;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateChangeOutput {
    instance_id: String,
    current_state: InstanceStateOutput,
    previous_state: InstanceStateOutput,
}

fn shown(changes: Vec<InstanceStateChange>) -> Vec<StateChangeOutput> {
    let one = |change: InstanceStateChange| StateChangeOutput {
        instance_id: change.instance_id.to_string(),
        current_state: change.current.into(),
        previous_state: change.previous.into(),
    };
    changes.into_iter().map(one).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct StartInstances {
    instance_ids: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartInstancesOutput {
    starting_instances: Vec<StateChangeOutput>,
}

impl Operation for StartInstances {
    const NAME: &'static str = "StartInstances";
    type Output = StartInstancesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<StartInstancesOutput, Fault> {
        let instance_ids = identifiers(&self.instance_ids)?;
        let changes = call.run(croft_control::StartInstances { instance_ids })?;
        Ok(StartInstancesOutput { starting_instances: shown(changes) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct StopInstances {
    instance_ids: Vec<String>,
    hibernate: Option<bool>,
    /// A workload that does not end by itself is ended in any case.
    #[serde(rename = "Force")]
    _force: Option<bool>,
    #[serde(rename = "SkipOsShutdown")]
    _skip_os_shutdown: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StopInstancesOutput {
    stopping_instances: Vec<StateChangeOutput>,
}

impl Operation for StopInstances {
    const NAME: &'static str = "StopInstances";
    type Output = StopInstancesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<StopInstancesOutput, Fault> {
        if self.hibernate == Some(true) {
            return Err(Fault::unsupported("Hibernation, the parameter Hibernate of ec2:StopInstances,"));
        }
        let instance_ids = identifiers(&self.instance_ids)?;
        let changes = call.run(croft_control::StopInstances { instance_ids })?;
        Ok(StopInstancesOutput { stopping_instances: shown(changes) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RebootInstances {
    instance_ids: Vec<String>,
}

impl Operation for RebootInstances {
    const NAME: &'static str = "RebootInstances";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let instance_ids = identifiers(&self.instance_ids)?;
        call.run(croft_control::RebootInstances { instance_ids })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TerminateInstances {
    instance_ids: Vec<String>,
    #[serde(rename = "Force")]
    _force: Option<bool>,
    #[serde(rename = "SkipOsShutdown")]
    _skip_os_shutdown: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TerminateInstancesOutput {
    terminating_instances: Vec<StateChangeOutput>,
}

impl Operation for TerminateInstances {
    const NAME: &'static str = "TerminateInstances";
    type Output = TerminateInstancesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<TerminateInstancesOutput, Fault> {
        let instance_ids = identifiers(&self.instance_ids)?;
        let changes = call.run(croft_control::TerminateInstances { instance_ids })?;
        Ok(TerminateInstancesOutput { terminating_instances: shown(changes) })
    }
}
