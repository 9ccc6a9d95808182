//! What can be seen without knowing a parameter: every name is defined, every property and attribute exists.

use super::diagnostic::{Position, Report, Said};
use super::expression::{Expression, Kind, Part};
use super::mapping::Mapped;
use super::node::Name;
use super::template::Template;
use super::{condition, output, pseudo};
use crate::resource::schema;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Reports every undefined name, unknown property and cycle of conditions.
pub fn names(template: &Template, report: &mut Report) {
    let check = Check {
        template,
        conditions: template.conditions.iter().map(|(name, _)| name.text.as_str()).collect(),
        parameters: template.parameters.iter().map(|p| p.name.text.as_str()).collect(),
        resources: template.resources.iter().enumerate().map(|(i, r)| (r.name.text.as_str(), i)).collect(),
    };
    for (name, condition) in &template.conditions {
        report.about(Some(&name.text));
        check.condition(condition, Block::Conditions, report);
    }
    for rule in &template.rules {
        report.about(Some(&rule.name.text));
        for condition in rule.condition.iter().chain(rule.assertions.iter().map(|a| &a.assert)) {
            check.condition(condition, Block::Rules, report);
        }
    }
    check.condition_cycles(report);
    for resource in &template.resources {
        report.about(Some(&resource.name.text));
        check.condition_name(resource.condition.as_ref(), Block::Resources, report);
        for name in &resource.depends_on {
            if name.text == resource.name.text {
                let said = format!("Circular dependency between resources: [{}]", name.text);
                report.say(Said::whole(said), name.at, "the resource depends on itself", "remove the name");
            } else if !check.resources.contains_key(name.text.as_str()) && !check.may_be_there(&name.text) {
                let known = template.resources.iter().map(|r| r.name.text.as_str());
                let said = Said::unresolved(&name.text, "Resources");
                report.suggest_said(said, name.at, format!("there is no resource {}", name.text), &name.text, known);
            }
        }
        schema::names(resource, template, report);
        for (_, expression) in &resource.properties {
            check.expression(expression, Block::Resources, report);
        }
        for expression in resource.computed_policies.iter().flatten() {
            check.expression(expression, Block::Policies, report);
        }
        let signals = resource.creation_policy.iter().flat_map(|policy| [&policy.count, &policy.timeout]);
        for expression in signals.flatten() {
            check.expression(expression, Block::Policies, report);
        }
    }
    for output in &template.outputs {
        report.about(Some(&output.name.text));
        check.condition_name(output.condition.as_ref(), Block::Outputs, report);
        check.expression(&output.value, Block::Outputs, report);
        if let Some(export) = &output.export {
            check.expression(export, Block::Export, report);
            if let Some(name) = export.literal() {
                output::check_export(name, export.at, report);
            }
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

/// Where an expression stands, which says what it may name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Conditions,
    Rules,
    Resources,
    /// Attributes of a resource that are known before it is made.
    Policies,
    Outputs,
    Export,
}

impl Block {
    /// May it name resources?
    fn takes_resources(self) -> bool {
        matches!(self, Block::Resources | Block::Outputs)
    }

    /// As AWS calls it.
    fn name(self) -> &'static str {
        match self {
            Block::Conditions => "Conditions",
            Block::Rules => "Rules",
            Block::Resources | Block::Policies => "Resources",
            Block::Outputs | Block::Export => "Outputs",
        }
    }

    /// For messages.
    fn what(self) -> &'static str {
        match self {
            Block::Conditions => "a condition",
            Block::Rules => "a rule",
            Block::Policies => "a policy",
            Block::Export => "the name of an export",
            Block::Resources | Block::Outputs => "a value",
        }
    }
}

struct Check<'t> {
    template: &'t Template,
    conditions: HashSet<&'t str>,
    parameters: HashSet<&'t str>,
    resources: HashMap<&'t str, usize>,
}

impl Check<'_> {
    /// Is a name that stands for nothing right perhaps: declared, but wrong itself, or written by a loop later?
    fn may_be_there(&self, name: &str) -> bool {
        self.template.open || self.template.declared.contains(name)
    }

    fn expression(&self, expression: &Expression, block: Block, report: &mut Report) {
        match &expression.kind {
            Kind::Ref(name) => self.reference(name, expression.at, block, report),
            Kind::GetAtt { resource, attribute } => {
                self.attribute(resource, attribute.literal(), expression.at, block, report);
            }
            Kind::Sub { parts, variables } => {
                let own: HashSet<&str> = variables.iter().map(|(name, _)| name.text.as_str()).collect();
                for part in parts {
                    match part {
                        Part::Variable(name) if !own.contains(name.text.as_str()) => match name.text.split_once('.') {
                            None => self.reference(&name.text, name.at, block, report),
                            Some((resource, attribute)) => {
                                self.attribute(resource, Some(attribute), name.at, block, report);
                            }
                        },
                        _ => {}
                    }
                }
            }
            Kind::If { condition, .. } => self.condition_name(Some(condition), block, report),
            Kind::FindInMap { map, first, second, default: None } => self.mapping(map, first, second, report),
            Kind::ImportValue(_) if matches!(block, Block::Conditions | Block::Rules) => {
                let what = format!("{} imports a value", block.what());
                report.advise(expression.at, what, "hand the value in as a parameter");
            }
            _ => {}
        }
        for inner in expression.inner() {
            self.expression(inner, block, report);
        }
    }

    fn reference(&self, name: &str, at: Position, block: Block, report: &mut Report) {
        if self.parameters.contains(name) || pseudo::is_pseudo(name) {
            return;
        }
        if self.resources.contains_key(name) {
            if !block.takes_resources() {
                let what = format!("{} names the resource {name}", block.what());
                let advice = "it can name parameters and mappings only: nothing is made yet";
                report.say(Said::unresolved(name, block.name()), at, what, advice);
            }
            return;
        }
        if self.may_be_there(name) {
            return;
        }
        let what = match name.starts_with("AWS::") {
            true => format!("there is no pseudo parameter {name}"),
            false if block.takes_resources() => format!("there is no parameter or resource {name}"),
            false => format!("there is no parameter {name}"),
        };
        // Not gathered: a template may hold a hundred thousand such names.
        let made = self.resources.keys().copied().filter(|_| block.takes_resources());
        let known = self.parameters.iter().copied().chain(made).chain(pseudo::NAMES.iter().copied());
        report.suggest_said(Said::unresolved(name, block.name()), at, what, name, known);
    }

    fn attribute(&self, name: &str, attribute: Option<&str>, at: Position, block: Block, report: &mut Report) {
        let Some(resource) = self.resources.get(name).and_then(|index| self.template.resources.get(*index)) else {
            if !self.may_be_there(name) {
                let said = format!("Template error: instance of Fn::GetAtt references undefined resource {name}");
                let known = self.template.resources.iter().map(|r| r.name.text.as_str());
                report.suggest_said(Said::whole(said), at, format!("there is no resource {name}"), name, known);
            }
            return;
        };
        if !block.takes_resources() {
            let what = format!("{} asks for an attribute of {name}", block.what());
            let advice = "it can name parameters and mappings only: nothing is made yet";
            report.say(Said::unresolved(name, block.name()), at, what, advice);
        }
        let Some(attribute) = attribute else { return };
        if let Some((_, reason)) = resource.of.refused_attributes.iter().find(|(n, _)| *n == attribute) {
            report.advise(at, format!("the attribute {attribute} of {} is not supported", resource.of.name), *reason);
        } else if !resource.of.has_attribute(attribute) {
            let what = format!("{} has no attribute {attribute}", resource.of.name);
            let said =
                format!("Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt");
            report.suggest_said(Said::whole(said), at, what, attribute, resource.of.attributes.iter().copied());
        }
    }

    fn condition_name(&self, name: Option<&Name>, block: Block, report: &mut Report) {
        let Some(name) = name else { return };
        if !self.conditions.contains(name.text.as_str()) && !self.template.open {
            let known = self.template.conditions.iter().map(|(n, _)| n.text.as_str());
            let said = Said::whole(format!(
                "Template format error: Unresolved condition dependency {} in the {} block of the template",
                name.text,
                block.name()
            ));
            report.suggest_said(said, name.at, format!("there is no condition {}", name.text), &name.text, known);
        }
    }

    fn condition(&self, condition: &condition::Condition, block: Block, report: &mut Report) {
        for name in condition.names() {
            if block == Block::Rules {
                report.advise(name.at, "a rule names a condition", "write out what the condition says");
                continue;
            }
            self.condition_name(Some(name), block, report);
        }
        for operand in condition.operands() {
            self.expression(operand, block, report);
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
        let Some(name) = map.literal() else { return };
        let Some(mapping) = self.template.mappings.get(name) else {
            let known = self.template.mappings.keys().map(String::as_str);
            let said =
                format!("Template error: Mapping named '{name}' is not present in the 'Mappings' section of template.");
            report.suggest_said(Said::whole(said), map.at, format!("there is no mapping {name}"), name, known);
            return;
        };
        let levels: Vec<&std::collections::BTreeMap<String, Mapped>> = match first.literal() {
            Some(key) => match mapping.get(key) {
                Some(level) => vec![level],
                None => {
                    let what = format!("the mapping {name} has no key {key}");
                    report.suggest(first.at, what, key, mapping.keys().map(String::as_str));
                    return;
                }
            },
            None => mapping.values().collect(),
        };
        let Some(key) = second.literal() else { return };
        if !levels.iter().any(|level| level.contains_key(key)) {
            let known: BTreeSet<&str> = levels.iter().flat_map(|level| level.keys().map(String::as_str)).collect();
            let what = format!("the mapping {name} has no inner key {key}");
            report.suggest(second.at, what, key, known.iter().copied());
        }
    }
}
