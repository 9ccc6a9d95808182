//! Conditions.

use super::Scope;
use crate::language::condition::{Condition, Kind};
use crate::language::diagnostic::Report;
use crate::language::expression::Expression;
use crate::language::value::{Data, Value};

impl Scope<'_> {
    /// Does a condition hold?
    pub fn holds(&self, condition: &Condition, report: &mut Report) -> bool {
        match &condition.kind {
            Kind::Named(name) => self.conditions.get(&name.text).copied().unwrap_or(false),
            Kind::Not(inner) => !self.holds(inner, report),
            Kind::And(all) => all.iter().all(|c| self.holds(c, report)),
            Kind::Or(all) => all.iter().any(|c| self.holds(c, report)),
            Kind::Equals(operands) => {
                let [one, other] = self.both(operands, report);
                plain(&one.data) == plain(&other.data)
            }
            Kind::Contains(operands) => {
                let [list, value] = self.both(operands, report);
                self.each(&list, report).iter().any(|item| plain(&item.data) == plain(&value.data))
            }
            Kind::EachMemberEquals(operands) => {
                let [list, value] = self.both(operands, report);
                self.each(&list, report).iter().all(|item| plain(&item.data) == plain(&value.data))
            }
            Kind::EachMemberIn(operands) => {
                let [few, many] = self.both(operands, report);
                let many: Vec<_> = self.each(&many, report).iter().map(|item| plain(&item.data)).collect();
                self.each(&few, report).iter().all(|item| many.contains(&plain(&item.data)))
            }
        }
    }

    fn both(&self, operands: &[Expression; 2], report: &mut Report) -> [Value; 2] {
        let [one, other] = operands;
        [self.value(one, report), self.value(other, report)]
    }

    /// The items of a list that is compared item by item.
    fn each<'v>(&self, list: &'v Value, report: &mut Report) -> &'v [Value] {
        match &list.data {
            Data::List(items) => items,
            Data::Unknown => &[],
            _ => {
                report.error(list.at, format!("a list should be here, and this is {}", list.what()));
                &[]
            }
        }
    }
}

/// Without places, for comparing.
fn plain(data: &Data) -> serde_json::Value {
    match data {
        Data::Text(text) => text.clone().into(),
        Data::List(items) => items.iter().map(|i| plain(&i.data)).collect(),
        Data::Map(entries) => entries.iter().map(|(n, v)| (n.text.clone(), plain(&v.data))).collect(),
        Data::Absent | Data::Unknown => serde_json::Value::Null,
    }
}
