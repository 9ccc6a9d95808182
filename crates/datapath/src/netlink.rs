//! A route netlink socket: requests that are acknowledged, and dumps.

use std::{io, path::Path};

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST, NetlinkBuffer, NetlinkHeader,
    NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

use crate::{FabricError, error::Doing, namespace};

/// How a request treats what exists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Change or remove what is there.
    Plain,
    /// Make it; an error if it is there.
    Create,
    /// Make it or put it in the place of what is there.
    Replace,
}

/// A socket to one namespace. It stays with that namespace whichever thread uses it.
pub(crate) struct Netlink {
    socket: Socket,
    sequence: u32,
}

impl Netlink {
    /// Opens a socket inside the namespace bound to `path`.
    pub(crate) fn open(path: &Path) -> Result<Netlink, FabricError> {
        namespace::inside(path, Netlink::here)?
    }

    /// Opens a socket to the namespace of the calling thread.
    pub(crate) fn here() -> Result<Netlink, FabricError> {
        let open = || {
            let mut socket = Socket::new(NETLINK_ROUTE)?;
            socket.bind_auto()?;
            socket.connect(&SocketAddr::new(0, 0))?;
            Ok::<_, io::Error>(socket)
        };
        Ok(Netlink { socket: open().doing(|| "open a netlink socket".into())?, sequence: 0 })
    }

    /// Sends a request and waits for the acknowledgement. `what` completes "the kernel refused to …".
    pub(crate) fn request(
        &mut self,
        message: RouteNetlinkMessage,
        mode: Mode,
        what: impl Fn() -> String,
    ) -> Result<(), FabricError> {
        let flags = NLM_F_REQUEST
            | NLM_F_ACK
            | match mode {
                Mode::Plain => 0,
                Mode::Create => NLM_F_CREATE | NLM_F_EXCL,
                Mode::Replace => NLM_F_CREATE | NLM_F_REPLACE,
            };
        self.exchange(message, flags, &what).map(drop)
    }

    /// One thing.
    pub(crate) fn get(
        &mut self,
        message: RouteNetlinkMessage,
        what: impl Fn() -> String,
    ) -> Result<Vec<RouteNetlinkMessage>, FabricError> {
        self.exchange(message, NLM_F_REQUEST | NLM_F_ACK, &what)
    }

    /// Everything of one kind.
    pub(crate) fn dump(
        &mut self,
        message: RouteNetlinkMessage,
        what: impl Fn() -> String,
    ) -> Result<Vec<RouteNetlinkMessage>, FabricError> {
        self.exchange(message, NLM_F_REQUEST | NLM_F_DUMP, &what)
    }

    fn exchange(
        &mut self,
        message: RouteNetlinkMessage,
        flags: u16,
        what: &dyn Fn() -> String,
    ) -> Result<Vec<RouteNetlinkMessage>, FabricError> {
        let refused = |error| FabricError::Netlink { what: what(), error };
        self.sequence = self.sequence.wrapping_add(1);
        let mut header = NetlinkHeader::default();
        header.flags = flags;
        header.sequence_number = self.sequence;
        let mut request = NetlinkMessage::new(header, NetlinkPayload::from(message));
        request.finalize();
        let mut bytes = vec![0; request.buffer_len()];
        request.serialize(&mut bytes);
        self.socket.send(&bytes, 0).map_err(refused)?;

        let mut answers = Vec::new();
        loop {
            let (datagram, _) = self.socket.recv_from_full().map_err(refused)?;
            let mut rest = &datagram[..];
            while !rest.is_empty() {
                let unreadable = |e: netlink_packet_core::DecodeError| FabricError::NetlinkAnswer {
                    what: what(),
                    detail: e.to_string(),
                };
                let length = NetlinkBuffer::new_checked(rest).map_err(unreadable)?.length() as usize;
                let answer = NetlinkMessage::<RouteNetlinkMessage>::deserialize(rest).map_err(unreadable)?;
                rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
                if answer.header.sequence_number != self.sequence {
                    continue;
                }
                match answer.payload {
                    NetlinkPayload::InnerMessage(m) => answers.push(m),
                    NetlinkPayload::Error(e) => match e.code {
                        None => return Ok(answers),
                        Some(code) => return Err(refused(io::Error::from_raw_os_error(code.get().abs()))),
                    },
                    NetlinkPayload::Done(_) => return Ok(answers),
                    _ => {}
                }
            }
        }
    }
}
