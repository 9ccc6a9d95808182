//! XML by the model: bodies of `rest-xml`.

use crate::fault::Fault;
use crate::model::{Kind, Member, Model, ShapeId};
use crate::scalar;
use crate::violation::{Findings, Step, Wrong};
use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Map, Value};

pub(super) struct XmlReader<'a> {
    pub model: &'a Model,
}

/// Larger bodies are no request of AWS's.
const MOST_NODES: u32 = 1_000_000;

/// Deeper ones neither.
const DEEPEST: usize = 64;

impl XmlReader<'_> {
    /// The structure that a body holds, whatever its root is called; none if the body is empty.
    ///
    /// # Errors
    /// `MalformedXML`.
    pub fn read(
        &self,
        body: &[u8],
        shape: ShapeId,
        wanted: impl Fn(&Member) -> bool,
        findings: &mut Findings,
    ) -> Result<Option<Map<String, Value>>, Fault> {
        let malformed = |what: String| Fault::new("MalformedXML", format!("The XML is not well-formed: {what}"));
        let text = std::str::from_utf8(body).map_err(|e| malformed(e.to_string()))?;
        if text.trim().is_empty() {
            for member in self.model.members(shape).iter().filter(|m| m.required && wanted(m)) {
                findings.missing(member.location_name.unwrap_or(member.name));
            }
            return Ok(None);
        }
        let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text, options).map_err(|e| malformed(e.to_string()))?;
        let root = document.root_element();
        if root.descendants().any(|n| n.ancestors().nth(DEEPEST).is_some()) {
            return Err(malformed("it is nested too deeply".into()));
        }
        Ok(Some(self.structure(shape, root, wanted, findings)))
    }

    fn structure(
        &self,
        shape: ShapeId,
        node: Node<'_, '_>,
        wanted: impl Fn(&Member) -> bool,
        findings: &mut Findings,
    ) -> Map<String, Value> {
        let mut out = Map::new();
        let mut known = Vec::new();
        for member in self.model.members(shape).iter().filter(|m| wanted(m)) {
            let name = member.location_name.unwrap_or(member.name);
            let kind = &self.model.shape(member.shape).kind;
            let flat = match kind {
                Kind::List(list) => list.flattened || member.flattened,
                Kind::Map(map) => map.flattened || member.flattened,
                _ => false,
            };
            let name = match kind {
                Kind::List(list) if flat => list.element_name.unwrap_or(name),
                _ => name,
            };
            known.push(name);
            let found: Vec<Node<'_, '_>> = match member.xml_attribute {
                true => {
                    let bare = name.rsplit(':').next().unwrap_or(name);
                    let value = node.attributes().find(|a| a.name() == bare).map(|a| a.value());
                    let step = Step::Member(name.to_string());
                    let shape = self.model.shape(member.shape);
                    let value = value.and_then(|text| findings.within(step, |f| scalar::from_text(shape, text, f)));
                    out.extend(value.map(|value| (member.name.to_string(), value)));
                    continue;
                }
                false => elements(node).filter(|n| n.tag_name().name() == name).collect(),
            };
            let Some(first) = found.first() else {
                if member.required {
                    findings.missing(name);
                }
                continue;
            };
            let value = findings.within(Step::Member(name.to_string()), |f| match kind {
                Kind::List(list) if flat => {
                    scalar::judge_count(&list.bounds, found.len(), f);
                    self.list(list.element, found.iter().copied(), f)
                }
                Kind::Map(map) if flat => self.map(map, found.iter().copied(), f),
                _ => self.value(member.shape, *first, f),
            });
            out.extend(value.map(|value| (member.name.to_string(), value)));
        }
        for node in elements(node).filter(|n| !known.contains(&n.tag_name().name())) {
            findings.within(Step::Member(node.tag_name().name().to_string()), |f| f.add(Wrong::Unknown));
        }
        out
    }

    fn value(&self, id: ShapeId, node: Node<'_, '_>, findings: &mut Findings) -> Option<Value> {
        let shape = self.model.shape(id);
        match &shape.kind {
            Kind::Structure(_) => Some(Value::Object(self.structure(id, node, |_| true, findings))),
            Kind::List(list) => {
                let name = list.element_name.unwrap_or("member");
                for other in elements(node).filter(|n| n.tag_name().name() != name) {
                    let step = Step::Member(other.tag_name().name().to_string());
                    findings.within(step, |f| f.add(Wrong::Unknown));
                }
                let found: Vec<_> = elements(node).filter(|n| n.tag_name().name() == name).collect();
                scalar::judge_count(&list.bounds, found.len(), findings);
                self.list(list.element, found.into_iter(), findings)
            }
            Kind::Map(map) => self.map(map, elements(node), findings),
            _ => {
                let text: String = node.children().filter(Node::is_text).filter_map(|n| n.text()).collect();
                scalar::from_text(shape, &text, findings)
            }
        }
    }

    fn list<'n, 'i: 'n>(
        &self,
        element: ShapeId,
        nodes: impl Iterator<Item = Node<'n, 'i>>,
        findings: &mut Findings,
    ) -> Option<Value> {
        let elements = nodes
            .enumerate()
            .filter_map(|(n, node)| findings.within(Step::Element(n + 1), |f| self.value(element, node, f)));
        Some(Value::Array(elements.collect()))
    }

    fn map<'n, 'i: 'n>(
        &self,
        map: &crate::model::Map,
        nodes: impl Iterator<Item = Node<'n, 'i>>,
        findings: &mut Findings,
    ) -> Option<Value> {
        let mut out = Map::new();
        for (n, node) in nodes.enumerate() {
            findings.within(Step::Element(n + 1), |f| {
                let of = |name: &str| elements(node).find(|n| n.tag_name().name() == name);
                let key = of(map.key_name.unwrap_or("key")).and_then(|n| self.value(map.key, n, f));
                let value = of(map.value_name.unwrap_or("value")).and_then(|n| self.value(map.value, n, f));
                match (key, value) {
                    (Some(Value::String(key)), Some(value)) => drop(out.insert(key, value)),
                    _ => f.add(Wrong::Missing),
                }
            });
        }
        scalar::judge_count(&map.bounds, out.len(), findings);
        Some(Value::Object(out))
    }
}

fn elements<'n, 'i: 'n>(node: Node<'n, 'i>) -> impl Iterator<Item = Node<'n, 'i>> {
    node.children().filter(Node::is_element)
}
