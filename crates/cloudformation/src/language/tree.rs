//! What holds of every tree, wherever it is read: no value is null, and no key stands twice in one map.

use super::diagnostic::{Report, Said};
use super::node::{Entry, Node, NodeKind};
use std::collections::HashMap;

/// Reports each null and each key that stands twice, with the path that leads to it.
pub fn check(root: &Node, report: &mut Report) {
    let mut path = Vec::new();
    walk(root, &mut path, report);
    report.about(None);
}

fn walk<'n>(node: &'n Node, path: &mut Vec<Step<'n>>, report: &mut Report) {
    match &node.kind {
        NodeKind::Null => {
            let shown = shown(path);
            let what = format!("[{shown}] is null");
            let said =
                Said::whole(format!("Template format error: [{shown}] 'null' values are not allowed in templates"));
            let at = path.last().and_then(Step::place).unwrap_or(node.at);
            report.say(said, at, what, "give it a value, or remove it");
        }
        NodeKind::Text(_) => {}
        NodeKind::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                walk(item, path, report);
                path.pop();
            }
        }
        NodeKind::Map(entries) => {
            let mut seen: HashMap<&str, u32> = HashMap::with_capacity(entries.len());
            for entry in entries {
                if path.len() == 1 {
                    report.about(None);
                }
                if let Some(first) = seen.insert(&entry.key.text, entry.key.at.line) {
                    let what = format!("{} stands here a second time; the first is in line {first}", entry.key.text);
                    report.advise(entry.key.at, what, "keep one of them");
                }
                if path.len() == 1 {
                    report.about(Some(&entry.key.text));
                }
                path.push(Step::Key(entry));
                walk(&entry.value, path, report);
                path.pop();
            }
            if path.len() == 1 {
                report.about(None);
            }
        }
    }
}

enum Step<'n> {
    Key(&'n Entry),
    Index(usize),
}

impl Step<'_> {
    fn place(&self) -> Option<super::diagnostic::Position> {
        match self {
            Step::Key(entry) => Some(entry.key.at),
            Step::Index(_) => None,
        }
    }
}

fn shown(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        text.push('/');
        match step {
            Step::Key(entry) => text.push_str(&entry.key.text),
            Step::Index(index) => text.push_str(&index.to_string()),
        }
    }
    text
}
