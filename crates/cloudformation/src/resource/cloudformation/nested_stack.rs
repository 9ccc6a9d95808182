//! `AWS::CloudFormation::Stack`: a stack as a resource of another. It is made, changed, rolled back and deleted with
//! its parent, by steps of its own.

use crate::resource::schema::{Kind, Shape, TAGS, property};
use crate::resource::*;
use crate::stack::{Asked, Deletion, Given, StackError, begin, nested};
use croft_model::stack::{OnFailure, Phase, Stack, Status};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub struct NestedStack;

const PROPERTIES: &[Property] = &[
    property("NotificationARNs", Kind::List(&Kind::Text)),
    property("Parameters", Kind::Document),
    TAGS,
    property("TemplateURL", Kind::Text).required(),
    property("TimeoutInMinutes", Kind::Integer(1, 43_200)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    #[serde(rename = "NotificationARNs", default)]
    notification_arns: Vec<String>,
    #[serde(default)]
    parameters: BTreeMap<String, Json>,
    #[serde(rename = "TemplateURL")]
    url: String,
    timeout_in_minutes: Option<u64>,
}

const LONGEST: usize = 128;
/// A child waits for its own resources: as long as the longest of them may take, and one more day.
const PATIENCE: Duration = Duration::from_secs(86_400 + 43_200);

fn find<'c>(cloud: &'c Cloud, id: &str) -> Option<&'c Stack> {
    cloud.stacks.get(id)
}

fn failure(error: StackError) -> Failure {
    Failure::Properties(error.to_string())
}

/// The value of a parameter as a text; of a list with commas between.
fn text(name: &str, value: &Json) -> Result<String, Failure> {
    let wrong = || Failure::Properties(format!("the value of the parameter {name} is a text or a list of texts"));
    match value {
        Json::String(text) => Ok(text.clone()),
        Json::Bool(_) | Json::Number(_) => Ok(value.to_string()),
        Json::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Json::as_str).collect();
            texts.map(|texts| texts.join(",")).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

/// What is asked of the child.
fn asked<A: Account>(account: &A, new: &New) -> Result<Asked, Failure> {
    let properties: Properties = new.read()?;
    let cloud = account.cloud();
    let parent = find(&cloud, new.stack_id).ok_or_else(|| Failure::Settling("the parent stack is gone".to_string()))?;
    if nested::depth(&cloud, parent) >= nested::DEEPEST {
        let most = nested::DEEPEST;
        return Err(Failure::Properties(format!("stacks are nested {most} deep at most: is this one in itself?")));
    }
    let held = &parent.version.nested_templates;
    let found = nested::find(held, &properties.url, &|url| account.template(url)).map_err(Failure::Properties)?;
    let values = properties.parameters.iter().map(|(name, value)| Ok((name.clone(), Given::Value(text(name, value)?))));
    let mut tags = parent.version.tags.clone();
    tags.extend(tags::of(new.properties));
    let on_failure = parent.work.as_ref().map(|work| work.on_failure);
    Ok(Asked {
        template: Some(found.text),
        file: properties.url,
        parameters: values.collect::<Result<_, Failure>>()?,
        tags: Some(tags),
        capabilities: parent.version.capabilities.clone(),
        notification_arns: Some(properties.notification_arns),
        role_arn: parent.version.role_arn.clone(),
        on_failure: Some(match on_failure {
            Some(OnFailure::DoNothing) => OnFailure::DoNothing,
            _ => OnFailure::Rollback,
        }),
        timeout_in_minutes: properties.timeout_in_minutes,
        skip_unsupported: parent.version.skip_unsupported,
        nested_templates: found.nested_templates,
        ..Asked::default()
    })
}

/// Why a child did not become what it should.
fn reason(cloud: &Cloud, child: &Stack, what: &str) -> String {
    let own = |event: &&croft_model::stack::StackEvent| event.physical_id.as_deref() == Some(child.id.as_str());
    let told = cloud.stack_events(&child.id).rev().filter(own).filter_map(|event| event.reason.clone());
    let why = told.into_iter().find(|reason| reason.contains("failed to") || reason.contains("exceeded"));
    let why = why.or_else(|| child.status_reason.clone()).unwrap_or_else(|| format!("it is {}", child.status));
    format!("Embedded stack {} was not successfully {what}: {why}", child.id)
}

impl Handler for NestedStack {
    const TYPE: ResourceType = ResourceType {
        name: crate::stack::STACK_TYPE,
        shape: Shape::free(PROPERTIES),
        attributes: &["Outputs.*", "StackId"],
        refused_attributes: &[],
        which: Which::NestedStack,
    };

    fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
        let wrong = match properties.get("Parameters") {
            None => None,
            Some(Json::Object(given)) => given.iter().find_map(|(name, value)| text(name, value).err()),
            Some(_) => Some(Failure::Properties("Parameters is a map of names to values".to_string())),
        };
        wrong.map(|wrong| ("Parameters", wrong.to_string())).into_iter().collect()
    }

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let asked = asked(account, new)?;
        let cloud = account.cloud();
        let child = name::generated(new, cloud.version, LONGEST);
        let begun = begin::create(account, &child, &asked, find(&cloud, new.stack_id)).map_err(failure)?;
        Ok(begun.stack_id)
    }

    fn patience(_: &Map<String, Json>) -> Duration {
        PATIENCE
    }

    fn proceed<A: Account>(
        account: &mut A,
        id: &str,
        _: Option<&Map<String, Json>>,
        new: &New,
    ) -> Result<Settled, Failure> {
        let cloud = account.cloud();
        let Some(child) = find(&cloud, id) else { return Ok(Settled::Failed(format!("the stack {id} is gone"))) };
        if child.work.is_some() {
            return Ok(Settled::NotYet);
        }
        match child.status {
            Status::CreateComplete | Status::UpdateComplete => {
                // One that was at work when it was to be changed is changed now.
                let begun = begin::update(account, id, &asked(account, new)?).map_err(failure)?;
                Ok(if begun.is_some() { Settled::NotYet } else { Settled::Done })
            }
            Status::UpdateRollbackComplete => {
                let mut wanted = asked(account, new)?;
                wanted.client_request_token = None;
                let is_wanted = nested::is(account, child, &wanted).map_err(failure)?;
                Ok(if is_wanted { Settled::Done } else { Settled::Failed(reason(&cloud, child, "updated")) })
            }
            Status::UpdateFailed | Status::UpdateRollbackFailed => {
                Ok(Settled::Failed(reason(&cloud, child, "updated")))
            }
            _ => Ok(Settled::Failed(reason(&cloud, child, "created"))),
        }
    }

    fn update<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let cloud = account.cloud();
        let Some(child) = find(&cloud, id) else {
            return Err(Failure::Settling(format!("the stack {id} is gone")));
        };
        let phase = child.work.as_ref().map(|work| work.phase);
        match (phase, child.status) {
            (Some(Phase::Create | Phase::Update), _) => {
                begin::cancel(account, id, "The parent stack is rolled back.").map_err(failure)?;
            }
            // It comes to an end by itself.
            (Some(_), _) => {}
            (None, Status::UpdateRollbackFailed) => {
                begin::continue_update_rollback(account, id, &BTreeSet::new(), None).map_err(failure)?;
            }
            (None, _) => {
                begin::update(account, id, &asked(account, new)?).map_err(failure)?;
            }
        }
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        begin::delete(account, id, &Deletion::default()).map_err(failure)?;
        Ok(())
    }

    fn gone(cloud: &Cloud, id: &str) -> Settled {
        match find(cloud, id) {
            None => Settled::Done,
            Some(child) if child.is_deleted() => Settled::Done,
            Some(child) if child.work.is_some() => Settled::NotYet,
            Some(child) => Settled::Failed(reason(cloud, child, "deleted")),
        }
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let child = find(cloud, id).filter(|child| !child.is_deleted())?;
        let Some(name) = name.strip_prefix("Outputs.") else {
            return (name == "StackId").then(|| Known::Text(id.to_string()));
        };
        let output = child.version.outputs.iter().find(|output| output.key == name);
        Some(match output {
            Some(output) => Known::Text(output.value.clone()),
            None if child.work.is_some() => Known::Later,
            None => {
                let names: Vec<&str> = child.version.outputs.iter().map(|output| output.key.as_str()).collect();
                let what = format!("the nested stack {} has no output {name}", child.name);
                Known::Never(what, format!("its outputs are [{}]", names.join(", ")))
            }
        })
    }

    fn live(_: &Cloud, _: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        Some(properties.clone())
    }
}
