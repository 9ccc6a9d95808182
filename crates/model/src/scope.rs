//! Whose a resource is and where: an account and one of its regions. Nothing of one scope sees anything of another.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};

/// The text is neither account nor region nor scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {what}")]
pub struct MalformedScope {
    pub text: String,
    /// Such as `account of twelve digits`.
    pub what: &'static str,
}

macro_rules! names { ($($(#[$m:meta])* $name:ident: $what:literal, $default:literal, $legal:expr;)*) => { $(
    $(#[$m])*
    #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(try_from = "String", into = "String")]
    pub struct $name(Arc<str>);

    impl $name {
        pub fn as_str(&self) -> &str { &self.0 }
    }
    impl Default for $name {
        fn default() -> Self { $name($default.into()) }
    }
    impl FromStr for $name {
        type Err = MalformedScope;
        fn from_str(text: &str) -> Result<Self, MalformedScope> {
            let legal: fn(&str) -> bool = $legal;
            match legal(text) {
                true => Ok($name(text.into())),
                false => Err(MalformedScope { text: text.to_string(), what: $what }),
            }
        }
    }
    impl TryFrom<String> for $name {
        type Error = MalformedScope;
        fn try_from(text: String) -> Result<Self, MalformedScope> { text.parse() }
    }
    impl From<$name> for String {
        fn from(name: $name) -> String { name.0.to_string() }
    }
    impl PartialEq<str> for $name {
        fn eq(&self, other: &str) -> bool { *self.0 == *other }
    }
    impl PartialEq<&str> for $name {
        fn eq(&self, other: &&str) -> bool { *self.0 == **other }
    }
    impl fmt::Display for $name {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
    }
    impl fmt::Debug for $name {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
    }
)* } }

names! {
    /// Twelve digits.
    AccountId: "account of twelve digits", "000000000000",
        |text| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    /// Such as `us-east-1`.
    RegionName: "name of a region", "us-east-1", |text| {
        !text.is_empty()
            && text.len() <= 32
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
}

/// An account in a region, written `000000000000/us-east-1`. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope {
    pub account: AccountId,
    pub region: RegionName,
}

impl Scope {
    /// From the text of an account and of a region.
    pub fn new(account: &str, region: &str) -> Result<Scope, MalformedScope> {
        Ok(Scope { account: account.parse()?, region: region.parse()? })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}

impl FromStr for Scope {
    type Err = MalformedScope;
    fn from_str(text: &str) -> Result<Scope, MalformedScope> {
        let malformed = || MalformedScope { text: text.to_string(), what: "scope of the form account/region" };
        let (account, region) = text.split_once('/').ok_or_else(malformed)?;
        Scope::new(account, region)
    }
}

impl TryFrom<String> for Scope {
    type Error = MalformedScope;
    fn try_from(text: String) -> Result<Scope, MalformedScope> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> String {
        scope.to_string()
    }
}

/// What belongs to an account in a region.
pub trait Scoped {
    fn scope(&self) -> &Scope;
}

macro_rules! scoped { ($($type:ty)*) => { $(
    impl Scoped for $type {
        fn scope(&self) -> &Scope { &self.scope }
    }
)* } }

scoped! {
    crate::address::Address
    crate::block_public_access::BlockPublicAccessExclusion
    crate::dhcp_options::DhcpOptions
    crate::gateway::EgressOnlyInternetGateway
    crate::gateway::InternetGateway
    crate::gateway::NatGateway
    crate::group::SecurityGroup
    crate::instance::Instance
    crate::interface::NetworkInterface
    crate::key_pair::KeyPair
    crate::launch_template::LaunchTemplate
    crate::network_acl::NetworkAcl
    crate::prefix_list::PrefixList
    crate::route::RouteTable
    crate::settings::RegionSettings
    crate::stack::ChangeSet
    crate::stack::DriftDetection
    crate::stack::Stack
    crate::stack::StackEvent
    crate::stack::StackResource
    crate::stack::StackSignals
    crate::subnet::Subnet
    crate::subnet::SubnetCidrReservation
    crate::volume::Volume
    crate::vpc::Vpc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_written_as_account_and_region() {
        let scope = Scope::default();
        assert_eq!(serde_json::to_string(&scope).unwrap(), "\"000000000000/us-east-1\"");
        assert_eq!("123456789012/eu-west-3".parse(), Scope::new("123456789012", "eu-west-3"));
    }

    #[test]
    fn what_is_no_scope_is_refused() {
        for text in ["", "/", "000000000000", "00000000000/us-east-1", "00000000000a/us-east-1", "000000000000/"] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
        for region in ["US-EAST-1", "us east", "us/east", "é"] {
            assert!(region.parse::<RegionName>().is_err(), "{region}");
        }
    }
}
