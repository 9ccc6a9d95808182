//! A template with everything decided that can be decided before anything is made: parameters, conditions, values,
//! order, and what becomes of each resource.

use super::present::{Present, Recorder, there};
use super::{StackError, dependency, graph, identity};
use crate::language::diagnostic::{Diagnostics, Position, Report};
use crate::language::evaluate::{Known, Scope};
use crate::language::nearest;
use crate::language::output::Output;
use crate::language::parameter::{Of, Parameter};
use crate::language::template::{Resource, Template};
use crate::language::value::Data;
use crate::resource::schema::{self, Resolved, Update};
use croft_control::Cloud;
use croft_model::stack::{Stack, StackOutput, StackResource};
use std::collections::{BTreeMap, BTreeSet};

/// See the module.
pub struct Design<'t> {
    pub template: &'t Template,
    pub stack_name: String,
    pub stack_id: String,
    /// Values in force, as text; of lists with commas between.
    pub parameters: BTreeMap<String, String>,
    /// Resources whose condition holds, in the order of creation.
    pub steps: Vec<Step<'t>>,
    /// What the stack holds and the template has no more, in the order of deletion.
    pub removed: Vec<StackResource>,
    names: BTreeMap<String, Known>,
    conditions: BTreeMap<String, bool>,
    cloud: String,
    zones: Vec<String>,
}

/// One resource.
pub struct Step<'t> {
    pub resource: &'t Resource,
    /// Logical ids that have to be there before.
    pub needs: BTreeSet<String>,
    /// What will become of it, so far as it can be known.
    pub action: Action,
    /// Its physical id now, if it has one.
    pub physical_id: Option<String>,
}

/// What becomes of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Create,
    Keep,
    /// Names of properties that change.
    Update(Vec<&'static str>),
    /// Names of properties whose change needs a new resource. Not certain: they hold what is not known yet.
    Replace {
        because: Vec<&'static str>,
        certain: bool,
    },
}

impl<'t> Design<'t> {
    /// Decides, or says everything that is wrong. `given` are the parameters as they were handed in; one that is
    /// missing keeps the value that the stack has, else takes its default.
    pub fn new(
        template: &'t Template,
        stack_name: &str,
        given: &BTreeMap<String, String>,
        cloud: &Cloud,
        now: u64,
    ) -> Result<Design<'t>, StackError> {
        if !identity::is_stack_name(stack_name) {
            return Err(StackError::Name { name: stack_name.to_string() });
        }
        let held = cloud.stack(&cloud.home, stack_name);
        let mut report = Report::default();
        let (parameters, mut names) = parameters(template, given, held, cloud, &mut report);
        let stack_id = match held {
            Some(stack) => stack.id.clone(),
            None => identity::stack_id(cloud, stack_name, now),
        };
        names.extend(pseudo(cloud, stack_name, &stack_id));
        let mut design = Design {
            template,
            stack_name: stack_name.to_string(),
            stack_id,
            parameters,
            steps: Vec::new(),
            removed: Vec::new(),
            names,
            conditions: BTreeMap::new(),
            cloud: cloud.home.region.to_string(),
            zones: cloud.zones_in(&cloud.home.region).map(|zone| zone.name.clone()).collect(),
        };
        if report.is_empty() {
            design.work_out_conditions(&mut report);
            design.arrange(&mut report);
        }
        if report.is_empty() {
            design.decide(cloud, held.map(|s| s.resources.as_slice()).unwrap_or_default(), &mut report);
        }
        Ok(report.finish(&template.source, design)?)
    }

    /// A scope in which resources are what `made` says.
    pub fn scope<'a>(&'a self, made: &'a dyn crate::language::evaluate::Made) -> Scope<'a> {
        Scope {
            template: self.template,
            names: &self.names,
            cloud: &self.cloud,
            zones: &self.zones,
            conditions: &self.conditions,
            made,
        }
    }

    /// What is there according to a record.
    pub fn present<'a>(&'a self, cloud: &'a Cloud, resources: &[StackResource]) -> Present<'a> {
        Present {
            cloud,
            template: self.template,
            conditions: &self.conditions,
            there: there(resources),
            changing: BTreeSet::new(),
        }
    }

    /// The properties of a resource as they would be sent now.
    pub fn resolve(&self, resource: &Resource, present: &Present, report: &mut Report) -> Resolved {
        let values = self.scope(present).map(&resource.properties, report);
        schema::resolve(resource.of, resource.name.at, &values, report)
    }

    /// The outputs, once everything is there.
    pub fn outputs(&self, present: &Present) -> Result<Vec<StackOutput>, Diagnostics> {
        let mut report = Report::default();
        let mut told = Vec::new();
        for output in self.outputs_that_hold() {
            report.about(Some(&output.name.text));
            let value = self.text(output, &output.value, present, &mut report);
            let export = output.export.as_ref().map(|e| self.text(output, e, present, &mut report));
            told.push(StackOutput {
                key: output.name.text.clone(),
                value: value.unwrap_or_default(),
                description: output.description.clone(),
                export: export.flatten(),
            });
        }
        report.finish(&self.template.source, told)
    }

    fn outputs_that_hold(&self) -> impl Iterator<Item = &'t Output> {
        let holds = |name: &str| self.conditions.get(name).copied().unwrap_or(false);
        self.template.outputs.iter().filter(move |o| o.condition.as_ref().is_none_or(|c| holds(&c.text)))
    }

    /// None: not known yet, or no text, which is reported.
    fn text(
        &self,
        output: &Output,
        expression: &crate::language::expression::Expression,
        present: &Present,
        report: &mut Report,
    ) -> Option<String> {
        let value = self.scope(present).value(expression, report);
        match value.data {
            Data::Text(text) => Some(text),
            Data::Unknown => None,
            _ => {
                let what = format!("the output {} is a text, and this is {}", output.name.text, value.what());
                report.advise(expression.at, what, "make one text of a list with Fn::Join");
                None
            }
        }
    }

    fn work_out_conditions(&mut self, report: &mut Report) {
        let all = &self.template.conditions;
        let names: Vec<String> = all.iter().map(|(name, _)| name.text.clone()).collect();
        let needs = all.iter().map(|(name, c)| (name.text.clone(), c.names().iter().map(|n| n.text.clone()).collect()));
        for name in graph::order(&names, &needs.collect()) {
            let Some((_, condition)) = all.iter().find(|(n, _)| n.text == name) else { continue };
            report.about(Some(&name));
            let holds = self.scope(&Recorder::default()).holds(condition, report);
            self.conditions.insert(name, holds);
        }
        report.about(None);
    }

    fn arrange(&mut self, report: &mut Report) {
        let holds = |name: &str| self.conditions.get(name).copied().unwrap_or(false);
        let made = |r: &&'t Resource| r.condition.as_ref().is_none_or(|c| holds(&c.text));
        let resources: Vec<&'t Resource> = self.template.resources.iter().filter(made).collect();
        let recorder = Recorder::default();
        let mut needs = dependency::needs(&resources, &self.scope(&recorder), &recorder);
        dependency::check_cycle(&resources, &needs, report);
        let names: Vec<String> = resources.iter().map(|r| r.name.text.clone()).collect();
        for name in graph::order(&names, &needs) {
            let Some(resource) = resources.iter().find(|r| r.name.text == name) else { continue };
            let needs = needs.remove(&name).unwrap_or_default();
            self.steps.push(Step { resource, needs, action: Action::Create, physical_id: None });
        }
    }

    fn decide(&mut self, cloud: &Cloud, held: &[StackResource], report: &mut Report) {
        let mut present = self.present(cloud, held);
        let mut actions = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let resource = step.resource;
            let name = &resource.name.text;
            report.about(Some(name));
            let old = held.iter().find(|r| r.logical_id == *name && r.status != super::present::REPLACED);
            if let Some(old) = old.filter(|old| old.kind != resource.of.name) {
                let what = format!("{name} was {} and cannot become {}", old.kind, resource.of.name);
                report.advise(resource.name.at, what, "give the new resource another name");
            }
            let found = report.len();
            let resolved = self.resolve(resource, &present, report);
            let wrong = if report.len() == found { resource.of.which.check(&resolved.json) } else { Vec::new() };
            for (property, wrong) in wrong {
                let at = resource.properties.iter().find(|(name, _)| name.text == property).map(|(name, _)| name.at);
                report.error(at.unwrap_or(resource.name.at), wrong);
            }
            let action = action(old, resource, &resolved);
            match &action {
                Action::Create | Action::Replace { .. } => drop(present.there.remove(name)),
                Action::Update(changed) if changed.iter().any(|name| *name != "Tags") => {
                    present.changing.insert(name.clone());
                }
                Action::Update(_) | Action::Keep => {}
            }
            actions.push((action, old.and_then(|old| old.physical_id.clone())));
        }
        for output in self.outputs_that_hold() {
            report.about(Some(&output.name.text));
            for expression in [Some(&output.value), output.export.as_ref()].into_iter().flatten() {
                self.text(output, expression, &present, report);
            }
        }
        report.about(None);
        for (step, (action, physical_id)) in self.steps.iter_mut().zip(actions) {
            step.action = action;
            step.physical_id = physical_id;
        }
        let kept: BTreeSet<&str> = self.steps.iter().map(|s| s.resource.name.text.as_str()).collect();
        let gone = |r: &&StackResource| !kept.contains(r.logical_id.as_str()) || r.status == super::present::REPLACED;
        self.removed = held.iter().rev().filter(gone).cloned().collect();
    }
}

/// What becomes of a resource, told from what it was made of and what it shall be made of.
pub fn action(old: Option<&StackResource>, new: &Resource, resolved: &Resolved) -> Action {
    let Some(old) = old.filter(|old| old.physical_id.is_some()) else { return Action::Create };
    let changed = |name: &str| old.properties.get(name) != resolved.json.get(name);
    let properties = new.of.shape.properties.iter();
    let (unknown, known): (Vec<&schema::Property>, Vec<&schema::Property>) =
        properties.partition(|p| resolved.unknown.contains(&p.name));
    let certain: Vec<_> = known.into_iter().filter(|p| changed(p.name)).collect();
    let replacing = |all: &[&schema::Property]| -> Vec<&'static str> {
        all.iter().filter(|p| p.update == Update::Replacement).map(|p| p.name).collect()
    };
    let because = replacing(&certain);
    if !because.is_empty() {
        return Action::Replace { because, certain: true };
    }
    let because = replacing(&unknown);
    if !because.is_empty() {
        return Action::Replace { because, certain: false };
    }
    match certain.iter().chain(&unknown).map(|p| p.name).collect::<Vec<_>>() {
        changed if changed.is_empty() => Action::Keep,
        changed => Action::Update(changed),
    }
}

/// Values in force, and what `Ref` gives of each.
fn parameters(
    template: &Template,
    given: &BTreeMap<String, String>,
    held: Option<&Stack>,
    cloud: &Cloud,
    report: &mut Report,
) -> (BTreeMap<String, String>, BTreeMap<String, Known>) {
    for name in given.keys().filter(|name| template.parameter(name).is_none()) {
        let known = template.parameters.iter().map(|p| p.name.text.as_str());
        report.whole(format!("the template has no parameter {name}"), nearest::advice(name, known));
    }
    let (mut values, mut names) = (BTreeMap::new(), BTreeMap::new());
    for parameter in &template.parameters {
        let (name, at) = (&parameter.name.text, parameter.name.at);
        report.about(Some(name));
        let before = held.and_then(|stack| stack.parameters.get(name));
        let Some(value) = given.get(name).or(before).or(parameter.default.as_ref()) else {
            let advice = format!("give --parameter {name}=VALUE, or write a Default");
            report.advise(at, format!("the parameter {name} has no value"), advice);
            continue;
        };
        parameter.check(value, at, report);
        let items = parameter.items(value);
        for item in &items {
            exists(parameter, item, cloud, at, report);
        }
        values.insert(name.clone(), value.clone());
        let known = match parameter.kind.list {
            true => Known::List(items),
            false => Known::Text(value.clone()),
        };
        names.insert(name.clone(), known);
    }
    report.about(None);
    (values, names)
}

/// A parameter that names a resource names one that is there.
fn exists(parameter: &Parameter, item: &str, cloud: &Cloud, at: Position, report: &mut Report) {
    let names: Vec<String> = match parameter.kind.of {
        Of::Text | Of::Number | Of::Image | Of::KeyPair => return,
        Of::AvailabilityZone => cloud.zones_in(&cloud.home.region).map(|z| z.name.clone()).collect(),
        Of::Instance => cloud.instances_in(&cloud.home).map(|i| i.id.to_string()).collect(),
        Of::SecurityGroup => cloud.security_groups_in(&cloud.home).map(|g| g.id.to_string()).collect(),
        Of::SecurityGroupName => cloud.security_groups_in(&cloud.home).map(|g| g.name.clone()).collect(),
        Of::Subnet => cloud.subnets_in(&cloud.home).map(|s| s.id.to_string()).collect(),
        Of::Vpc => cloud.vpcs_in(&cloud.home).map(|v| v.id.to_string()).collect(),
    };
    if !names.iter().any(|name| name == item) {
        let name = &parameter.name.text;
        let what = format!("the parameter {name} is {item:?}, and there is no such {}", parameter.kind.name);
        report.suggest(at, what, item, names.iter().map(String::as_str));
    }
}

fn pseudo(cloud: &Cloud, stack_name: &str, stack_id: &str) -> Vec<(String, Known)> {
    let texts = [
        ("AWS::AccountId", cloud.home.account.as_str()),
        ("AWS::Partition", "aws"),
        ("AWS::Region", cloud.home.region.as_str()),
        ("AWS::StackId", stack_id),
        ("AWS::StackName", stack_name),
        ("AWS::URLSuffix", "amazonaws.com"),
    ];
    let arns = ("AWS::NotificationARNs".to_string(), Known::List(Vec::new()));
    texts.into_iter().map(|(name, text)| (name.to_string(), Known::Text(text.to_string()))).chain([arns]).collect()
}
