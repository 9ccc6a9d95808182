//! `AWS::EC2::Instance` (rows NET-6, EC2-1).
//!
//! What AWS changes by stopping and starting an instance makes a new one here, `UserData` above all: the new script
//! then runs, which on AWS it would not.

use super::network_interface::{PRIVATE_IP, PrivateIp, split};
use super::schema::{Kind, NO_IPV6, Shape, TAGS, property, refused};
use super::*;
use croft_control::{InstanceNetworkInterface, ModifyNetworkInterfaceAttribute, RunInstances, TerminateInstances};
use croft_model::instance::{Instance as Model, InstanceState};
use croft_model::{InstanceId, NetworkInterfaceId, SecurityGroupId, SubnetId};
use serde::Deserialize;
use std::net::Ipv4Addr;

pub struct Instance;

const NO_DEVICE: &str = "remove it: there is no such device";
const NO_DISKS: &str = "remove it: volumes are not supported";
const NO_PLACEMENT: &str = "remove it: there is one host";

const INTERFACE: Shape = Shape {
    properties: &[
        refused("AssociateCarrierIpAddress", NO_DEVICE),
        property("AssociatePublicIpAddress", Kind::Boolean),
        property("DeleteOnTermination", Kind::Boolean),
        property("Description", Kind::Text),
        property("DeviceIndex", Kind::Integer(0, 14)).required(),
        refused("EnaSrdSpecification", NO_DEVICE),
        property("GroupSet", Kind::List(&Kind::Id("sg"))),
        refused("Ipv6AddressCount", NO_IPV6),
        refused("Ipv6Addresses", NO_IPV6),
        property("NetworkInterfaceId", Kind::Id("eni")),
        property("PrivateIpAddress", Kind::Ipv4Address),
        property("PrivateIpAddresses", Kind::List(&Kind::Object(PRIVATE_IP))),
        property("SecondaryPrivateIpAddressCount", Kind::Integer(1, 49)),
        property("SubnetId", Kind::Id("subnet")),
    ],
    exactly_one: &[],
    at_most_one: &[],
};

const PROPERTIES: &[Property] = &[
    refused("AdditionalInfo", NO_DEVICE),
    refused("Affinity", NO_PLACEMENT),
    property("AvailabilityZone", Kind::Text).replaces(),
    refused("BlockDeviceMappings", NO_DISKS),
    refused("CpuOptions", NO_DEVICE),
    refused("CreditSpecification", NO_DEVICE),
    refused("DisableApiTermination", "remove it: termination protection is not supported"),
    refused("EbsOptimized", NO_DISKS),
    refused("ElasticGpuSpecifications", NO_DEVICE),
    refused("ElasticInferenceAccelerators", NO_DEVICE),
    refused("EnclaveOptions", NO_DEVICE),
    refused("HibernationOptions", "remove it: hibernation is not supported"),
    refused("HostId", NO_PLACEMENT),
    refused("HostResourceGroupArn", NO_PLACEMENT),
    property("IamInstanceProfile", Kind::Text).replaces(),
    property("ImageId", Kind::Text).required().replaces(),
    refused("InstanceInitiatedShutdownBehavior", "remove it: an instance that ends is stopped"),
    property("InstanceType", Kind::Text).replaces(),
    refused("Ipv6AddressCount", NO_IPV6),
    refused("Ipv6Addresses", NO_IPV6),
    refused("KernelId", NO_DEVICE),
    property("KeyName", Kind::Text).replaces(),
    refused("LaunchTemplate", "write its properties into the instance: launch templates are not supported"),
    refused("LicenseSpecifications", NO_PLACEMENT),
    refused("MetadataOptions", "remove it: the metadata service is not supported yet"),
    refused("Monitoring", "remove it: detailed monitoring is not supported"),
    property("NetworkInterfaces", Kind::List(&Kind::Object(INTERFACE))).replaces(),
    refused("PlacementGroupName", NO_PLACEMENT),
    refused("PrivateDnsNameOptions", "remove it: instances have no names in the resolver yet"),
    property("PrivateIpAddress", Kind::Ipv4Address).replaces(),
    refused("PropagateTagsToVolumeOnCreation", NO_DISKS),
    refused("RamdiskId", NO_DEVICE),
    property("SecurityGroupIds", Kind::List(&Kind::Id("sg"))),
    refused("SecurityGroups", "give SecurityGroupIds: groups of a VPC are named by their identifier"),
    property("SourceDestCheck", Kind::Boolean),
    refused("SsmAssociations", "remove it: Systems Manager is not supported yet"),
    property("SubnetId", Kind::Id("subnet")).replaces(),
    TAGS,
    refused("Tenancy", NO_PLACEMENT),
    property("UserData", Kind::Text).replaces(),
    refused("Volumes", NO_DISKS),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    availability_zone: Option<String>,
    iam_instance_profile: Option<String>,
    image_id: String,
    instance_type: Option<String>,
    key_name: Option<String>,
    #[serde(default)]
    network_interfaces: Vec<Interface>,
    private_ip_address: Option<Ipv4Addr>,
    #[serde(default)]
    security_group_ids: Vec<SecurityGroupId>,
    source_dest_check: Option<bool>,
    subnet_id: Option<SubnetId>,
    user_data: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Interface {
    associate_public_ip_address: Option<bool>,
    delete_on_termination: Option<bool>,
    description: Option<String>,
    device_index: u16,
    #[serde(default)]
    group_set: Vec<SecurityGroupId>,
    network_interface_id: Option<NetworkInterfaceId>,
    private_ip_address: Option<Ipv4Addr>,
    #[serde(default)]
    private_ip_addresses: Vec<PrivateIp>,
    secondary_private_ip_address_count: Option<u32>,
    subnet_id: Option<SubnetId>,
}

impl From<Interface> for InstanceNetworkInterface {
    fn from(interface: Interface) -> InstanceNetworkInterface {
        let (primary, secondary) = split(&interface.private_ip_addresses);
        InstanceNetworkInterface {
            device_index: interface.device_index,
            network_interface_id: interface.network_interface_id,
            subnet_id: interface.subnet_id,
            groups: interface.group_set,
            description: interface.description,
            private_ip_address: interface.private_ip_address.or(primary),
            private_ip_addresses: secondary,
            secondary_private_ip_address_count: interface.secondary_private_ip_address_count,
            associate_public_ip_address: interface.associate_public_ip_address,
            delete_on_termination: interface.delete_on_termination,
        }
    }
}

/// The script that `UserData` bears.
fn script(user_data: &str) -> Result<String, String> {
    let bytes = crate::base64::decode(user_data).ok_or("UserData is not base64: wrap the script in Fn::Base64")?;
    String::from_utf8(bytes).map_err(|_| "UserData is not a text once it is decoded: give a script".to_string())
}

impl Properties {
    /// AWS refuses a zone that is not the subnet's.
    fn check_zone(&self, cloud: &Cloud) -> Result<(), Failure> {
        let of = |id: &SubnetId| cloud.subnets.get(id).map(|s| s.zone.clone());
        let zone = self.subnet_id.as_ref().and_then(of);
        match (&self.availability_zone, zone) {
            (Some(asked), Some(zone)) if *asked != zone => {
                let what =
                    format!("AvailabilityZone is {asked}, and the subnet lies in {zone}: remove AvailabilityZone");
                Err(Failure::Properties(what))
            }
            (Some(asked), None) if self.network_interfaces.is_empty() => {
                let what = format!("AvailabilityZone is {asked}, and no subnet is named: give SubnetId");
                Err(Failure::Properties(what))
            }
            _ => Ok(()),
        }
    }
}

fn find<'r>(cloud: &'r Cloud, id: &str) -> Option<&'r Model> {
    cloud.instances.get(&id.parse::<InstanceId>().ok()?)
}

/// Groups and check of the primary interface.
fn set_primary<A: Account>(
    account: &mut A,
    instance: &Model,
    groups: Option<Vec<SecurityGroupId>>,
    source_dest_check: Option<bool>,
) -> Result<(), Failure> {
    let Some(primary) = instance.interfaces.first() else { return Ok(()) };
    account.run(ModifyNetworkInterfaceAttribute {
        groups,
        source_dest_check: Some(source_dest_check.unwrap_or(true)),
        ..ModifyNetworkInterfaceAttribute::of(primary.clone())
    })?;
    Ok(())
}

impl Handler for Instance {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::Instance",
        shape: Shape {
            properties: PROPERTIES,
            exactly_one: &[],
            at_most_one: &[
                &["NetworkInterfaces", "SubnetId"],
                &["NetworkInterfaces", "SecurityGroupIds"],
                &["NetworkInterfaces", "PrivateIpAddress"],
            ],
        },
        attributes: &["AvailabilityZone", "InstanceId", "PrivateIp", "PublicIp", "State.Code", "State.Name", "VpcId"],
        refused_attributes: &[
            ("PrivateDnsName", "instances have no names yet: take PrivateIp"),
            ("PublicDnsName", "instances have no names yet: take PublicIp"),
        ],
        which: Which::Instance,
    };

    fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
        let user_data = properties.get("UserData").and_then(Json::as_str);
        user_data.and_then(|text| script(text).err()).map(|wrong| ("UserData", wrong)).into_iter().collect()
    }

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        properties.check_zone(&account.cloud())?;
        let user_data = properties.user_data.as_deref().map(script).transpose().map_err(Failure::Properties)?;
        let launched = account.run(RunInstances {
            image_id: properties.image_id,
            instance_type: properties.instance_type,
            subnet_id: properties.subnet_id,
            security_group_ids: properties.security_group_ids,
            private_ip_address: properties.private_ip_address,
            network_interfaces: properties.network_interfaces.into_iter().map(Into::into).collect(),
            user_data,
            key_name: properties.key_name,
            iam_instance_profile: properties.iam_instance_profile,
            tags: new.tags(),
            ..RunInstances::default()
        })?;
        let Some(instance) = launched.into_iter().next() else {
            return Err(Failure::Settling("no instance was launched".to_string()));
        };
        if properties.source_dest_check.is_some()
            && let Err(failure) = set_primary(account, &instance, None, properties.source_dest_check)
        {
            account.run(TerminateInstances { instance_ids: vec![instance.id] })?;
            return Err(failure);
        }
        Ok(instance.id.to_string())
    }

    fn made(cloud: &Cloud, id: &str) -> Settled {
        let Some(instance) = find(cloud, id) else { return Settled::Failed(format!("{id} is gone")) };
        match instance.state {
            InstanceState::Running => Settled::Done,
            InstanceState::Pending => Settled::NotYet,
            state => {
                let reason = instance.state_reason.as_deref().unwrap_or("no reason was given");
                Settled::Failed(format!("{id} did not come up, it is {}: {reason}", state_name(state)))
            }
        }
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let cloud = account.cloud();
        let Some(instance) = find(&cloud, id) else {
            return Err(Failure::Settling(format!("the instance {id} is gone")));
        };
        let vpc = instance.interfaces.first().and_then(|i| cloud.interfaces.get(i)).map(|i| i.vpc.clone());
        let default = vpc.and_then(|id| cloud.vpcs.get(&id)).map(|vpc| vec![vpc.default_security_group.clone()]);
        let groups = match (properties.security_group_ids.is_empty(), properties.network_interfaces.is_empty()) {
            (false, _) => Some(properties.security_group_ids),
            (true, true) => default,
            (true, false) => None,
        };
        set_primary(account, instance, groups, properties.source_dest_check)?;
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(TerminateInstances { instance_ids: vec![id.parse()?] })?;
        Ok(())
    }

    fn gone(cloud: &Cloud, id: &str) -> Settled {
        match find(cloud, id).map(|i| i.state) {
            None | Some(InstanceState::Terminated) => Settled::Done,
            Some(_) => Settled::NotYet,
        }
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let instance = find(cloud, id)?;
        let interface = instance.interfaces.first().and_then(|id| cloud.interfaces.get(id));
        let text = match name {
            "InstanceId" => instance.id.to_string(),
            "State.Code" => state_code(instance.state).to_string(),
            "State.Name" => state_name(instance.state).to_string(),
            "AvailabilityZone" => cloud.subnets.get(&interface?.subnet)?.zone.clone(),
            "VpcId" => interface?.vpc.to_string(),
            "PrivateIp" => interface?.private_ips.first()?.to_string(),
            "PublicIp" => {
                let interface = interface?;
                match cloud.public_ip(interface, *interface.private_ips.first()?) {
                    Some(ip) => ip.to_string(),
                    None => {
                        let what = format!("the instance {id} has no public address");
                        let advice = "let its subnet give one (MapPublicIpOnLaunch), or add an AWS::EC2::EIP";
                        return Some(Known::Never(what, advice.to_string()));
                    }
                }
            }
            _ => return None,
        };
        Some(Known::Text(text))
    }
}

/// As AWS numbers them.
fn state_code(state: InstanceState) -> u8 {
    match state {
        InstanceState::Pending => 0,
        InstanceState::Running => 16,
        InstanceState::ShuttingDown => 32,
        InstanceState::Terminated => 48,
        InstanceState::Stopping => 64,
        InstanceState::Stopped => 80,
    }
}

/// As AWS names them.
fn state_name(state: InstanceState) -> &'static str {
    match state {
        InstanceState::Pending => "pending",
        InstanceState::Running => "running",
        InstanceState::ShuttingDown => "shutting-down",
        InstanceState::Terminated => "terminated",
        InstanceState::Stopping => "stopping",
        InstanceState::Stopped => "stopped",
    }
}
