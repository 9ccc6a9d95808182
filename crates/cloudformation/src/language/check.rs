//! What can be seen without knowing a parameter: every name is defined, every property and attribute exists.

use super::diagnostic::{Position, Report};
use super::expression::{Expression, Kind, Part};
use super::node::Name;
use super::template::{Mapped, Template};
use super::{condition, pseudo};
use crate::resource::schema;
use std::collections::BTreeSet;

/// Reports every undefined name, unknown property and cycle of conditions.
pub fn names(template: &Template, report: &mut Report) {
    let check = Check { template };
    for (name, condition) in &template.conditions {
        report.about(Some(&name.text));
        check.condition(condition, report);
    }
    check.condition_cycles(report);
    for resource in &template.resources {
        report.about(Some(&resource.name.text));
        check.condition_name(resource.condition.as_ref(), report);
        for name in &resource.depends_on {
            if name.text == resource.name.text {
                report.advise(name.at, "the resource depends on itself", "remove the name");
            } else if !template.resources.iter().any(|r| r.name.text == name.text) {
                let known = template.resources.iter().map(|r| r.name.text.as_str());
                report.suggest(name.at, format!("there is no resource {}", name.text), &name.text, known);
            }
        }
        schema::names(resource, template, report);
        for (_, expression) in &resource.properties {
            check.expression(expression, true, report);
        }
    }
    for output in &template.outputs {
        report.about(Some(&output.name.text));
        check.condition_name(output.condition.as_ref(), report);
        check.expression(&output.value, true, report);
        if let Some(export) = &output.export {
            check.expression(export, true, report);
        }
    }
    for parameter in template.parameters.iter().map(|p| &p.name) {
        report.about(Some(&parameter.text));
        if let Some(other) = template.resources.iter().find(|r| r.name.text == parameter.text) {
            let what = format!("{} is the name of a resource too, in line {}", parameter.text, other.name.at.line);
            report.advise(parameter.at, what, "rename one of them");
        }
    }
    report.about(None);
}

struct Check<'t> {
    template: &'t Template,
}

impl Check<'_> {
    /// `resources`: may it name them? Conditions may not.
    fn expression(&self, expression: &Expression, resources: bool, report: &mut Report) {
        match &expression.kind {
            Kind::Ref(name) => self.reference(name, expression.at, resources, report),
            Kind::GetAtt { resource, attribute } => {
                let attribute = match &attribute.kind {
                    Kind::Text(text) => Some(text.as_str()),
                    _ => None,
                };
                self.attribute(resource, attribute, expression.at, resources, report);
            }
            Kind::Sub { parts, variables } => {
                for part in parts {
                    match part {
                        Part::Variable(name) if !variables.iter().any(|(n, _)| n.text == name.text) => {
                            match name.text.split_once('.') {
                                None => self.reference(&name.text, name.at, resources, report),
                                Some((resource, attribute)) => {
                                    self.attribute(resource, Some(attribute), name.at, resources, report);
                                }
                            }
                        }
                        _ => {}
                    }
                }
            }
            Kind::If { condition, .. } => self.condition_name(Some(condition), report),
            Kind::FindInMap { map, first, second } => self.mapping(map, first, second, report),
            _ => {}
        }
        for inner in expression.inner() {
            self.expression(inner, resources, report);
        }
    }

    fn reference(&self, name: &str, at: Position, resources: bool, report: &mut Report) {
        if self.template.parameter(name).is_some() || pseudo::is_pseudo(name) {
            return;
        }
        if self.template.resource(name).is_some() {
            if !resources {
                let what = format!("a condition names the resource {name}");
                report.advise(at, what, "a condition can name parameters and mappings only: nothing is made yet");
            }
            return;
        }
        let known = self.known(resources);
        let what = match name.starts_with("AWS::") {
            true => format!("there is no pseudo parameter {name}"),
            false if resources => format!("there is no parameter or resource {name}"),
            false => format!("there is no parameter {name}"),
        };
        report.suggest(at, what, name, known.iter().copied());
    }

    fn known(&self, resources: bool) -> BTreeSet<&str> {
        let parameters = self.template.parameters.iter().map(|p| p.name.text.as_str());
        let made = self.template.resources.iter().map(|r| r.name.text.as_str()).filter(|_| resources);
        parameters.chain(made).chain(pseudo::NAMES.iter().copied()).collect()
    }

    fn attribute(&self, name: &str, attribute: Option<&str>, at: Position, resources: bool, report: &mut Report) {
        let Some(resource) = self.template.resource(name) else {
            let known = self.template.resources.iter().map(|r| r.name.text.as_str());
            report.suggest(at, format!("there is no resource {name}"), name, known);
            return;
        };
        if !resources {
            let what = format!("a condition asks for an attribute of {name}");
            report.advise(at, what, "a condition can name parameters and mappings only: nothing is made yet");
        }
        let Some(attribute) = attribute else { return };
        if let Some((_, reason)) = resource.of.refused_attributes.iter().find(|(n, _)| *n == attribute) {
            report.advise(at, format!("the attribute {attribute} of {} is not supported", resource.of.name), *reason);
        } else if !resource.of.attributes.contains(&attribute) {
            let what = format!("{} has no attribute {attribute}", resource.of.name);
            report.suggest(at, what, attribute, resource.of.attributes.iter().copied());
        }
    }

    fn condition_name(&self, name: Option<&Name>, report: &mut Report) {
        let Some(name) = name else { return };
        if !self.template.conditions.iter().any(|(n, _)| n.text == name.text) {
            let known = self.template.conditions.iter().map(|(n, _)| n.text.as_str());
            report.suggest(name.at, format!("there is no condition {}", name.text), &name.text, known);
        }
    }

    fn condition(&self, condition: &condition::Condition, report: &mut Report) {
        for name in condition.names() {
            self.condition_name(Some(name), report);
        }
        for operand in condition.operands() {
            self.expression(operand, false, report);
        }
    }

    fn condition_cycles(&self, report: &mut Report) {
        let names = |name: &str| -> Vec<String> {
            let found = self.template.conditions.iter().find(|(n, _)| n.text == name);
            found.map(|(_, c)| c.names().iter().map(|n| n.text.clone()).collect()).unwrap_or_default()
        };
        let all: Vec<String> = self.template.conditions.iter().map(|(n, _)| n.text.clone()).collect();
        if let Some(cycle) = crate::stack::graph::cycle(&all, names) {
            let at = self.template.conditions.iter().find(|(n, _)| Some(&n.text) == cycle.first()).map(|(n, _)| n.at);
            report.about(cycle.first().map(String::as_str));
            let what = format!("the conditions go round in a circle: {}", cycle.join(" → "));
            report.advise(at.unwrap_or_default(), what, "break it at one of them");
        }
    }

    fn mapping(&self, map: &Expression, first: &Expression, second: &Expression, report: &mut Report) {
        let Kind::Text(name) = &map.kind else { return };
        let Some(mapping) = self.template.mappings.get(name) else {
            let known = self.template.mappings.keys().map(String::as_str);
            report.suggest(map.at, format!("there is no mapping {name}"), name, known);
            return;
        };
        let levels: Vec<&std::collections::BTreeMap<String, Mapped>> = match &first.kind {
            Kind::Text(key) => match mapping.get(key) {
                Some(level) => vec![level],
                None => {
                    let what = format!("the mapping {name} has no key {key}");
                    report.suggest(first.at, what, key, mapping.keys().map(String::as_str));
                    return;
                }
            },
            _ => mapping.values().collect(),
        };
        let Kind::Text(key) = &second.kind else { return };
        if !levels.iter().any(|level| level.contains_key(key)) {
            let known: BTreeSet<&str> = levels.iter().flat_map(|level| level.keys().map(String::as_str)).collect();
            let what = format!("the mapping {name} has no inner key {key}");
            report.suggest(second.at, what, key, known.iter().copied());
        }
    }
}
