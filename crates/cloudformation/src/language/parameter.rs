//! Parameters: their types, and what a value has to be to be taken.

use super::diagnostic::{Position, Report};
use super::nearest::listed;
use super::node::{Name, Node, NodeKind};
use super::section::Section;
use regex::Regex;

/// A parameter as the template declares it.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: Name,
    pub kind: ParameterType,
    pub default: Option<String>,
    pub allowed_values: Vec<String>,
    pub allowed_pattern: Option<Regex>,
    /// In characters.
    pub length: (Option<u64>, Option<u64>),
    pub range: (Option<f64>, Option<f64>),
    /// Its value is never shown.
    pub no_echo: bool,
    pub description: Option<String>,
    /// What to say when a value is refused, in the words of the template's author.
    pub constraint: Option<String>,
}

/// `list` says whether several values stand between commas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterType {
    pub name: &'static str,
    pub of: Of,
    pub list: bool,
}

/// What a value is, or names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    Text,
    Number,
    AvailabilityZone,
    /// Any text: an image is whatever the instance's runner knows under that name.
    Image,
    Instance,
    /// Any text: key pairs are not resources here.
    KeyPair,
    SecurityGroup,
    SecurityGroupName,
    Subnet,
    Vpc,
}

const fn one(name: &'static str, of: Of) -> ParameterType {
    ParameterType { name, of, list: false }
}

const fn many(name: &'static str, of: Of) -> ParameterType {
    ParameterType { name, of, list: true }
}

const TYPES: &[ParameterType] = &[
    one("String", Of::Text),
    one("Number", Of::Number),
    many("List<Number>", Of::Number),
    many("List<String>", Of::Text),
    many("CommaDelimitedList", Of::Text),
    one("AWS::EC2::AvailabilityZone::Name", Of::AvailabilityZone),
    one("AWS::EC2::Image::Id", Of::Image),
    one("AWS::EC2::Instance::Id", Of::Instance),
    one("AWS::EC2::KeyPair::KeyName", Of::KeyPair),
    one("AWS::EC2::SecurityGroup::GroupName", Of::SecurityGroupName),
    one("AWS::EC2::SecurityGroup::Id", Of::SecurityGroup),
    one("AWS::EC2::Subnet::Id", Of::Subnet),
    one("AWS::EC2::VPC::Id", Of::Vpc),
    many("List<AWS::EC2::AvailabilityZone::Name>", Of::AvailabilityZone),
    many("List<AWS::EC2::Image::Id>", Of::Image),
    many("List<AWS::EC2::Instance::Id>", Of::Instance),
    many("List<AWS::EC2::SecurityGroup::GroupName>", Of::SecurityGroupName),
    many("List<AWS::EC2::SecurityGroup::Id>", Of::SecurityGroup),
    many("List<AWS::EC2::Subnet::Id>", Of::Subnet),
    many("List<AWS::EC2::VPC::Id>", Of::Vpc),
];

const KEYS: &[&str] = &[
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

impl Parameter {
    /// Reads one entry of the Parameters section. None: the report says why.
    pub fn read(name: &Name, node: &Node, report: &mut Report) -> Option<Parameter> {
        let mut section = Section::open(node, name.at, "a parameter", KEYS, report)?;
        let kind = kind(&mut section)?;
        let default = section.optional("Default").and_then(|node| joined(node, section.report));
        let parameter = Parameter {
            name: name.clone(),
            kind,
            default,
            allowed_values: section.texts("AllowedValues"),
            allowed_pattern: pattern(&mut section),
            length: (section.number("MinLength"), section.number("MaxLength")),
            range: (section.number("MinValue"), section.number("MaxValue")),
            no_echo: section.text("NoEcho").is_some_and(|t| t.eq_ignore_ascii_case("true")),
            description: section.text("Description"),
            constraint: section.text("ConstraintDescription"),
        };
        if let Some(default) = &parameter.default {
            let at = section.optional("Default").map_or(name.at, |n| n.at);
            parameter.check(default, at, report);
        }
        Some(parameter)
    }

    /// Reports what is wrong with a value, which for a list is all its values with commas between.
    pub fn check(&self, value: &str, at: Position, report: &mut Report) {
        for item in self.items(value) {
            if let Some(wrong) = self.wrong(&item) {
                let said = if self.no_echo { "the value".to_string() } else { format!("{item:?}") };
                let name = &self.name.text;
                match &self.constraint {
                    Some(words) => {
                        report.advise(at, format!("{said} cannot be the parameter {name}: {wrong}"), words.clone())
                    }
                    None => report.error(at, format!("{said} cannot be the parameter {name}: {wrong}")),
                }
            }
        }
    }

    /// The values of a list parameter, or the one value of another.
    pub fn items(&self, value: &str) -> Vec<String> {
        match self.kind.list {
            true if value.trim().is_empty() => Vec::new(),
            true => value.split(',').map(|item| item.trim().to_string()).collect(),
            false => vec![value.to_string()],
        }
    }

    fn wrong(&self, item: &str) -> Option<String> {
        if self.kind.of == Of::Number {
            let Some(number) = item.trim().parse::<f64>().ok().filter(|n| n.is_finite()) else {
                return Some("it is not a number".to_string());
            };
            if let Some(least) = self.range.0.filter(|least| number < *least) {
                return Some(format!("it is less than {least}"));
            }
            if let Some(most) = self.range.1.filter(|most| number > *most) {
                return Some(format!("it is more than {most}"));
            }
        }
        let characters = item.chars().count() as u64;
        if let Some(least) = self.length.0.filter(|least| characters < *least) {
            return Some(format!("it has less than {least} characters"));
        }
        if let Some(most) = self.length.1.filter(|most| characters > *most) {
            return Some(format!("it has more than {most} characters"));
        }
        if !self.allowed_values.is_empty() && !self.allowed_values.iter().any(|v| v == item) {
            return Some(format!("it can be {}", listed(&self.allowed_values)));
        }
        match &self.allowed_pattern {
            Some(pattern) if !pattern.is_match(item) => {
                Some(format!("it does not match {}", shown_pattern(pattern.as_str())))
            }
            _ => None,
        }
    }
}

fn kind(section: &mut Section) -> Option<ParameterType> {
    let node = section.required("Type")?;
    let Some(text) = node.text() else {
        section.report.error(node.at, "Type is the name of a parameter type");
        return None;
    };
    let found = TYPES.iter().find(|t| t.name == text).copied();
    if found.is_none() {
        if text.starts_with("AWS::SSM::Parameter::") {
            let what = format!("the parameter type {text} is not supported: there is no Parameter Store here");
            section.report.advise(node.at, what, "take the type of the value itself, such as AWS::EC2::Image::Id");
        } else {
            let names = TYPES.iter().map(|t| t.name);
            section.report.suggest(node.at, format!("there is no parameter type {text}"), text, names);
        }
    }
    found
}

/// A default may be written as a list; it then means its values with commas between.
fn joined(node: &Node, report: &mut Report) -> Option<String> {
    match &node.kind {
        NodeKind::Text(text) => Some(text.clone()),
        NodeKind::List(items) if items.iter().all(|i| i.text().is_some()) => {
            Some(items.iter().filter_map(Node::text).collect::<Vec<_>>().join(","))
        }
        _ => {
            report.error(node.at, format!("Default is a text, and this is {}", node.what()));
            None
        }
    }
}

/// The whole value has to match.
fn pattern(section: &mut Section) -> Option<Regex> {
    let text = section.text("AllowedPattern")?;
    let built = regex::RegexBuilder::new(&format!("^(?:{text})$")).size_limit(1 << 20).build();
    if built.is_err() {
        let at = section.optional("AllowedPattern").map_or(section.at, |n| n.at);
        let what = format!("AllowedPattern {text:?} is not a regular expression that is supported");
        section.report.advise(at, what, "look-around and back references are not; write it without");
    }
    built.ok()
}

fn shown_pattern(whole: &str) -> &str {
    whole.strip_prefix("^(?:").and_then(|p| p.strip_suffix(")$")).unwrap_or(whole)
}
