//! Refusals, worded as AWS words them.
//!
//! Codes are AWS's own, irregular as they are (`InvalidVpcID.NotFound`, but `NatGatewayNotFound`): scripts match on
//! them. They are written down here and nowhere else.

use croft_model::*;
use serde::Serialize;
use std::fmt::Display;

/// Why a command was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Error {
    /// AWS's error code, such as `InvalidSubnet.Conflict`.
    pub code: &'static str,
    /// A sentence for a person, with the values in it.
    pub message: String,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Error { code, message: message.into() }
    }

    pub(crate) fn invalid_value(parameter: &str, value: impl Display, why: impl Display) -> Self {
        Error::new("InvalidParameterValue", format!("Value ({value}) for parameter {parameter} is invalid. {why}"))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Error::new("InvalidParameterValue", message)
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Error::new("MissingParameter", format!("The request must contain the parameter {parameter}"))
    }

    pub(crate) fn combination(message: impl Into<String>) -> Self {
        Error::new("InvalidParameterCombination", message)
    }

    /// AWS can do it, Croft cannot yet.
    pub(crate) fn unsupported(what: impl Display) -> Self {
        Error::new("UnsupportedOperation", format!("{what} is not supported by Croft."))
    }

    pub(crate) fn not_permitted(message: impl Into<String>) -> Self {
        Error::new("OperationNotPermitted", message)
    }

    /// `kind` as AWS spells it in this message: `vpc`, `subnet`, `routeTable`, `internetGateway`, `networkAcl`.
    pub(crate) fn in_use(kind: &str, id: impl Display, by: impl Display) -> Self {
        Error::new(
            "DependencyViolation",
            format!("The {kind} '{id}' has dependencies and cannot be deleted: {by} still uses it."),
        )
    }

    pub(crate) fn dependency(message: impl Into<String>) -> Self {
        Error::new("DependencyViolation", message)
    }

    pub(crate) fn limit(code: &'static str, what: &str, quota: u32) -> Self {
        Error::new(code, format!("The maximum number of {what} has been reached: the quota is {quota}."))
    }

    pub(crate) fn different_networks(one: impl Display, other: impl Display) -> Self {
        Error::new("InvalidParameterValue", format!("{one} and {other} belong to different networks"))
    }

    pub(crate) fn no_free_address(subnet: &SubnetId, wanted: usize) -> Self {
        Error::new(
            "InsufficientFreeAddressesInSubnet",
            format!(
                "The specified subnet '{subnet}' does not have enough free addresses to satisfy the request ({wanted} wanted)."
            ),
        )
    }

    pub(crate) fn address_in_use(address: impl Display) -> Self {
        Error::new("InvalidIPAddress.InUse", format!("Address {address} is in use."))
    }

    /// Attached, or a NAT gateway's: it cannot be deleted.
    pub(crate) fn interface_in_use(id: &NetworkInterfaceId) -> Self {
        Error::new("InvalidParameterValue", format!("Network interface '{id}' is currently in use."))
    }

    pub(crate) fn instance_state(id: &InstanceId, can: &str) -> Self {
        Error::new(
            "IncorrectInstanceState",
            format!("The instance '{id}' is not in a state from which it can be {can}."),
        )
    }
}

/// An identifier that AWS answers with its own code when nothing bears it.
pub trait Identified: Display {
    const NOT_FOUND: &'static str;
    /// What AWS calls it in the message.
    const NAME: &'static str;

    fn not_found(&self) -> Error {
        Error::new(Self::NOT_FOUND, format!("The {} '{self}' does not exist", Self::NAME))
    }
}

macro_rules! identified { ($($id:ty: $malformed:literal, $not_found:literal, $name:literal;)*) => {
    $(impl Identified for $id {
        const NOT_FOUND: &'static str = $not_found;
        const NAME: &'static str = $name;
    })*

    /// Of every kind of identifier the prefix and the code that AWS answers to one that is malformed.
    pub const MALFORMED: &[(&str, &str)] = &[$((<$id>::PREFIX, $malformed)),*];
} }

// From AWS's table of EC2's error codes, irregular as it is. A kind that the table has no malformed code for gets the
// general one, whose description asks for the full identifier.
identified! {
    VpcId: "InvalidVpcID.Malformed", "InvalidVpcID.NotFound", "vpc ID";
    CidrAssociationId: "InvalidParameterValue", "InvalidVpcCidrBlockAssociationID.NotFound", "vpc CIDR block association ID";
    SubnetId: "InvalidSubnetID.Malformed", "InvalidSubnetID.NotFound", "subnet ID";
    SubnetCidrAssociationId: "InvalidParameterValue", "InvalidSubnetCidrBlockAssociationID.NotFound", "subnet CIDR block association ID";
    SubnetCidrReservationId: "InvalidParameterValue", "InvalidSubnetCidrReservationID.NotFound", "subnet CIDR reservation ID";
    DhcpOptionsId: "InvalidDhcpOptionsId.Malformed", "InvalidDhcpOptionID.NotFound", "dhcpOption ID";
    BlockPublicAccessExclusionId: "InvalidParameterValue", "InvalidVpcBlockPublicAccessExclusionId.NotFound", "exclusion ID";
    InternetGatewayId: "InvalidInternetGatewayId.Malformed", "InvalidInternetGatewayID.NotFound", "internetGateway ID";
    EgressOnlyInternetGatewayId: "InvalidEgressOnlyInternetGatewayId.Malformed", "InvalidGatewayID.NotFound", "gateway ID";
    NatGatewayId: "NatGatewayMalformed", "NatGatewayNotFound", "NAT gateway";
    AllocationId: "InvalidParameterValue", "InvalidAllocationID.NotFound", "allocation ID";
    AddressAssociationId: "InvalidParameterValue", "InvalidAssociationID.NotFound", "association ID";
    RouteTableId: "InvalidRouteTableId.Malformed", "InvalidRouteTableID.NotFound", "routeTable ID";
    RouteTableAssociationId: "InvalidParameterValue", "InvalidAssociationID.NotFound", "association ID";
    SecurityGroupId: "InvalidGroupId.Malformed", "InvalidGroup.NotFound", "security group";
    SecurityGroupRuleId: "InvalidSecurityGroupRuleId.Malformed", "InvalidSecurityGroupRuleId.NotFound", "security group rule ID";
    NetworkAclId: "InvalidNetworkAclId.Malformed", "InvalidNetworkAclID.NotFound", "networkAcl ID";
    NetworkAclAssociationId: "InvalidParameterValue", "InvalidAssociationID.NotFound", "association ID";
    NetworkInterfaceId: "InvalidNetworkInterfaceId.Malformed", "InvalidNetworkInterfaceID.NotFound", "networkInterface ID";
    AttachmentId: "InvalidNetworkInterfaceAttachmentId.Malformed", "InvalidAttachmentID.NotFound", "interface attachment";
    InstanceId: "InvalidInstanceID.Malformed", "InvalidInstanceID.NotFound", "instance ID";
    PrefixListId: "InvalidPrefixListId.Malformed", "InvalidPrefixListID.NotFound", "prefix list ID";
    VolumeId: "InvalidVolumeID.Malformed", "InvalidVolume.NotFound", "volume";
    KeyPairId: "InvalidParameterValue", "InvalidKeyPair.NotFound", "key pair ID";
    LaunchTemplateId: "InvalidLaunchTemplateId.Malformed", "InvalidLaunchTemplateId.NotFound", "launch template ID";
}

impl From<MalformedId> for Error {
    fn from(e: MalformedId) -> Error {
        let known = MALFORMED.iter().find(|(prefix, _)| *prefix == e.prefix);
        let code = known.map_or("InvalidParameterValue", |(_, code)| code);
        Error::new(code, format!("Invalid id: \"{}\" (expecting \"{}-...\")", e.text, e.prefix))
    }
}
