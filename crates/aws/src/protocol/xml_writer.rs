//! Values as XML, by the model: for `ec2`, `query` and `rest-xml`.

use super::Misfit;
use crate::document::Part;
use crate::exchange::HttpResponse;
use crate::model::{Kind, List, Location, Map, Member, Model, ShapeId, TimestampFormat};
use crate::timestamp;
use std::borrow::Cow;

/// Where the protocols differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Ec2,
    Query,
    Rest,
}

pub(super) struct XmlWriter<'a> {
    model: &'a Model,
    dialect: Dialect,
    out: String,
    /// Names of members down to where it stands, for a misfit.
    at: Vec<&'static str>,
}

impl<'a> XmlWriter<'a> {
    pub fn new(model: &'a Model, dialect: Dialect) -> Self {
        // So much room that most answers never move.
        let mut out = String::with_capacity(2048);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        XmlWriter { model, dialect, out, at: Vec::new() }
    }

    pub fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub fn finish(self) -> String {
        self.out
    }

    fn misfit<T>(&self, what: impl Into<String>) -> Result<T, Misfit> {
        Err(Misfit { at: self.at.join("."), what: what.into() })
    }

    /// The members of a structure, each as an element. Null is a structure without any.
    pub fn members(&mut self, shape: ShapeId, value: Part<'_>) -> Result<(), Misfit> {
        let shape = self.model.shape(shape);
        let Kind::Structure(structure) = &shape.kind else { return self.misfit("the model has no structure here") };
        if value.is_null() {
            return Ok(());
        }
        let Some(fields) = value.fields() else {
            return self.misfit(format!("{value} is no structure ({})", shape.name));
        };
        // Both are sorted by name.
        let mut members = structure.members.iter();
        for (name, value) in fields {
            let Some(member) = members.find(|member| member.name == name) else {
                return self.misfit(format!("{} has no member {name}", shape.name));
            };
            if value.is_null() || member.xml_attribute || member.location != Location::Body {
                continue;
            }
            self.at.push(member.name);
            self.member(member, value)?;
            self.at.pop();
        }
        Ok(())
    }

    fn member(&mut self, member: &'a Member, value: Part<'_>) -> Result<(), Misfit> {
        let name = member.location_name.unwrap_or(member.name);
        match &self.model.shape(member.shape).kind {
            Kind::List(list) if list.flattened || member.flattened => {
                let name = list.element_name.or(member.location_name).unwrap_or(member.name);
                self.elements(list, name, value)
            }
            Kind::Map(map) if map.flattened || member.flattened => self.entries(map, name, value),
            _ => self.element(name, member.shape, Some(member), value),
        }
    }

    /// One element with what is in it.
    pub fn element(&mut self, name: &str, id: ShapeId, member: Option<&Member>, value: Part<'_>) -> Result<(), Misfit> {
        let shape = self.model.shape(id);
        self.open(name, id, member, value)?;
        match &shape.kind {
            Kind::Structure(_) => self.members(id, value)?,
            Kind::List(list) => self.elements(list, list.element_name.unwrap_or("member"), value)?,
            Kind::Map(map) => self.entries(map, "entry", value)?,
            kind => {
                let text = match self.scalar(kind, member, value) {
                    Some(text) => text,
                    None => return self.misfit(format!("{value} is no {}", shape.name)),
                };
                self.out.push_str(&escape(&text));
            }
        }
        self.close(name);
        Ok(())
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// The start tag with the namespace and the attributes that the model wants.
    fn open(&mut self, name: &str, id: ShapeId, member: Option<&Member>, value: Part<'_>) -> Result<(), Misfit> {
        self.out.push('<');
        self.out.push_str(name);
        if let Some(namespace) = member.and_then(|m| m.xml_namespace) {
            let prefix = namespace.prefix.map(|p| format!(":{p}")).unwrap_or_default();
            self.out.push_str(&format!(" xmlns{prefix}=\"{}\"", namespace.uri));
        }
        for attribute in self.model.members(id).iter().filter(|m| m.xml_attribute) {
            let Some(value) = value.get(attribute.name).filter(|v| !v.is_null()) else { continue };
            let Some(text) = self.scalar(&self.model.shape(attribute.shape).kind, Some(attribute), value) else {
                return self.misfit(format!("{value} is no attribute {}", attribute.name));
            };
            let text = escape(&text).into_owned();
            self.out.push_str(&format!(" {}=\"{text}\"", attribute.location_name.unwrap_or(attribute.name)));
        }
        self.out.push('>');
        Ok(())
    }

    fn elements(&mut self, list: &'a List, name: &str, value: Part<'_>) -> Result<(), Misfit> {
        let Some(mut elements) = value.elements() else { return self.misfit(format!("{value} is no list")) };
        elements.try_for_each(|value| self.element(name, list.element, None, value))
    }

    fn entries(&mut self, map: &'a Map, name: &str, value: Part<'_>) -> Result<(), Misfit> {
        let Some(entries) = value.fields() else { return self.misfit(format!("{value} is no map")) };
        for (key, value) in entries {
            self.out.push_str(&format!("<{name}>"));
            let named = map.key_name.unwrap_or("key");
            self.out.push_str(&format!("<{named}>{}</{named}>", escape(key)));
            self.element(map.value_name.unwrap_or("value"), map.value, None, value)?;
            self.out.push_str(&format!("</{name}>"));
        }
        Ok(())
    }

    fn scalar<'v>(&self, kind: &Kind, member: Option<&Member>, value: Part<'v>) -> Option<Cow<'v, str>> {
        Some(match kind {
            Kind::String(_) | Kind::Blob(_) => Cow::Borrowed(value.text()?),
            Kind::Boolean => Cow::Borrowed(if value.boolean()? { "true" } else { "false" }),
            Kind::Integer(_) | Kind::Long(_) => value.number().filter(|n| n.is_i64() || n.is_u64())?.to_string().into(),
            Kind::Float(_) | Kind::Double(_) => value.number()?.to_string().into(),
            Kind::Timestamp(format) => {
                let millis = value.number()?.as_i64()?;
                match member.and_then(|m| m.timestamp_format).or(*format) {
                    Some(TimestampFormat::Rfc822) => timestamp::rfc822(millis).into(),
                    Some(TimestampFormat::UnixTimestamp) => millis.div_euclid(1000).to_string().into(),
                    _ if self.dialect == Dialect::Ec2 => timestamp::iso8601_millis(millis).into(),
                    _ => timestamp::iso8601(millis).into(),
                }
            }
            Kind::Structure(_) | Kind::List(_) | Kind::Map(_) => return None,
        })
    }
}

/// An answer whose body is XML.
pub(super) fn xml_answer(status: u16, body: String) -> HttpResponse {
    let headers = vec![("Content-Type".into(), "text/xml;charset=UTF-8".into())];
    HttpResponse { status, headers, body: body.into_bytes() }
}

/// Text as it may stand in XML. What XML cannot hold at all becomes the replacement character; requests with such
/// characters are refused, so it is never a client's own.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    let harmless = |c: char| {
        !matches!(c, '&' | '<' | '>' | '"' | '\r' | '\u{fffe}' | '\u{ffff}') && (c >= ' ' || c == '\n' || c == '\t')
    };
    // Most are plain, and the bytes tell.
    let plain = |b: &u8| matches!(b, b' '..=b'~') && !matches!(b, b'&' | b'<' | b'>' | b'"');
    if text.as_bytes().iter().all(plain) || text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            c if harmless(c) => out.push(c),
            _ => out.push(char::REPLACEMENT_CHARACTER),
        }
    }
    Cow::Owned(out)
}
