//! A template with its parameters: everything decided that needs no resource.

use super::creation_policy::{self, Signals};
use super::diagnostic::{Diagnostics, Report};
use super::evaluate::{Budget, Known, Made, Scope, Unmade};
use super::input;
use super::node::Name;
use super::output::Output;
use super::policy;
use super::resource::Resource;
use super::rule;
use super::skip;
use super::template::Template;
use super::value::Data;
use croft_control::Cloud;
use std::collections::{BTreeMap, BTreeSet};

/// What a template is bound to.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    pub cloud: &'a Cloud,
    /// The account and region of the stack.
    pub scope: &'a croft_model::Scope,
    pub stack_name: &'a str,
    pub stack_id: &'a str,
    pub notification_arns: &'a [String],
    /// The stack's, which what it makes gets too.
    pub tags: &'a croft_model::Tags,
    /// Values that were handed in; lists with commas between.
    pub parameters: &'a BTreeMap<String, String>,
    /// Values that the stack has: what was not handed in keeps them. None: it takes its default.
    pub held: Option<&'a BTreeMap<String, String>>,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Bound {
    /// With its loops written out and its policies worked out.
    pub template: Template,
    pub stack_name: String,
    pub stack_id: String,
    /// As it was when the template was bound: what is exported and what zones there are.
    pub cloud: Cloud,
    pub scope: croft_model::Scope,
    /// The stack's, which what it makes gets too.
    pub tags: croft_model::Tags,
    /// Values in force, as text; of lists with commas between.
    pub parameters: BTreeMap<String, String>,
    /// Of parameters that name a value kept elsewhere, that value.
    pub resolved_parameters: BTreeMap<String, String>,
    /// What `Ref` gives of parameters and pseudo parameters.
    pub names: BTreeMap<String, Known>,
    pub conditions: BTreeMap<String, bool>,
    /// What resources wait for, by logical id.
    pub signals: BTreeMap<String, Signals>,
    /// Names of exports that the template imports, as far as they are known without a resource.
    pub imports: BTreeSet<String>,
}

impl Bound {
    /// Works out what can be, or says everything that is wrong: parameters, loops, rules, conditions, policies.
    pub fn new(template: &Template, setting: &Setting) -> Result<Bound, Diagnostics> {
        let mut report = Report::default();
        let inputs = input::read(template, setting, &mut report);
        let inputs = report.finish(&template.source, inputs)?;
        let mut bound = Bound {
            template: template.with_names(&inputs.names)?,
            stack_name: setting.stack_name.to_string(),
            stack_id: setting.stack_id.to_string(),
            cloud: setting.cloud.clone(),
            scope: setting.scope.clone(),
            tags: setting.tags.clone(),
            parameters: inputs.values,
            resolved_parameters: inputs.resolved,
            names: inputs.names,
            conditions: BTreeMap::new(),
            signals: BTreeMap::new(),
            imports: BTreeSet::new(),
        };
        let mut report = Report::default();
        let budget = Budget::default();
        rule::judge(&bound.template.rules, &bound.scope(&Unmade).within(&budget), &mut report);
        let source = template.source.clone();
        if !report.is_empty() {
            return Err(report.into_diagnostics(&source));
        }
        bound.work_out_conditions(&budget, &mut report);
        bound.work_out_policies(&budget, &mut report);
        bound.work_out_signals(&budget, &mut report);
        bound.work_out_imports(&budget);
        report.finish(&source, bound)
    }

    /// A scope in which resources are what `made` says.
    pub fn scope<'a>(&'a self, made: &'a dyn Made) -> Scope<'a> {
        Scope::new(self, &self.conditions, made)
    }

    /// What the template's transforms make of it, as JSON. None: it has none.
    pub fn processed(&self) -> Option<String> {
        if self.template.transforms.is_empty() {
            return None;
        }
        let tree = self.template.tree(&self.names)?;
        Some(super::processed::processed(self, &tree))
    }

    /// Does a condition hold, or is there none?
    pub fn holds(&self, condition: Option<&Name>) -> bool {
        condition.is_none_or(|name| self.conditions.get(&name.text).copied().unwrap_or(false))
    }

    /// Resources whose condition holds.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.template.resources.iter().filter(|r| self.holds(r.condition.as_ref()))
    }

    /// Outputs whose condition holds.
    pub fn outputs(&self) -> impl Iterator<Item = &Output> {
        self.template.outputs.iter().filter(|o| self.holds(o.condition.as_ref()))
    }

    fn work_out_conditions(&mut self, budget: &Budget, report: &mut Report) {
        let mut known: BTreeMap<String, bool> = BTreeMap::new();
        let all: BTreeMap<&str, &super::condition::Condition> =
            self.template.conditions.iter().map(|(name, c)| (name.text.as_str(), c)).collect();
        for (name, _) in &self.template.conditions {
            // Depth first without recursion: a chain may be long. Circles have been refused.
            let mut open = vec![name.text.as_str()];
            while let Some(top) = open.last().copied() {
                let Some(condition) = all.get(top).filter(|_| !known.contains_key(top)) else {
                    open.pop();
                    continue;
                };
                let missing = condition.names().into_iter().map(|n| n.text.as_str());
                let missing: Vec<&str> = missing.filter(|n| !known.contains_key(*n) && all.contains_key(n)).collect();
                if missing.is_empty() {
                    report.about(Some(top));
                    let holds = Scope::new(self, &known, &Unmade).within(budget).holds(condition, report);
                    known.insert(top.to_string(), holds);
                    open.pop();
                } else {
                    open.extend(missing);
                }
            }
        }
        report.about(None);
        self.conditions = known;
    }

    fn work_out_policies(&mut self, budget: &Budget, report: &mut Report) {
        let mut worked_out = Vec::new();
        for (index, resource) in self.template.resources.iter().enumerate() {
            report.about(Some(&resource.name.text));
            for (which, key) in ["DeletionPolicy", "UpdateReplacePolicy"].into_iter().enumerate() {
                let Some(expression) = &resource.computed_policies[which] else { continue };
                let value = self.scope(&Unmade).within(budget).value(expression, report);
                let policy = match &value.data {
                    Data::Text(text) => policy::parse(key, text, expression.at, report),
                    Data::Absent => policy::Policy::Delete,
                    _ => {
                        let what = format!("{key} is a text, and this is {}", value.what());
                        report.advise(expression.at, what, "it can name parameters and conditions only");
                        continue;
                    }
                };
                worked_out.push((index, which, policy));
            }
        }
        for (index, which, policy) in worked_out {
            let resource = &mut self.template.resources[index];
            match which {
                0 => resource.deletion_policy = policy,
                _ => resource.update_replace_policy = policy,
            }
        }
        report.about(None);
    }

    fn work_out_signals(&mut self, budget: &Budget, report: &mut Report) {
        let mut signals = BTreeMap::new();
        for resource in self.resources() {
            let Some(policy) = &resource.creation_policy else { continue };
            report.about(Some(&resource.name.text));
            let text = |expression: &Option<super::expression::Expression>, report: &mut Report| {
                let expression = expression.as_ref()?;
                let value = self.scope(&Unmade).within(budget).value(expression, report);
                match value.data {
                    Data::Text(text) => Some((text, expression.at)),
                    Data::Absent => None,
                    _ => {
                        let what = format!("a text should be here, and this is {}", value.what());
                        report.advise(expression.at, what, "it can name parameters and conditions only");
                        None
                    }
                }
            };
            let mut wanted = creation_policy::DEFAULT;
            if let Some((count, at)) = text(&policy.count, report) {
                match count.trim().parse() {
                    Ok(count) => wanted.count = count,
                    Err(_) => report.error(at, format!("Count is a whole number, and this is {count:?}")),
                }
            }
            if let Some((timeout, at)) = text(&policy.timeout, report) {
                wanted.timeout_seconds = creation_policy::timeout(&timeout, at, report);
            }
            signals.insert(resource.name.text.clone(), wanted);
        }
        report.about(None);
        self.signals = signals;
    }

    fn work_out_imports(&mut self, budget: &Budget) {
        let mut imports = BTreeSet::new();
        let properties = self.resources().flat_map(|r| r.properties.iter().map(|(_, e)| e));
        let outputs = self.outputs().map(|o| &o.value);
        let mut found = Vec::new();
        properties.chain(outputs).for_each(|e| skip::imports(e, &mut found));
        for name in found {
            // What is wrong with it is reported where it is used.
            if let Data::Text(name) = self.scope(&Unmade).within(budget).value(name, &mut Report::default()).data {
                imports.insert(name);
            }
        }
        self.imports = imports;
    }
}
