//! `DeletionPolicy` and `UpdateReplacePolicy`: what becomes of a resource that is not wanted any more.

use super::diagnostic::{Position, Report};
use super::expression::{Compiler, Expression};
use super::function;
use super::node::{Node, NodeKind};

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Policy {
    Delete,
    Retain,
    /// Retained, unless its creation failed.
    RetainExceptOnCreate,
}

/// A policy as the template writes it.
#[derive(Clone, Debug)]
pub enum Written {
    Known(Policy),
    /// Worked out with the parameters (`AWS::LanguageExtensions`).
    Computed(Expression),
}

/// Reads one of the two attributes.
pub fn read(key: &str, node: Option<&Node>, compiler: &mut Compiler) -> Written {
    let Some(node) = node else { return Written::Known(Policy::Delete) };
    match &node.kind {
        NodeKind::Text(text) => Written::Known(parse(key, text, node.at, compiler.report)),
        NodeKind::Map(_) if compiler.dialect.extended => Written::Computed(compiler.expression(node)),
        _ => {
            let what = format!("{key} is a text, and this is {}", node.what());
            let advice = format!("functions are known here only with the transform {}", function::EXTENSIONS);
            compiler.report.advise(node.at, what, advice);
            Written::Known(Policy::Delete)
        }
    }
}

/// The policy of a name; what is none is reported.
pub fn parse(key: &str, text: &str, at: Position, report: &mut Report) -> Policy {
    match text {
        "Delete" => Policy::Delete,
        "Retain" => Policy::Retain,
        "RetainExceptOnCreate" if key == "DeletionPolicy" => Policy::RetainExceptOnCreate,
        _ => {
            let legal: &[&str] = match key {
                "DeletionPolicy" => &["Delete", "Retain", "RetainExceptOnCreate"],
                _ => &["Delete", "Retain"],
            };
            let what = match text {
                "Snapshot" => format!("{key} cannot be Snapshot: none of the supported types can be snapshot"),
                _ => format!("{key} cannot be {text:?}"),
            };
            report.suggest(at, what, text, legal.iter().copied());
            Policy::Delete
        }
    }
}
