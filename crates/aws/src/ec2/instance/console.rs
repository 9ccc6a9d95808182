//! What the workload wrote.

use super::super::listing::one;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::Operation;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use croft_model::instance::Instance;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetConsoleOutput {
    instance_id: String,
    /// It is the latest in any case.
    #[serde(rename = "Latest")]
    _latest: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetConsoleOutputOutput {
    instance_id: String,
    timestamp: i64,
    output: Option<String>,
}

impl Operation for GetConsoleOutput {
    const NAME: &'static str = "GetConsoleOutput";
    type Output = GetConsoleOutputOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetConsoleOutputOutput, Fault> {
        let cloud = call.cloud();
        let instance: &Instance = one(&cloud, call.scope, &self.instance_id)?;
        let output = call.console(&instance.id).map(|bytes| STANDARD.encode(bytes));
        Ok(GetConsoleOutputOutput { instance_id: self.instance_id, timestamp: call.now(), output })
    }
}
