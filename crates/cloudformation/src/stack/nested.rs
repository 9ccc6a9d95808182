//! Templates of nested stacks: how they are named, where they are found, and what is wrong with them before anything
//! is made.
//!
//! A template names another one by a URL, which the operator may have mapped to a folder, or by a path beside itself.
//! Nobody opens such a path here: whoever asks for the stack sends the files along, by their paths from the folder of
//! the outermost template.

use super::account::Account;
use super::asked::Asked;
use super::design::{Action, Design, Frame};
use super::error::StackError;
use super::{begin, version};
use crate::Template;
use crate::language::diagnostic::Report;
use crate::language::expression::Kind;
use crate::language::template::Resource;
use crate::resource::Which;
use croft_control::Cloud;
use croft_model::stack::{Stack, StackResource, StackVersion};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Stacks are nested so deep at most, the outermost not counted.
pub const DEEPEST: usize = 10;

/// How many stacks a stack is inside of.
pub fn depth(cloud: &Cloud, stack: &Stack) -> usize {
    let mut depth = 0;
    let mut at = stack;
    while let Some(parent) = at.parent_id.as_ref().and_then(|id| cloud.stacks.get(id)) {
        (at, depth) = (parent, depth + 1);
        if depth > DEEPEST {
            break;
        }
    }
    depth
}

/// A nested template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub text: String,
    /// The templates that came along, by their paths from this one's folder.
    pub nested_templates: BTreeMap<String, String>,
}

/// Finds the template that a `TemplateURL` names among those that came along; what is a URL is asked for with `fetch`.
///
/// # Errors
/// What to do.
pub fn find(
    held: &BTreeMap<String, String>,
    url: &str,
    fetch: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Found, String> {
    let Some(path) = path(url) else {
        let text = held.get(url).map_or_else(|| fetch(url), |text| Ok(text.clone()))?;
        return Ok(Found { text, nested_templates: held.clone() });
    };
    let Some(text) = held.get(&path) else {
        return Err(format!(
            "TemplateURL {url} is a path, and the file did not come along: only croft up sends the files that a template names; otherwise give a URL that is mapped with --template-bucket URL=DIR"
        ));
    };
    Ok(Found { text: text.clone(), nested_templates: rebased(held, folder(&path)) })
}

/// The path that a `TemplateURL` names, without detours. None: it is a URL.
pub fn path(url: &str) -> Option<String> {
    let is_scheme = |scheme: &str| scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric());
    match url.split_once(':') {
        Some(("file", path)) => Some(plain(path.strip_prefix("//").unwrap_or(path))),
        Some((scheme, _)) if is_scheme(scheme) => None,
        _ => Some(plain(url)),
    }
}

/// Without `.` and, where it leads back, without `..`.
fn plain(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Paths from the outer folder as paths from an inner one.
fn rebased(held: &BTreeMap<String, String>, folder: &str) -> BTreeMap<String, String> {
    let from: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let path = |key: &String| match path(key) {
        Some(path) if !path.starts_with('/') && !folder.starts_with('/') => {
            let to: Vec<&str> = path.split('/').collect();
            let same = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
            let up = from.iter().skip(same).map(|_| "..");
            up.chain(to.iter().skip(same).copied()).collect::<Vec<_>>().join("/")
        }
        _ => key.clone(),
    };
    held.iter().map(|(key, text)| (path(key), text.clone())).collect()
}

/// The path of `inner` that stands in the template at `outer`, from where `outer` counts: what the file is sent along as.
pub fn joined(outer: &str, inner: &str) -> String {
    match inner.starts_with('/') || folder(outer).is_empty() && !outer.starts_with('/') {
        true => inner.to_string(),
        false => plain(&format!("{}/{inner}", folder(outer))),
    }
}

/// What a resource says in so many words, of a nested stack.
fn literal<'t>(resource: &'t Resource, property: &str) -> Option<&'t str> {
    let (_, value) = resource.properties.iter().find(|(name, _)| name.text == property)?;
    match &value.kind {
        Kind::Text(text) => Some(text),
        _ => None,
    }
}

fn stacks(template: &Template) -> impl Iterator<Item = &Resource> {
    template.resources.iter().filter(|resource| resource.of.which == Which::NestedStack)
}

/// Reads the templates of all nested stacks whose URL is known, and theirs, before anything is made, and keeps those
/// that URLs led to: what a stack is does not change with what lies in a bucket.
pub fn pin<A: Account>(account: &A, design: &Design, version: &mut StackVersion) -> Result<(), StackError> {
    pin_with(&account.cloud(), &|url| account.template(url), design, version)
}

/// The same with whatever fetches what a URL leads to.
pub fn pin_with(
    cloud: &Cloud,
    fetch: &dyn Fn(&str) -> Result<String, String>,
    design: &Design,
    version: &mut StackVersion,
) -> Result<(), StackError> {
    if stacks(design.template).next().is_none() {
        return Ok(());
    }
    let (there, changing) = (super::present::there(cloud.stack_resources(&design.stack_id)), BTreeSet::new());
    let fetched = RefCell::new(BTreeMap::new());
    let fetch = |url: &str| {
        let text = fetch(url)?;
        fetched.borrow_mut().insert(url.to_string(), text.clone());
        Ok(text)
    };
    let reading = Reading { fetch: &fetch, skip_unsupported: version.skip_unsupported };
    for step in design.steps.iter().filter(|step| step.resource.of.which == Which::NestedStack) {
        let present = design.present(cloud, &there, &changing);
        let resolved = design.resolve(step.resource, &present, &mut Report::default());
        if let Some(url) = resolved.json.get("TemplateURL").and_then(serde_json::Value::as_str) {
            reading.check(step.resource, url, &version.nested_templates, 1)?;
        }
    }
    version.nested_templates.extend(fetched.into_inner());
    Ok(())
}

/// Marks the nested stacks of which nothing but the template becomes another one. `held`: what is in force.
pub fn mark(cloud: &Cloud, design: &mut Design, held: &StackVersion, version: &StackVersion) {
    let mut changed = BTreeSet::new();
    for step in design.steps.iter().filter(|step| step.resource.of.which == Which::NestedStack) {
        let name = &step.resource.name.text;
        let record = cloud.stack_resource(&design.stack_id, name).filter(|_| step.action == Action::Keep);
        if record.is_some_and(|record| renews(record, held, version)) {
            changed.insert(name.clone());
        }
    }
    for step in design.steps.iter_mut().filter(|step| changed.contains(&step.resource.name.text)) {
        step.action = Action::Update(vec![TEMPLATE_URL]);
    }
}

/// Does the same name lead a nested stack to another template?
pub fn renews(record: &StackResource, held: &StackVersion, version: &StackVersion) -> bool {
    let url = record.properties.get(TEMPLATE_URL).and_then(serde_json::Value::as_str);
    let of = |templates: &BTreeMap<String, String>| {
        let found = find(templates, url?, &|_| Err(String::new())).ok()?;
        Some((found.text, found.nested_templates))
    };
    url.is_some() && of(&held.nested_templates) != of(&version.nested_templates)
}

/// The property that names a nested stack's template.
pub const TEMPLATE_URL: &str = "TemplateURL";

struct Reading<'a> {
    fetch: &'a dyn Fn(&str) -> Result<String, String>,
    skip_unsupported: bool,
}

impl Reading<'_> {
    fn check(
        &self,
        resource: &Resource,
        url: &str,
        held: &BTreeMap<String, String>,
        depth: usize,
    ) -> Result<(), StackError> {
        let name = &resource.name.text;
        if depth > DEEPEST {
            let text = format!("{name}: stacks are nested {DEEPEST} deep at most: is {url} in itself?");
            return Err(StackError::invalid(text));
        }
        let found = find(held, url, self.fetch).map_err(|why| StackError::invalid(format!("{name}: {why}")))?;
        let template = version::parse(url, &found.text, self.skip_unsupported)?;
        check_parameters(resource, &template, url)?;
        for inner in stacks(&template) {
            if let Some(url) = literal(inner, "TemplateURL") {
                self.check(inner, url, &found.nested_templates, depth + 1)?;
            }
        }
        Ok(())
    }
}

/// Names only: values may not be known yet.
fn check_parameters(resource: &Resource, template: &Template, url: &str) -> Result<(), StackError> {
    let given = resource.properties.iter().find(|(name, _)| name.text == "Parameters").map(|(_, value)| &value.kind);
    let names: BTreeSet<&str> = match given {
        None => BTreeSet::new(),
        Some(Kind::Map(entries)) => entries.iter().map(|(name, _)| name.text.as_str()).collect(),
        // A function makes them.
        Some(_) => return Ok(()),
    };
    let logical_id = &resource.name.text;
    let unknown: Vec<&str> = names.iter().copied().filter(|name| template.parameter(name).is_none()).collect();
    if !unknown.is_empty() {
        let unknown = unknown.join(", ");
        let text = format!("{logical_id}: Parameters: [{unknown}] do not exist in the template {url}");
        return Err(StackError::invalid(text));
    }
    let needed = template.parameters.iter().filter(|p| p.default.is_none()).map(|p| p.name.text.as_str());
    let missing: Vec<&str> = needed.filter(|name| !names.contains(name)).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        let text =
            format!("{logical_id}: Parameters: [{missing}] must have values: the template {url} gives no default");
        return Err(StackError::invalid(text));
    }
    Ok(())
}

/// Is a stack that is whole what is asked for?
pub fn is<A: Account>(account: &A, stack: &Stack, asked: &Asked) -> Result<bool, StackError> {
    let cloud = account.cloud();
    let template = version::read(asked, Some(stack))?;
    let given = version::parameters(asked, &template, Some(stack))?;
    let bound = Design::bind(&template, &Frame::of(stack), &given, &cloud)?;
    let design = Design::new(&bound, &cloud)?;
    let version = version::of(asked, &template, &design, Some(stack));
    Ok(!begin::changes(&cloud, &design, stack, &version)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(paths: &[&str]) -> BTreeMap<String, String> {
        paths.iter().map(|path| (path.to_string(), format!("of {path}"))).collect()
    }

    #[test]
    fn a_path_is_told_from_a_url_and_has_no_detours() {
        for (url, wanted) in [
            ("net.yaml", "net.yaml"),
            ("./net.yaml", "net.yaml"),
            ("file:net/./a/../b.yaml", "net/b.yaml"),
            ("file:///etc/x.yaml", "/etc/x.yaml"),
            ("../net.yaml", "../net.yaml"),
            ("a/../../net.yaml", "../net.yaml"),
        ] {
            assert_eq!(path(url).as_deref(), Some(wanted), "{url}");
        }
        for url in ["https://b.s3.amazonaws.com/net.yaml", "s3://b/net.yaml", "http://x"] {
            assert_eq!(path(url), None, "{url}");
        }
    }

    #[test]
    fn a_file_is_sent_along_by_its_path_from_the_outermost_folder() {
        for (outer, inner, wanted) in [
            ("", "net.yaml", "net.yaml"),
            ("root.yaml", "../x.yaml", "../x.yaml"),
            ("net/vpc.yaml", "parts/a.yaml", "net/parts/a.yaml"),
            ("net/vpc.yaml", "../app.yaml", "app.yaml"),
            ("net/vpc.yaml", "/abs.yaml", "/abs.yaml"),
        ] {
            assert_eq!(joined(outer, inner), wanted);
        }
    }

    #[test]
    fn inner_paths_count_from_the_inner_template() {
        let held = map(&["net/vpc.yaml", "net/parts/a.yaml", "app.yaml", "https://x/y"]);
        let nowhere = |url: &str| Err(format!("{url} is nowhere"));
        let found = find(&held, "./net/vpc.yaml", &nowhere).unwrap();
        assert_eq!(found.text, "of net/vpc.yaml");
        let paths: Vec<&str> = found.nested_templates.keys().map(String::as_str).collect();
        assert_eq!(paths, ["../app.yaml", "https://x/y", "parts/a.yaml", "vpc.yaml"]);
        let inner = find(&found.nested_templates, "parts/a.yaml", &nowhere).unwrap();
        assert_eq!(find(&inner.nested_templates, "../../app.yaml", &nowhere).unwrap().text, "of app.yaml");
        assert_eq!(find(&held, "https://x/y", &nowhere).unwrap().text, "of https://x/y");
        assert_eq!(find(&held, "https://x/z", &nowhere), Err("https://x/z is nowhere".to_string()));
        assert!(find(&held, "/etc/passwd", &nowhere).unwrap_err().contains("is a path"));
    }
}
