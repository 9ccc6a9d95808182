//! What a resource type takes: names, kinds, what is required, and what a change of each property means.

use crate::language::diagnostic::{Position, Report};
use crate::language::expression::{Expression, Kind as Form};
use crate::language::nearest::listed;
use crate::language::node::Name;
use crate::language::template::{Resource, Template};
use crate::language::value::{Data, Value};
use crate::resource::identifier;
use crate::resource::table::Which;
use serde_json::Value as Json;

/// A resource type, such as `AWS::EC2::Subnet`.
pub struct ResourceType {
    pub name: &'static str,
    pub shape: Shape,
    /// Of `Fn::GetAtt`.
    pub attributes: &'static [&'static str],
    /// AWS has them; why they are not here, or what to do instead.
    pub refused_attributes: &'static [(&'static str, &'static str)],
    pub which: Which,
}

impl ResourceType {
    /// Has it this attribute? Where `*` ends a name, any may follow.
    pub fn has_attribute(&self, name: &str) -> bool {
        let fits = |known: &&str| match known.strip_suffix('*') {
            Some(start) => name.strip_prefix(start).is_some_and(|rest| !rest.is_empty()),
            None => *known == name,
        };
        self.attributes.iter().any(fits)
    }
}

impl std::fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Names that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub properties: &'static [Property],
    /// Of each of these groups exactly one has to be there.
    pub exactly_one: &'static [&'static [&'static str]],
    /// Of each of these groups at most one may be there.
    pub at_most_one: &'static [&'static [&'static str]],
}

impl Shape {
    /// Properties that know nothing of each other.
    pub const fn free(properties: &'static [Property]) -> Shape {
        Shape { properties, exactly_one: &[], at_most_one: &[] }
    }
}

/// A property of a type, or of an object inside one.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
    /// Why it has to be there, where AWS would do without.
    pub because: Option<&'static str>,
    /// It need not be there if this one is.
    pub unless: Option<&'static str>,
    /// What a change of it means, at worst. Of properties inside an object the object's counts.
    pub update: Update,
    /// Where it depends on the change: told from the old value and the new one.
    pub depends: Option<Judge>,
}

/// Tells from the old value and the new one what a change means.
pub type Judge = fn(Option<&Json>, Option<&Json>) -> Update;

/// What a change of a property means for the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    InPlace,
    /// In place, and the resource is stopped meanwhile: AWS's "some interruptions".
    Interruption,
    /// A new one is made, and the old one deleted once nothing needs it.
    Replacement,
}

/// What a property takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Text,
    /// Both ends belong to it.
    Integer(i64, i64),
    Boolean,
    Ipv4Address,
    Ipv6Address,
    /// Not in `aws:`, which is AWS's own.
    TagKey,
    /// An identifier that begins with this and a dash.
    Id(&'static str),
    /// An identifier that begins with the one and a dash, or the other as it stands.
    IdOr(&'static str, &'static str),
    /// An internet gateway, or `local`.
    Gateway,
    /// A block such as `10.0.0.0/16`.
    Ipv4Block,
    Ipv6Block,
    /// A block of either family.
    Block,
    OneOf(&'static [&'static str]),
    List(&'static Kind),
    Object(Shape),
    /// Anything, as it is given: a policy document, say. Its scalars are texts.
    Document,
    /// AWS takes it, and it is refused by name: why, or what to do instead.
    Refused(&'static str),
}

/// An optional property that changes in place.
pub const fn property(name: &'static str, kind: Kind) -> Property {
    Property { name, kind, required: false, because: None, unless: None, update: Update::InPlace, depends: None }
}

/// A property that is refused by name.
pub const fn refused(name: &'static str, why: &'static str) -> Property {
    property(name, Kind::Refused(why))
}

impl Property {
    /// It has to be there.
    pub const fn required(self) -> Property {
        Property { required: true, ..self }
    }

    /// It has to be there, where AWS would do without.
    pub const fn required_because(self, why: &'static str) -> Property {
        Property { required: true, because: Some(why), ..self }
    }

    /// It, or the other one, has to be there.
    pub const fn required_unless(self, other: &'static str) -> Property {
        Property { required: true, unless: Some(other), ..self }
    }

    /// A change of it stops the resource and starts it again.
    pub const fn interrupts(self) -> Property {
        Property { update: Update::Interruption, ..self }
    }

    /// A change of it makes a new resource.
    pub const fn replaces(self) -> Property {
        Property { update: Update::Replacement, ..self }
    }

    /// A change of it makes a new resource, or does not: it depends on both values.
    pub const fn depends(self, on: Judge) -> Property {
        Property { update: Update::Replacement, depends: Some(on), ..self }
    }

    /// Why it has to be there.
    fn wanted(&self, of: &str) -> String {
        self.because.map_or_else(|| format!("{of} needs it"), str::to_string)
    }

    /// Is it wanted, and not there?
    fn is_missing(&self, given: impl Fn(&str) -> bool) -> bool {
        self.required && !given(self.name) && !self.unless.is_some_and(given)
    }

    /// What a change from one value to another means.
    pub fn change(&self, old: Option<&Json>, new: Option<&Json>) -> Update {
        self.depends.map_or(self.update, |update| update(old, new))
    }
}

/// `Tags`: a list of keys and values.
pub const TAGS: Property = property("Tags", Kind::List(&Kind::Object(Shape::free(TAG))));

const TAG: &[Property] = &[property("Key", Kind::TagKey).required(), property("Value", Kind::Text).required()];

/// Reports unknown and refused properties and references of the wrong kind, at any depth, in branches not taken too.
pub fn names(resource: &Resource, template: &Template, report: &mut Report) {
    let (of, properties) = (resource.of, &resource.properties);
    object_names(of.name, of.shape.properties, properties, template, report);
    let given = |wanted: &str| properties.iter().any(|(name, _)| name.text == wanted);
    for property in of.shape.properties.iter().filter(|p| p.is_missing(given)) {
        report.advise(resource.name.at, format!("{} is missing", property.name), property.wanted(of.name));
    }
}

fn object_names(
    of: &str,
    legal: &[Property],
    entries: &[(Name, Expression)],
    template: &Template,
    report: &mut Report,
) {
    for (name, expression) in entries {
        match legal.iter().find(|p| p.name == name.text) {
            Some(Property { kind: Kind::Refused(why), .. }) => {
                report.advise(name.at, format!("the property {} of {of} is not supported", name.text), *why);
            }
            Some(property) => {
                inner_names(&format!("{} of {of}", name.text), property.kind, expression, template, report)
            }
            None => {
                let names = legal.iter().filter(|p| !matches!(p.kind, Kind::Refused(_))).map(|p| p.name);
                report.suggest(name.at, format!("{of} has no property {}", name.text), &name.text, names);
            }
        }
    }
}

fn inner_names(of: &str, kind: Kind, expression: &Expression, template: &Template, report: &mut Report) {
    match (&expression.kind, kind) {
        (_, Kind::Id(wanted) | Kind::IdOr(wanted, _)) if identifier::wrong(wanted, expression, template) => {
            identifier::report_wrong(of, wanted, expression, template, report);
        }
        (_, Kind::Gateway) if identifier::wrong("igw", expression, template) => {
            identifier::report_wrong(of, "igw", expression, template, report);
        }
        (Form::If { then, otherwise, .. }, kind) => {
            inner_names(of, kind, then, template, report);
            inner_names(of, kind, otherwise, template, report);
        }
        (Form::List(items), Kind::List(inner)) => {
            for item in items {
                inner_names(of, *inner, item, template, report);
            }
        }
        (Form::Map(entries), Kind::Object(shape)) => object_names(of, shape.properties, entries, template, report),
        _ => {}
    }
}

/// The properties of a resource as they will be sent, so far as they are known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolved {
    /// Scalars have the type their property takes; what is not known yet is left out.
    pub json: serde_json::Map<String, Json>,
    /// Names of properties that hold something not known yet.
    pub unknown: Vec<&'static str>,
}

/// Turns values into what the properties take, and reports what cannot be.
pub fn resolve(of: &ResourceType, at: Position, values: &[(Name, Value)], report: &mut Report) -> Resolved {
    let mut resolved = Resolved::default();
    together(of.name, of.shape, values, at, report);
    for property in of.shape.properties {
        let Some((_, value)) = values.iter().find(|(name, _)| name.text == property.name) else { continue };
        if value.has_unknown() {
            resolved.unknown.push(property.name);
        }
        if let Some(json) = coerce(property.name, property.kind, value, report) {
            resolved.json.insert(property.name.to_string(), json);
        }
    }
    resolved
}

/// None: it is not known yet, or wrong, which is reported.
fn coerce(name: &str, kind: Kind, value: &Value, report: &mut Report) -> Option<Json> {
    match (kind, &value.data) {
        (_, Data::Unknown | Data::Absent) | (Kind::Refused(_), _) => None,
        (Kind::List(inner), Data::List(items)) => {
            Some(Json::Array(items.iter().filter_map(|item| coerce(name, *inner, item, report)).collect()))
        }
        (Kind::Object(shape), Data::Map(entries)) => Some(object(name, shape, entries, value.at, report)),
        (Kind::Document, _) => document(value),
        (Kind::List(_), _) => wrong(name, "a list", value, report),
        (Kind::Object(_), _) => wrong(name, "a map", value, report),
        (kind, Data::Text(text)) => scalar(name, kind, text, value, report),
        (kind, Data::List(_) | Data::Map(_)) => wrong(name, &described(kind), value, report),
    }
}

/// As it is given. None: something in it is not known yet.
fn document(value: &Value) -> Option<Json> {
    match &value.data {
        Data::Text(text) => Some(Json::from(text.as_str())),
        Data::List(items) => {
            let items = items.iter().filter(|item| item.data != Data::Absent);
            items.map(document).collect::<Option<Vec<Json>>>().map(Json::Array)
        }
        Data::Map(entries) => {
            let entries = entries.iter().filter(|(_, value)| value.data != Data::Absent);
            let entries = entries.map(|(name, value)| Some((name.text.clone(), document(value)?)));
            entries.collect::<Option<serde_json::Map<String, Json>>>().map(Json::Object)
        }
        Data::Absent | Data::Unknown => None,
    }
}

/// A whole number, also as `80.0`.
fn integer(text: &str) -> Option<i64> {
    let whole = match text.split_once('.') {
        Some((whole, rest)) if !rest.is_empty() && rest.bytes().all(|b| b == b'0') => whole,
        _ => text,
    };
    whole.parse().ok()
}

fn object(name: &str, shape: Shape, entries: &[(Name, Value)], at: Position, report: &mut Report) -> Json {
    let mut map = serde_json::Map::new();
    together(name, shape, entries, at, report);
    for property in shape.properties {
        if let Some((_, value)) = entries.iter().find(|(n, _)| n.text == property.name) {
            let inner = coerce(&format!("{name}.{}", property.name), property.kind, value, report);
            map.extend(inner.map(|json| (property.name.to_string(), json)));
        }
    }
    Json::Object(map)
}

/// Is everything there that has to be, and nothing that excludes another?
fn together(of: &str, shape: Shape, values: &[(Name, Value)], at: Position, report: &mut Report) {
    let given = |name: &&str| values.iter().any(|(n, _)| n.text == *name);
    for property in shape.properties.iter().filter(|p| p.is_missing(|name| given(&name))) {
        report.advise(at, format!("{} is missing", property.name), property.wanted(of));
    }
    let exactly = shape.exactly_one.iter().map(|group| (group, true));
    for (group, needed) in exactly.chain(shape.at_most_one.iter().map(|group| (group, false))) {
        let there: Vec<&&str> = group.iter().filter(|name| given(name)).collect();
        match there.as_slice() {
            [] if needed => report.advise(at, format!("{of} names none of {}", group.join(", ")), "give one of them"),
            [] | [_] => {}
            [one, other, ..] => {
                let what = format!("{of} names both {one} and {other}");
                report.advise(at, what, "they exclude each other: keep one");
            }
        }
    }
}

fn scalar(name: &str, kind: Kind, text: &str, value: &Value, report: &mut Report) -> Option<Json> {
    let trimmed = text.trim();
    let json = match kind {
        Kind::Integer(least, most) => integer(trimmed).filter(|n| (least..=most).contains(n)).map(Json::from),
        Kind::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" => Some(Json::Bool(true)),
            "false" => Some(Json::Bool(false)),
            _ => None,
        },
        Kind::TagKey => (!text.starts_with("aws:") && !text.is_empty()).then(|| text.into()),
        Kind::Ipv4Address => trimmed.parse::<std::net::Ipv4Addr>().ok().map(|a| a.to_string().into()),
        Kind::Ipv6Address => trimmed.parse::<std::net::Ipv6Addr>().ok().map(|a| a.to_string().into()),
        Kind::Id(prefix) => trimmed.strip_prefix(prefix).is_some_and(|t| t.starts_with('-')).then(|| trimmed.into()),
        Kind::IdOr(prefix, word) => {
            let legal = trimmed == word || trimmed.strip_prefix(prefix).is_some_and(|t| t.starts_with('-'));
            legal.then(|| trimmed.into())
        }
        Kind::Gateway => (trimmed == "local" || trimmed.contains('-')).then(|| trimmed.into()),
        Kind::Ipv4Block => trimmed.parse::<ipnet::Ipv4Net>().ok().map(|b| b.to_string().into()),
        Kind::Ipv6Block => trimmed.parse::<ipnet::Ipv6Net>().ok().map(|b| b.to_string().into()),
        Kind::Block => trimmed.parse::<ipnet::IpNet>().ok().map(|b| b.to_string().into()),
        Kind::OneOf(choices) => choices.iter().find(|c| **c == trimmed).map(|c| Json::from(*c)),
        _ => Some(text.into()),
    };
    if json.is_none() {
        if let Kind::OneOf(choices) = kind {
            report.suggest(value.at, format!("{name} cannot be {}", value.what()), trimmed, choices.iter().copied());
        } else {
            return wrong(name, &described(kind), value, report);
        }
    }
    json
}

fn wrong(name: &str, wanted: &str, value: &Value, report: &mut Report) -> Option<Json> {
    report.error(value.at, format!("{name} is {wanted}, and this is {}", value.what()));
    None
}

fn described(kind: Kind) -> String {
    match kind {
        Kind::Text => "a text".to_string(),
        Kind::TagKey => "a text that does not begin with aws:".to_string(),
        Kind::Integer(least, most) => format!("a whole number from {least} to {most}"),
        Kind::Boolean => "true or false".to_string(),
        Kind::Ipv4Address => "an IPv4 address such as 10.0.0.4".to_string(),
        Kind::Ipv6Address => "an IPv6 address such as 2001:db8::4".to_string(),
        Kind::Id(prefix) => format!("an identifier such as {prefix}-…"),
        Kind::IdOr(prefix, word) => format!("an identifier such as {prefix}-…, or {word}"),
        Kind::Gateway => "an internet gateway, igw-…, or local".to_string(),
        Kind::Ipv4Block => "an IPv4 block such as 10.0.0.0/16".to_string(),
        Kind::Ipv6Block => "an IPv6 block such as ::/0".to_string(),
        Kind::Block => "a block such as 10.0.0.0/16 or 2001:db8::/56".to_string(),
        Kind::OneOf(choices) => listed(choices),
        Kind::Document => "a document".to_string(),
        Kind::List(_) => "a list".to_string(),
        Kind::Object(_) => "a map".to_string(),
        Kind::Refused(_) => "not supported".to_string(),
    }
}
