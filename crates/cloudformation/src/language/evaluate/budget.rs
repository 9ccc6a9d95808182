//! What functions may make in all while a template is judged: texts and lists are named again and again at the cost of
//! a few letters each.

use crate::language::diagnostic::{Position, Report};
use std::cell::Cell;
use std::rc::Rc;

/// Bytes of text; an item of a list counts as some too.
const MOST_BYTES: usize = 16 << 20;
const BYTES_OF_AN_ITEM: usize = 64;

/// See the module. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Budget(Rc<Spent>);

#[derive(Debug, Default)]
struct Spent {
    bytes: Cell<usize>,
    /// Where it was too much.
    at: Cell<Option<Position>>,
}

impl Budget {
    /// Takes what a text or a list at a place costs. False: this was too much, for the first time.
    pub(super) fn spend(&self, bytes: usize, items: usize, at: Position) -> bool {
        if self.is_exhausted() {
            return true;
        }
        let cost = bytes.saturating_add(items.saturating_mul(BYTES_OF_AN_ITEM));
        let spent = self.0.bytes.get().saturating_add(cost);
        self.0.bytes.set(spent);
        if spent > MOST_BYTES {
            self.0.at.set(Some(at));
        }
        spent <= MOST_BYTES
    }

    /// Has more been made than is taken?
    pub(super) fn is_exhausted(&self) -> bool {
        self.0.at.get().is_some()
    }

    /// Reports that more has been made than is taken, if it has.
    pub fn report(&self, report: &mut Report) {
        if let Some(at) = self.0.at.get() {
            let what = "the functions of the template make too much text or too long lists in all";
            report.advise(at, what, "make lists shorter, or split the template");
        }
    }
}
