//! Resource types: for each, its properties, its attributes, and what makes, changes and deletes it.
//!
//! A type is a module with a table entry ([`ResourceType`]) and a [`Handler`]; [`table`] lists them all.

pub mod identifier;
pub mod schema;
pub mod table;

mod eip;
mod eip_association;
mod instance;
mod internet_gateway;
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
mod subnet;
mod subnet_network_acl_association;
mod subnet_route_table_association;
pub mod tags;
mod vpc;
mod vpc_cidr_block;
mod vpc_gateway_attachment;

pub use schema::{Kind, Property, ResourceType, Shape, Update};
pub use table::Which;

use crate::language::evaluate::Known;
use crate::stack::Account;
use croft_control::Cloud;
use croft_model::Tags;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

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
        matches!(self, Failure::Refused(e) if matches!(e.code, "DependencyViolation" | "InvalidIPAddress.InUse")
            // Of an interface that is attached: AWS has no code of its own for it.
            || e.code == "InvalidParameterValue" && e.message.ends_with("is currently in use."))
    }

    /// The resource does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Failure::Refused(e) if e.code.ends_with("NotFound"))
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

    /// Makes it and gives its physical id. A failure leaves nothing behind.
    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure>;

    /// Has it become what it should?
    fn made(_region: &Cloud, _id: &str) -> Settled {
        Settled::Done
    }

    /// Changes it in place and gives its physical id, which may be another one.
    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure>;

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

    /// `Fn::GetAtt`. None: the resource is gone.
    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known>;
}
