//! What a launch template may say of a launch.

use super::super::instance::properties::{CPU_OPTIONS, CREDITS, EBS, METADATA_OPTIONS, NO_INSTANCE_STORE};
use super::super::network_interface::IPV6_ADDRESS;
use super::super::schema::{Kind, Property, Shape, TAGS, property, refused};
use super::super::subnet::PRIVATE_DNS_NAMES;

const NO_DEVICE: &str = "remove it: there is no such device";
const NO_PLACEMENT: &str = "remove it: there is one host";
const NO_PREFIXES: &str = "remove it: prefixes of an interface are not supported";
const NO_LAUNCH: &str = "give these to the AWS::EC2::NetworkInterface: a launch does not take them here";

const DEVICE: Shape = Shape::free(&[
    property("DeviceName", Kind::Text).required(),
    property("Ebs", Kind::Object(Shape::free(EBS_OF_TEMPLATE))),
    property("NoDevice", Kind::Text),
    refused("VirtualName", NO_INSTANCE_STORE),
]);

/// Those of an instance, and two that are refused.
const EBS_OF_TEMPLATE: &[Property] = &[
    EBS[0],
    EBS[1],
    EBS[2],
    EBS[3],
    EBS[4],
    EBS[5],
    EBS[6],
    EBS[7],
    refused("EbsCardIndex", NO_DEVICE),
    refused("VolumeInitializationRate", "remove it: a volume is ready at once"),
];

const PRIVATE_IP: Shape =
    Shape::free(&[property("Primary", Kind::Boolean), property("PrivateIpAddress", Kind::Ipv4Address).required()]);

const INTERFACE: Shape = Shape {
    properties: &[
        refused("AssociateCarrierIpAddress", NO_DEVICE),
        property("AssociatePublicIpAddress", Kind::Boolean),
        refused("ConnectionTrackingSpecification", NO_LAUNCH),
        property("DeleteOnTermination", Kind::Boolean),
        property("Description", Kind::Text),
        property("DeviceIndex", Kind::Integer(0, 14)),
        refused("EnaQueueCount", NO_DEVICE),
        refused("EnaSrdSpecification", NO_DEVICE),
        property("Groups", Kind::List(&Kind::Id("sg"))),
        property("InterfaceType", Kind::OneOf(&["interface"])),
        refused("Ipv4PrefixCount", NO_PREFIXES),
        refused("Ipv4Prefixes", NO_PREFIXES),
        property("Ipv6AddressCount", Kind::Integer(0, 50)),
        property("Ipv6Addresses", Kind::List(&Kind::Object(IPV6_ADDRESS))),
        refused("Ipv6PrefixCount", NO_PREFIXES),
        refused("Ipv6Prefixes", NO_PREFIXES),
        property("NetworkCardIndex", Kind::Integer(0, 0)),
        property("NetworkInterfaceId", Kind::Id("eni")),
        property("PrimaryIpv6", Kind::Boolean),
        property("PrivateIpAddress", Kind::Ipv4Address),
        property("PrivateIpAddresses", Kind::List(&Kind::Object(PRIVATE_IP))),
        property("SecondaryPrivateIpAddressCount", Kind::Integer(0, 49)),
        property("SubnetId", Kind::Id("subnet")),
    ],
    exactly_one: &[],
    at_most_one: &[&["Ipv6AddressCount", "Ipv6Addresses"]],
};

const PLACEMENT: Shape = Shape::free(&[
    refused("Affinity", NO_PLACEMENT),
    property("AvailabilityZone", Kind::Text),
    refused("GroupId", NO_PLACEMENT),
    refused("GroupName", NO_PLACEMENT),
    refused("HostId", NO_PLACEMENT),
    refused("HostResourceGroupArn", NO_PLACEMENT),
    refused("PartitionNumber", NO_PLACEMENT),
    refused("SpreadDomain", NO_PLACEMENT),
    property("Tenancy", Kind::OneOf(&["default", "dedicated"])),
]);

const RESERVATION: Shape = Shape::free(&[
    property("CapacityReservationPreference", Kind::OneOf(&["open", "none"])),
    refused("CapacityReservationTarget", "remove it: capacity is not reserved here"),
]);

/// `TagSpecifications`: of what a launch makes, or of the template itself.
pub const TAG_SPECIFICATION: Shape = Shape::free(&[property("ResourceType", Kind::Text).required(), TAGS]);

const ENABLED: Kind = Kind::Object(Shape::free(&[property("Enabled", Kind::Boolean)]));

/// `LaunchTemplateData`, named as AWS names the parameters of a launch.
pub const DATA: Shape = Shape::free(&[
    property("BlockDeviceMappings", Kind::List(&Kind::Object(DEVICE))),
    property("CapacityReservationSpecification", Kind::Object(RESERVATION)),
    property("CpuOptions", Kind::Object(CPU_OPTIONS)),
    property("CreditSpecification", Kind::Object(Shape::free(&[property("CpuCredits", CREDITS)]))),
    property("DisableApiStop", Kind::Boolean),
    property("DisableApiTermination", Kind::Boolean),
    property("EbsOptimized", Kind::Boolean),
    property("EnclaveOptions", ENABLED),
    property("HibernationOptions", Kind::Object(Shape::free(&[property("Configured", Kind::Boolean)]))),
    property(
        "IamInstanceProfile",
        Kind::Object(Shape {
            properties: &[property("Arn", Kind::Text), property("Name", Kind::Text)],
            exactly_one: &[&["Arn", "Name"]],
            at_most_one: &[],
        }),
    ),
    property("ImageId", Kind::Text),
    property("InstanceInitiatedShutdownBehavior", Kind::OneOf(&["stop", "terminate"])),
    refused("InstanceMarketOptions", "remove it: there is no market for instances here"),
    refused("InstanceRequirements", "give InstanceType: types are not chosen by their qualities"),
    property("InstanceType", Kind::Text),
    refused("KernelId", NO_DEVICE),
    property("KeyName", Kind::Text),
    refused("LicenseSpecifications", NO_PLACEMENT),
    property(
        "MaintenanceOptions",
        Kind::Object(Shape::free(&[property("AutoRecovery", Kind::OneOf(&["default", "disabled"]))])),
    ),
    property("MetadataOptions", Kind::Object(METADATA_OPTIONS)),
    property("Monitoring", ENABLED),
    property("NetworkInterfaces", Kind::List(&Kind::Object(INTERFACE))),
    refused("NetworkPerformanceOptions", NO_DEVICE),
    property("Placement", Kind::Object(PLACEMENT)),
    property("PrivateDnsNameOptions", Kind::Object(PRIVATE_DNS_NAMES)),
    refused("RamDiskId", NO_DEVICE),
    property("SecurityGroupIds", Kind::List(&Kind::Id("sg"))),
    property("SecurityGroups", Kind::List(&Kind::Text)),
    property("TagSpecifications", Kind::List(&Kind::Object(TAG_SPECIFICATION))),
    property("UserData", Kind::Text),
]);
