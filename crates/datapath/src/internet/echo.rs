//! UDP echo (RFC 862) that answers from the address that was asked, whichever of all addresses that is.

use std::{
    io::{self, IoSlice, IoSliceMut},
    net::UdpSocket,
    os::fd::{AsFd, AsRawFd, BorrowedFd},
};

use nix::{
    cmsg_space,
    sys::socket::{
        ControlMessage, ControlMessageOwned, MsgFlags, SockaddrIn, recvmsg, sendmsg, setsockopt,
        sockopt::Ipv4PacketInfo,
    },
};

/// The port of RFC 862.
pub(super) const PORT: u16 = 7;

/// Datagrams answered before others get their turn.
const BURST: usize = 64;

pub(super) struct Echo {
    socket: UdpSocket,
    buffer: Vec<u8>,
}

impl Echo {
    pub(super) fn bind() -> io::Result<Echo> {
        let socket = UdpSocket::bind(("0.0.0.0", PORT))?;
        socket.set_nonblocking(true)?;
        setsockopt(&socket, Ipv4PacketInfo, &true)?;
        Ok(Echo { socket, buffer: vec![0; 65_536] })
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Answers what has come.
    pub(super) fn serve(&mut self) {
        for _ in 0..BURST {
            if self.serve_one().is_none() {
                return;
            }
        }
    }

    fn serve_one(&mut self) -> Option<()> {
        let fd = self.socket.as_raw_fd();
        let mut space = cmsg_space!(libc::in_pktinfo);
        let (length, client, asked) = {
            let mut buffers = [IoSliceMut::new(&mut self.buffer)];
            let message = recvmsg::<SockaddrIn>(fd, &mut buffers, Some(&mut space), MsgFlags::MSG_DONTWAIT).ok()?;
            let asked = message.cmsgs().ok()?.find_map(|c| match c {
                ControlMessageOwned::Ipv4PacketInfo(info) => Some(info.ipi_addr),
                _ => None,
            })?;
            (message.bytes, message.address?, asked)
        };
        let info = libc::in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: asked, ipi_addr: libc::in_addr { s_addr: 0 } };
        // An answer that cannot be sent is lost, as datagrams may be.
        let _ = sendmsg(
            fd,
            &[IoSlice::new(self.buffer.get(..length)?)],
            &[ControlMessage::Ipv4PacketInfo(&info)],
            MsgFlags::MSG_DONTWAIT,
            Some(&client),
        );
        Some(())
    }
}
