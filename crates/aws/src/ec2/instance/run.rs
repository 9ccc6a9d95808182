//! Launching.

use super::super::launch_template::LaunchTemplateSpecification;
use super::InstanceOutput;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::Operation;
use crate::parameters;
use croft_control::{LaunchParameters, launch_data_over};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Its members as they come: a launch template has its say before they are read.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct RunInstances(Map<String, Value>);

/// AWS's `Reservation`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReservationOutput {
    pub reservation_id: String,
    pub owner_id: String,
    /// Of EC2-Classic; always empty.
    pub groups: [(); 0],
    pub instances: Vec<InstanceOutput>,
}

impl Operation for RunInstances {
    const NAME: &'static str = "RunInstances";
    type Output = ReservationOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ReservationOutput, Fault> {
        let cloud = call.cloud();
        let mut given = self.0;
        let template = match given.remove("LaunchTemplate") {
            None => None,
            Some(named) => {
                let named: LaunchTemplateSpecification = parameters::read(named).map_err(unfit)?;
                let (template, number, data) = named.find(&cloud, call.scope)?;
                given = launch_data_over(data, given);
                Some((template, number))
            }
        };
        let parameters: LaunchParameters = parameters::read(Value::Object(given)).map_err(unfit)?;
        let client_token = call.client_token().map(String::from);
        let request = parameters.request(&cloud, call.scope)?;
        let instances = call.run(croft_control::RunInstances { launch_template: template, client_token, ..request })?;
        let cloud = call.cloud();
        let reservation = instances.first().and_then(|i| i.launch.reservation.as_ref());
        Ok(ReservationOutput {
            reservation_id: reservation.map(ToString::to_string).unwrap_or_default(),
            owner_id: call.scope.account.to_string(),
            groups: [],
            instances: instances.iter().map(|i| InstanceOutput::of(&cloud, i)).collect(),
        })
    }
}

fn unfit(unfit: parameters::Unfit) -> Fault {
    crate::aws::unfit_fault(crate::model::Protocol::Ec2, "ec2", RunInstances::NAME, unfit)
}
