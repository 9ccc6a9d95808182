//! Explanation codes of AWS's Reachability Analyzer: those that the parts of AWS that Croft has can give.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Written as AWS writes it, such as `ENI_SG_RULES_MISMATCH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// The component does not work: a stopped instance, a failed zone.
    BadState,
    /// The route's target is gone or not there yet.
    BadStateRoute,
    /// The route leads to where the packet cannot go on.
    CannotRoute,
    /// The VPCs of the two ends are not connected.
    DisconnectedVpcs,
    /// An interface sends from its own addresses only.
    EniAddressRestriction,
    /// No rule of the interface's security groups matches.
    EniSgRulesMismatch,
    /// An interface takes packets for its own addresses only.
    EniSourceDestCheckRestriction,
    /// No internet gateway takes a packet to a private address (RFC 1918 ...
    #[serde(rename = "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS")]
    IgwDestinationPrivate,
    /// ... or RFC 6598).
    #[serde(rename = "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS")]
    IgwDestinationShared,
    /// The destination is not the public address of an interface behind the internet gateway.
    IgwPrivateIpAssociationForIngress,
    /// The source has no public address.
    IgwPublicIpAssociationForEgress,
    /// A NAT gateway lets nothing in that was not asked for.
    NgwDestAddressPreservation,
    /// A NAT gateway would give the answer another source.
    NgwSourceAddressReassign,
    /// Nothing can take the packet.
    NoPossibleDestination,
    NoRouteToDestination,
    /// The component does not carry this protocol.
    ProtocolRestriction,
    /// The interface's security groups have no rule for the direction at all.
    SgHasNoRules,
    /// The network ACL denies.
    SubnetAclRestriction,
    /// Block public access keeps it from the internet gateway.
    VpcBlockPublicAccessEnabled,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The name is the one that serde writes, kept in one place.
        self.serialize(f)
    }
}
