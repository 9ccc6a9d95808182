//! A value that may hold functions: the tree once every function in it is known and has the arguments it needs.

use super::diagnostic::{Position, Report};
use super::function::{self, REFUSED};
use super::node::{Entry, Name, Node, NodeKind};
use super::source::Source;
use super::substitution;

/// A value to be worked out, with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    pub at: Position,
    pub kind: Kind,
}

/// Functions hold their arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Text(String),
    List(Vec<Expression>),
    Map(Vec<(Name, Expression)>),
    Ref(String),
    GetAtt { resource: String, attribute: Box<Expression> },
    Sub { parts: Vec<Part>, variables: Vec<(Name, Expression)> },
    Select { index: Box<Expression>, list: Box<Expression> },
    GetAzs(Box<Expression>),
    Join { separator: String, list: Box<Expression> },
    Split { separator: String, text: Box<Expression> },
    Cidr { block: Box<Expression>, count: Box<Expression>, bits: Box<Expression> },
    If { condition: Name, then: Box<Expression>, otherwise: Box<Expression> },
    FindInMap { map: Box<Expression>, first: Box<Expression>, second: Box<Expression> },
    Base64(Box<Expression>),
}

/// A piece of the text of `Fn::Sub`.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Text(String),
    /// `${Name}` or `${Name.Attribute}`.
    Variable(Name),
}

impl Expression {
    /// Every expression directly inside this one.
    pub fn inner(&self) -> Vec<&Expression> {
        match &self.kind {
            Kind::Text(_) | Kind::Ref(_) => Vec::new(),
            Kind::List(items) => items.iter().collect(),
            Kind::Map(entries) => entries.iter().map(|(_, e)| e).collect(),
            Kind::GetAtt { attribute, .. } => vec![attribute],
            Kind::Sub { variables, .. } => variables.iter().map(|(_, e)| e).collect(),
            Kind::Select { index, list } => vec![index, list],
            Kind::GetAzs(e) | Kind::Base64(e) => vec![e],
            Kind::Join { list, .. } => vec![list],
            Kind::Split { text, .. } => vec![text],
            Kind::Cidr { block, count, bits } => vec![block, count, bits],
            Kind::If { then, otherwise, .. } => vec![then, otherwise],
            Kind::FindInMap { map, first, second } => vec![map, first, second],
        }
    }
}

/// Reads expressions and says what is wrong with them.
pub struct Compiler<'a> {
    pub source: &'a Source,
    pub report: &'a mut Report,
}

impl Compiler<'_> {
    /// A value of a property, an output, an operand.
    pub fn expression(&mut self, node: &Node) -> Expression {
        let at = node.at;
        let kind = match &node.kind {
            NodeKind::Null => {
                self.report.advise(at, "null stands where a value should be", "give it a value, or remove its key");
                Kind::Text(String::new())
            }
            NodeKind::Text(text) => {
                if text.contains("{{resolve:") {
                    let what = "dynamic references ({{resolve:…}}) are not supported";
                    self.report.advise(at, what, "hand the value in as a parameter");
                }
                Kind::Text(text.clone())
            }
            NodeKind::List(items) => Kind::List(items.iter().map(|item| self.expression(item)).collect()),
            NodeKind::Map(entries) => match entries.iter().find(|e| function::is_function(&e.key.text)) {
                Some(entry) if entries.len() == 1 => return self.function(entry),
                Some(entry) => {
                    let what = format!("{} stands beside other keys", entry.key.text);
                    self.report.advise(entry.key.at, what, "a function is the only key of its map");
                    Kind::Map(Vec::new())
                }
                None => Kind::Map(self.map(entries)),
            },
        };
        Expression { at, kind }
    }

    /// The entries of a map, each key once.
    pub fn map(&mut self, entries: &[Entry]) -> Vec<(Name, Expression)> {
        self.distinct(entries);
        entries.iter().map(|e| (e.key.clone(), self.entry(e))).collect()
    }

    /// The value of a key; a null is reported at the key.
    fn entry(&mut self, entry: &Entry) -> Expression {
        if entry.value.kind == NodeKind::Null {
            let what = format!("{} is null", entry.key.text);
            self.report.advise(entry.key.at, what, "give it a value, or remove it");
            return Expression { at: entry.key.at, kind: Kind::Text(String::new()) };
        }
        self.expression(&entry.value)
    }

    /// Says which keys stand twice.
    pub fn distinct(&mut self, entries: &[Entry]) {
        let mut seen = std::collections::BTreeMap::new();
        for entry in entries {
            if let Some(first) = seen.insert(entry.key.text.as_str(), entry.key.at.line) {
                let what = format!("{} stands here a second time; the first is in line {first}", entry.key.text);
                self.report.advise(entry.key.at, what, "keep one of them");
            }
        }
    }

    fn function(&mut self, entry: &Entry) -> Expression {
        let (name, at, argument) = (entry.key.text.as_str(), entry.key.at, &entry.value);
        let kind = match name {
            "Ref" => self.name(argument, "Ref takes the name of a parameter or a resource").map(|n| Kind::Ref(n.text)),
            "Fn::GetAtt" => self.get_att(argument),
            "Fn::Sub" => self.sub(argument),
            "Fn::Select" => self.pair(argument, "Fn::Select takes an index and a list").map(|[index, list]| {
                Kind::Select { index: Box::new(self.expression(index)), list: Box::new(self.expression(list)) }
            }),
            "Fn::GetAZs" => Some(Kind::GetAzs(Box::new(self.expression(argument)))),
            "Fn::Base64" => Some(Kind::Base64(Box::new(self.expression(argument)))),
            "Fn::Join" => self
                .separated(argument, "Fn::Join takes a separator and a list of texts")
                .map(|(separator, list)| Kind::Join { separator, list }),
            "Fn::Split" => self
                .separated(argument, "Fn::Split takes a separator and a text")
                .map(|(separator, text)| Kind::Split { separator, text }),
            "Fn::Cidr" => self.cidr(argument),
            "Fn::If" => self.choice(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => {
                let what = format!("{name} gives a condition, not a value");
                self.report.advise(at, what, "put it into the Conditions section and name it in Fn::If");
                None
            }
            _ => {
                self.unknown_function(name, at);
                None
            }
        };
        Expression { at, kind: kind.unwrap_or(Kind::Map(Vec::new())) }
    }

    pub(super) fn unknown_function(&mut self, name: &str, at: Position) {
        match REFUSED
            .iter()
            .find(|(refused, _)| *refused == name || (name.starts_with("Fn::ForEach") && *refused == "Fn::Transform"))
        {
            Some((_, instead)) => self.report.advise(at, format!("{name} is not supported"), *instead),
            None => self.report.suggest(at, format!("there is no function {name}"), name, function::names()),
        }
    }

    fn name(&mut self, node: &Node, wanted: &str) -> Option<Name> {
        match node.text() {
            Some(text) => Some(Name { text: text.to_string(), at: node.at }),
            None => {
                self.report.error(node.at, format!("{wanted}, and this is {}", node.what()));
                None
            }
        }
    }

    fn items<'n>(
        &mut self,
        node: &'n Node,
        wanted: &str,
        counts: std::ops::RangeInclusive<usize>,
    ) -> Option<&'n [Node]> {
        match &node.kind {
            NodeKind::List(items) if counts.contains(&items.len()) => Some(items),
            NodeKind::List(items) => {
                self.report.error(node.at, format!("{wanted}, and this list has {}", items.len()));
                None
            }
            _ => {
                self.report.error(node.at, format!("{wanted}, and this is {}", node.what()));
                None
            }
        }
    }

    fn pair<'n>(&mut self, node: &'n Node, wanted: &str) -> Option<[&'n Node; 2]> {
        match self.items(node, wanted, 2..=2)? {
            [first, second] => Some([first, second]),
            _ => None,
        }
    }

    fn separated(&mut self, node: &Node, wanted: &str) -> Option<(String, Box<Expression>)> {
        let [separator, rest] = self.pair(node, wanted)?;
        let rest = Box::new(self.expression(rest));
        let separator = match &separator.kind {
            NodeKind::Text(text) => text.clone(),
            _ => {
                let what = format!("the separator is a text, and this is {}", separator.what());
                self.report.advise(separator.at, what, "quote it");
                return None;
            }
        };
        Some((separator, rest))
    }

    fn get_att(&mut self, node: &Node) -> Option<Kind> {
        let wanted = "Fn::GetAtt takes a resource and an attribute, such as VPC.CidrBlock";
        let (resource, attribute) = match &node.kind {
            NodeKind::Text(text) => {
                let Some((resource, attribute)) = text.split_once('.').filter(|(r, a)| !r.is_empty() && !a.is_empty())
                else {
                    self.report.error(node.at, format!("{wanted}, and this is {text:?}"));
                    return None;
                };
                (resource.to_string(), Expression { at: node.at, kind: Kind::Text(attribute.to_string()) })
            }
            _ => {
                let [resource, attribute] = self.pair(node, wanted)?;
                (self.name(resource, wanted)?.text, self.expression(attribute))
            }
        };
        if !matches!(attribute.kind, Kind::Text(_) | Kind::Ref(_)) {
            self.report.advise(attribute.at, "an attribute's name is a text or a Ref of a parameter", "write its name");
            return None;
        }
        Some(Kind::GetAtt { resource, attribute: Box::new(attribute) })
    }

    fn sub(&mut self, node: &Node) -> Option<Kind> {
        let wanted = "Fn::Sub takes a text, or a text and a map of variables";
        let (text, variables) = match &node.kind {
            NodeKind::Text(_) => (node, Vec::new()),
            _ => {
                let [text, variables] = self.pair(node, wanted)?;
                let NodeKind::Map(entries) = &variables.kind else {
                    self.report.error(variables.at, format!("{wanted}, and this is {}", variables.what()));
                    return None;
                };
                (text, self.map(entries))
            }
        };
        let Some(template) = text.text() else {
            self.report.error(text.at, format!("{wanted}, and this is {}", text.what()));
            return None;
        };
        let parts = substitution::parts(template, text, self.source, self.report);
        for (name, _) in &variables {
            if !parts.iter().any(|p| matches!(p, Part::Variable(v) if v.text == name.text)) {
                let what = format!("the variable {} is not used in the text", name.text);
                self.report.advise(name.at, what, format!("write ${{{}}} where it belongs, or remove it", name.text));
            }
        }
        Some(Kind::Sub { parts, variables })
    }

    fn cidr(&mut self, node: &Node) -> Option<Kind> {
        let wanted = "Fn::Cidr takes a block, a count and the host bits of each";
        let items = self.items(node, wanted, 3..=3)?;
        let mut arguments = items.iter().map(|item| Box::new(self.expression(item)));
        Some(Kind::Cidr { block: arguments.next()?, count: arguments.next()?, bits: arguments.next()? })
    }

    fn choice(&mut self, node: &Node) -> Option<Kind> {
        let wanted = "Fn::If takes the name of a condition, a value, and the value otherwise";
        let items = self.items(node, wanted, 3..=3)?;
        let [condition, then, otherwise] = items else { return None };
        let (then, otherwise) = (Box::new(self.expression(then)), Box::new(self.expression(otherwise)));
        let condition = self.name(condition, wanted)?;
        Some(Kind::If { condition, then, otherwise })
    }

    fn find_in_map(&mut self, node: &Node) -> Option<Kind> {
        let wanted = "Fn::FindInMap takes a mapping, a key and a key inside it";
        let items = self.items(node, wanted, 3..=3)?;
        let mut arguments = items.iter().map(|item| Box::new(self.expression(item)));
        Some(Kind::FindInMap { map: arguments.next()?, first: arguments.next()?, second: arguments.next()? })
    }
}
