//! Identifiers, one type each, so that a function that takes a `SubnetId` cannot be handed a `VpcId`.
//!
//! They look like AWS's: a prefix and 17 hexadecimal digits.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};

/// The text is not an identifier of this kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an identifier of the form {prefix}-…")]
pub struct MalformedId {
    pub text: String,
    pub prefix: &'static str,
}

macro_rules! ids { ($($(#[$m:meta])* $name:ident = $prefix:literal;)*) => { $(
    $(#[$m])*
    #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(try_from = "String", into = "String")]
    pub struct $name(Arc<str>);

    impl $name {
        /// What stands before the dash.
        pub const PREFIX: &'static str = $prefix;

        /// From 68 random bits.
        pub fn from_bits(bits: u128) -> Self {
            $name(format!("{}-{:017x}", $prefix, bits & ((1 << 68) - 1)).into())
        }

        pub fn as_str(&self) -> &str { &self.0 }
    }

    impl FromStr for $name {
        type Err = MalformedId;
        fn from_str(text: &str) -> Result<Self, MalformedId> {
            match text.strip_prefix(concat!($prefix, "-")) {
                Some(rest) if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_hexdigit() || b.is_ascii_lowercase()) => {
                    Ok($name(text.into()))
                }
                _ => Err(MalformedId { text: text.to_string(), prefix: $prefix }),
            }
        }
    }
    impl TryFrom<String> for $name {
        type Error = MalformedId;
        fn try_from(text: String) -> Result<Self, MalformedId> { text.parse() }
    }
    impl From<$name> for String {
        fn from(id: $name) -> String { id.0.to_string() }
    }
    impl fmt::Display for $name {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
    }
    impl fmt::Debug for $name {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
    }
)* } }

ids! {
    VpcId = "vpc";
    CidrAssociationId = "vpc-cidr-assoc";
    SubnetId = "subnet";
    SubnetCidrAssociationId = "subnet-cidr-assoc";
    SubnetCidrReservationId = "scr";
    DhcpOptionsId = "dopt";
    BlockPublicAccessExclusionId = "vpcbpa-exclude";
    InternetGatewayId = "igw";
    EgressOnlyInternetGatewayId = "eigw";
    NatGatewayId = "nat";
    AllocationId = "eipalloc";
    AddressAssociationId = "eipassoc";
    RouteTableId = "rtb";
    RouteTableAssociationId = "rtbassoc";
    SecurityGroupId = "sg";
    SecurityGroupRuleId = "sgr";
    NetworkAclId = "acl";
    NetworkAclAssociationId = "aclassoc";
    NetworkInterfaceId = "eni";
    AttachmentId = "eni-attach";
    InstanceId = "i";
    ReservationId = "r";
    ProfileAssociationId = "iip-assoc";
    VolumeId = "vol";
    KeyPairId = "key";
    LaunchTemplateId = "lt";
    PrefixListId = "pl";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_looks_like_aws_s() {
        let id = VpcId::from_bits(u128::MAX);
        assert_eq!(id.as_str(), "vpc-fffffffffffffffff");
        assert_eq!(id.as_str().parse::<VpcId>().unwrap(), id);
    }

    #[test]
    fn one_kind_is_not_another() {
        for text in ["", "vpc", "vpc-", "subnet-1", "vpc-cidr-assoc-1", "vpc-1 ", "vpc-é", "VPC-1"] {
            let error = text.parse::<VpcId>().unwrap_err();
            assert_eq!((error.text.as_str(), error.prefix), (text, "vpc"));
        }
        assert!("eni-attach-1".parse::<NetworkInterfaceId>().is_err());
        assert!(serde_json::from_str::<SubnetId>("\"vpc-1\"").is_err());
    }
}
