//! `AWS::CDK::Metadata`: what the CDK says of itself. Kept in the stack; there is no resource behind it.

use super::schema::{Kind, Shape, property};
use super::*;
use crate::stack::identity;

pub struct CdkMetadata;

const PROPERTIES: &[Property] = &[property("Analytics", Kind::Text), property("Modules", Kind::Text)];

impl Handler for CdkMetadata {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::CDK::Metadata",
        shape: Shape::free(PROPERTIES),
        attributes: &[],
        refused_attributes: &[],
        which: Which::CdkMetadata,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        Ok(identity::uuid(&[new.stack_id, new.logical_id], account.cloud().version))
    }

    fn update<A: Account>(_: &mut A, id: &str, _: &Map<String, Json>, _: &New) -> Result<String, Failure> {
        Ok(id.to_string())
    }

    fn delete<A: Account>(_: &mut A, _: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        Ok(())
    }

    fn attribute(_: &Cloud, _: &str, _: &str) -> Option<Known> {
        None
    }

    fn live(_: &Cloud, _: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        Some(properties.clone())
    }
}
