//! An array of the kernel that lies in this process's memory too, so that a word of it can be written and the rest stays
//! what the kernel makes of it; a system call writes whole values.

use std::{
    os::fd::{AsFd, AsRawFd},
    path::Path,
    ptr::NonNull,
    sync::atomic::{AtomicU64, Ordering},
};

use super::{Map, Plain};
use crate::{FabricError, error::Doing};

/// An array with values `V`, made with `BPF_F_MMAPABLE`.
#[derive(Debug)]
pub struct Mapped<V> {
    values: NonNull<V>,
    length: u32,
}

// SAFETY: the memory is everybody's, and only read by copy and written by whole words.
unsafe impl<V: Plain> Send for Mapped<V> {}
// SAFETY: as above.
unsafe impl<V: Plain> Sync for Mapped<V> {}

impl<V: Plain> Mapped<V> {
    /// Opens the map pinned at `path`; an error if its values have another size.
    pub fn open(path: &Path, name: &'static str) -> Result<Mapped<V>, FabricError> {
        const { assert!(size_of::<V>().is_multiple_of(8) && size_of::<V>() > 0, "as the kernel lays values out") };
        let map: Map<u32, V> = Map::open(path, name)?;
        let length = map.capacity();
        // SAFETY: a mapping of its own, where the kernel chooses; the kernel refuses one that is longer than the map.
        let at = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length as usize * size_of::<V>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                map.as_fd().as_raw_fd(),
                0,
            )
        };
        let mapped = if at == libc::MAP_FAILED { Err(std::io::Error::last_os_error()) } else { Ok(at) };
        let at = mapped.doing(|| format!("map {} into memory", path.display()))?;
        let values = NonNull::new(at.cast()).ok_or_else(|| FabricError::Program(format!("{name} is at address 0")))?;
        Ok(Mapped { values, length })
    }

    /// How many values there are.
    pub fn length(&self) -> u32 {
        self.length
    }

    /// A copy of a value. The kernel may be writing it.
    pub fn get(&self, place: u32) -> Option<V> {
        // SAFETY: within the mapping; any bytes are a legal value.
        self.at(place).map(|value| unsafe { value.read_volatile() })
    }

    /// Sets eight bytes of a value to zero, those at `OFFSET`.
    pub fn clear_word<const OFFSET: usize>(&self, place: u32) {
        const { assert!(OFFSET.is_multiple_of(8) && OFFSET + 8 <= size_of::<V>()) };
        if let Some(value) = self.at(place) {
            // SAFETY: within the value; values lie at multiples of eight bytes.
            unsafe { AtomicU64::from_ptr(value.byte_add(OFFSET).cast()) }.store(0, Ordering::Release);
        }
    }

    fn at(&self, place: u32) -> Option<*mut V> {
        // SAFETY: within the mapping.
        (place < self.length).then(|| unsafe { self.values.as_ptr().add(place as usize) })
    }
}

impl<V> Drop for Mapped<V> {
    fn drop(&mut self) {
        // SAFETY: the mapping that `open` made, and nothing refers to it any more.
        unsafe { libc::munmap(self.values.as_ptr().cast(), self.length as usize * size_of::<V>()) };
    }
}
