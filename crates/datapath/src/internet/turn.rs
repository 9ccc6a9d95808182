//! Whose signal is handed on next. A client has one on its way at a time, and a pause from one to the next: who tries
//! secrets, or says the same for ever, takes neither the daemon's time nor another client's turn.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::{Duration, Instant},
};

/// Signals on their way to the daemon at a time.
const AT_A_TIME: usize = 8;

/// From the beginning of one of a client's to that of the next.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Default)]
pub(super) struct Turns {
    /// Until when a client pauses.
    pausing: BTreeMap<IpAddr, Instant>,
}

impl Turns {
    /// Which of those that wait, in their order, go now; `on_their_way`: the clients that have one there already.
    pub(super) fn next(&mut self, on_their_way: &[IpAddr], waiting: &[IpAddr], now: Instant) -> Vec<usize> {
        self.pausing.retain(|_, until| *until > now);
        let busy: BTreeSet<&IpAddr> = on_their_way.iter().collect();
        let free = AT_A_TIME.saturating_sub(on_their_way.len());
        let mut next = Vec::new();
        for (place, client) in waiting.iter().enumerate() {
            if next.len() == free {
                break;
            }
            if !busy.contains(client) && !self.pausing.contains_key(client) {
                self.pausing.insert(*client, now + PAUSE);
                next.push(place);
            }
        }
        next
    }

    /// When the first pause is over.
    pub(super) fn wakes(&self) -> Option<Instant> {
        self.pausing.values().min().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(n: u8) -> IpAddr {
        [198, 18, 0, n].into()
    }

    #[test]
    fn each_client_has_one_on_its_way_and_all_together_a_few() {
        let now = Instant::now();
        let waiting: Vec<IpAddr> = [1, 1, 2, 1, 3].map(client).to_vec();
        assert_eq!(Turns::default().next(&[], &waiting, now), [0, 2, 4]);
        assert_eq!(Turns::default().next(&[client(1), client(3)], &waiting, now), [2]);
        let many: Vec<IpAddr> = (1..=20).map(client).collect();
        assert_eq!(Turns::default().next(&[client(99)], &many, now), (0..AT_A_TIME - 1).collect::<Vec<_>>());
        assert_eq!(Turns::default().next(&many[..AT_A_TIME], &[client(50)], now), [0; 0]);
    }

    #[test]
    fn a_client_pauses_between_its_signals_and_nobody_else_does() {
        let (mut turns, now) = (Turns::default(), Instant::now());
        assert_eq!(turns.wakes(), None);
        assert_eq!(turns.next(&[], &[client(1)], now), [0]);
        assert_eq!(turns.wakes(), Some(now + PAUSE));
        assert_eq!(turns.next(&[], &[client(1), client(2)], now), [1]);
        assert_eq!(turns.next(&[], &[client(1)], now + PAUSE), [0]);
    }
}
