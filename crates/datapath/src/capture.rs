//! Captures of an interface: a pcap file as Wireshark and tcpdump read it.
//!
//! The frames are taken at the workload's end, the one place where all of them pass: what is delivered goes past the
//! host end (`redirect_peer`).

use std::{
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use crate::{
    Fabric, FabricError,
    error::Doing,
    netlink::Netlink,
    packet_socket::{PacketOptions, PacketSocket},
};

/// The largest frame with its Ethernet header.
const FRAME: usize = 65_550;

/// How often `stop` is looked at.
const PATIENCE: Duration = Duration::from_millis(50);

impl Fabric {
    /// Writes what an interface sends and receives to `writer`, as a pcap with times in nanoseconds, until `stop` is
    /// set. Says how many frames. Large frames and unfinished checksums appear as the kernel hands them over.
    pub fn capture(&self, name: &str, mut writer: impl Write, stop: &AtomicBool) -> Result<u64, FabricError> {
        let attachment = self.attachment(name)?;
        let path = self.dir().namespace(&attachment.namespace)?;
        let device =
            Netlink::open(&path)?.link(&attachment.device)?.ok_or_else(|| FabricError::NoInterface(name.into()))?;
        let options = PacketOptions { timestamps: true, buffer: 8 << 20, ..PacketOptions::default() };
        let socket = PacketSocket::open(&path, device.index, options)?;
        let doing = || format!("capture {name}");
        writer.write_all(&file_header()).and_then(|()| writer.flush()).doing(doing)?;
        let mut buffer = vec![0u8; FRAME];
        let mut frames = 0;
        loop {
            // Looked at first: what came before it was set is written.
            let last = stop.load(Ordering::Relaxed);
            socket.wait(None, if last { Duration::ZERO } else { PATIENCE }).doing(doing)?;
            while let Some(frame) = socket.receive(&mut buffer).doing(doing)? {
                let header = frame_header(frame.time, frame.length, frame.original);
                writer.write_all(&header).and_then(|()| writer.write_all(&buffer[..frame.length])).doing(doing)?;
                frames += 1;
            }
            writer.flush().doing(doing)?;
            if last {
                return Ok(frames);
            }
        }
    }
}

/// Magic number for nanoseconds, version 2.4, time zone and accuracy 0, largest frame, LINKTYPE_ETHERNET.
fn file_header() -> [u8; 24] {
    let mut h = [0; 24];
    h[..4].copy_from_slice(&0xa1b2_3c4du32.to_ne_bytes());
    h[4..6].copy_from_slice(&2u16.to_ne_bytes());
    h[6..8].copy_from_slice(&4u16.to_ne_bytes());
    h[16..20].copy_from_slice(&(FRAME as u32).to_ne_bytes());
    h[20..].copy_from_slice(&1u32.to_ne_bytes());
    h
}

fn frame_header(time: Duration, length: usize, original: usize) -> [u8; 16] {
    let mut h = [0; 16];
    let words = [time.as_secs() as u32, time.subsec_nanos(), length as u32, original as u32];
    for (bytes, word) in h.chunks_exact_mut(4).zip(words) {
        bytes.copy_from_slice(&word.to_ne_bytes());
    }
    h
}
