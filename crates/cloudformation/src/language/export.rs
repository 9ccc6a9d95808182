//! What the stacks of an account and region export, for `Fn::ImportValue`.

use croft_control::Cloud;
use croft_model::Scope;
use std::collections::BTreeMap;

/// Values by the names of their exports.
pub fn all<'c>(cloud: &'c Cloud, scope: &'c Scope) -> BTreeMap<&'c str, &'c str> {
    cloud.live_stacks_in(scope).flat_map(|stack| stack.exports()).collect()
}
