//! A value that may hold functions: the tree once every function in it is known and has the arguments it needs.

use super::diagnostic::{Position, Report, Said};
use super::dynamic;
use super::function::{self, EXTENSIONS, FOR_EACH, OF_EXTENSIONS, OF_RULES, REFUSED};
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
    /// A number or a boolean, written without quotes.
    Plain(String),
    List(Vec<Expression>),
    Map(Vec<(Name, Expression)>),
    Ref(String),
    /// `Ref` of a name that is worked out.
    RefTo(Box<Expression>),
    GetAtt {
        resource: String,
        attribute: Box<Expression>,
    },
    /// `Fn::GetAtt` of a resource whose name is worked out.
    GetAttOf {
        resource: Box<Expression>,
        attribute: Box<Expression>,
    },
    Sub {
        parts: Vec<Part>,
        variables: Vec<(Name, Expression)>,
    },
    Select {
        index: Box<Expression>,
        list: Box<Expression>,
    },
    GetAzs(Box<Expression>),
    Join {
        separator: String,
        list: Box<Expression>,
    },
    Split {
        separator: String,
        text: Box<Expression>,
    },
    Cidr {
        block: Box<Expression>,
        count: Box<Expression>,
        bits: Box<Expression>,
    },
    ImportValue(Box<Expression>),
    Length(Box<Expression>),
    ToJsonString(Box<Expression>),
    If {
        condition: Name,
        then: Box<Expression>,
        otherwise: Box<Expression>,
    },
    FindInMap {
        map: Box<Expression>,
        first: Box<Expression>,
        second: Box<Expression>,
        default: Option<Box<Expression>>,
    },
    Base64(Box<Expression>),
    /// Of what a parameter names, an attribute (in rules only).
    ValueOf {
        parameter: Name,
        attribute: String,
    },
    /// What is there of a parameter type, and of each, if asked for, an attribute (in rules only).
    All {
        of: String,
        attribute: Option<String>,
    },
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
            Kind::Text(_) | Kind::Plain(_) | Kind::Ref(_) | Kind::ValueOf { .. } | Kind::All { .. } => Vec::new(),
            Kind::List(items) => items.iter().collect(),
            Kind::Map(entries) => entries.iter().map(|(_, e)| e).collect(),
            Kind::GetAtt { attribute, .. } => vec![attribute],
            Kind::Sub { variables, .. } => variables.iter().map(|(_, e)| e).collect(),
            Kind::Select { index, list } => vec![index, list],
            Kind::GetAttOf { resource, attribute } => vec![resource, attribute],
            Kind::GetAzs(e) | Kind::Base64(e) | Kind::RefTo(e) => vec![e],
            Kind::ImportValue(e) | Kind::Length(e) | Kind::ToJsonString(e) => vec![e],
            Kind::Join { list, .. } => vec![list],
            Kind::Split { text, .. } => vec![text],
            Kind::Cidr { block, count, bits } => vec![block, count, bits],
            Kind::If { then, otherwise, .. } => vec![then, otherwise],
            Kind::FindInMap { map, first, second, default } => [Some(map), Some(first), Some(second), default.as_ref()]
                .into_iter()
                .flatten()
                .map(AsRef::as_ref)
                .collect(),
        }
    }

    /// A text that stands there as it is.
    pub fn literal(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) | Kind::Plain(text) => Some(text),
            _ => None,
        }
    }
}

/// What may be written where the expression stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// The template asks for `AWS::LanguageExtensions`.
    pub extended: bool,
    /// It stands in the Rules section.
    pub rules: bool,
}

/// Reads expressions and says what is wrong with them.
pub struct Compiler<'a> {
    pub source: &'a Source,
    pub report: &'a mut Report,
    pub dialect: Dialect,
}

impl Compiler<'_> {
    /// A value of a property, an output, an operand.
    pub fn expression(&mut self, node: &Node) -> Expression {
        let at = node.at;
        let kind = match &node.kind {
            // Reported where the tree is looked through.
            NodeKind::Null => Kind::Text(String::new()),
            NodeKind::Text(text) => {
                dynamic::check(text, at, self.report);
                match node.plain {
                    true => Kind::Plain(text.clone()),
                    false => Kind::Text(text.clone()),
                }
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

    /// The entries of a map.
    pub fn map(&mut self, entries: &[Entry]) -> Vec<(Name, Expression)> {
        entries.iter().map(|e| (e.key.clone(), self.expression(&e.value))).collect()
    }

    fn function(&mut self, entry: &Entry) -> Expression {
        let (name, at, argument) = (entry.key.text.as_str(), entry.key.at, &entry.value);
        let kind = match name {
            "Ref" if self.computed(argument) => Some(Kind::RefTo(Box::new(self.expression(argument)))),
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
            "Fn::ImportValue" => Some(Kind::ImportValue(Box::new(self.expression(argument)))),
            _ if OF_EXTENSIONS.contains(&name) && !self.dialect.extended => {
                let what = format!("{name} is known only with the transform {EXTENSIONS}");
                self.report.say(unsupported(name), at, what, format!("write Transform: {EXTENSIONS} above"));
                None
            }
            "Fn::Length" => Some(Kind::Length(Box::new(self.expression(argument)))),
            "Fn::ToJsonString" => self.json_string(argument),
            _ if OF_RULES.contains(&name) && !self.dialect.rules => {
                let what = format!("{name} is known in the Rules section only");
                self.report.say(unsupported(name), at, what, "hand the value in as a parameter");
                None
            }
            "Fn::RefAll" => {
                let of = self.name(argument, "Fn::RefAll takes a parameter type, such as AWS::EC2::VPC::Id");
                of.map(|of| Kind::All { of: of.text, attribute: None })
            }
            "Fn::ValueOf" | "Fn::ValueOfAll" => self.value_of(name, argument),
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
        if name.starts_with(FOR_EACH) || name == "Fn::ForEach" {
            let (what, advice) = match self.dialect.extended {
                true => (
                    format!("{name} stands where no loop can be"),
                    "a loop is a key Fn::ForEach::Name in Resources, Conditions, Outputs or in a map of properties"
                        .to_string(),
                ),
                false => (
                    format!("{name} is known only with the transform {EXTENSIONS}"),
                    format!("write Transform: {EXTENSIONS} above"),
                ),
            };
            self.report.say(unsupported(name), at, what, advice);
            return;
        }
        match REFUSED.iter().find(|(refused, _)| *refused == name) {
            Some((_, instead)) => self.report.advise(at, format!("{name} is not supported"), *instead),
            None => {
                let what = format!("there is no function {name}");
                self.report.suggest_said(unsupported(name), at, what, name, function::names());
            }
        }
    }

    /// Is a name worked out by a function? Only the extensions let it.
    fn computed(&self, node: &Node) -> bool {
        self.dialect.extended && matches!(&node.kind, NodeKind::Map(_))
    }

    fn json_string(&mut self, node: &Node) -> Option<Kind> {
        match &node.kind {
            NodeKind::Map(_) | NodeKind::List(_) => Some(Kind::ToJsonString(Box::new(self.expression(node)))),
            _ => {
                let what = format!("Fn::ToJsonString takes a map or a list, and this is {}", node.what());
                self.report.advise(node.at, what, "a text needs no conversion");
                None
            }
        }
    }

    fn value_of(&mut self, function: &str, node: &Node) -> Option<Kind> {
        let wanted = match function {
            "Fn::ValueOf" => "Fn::ValueOf takes a parameter and an attribute of what it names",
            _ => "Fn::ValueOfAll takes a parameter type and an attribute",
        };
        let [of, attribute] = self.pair(node, wanted)?;
        let (of, attribute) = (self.name(of, wanted)?, self.name(attribute, wanted)?.text);
        Some(match function {
            "Fn::ValueOf" => Kind::ValueOf { parameter: of, attribute },
            _ => Kind::All { of: of.text, attribute: Some(attribute) },
        })
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
            // `[Resource, Outputs, Name]` is how some write `Resource.Outputs.Name`.
            NodeKind::List(items) if items.len() > 2 && items.iter().all(|i| i.text().is_some()) => {
                let rest: Vec<&str> = items.iter().skip(1).filter_map(Node::text).collect();
                let attribute = Expression { at: node.at, kind: Kind::Text(rest.join(".")) };
                (self.name(items.first()?, wanted)?.text, attribute)
            }
            _ => {
                let [resource, attribute] = self.pair(node, wanted)?;
                if self.computed(resource) {
                    let resource = Box::new(self.expression(resource));
                    return Some(Kind::GetAttOf { resource, attribute: Box::new(self.expression(attribute)) });
                }
                (self.name(resource, wanted)?.text, self.expression(attribute))
            }
        };
        let plain_attribute =
            matches!(attribute.kind, Kind::Text(_) | Kind::Plain(_) | Kind::Ref(_) | Kind::Sub { .. });
        if !plain_attribute && !self.dialect.extended {
            let what = "an attribute's name is a text, a Ref of a parameter or an Fn::Sub";
            self.report.advise(attribute.at, what, "write its name");
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
        dynamic::check(template, text.at, self.report);
        let parts = substitution::parts(template, text, self.source, self.report);
        Some(Kind::Sub { parts, variables })
    }

    fn cidr(&mut self, node: &Node) -> Option<Kind> {
        let wanted = "Fn::Cidr takes a block, a count and the host bits of each";
        if matches!(&node.kind, NodeKind::List(items) if items.len() == 2) {
            let advice = "give the host bits too: 8 make blocks of a /24 each, 64 of an IPv6 /64";
            self.report.advise(node.at, format!("{wanted}, and this list has 2"), advice);
            return None;
        }
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
        let items = self.items(node, wanted, 3..=4)?;
        let default = match items.get(3) {
            None => None,
            Some(fourth) => {
                let Some(default) = fourth.get("DefaultValue") else {
                    let what = "the fourth argument of Fn::FindInMap is a map with the key DefaultValue";
                    self.report.error(fourth.at, what);
                    return None;
                };
                if !self.dialect.extended {
                    let what = format!("DefaultValue is known only with the transform {EXTENSIONS}");
                    self.report.advise(fourth.at, what, format!("write Transform: {EXTENSIONS} above"));
                    return None;
                }
                Some(Box::new(self.expression(default)))
            }
        };
        let mut arguments = items.iter().map(|item| Box::new(self.expression(item)));
        Some(Kind::FindInMap { map: arguments.next()?, first: arguments.next()?, second: arguments.next()?, default })
    }
}

/// AWS's words for a function that it does not know there.
fn unsupported(name: &str) -> Option<Said> {
    Said::whole(format!("Template format error: Encountered unsupported function: {name}"))
}
