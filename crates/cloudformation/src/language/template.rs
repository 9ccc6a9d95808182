//! A template once it has been read: every section known, every function in place, every name defined.

use super::condition::Condition;
use super::diagnostic::{Diagnostics, Report, Said};
use super::evaluate::{Known, Scope, Unmade};
use super::expression::{Compiler, Dialect};
use super::for_each::{self, Unroller};
use super::mapping::{self, Mapping};
use super::node::{Entry, Name, Node, NodeKind};
use super::output::{self, Output};
use super::parameter::{LargePatterns, Parameter};
use super::resource::{self, Skipped};
use super::rule::{self, Rule};
use super::section::Section;
use super::source::Source;
use super::{check, json, skip, transform, tree, yaml};
pub use super::{policy::Policy, resource::Resource};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// A template without an error that can be seen without its parameters.
#[derive(Clone, Debug)]
pub struct Template {
    pub source: Source,
    pub options: Options,
    pub description: Option<String>,
    /// Names of the transforms it asks for.
    pub transforms: Vec<Name>,
    /// As it is given; nothing here reads it.
    pub metadata: Option<serde_json::Value>,
    pub parameters: Vec<Parameter>,
    pub mappings: BTreeMap<String, Mapping>,
    pub rules: Vec<Rule>,
    pub conditions: Vec<(Name, Condition)>,
    pub resources: Vec<Resource>,
    pub outputs: Vec<Output>,
    /// Resources that are left out ([`Options::skip_unsupported`]).
    pub skipped: Vec<Skipped>,
    /// Names of outputs that are left out because they name such resources.
    pub skipped_outputs: Vec<String>,
    /// Loops are missing: over what they go is known only with the parameters.
    pub open: bool,
    /// What stands in loops that are missing.
    pub looped: Vec<Looped>,
    /// Names of all resources, also of those that are wrong.
    pub(super) declared: HashSet<String>,
    /// The tree, if there are loops in it.
    loops: Option<Arc<Node>>,
}

/// A resource in a loop that is not written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looped {
    pub resource_type: String,
    /// Names of the properties that it gives.
    pub properties: Vec<String>,
}

impl Looped {
    fn of(entry: &Entry) -> Option<Looped> {
        let resource_type = entry.value.get("Type")?.text()?.to_string();
        let properties = match entry.value.get("Properties").map(|properties| &properties.kind) {
            Some(NodeKind::Map(entries)) => entries.iter().map(|entry| entry.key.text.clone()).collect(),
            _ => Vec::new(),
        };
        Some(Looped { resource_type, properties })
    }
}

/// How a template is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Resources of types that are not supported are left out, with all that needs them, instead of being errors.
    pub skip_unsupported: bool,
}

/// AWS's limits of one template.
pub const MOST_RESOURCES: usize = 500;
/// Of parameters, of mappings and of outputs.
pub const MOST_NAMED: usize = 200;
/// AWS names no limit; this one bounds the work.
const MOST_CONDITIONS: usize = 1000;
/// In bytes.
const MOST_DESCRIPTION: usize = 1024;
/// In characters.
const MOST_NAME: usize = 255;

const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

impl Template {
    /// Reads a template in YAML or JSON; `name` is what messages call it.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Template, Diagnostics> {
        Template::read(Source::new(name, bytes)?)
    }

    /// The same with options.
    pub fn parse_with(name: &str, bytes: &[u8], options: Options) -> Result<Template, Diagnostics> {
        Template::read_with(Source::new(name, bytes)?, options)
    }

    /// Reads a template whose size has been judged.
    pub fn read(source: Source) -> Result<Template, Diagnostics> {
        Template::read_with(source, Options::default())
    }

    /// The same with options.
    pub fn read_with(source: Source, options: Options) -> Result<Template, Diagnostics> {
        let mut report = Report::default();
        let Some(root) = root(&source, &mut report) else { return Err(report.into_diagnostics(&source)) };
        tree::check(&root, &mut report);
        let mut template = Template::empty(source, options);
        template.sections(Arc::new(root), None, report)?;
        Ok(template)
    }

    /// The template with its loops written out for these values of its parameters and pseudo parameters. One without
    /// loops stays as it is.
    pub fn with_names(&self, names: &BTreeMap<String, Known>) -> Result<Template, Diagnostics> {
        let Some(root) = &self.loops else { return Ok(self.clone()) };
        let mut template = Template::empty(self.source.clone(), self.options);
        template.sections(root.clone(), Some(names), Report::default())?;
        Ok(template)
    }

    /// The whole template as it is written, with its loops written out for these values.
    pub(super) fn tree(&self, names: &BTreeMap<String, Known>) -> Option<Node> {
        let mut report = Report::default();
        let root = root(&self.source, &mut report)?;
        let mut template = Template {
            parameters: self.parameters.clone(),
            mappings: self.mappings.clone(),
            ..Template::empty(self.source.clone(), self.options)
        };
        template.unrolled(&root, Some(names), &mut report)
    }

    fn empty(source: Source, options: Options) -> Template {
        Template {
            source,
            options,
            description: None,
            transforms: Vec::new(),
            metadata: None,
            parameters: Vec::new(),
            mappings: BTreeMap::new(),
            rules: Vec::new(),
            conditions: Vec::new(),
            resources: Vec::new(),
            outputs: Vec::new(),
            skipped: Vec::new(),
            skipped_outputs: Vec::new(),
            open: false,
            looped: Vec::new(),
            declared: HashSet::new(),
            loops: None,
        }
    }

    /// The resource of a logical id.
    pub fn resource(&self, name: &str) -> Option<&Resource> {
        self.resources.iter().find(|r| r.name.text == name)
    }

    /// The parameter of a name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|p| p.name.text == name)
    }

    /// Does it ask for `AWS::LanguageExtensions`?
    pub fn is_extended(&self) -> bool {
        transform::is_extended(&self.transforms)
    }

    fn sections(
        &mut self,
        root: Arc<Node>,
        names: Option<&BTreeMap<String, Known>>,
        mut report: Report,
    ) -> Result<(), Diagnostics> {
        let source = self.source.clone();
        if self.read_root(root, names, &mut report).is_some() {
            skip::leave_out(self);
            check::names(self, &mut report);
        }
        report.finish(&source, ())
    }

    fn read_root(
        &mut self,
        root: Arc<Node>,
        names: Option<&BTreeMap<String, Known>>,
        report: &mut Report,
    ) -> Option<()> {
        let mut section = Section::open(&root, root.at, "a template", SECTIONS, report)?;
        if let Some(version) = section.text("AWSTemplateFormatVersion").filter(|v| v != "2010-09-09") {
            let at = section.optional("AWSTemplateFormatVersion").map_or(root.at, |n| n.at);
            section.report.error(at, format!("AWSTemplateFormatVersion is 2010-09-09, and this is {version:?}"));
        }
        self.description = section.text("Description");
        if let (Some(text), Some(node)) = (&self.description, section.optional("Description"))
            && text.len() > MOST_DESCRIPTION
        {
            let said = format!("Template format error: 'Description' length is greater than {MOST_DESCRIPTION}.");
            let what = format!("the Description has {} bytes, and {MOST_DESCRIPTION} are the most", text.len());
            let advice = "make it shorter; comments may be as long as you like";
            section.report.say(Said::whole(said), node.at, what, advice);
        }
        if let Some(node) = section.optional("Hooks") {
            section.report.advise(node.at, "the section Hooks is not supported", "remove it");
        }
        self.metadata = section.optional("Metadata").map(Node::to_json);
        self.transforms = transform::read(&root, report);
        let dialect = Dialect { extended: self.is_extended(), rules: false };
        let mut large = LargePatterns::default();
        for (name, node) in entries(&root, "Parameters", MOST_NAMED, report) {
            report.about(Some(&name.text));
            self.parameters.extend(Parameter::read(name, node, &mut large, report));
        }
        for (name, node) in entries(&root, "Mappings", MOST_NAMED, report) {
            report.about(Some(&name.text));
            self.mappings.insert(name.text.clone(), mapping::read(node, report));
        }
        report.about(None);
        let root = match dialect.extended && for_each::any(&root) {
            true => {
                self.loops = Some(root.clone());
                Arc::new(self.unrolled(&root, names, report)?)
            }
            false => root,
        };
        let source = self.source.clone();
        for (name, node) in entries(&root, "Rules", MOST_NAMED, report) {
            report.about(Some(&name.text));
            let dialect = Dialect { rules: true, ..dialect };
            self.rules.extend(rule::read(name, node, &mut Compiler { source: &source, report, dialect }));
        }
        for (name, node) in entries(&root, "Conditions", MOST_CONDITIONS, report) {
            report.about(Some(&name.text));
            let condition = Compiler { source: &source, report, dialect }.condition(node);
            self.conditions.extend(condition.map(|c| (name.clone(), c)));
        }
        self.read_resources(&root, dialect, report);
        for (name, node) in entries(&root, "Outputs", MOST_NAMED, report) {
            report.about(Some(&name.text));
            self.outputs.extend(output::read(name, node, &mut Compiler { source: &source, report, dialect }));
        }
        report.about(None);
        Some(())
    }

    fn read_resources(&mut self, root: &Node, dialect: Dialect, report: &mut Report) {
        let source = self.source.clone();
        let resources = entries(root, "Resources", MOST_RESOURCES, report);
        if resources.is_empty() && !self.open {
            let said = Said::whole("Template format error: At least one Resources member must be defined.");
            let advice = "a template makes at least one resource";
            match root.get("Resources") {
                None => {
                    let advice = format!("{advice}: add a Resources section");
                    report.say(said, root.at, "there is no Resources section", advice);
                }
                Some(node) if matches!(node.kind, NodeKind::Map(_)) => {
                    report.say(said, node.at, "the Resources section is empty", advice);
                }
                Some(_) => {}
            }
        }
        for (name, node) in resources {
            report.about(Some(&name.text));
            self.declared.insert(name.text.clone());
            let mut compiler = Compiler { source: &source, report, dialect };
            match resource::read(name, node, self.options.skip_unsupported, &mut compiler) {
                resource::Entry::Resource(resource) => self.resources.push(*resource),
                resource::Entry::Skipped(skipped) => self.skipped.push(skipped),
                resource::Entry::Wrong => {}
            }
        }
    }

    /// The tree with its loops written out. None: there is no end to them.
    fn unrolled(&mut self, root: &Node, names: Option<&BTreeMap<String, Known>>, report: &mut Report) -> Option<Node> {
        let last = names.is_some();
        let defaults: BTreeMap<String, Known>;
        let names = match names {
            Some(names) => names,
            None => {
                defaults = self.parameters.iter().map(|p| (p.name.text.clone(), p.by_default())).collect();
                &defaults
            }
        };
        let conditions = BTreeMap::new();
        let scope = Scope::without_cloud(&self.mappings, &self.parameters, names, &conditions, &Unmade);
        let source = self.source.clone();
        let mut unroller = Unroller::new(&source, &scope, last, report);
        let mut whole = root.clone();
        if let NodeKind::Map(sections) = &mut whole.kind {
            for Entry { key, value } in sections {
                if for_each::SECTIONS.contains(&key.text.as_str()) {
                    *value = unroller.section(value);
                }
            }
        }
        let (open, exhausted) = (unroller.open, unroller.exhausted);
        self.open = open;
        if let Some(resources) = root.get("Resources").filter(|_| open) {
            self.looped = for_each::bodies(resources).into_iter().filter_map(Looped::of).collect();
        }
        (!exhausted).then_some(whole)
    }
}

/// None: it cannot be read to its end, and the report says why.
fn root(source: &Source, report: &mut Report) -> Option<Node> {
    match json::looks_like(source.text()) {
        true => json::read(source.text(), report),
        false => yaml::read(source.text(), report),
    }
}

/// The entries of a section, with names that are names; more than `most` are reported.
fn entries<'n>(root: &'n Node, key: &str, most: usize, report: &mut Report) -> Vec<(&'n Name, &'n Node)> {
    report.about(None);
    let Some(node) = root.get(key) else { return Vec::new() };
    let entries = match &node.kind {
        NodeKind::Map(entries) => entries,
        NodeKind::Null => return Vec::new(),
        _ => {
            report.error(node.at, format!("{key} is a map, and this is {}", node.what()));
            return Vec::new();
        }
    };
    if entries.len() > most {
        let said = format!(
            "Template format error: Number of {}, {}, is greater than maximum allowed, {most}",
            key.to_lowercase(),
            entries.len()
        );
        let what = format!("{key} has {} entries, and {most} are the most", entries.len());
        report.say(Said::whole(said), root.at, what, "split the template into several stacks");
    }
    let mut seen = HashSet::new();
    let mut named = Vec::with_capacity(entries.len().min(most));
    for Entry { key: name, value } in entries.iter().take(most) {
        let text = name.text.as_str();
        if text.starts_with("Fn::") {
            let dialect = Dialect { extended: false, rules: false };
            let source = &super::source::Source::nothing();
            Compiler { source, report, dialect }.unknown_function(text, name.at);
            continue;
        }
        // Of conditions AWS takes names with other characters too, such as `ThreeZones&Private`.
        let free = key == "Conditions";
        if text.is_empty() || text.len() > MOST_NAME || !free && !text.chars().all(|c| c.is_ascii_alphanumeric()) {
            let kind = key.strip_suffix('s').unwrap_or(key);
            let said = format!("Template format error: {kind} name {text} is non alphanumeric.");
            let advice = format!("take letters and digits only, at most {MOST_NAME}");
            report.say(Said::whole(said), name.at, format!("{text:?} cannot be a name"), advice);
        }
        // A name that stands twice has been reported.
        if seen.insert(text) {
            named.push((name, value));
        }
    }
    named
}
