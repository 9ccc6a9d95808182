//! Network interfaces on instances.

use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![AttachNetworkInterface, DetachNetworkInterface];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AttachNetworkInterface {
    network_interface_id: String,
    instance_id: String,
    device_index: u16,
    /// There is one card, number 0.
    network_card_index: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachNetworkInterfaceOutput {
    attachment_id: String,
    network_card_index: u32,
}

impl Operation for AttachNetworkInterface {
    const NAME: &'static str = "AttachNetworkInterface";
    type Output = AttachNetworkInterfaceOutput;

    fn run(self, call: &mut Call<'_>) -> Result<AttachNetworkInterfaceOutput, Fault> {
        if let Some(other) = self.network_card_index.filter(|index| *index > 0) {
            return Err(Fault::unsupported(format!("A network card with index {other}")));
        }
        let attachment = call.run(croft_control::AttachNetworkInterface {
            network_interface_id: self.network_interface_id.parse()?,
            instance_id: self.instance_id.parse()?,
            device_index: self.device_index,
        })?;
        Ok(AttachNetworkInterfaceOutput { attachment_id: attachment.to_string(), network_card_index: 0 })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DetachNetworkInterface {
    attachment_id: String,
    /// It is detached at once either way.
    #[serde(default, rename = "Force")]
    _force: bool,
}

impl Operation for DetachNetworkInterface {
    const NAME: &'static str = "DetachNetworkInterface";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.run(croft_control::DetachNetworkInterface { attachment_id: self.attachment_id.parse()? })
    }
}
