//! Resource types: for each, its properties, its attributes, and what makes, changes and deletes it.
//!
//! A type is a module with a table entry ([`ResourceType`]) and a [`Handler`]; [`table`] lists them all.

pub mod cloudformation;
pub mod identifier;
pub mod schema;
pub mod table;

mod block_public_access_exclusion;
mod block_public_access_options;
mod cdk_metadata;
mod dhcp_options;
mod egress_only_internet_gateway;
mod eip;
mod eip_association;
mod gateway_route_table_association;
mod group_name;
mod iam;
mod instance;
mod internet_gateway;
mod key_pair;
mod launch_template;
pub mod live;
mod name;
mod nat_gateway;
mod network_acl;
mod network_acl_entry;
mod network_interface;
mod network_interface_attachment;
mod prefix_list;
mod route;
mod route_table;
mod rule;
mod security_group;
mod security_group_egress;
mod security_group_ingress;
mod security_group_vpc_association;
mod subnet;
mod subnet_cidr_block;
mod subnet_network_acl_association;
mod subnet_route_table_association;
pub mod tags;
mod vpc;
mod vpc_cidr_block;
mod vpc_dhcp_options_association;
mod vpc_gateway_attachment;

pub use schema::{Kind, Property, ResourceType, Shape, Update};
pub use table::Which;

#[cfg(test)]
mod tests;

use crate::language::evaluate::Known;
use crate::stack::{Account, PATIENCE};
use croft_control::Cloud;
use croft_model::Tags;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::time::Duration;

/// Why a resource could not be made, changed or deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The cloud refused it.
    #[error("{0}")]
    Refused(#[from] croft_control::Error),
    /// The properties make no request.
    #[error("{0}")]
    Properties(String),
    /// It was made and did not become what it should.
    #[error("{0}")]
    Settling(String),
}

impl Failure {
    /// Something still uses the resource: it may be gone in a moment.
    pub fn is_dependency(&self) -> bool {
        const IN_USE: [&str; 4] =
            ["DeleteConflict", "DependencyViolation", "InvalidCidrBlock.InUse", "InvalidIPAddress.InUse"];
        matches!(self, Failure::Refused(e) if IN_USE.contains(&e.code)
            // Of an interface that is attached: AWS has no code of its own for it.
            || e.code == "InvalidParameterValue" && e.message.ends_with("is currently in use."))
    }

    /// The resource does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Failure::Refused(e) if e.code.ends_with("NotFound") || e.code == "NoSuchEntity")
    }
}

impl From<croft_model::MalformedId> for Failure {
    fn from(error: croft_model::MalformedId) -> Failure {
        Failure::Properties(error.to_string())
    }
}

/// What is wrong with a property, in a sentence without its full stop.
pub type Wrong = (&'static str, String);

/// How far a resource is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    Done,
    NotYet,
    Failed(String),
}

/// A resource to be made.
#[derive(Clone, Debug)]
pub struct New<'a> {
    pub stack_name: &'a str,
    pub stack_id: &'a str,
    pub logical_id: &'a str,
    pub properties: &'a Map<String, Json>,
}

impl New<'_> {
    /// The properties as a type's own struct.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        read(self.properties)
    }

    /// The tags of the template and those by which a resource tells its stack.
    pub fn tags(&self) -> Tags {
        let mut tags = tags::of(self.properties);
        tags.extend(tags::marks(self.stack_name, self.stack_id, self.logical_id));
        tags
    }

    /// A name as CloudFormation makes them: stack, logical id and twelve letters and digits that differ each time.
    pub fn generated_name(&self, version: u64) -> String {
        let bits = crate::stack::identity::bits(&[self.stack_id, self.logical_id], version);
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let mut rest = bits;
        let suffix: String = (0..12)
            .map(|_| {
                let letter = letters[(rest % 36) as usize] as char;
                rest /= 36;
                letter
            })
            .collect();
        format!("{}-{}-{suffix}", self.stack_name, self.logical_id)
    }
}

/// Properties as a type's own struct.
pub fn read<T: DeserializeOwned>(properties: &Map<String, Json>) -> Result<T, Failure> {
    T::deserialize(Json::Object(properties.clone())).map_err(|e| Failure::Properties(e.to_string()))
}

/// What is done with resources of a type. `id` is the physical id, which `create` gave.
pub trait Handler {
    /// The type's entry in the table.
    const TYPE: ResourceType;

    /// What can be seen to be wrong before anything is made, with the property where it is; properties that are not
    /// known yet are missing.
    fn check(_properties: &Map<String, Json>) -> Vec<Wrong> {
        Vec::new()
    }

    /// What AWS refuses only once the resource is to be made, and can be told before anything is, with the property
    /// where it is ([`Design::preflight`](crate::stack::Design::preflight)). Properties that are not known yet are
    /// missing.
    fn preflight(_properties: &Map<String, Json>) -> Vec<Wrong> {
        Vec::new()
    }

    /// Makes it and gives its physical id. A failure leaves nothing behind.
    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure>;

    /// How long it may take to become what it should.
    fn patience(_properties: &Map<String, Json>) -> Duration {
        PATIENCE
    }

    /// Why it failed, if that took longer.
    fn late(_cloud: &Cloud, _id: &str) -> String {
        "it did not come up in time".to_string()
    }

    /// Has it become what it should?
    fn made(_region: &Cloud, _id: &str) -> Settled {
        Settled::Done
    }

    /// Changes it in place and gives its physical id, which may be another one.
    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure>;

    /// Does a replacement take from the old one what the new one needs, so that both cannot be there at once? Then it is
    /// done by [`Handler::update`], and the physical id becomes another one.
    fn moves(_old: &Map<String, Json>, _new: &Map<String, Json>) -> bool {
        false
    }

    /// Goes on with what [`Handler::create`] or [`Handler::update`] began, until it is done: asked again whenever the
    /// cloud has changed. `old`: the properties before a change in place.
    fn proceed<A: Account>(
        account: &mut A,
        id: &str,
        _old: Option<&Map<String, Json>>,
        _new: &New,
    ) -> Result<Settled, Failure> {
        Ok(Self::made(&account.cloud(), id))
    }

    /// Deletes it, or begins to.
    fn delete<A: Account>(account: &mut A, id: &str, properties: &Map<String, Json>) -> Result<(), Failure>;

    /// Is nothing left of it?
    fn gone(_region: &Cloud, _id: &str) -> Settled {
        Settled::Done
    }

    /// `Ref`.
    fn reference(_region: &Cloud, id: &str) -> Option<Known> {
        Some(Known::Text(id.to_string()))
    }

    /// The properties that the template gave, as they are now ([`live::Live`]): what means the same is spelt as the
    /// template spells it, what cannot be seen is as it was given, what is not set any more is missing. None: the
    /// resource is gone.
    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>>;

    /// `Fn::GetAtt`. None: the resource is gone.
    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known>;
}
