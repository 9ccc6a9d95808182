//! The values of the parameters that are in force, judged, and what `Ref` gives of each.

use super::bound::Setting;
use super::diagnostic::{Position, Report, Said};
use super::evaluate::Known;
use super::parameter::Parameter;
use super::parameter_type::Of;
use super::template::Template;
use super::{dynamic, existing, nearest, public_image};
use std::collections::{BTreeMap, HashSet};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// As they were given or by default.
    pub values: BTreeMap<String, String>,
    /// Of parameters that name a value kept elsewhere, that value.
    pub resolved: BTreeMap<String, String>,
    /// What `Ref` gives of parameters and pseudo parameters.
    pub names: BTreeMap<String, Known>,
}

/// Judges every value; what is wrong is reported.
pub fn read(template: &Template, setting: &Setting, report: &mut Report) -> Inputs {
    for name in setting.parameters.keys().filter(|name| template.parameter(name).is_none()) {
        let known = template.parameters.iter().map(|p| p.name.text.as_str());
        let said = Some(Said::Gathered("Parameters: ", name.clone(), " do not exist in the template"));
        report.whole_said(said, format!("the template has no parameter {name}"), nearest::advice(name, known));
    }
    let mut inputs = Inputs { names: pseudo(setting), ..Inputs::default() };
    for parameter in &template.parameters {
        let (name, at) = (&parameter.name.text, parameter.name.at);
        report.about(Some(name));
        let held = setting.held.and_then(|held| held.get(name));
        let Some(value) = setting.parameters.get(name).or(held).or(parameter.default.as_ref()) else {
            let said = Some(Said::Gathered("Parameters: ", name.clone(), " must have values"));
            let advice = format!("give --parameter {name}=VALUE, or write a Default");
            report.say(said, at, format!("the parameter {name} has no value"), advice);
            continue;
        };
        parameter.check(value, at, report);
        inputs.values.insert(name.clone(), value.clone());
        let value = match parameter.kind.stored {
            false => value.clone(),
            true => match public_image::of(value) {
                Some(image) if matches!(parameter.kind.of, Of::Image | Of::Text) => {
                    inputs.resolved.insert(name.clone(), image.to_string());
                    image.to_string()
                }
                _ => {
                    let what =
                        format!("the parameter {name} names {value:?} of the Parameter Store, which is not known");
                    report.advise(at, what, dynamic::only_images());
                    continue;
                }
            },
        };
        let known = parameter.known(&value);
        let items = match &known {
            Known::List(items) => items.clone(),
            _ => vec![value],
        };
        exist(parameter, &items, setting, at, report);
        inputs.names.insert(name.clone(), known);
    }
    report.about(None);
    inputs
}

/// A parameter that names something names what is there.
fn exist(parameter: &Parameter, items: &[String], setting: &Setting, at: Position, report: &mut Report) {
    let (name, kind) = (&parameter.name.text, &parameter.kind);
    if kind.of == Of::StoredName {
        for item in items.iter().filter(|item| public_image::of(item).is_none()) {
            let what = format!("the parameter {name} is {item:?}, which is not known in the Parameter Store");
            report.advise(at, what, dynamic::only_images());
        }
        return;
    }
    let Some(names) = existing::of(kind.of, setting.cloud, setting.scope) else { return };
    let known: HashSet<&str> = names.iter().map(String::as_str).collect();
    for item in items.iter().filter(|item| !known.contains(item.as_str())) {
        let said = Said::whole(format!(
            "Parameter validation failed: parameter value {item} for parameter name {name} does not exist"
        ));
        let what = format!("the parameter {name} is {item:?}, and there is no such {}", kind.name);
        report.suggest_said(said, at, what, item, names.iter().map(String::as_str));
    }
}

/// The names that every template knows.
fn pseudo(setting: &Setting) -> BTreeMap<String, Known> {
    let texts = [
        ("AWS::AccountId", setting.scope.account.as_str()),
        ("AWS::Partition", "aws"),
        ("AWS::Region", setting.scope.region.as_str()),
        ("AWS::StackId", setting.stack_id),
        ("AWS::StackName", setting.stack_name),
        ("AWS::URLSuffix", "amazonaws.com"),
    ];
    let mut names: BTreeMap<String, Known> =
        texts.into_iter().map(|(name, text)| (name.to_string(), Known::Text(text.to_string()))).collect();
    let arns = Known::List(setting.notification_arns.to_vec());
    names.insert("AWS::NotificationARNs".to_string(), arns);
    names
}
