//! A real probe: packets that leave one namespace for another, and what became of them.
//!
//! *Open* is proven by the reply that arrives. *Closed* is proven by a drop counter that rises while the probe is
//! under way; time only bounds how long both are waited for. Where nothing listens at the far end the probe brings a
//! listener of its own, so a missing service is never mistaken for a closed path.

pub mod frame;
pub mod icmp;
pub mod socket;
pub mod tcp;
pub mod udp;

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

/// How long a reply or a drop is waited for. Both take well under a millisecond when the machine is idle.
pub const BOUND: Duration = Duration::from_millis(2500);
/// When a datagram or an echo request is sent again: one may be lost to a rate limit or a full queue.
const AGAIN: [Duration; 3] = [Duration::from_millis(200), Duration::from_millis(600), Duration::from_millis(1400)];

/// What a reply gets when the counter rises first, milliseconds.
const GRACE: u8 = 10;

/// One end of a probe: a network namespace, and the address to use in it.
#[derive(Clone, Copy)]
pub struct End<'a> {
    pub place: &'a dyn Place,
    pub address: Ipv4Addr,
    /// The device to use where there are several.
    pub device: Option<&'a str>,
}

/// A network namespace in which sockets can be opened.
pub trait Place: Sync {
    /// Runs `open` on a thread inside the namespace.
    fn inside(&self, open: &mut (dyn FnMut() -> io::Result<()> + Send)) -> io::Result<()>;
}

/// What the drop counters said since the probe began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counters {
    Quiet,
    /// The counter that was predicted rose.
    Expected,
    /// Another counter rose that may be the probe's.
    Other(croft_engine::tables::DropKey),
}

/// What became of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The reply arrived after so long.
    Reply(Duration),
    /// The far end (or a gateway) refused at once: an RST or an ICMP error arrived.
    Refused(Duration),
    /// The predicted drop counter rose.
    Dropped,
    /// No reply, but another counter rose.
    DroppedElsewhere(croft_engine::tables::DropKey),
    /// Neither a reply nor a drop within [`BOUND`].
    Nothing,
}

/// A probe under way: something that is sent and may be answered.
pub trait Attempt {
    /// Sends (again).
    fn send(&mut self) -> io::Result<()>;
    /// Whether sending again makes sense; TCP does so by itself.
    fn repeats(&self) -> bool;
    /// Handles what has arrived at either end; never blocks.
    fn poll(&mut self) -> io::Result<Answer>;
    /// What to wait on.
    fn descriptors(&self) -> Vec<(BorrowedFd<'_>, nix::poll::PollFlags)>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    None,
    Reply,
    Refused,
}

/// Sends, and watches for the reply and for the counters until one of them decides.
pub fn run(attempt: &mut dyn Attempt, mut counters: impl FnMut() -> Counters) -> io::Result<Seen> {
    let began = Instant::now();
    attempt.send()?;
    let mut sent = 0;
    let mut elsewhere = None;
    loop {
        match attempt.poll()? {
            Answer::Reply => return Ok(Seen::Reply(began.elapsed())),
            // Refusals that the fabric itself sends (row NAT-3) are counted as drops just before.
            Answer::Refused => {
                return Ok(match counters() {
                    Counters::Expected => Seen::Dropped,
                    _ => Seen::Refused(began.elapsed()),
                });
            }
            Answer::None => {}
        }
        match counters() {
            Counters::Expected => {
                // A reply that comes as well wins: the counter was another flow's.
                wait(attempt, GRACE)?;
                return Ok(match attempt.poll()? {
                    Answer::Reply => Seen::Reply(began.elapsed()),
                    _ => Seen::Dropped,
                });
            }
            Counters::Other(key) => {
                let since = *elsewhere.get_or_insert_with(Instant::now);
                if since.elapsed() > Duration::from_millis(500) {
                    return Ok(Seen::DroppedElsewhere(key));
                }
            }
            Counters::Quiet => {}
        }
        let passed = began.elapsed();
        if passed > BOUND {
            return Ok(Seen::Nothing);
        }
        if attempt.repeats() && AGAIN.get(sent).is_some_and(|at| passed > *at) {
            attempt.send()?;
            sent += 1;
        }
        wait(attempt, if passed < Duration::from_millis(20) { 1 } else { 5 })?;
    }
}

fn wait(attempt: &dyn Attempt, milliseconds: u8) -> io::Result<()> {
    let watched = attempt.descriptors();
    let mut polled: Vec<_> = watched.iter().map(|(fd, flags)| nix::poll::PollFd::new(*fd, *flags)).collect();
    match nix::poll::poll(&mut polled, milliseconds) {
        Ok(_) | Err(nix::Error::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
