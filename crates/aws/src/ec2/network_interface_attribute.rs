//! Attributes of network interfaces.

use super::group_identifier::{GroupIdentifier, group_identifiers};
use super::listing::{identifiers, one};
use super::network_interface::ConnectionTrackingSpecification;
use super::network_interface::output::{AttachmentOutput, source_dest_check};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::interface::NetworkInterface;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] =
    operations![DescribeNetworkInterfaceAttribute, ModifyNetworkInterfaceAttribute, ResetNetworkInterfaceAttribute,];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeNetworkInterfaceAttribute {
    network_interface_id: String,
    attribute: Attribute,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Attribute {
    Description,
    GroupSet,
    SourceDestCheck,
    Attachment,
    AssociatePublicIpAddress,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNetworkInterfaceAttributeOutput {
    attachment: Option<AttachmentOutput>,
    description: Option<TextValue>,
    groups: Option<Vec<GroupIdentifier>>,
    network_interface_id: String,
    source_dest_check: Option<BooleanValue>,
    associate_public_ip_address: Option<bool>,
}

/// An attribute's value in a structure of its own.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TextValue {
    value: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct BooleanValue {
    value: Option<bool>,
}

impl Operation for DescribeNetworkInterfaceAttribute {
    const NAME: &'static str = "DescribeNetworkInterfaceAttribute";
    type Output = DescribeNetworkInterfaceAttributeOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeNetworkInterfaceAttributeOutput, Fault> {
        let cloud = call.cloud();
        let interface: &NetworkInterface = one(&cloud, call.scope, &self.network_interface_id)?;
        let mut output = DescribeNetworkInterfaceAttributeOutput {
            network_interface_id: interface.id.to_string(),
            ..DescribeNetworkInterfaceAttributeOutput::default()
        };
        match self.attribute {
            Attribute::Description => {
                output.description = Some(TextValue { value: Some(interface.description.clone()) });
            }
            Attribute::GroupSet => output.groups = Some(group_identifiers(&cloud, &interface.groups)),
            Attribute::SourceDestCheck => {
                output.source_dest_check = Some(BooleanValue { value: Some(source_dest_check(interface)) });
            }
            Attribute::Attachment => output.attachment = AttachmentOutput::of(interface),
            Attribute::AssociatePublicIpAddress => {
                output.associate_public_ip_address = Some(interface.public_ip_at_start);
            }
        }
        Ok(output)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyNetworkInterfaceAttribute {
    network_interface_id: String,
    description: Option<TextValue>,
    source_dest_check: Option<BooleanValue>,
    groups: Option<Vec<String>>,
    attachment: Option<AttachmentChanges>,
    connection_tracking_specification: Option<ConnectionTrackingSpecification>,
    associate_public_ip_address: Option<bool>,
    enable_primary_ipv6: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AttachmentChanges {
    attachment_id: Option<String>,
    delete_on_termination: Option<bool>,
}

impl ModifyNetworkInterfaceAttribute {
    /// What is to be changed, by AWS's names.
    fn named(&self) -> Vec<&'static str> {
        let given = [
            ("description", self.description.is_some()),
            ("sourceDestCheck", self.source_dest_check.is_some()),
            ("groupSet", self.groups.is_some()),
            ("attachment", self.attachment.is_some()),
            ("connectionTrackingSpecification", self.connection_tracking_specification.is_some()),
            ("associatePublicIpAddress", self.associate_public_ip_address.is_some()),
            ("enablePrimaryIpv6", self.enable_primary_ipv6.is_some()),
        ];
        given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
    }
}

impl Operation for ModifyNetworkInterfaceAttribute {
    const NAME: &'static str = "ModifyNetworkInterfaceAttribute";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        match self.named().as_slice() {
            [] => {
                return Err(Fault::invalid_combination("No attributes specified."));
            }
            [_] => {}
            several => {
                let message = format!("Fields for multiple attribute types specified: {}", several.join(", "));
                return Err(Fault::invalid_combination(message));
            }
        }
        let id = self.network_interface_id.parse()?;
        let (attachment_id, delete_on_termination) = match self.attachment {
            Some(AttachmentChanges { attachment_id: Some(id), delete_on_termination }) => {
                (Some(id.parse()?), delete_on_termination)
            }
            Some(_) => return Err(Fault::missing("Attachment.AttachmentId")),
            None => (None, None),
        };
        if self.enable_primary_ipv6 == Some(false) {
            return Err(Fault::invalid_value("A primary IPv6 address cannot be disabled once it is enabled."));
        }
        call.run(croft_control::ModifyNetworkInterfaceAttribute {
            description: self.description.map(|d| d.value.unwrap_or_default()),
            source_dest_check: self.source_dest_check.map(given).transpose()?,
            groups: self.groups.as_deref().map(identifiers).transpose()?,
            attachment_id,
            delete_on_termination,
            connection_tracking: self.connection_tracking_specification.map(Into::into).unwrap_or_default(),
            associate_public_ip_address: self.associate_public_ip_address,
            enable_primary_ipv6: self.enable_primary_ipv6 == Some(true),
            ..croft_control::ModifyNetworkInterfaceAttribute::of(id)
        })
    }
}

fn given(value: BooleanValue) -> Result<bool, Fault> {
    value.value.ok_or_else(|| Fault::missing("SourceDestCheck.Value"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ResetNetworkInterfaceAttribute {
    network_interface_id: String,
    /// Whatever it says, it is on again.
    source_dest_check: Option<String>,
}

impl Operation for ResetNetworkInterfaceAttribute {
    const NAME: &'static str = "ResetNetworkInterfaceAttribute";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        if self.source_dest_check.is_none() {
            return Err(Fault::missing("SourceDestCheck"));
        }
        let id = self.network_interface_id.parse()?;
        call.run(croft_control::ModifyNetworkInterfaceAttribute {
            source_dest_check: Some(true),
            ..croft_control::ModifyNetworkInterfaceAttribute::of(id)
        })
    }
}
