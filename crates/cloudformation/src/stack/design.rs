//! A template with everything decided that can be decided before anything is made: parameters, conditions, values,
//! order, and what becomes of each resource.

use super::asked::Asked;
use super::present::{Present, Recorder, there};
use super::{dependency, graph, identity};
use crate::language::bound::{Bound, Setting};
use crate::language::diagnostic::{Diagnostics, Position, Report};
use crate::language::evaluate::{Budget, Scope as Names};
use crate::language::output::Output;
use crate::language::template::{Resource, Template};
use crate::language::value::Data;
use crate::resource::schema::{self, Resolved, Update};
use crate::resource::{Which, tags};
use croft_control::Cloud;
use croft_model::stack::{Stack, StackOutput, StackResource, stack_id_prefix};
use croft_model::{Scope, Tags};
use std::collections::{BTreeMap, BTreeSet};

/// See the module.
pub struct Design<'t> {
    pub template: &'t Template,
    pub stack_name: String,
    pub stack_id: String,
    /// Values in force, as text; of lists with commas between.
    pub parameters: BTreeMap<String, String>,
    /// The stack's account and region.
    pub home: croft_model::Scope,
    /// Resources whose condition holds, in the order of creation.
    pub steps: Vec<Step<'t>>,
    /// What the stack holds and the template has no more, in the order of deletion.
    pub removed: Vec<StackResource>,
    /// The template with its parameters: names, conditions, what resources wait for.
    pub bound: &'t Bound,
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
    /// What would be refused once it is made or changed, so far as it can be known.
    doubts: Vec<(Position, String)>,
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

/// What a template is applied to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The stack's account and region.
    pub scope: Scope,
    pub stack_name: String,
    pub stack_id: String,
    pub notification_arns: Vec<String>,
    /// Of the stack: what it makes gets them too.
    pub tags: Tags,
}

impl Frame {
    /// Of a stack that is there.
    pub fn of(stack: &Stack) -> Frame {
        Frame {
            scope: stack.scope.clone(),
            stack_name: stack.name.clone(),
            stack_id: stack.id.clone(),
            notification_arns: stack.version.notification_arns.clone(),
            tags: stack.version.tags.clone(),
        }
    }

    /// Of a stack that is to be. `now`: milliseconds since 1970.
    pub fn new(cloud: &Cloud, scope: &Scope, stack_name: &str, now: u64) -> Frame {
        let unique = identity::unique(cloud, scope, stack_name, now);
        Frame {
            scope: scope.clone(),
            stack_name: stack_name.to_string(),
            stack_id: stack_id_prefix(scope, Some(stack_name)) + &unique,
            notification_arns: Vec::new(),
            tags: Tags::new(),
        }
    }

    /// With what a request says of it; what it does not say stays.
    pub fn with(mut self, asked: &Asked) -> Frame {
        if let Some(arns) = &asked.notification_arns {
            self.notification_arns.clone_from(arns);
        }
        if let Some(tags) = &asked.tags {
            self.tags.clone_from(tags);
        }
        self
    }
}

impl<'t> Design<'t> {
    /// The template with its parameters; one that is missing takes its default. Or everything that is wrong with it.
    pub fn bind(
        template: &Template,
        frame: &Frame,
        given: &BTreeMap<String, String>,
        cloud: &Cloud,
    ) -> Result<Bound, Diagnostics> {
        let setting = Setting {
            cloud,
            scope: &frame.scope,
            stack_name: &frame.stack_name,
            stack_id: &frame.stack_id,
            notification_arns: &frame.notification_arns,
            tags: &frame.tags,
            parameters: given,
            held: None,
        };
        Bound::new(template, &setting)
    }

    /// Decides, or says everything that is wrong.
    pub fn new(bound: &'t Bound, cloud: &Cloud) -> Result<Design<'t>, Diagnostics> {
        let cloud = &cloud.seen_from(&bound.scope);
        let mut report = Report::default();
        let held: Vec<StackResource> =
            cloud.stack_resources(&bound.stack_id).filter(|r| r.is_there()).cloned().collect();
        let mut design = Design {
            template: &bound.template,
            bound,
            stack_name: bound.stack_name.clone(),
            stack_id: bound.stack_id.clone(),
            home: bound.scope.clone(),
            parameters: bound.parameters.clone(),
            steps: Vec::new(),
            removed: Vec::new(),
        };
        design.arrange(&mut report);
        if report.is_empty() {
            design.decide(cloud, &held, &mut report);
        }
        report.finish(&bound.template.source, design)
    }

    /// What AWS would begin and roll back, though it can be told before anything is begun. For whoever can still be
    /// asked; AWS's API begins.
    pub fn preflight(&self) -> Result<(), Diagnostics> {
        let mut report = Report::default();
        for step in &self.steps {
            report.about(Some(&step.resource.name.text));
            step.doubts.iter().for_each(|(at, doubt)| report.error(*at, doubt));
        }
        report.finish(&self.template.source, ())
    }

    /// A scope in which resources are what `made` says.
    pub fn scope<'a>(&'a self, made: &'a dyn crate::language::evaluate::Made) -> Names<'a> {
        self.bound.scope(made)
    }

    /// What is there.
    pub fn present<'a>(
        &'a self,
        cloud: &'a Cloud,
        there: &'a BTreeMap<String, (Which, String)>,
        changing: &'a BTreeSet<String>,
    ) -> Present<'a> {
        Present { cloud, template: self.template, conditions: &self.bound.conditions, there, changing }
    }

    /// Names of the exports that the template imports.
    pub fn imports(&self) -> BTreeSet<String> {
        self.bound.imports.clone()
    }

    /// The properties of a resource as they would be sent now.
    pub fn resolve(&self, resource: &Resource, present: &Present, report: &mut Report) -> Resolved {
        self.resolve_within(&Budget::default(), resource, present, report)
    }

    fn resolve_within(&self, budget: &Budget, resource: &Resource, present: &Present, report: &mut Report) -> Resolved {
        let values = self.scope(present).within(budget).map(&resource.properties, report);
        let mut resolved = schema::resolve(resource.of, resource.name.at, &values, report);
        tags::inherit(resource.of, &mut resolved, &self.bound.tags);
        resolved
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
        self.bound.outputs()
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

    fn arrange(&mut self, report: &mut Report) {
        let resources: Vec<&'t Resource> = self.bound.resources().collect();
        let recorder = Recorder::default();
        let budget = Budget::default();
        let mut needs = dependency::needs(&resources, &|| self.scope(&recorder).within(&budget), &recorder);
        budget.report(report);
        dependency::check_cycle(&resources, &needs, report);
        let names: Vec<String> = resources.iter().map(|r| r.name.text.clone()).collect();
        for index in graph::order(&names, &needs) {
            let resource = resources[index];
            let needs = needs.remove(&names[index]).unwrap_or_default();
            let (action, physical_id, doubts) = (Action::Create, None, Vec::new());
            self.steps.push(Step { resource, needs, action, physical_id, doubts });
        }
    }

    fn decide(&mut self, cloud: &Cloud, held: &[StackResource], report: &mut Report) {
        let mut there = there(held.iter());
        // What is under way has attributes that are not to be relied on yet.
        let under_way = held.iter().filter(|r| !r.replaced && !r.status.is_final());
        let mut changing: BTreeSet<String> = under_way.map(|r| r.logical_id.clone()).collect();
        let mut actions = Vec::with_capacity(self.steps.len());
        let budget = Budget::default();
        for step in &self.steps {
            let resource = step.resource;
            let name = &resource.name.text;
            report.about(Some(name));
            let old = held.iter().find(|r| r.logical_id == *name && !r.replaced);
            if let Some(old) = old.filter(|old| old.kind != resource.of.name) {
                let what = format!("{name} was {} and cannot become {}", old.kind, resource.of.name);
                report.advise(resource.name.at, what, "give the new resource another name");
            }
            let found = report.len();
            let present = self.present(cloud, &there, &changing);
            let resolved = self.resolve_within(&budget, resource, &present, report);
            let wrong = if report.len() == found { resource.of.which.check(&resolved.json) } else { Vec::new() };
            let place = |property: &str| {
                let at = resource.properties.iter().find(|(name, _)| name.text == property).map(|(name, _)| name.at);
                at.unwrap_or(resource.name.at)
            };
            wrong.into_iter().for_each(|(property, wrong)| report.error(place(property), wrong));
            let action = action(old, resource, &resolved);
            let doubts = match action {
                Action::Keep => Vec::new(),
                _ => resource.of.which.preflight(&resolved.json),
            };
            let doubts = doubts.into_iter().map(|(property, doubt)| (place(property), doubt)).collect();
            match &action {
                Action::Create | Action::Replace { .. } => drop(there.remove(name)),
                Action::Update(changed) if changed.iter().any(|name| *name != "Tags") => {
                    changing.insert(name.clone());
                }
                Action::Update(_) | Action::Keep => {}
            }
            actions.push((action, old.and_then(|old| old.physical_id.clone()), doubts));
        }
        for output in self.outputs_that_hold() {
            report.about(Some(&output.name.text));
            for expression in [Some(&output.value), output.export.as_ref()].into_iter().flatten() {
                self.text(output, expression, &self.present(cloud, &there, &changing), report);
            }
        }
        report.about(None);
        for (step, (action, physical_id, doubts)) in self.steps.iter_mut().zip(actions) {
            (step.action, step.physical_id, step.doubts) = (action, physical_id, doubts);
        }
        let kept: BTreeSet<&str> = self.steps.iter().map(|s| s.resource.name.text.as_str()).collect();
        let gone = |r: &&StackResource| !kept.contains(r.logical_id.as_str()) || r.replaced;
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
    let change = |p: &schema::Property| p.change(old.properties.get(p.name), resolved.json.get(p.name));
    let because: Vec<_> = certain.iter().filter(|p| change(p) == Update::Replacement).map(|p| p.name).collect();
    if !because.is_empty() {
        return Action::Replace { because, certain: true };
    }
    let because: Vec<_> = unknown.iter().filter(|p| p.update == Update::Replacement).map(|p| p.name).collect();
    if !because.is_empty() {
        return Action::Replace { because, certain: false };
    }
    match certain.iter().chain(&unknown).map(|p| p.name).collect::<Vec<_>>() {
        changed if changed.is_empty() => Action::Keep,
        changed => Action::Update(changed),
    }
}
