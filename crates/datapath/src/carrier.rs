//! When a link carries packets.
//!
//! An end of a veth pair that comes up before the other one has no carrier yet. When it gets one, a worker of the kernel
//! has to see to it, and on a busy machine that takes a while. Until then the device drops what is sent by it and tells
//! the sender nothing. So a link is said to be there only once it carries.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use crate::{FabricError, error::Doing, link::Link};

/// How long the kernel's worker may take.
const PATIENCE: Duration = Duration::from_secs(10);

const LOOK: Duration = Duration::from_millis(1);

/// Waits until the link that `look` finds carries packets. Both ends of it must be up.
pub(crate) fn wait(
    device: &str,
    mut look: impl FnMut() -> Result<Option<Link>, FabricError>,
) -> Result<(), FabricError> {
    let began = Instant::now();
    loop {
        let link = look()?.ok_or_else(|| FabricError::NoInterface(device.into()))?;
        if link.carries {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(io::Error::from(io::ErrorKind::TimedOut))
                .doing(|| format!("wait until the link {device} carries packets"));
        }
        thread::sleep(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_looked_at_until_it_carries() {
        let mut looks = 0;
        let mut look = || {
            looks += 1;
            Ok(Some(Link { up: true, carries: looks == 4, ..Link::default() }))
        };
        wait("a", &mut look).unwrap();
        assert_eq!(looks, 4);
        assert!(matches!(wait("a", || Ok(None)), Err(FabricError::NoInterface(name)) if name == "a"));
    }
}
