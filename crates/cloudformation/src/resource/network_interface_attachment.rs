//! `AWS::EC2::NetworkInterfaceAttachment`: a further interface on an instance.

use super::live::Live;
use super::schema::{Kind, Shape, property, refused};
use super::*;
use croft_control::{AttachNetworkInterface, DetachNetworkInterface, ModifyNetworkInterfaceAttribute};
use croft_model::interface::AttachmentStatus;
use croft_model::{InstanceId, NetworkInterfaceId};
use serde::Deserialize;

pub struct NetworkInterfaceAttachment;

const PROPERTIES: &[Property] = &[
    property("DeleteOnTermination", Kind::Boolean),
    // Zero is the instance's own.
    property("DeviceIndex", Kind::Integer(1, 14)).required(),
    refused("EnaQueueCount", "remove it: there is no such device"),
    refused("EnaSrdSpecification", "remove it: there is no such device"),
    property("InstanceId", Kind::Id("i")).required(),
    property("NetworkInterfaceId", Kind::Id("eni")).required(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    /// True if absent, as AWS documents of this type.
    delete_on_termination: Option<bool>,
    device_index: u16,
    instance_id: InstanceId,
    network_interface_id: NetworkInterfaceId,
}

fn attach<A: Account>(account: &mut A, properties: Properties) -> Result<String, Failure> {
    let Properties { delete_on_termination, device_index, instance_id, network_interface_id } = properties;
    let interface = network_interface_id.clone();
    let attachment = account.run(AttachNetworkInterface { network_interface_id, instance_id, device_index })?;
    if let Err(failure) = set_delete_on_termination(account, interface, delete_on_termination) {
        account.run(DetachNetworkInterface { attachment_id: attachment })?;
        return Err(failure);
    }
    Ok(attachment.to_string())
}

fn set_delete_on_termination<A: Account>(
    account: &mut A,
    interface: NetworkInterfaceId,
    delete: Option<bool>,
) -> Result<(), Failure> {
    account.run(ModifyNetworkInterfaceAttribute {
        delete_on_termination: Some(delete.unwrap_or(true)),
        ..ModifyNetworkInterfaceAttribute::of(interface)
    })?;
    Ok(())
}

impl Handler for NetworkInterfaceAttachment {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::NetworkInterfaceAttachment",
        shape: Shape::free(PROPERTIES),
        attributes: &["AttachmentId"],
        refused_attributes: &[],
        which: Which::NetworkInterfaceAttachment,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        attach(account, new.read()?)
    }

    fn made(cloud: &Cloud, id: &str) -> Settled {
        let mut attachments = cloud.interfaces.values().filter_map(|i| i.attachment.as_ref());
        match attachments.find(|a| a.id.as_str() == id).map(|a| a.status) {
            Some(AttachmentStatus::Attached) => Settled::Done,
            Some(AttachmentStatus::Attaching) => Settled::NotYet,
            None => Settled::Failed(format!("{id} has been detached meanwhile")),
        }
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let (from, to): (Properties, Properties) = (read(old)?, new.read()?);
        let place = |p: &Properties| (p.device_index, p.instance_id.clone(), p.network_interface_id.clone());
        if place(&from) == place(&to) {
            set_delete_on_termination(account, to.network_interface_id, to.delete_on_termination)?;
            return Ok(id.to_string());
        }
        account.run(DetachNetworkInterface { attachment_id: id.parse()? })?;
        attach(account, to).or_else(|failure| {
            attach(account, from)?;
            Err(failure)
        })
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DetachNetworkInterface { attachment_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let attached = cloud.interfaces.values().filter_map(|i| Some((i, i.attachment.as_ref()?)));
        let (interface, attachment) = attached.into_iter().find(|(_, a)| a.id.as_str() == id)?;
        Live::beside(properties)
            .is("DeleteOnTermination", attachment.delete_on_termination)
            .is("DeviceIndex", attachment.device_index)
            .is("InstanceId", attachment.instance.as_str())
            .is("NetworkInterfaceId", interface.id.as_str())
            .done()
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "AttachmentId").then(|| Known::Text(id.to_string()))
    }
}
