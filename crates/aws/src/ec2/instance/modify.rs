//! Changing an attribute.

use super::super::listing::identifiers;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::Operation;
use croft_control::{InstanceAttribute, read_user_data};
use croft_model::instance::ShutdownBehavior;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyInstanceAttribute {
    instance_id: String,
    /// With `Value`, in place of one of the members below.
    attribute: Option<String>,
    value: Option<String>,
    #[serde(default)]
    block_device_mappings: Vec<BlockDeviceChange>,
    source_dest_check: Option<Flag>,
    disable_api_stop: Option<Flag>,
    disable_api_termination: Option<Flag>,
    instance_type: Option<Text>,
    user_data: Option<Text>,
    instance_initiated_shutdown_behavior: Option<Text>,
    #[serde(default)]
    groups: Vec<String>,
    ebs_optimized: Option<Flag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Flag {
    value: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Text {
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BlockDeviceChange {
    device_name: Option<String>,
    ebs: Option<EbsChange>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EbsChange {
    delete_on_termination: Option<bool>,
}

fn behavior(word: &str) -> Result<InstanceAttribute, Fault> {
    match word {
        "stop" => Ok(InstanceAttribute::ShutdownBehavior(ShutdownBehavior::Stop)),
        "terminate" => Ok(InstanceAttribute::ShutdownBehavior(ShutdownBehavior::Terminate)),
        other => Err(Fault::invalid_value(format!(
            "Invalid value '{other}' for instanceInitiatedShutdownBehavior: stop or terminate."
        ))),
    }
}

fn script(text: &str) -> Result<InstanceAttribute, Fault> {
    let script = read_user_data(text)?;
    Ok(InstanceAttribute::UserData((!script.is_empty()).then_some(script)))
}

fn flag(word: &str) -> Result<bool, Fault> {
    match word {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(Fault::invalid_value(format!("Invalid value '{other}': true or false."))),
    }
}

/// An attribute by the name that `DescribeInstanceAttribute` has for it.
fn named(attribute: &str, value: &str) -> Result<InstanceAttribute, Fault> {
    match attribute {
        "instanceType" => Ok(InstanceAttribute::InstanceType(value.into())),
        "userData" => script(value),
        "disableApiTermination" => flag(value).map(InstanceAttribute::DisableApiTermination),
        "disableApiStop" => flag(value).map(InstanceAttribute::DisableApiStop),
        "sourceDestCheck" => flag(value).map(InstanceAttribute::SourceDestCheck),
        "ebsOptimized" => flag(value).map(InstanceAttribute::EbsOptimized),
        "instanceInitiatedShutdownBehavior" => behavior(value),
        other => Err(Fault::unsupported(format!("Changing the attribute '{other}' of an instance"))),
    }
}

impl ModifyInstanceAttribute {
    /// Each change that the request asks for.
    fn changes(self) -> Result<Vec<InstanceAttribute>, Fault> {
        let mut changes = Vec::new();
        match (self.attribute, self.value) {
            (Some(attribute), Some(value)) => changes.push(named(&attribute, &value)?),
            (None, None) => {}
            (Some(_), None) => return Err(Fault::missing("Value")),
            (None, Some(_)) => return Err(Fault::missing("Attribute")),
        }
        let given = |flag: Option<Flag>| flag.and_then(|f| f.value);
        changes.extend(given(self.source_dest_check).map(InstanceAttribute::SourceDestCheck));
        changes.extend(given(self.disable_api_stop).map(InstanceAttribute::DisableApiStop));
        changes.extend(given(self.disable_api_termination).map(InstanceAttribute::DisableApiTermination));
        changes.extend(given(self.ebs_optimized).map(InstanceAttribute::EbsOptimized));
        changes.extend(self.instance_type.and_then(|t| t.value).map(InstanceAttribute::InstanceType));
        if let Some(text) = self.user_data {
            changes.push(script(text.value.as_deref().unwrap_or_default())?);
        }
        if let Some(word) = self.instance_initiated_shutdown_behavior.and_then(|t| t.value) {
            changes.push(behavior(&word)?);
        }
        if !self.groups.is_empty() {
            changes.push(InstanceAttribute::Groups(identifiers(&self.groups)?));
        }
        for device in self.block_device_mappings {
            let name = device.device_name.ok_or_else(|| Fault::missing("BlockDeviceMapping.DeviceName"))?;
            if let Some(delete) = device.ebs.and_then(|ebs| ebs.delete_on_termination) {
                changes.push(InstanceAttribute::DeleteOnTermination { device: name, delete });
            }
        }
        Ok(changes)
    }
}

impl Operation for ModifyInstanceAttribute {
    const NAME: &'static str = "ModifyInstanceAttribute";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let instance_id = self.instance_id.parse()?;
        let mut changes = self.changes()?.into_iter();
        match (changes.next(), changes.next()) {
            (Some(attribute), None) => call.run(croft_control::ModifyInstanceAttribute { instance_id, attribute }),
            (None, _) => Err(Fault::invalid_combination("No attributes specified.")),
            (Some(_), Some(_)) => Err(Fault::invalid_combination("Fields for multiple attribute types specified")),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ResetInstanceAttribute {
    instance_id: String,
    attribute: String,
}

impl Operation for ResetInstanceAttribute {
    const NAME: &'static str = "ResetInstanceAttribute";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let instance_id = self.instance_id.parse()?;
        match self.attribute.as_str() {
            "sourceDestCheck" => {
                let attribute = InstanceAttribute::SourceDestCheck(true);
                call.run(croft_control::ModifyInstanceAttribute { instance_id, attribute })
            }
            "kernel" | "ramdisk" => Err(Fault::unsupported(format!("Resetting the {} of an instance", self.attribute))),
            other => Err(Fault::invalid_value(format!("The attribute '{other}' cannot be reset."))),
        }
    }
}
