//! Functions that ask the cloud: `Fn::GetAZs`, `Fn::ImportValue`, and those of rules, `Fn::ValueOf` and `Fn::RefAll`.

use super::{Known, Scope, texts};
use crate::language::diagnostic::{Position, Report, Said};
use crate::language::expression::Expression;
use crate::language::node::Name;
use crate::language::value::Data;
use crate::language::{existing, export, parameter_type};

impl Scope<'_> {
    pub(super) fn zones(&self, region: &Expression, report: &mut Report) -> Data {
        let (Some(name), Some((cloud, scope))) = (self.text(region, report), self.cloud) else { return Data::Unknown };
        if name.is_empty() {
            return texts(cloud.zones_of(&scope.region), region.at);
        }
        match name.parse() {
            Ok(name) => texts(cloud.zones_of(&name), region.at),
            Err(_) => {
                let what = format!("{name:?} is no region");
                report.advise(region.at, what, "write '' for the zones of this region");
                Data::Unknown
            }
        }
    }

    pub(super) fn import(&self, name: &Expression, report: &mut Report) -> Data {
        let (Some(text), Some((cloud, scope))) = (self.text(name, report), self.cloud) else { return Data::Unknown };
        let exports = export::all(cloud, scope);
        match exports.get(text.as_str()) {
            Some(value) => Data::Text(value.to_string()),
            None => {
                let said = Said::whole(format!("No export named {text} found."));
                let what = format!("no stack exports {text}");
                report.suggest_said(said, name.at, what, &text, exports.keys().copied());
                Data::Unknown
            }
        }
    }

    /// Of what a parameter names, an attribute: a text, or a list of a list.
    pub(super) fn value_of(&self, name: &Name, attribute: &str, at: Position, report: &mut Report) -> Data {
        let Some(parameter) = self.parameters.iter().find(|p| p.name.text == name.text) else {
            let known = self.parameters.iter().map(|p| p.name.text.as_str());
            report.suggest(name.at, format!("there is no parameter {}", name.text), &name.text, known);
            return Data::Unknown;
        };
        let (Some(known), Some((cloud, scope))) = (self.names.get(&name.text), self.cloud) else {
            return Data::Unknown;
        };
        let of = parameter.kind.of;
        let one = |item: &str, report: &mut Report| {
            let found = existing::attribute(of, item, attribute, cloud, scope);
            if found.is_none() && !attribute.starts_with("Tags.") {
                let what = format!("{item} has no attribute {attribute}");
                report.suggest(at, what, attribute, existing::attributes(of).iter().copied());
            }
            found
        };
        match known {
            Known::Text(item) => one(item, report).map_or(Data::Absent, Data::Text),
            Known::List(items) => {
                let values: Vec<String> = items.iter().filter_map(|item| one(item, report)).collect();
                texts(values, at)
            }
            _ => Data::Unknown,
        }
    }

    /// All that is there of a parameter type, or an attribute of each.
    pub(super) fn all(&self, of: &str, attribute: Option<&str>, at: Position, report: &mut Report) -> Data {
        let Some((cloud, scope)) = self.cloud else { return Data::Unknown };
        let found = parameter_type::find(of).and_then(|t| Some((t.of, existing::of(t.of, cloud, scope)?)));
        let Some((kind, items)) = found else {
            let names = parameter_type::TYPES.iter().filter(|t| !t.list && !t.stored && t.name.contains("EC2"));
            let what = format!("{of} is no parameter type of what can be listed");
            report.suggest(at, what, of, names.map(|t| t.name));
            return Data::Unknown;
        };
        match attribute {
            None => texts(items, at),
            Some(name) => {
                let values = items.iter().filter_map(|item| existing::attribute(kind, item, name, cloud, scope));
                texts(values.collect::<Vec<_>>(), at)
            }
        }
    }
}
