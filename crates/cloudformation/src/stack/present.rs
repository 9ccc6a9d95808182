//! What the resources of a stack have become so far, for `Ref` and `Fn::GetAtt`.

use crate::language::evaluate::{Known, Made};
use crate::language::template::Template;
use crate::resource::{Which, table};
use croft_control::Cloud;
use croft_model::stack::StackResource;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Resources by logical id, with the cloud that knows their attributes.
pub struct Present<'a> {
    pub cloud: &'a Cloud,
    pub template: &'a Template,
    pub conditions: &'a BTreeMap<String, bool>,
    /// Type and physical id of what is there.
    pub there: &'a BTreeMap<String, (Which, String)>,
    /// Of these the identifier is known, the attributes are not.
    pub changing: &'a BTreeSet<String>,
}

impl Present<'_> {
    /// Why a resource is not there: it never will be, or not yet.
    fn missing(&self, logical_id: &str) -> Known {
        let resource = self.template.resource(logical_id);
        let condition = resource.and_then(|r| r.condition.as_ref());
        match condition.filter(|c| self.conditions.get(&c.text) == Some(&false)) {
            Some(condition) => Known::Never(
                format!("{logical_id} is not made: its condition {} does not hold", condition.text),
                format!("choose with Fn::If and {}, or give this the same condition", condition.text),
            ),
            None => Known::Later,
        }
    }
}

impl Made for Present<'_> {
    fn reference(&self, logical_id: &str) -> Known {
        match self.there.get(logical_id) {
            Some((which, id)) => which.reference(self.cloud, id).unwrap_or(Known::Later),
            None => self.missing(logical_id),
        }
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Known {
        match self.there.get(logical_id) {
            Some(_) if self.changing.contains(logical_id) => Known::Later,
            Some((which, id)) => which.attribute(self.cloud, id, attribute).unwrap_or_else(|| {
                Known::Never(
                    format!("{logical_id} ({id}) has no {attribute} now"),
                    "see whether it has been deleted by hand".to_string(),
                )
            }),
            None => self.missing(logical_id),
        }
    }
}

/// What a stack's records say is there.
pub fn there<'a>(resources: impl Iterator<Item = &'a StackResource>) -> BTreeMap<String, (Which, String)> {
    let live = resources.filter(|r| !r.replaced && r.is_there());
    live.filter_map(|r| Some((r.logical_id.clone(), (table::find(&r.kind)?.which, r.physical_id.clone()?)))).collect()
}

/// Writes down which resources are asked for.
#[derive(Default)]
pub struct Recorder {
    pub asked: RefCell<BTreeSet<String>>,
}

impl Made for Recorder {
    fn reference(&self, logical_id: &str) -> Known {
        self.asked.borrow_mut().insert(logical_id.to_string());
        Known::Later
    }

    fn attribute(&self, logical_id: &str, _: &str) -> Known {
        self.reference(logical_id)
    }
}
