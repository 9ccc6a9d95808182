//! A policy that is one bearer's own, as a resource of its own: `AWS::IAM::RolePolicy` and `AWS::IAM::UserPolicy`.

use super::bearer::Bearer;
use super::document;
use croft_control::Cloud;
use serde_json::{Map, Value as Json};

/// `POLICY|BEARER`, as AWS makes the physical id of them.
pub fn physical_id(policy_name: &str, bearer_name: &str) -> String {
    format!("{policy_name}|{bearer_name}")
}

/// The live properties of one; `bearer_property` such as `RoleName`.
pub fn live(cloud: &Cloud, bearer: &Bearer, given: &Map<String, Json>) -> Option<Map<String, Json>> {
    let kept = bearer.policies(cloud)?.inline.get(given.get("PolicyName")?.as_str()?)?;
    let mut live = given.clone();
    document::show(&mut live, "PolicyDocument", kept);
    Some(live)
}

/// A type whose resources are the own policy of one bearer.
macro_rules! own_policy {
    ($type:ident, $name:literal, $property:literal, $field:ident, $bearer:ident) => {
        use crate::resource::iam::bearer::Bearer;
        use crate::resource::iam::inline;
        use crate::resource::schema::{Kind, Shape, property};
        use crate::resource::*;
        use serde::Deserialize;

        pub struct $type;

        const PROPERTIES: &[Property] = &[
            property("PolicyDocument", Kind::Document).required(),
            property("PolicyName", Kind::Text).required().replaces(),
            property($property, Kind::Text).required().replaces(),
        ];

        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Properties {
            policy_document: Json,
            policy_name: String,
            $field: String,
        }

        impl Properties {
            fn bearer(&self) -> Bearer {
                Bearer::$bearer(self.$field.clone())
            }
        }

        impl Handler for $type {
            const TYPE: ResourceType = ResourceType {
                name: $name,
                shape: Shape::free(PROPERTIES),
                attributes: &[],
                refused_attributes: &[],
                which: Which::$type,
            };

            fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
                let properties: Properties = new.read()?;
                properties.bearer().put(account, &properties.policy_name, &properties.policy_document)?;
                Ok(inline::physical_id(&properties.policy_name, &properties.$field))
            }

            fn update<A: Account>(
                account: &mut A,
                id: &str,
                _: &Map<String, Json>,
                new: &New,
            ) -> Result<String, Failure> {
                let properties: Properties = new.read()?;
                properties.bearer().put(account, &properties.policy_name, &properties.policy_document)?;
                Ok(id.to_string())
            }

            fn delete<A: Account>(account: &mut A, _: &str, properties: &Map<String, Json>) -> Result<(), Failure> {
                let properties: Properties = read(properties)?;
                properties.bearer().take(account, &properties.policy_name)
            }

            fn attribute(_: &Cloud, _: &str, _: &str) -> Option<Known> {
                None
            }

            fn live(cloud: &Cloud, _: &str, given: &Map<String, Json>) -> Option<Map<String, Json>> {
                let properties: Properties = read(given).ok()?;
                inline::live(cloud, &properties.bearer(), given)
            }
        }
    };
}
pub(crate) use own_policy;
