//! What became of a packet.

use crate::frame::Seen;
use croft_engine::DropReason;

/// A packet is delivered or counted. `World::send` ends with one of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It came out at this end.
    Delivered { to: String, seen: Seen, frame: Vec<u8> },
    /// It was dropped at a gate: the reason, and the gate's name (a resource id; empty where there is none).
    Dropped { reason: DropReason, gate: String },
}

impl Outcome {
    /// What arrived.
    ///
    /// # Panics
    /// If it was dropped, or came out elsewhere.
    #[track_caller]
    pub fn delivered_to(&self, end: &crate::End) -> &Seen {
        match self {
            Outcome::Delivered { to, seen, .. } if *to == end.name => seen,
            other => panic!("expected to be delivered to {}, but {other:?}", end.name),
        }
    }

    /// The frame that arrived.
    #[track_caller]
    pub fn frame(&self) -> &[u8] {
        match self {
            Outcome::Delivered { frame, .. } => frame,
            other => panic!("expected to be delivered, but {other:?}"),
        }
    }

    /// # Panics
    /// If it was not dropped for this reason at this gate.
    #[track_caller]
    pub fn dropped(&self, reason: DropReason, gate: impl ToString) {
        let expected = Outcome::Dropped { reason, gate: gate.to_string() };
        assert_eq!(*self, expected);
    }

    /// Dropped for this reason, wherever.
    #[track_caller]
    pub fn dropped_for(&self, expected: DropReason) {
        match self {
            Outcome::Dropped { reason, .. } if *reason == expected => {}
            other => panic!("expected to be dropped for {expected:?}, but {other:?}"),
        }
    }

    pub fn is_delivered(&self) -> bool {
        matches!(self, Outcome::Delivered { .. })
    }
}
