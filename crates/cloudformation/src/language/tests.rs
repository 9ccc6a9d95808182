//! Templates as texts, and what is said about them.

mod bounds;
mod diagnostics;
mod extensions;
mod functions;
mod hostile;
mod processed;
mod syntax;

use crate::Template;
use crate::stack::Design;
use croft_control::Cloud;
use std::collections::BTreeMap;

/// Everything that is wrong with a template before anything is made, without the lines shown below.
fn wrong(template: &str) -> Vec<String> {
    wrong_with(template, &[])
}

fn wrong_with(template: &str, parameters: &[(&str, &str)]) -> Vec<String> {
    let template = match Template::parse("t", template.as_bytes()) {
        Ok(template) => template,
        Err(diagnostics) => return lines(&diagnostics),
    };
    let parameters: BTreeMap<_, _> = parameters.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    let cloud = Cloud::new(croft_model::Scope::default());
    match bind(&template, &parameters, &cloud).and_then(|bound| Design::new(&bound, &cloud).map(|_| ())) {
        Ok(()) => Vec::new(),
        Err(diagnostics) => lines(&diagnostics),
    }
}

/// The template as the stack `web` would have it.
fn bind(
    template: &Template,
    parameters: &BTreeMap<String, String>,
    cloud: &Cloud,
) -> Result<super::bound::Bound, crate::Diagnostics> {
    Design::bind(template, &crate::stack::Frame::new(cloud, &cloud.home, "web", 0), parameters, cloud)
}

fn lines(diagnostics: &crate::Diagnostics) -> Vec<String> {
    let text = diagnostics.to_string();
    text.lines().filter(|line| line.starts_with("t:")).map(str::to_string).collect()
}

/// What an output's expression comes to, with these sections beside it.
fn value(sections: &str, expression: &str) -> Result<String, Vec<String>> {
    let text = format!(
        "{sections}\nResources:\n  G:\n    Type: AWS::EC2::InternetGateway\n    Properties:\n      Tags:\n        - Key: k\n          Value: {expression}\n"
    );
    let template = Template::parse("t", text.as_bytes()).map_err(|d| lines(&d))?;
    let cloud = Cloud::new(croft_model::Scope::default());
    let bound = bind(&template, &BTreeMap::new(), &cloud).map_err(|d| lines(&d))?;
    let design = match Design::new(&bound, &cloud) {
        Ok(design) => design,
        Err(diagnostics) => return Err(lines(&diagnostics)),
    };
    let mut report = super::diagnostic::Report::default();
    let (there, changing) = Default::default();
    let present = design.present(&cloud, &there, &changing);
    let resolved = design.resolve(&template.resources[0], &present, &mut report);
    let text = resolved.json.get("Tags").and_then(|tags| tags.pointer("/0/Value")).and_then(|v| v.as_str());
    Ok(text.unwrap_or("(not known yet)").to_string())
}
