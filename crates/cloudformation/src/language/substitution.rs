//! The text of `Fn::Sub`: `${Name}` and `${Name.Attribute}` are variables, `${!Text}` is `${Text}` itself.

use super::diagnostic::Report;
use super::expression::Part;
use super::node::{Name, Node};
use super::source::Source;

/// Takes the text apart. Each variable has its own place, inside block texts too.
pub fn parts(text: &str, node: &Node, source: &Source, report: &mut Report) -> Vec<Part> {
    let places = source.places_of("${", node.at, node.end);
    let counted = places.len() == text.matches("${").count();
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    let mut opened = 0;
    while let Some(start) = rest.find("${") {
        let at = if counted { places.get(opened).copied() } else { None }.unwrap_or(node.at);
        opened += 1;
        literal.push_str(&rest[..start]);
        let inner = &rest[start + 2..];
        let Some(end) = inner.find('}') else {
            report.advise(at, "${ is not closed", "write ${! where a text with ${ is meant");
            return parts;
        };
        let name = &inner[..end];
        opened += name.matches("${").count();
        rest = &inner[end + 1..];
        if let Some(kept) = name.strip_prefix('!') {
            literal.push_str("${");
            literal.push_str(kept);
            literal.push('}');
            continue;
        }
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_');
        if name.is_empty() || !name.chars().all(legal) {
            let what = format!("${{{name}}} holds no name");
            let advice = format!("write ${{!{name}}} if the text ${{{name}}} is meant, for a shell, say");
            report.advise(at, what, advice);
            continue;
        }
        if !literal.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut literal)));
        }
        parts.push(Part::Variable(Name { text: name.to_string(), at }));
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Text(literal));
    }
    parts
}
