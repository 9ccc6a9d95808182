//! What happens in a world, one after another. Values, so that a row of them can be repeated and cut down.

use crate::edit::Edit;
use std::fmt;

#[derive(Clone)]
pub enum Step {
    Packet {
        port: u32,
        frame: Vec<u8>,
    },
    /// The fabric's clock jumps, nanoseconds.
    Advance(u64),
    Change(Box<Edit>),
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Packet { port, frame } => {
                write!(f, "packet from port {port}: ")?;
                match croft_reference::parse(frame) {
                    Ok(croft_reference::Frame::Packet(p)) => {
                        let error = if p.icmp_error { " error about" } else { "" };
                        let flags = [(p.opens, " SYN"), (p.closes, " FIN/RST"), (p.do_not_fragment, " DF")];
                        let flags: String = flags.iter().filter(|(on, _)| *on).map(|(_, text)| *text).collect();
                        write!(
                            f,
                            "{} → {}{error} {:?}{flags} ttl {} length {}",
                            p.source, p.destination, p.flow, p.ttl, p.length
                        )?;
                    }
                    Ok(croft_reference::Frame::Arp) => write!(f, "ARP")?,
                    Err(reason) => write!(f, "{reason:?}")?,
                }
                if frame.len() <= 120 {
                    write!(f, " [")?;
                    frame.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                    write!(f, "]")?;
                }
                Ok(())
            }
            Step::Advance(by) => write!(f, "clock + {:.3} s", *by as f64 / 1e9),
            Step::Change(edit) => write!(f, "change: {edit:?}"),
        }
    }
}
