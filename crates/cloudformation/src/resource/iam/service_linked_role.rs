//! `AWS::IAM::ServiceLinkedRole`.

use super::account_of;
use super::bearer::gone_is_done;
use crate::resource::live::Live;
use crate::resource::schema::{Kind, Shape, property};
use crate::resource::*;
use croft_control::{CreateServiceLinkedRole, DeleteServiceLinkedRole, UpdateRole};
use croft_model::iam::Role as Model;
use serde::Deserialize;

pub struct ServiceLinkedRole;

const PROPERTIES: &[Property] = &[
    property("AWSServiceName", Kind::Text).required().replaces(),
    property("CustomSuffix", Kind::Text).replaces(),
    property("Description", Kind::Text),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    #[serde(rename = "AWSServiceName")]
    service: String,
    custom_suffix: Option<String>,
    description: Option<String>,
}

fn find<'c>(cloud: &'c Cloud, id: &str) -> Option<&'c Model> {
    cloud.iam_role(account_of(cloud), id).ok().filter(|role| role.linked_service.is_some())
}

impl Handler for ServiceLinkedRole {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::IAM::ServiceLinkedRole",
        shape: Shape::free(PROPERTIES),
        attributes: &["RoleName"],
        refused_attributes: &[],
        which: Which::ServiceLinkedRole,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Properties { service, custom_suffix, description } = new.read()?;
        let role = account.run(CreateServiceLinkedRole { aws_service_name: service, description, custom_suffix })?;
        Ok(role.name)
    }

    fn update<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let description = Some(properties.description.unwrap_or_default());
        account.run(UpdateRole { role_name: id.to_string(), description, max_session_duration: None })?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        gone_is_done(account.run(DeleteServiceLinkedRole { role_name: id.to_string() }))
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let role = find(cloud, id)?;
        (name == "RoleName").then(|| Known::Text(role.name.clone()))
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let role = find(cloud, id)?;
        let live = Live::beside(properties).may_be("AWSServiceName", role.linked_service.clone());
        live.may_be("Description", role.description.clone()).done()
    }
}
