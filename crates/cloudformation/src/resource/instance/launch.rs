//! A launch: the parameters of a template's resource over those of a launch template.

use super::super::{Failure, New, group_name};
use croft_control::{
    Cloud, LaunchParameters, RunInstances, TemplateName, VersionName, Versions as _, launch_data_over,
};
use croft_model::LaunchTemplateId;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

fn refused<T>(what: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Properties(what.into()))
}

/// What is asked for: by a resource, and by its launch template where it names one.
pub fn launch(cloud: &Cloud, new: &New) -> Result<RunInstances, Failure> {
    let mut given = parameters(new.properties);
    let template = match new.properties.get("LaunchTemplate").and_then(Json::as_object) {
        None => None,
        Some(named) => {
            let (id, number, data) = template(cloud, named)?;
            given = launch_data_over(data, given);
            Some((id, number))
        }
    };
    if !given.contains_key("ImageId") {
        return refused("neither the instance nor its launch template has an ImageId");
    }
    let parameters = LaunchParameters::deserialize(Json::Object(given))
        .map_err(|error| Failure::Properties(format!("the launch is not supported as it is asked for: {error}")))?;
    let mut request = RunInstances { launch_template: template, ..parameters.request(cloud, &cloud.home)? };
    for name in &mut request.security_groups {
        *name = group_name::find(cloud, name)?.name.clone();
    }
    request.tags.extend(new.tags());
    if new.properties.get("PropagateTagsToVolumeOnCreation").and_then(Json::as_bool) == Some(true) {
        let tags = request.tags.clone();
        request.volume_tags.extend(tags.into_iter().filter(|(key, _)| !key.starts_with("aws:")));
    }
    Ok(request)
}

fn template(cloud: &Cloud, named: &Map<String, Json>) -> Result<(LaunchTemplateId, u64, Map<String, Json>), Failure> {
    let text = |name: &str| named.get(name).and_then(Json::as_str);
    let name = match (text("LaunchTemplateId"), text("LaunchTemplateName")) {
        (Some(id), _) => TemplateName::Id(id.parse()?),
        (None, Some(name)) => TemplateName::Name(name.to_string()),
        (None, None) => return refused("LaunchTemplate names neither LaunchTemplateId nor LaunchTemplateName"),
    };
    let version = text("Version").map_or(Ok(VersionName::Default), str::parse)?;
    let template = cloud.launch_template(&cloud.home, &name)?;
    let (number, version) = template.version(version)?;
    Ok((template.id.clone(), number, version.data.clone()))
}

/// The properties of an instance, named and shaped as AWS's parameters of a launch.
fn parameters(properties: &Map<String, Json>) -> Map<String, Json> {
    let mut given = Map::new();
    for (name, value) in properties {
        let (name, value) = match name.as_str() {
            "LaunchTemplate" | "PropagateTagsToVolumeOnCreation" | "SourceDestCheck" | "Tags" => continue,
            "AvailabilityZone" | "Tenancy" => {
                let placement = given.entry("Placement").or_insert_with(|| json!({}));
                if let Some(placement) = placement.as_object_mut() {
                    placement.insert(name.clone(), value.clone());
                }
                continue;
            }
            "CreditSpecification" => (name.as_str(), json!({ "CpuCredits": value.get("CPUCredits") })),
            "IamInstanceProfile" => (name.as_str(), json!({ "Name": value })),
            "Monitoring" => (name.as_str(), json!({ "Enabled": value })),
            "NetworkInterfaces" => {
                let mut interfaces = value.clone();
                for interface in interfaces.as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut) {
                    if let Some(groups) = interface.remove("GroupSet") {
                        interface.insert("Groups".to_string(), groups);
                    }
                }
                (name.as_str(), interfaces)
            }
            name => (name, value.clone()),
        };
        given.insert(name.to_string(), value);
    }
    given
}
