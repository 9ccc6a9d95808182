//! The loop of the slow path.

use std::{
    io::{self, PipeReader},
    os::fd::AsFd,
    sync::Arc,
    time::{Duration, Instant},
};

use croft_engine::{
    DropReason, Ip, Parsed, Tables, Walk, apply,
    packet::F_DONT_FRAGMENT,
    parse,
    punt::{Handling, PUNT_HEADER, PuntHeader},
    tables::{Action, DropEvent, DropKey, Punt},
};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{
    Told,
    answer::{Router, answer},
    cut::cut,
    fragments::Fragments,
    frame::Frame,
    queues::Queues,
};
use crate::{
    FabricError,
    clock::monotonic,
    internet::uplink,
    kernel_tables::KernelTables,
    packet_socket::{OFFLOAD_HEADER, PacketSocket},
    tables::Maps,
};

/// How often the kernel is told that somebody is here.
const BEAT: Duration = Duration::from_millis(250);

/// Packets served before the socket is looked at again.
const SERVED: usize = 64;

/// Packets taken from the socket at a time, if so many are there: all of them, but for a flood that would keep the
/// heartbeat waiting.
const TAKEN: usize = 4096;

/// `VIRTIO_NET_HDR_GSO_UDP_L4`: several datagrams in one frame.
const SEGMENTS_UDP: u8 = 5;

/// What becomes of a fragment.
#[derive(Clone, Copy)]
enum Fate {
    Carry { action: Action, source: Ip },
    Refused { reason: DropReason, gate: u32 },
}

pub(super) struct Worker {
    socket: PacketSocket,
    /// Where the kernel sends.
    punt: u32,
    maps: Arc<Maps>,
    told: Told,
    walk: Box<Walk>,
    fragments: Fragments<Fate>,
    /// What the kernel has handed over, with its reason.
    queues: Queues<(u32, Frame)>,
    beaten: Option<Instant>,
}

impl Worker {
    pub(super) fn new(socket: PacketSocket, punt: u32, maps: Arc<Maps>, told: Told) -> Worker {
        let walk = Box::new(Walk::default());
        let (fragments, queues) = (Fragments::new(), Queues::new());
        Worker { socket, punt, maps, told, walk, fragments, queues, beaten: None }
    }

    /// Tells the kernel that somebody is here.
    pub(super) fn beat(&mut self) -> Result<(), FabricError> {
        self.beaten = Some(Instant::now());
        self.maps.punt.set(&0, &Punt { port: self.punt, pad: 0, heartbeat: monotonic()? })
    }

    /// Runs until the other end of `stop` is closed.
    pub(super) fn run(&mut self, stop: &PipeReader) {
        let mut buffer = vec![0u8; 70_000];
        while !is_closed(stop) {
            if self.beaten.is_none_or(|b| b.elapsed() >= BEAT) {
                if let Err(error) = self.beat() {
                    tracing::warn!(%error, "the slow path cannot write its heartbeat");
                }
                self.give_up();
            }
            let patience = if self.queues.is_empty() { BEAT } else { Duration::ZERO };
            if let Err(error) = self.socket.wait(Some(stop.as_fd()), patience) {
                tracing::warn!(%error, "the slow path cannot wait for packets");
                std::thread::sleep(BEAT);
            }
            self.take(&mut buffer);
            for _ in 0..SERVED {
                let Some((port, (reason, frame))) = self.queues.pop() else { break };
                match DropReason::from_number(reason) {
                    Some(DropReason::Fragment) => self.fragment(port, frame),
                    Some(reason) => self.refused(port, reason, frame),
                    None => self.count(port, DropReason::Internal, 0, &frame),
                }
            }
        }
    }

    /// Takes what waits in the socket, which is one for all, into the queue of each interface: there nobody is in
    /// another's way.
    fn take(&mut self, buffer: &mut [u8]) {
        for _ in 0..TAKEN {
            let Some((header, frame)) = self.receive(buffer) else { break };
            let lost = self.queues.push(header.port, frame.to_send().len(), (header.reason, frame));
            for (port, (reason, frame)) in lost {
                if !is_counted(reason, &frame) {
                    self.count(port, DropReason::RateLimited, 0, &frame);
                }
            }
        }
    }

    /// Counts what nobody waits for any more, and what came faster than it was taken.
    fn give_up(&mut self) {
        for (port, frame) in self.fragments.expire(self.now()) {
            self.count(port, DropReason::Fragment, 0, &frame);
        }
        match self.socket.lost() {
            Ok(lost) => self.told.overload(lost),
            Err(error) => tracing::warn!(%error, "the slow path cannot tell what it has lost"),
        }
    }

    fn receive(&self, buffer: &mut [u8]) -> Option<(PuntHeader, Frame)> {
        loop {
            let received = self.socket.receive(buffer).ok()??;
            let bytes = &buffer[..received.length];
            // Anything else on this link (there should be nothing) is passed over.
            let Some(header) = bytes.get(OFFLOAD_HEADER..).and_then(|b| b.first_chunk::<PUNT_HEADER>()) else {
                continue;
            };
            let Some(header) = PuntHeader::from_bytes(header) else { continue };
            if let Some(frame) = Frame::without_label(bytes, PUNT_HEADER) {
                return Some((header, frame));
            }
        }
    }

    /// Fabric clock, ns.
    fn now(&self) -> u64 {
        let tables = KernelTables::new(&self.maps);
        tables.monotonic().wrapping_add(tables.clock().map_or(0, |c| c.offset))
    }

    fn fragment(&mut self, port: u32, frame: Frame) {
        let now = self.now();
        let mut fragments = std::mem::replace(&mut self.fragments, Fragments::new());
        let arrival = fragments.arrive(port, now, frame, |first| self.judge_first(port, first));
        self.fragments = fragments;
        for (port, frame) in arrival.lost {
            self.count(port, DropReason::Fragment, 0, &frame);
        }
        for (frame, fate) in arrival.decided {
            match fate {
                Fate::Refused { reason, gate } => self.count(port, reason, gate, &frame),
                Fate::Carry { action, source } => match parse(&frame) {
                    Ok(came) => self.carry(port, frame, came, action, source),
                    Err(reason) => self.count(port, reason, 0, &frame),
                },
            }
        }
    }

    /// The fate of a packet by its first fragment. Whether a fragment is too large is seen for each by itself.
    fn judge_first(&mut self, port: u32, first: &Frame) -> Fate {
        let came = match parse(first) {
            Ok(came) => Parsed { size: 0, ..came },
            Err(reason) => return Fate::Refused { reason, gate: 0 },
        };
        let maps = self.maps.clone();
        match self.walk.judge(&KernelTables::new(&maps), came, port) {
            Ok(()) => Fate::Carry { action: self.walk.action, source: self.walk.source_address() },
            Err(reason) => {
                let dont_fragment = came.is(F_DONT_FRAGMENT);
                if reason.handling(dont_fragment) == Handling::Answer {
                    self.tell(port, first, reason, self.walk.action.mtu.into());
                }
                Fate::Refused { reason, gate: self.walk.gate }
            }
        }
    }

    /// A whole packet that the kernel refused.
    fn refused(&mut self, port: u32, reason: DropReason, frame: Frame) {
        let Ok(came) = parse(&frame) else { return };
        if reason != DropReason::TooBig {
            return self.tell(port, &frame, reason, 0);
        }
        let maps = self.maps.clone();
        let tables = KernelTables::new(&maps);
        if came.is(F_DONT_FRAGMENT) {
            // Judged once more, to learn what the path takes. Counted it is already.
            if self.walk.judge(&tables, came, port) == Err(DropReason::TooBig) {
                let mtu = self.walk.action.mtu.into();
                self.tell(port, &frame, reason, mtu);
            }
            return;
        }
        if frame.segment_kind() == SEGMENTS_UDP {
            // Several datagrams that only the sender's own kernel can tell apart.
            return self.count(port, reason, 0, &frame);
        }
        match self.walk.judge(&tables, Parsed { size: 0, ..came }, port) {
            Ok(()) => {
                let (action, source) = (self.walk.action, self.walk.source_address());
                self.carry(port, frame, came, action, source);
            }
            Err(reason) => self.count(port, reason, self.walk.gate, &frame),
        }
    }

    /// Rewrites a packet or fragment and sends it, in parts if it is too large.
    fn carry(&mut self, port: u32, mut frame: Frame, came: Parsed, action: Action, source: Ip) {
        if action.ttl_cost != 0 && came.ttl <= action.ttl_cost {
            self.tell(port, &frame, DropReason::TtlExpired, 0);
            return self.count(port, DropReason::TtlExpired, 0, &frame);
        }
        let too_big = came.length > u32::from(action.mtu);
        if too_big && came.is(F_DONT_FRAGMENT) {
            self.tell(port, &frame, DropReason::TooBig, action.mtu.into());
            return self.count(port, DropReason::TooBig, 0, &frame);
        }
        let original = frame.clone();
        if apply(&mut frame, &came, &action, source).is_none() {
            return self.count(port, DropReason::Malformed, 0, &original);
        }
        let parts = if too_big { cut(&frame, action.mtu.into()) } else { Some(vec![frame]) };
        for part in parts.into_iter().flatten() {
            if let Err(error) = self.socket.send(action.port, part.to_send()) {
                self.count(port, unsent(&error), 0, &part);
            }
        }
    }

    /// Tells the sender at `port` why.
    fn tell(&self, port: u32, frame: &Frame, reason: DropReason, mtu: u32) {
        let told = self.router(port).and_then(|router| answer(frame, reason, mtu, router));
        if let Some(told) = told {
            // An answer that cannot be sent has nobody to go to.
            let _ = self.socket.send(port, told.to_send());
        }
    }

    /// Who answers the sender at `port`: the router of its subnet, or the fabric's edge for the internet.
    fn router(&self, port: u32) -> Option<Router> {
        let tables = KernelTables::new(&self.maps);
        if let Some(up) = tables.uplink().filter(|u| u.port == port) {
            return Some(Router { address: uplink::ROUTER, mac: up.router_mac, sender_mac: up.mac });
        }
        let interface = tables.interface(port)?;
        let subnet = tables.subnet(interface.subnet)?;
        let address = subnet.network.as_v4()?.wrapping_add(1).into();
        Some(Router { address, mac: interface.router_mac, sender_mac: interface.mac })
    }

    fn count(&self, port: u32, reason: DropReason, gate: u32, frame: &Frame) {
        let event = DropEvent {
            time: self.now(),
            key: DropKey { reason: reason as u32, node: gate, port },
            length: frame.ethernet().len() as u32,
            tuple: parse(frame).map(|p| p.tuple).unwrap_or_default(),
        };
        self.told.drop(event);
    }
}

/// The kernel has counted what is only to be answered: if that comes to nothing, its sender is not told.
fn is_counted(reason: u32, frame: &Frame) -> bool {
    let dont_fragment = parse(frame).is_ok_and(|came| came.is(F_DONT_FRAGMENT));
    DropReason::from_number(reason).is_some_and(|reason| reason.handling(dont_fragment) == Handling::Answer)
}

/// Why a frame could not be sent.
fn unsent(error: &io::Error) -> DropReason {
    match error.raw_os_error() {
        // Its interface has gone, or down, since it was judged.
        Some(libc::ENXIO | libc::ENODEV | libc::ENETDOWN) => DropReason::NoInterface,
        // Larger than the device takes: its MTU has changed since.
        Some(libc::EMSGSIZE) => DropReason::TooBig,
        // What was sent before has not been taken yet, or there is no memory.
        Some(libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM) => DropReason::Overload,
        // An offload header that contradicts its frame.
        Some(libc::EINVAL) => DropReason::Malformed,
        _ => DropReason::Internal,
    }
}

fn is_closed(pipe: &PipeReader) -> bool {
    let mut fds = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::ZERO).is_ok() && fds[0].any() == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_sent_is_counted_by_its_reason() {
        for (number, reason) in [
            (libc::ENXIO, DropReason::NoInterface),
            (libc::ENETDOWN, DropReason::NoInterface),
            (libc::EMSGSIZE, DropReason::TooBig),
            (libc::EAGAIN, DropReason::Overload),
            (libc::ENOBUFS, DropReason::Overload),
            (libc::EINVAL, DropReason::Malformed),
            (libc::EPERM, DropReason::Internal),
        ] {
            assert_eq!(unsent(&io::Error::from_raw_os_error(number)), reason);
        }
    }

    #[test]
    fn what_the_kernel_has_counted_is_not_counted_again() {
        let packet = |word: u16| {
            let mut frame = vec![0; 14 + 28];
            frame[12] = 8;
            frame[14] = 0x45;
            frame[17] = 28;
            frame[20..22].copy_from_slice(&word.to_be_bytes());
            (frame[22], frame[23], frame[39]) = (64, croft_engine::tables::UDP, 8);
            Frame::plain(&frame)
        };
        const DONT_FRAGMENT: u16 = 0x4000;
        for (reason, word, counted) in [
            (DropReason::TooBig, DONT_FRAGMENT, true),
            (DropReason::TooBig, 0, false),
            (DropReason::NoService, 0, true),
            (DropReason::Fragment, 0x2000, false),
        ] {
            assert_eq!(is_counted(reason as u32, &packet(word)), counted, "{reason:?} {word:x}");
        }
    }
}
