//! The Outputs section.

use super::diagnostic::{Report, Said};
use super::expression::{Compiler, Expression};
use super::node::{Name, Node};
use super::resource;
use super::section::Section;

/// What a stack tells once it is up.
#[derive(Clone, Debug)]
pub struct Output {
    pub name: Name,
    pub value: Expression,
    pub description: Option<String>,
    pub export: Option<Expression>,
    /// Told only if this condition holds.
    pub condition: Option<Name>,
}

const KEYS: &[&str] = &["Condition", "Description", "Export", "Value"];

/// Reads one entry. None: the report says why.
pub fn read(name: &Name, node: &Node, compiler: &mut Compiler) -> Option<Output> {
    let mut section = Section::open(node, name.at, "an output", KEYS, compiler.report)?;
    let description = section.text("Description");
    let condition = resource::condition(&mut section);
    let value = section.required("Value");
    let export = section.optional("Export");
    let export =
        export.and_then(|node| Section::open(node, node.at, "an export", &["Name"], section.report)?.required("Name"));
    let export = export.map(|node| compiler.expression(node));
    let value = compiler.expression(value?);
    Some(Output { name: name.clone(), value, description, export, condition })
}

/// The longest name of an export.
const MOST_EXPORT: usize = 255;

/// Reports what cannot be the name of an export.
pub fn check_export(name: &str, at: super::diagnostic::Position, report: &mut Report) {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-');
    if name.is_empty() || name.len() > MOST_EXPORT || !name.chars().all(legal) {
        let said = Said::whole(format!(
            "Template format error: Output export name '{name}' must contain only alphanumeric characters, colons, or hyphens."
        ));
        let what = format!("{name:?} cannot be the name of an export");
        report.say(said, at, what, format!("take letters, digits, colons and dashes, at most {MOST_EXPORT}"));
    }
}
