//! The Transform section: the language's own extensions are known, every other macro is refused by name.

use super::diagnostic::{Report, Said};
use super::function::EXTENSIONS;
use super::node::{Name, Node, NodeKind};

/// Macros of AWS, and what to do without them.
const REFUSED: &[(&str, &str)] = &[
    ("AWS::CodeDeployBlueGreen", "remove it: there is no CodeDeploy here"),
    ("AWS::Include", "write the included text into the template"),
    ("AWS::SecretsManager-2020-07-23", "remove it: there is no Secrets Manager here"),
    ("AWS::SecretsManager-2024-09-16", "remove it: there is no Secrets Manager here"),
    ("AWS::Serverless-2016-10-31", "there are no functions here yet: write out the other resources by themselves"),
    ("AWS::ServiceCatalog", "remove it: there is no Service Catalog here"),
];

/// Names of the transforms that a template asks for.
pub fn read(root: &Node, report: &mut Report) -> Vec<Name> {
    let Some(node) = root.get("Transform") else { return Vec::new() };
    let items = match &node.kind {
        NodeKind::List(items) => items.as_slice(),
        NodeKind::Null => &[],
        _ => std::slice::from_ref(node),
    };
    let mut names = Vec::new();
    for item in items {
        let name = item.get("Name").unwrap_or(item);
        let Some(text) = name.text() else {
            report.advise(item.at, "a transform is a name", format!("{EXTENSIONS} is the one that is known"));
            continue;
        };
        names.push(Name { text: text.to_string(), at: name.at });
        if text == EXTENSIONS {
            continue;
        }
        let what = format!("the transform {text} is not supported");
        match REFUSED.iter().find(|(refused, _)| *refused == text) {
            Some((_, instead)) => report.advise(name.at, what, *instead),
            None if text.eq_ignore_ascii_case(EXTENSIONS) => {
                report.advise(name.at, what, format!("did you mean {EXTENSIONS}?"));
            }
            None => {
                let said = Said::whole(format!("No transform named {text} found."));
                report.say(
                    said,
                    name.at,
                    what,
                    "there are no functions here that could be a macro: write out what it makes",
                );
            }
        }
    }
    names
}

/// Does a template ask for the language's extensions?
pub fn is_extended(transforms: &[Name]) -> bool {
    transforms.iter().any(|name| name.text == EXTENSIONS)
}
