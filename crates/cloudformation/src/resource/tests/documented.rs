//! `docs/cloudformation.md` lists every type with its attributes and what it refuses.

use super::*;

/// Names that are refused; those inside a property with its name before them.
fn refused(shape: Shape, prefix: &str, names: &mut Vec<String>) {
    for property in shape.properties {
        let name = format!("{prefix}{}", property.name);
        match property.kind {
            Kind::Refused(_) => names.push(name),
            Kind::Object(inner) => refused(inner, &format!("{name}."), names),
            Kind::List(Kind::Object(inner)) => refused(*inner, &format!("{name}."), names),
            _ => {}
        }
    }
}

fn row(of: &ResourceType) -> String {
    let mut names = Vec::new();
    refused(of.shape, "", &mut names);
    let said = |names: &[String]| match names {
        [] => "none".to_string(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    };
    let attributes: Vec<String> = of.attributes.iter().map(ToString::to_string).collect();
    format!("| `{}` | {} | {} |", of.name, said(&attributes), said(&names))
}

#[test]
fn the_page_lists_every_type() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cloudformation.md");
    let page = std::fs::read_to_string(path).expect("the page is there");
    let rows: BTreeSet<&str> = page.lines().filter(|line| line.starts_with("| `AWS::")).collect();
    let mut names: Vec<&str> = table::names().collect();
    names.sort_unstable();
    let wanted: Vec<String> = names.into_iter().map(|name| row(table::find(name).expect("there"))).collect();
    let missing: Vec<&String> = wanted.iter().filter(|row| !rows.contains(row.as_str())).collect();
    let over: Vec<&&str> = rows.iter().filter(|row| !wanted.iter().any(|other| other == **row)).collect();
    let said = |rows: &[&String]| rows.iter().map(|row| row.to_string()).collect::<Vec<_>>().join("\n");
    assert!(missing.is_empty() && over.is_empty(), "write:\n{}\ninstead of:\n{over:#?}", said(&missing));
}
