//! What is left out with a resource whose type is not supported: every resource that needs it, directly or through
//! others, and every output that names one of them.

use super::expression::{Expression, Kind, Part};
use super::resource::{Resource, Skipped};
use super::template::Template;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Takes them out of the template and lists them there.
pub fn leave_out(template: &mut Template) {
    if template.skipped.is_empty() {
        return;
    }
    let mut out: HashMap<String, String> =
        template.skipped.iter().map(|s| (s.logical_id.clone(), s.resource_type.clone())).collect();
    let needs: Vec<BTreeSet<&str>> = template.resources.iter().map(needed).collect();
    let mut gone = HashSet::new();
    loop {
        let before = gone.len();
        for (index, resource) in template.resources.iter().enumerate() {
            if gone.contains(&index) {
                continue;
            }
            let Some(name) = needs[index].iter().find(|name| out.contains_key(**name)) else { continue };
            gone.insert(index);
            template.skipped.push(Skipped {
                logical_id: resource.name.text.clone(),
                resource_type: resource.of.name.to_string(),
                because: format!("it needs {name}, which is left out"),
                at: resource.name.at,
            });
            out.insert(resource.name.text.clone(), resource.of.name.to_string());
        }
        if gone.len() == before {
            break;
        }
    }
    let mut index = 0;
    template.resources.retain(|_| {
        index += 1;
        !gone.contains(&(index - 1))
    });
    let mut outputs = Vec::new();
    template.outputs.retain(|output| {
        let mut named = BTreeSet::new();
        names(&output.value, &mut named);
        output.export.iter().for_each(|export| names(export, &mut named));
        let stays = !named.iter().any(|name| out.contains_key(*name));
        if !stays {
            outputs.push(output.name.text.clone());
        }
        stays
    });
    template.skipped_outputs = outputs;
    template.skipped.sort_by_key(|skipped| skipped.at);
}

fn needed(resource: &Resource) -> BTreeSet<&str> {
    let mut found: BTreeSet<&str> = resource.depends_on.iter().map(|name| name.text.as_str()).collect();
    for (_, expression) in &resource.properties {
        names(expression, &mut found);
    }
    found
}

/// Every name that an expression refers to.
pub fn names<'e>(expression: &'e Expression, found: &mut BTreeSet<&'e str>) {
    match &expression.kind {
        Kind::Ref(name) => {
            found.insert(name);
        }
        Kind::GetAtt { resource, .. } => {
            found.insert(resource);
        }
        Kind::Sub { parts, variables } => {
            let own: HashSet<&str> = variables.iter().map(|(name, _)| name.text.as_str()).collect();
            for part in parts {
                if let Part::Variable(name) = part
                    && !own.contains(name.text.as_str())
                {
                    found.insert(name.text.split_once('.').map_or(name.text.as_str(), |(resource, _)| resource));
                }
            }
        }
        _ => {}
    }
    for inner in expression.inner() {
        names(inner, found);
    }
}

/// The names, as expressions, of every export that an expression imports.
pub fn imports<'e>(expression: &'e Expression, found: &mut Vec<&'e Expression>) {
    if let Kind::ImportValue(name) = &expression.kind {
        found.push(name);
    }
    for inner in expression.inner() {
        imports(inner, found);
    }
}
