//! Reads YAML as CloudFormation takes it: version 1.1 without aliases and merges, with short tags such as `!Ref`.
//!
//! A short tag becomes the long form, so that the rest of the language knows one form only.

use super::diagnostic::{Position, Report, Said};
use super::function::{self, SHORT_TAGS};
use super::node::{Entry, MOST_DEPTH, Name, Node, NodeKind};
use super::value;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput, Tag};

/// Reads one document. None: the text could not be read to its end, and the report says why.
pub fn read(text: &str, report: &mut Report) -> Option<Node> {
    let mut reader = Reader { events: Parser::new_from_str(text), report };
    reader.document().ok()
}

/// The report says why reading cannot go on.
struct Stop;

struct Reader<'t, 'r> {
    events: Parser<'t, StrInput<'t>>,
    report: &'r mut Report,
}

fn position(mark: Marker) -> Position {
    Position { line: mark.line() as u32, column: mark.col() as u32 + 1 }
}

impl<'t> Reader<'t, '_> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Stop> {
        match self.events.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let message = format!("this is not YAML: {}", error.info());
                let advice = match error.info() {
                    i if i.contains("tab") => "indent with spaces",
                    i if i.contains("tag") => {
                        "a value bears one tag; write the outer function in its long form, such as Fn::Base64"
                    }
                    _ => "look at the line above too: indentation, quotes and colons are the usual causes",
                };
                let said = Said::whole("Template format error: YAML not well-formed.");
                self.report.say(said, position(*error.marker()), message, advice);
                Err(Stop)
            }
            None => {
                self.report.whole("the template ends too early", "complete it");
                Err(Stop)
            }
        }
    }

    fn document(&mut self) -> Result<Node, Stop> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
                (Event::StreamEnd, _) => {
                    self.report.whole("the template is empty", "give it a Resources section");
                    return Err(Stop);
                }
                (event, span) => {
                    let root = self.node(event, span, 0)?;
                    self.ending()?;
                    return Ok(root);
                }
            }
        }
    }

    fn ending(&mut self) -> Result<(), Stop> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentEnd | Event::Nothing, _) => {}
                (_, span) => {
                    let at = position(span.start);
                    self.report.advise(at, "a second document begins here", "keep one template in one file");
                    return Err(Stop);
                }
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Stop> {
        let at = position(span.start);
        if depth > MOST_DEPTH {
            self.report.advise(at, format!("nested deeper than {MOST_DEPTH} levels"), "make it flatter");
            return Err(Stop);
        }
        match event {
            Event::Scalar(text, style, _, tag) => {
                let bare = style == ScalarStyle::Plain && tag.is_none();
                let kind = match bare {
                    true => plain(&text),
                    false => NodeKind::Text(text.into_owned()),
                };
                let plain = bare && matches!(&kind, NodeKind::Text(text) if value::is_literal(text));
                let node = Node { at, end: position(span.end), plain, kind };
                Ok(self.tagged(node, tag.as_deref()))
            }
            Event::SequenceStart(_, tag) => {
                let mut items = Vec::new();
                let end = loop {
                    match self.next()? {
                        (Event::SequenceEnd, span) => break position(span.end),
                        (event, span) => items.push(self.node(event, span, depth + 1)?),
                    }
                };
                let node = Node { at, end, plain: false, kind: NodeKind::List(items) };
                Ok(self.tagged(node, tag.as_deref()))
            }
            Event::MappingStart(_, tag) => {
                let mut entries = Vec::new();
                let end = loop {
                    match self.next()? {
                        (Event::MappingEnd, span) => break position(span.end),
                        (event, span) => {
                            let key = self.key(event, span, depth)?;
                            let (event, span) = self.next()?;
                            let value = self.node(event, span, depth + 1)?;
                            entries.push(Entry { key, value });
                        }
                    }
                };
                let node = Node { at, end, plain: false, kind: NodeKind::Map(entries) };
                Ok(self.tagged(node, tag.as_deref()))
            }
            Event::Alias(_) => {
                let what = "CloudFormation takes no YAML aliases (*name)";
                let said = Said::whole("Template error: YAML aliases are not allowed in CloudFormation templates");
                self.report.say(said, at, what, "write the value out, or use a parameter or a mapping");
                Ok(Node { end: position(span.end), ..Node::of_text(at, "") })
            }
            other => {
                self.report.error(at, format!("this is not YAML that a template can hold ({other:?})"));
                Err(Stop)
            }
        }
    }

    fn key(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Name, Stop> {
        let at = position(span.start);
        match event {
            Event::Scalar(text, _, _, None) => {
                if text == "<<" {
                    let what = "CloudFormation takes no YAML merges (<<)";
                    self.report.advise(at, what, "write the keys out");
                }
                Ok(Name { text: text.into_owned(), at })
            }
            event => {
                self.report.advise(at, "a key is a plain text", "quote it, and give it no tag");
                // The key is read to its end so that what follows keeps its meaning.
                self.node(event, span, depth + 1)?;
                Ok(Name { text: String::new(), at })
            }
        }
    }

    fn tagged(&mut self, node: Node, tag: Option<&Tag>) -> Node {
        let Some(tag) = tag else { return node };
        if tag.is_yaml_core_schema() {
            if !matches!(tag.suffix.as_str(), "str" | "int" | "bool" | "float" | "map" | "seq") {
                let what = format!("CloudFormation does not take the YAML tag !!{}", tag.suffix);
                self.report.advise(node.at, what, "write a plain value");
            }
            return node;
        }
        if tag.handle.is_empty() && tag.suffix == "!" {
            return node;
        }
        match function::long_name(&tag.suffix) {
            Some(long) if tag.handle == "!" => {
                let key = Name { text: long.to_string(), at: node.at };
                Node { at: node.at, end: node.end, plain: false, kind: NodeKind::Map(vec![Entry { key, value: node }]) }
            }
            _ => {
                let what = format!("there is no function {tag}");
                self.report.suggest(node.at, what, &tag.suffix, SHORT_TAGS.iter().map(|(short, _)| *short));
                node
            }
        }
    }
}

/// What an unquoted scalar means in YAML 1.1. Numbers stay as they are written.
fn plain(text: &str) -> NodeKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => NodeKind::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => NodeKind::Text("true".to_string()),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => NodeKind::Text("false".to_string()),
        other => NodeKind::Text(other.to_string()),
    }
}
