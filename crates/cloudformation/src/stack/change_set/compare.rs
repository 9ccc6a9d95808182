//! What a design would change of a stack, resource by resource, with the causes.

use super::cause::{Lean, hidden, leans, same};
use super::change::{
    Attribute, Change, ChangeAction, ChangeSource, Detail, Evaluation, KNOWN_AFTER_APPLY, PolicyAction, Replacement,
    RequiresRecreation, Target, shown,
};
use crate::language::diagnostic::Report;
use crate::language::expression::Expression;
use crate::language::template::{Resource, Template};
use crate::resource::Which;
use crate::resource::schema::{Property, Resolved, Update};
use crate::stack::design::{Action, Design, Step};
use crate::stack::nested::TEMPLATE_URL;
use crate::stack::present::there;
use croft_control::Cloud;
use croft_model::stack::{HIDDEN, StackResource};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// What is in force: the template, if it can still be read, and the values of its parameters.
pub struct Before<'a> {
    pub template: Option<&'a Template>,
    pub parameters: &'a BTreeMap<String, String>,
}

/// In the order in which it would happen. `held`: the records of the stack's resources.
pub fn changes(design: &Design, cloud: &Cloud, held: &[StackResource], before: &Before) -> Vec<Change> {
    let mut there = there(held.iter());
    let mut changing = BTreeSet::new();
    for step in &design.steps {
        let name = &step.resource.name.text;
        match &step.action {
            Action::Create | Action::Replace { .. } => drop(there.remove(name)),
            Action::Update(changed) if changed.iter().any(|property| *property != "Tags") => {
                changing.insert(name.clone());
            }
            Action::Update(_) | Action::Keep => {}
        }
    }
    let present = design.present(cloud, &there, &changing);
    let comparison = Comparison { design, before, changing: &changing };
    let mut changes = Vec::new();
    for step in &design.steps {
        let old = held.iter().find(|entry| entry.logical_id == step.resource.name.text && !entry.replaced);
        // What is wrong was reported when the design was made.
        let resolved = design.resolve(step.resource, &present, &mut Report::default());
        changes.extend(comparison.of(step, old, &resolved));
    }
    let removed = design.removed.iter().filter(|entry| !entry.replaced && entry.physical_id.is_some());
    changes.extend(removed.map(|entry| comparison.removed(entry)));
    changes
}

fn context(properties: Map<String, Json>) -> String {
    Json::Object(Map::from_iter([("Properties".to_string(), Json::Object(properties))])).to_string()
}

struct Comparison<'a, 't> {
    design: &'a Design<'t>,
    before: &'a Before<'a>,
    /// Resources whose attributes may be others afterwards.
    changing: &'a BTreeSet<String>,
}

impl Comparison<'_, '_> {
    /// A resource that leaves the template.
    fn removed(&self, entry: &StackResource) -> Change {
        let retained = entry.deletion_policy.as_deref().is_some_and(|policy| policy.starts_with("Retain"));
        let old = self.before.template.and_then(|template| template.resource(&entry.logical_id));
        let had = entry.properties.as_object().cloned().unwrap_or_default();
        let had = old.map_or(Map::new(), |old| self.masked(old, had));
        Change {
            policy_action: Some(if retained { PolicyAction::Retain } else { PolicyAction::Delete }),
            action: ChangeAction::Remove,
            logical_resource_id: entry.logical_id.clone(),
            physical_resource_id: entry.physical_id.clone(),
            resource_type: entry.kind.clone(),
            replacement: None,
            scope: Vec::new(),
            details: Vec::new(),
            before_context: Some(context(had)),
            after_context: None,
        }
    }

    /// None: it stays as it is.
    fn of(&self, step: &Step, old: Option<&StackResource>, resolved: &Resolved) -> Option<Change> {
        let resource = step.resource;
        let bare = Change {
            policy_action: None,
            action: ChangeAction::Add,
            logical_resource_id: resource.name.text.clone(),
            physical_resource_id: None,
            resource_type: resource.of.name.to_string(),
            replacement: None,
            scope: Vec::new(),
            details: Vec::new(),
            before_context: None,
            after_context: Some(context(self.after(resource, resolved))),
        };
        let (replacement, old) = match (&step.action, old) {
            (Action::Keep, _) => return None,
            (Action::Create, _) | (_, None) => return Some(bare),
            (Action::Update(_), Some(old)) => (Replacement::False, old),
            (Action::Replace { certain: true, .. }, Some(old)) => (Replacement::True, old),
            (Action::Replace { certain: false, .. }, Some(old)) => (Replacement::Conditional, old),
        };
        let had = old.properties.as_object().cloned().unwrap_or_default();
        let changed = resource.of.shape.properties.iter().filter(|property| {
            resolved.unknown.contains(&property.name) || had.get(property.name) != resolved.json.get(property.name)
        });
        let mut details: Vec<Detail> =
            changed.flat_map(|property| self.details(resource, property, had.get(property.name), resolved)).collect();
        if details.is_empty() && resource.of.which == Which::NestedStack {
            details.extend(self.template(resource, &had, resolved));
        }
        let scope: BTreeSet<Attribute> = details.iter().map(|detail| detail.target.attribute).collect();
        let retained = format!("{:?}", resource.update_replace_policy).starts_with("Retain");
        Some(Change {
            policy_action: (replacement == Replacement::True).then_some(match retained {
                true => PolicyAction::ReplaceAndRetain,
                false => PolicyAction::ReplaceAndDelete,
            }),
            action: ChangeAction::Modify,
            physical_resource_id: old.physical_id.clone(),
            replacement: Some(replacement),
            scope: scope.into_iter().collect(),
            details,
            before_context: Some(context(self.masked(resource, had))),
            ..bare
        })
    }

    /// The properties as they will be, so far as they are known.
    fn after(&self, resource: &Resource, resolved: &Resolved) -> Map<String, Json> {
        let mut after = resolved.json.clone();
        for name in &resolved.unknown {
            after.insert(name.to_string(), KNOWN_AFTER_APPLY.into());
        }
        self.masked(resource, after)
    }

    fn masked(&self, resource: &Resource, mut properties: Map<String, Json>) -> Map<String, Json> {
        for (name, value) in &mut properties {
            if self.hides(resource, name) {
                *value = HIDDEN.into();
            }
        }
        properties
    }

    /// Did a parameter that is not to be echoed go into a property, before or now?
    fn hides(&self, resource: &Resource, property: &str) -> bool {
        let old = self.before.template.and_then(|template| Some((template.resource(&resource.name.text)?, template)));
        let in_old = old.is_some_and(|(old, template)| hidden(old, template).contains(property));
        in_old || hidden(resource, self.design.template).contains(property)
    }

    /// The causes of one property's change: at least one.
    fn details(
        &self,
        resource: &Resource,
        property: &Property,
        had: Option<&Json>,
        resolved: &Resolved,
    ) -> Vec<Detail> {
        let unknown = resolved.unknown.contains(&property.name);
        let new = expression(resource, property.name);
        let mut causes = BTreeSet::new();
        for lean in new.map(|new| leans(new, self.design.template)).unwrap_or_default() {
            causes.extend(self.cause(lean, unknown));
        }
        let old = self.before.template.and_then(|template| template.resource(&resource.name.text));
        let old = old.map(|old| expression(old, property.name));
        let rewritten = old.is_some_and(|old| match (old, new) {
            (Some(old), Some(new)) => !same(old, new),
            (old, new) => old.is_some() != new.is_some(),
        });
        if rewritten || causes.is_empty() {
            let evaluation = if unknown { Evaluation::Dynamic } else { Evaluation::Static };
            causes.insert((ChangeSource::DirectModification, None, evaluation));
        }
        let target = self.target(resource, property, had, resolved);
        let detail = |(change_source, causing_entity, evaluation)| Detail {
            target: target.clone(),
            evaluation,
            change_source,
            causing_entity,
        };
        causes.into_iter().map(detail).collect()
    }

    /// The same name, with another template behind it.
    fn template(&self, resource: &Resource, had: &Map<String, Json>, resolved: &Resolved) -> Option<Detail> {
        let property = resource.of.shape.properties.iter().find(|property| property.name == TEMPLATE_URL)?;
        Some(Detail {
            target: self.target(resource, property, had.get(property.name), resolved),
            evaluation: Evaluation::Dynamic,
            change_source: ChangeSource::Automatic,
            causing_entity: None,
        })
    }

    /// What a lean has to do with a change, if anything.
    fn cause(&self, lean: Lean, unknown: bool) -> Option<(ChangeSource, Option<String>, Evaluation)> {
        match lean {
            Lean::Parameter(name) => {
                let before = self.before.parameters.get(&name)?;
                let now = self.design.parameters.get(&name)?;
                (before != now).then_some((ChangeSource::ParameterReference, Some(name), Evaluation::Static))
            }
            Lean::Resource(name) if unknown && self.is_new(&name) => {
                Some((ChangeSource::ResourceReference, Some(name), Evaluation::Dynamic))
            }
            Lean::Attribute { resource, attribute }
                if unknown && (self.is_new(&resource) || self.changing.contains(&resource)) =>
            {
                let entity = format!("{resource}.{attribute}");
                Some((ChangeSource::ResourceAttribute, Some(entity), Evaluation::Dynamic))
            }
            _ => None,
        }
    }

    /// Is a resource made, or made anew?
    fn is_new(&self, name: &str) -> bool {
        let step = self.design.steps.iter().find(|step| step.resource.name.text == name);
        step.is_some_and(|step| matches!(step.action, Action::Create | Action::Replace { .. }))
    }

    fn target(&self, resource: &Resource, property: &Property, had: Option<&Json>, resolved: &Resolved) -> Target {
        let name = property.name;
        let unknown = resolved.unknown.contains(&name);
        let will = resolved.json.get(name);
        let attribute = if name == "Tags" { Attribute::Tags } else { Attribute::Properties };
        let requires_recreation = match property.update {
            Update::Replacement if property.depends.is_some() && unknown => RequiresRecreation::Conditionally,
            _ if property.change(had, will) == Update::Replacement => RequiresRecreation::Always,
            _ => RequiresRecreation::Never,
        };
        let hides = self.hides(resource, name);
        let value = |value: Option<&Json>| value.map(|value| if hides { HIDDEN.to_string() } else { shown(value) });
        Target {
            attribute,
            name: (attribute == Attribute::Properties).then(|| name.to_string()),
            requires_recreation,
            path: Some(format!("/Properties/{name}")),
            before_value: value(had),
            after_value: if unknown { Some(KNOWN_AFTER_APPLY.to_string()) } else { value(will) },
            attribute_change_type: Some(match (had, unknown || will.is_some()) {
                (None, _) => ChangeAction::Add,
                (Some(_), true) => ChangeAction::Modify,
                (Some(_), false) => ChangeAction::Remove,
            }),
        }
    }
}

fn expression<'r>(resource: &'r Resource, property: &str) -> Option<&'r Expression> {
    resource.properties.iter().find(|(name, _)| name.text == property).map(|(_, expression)| expression)
}
