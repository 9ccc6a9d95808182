//! A queue for each interface, served in turn: who floods waits for themselves.

use std::collections::{BTreeMap, VecDeque};

/// Packets of one interface that wait.
const LENGTH: usize = 512;

pub(crate) struct Queues<T> {
    waiting: BTreeMap<u32, VecDeque<T>>,
    /// Who is served next: the first port from here on.
    next: u32,
}

impl<T> Queues<T> {
    pub(crate) fn new() -> Queues<T> {
        Queues { waiting: BTreeMap::new(), next: 0 }
    }

    /// Gives the item back where its interface has its share already.
    pub(crate) fn push(&mut self, port: u32, item: T) -> Result<(), T> {
        let queue = self.waiting.entry(port).or_default();
        if queue.len() == LENGTH {
            return Err(item);
        }
        queue.push_back(item);
        Ok(())
    }

    /// The next item, one of each interface in turn.
    pub(crate) fn pop(&mut self) -> Option<(u32, T)> {
        let port = *self.waiting.range(self.next..).next().or_else(|| self.waiting.iter().next())?.0;
        self.next = port.wrapping_add(1);
        let queue = self.waiting.get_mut(&port)?;
        let item = queue.pop_front()?;
        if queue.is_empty() {
            self.waiting.remove(&port);
        }
        Some((port, item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_does_not_keep_another_interface_waiting() {
        let mut queues = Queues::new();
        let refused = (0..10_000).filter(|i| queues.push(5, *i).is_err()).count();
        assert_eq!(refused, 10_000 - LENGTH);
        queues.push(9, -1).unwrap();
        assert_eq!(queues.pop(), Some((5, 0)));
        assert_eq!(queues.pop(), Some((9, -1)));
        assert_eq!(queues.pop(), Some((5, 1)));
    }
}
