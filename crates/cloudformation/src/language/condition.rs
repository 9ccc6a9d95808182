//! Conditions: what is true of the parameters.

use super::diagnostic::Position;
use super::expression::{Compiler, Expression};
use super::function::{self, CONDITIONS_OF_RULES};
use super::node::{Entry, Name, Node, NodeKind};

/// A condition with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub at: Position,
    pub kind: Kind,
}

/// `And` and `Or` take two to ten.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Equals(Box<[Expression; 2]>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Named(Name),
    /// Is a value one of a list (in rules only)?
    Contains(Box<[Expression; 2]>),
    /// Is each of a list the value (in rules only)?
    EachMemberEquals(Box<[Expression; 2]>),
    /// Is each of the first list one of the second (in rules only)?
    EachMemberIn(Box<[Expression; 2]>),
}

impl Condition {
    /// Names of the conditions it is made of.
    pub fn names(&self) -> Vec<&Name> {
        match &self.kind {
            Kind::And(all) | Kind::Or(all) => all.iter().flat_map(Condition::names).collect(),
            Kind::Not(inner) => inner.names(),
            Kind::Named(name) => vec![name],
            _ => Vec::new(),
        }
    }

    /// Every operand of every comparison in it.
    pub fn operands(&self) -> Vec<&Expression> {
        match &self.kind {
            Kind::Equals(operands)
            | Kind::Contains(operands)
            | Kind::EachMemberEquals(operands)
            | Kind::EachMemberIn(operands) => operands.iter().collect(),
            Kind::And(all) | Kind::Or(all) => all.iter().flat_map(Condition::operands).collect(),
            Kind::Not(inner) => inner.operands(),
            Kind::Named(_) => Vec::new(),
        }
    }
}

impl Compiler<'_> {
    /// A condition. None: the report says why.
    pub fn condition(&mut self, node: &Node) -> Option<Condition> {
        let wanted = "a condition is one of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition";
        let entries = match &node.kind {
            NodeKind::Map(entries) => entries,
            // Reported where the tree is looked through.
            NodeKind::Null => return None,
            _ => {
                self.report.error(node.at, format!("{wanted}, and this is {}", node.what()));
                return None;
            }
        };
        let [entry] = entries.as_slice() else {
            self.report.error(node.at, format!("{wanted}, and this map has {} keys", entries.len()));
            return None;
        };
        let of_rules = CONDITIONS_OF_RULES.contains(&entry.key.text.as_str());
        if of_rules && !self.dialect.rules {
            let what = format!("{} is known in the Rules section only", entry.key.text);
            self.report.advise(entry.key.at, what, "compare with Fn::Equals");
            return None;
        }
        if !function::gives_condition(&entry.key.text) && !of_rules {
            if function::is_function(&entry.key.text) && !function::names().any(|n| n == entry.key.text) {
                self.unknown_function(&entry.key.text, entry.key.at);
            } else {
                self.report.error(entry.key.at, format!("{wanted}, and this is {}", entry.key.text));
            }
            return None;
        }
        let kind = self.condition_kind(entry)?;
        Some(Condition { at: entry.key.at, kind })
    }

    fn condition_kind(&mut self, entry: &Entry) -> Option<Kind> {
        let name = entry.key.text.as_str();
        if name == "Condition" {
            let Some(text) = entry.value.text() else {
                self.report.error(entry.value.at, "Condition takes the name of a condition");
                return None;
            };
            return Some(Kind::Named(Name { text: text.to_string(), at: entry.value.at }));
        }
        let (least, most, wanted) = match name {
            "Fn::Equals" => (2, 2, "two values"),
            "Fn::Contains" => (2, 2, "a list of texts and a text"),
            "Fn::EachMemberEquals" => (2, 2, "a list of texts and a text"),
            "Fn::EachMemberIn" => (2, 2, "two lists of texts"),
            "Fn::Not" => (1, 1, "a list of one condition"),
            _ => (2, 10, "two to ten conditions"),
        };
        let items = match &entry.value.kind {
            NodeKind::List(items) if (least..=most).contains(&items.len()) => items,
            _ => {
                self.report.error(entry.value.at, format!("{name} takes {wanted}"));
                return None;
            }
        };
        if let [one, other] = items.as_slice() {
            let mut operands = || Box::new([self.expression(one), self.expression(other)]);
            match name {
                "Fn::Equals" => return Some(Kind::Equals(operands())),
                "Fn::Contains" => return Some(Kind::Contains(operands())),
                "Fn::EachMemberEquals" => return Some(Kind::EachMemberEquals(operands())),
                "Fn::EachMemberIn" => return Some(Kind::EachMemberIn(operands())),
                _ => {}
            }
        }
        let inner: Vec<Option<Condition>> = items.iter().map(|item| self.condition(item)).collect();
        let mut inner: Vec<Condition> = inner.into_iter().collect::<Option<_>>()?;
        Some(match name {
            "Fn::And" => Kind::And(inner),
            "Fn::Or" => Kind::Or(inner),
            _ => Kind::Not(Box::new(inner.pop()?)),
        })
    }
}
