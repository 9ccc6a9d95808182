//! What a template says of an instance, and what a change of each means.

use super::super::network_interface::{IPV6_ADDRESS, PRIVATE_IP};
use super::super::schema::{Kind, Property, Shape, TAGS, Update, property, refused};
use super::super::subnet::PRIVATE_DNS_NAMES;
use serde_json::Value as Json;

const NO_DEVICE: &str = "remove it: there is no such device";
const NO_PLACEMENT: &str = "remove it: there is one host";
const NO_VOLUMES: &str = "give BlockDeviceMappings: volumes of their own are not supported";
const SWITCH: Kind = Kind::OneOf(&["disabled", "enabled"]);

const INTERFACE: Shape = Shape {
    properties: &[
        refused("AssociateCarrierIpAddress", NO_DEVICE),
        property("AssociatePublicIpAddress", Kind::Boolean),
        property("DeleteOnTermination", Kind::Boolean),
        property("Description", Kind::Text),
        property("DeviceIndex", Kind::Integer(0, 14)).required(),
        refused("EnaSrdSpecification", NO_DEVICE),
        property("GroupSet", Kind::List(&Kind::Id("sg"))),
        property("Ipv6AddressCount", Kind::Integer(0, 50)),
        property("Ipv6Addresses", Kind::List(&Kind::Object(IPV6_ADDRESS))),
        property("NetworkInterfaceId", Kind::Id("eni")),
        property("PrivateIpAddress", Kind::Ipv4Address),
        property("PrivateIpAddresses", Kind::List(&Kind::Object(PRIVATE_IP))),
        property("SecondaryPrivateIpAddressCount", Kind::Integer(0, 49)),
        property("SubnetId", Kind::Id("subnet")),
    ],
    exactly_one: &[],
    at_most_one: &[&["Ipv6AddressCount", "Ipv6Addresses"]],
};

/// Of a launch template too.
pub const EBS: &[Property] = &[
    property("DeleteOnTermination", Kind::Boolean),
    property("Encrypted", Kind::Boolean),
    property("Iops", Kind::Integer(1, 256_000)),
    property("KmsKeyId", Kind::Text),
    property("SnapshotId", Kind::Id("snap")),
    property("Throughput", Kind::Integer(1, 2_000)),
    property("VolumeSize", Kind::Integer(1, 65_536)),
    property("VolumeType", Kind::OneOf(&["gp2", "gp3", "io1", "io2", "sc1", "st1", "standard"])),
];

/// Of a launch template too.
pub const NO_INSTANCE_STORE: &str = "give Ebs: there are no instance store volumes";

const BLOCK_DEVICE: Shape = Shape::free(&[
    property("DeviceName", Kind::Text).required(),
    property("Ebs", Kind::Object(Shape::free(EBS))),
    property("NoDevice", Kind::Document),
    refused("VirtualName", NO_INSTANCE_STORE),
]);

/// Of a launch template too.
pub const METADATA_OPTIONS: Shape = Shape::free(&[
    property("HttpEndpoint", SWITCH),
    property("HttpProtocolIpv6", SWITCH),
    property("HttpPutResponseHopLimit", Kind::Integer(1, 64)),
    property("HttpTokens", Kind::OneOf(&["optional", "required"])),
    property("InstanceMetadataTags", SWITCH),
]);

/// Of a launch template too.
pub const CPU_OPTIONS: Shape = Shape::free(&[
    refused("AmdSevSnp", NO_DEVICE),
    property("CoreCount", Kind::Integer(1, 1024)),
    property("ThreadsPerCore", Kind::Integer(1, 2)),
]);

/// Of a launch template too.
pub const CREDITS: Kind = Kind::OneOf(&["standard", "unlimited"]);

const TEMPLATE: Shape = Shape {
    properties: &[
        property("LaunchTemplateId", Kind::Id("lt")),
        property("LaunchTemplateName", Kind::Text),
        property("Version", Kind::Text),
    ],
    exactly_one: &[&["LaunchTemplateId", "LaunchTemplateName"]],
    at_most_one: &[],
};

pub const PROPERTIES: &[Property] = &[
    refused("AdditionalInfo", NO_DEVICE),
    refused("Affinity", NO_PLACEMENT),
    property("AvailabilityZone", Kind::Text).replaces(),
    property("BlockDeviceMappings", Kind::List(&Kind::Object(BLOCK_DEVICE))).depends(devices),
    property("CpuOptions", Kind::Object(CPU_OPTIONS)).replaces(),
    property("CreditSpecification", Kind::Object(Shape::free(&[property("CPUCredits", CREDITS)]))),
    property("DisableApiTermination", Kind::Boolean),
    property("EbsOptimized", Kind::Boolean).interrupts(),
    refused("ElasticGpuSpecifications", NO_DEVICE),
    refused("ElasticInferenceAccelerators", NO_DEVICE),
    property("EnclaveOptions", Kind::Object(Shape::free(&[property("Enabled", Kind::Boolean)]))).replaces(),
    property("HibernationOptions", Kind::Object(Shape::free(&[property("Configured", Kind::Boolean)]))).replaces(),
    refused("HostId", NO_PLACEMENT),
    refused("HostResourceGroupArn", NO_PLACEMENT),
    property("IamInstanceProfile", Kind::Text),
    property("ImageId", Kind::Text).required_unless("LaunchTemplate").replaces(),
    property("InstanceInitiatedShutdownBehavior", Kind::OneOf(&["stop", "terminate"])),
    property("InstanceType", Kind::Text).interrupts(),
    property("Ipv6AddressCount", Kind::Integer(0, 50)).replaces(),
    property("Ipv6Addresses", Kind::List(&Kind::Object(IPV6_ADDRESS))).replaces(),
    refused("KernelId", NO_DEVICE),
    property("KeyName", Kind::Text).replaces(),
    property("LaunchTemplate", Kind::Object(TEMPLATE)).replaces(),
    refused("LicenseSpecifications", NO_PLACEMENT),
    property("MetadataOptions", Kind::Object(METADATA_OPTIONS)),
    property("Monitoring", Kind::Boolean),
    property("NetworkInterfaces", Kind::List(&Kind::Object(INTERFACE))).replaces(),
    refused("PlacementGroupName", NO_PLACEMENT),
    property("PrivateDnsNameOptions", Kind::Object(PRIVATE_DNS_NAMES)).depends(names),
    property("PrivateIpAddress", Kind::Ipv4Address).replaces(),
    property("PropagateTagsToVolumeOnCreation", Kind::Boolean),
    refused("RamdiskId", NO_DEVICE),
    property("SecurityGroupIds", Kind::List(&Kind::Id("sg"))),
    property("SecurityGroups", Kind::List(&Kind::Text)).replaces(),
    property("SourceDestCheck", Kind::Boolean),
    refused("SsmAssociations", "remove it: Systems Manager is not supported"),
    property("SubnetId", Kind::Id("subnet")).replaces(),
    TAGS,
    property("Tenancy", Kind::OneOf(&["default", "dedicated"])).replaces(),
    property("UserData", Kind::Text).interrupts(),
    refused("Volumes", NO_VOLUMES),
];

/// Whether a volume goes with its instance changes in place; anything else of the devices takes a new instance.
fn devices(old: Option<&Json>, new: Option<&Json>) -> Update {
    let rest = |devices: Option<&Json>| {
        let mut devices = devices.and_then(Json::as_array).cloned().unwrap_or_default();
        for device in &mut devices {
            if let Some(ebs) = device.get_mut("Ebs").and_then(Json::as_object_mut) {
                ebs.remove("DeleteOnTermination");
            }
        }
        devices
    };
    if rest(old) == rest(new) { Update::InPlace } else { Update::Replacement }
}

/// The type of the host name changes while the instance is stopped.
fn names(old: Option<&Json>, new: Option<&Json>) -> Update {
    let kind = |options: Option<&Json>| options.and_then(|o| o.get("HostnameType")).cloned();
    if kind(old) == kind(new) { Update::InPlace } else { Update::Interruption }
}
