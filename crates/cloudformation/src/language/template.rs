//! A template once it has been read: every section known, every function in place, every name defined.

use super::condition::Condition;
use super::diagnostic::{Diagnostics, Position, Report};
use super::expression::{Compiler, Expression};
use super::node::{Entry, Name, Node, NodeKind};
use super::output::Output;
use super::parameter::Parameter;
use super::section::Section;
use super::source::Source;
use super::{check, json, yaml};
use crate::resource::{ResourceType, table};
use std::collections::BTreeMap;

/// A template without an error that can be seen without its parameters.
#[derive(Clone, Debug)]
pub struct Template {
    pub source: Source,
    pub description: Option<String>,
    pub parameters: Vec<Parameter>,
    pub mappings: BTreeMap<String, Mapping>,
    pub conditions: Vec<(Name, Condition)>,
    pub resources: Vec<Resource>,
    pub outputs: Vec<Output>,
}

/// Key → key → text or texts.
pub type Mapping = BTreeMap<String, BTreeMap<String, Mapped>>;

/// A leaf of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mapped {
    Text(String),
    List(Vec<String>),
}

/// A resource as the template declares it.
#[derive(Clone, Debug)]
pub struct Resource {
    pub name: Name,
    pub of: &'static ResourceType,
    pub properties: Vec<(Name, Expression)>,
    pub depends_on: Vec<Name>,
    pub condition: Option<Name>,
    /// What becomes of it when it leaves the template or the stack is deleted.
    pub deletion_policy: Policy,
    /// What becomes of the old one when it is replaced.
    pub update_replace_policy: Policy,
}

/// `DeletionPolicy` and `UpdateReplacePolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Policy {
    Delete,
    Retain,
    /// Retained, unless its creation failed.
    RetainExceptOnCreate,
}

/// AWS's limits of one template.
pub const MOST_RESOURCES: usize = 500;
const MOST_NAMED: usize = 200;

const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
];

const RESOURCE_KEYS: &[&str] =
    &["Condition", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdateReplacePolicy"];

const OUTPUT_KEYS: &[&str] = &["Condition", "Description", "Export", "Value"];

impl Template {
    /// Reads a template in YAML or JSON; `name` is what messages call it.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Template, Diagnostics> {
        Template::read(Source::new(name, bytes)?)
    }

    /// Reads a template whose size has been judged.
    pub fn read(source: Source) -> Result<Template, Diagnostics> {
        let mut report = Report::default();
        let root = match json::looks_like(source.text()) {
            true => json::read(source.text(), &mut report),
            false => yaml::read(source.text(), &mut report),
        };
        let template = root.and_then(|root| sections(&source, &root, &mut report));
        let Some(template) = template else {
            return Err(report.into_diagnostics(&source));
        };
        check::names(&template, &mut report);
        report.finish(&source, template)
    }

    /// The resource of a logical id.
    pub fn resource(&self, name: &str) -> Option<&Resource> {
        self.resources.iter().find(|r| r.name.text == name)
    }

    /// The parameter of a name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|p| p.name.text == name)
    }
}

fn sections(source: &Source, root: &Node, report: &mut Report) -> Option<Template> {
    refuse_sections(root, report);
    let keys: Vec<&str> = SECTIONS.iter().chain(REFUSED_SECTIONS.iter().map(|(name, _)| name)).copied().collect();
    let mut section = Section::open(root, root.at, "a template", &keys, report)?;
    if let Some(version) = section.text("AWSTemplateFormatVersion").filter(|v| v != "2010-09-09") {
        let at = section.optional("AWSTemplateFormatVersion").map_or(root.at, |n| n.at);
        section.report.error(at, format!("AWSTemplateFormatVersion is 2010-09-09, and this is {version:?}"));
    }
    let description = section.text("Description");
    if !matches!(&root.kind, NodeKind::Map(entries) if entries.iter().any(|e| e.key.text == "Resources")) {
        let advice = "a template makes at least one resource: add a Resources section";
        section.report.advise(root.at, "there is no Resources section", advice);
    } else if section.map("Resources").is_empty() && section.optional("Resources").is_some() {
        section.report.advise(root.at, "the Resources section is empty", "a template makes at least one resource");
    }
    let mut named = |key: &str, most: usize| {
        let entries = section.map(key);
        if entries.len() > most {
            let what = format!("{key} has {} entries, and {most} are the most", entries.len());
            section.report.advise(root.at, what, "split the template into several stacks");
        }
        section.report.about(None);
        Compiler { source, report: section.report }.distinct(entries);
        for Entry { key, .. } in entries {
            if !key.text.chars().all(|c| c.is_ascii_alphanumeric()) || key.text.is_empty() || key.text.len() > 255 {
                let what = format!("{:?} cannot be a name", key.text);
                section.report.advise(key.at, what, "take letters and digits only, at most 255");
            }
        }
        entries
    };
    let (parameters, mappings) = (named("Parameters", MOST_NAMED), named("Mappings", MOST_NAMED));
    let (conditions, resources) = (named("Conditions", MOST_NAMED), named("Resources", MOST_RESOURCES));
    let outputs = named("Outputs", MOST_NAMED);
    let mut template = Template {
        source: source.clone(),
        description,
        parameters: Vec::new(),
        mappings: BTreeMap::new(),
        conditions: Vec::new(),
        resources: Vec::new(),
        outputs: Vec::new(),
    };
    for Entry { key, value } in parameters {
        report.about(Some(&key.text));
        template.parameters.extend(Parameter::read(key, value, report));
    }
    for Entry { key, value } in mappings {
        report.about(Some(&key.text));
        template.mappings.insert(key.text.clone(), mapping(value, report));
    }
    for Entry { key, value } in conditions {
        report.about(Some(&key.text));
        let condition = Compiler { source, report }.condition(value);
        template.conditions.extend(condition.map(|c| (key.clone(), c)));
    }
    for Entry { key, value } in resources {
        report.about(Some(&key.text));
        template.resources.extend(resource(key, value, source, report));
    }
    for Entry { key, value } in outputs {
        report.about(Some(&key.text));
        template.outputs.extend(output(key, value, source, report));
    }
    report.about(None);
    Some(template)
}

const REFUSED_SECTIONS: &[(&str, &str)] = &[
    ("Transform", "write out what the macro would make"),
    ("Rules", "put the checks into AllowedValues and AllowedPattern of the parameters"),
    ("Hooks", "remove it"),
];

fn refuse_sections(root: &Node, report: &mut Report) {
    let NodeKind::Map(entries) = &root.kind else { return };
    for Entry { key, .. } in entries {
        if let Some((name, instead)) = REFUSED_SECTIONS.iter().find(|(name, _)| *name == key.text) {
            report.advise(key.at, format!("the section {name} is not supported"), *instead);
        }
    }
}

fn mapping(node: &Node, report: &mut Report) -> Mapping {
    let mut mapping = Mapping::new();
    for Entry { key, value } in level(node, "a mapping", report) {
        let mut inner = BTreeMap::new();
        for Entry { key, value } in level(value, "each key of a mapping", report) {
            let texts = |items: &[Node]| items.iter().map(|i| i.text().map(str::to_string)).collect::<Option<Vec<_>>>();
            let leaf = match &value.kind {
                NodeKind::Text(text) => Some(Mapped::Text(text.clone())),
                NodeKind::List(items) => texts(items).map(Mapped::List),
                _ => None,
            };
            if leaf.is_none() {
                let what = format!("a mapping ends in a text or a list of texts, and this is {}", value.what());
                report.advise(value.at, what, "write it out: functions do not work in mappings");
            }
            inner.extend(leaf.map(|leaf| (key.text.clone(), leaf)));
        }
        mapping.insert(key.text.clone(), inner);
    }
    mapping
}

fn level<'n>(node: &'n Node, what: &str, report: &mut Report) -> &'n [Entry] {
    match &node.kind {
        NodeKind::Map(entries) => entries,
        _ => {
            report.error(node.at, format!("{what} is a map, and this is {}", node.what()));
            &[]
        }
    }
}

fn resource(name: &Name, node: &Node, source: &Source, report: &mut Report) -> Option<Resource> {
    refuse_attributes(node, report);
    let keys: Vec<&str> =
        RESOURCE_KEYS.iter().chain(REFUSED_ATTRIBUTES.iter().map(|(name, _)| name)).copied().collect();
    let mut section = Section::open(node, name.at, "a resource", &keys, report)?;
    let of = resource_type(&mut section);
    let names = |places: Vec<(String, Position)>| places.into_iter().map(|(text, at)| Name { text, at });
    let depends_on = names(section.places("DependsOn")).collect();
    let condition = names(section.places("Condition")).next();
    let deletion_policy = policy(&mut section, "DeletionPolicy");
    let update_replace_policy = policy(&mut section, "UpdateReplacePolicy");
    let entries = section.map("Properties");
    let properties = Compiler { source, report }.map(entries);
    Some(Resource {
        name: name.clone(),
        of: of?,
        properties,
        depends_on,
        condition,
        deletion_policy,
        update_replace_policy,
    })
}

fn resource_type(section: &mut Section) -> Option<&'static ResourceType> {
    let node = section.required("Type")?;
    let Some(text) = node.text() else {
        section.report.error(node.at, "Type is the name of a resource type");
        return None;
    };
    let found = table::find(text);
    if found.is_none() {
        let what = format!("the resource type {text} is not supported");
        section.report.suggest(node.at, what, text, table::names());
    }
    found
}

const REFUSED_ATTRIBUTES: &[(&str, &str)] = &[
    ("CreationPolicy", "remove it: nothing here sends the signals it would wait for"),
    ("UpdatePolicy", "remove it: it belongs to types that are not supported"),
];

fn refuse_attributes(node: &Node, report: &mut Report) {
    let NodeKind::Map(entries) = &node.kind else { return };
    for Entry { key, .. } in entries {
        if let Some((name, instead)) = REFUSED_ATTRIBUTES.iter().find(|(name, _)| *name == key.text) {
            report.advise(key.at, format!("the attribute {name} is not supported"), *instead);
        }
    }
}

fn policy(section: &mut Section, key: &str) -> Policy {
    let Some(text) = section.text(key) else { return Policy::Delete };
    match text.as_str() {
        "Delete" => Policy::Delete,
        "Retain" => Policy::Retain,
        "RetainExceptOnCreate" if key == "DeletionPolicy" => Policy::RetainExceptOnCreate,
        _ => {
            let at = section.optional(key).map_or(section.at, |n| n.at);
            let legal: &[&str] = match key {
                "DeletionPolicy" => &["Delete", "Retain", "RetainExceptOnCreate"],
                _ => &["Delete", "Retain"],
            };
            let what = match text.as_str() {
                "Snapshot" => format!("{key} cannot be Snapshot: none of the supported types can be snapshot"),
                _ => format!("{key} cannot be {text:?}"),
            };
            section.report.suggest(at, what, &text, legal.iter().copied());
            Policy::Delete
        }
    }
}

fn output(name: &Name, node: &Node, source: &Source, report: &mut Report) -> Option<Output> {
    let mut section = Section::open(node, name.at, "an output", OUTPUT_KEYS, report)?;
    let description = section.text("Description");
    let condition = section.places("Condition").into_iter().next().map(|(text, at)| Name { text, at });
    let value = section.required("Value");
    let export = section.optional("Export");
    let export =
        export.and_then(|node| Section::open(node, node.at, "an export", &["Name"], section.report)?.required("Name"));
    let mut compiler = Compiler { source, report };
    let export = export.map(|node| compiler.expression(node));
    let value = compiler.expression(value?);
    Some(Output { name: name.clone(), value, description, export, condition })
}
