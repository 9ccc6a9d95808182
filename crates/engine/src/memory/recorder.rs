//! What a walk passed, written down.

use crate::{DropReason, Event};

/// One entry of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Saw(Event),
    /// A gate refused, and the record goes on behind it.
    Refused {
        reason: DropReason,
        gate: u32,
    },
}

/// The steps of the walks since it was last emptied.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    pub steps: Vec<Step>,
    /// Go on behind a refusal.
    pub past_refusals: bool,
}
