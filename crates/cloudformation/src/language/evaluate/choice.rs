//! Functions that choose or work out: `Fn::Select`, `Fn::FindInMap`, `Fn::Cidr`.

use super::{Scope, texts};
use crate::language::cidr;
use crate::language::diagnostic::{Position, Report, Said};
use crate::language::expression::Expression;
use crate::language::mapping::Mapped;
use crate::language::nearest::listed;
use crate::language::value::{Data, Value};

impl Scope<'_> {
    pub(super) fn select(&self, index: &Expression, list: &Expression, at: Position, report: &mut Report) -> Value {
        let unknown = Value::new(at, Data::Unknown);
        let (index_at, index) = (index.at, self.number(index, "the index of Fn::Select", report));
        let (Some(index), Some(mut items)) = (index, self.items(list, report)) else { return unknown };
        match usize::try_from(index).ok().filter(|i| *i < items.len()) {
            Some(index) => items.swap_remove(index),
            None => {
                let what = format!("Fn::Select asks for item {index}, and the list has {}", items.len());
                let said = format!("Template error: Fn::Select cannot select nonexistent value at index {index}");
                report.say(Said::whole(said), index_at, what, "the first item is number 0");
                unknown
            }
        }
    }

    pub(super) fn find(
        &self,
        map: &Expression,
        first: &Expression,
        second: &Expression,
        default: Option<&Expression>,
        at: Position,
        report: &mut Report,
    ) -> Value {
        let unknown = Value::new(at, Data::Unknown);
        let names = (self.text(map, report), self.text(first, report), self.text(second, report));
        let (Some(map), Some(first), Some(second)) = names else { return unknown };
        let mapping = self.mappings.get(&map);
        let level = mapping.and_then(|mapping| mapping.get(&first));
        match (level.and_then(|level| level.get(&second)), default) {
            (Some(Mapped::Text(text)), _) => return Value::new(at, Data::Text(text.clone())),
            (Some(Mapped::List(items)), _) => return Value::new(at, texts(items.iter().cloned(), at)),
            (None, Some(default)) => return self.value(default, report),
            (None, None) => {}
        }
        let said = Said::whole(format!("Template error: Unable to get mapping for {map}::{first}::{second}"));
        let (what, keys): (String, Vec<&String>) = match (mapping, level) {
            (None, _) => (format!("there is no mapping {map}"), self.mappings.keys().collect()),
            (Some(mapping), None) => (format!("the mapping {map} has no key {first}"), mapping.keys().collect()),
            (_, Some(level)) => {
                (format!("the key {first} of the mapping {map} has no key {second}"), level.keys().collect())
            }
        };
        let shown = listed(&keys[..keys.len().min(24)]);
        report.say(said, at, what, format!("its keys are {shown}"));
        unknown
    }

    pub(super) fn cidr(
        &self,
        block: &Expression,
        count: &Expression,
        bits: &Expression,
        at: Position,
        report: &mut Report,
    ) -> Data {
        let block = self.text(block, report);
        let count = self.number(count, "the count of Fn::Cidr", report);
        let bits = self.number(bits, "the host bits of Fn::Cidr", report);
        let (Some(block), Some(count), Some(bits)) = (block, count, bits) else { return Data::Unknown };
        match cidr::cut(&block, count, bits) {
            Ok(blocks) => texts(blocks, at),
            Err(error) => {
                report.advise(at, error.to_string(), "8 host bits make blocks of a /24 each, 64 of an IPv6 /64");
                Data::Unknown
            }
        }
    }
}
