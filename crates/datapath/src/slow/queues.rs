//! A queue for each interface, served in turn: who floods waits for themselves.

use std::collections::{BTreeMap, VecDeque};

/// Packets of one interface that wait, and their bytes.
const LENGTH: usize = 512;
const SHARE: usize = 4 << 20;
/// Bytes of all interfaces together.
const TOTAL: usize = 64 << 20;

pub(crate) struct Queues<T> {
    waiting: BTreeMap<u32, Queue<T>>,
    bytes: usize,
    /// Who is served next: the first port from here on.
    next: u32,
}

struct Queue<T> {
    items: VecDeque<(usize, T)>,
    bytes: usize,
}

impl<T> Queues<T> {
    pub(crate) fn new() -> Queues<T> {
        Queues { waiting: BTreeMap::new(), bytes: 0, next: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Adds an item of so many bytes, and gives back what there is no room for, with its port: the item itself where its
    /// interface has its share already; where all together have too much, the last ones of who has most.
    pub(crate) fn push(&mut self, port: u32, bytes: usize, item: T) -> Vec<(u32, T)> {
        let queue = self.waiting.entry(port).or_insert_with(|| Queue { items: VecDeque::new(), bytes: 0 });
        // An item that is alone is taken, however large it is.
        if queue.items.len() == LENGTH || (queue.bytes > 0 && queue.bytes + bytes > SHARE) {
            return vec![(port, item)];
        }
        queue.items.push_back((bytes, item));
        queue.bytes += bytes;
        self.bytes += bytes;
        let mut lost = Vec::new();
        while self.bytes > TOTAL {
            let Some(most) = self.waiting.iter().max_by_key(|(_, q)| q.bytes).map(|(port, _)| *port) else { break };
            lost.extend(self.take(most, VecDeque::pop_back).map(|item| (most, item)));
        }
        lost
    }

    /// The next item, one of each interface in turn.
    pub(crate) fn pop(&mut self) -> Option<(u32, T)> {
        let port = *self.waiting.range(self.next..).next().or_else(|| self.waiting.iter().next())?.0;
        self.next = port.wrapping_add(1);
        self.take(port, VecDeque::pop_front).map(|item| (port, item))
    }

    fn take(&mut self, port: u32, end: impl FnOnce(&mut VecDeque<(usize, T)>) -> Option<(usize, T)>) -> Option<T> {
        let queue = self.waiting.get_mut(&port)?;
        let taken = end(&mut queue.items);
        let bytes = taken.as_ref().map_or(0, |(bytes, _)| *bytes);
        queue.bytes -= bytes;
        self.bytes -= bytes;
        if queue.items.is_empty() {
            self.waiting.remove(&port);
        }
        taken.map(|(_, item)| item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_does_not_keep_another_interface_waiting() {
        let mut queues = Queues::new();
        let refused = (0..10_000).filter(|i| !queues.push(5, 100, *i).is_empty()).count();
        assert_eq!(refused, 10_000 - LENGTH);
        assert_eq!(queues.push(9, 100, -1), []);
        assert_eq!(queues.pop(), Some((5, 0)));
        assert_eq!(queues.pop(), Some((9, -1)));
        assert_eq!(queues.pop(), Some((5, 1)));
    }

    #[test]
    fn large_packets_take_no_more_than_the_interfaces_share_of_bytes() {
        let mut queues = Queues::new();
        let taken = (0..1000).filter(|i| queues.push(5, 65_000, *i).is_empty()).count();
        assert_eq!(taken, SHARE / 65_000);
        assert_eq!(queues.push(9, 65_000, -1), []);
        let mut alone = Queues::new();
        assert_eq!(alone.push(5, SHARE + 1, 0), []);
    }

    #[test]
    fn where_all_have_too_much_who_has_most_loses() {
        let mut queues = Queues::new();
        let half = SHARE / 2;
        for port in 1..=15 {
            assert!(queues.push(port, half, port).is_empty() && queues.push(port, half, port + 100).is_empty());
        }
        assert_eq!(queues.push(16, half, 0), []);
        assert_eq!(queues.push(17, half, 1), []);
        // Nothing is left, and port 18 has less than others.
        let lost = queues.push(18, 10, 2);
        assert_eq!(lost, [(15, 115)]);
        let mut served = 0;
        while queues.pop().is_some() {
            served += 1;
        }
        assert_eq!((served, queues.bytes), (15 * 2 + 3 - 1, 0));
        assert!(queues.is_empty());
    }
}
