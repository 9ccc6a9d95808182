//! Why a property changes: what its expression leans on, and whether the expression itself is another one.

use crate::language::expression::{Expression, Kind, Part};
use crate::language::template::{Resource, Template};
use std::collections::BTreeSet;
use std::mem::discriminant;

/// What a value leans on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lean {
    Parameter(String),
    /// By `Ref`.
    Resource(String),
    /// By `Fn::GetAtt`.
    Attribute {
        resource: String,
        attribute: String,
    },
}

/// Everything that an expression leans on, in every branch.
pub fn leans(expression: &Expression, template: &Template) -> BTreeSet<Lean> {
    let mut found = BTreeSet::new();
    gather(expression, template, &mut found);
    found
}

/// Names of a resource's properties into which a parameter with `NoEcho` goes.
pub fn hidden(resource: &Resource, template: &Template) -> BTreeSet<String> {
    let secret = |lean: &Lean| match lean {
        Lean::Parameter(name) => template.parameter(name).is_some_and(|parameter| parameter.no_echo),
        _ => false,
    };
    let properties = resource.properties.iter();
    let hidden = properties.filter(|(_, expression)| leans(expression, template).iter().any(secret));
    hidden.map(|(name, _)| name.text.clone()).collect()
}

fn gather(expression: &Expression, template: &Template, found: &mut BTreeSet<Lean>) {
    match &expression.kind {
        Kind::Ref(name) => found.extend(named(name, template)),
        Kind::GetAtt { resource, attribute } => {
            if let Kind::Text(attribute) = &attribute.kind {
                found.insert(Lean::Attribute { resource: resource.clone(), attribute: attribute.clone() });
            }
        }
        Kind::Sub { parts, variables } => {
            let own = |name: &str| variables.iter().any(|(variable, _)| variable.text == name);
            for part in parts {
                if let Part::Variable(name) = part
                    && !own(&name.text)
                {
                    found.extend(named(&name.text, template));
                }
            }
        }
        _ => {}
    }
    for inner in expression.inner() {
        gather(inner, template, found);
    }
}

/// `Name`, or `Resource.Attribute`.
fn named(name: &str, template: &Template) -> Option<Lean> {
    if template.parameter(name).is_some() {
        return Some(Lean::Parameter(name.to_string()));
    }
    if template.resource(name).is_some() {
        return Some(Lean::Resource(name.to_string()));
    }
    let (resource, attribute) = name.split_once('.')?;
    template.resource(resource)?;
    Some(Lean::Attribute { resource: resource.to_string(), attribute: attribute.to_string() })
}

/// Do two expressions say the same, wherever they stand?
pub fn same(a: &Expression, b: &Expression) -> bool {
    let own = match (&a.kind, &b.kind) {
        (Kind::Text(a) | Kind::Plain(a), Kind::Text(b) | Kind::Plain(b)) | (Kind::Ref(a), Kind::Ref(b)) => a == b,
        (Kind::Map(a), Kind::Map(b)) => a.iter().map(|(name, _)| &name.text).eq(b.iter().map(|(name, _)| &name.text)),
        (Kind::GetAtt { resource: a, .. }, Kind::GetAtt { resource: b, .. }) => a == b,
        (Kind::Sub { parts: a, variables: x }, Kind::Sub { parts: b, variables: y }) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|parts| match parts {
                    (Part::Text(a), Part::Text(b)) => a == b,
                    (Part::Variable(a), Part::Variable(b)) => a.text == b.text,
                    _ => false,
                })
                && x.iter().map(|(name, _)| &name.text).eq(y.iter().map(|(name, _)| &name.text))
        }
        (Kind::Join { separator: a, .. }, Kind::Join { separator: b, .. })
        | (Kind::Split { separator: a, .. }, Kind::Split { separator: b, .. }) => a == b,
        (Kind::If { condition: a, .. }, Kind::If { condition: b, .. }) => a.text == b.text,
        (a, b) => discriminant(a) == discriminant(b),
    };
    let (inside_a, inside_b) = (a.inner(), b.inner());
    own && inside_a.len() == inside_b.len() && inside_a.iter().zip(inside_b).all(|(a, b)| same(a, b))
}
