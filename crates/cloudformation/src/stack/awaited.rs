//! What the resources of a stack wait for by their creation policies, as its template says.

use super::{Design, Frame, version};
use crate::language::creation_policy::Signals;
use croft_control::Cloud;
use croft_model::stack::Stack;
use std::collections::BTreeMap;

/// By logical id. Nothing of a template that cannot be read any more.
pub fn awaited(cloud: &Cloud, stack: &Stack) -> BTreeMap<String, Signals> {
    let version = &stack.version;
    if !version.template.contains("CreationPolicy") {
        return BTreeMap::new();
    }
    let read = || {
        let template = version::parse("template", &version.template, version.skip_unsupported).ok()?;
        Design::bind(&template, &Frame::of(stack), &version.parameters, cloud).ok()
    };
    read().map(|bound| bound.signals).unwrap_or_default()
}
