//! One attribute of an instance.

use super::super::group_identifier::{GroupIdentifier, group_identifiers};
use super::super::listing::one;
use super::output::{BlockDeviceOutput, EnclaveOutput, block_devices};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::Operation;
use croft_control::user_data_text;
use croft_model::image;
use croft_model::instance::{Instance, ShutdownBehavior};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeInstanceAttribute {
    instance_id: String,
    attribute: String,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceAttributeOutput {
    instance_id: String,
    instance_type: Option<Text>,
    kernel_id: Option<Nothing>,
    ramdisk_id: Option<Nothing>,
    user_data: Option<OptionalText>,
    disable_api_termination: Option<Flag>,
    disable_api_stop: Option<Flag>,
    instance_initiated_shutdown_behavior: Option<Text>,
    root_device_name: Option<Text>,
    block_device_mappings: Option<Vec<BlockDeviceOutput>>,
    product_codes: Option<[(); 0]>,
    source_dest_check: Option<Flag>,
    groups: Option<Vec<GroupIdentifier>>,
    ebs_optimized: Option<Flag>,
    sriov_net_support: Option<Nothing>,
    ena_support: Option<Flag>,
    enclave_options: Option<EnclaveOutput>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Text {
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OptionalText {
    value: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Flag {
    value: bool,
}

/// An attribute that has no value.
#[derive(Serialize)]
struct Nothing {}

impl Operation for DescribeInstanceAttribute {
    const NAME: &'static str = "DescribeInstanceAttribute";
    type Output = DescribeInstanceAttributeOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeInstanceAttributeOutput, Fault> {
        let cloud = call.cloud();
        let instance: &Instance = one(&cloud, call.scope, &self.instance_id)?;
        let primary = instance.interfaces.first().and_then(|id| cloud.interfaces.get(id));
        let options = &instance.options;
        let mut out = DescribeInstanceAttributeOutput { instance_id: self.instance_id, ..Default::default() };
        let flag = |value| Some(Flag { value });
        let text = |value: &str| Some(Text { value: value.into() });
        match self.attribute.as_str() {
            "instanceType" => out.instance_type = text(&instance.instance_type),
            "kernel" => out.kernel_id = Some(Nothing {}),
            "ramdisk" => out.ramdisk_id = Some(Nothing {}),
            "userData" => {
                out.user_data = Some(OptionalText { value: instance.user_data.as_deref().map(user_data_text) });
            }
            "disableApiTermination" => out.disable_api_termination = flag(options.disable_api_termination),
            "disableApiStop" => out.disable_api_stop = flag(options.disable_api_stop),
            "instanceInitiatedShutdownBehavior" => {
                out.instance_initiated_shutdown_behavior = text(match options.shutdown_behavior {
                    ShutdownBehavior::Stop => "stop",
                    ShutdownBehavior::Terminate => "terminate",
                });
            }
            "rootDeviceName" => {
                out.root_device_name = text(image::of(&instance.image).map_or("/dev/xvda", |i| i.root_device));
            }
            "blockDeviceMapping" => out.block_device_mappings = Some(block_devices(&cloud, instance)),
            "productCodes" => out.product_codes = Some([]),
            "sourceDestCheck" => out.source_dest_check = primary.and_then(|i| flag(i.source_dest_check)),
            "groupSet" => {
                out.groups = Some(primary.map(|i| group_identifiers(&cloud, &i.groups)).unwrap_or_default());
            }
            "ebsOptimized" => out.ebs_optimized = flag(options.ebs_optimized),
            "sriovNetSupport" => out.sriov_net_support = Some(Nothing {}),
            "enaSupport" => out.ena_support = flag(true),
            "enclaveOptions" => out.enclave_options = Some(EnclaveOutput { enabled: options.enclave }),
            other => return Err(Fault::unsupported(format!("The attribute '{other}' of an instance"))),
        }
        Ok(out)
    }
}
