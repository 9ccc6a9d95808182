//! A map of the kernel with typed keys and values.

use std::{
    io,
    marker::PhantomData,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    path::Path,
};

use super::{
    MAP_DELETE, MAP_DELETE_BATCH, MAP_LOOKUP, MAP_LOOKUP_BATCH, MAP_NEXT_KEY, MAP_UPDATE, MAP_UPDATE_BATCH, MapInfo,
    Plain, bpf, map_info, open_pin,
};
use crate::FabricError;

/// Elements handed to the kernel in one call.
const BATCH: usize = 4096;

/// What kind of map, where that changes how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    Hash,
    Array,
    PerCpuHash,
    PerCpuArray,
    LongestPrefix,
    RingBuffer,
    Other(u32),
}

/// Insert or update, insert only, update only.
const ANY: u64 = 0;
const NO_EXIST: u64 = 1;
const EXIST: u64 = 2;

/// A map with keys `K` and values `V`.
#[derive(Debug)]
pub struct Map<K, V> {
    fd: OwnedFd,
    name: &'static str,
    info: MapInfo,
    types: PhantomData<fn(K) -> V>,
}

impl std::fmt::Debug for MapInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "kind {} {}→{} max {}", self.kind, self.key_size, self.value_size, self.max_entries)
    }
}

#[repr(C)]
#[derive(Default)]
struct ElementAttr {
    fd: u32,
    pad: u32,
    key: u64,
    /// The value, or the next key.
    value: u64,
    flags: u64,
}

#[repr(C)]
#[derive(Default)]
struct BatchAttr {
    from: u64,
    to: u64,
    keys: u64,
    values: u64,
    count: u32,
    fd: u32,
    element_flags: u64,
    flags: u64,
}

impl<K: Plain, V: Plain> Map<K, V> {
    /// Opens the map pinned at `path`; an error if its keys or values have another size.
    pub fn open(path: &Path, name: &'static str) -> Result<Map<K, V>, FabricError> {
        let fd = open_pin(path)?;
        let info = map_info(&fd)?;
        if (info.key_size as usize, info.value_size as usize) != (size_of::<K>(), size_of::<V>()) {
            return Err(FabricError::TableShape {
                table: name.into(),
                key: info.key_size,
                value: info.value_size,
                expected_key: size_of::<K>(),
                expected_value: size_of::<V>(),
            });
        }
        Ok(Map { fd, name, info, types: PhantomData })
    }

    /// How many elements it can hold.
    pub fn capacity(&self) -> u32 {
        self.info.max_entries
    }

    pub fn kind(&self) -> MapKind {
        match self.info.kind {
            1 => MapKind::Hash,
            2 => MapKind::Array,
            5 | 10 => MapKind::PerCpuHash,
            6 => MapKind::PerCpuArray,
            11 => MapKind::LongestPrefix,
            27 => MapKind::RingBuffer,
            other => MapKind::Other(other),
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Result<Option<V>, FabricError> {
        let mut value = V::zeroed();
        let mut attr = self.element(key, std::ptr::from_mut(&mut value) as u64, 0);
        absent(bpf(MAP_LOOKUP, &mut attr).map(|_| value)).map_err(|e| self.failed("MAP_LOOKUP_ELEM", e))
    }

    /// The values of a key on every possible processor, of a per-CPU map. `processors` is how many there are.
    pub fn get_per_cpu(&self, key: &K, processors: usize) -> Result<Option<Vec<V>>, FabricError> {
        let stride = size_of::<V>().next_multiple_of(8);
        let mut bytes = vec![0u8; stride * processors];
        let mut attr = self.element(key, bytes.as_mut_ptr() as u64, 0);
        let found = absent(bpf(MAP_LOOKUP, &mut attr)).map_err(|e| self.failed("MAP_LOOKUP_ELEM", e))?;
        Ok(found.map(|_| bytes.chunks_exact(stride).filter_map(V::read).collect()))
    }

    /// Inserts or replaces.
    pub fn set(&self, key: &K, value: &V) -> Result<(), FabricError> {
        self.put(key, value, ANY).map_err(|e| self.failed("MAP_UPDATE_ELEM", e))
    }

    /// Replaces the value of a key that is there; says whether it was.
    pub fn replace(&self, key: &K, value: &V) -> Result<bool, FabricError> {
        let done = absent(self.put(key, value, EXIST)).map_err(|e| self.failed("MAP_UPDATE_ELEM", e))?;
        Ok(done.is_some())
    }

    /// Inserts unless the key is there; says whether it did. A full map did not.
    pub fn insert_new(&self, key: &K, value: &V) -> Result<bool, FabricError> {
        match self.put(key, value, NO_EXIST) {
            Ok(()) => Ok(true),
            Err(e) if matches!(e.raw_os_error(), Some(libc::EEXIST | libc::E2BIG | libc::ENOMEM)) => Ok(false),
            Err(e) => Err(self.failed("MAP_UPDATE_ELEM", e)),
        }
    }

    /// Removes a key; says whether it was there.
    pub fn remove(&self, key: &K) -> Result<bool, FabricError> {
        let mut attr = self.element(key, 0, 0);
        let gone = absent(bpf(MAP_DELETE, &mut attr)).map_err(|e| self.failed("MAP_DELETE_ELEM", e))?;
        Ok(gone.is_some())
    }

    /// All keys, one call each. Of a map that changes meanwhile some may be missed or come twice.
    pub fn keys(&self) -> Result<Vec<K>, FabricError> {
        let mut keys = Vec::new();
        let mut next = K::zeroed();
        let mut last: Option<K> = None;
        // A key that is removed while one stands on it starts the walk anew: bounded by the map's size.
        while keys.len() <= self.info.max_entries as usize {
            let mut attr = ElementAttr {
                fd: self.fd.as_raw_fd() as u32,
                key: last.as_ref().map_or(0, |k| std::ptr::from_ref(k) as u64),
                value: std::ptr::from_mut(&mut next) as u64,
                ..ElementAttr::default()
            };
            let more = absent(bpf(MAP_NEXT_KEY, &mut attr)).map_err(|e| self.failed("MAP_GET_NEXT_KEY", e))?;
            if more.is_none() {
                break;
            }
            keys.push(next);
            last = Some(next);
        }
        Ok(keys)
    }

    /// Everything in the map, thousands at a time.
    pub fn entries(&self) -> Result<Vec<(K, V)>, FabricError> {
        let mut all = Vec::new();
        self.for_each(|k, v| all.push((*k, *v)))?;
        Ok(all)
    }

    /// Calls `f` for every element. Hash tables are read in batches of thousands, longest-prefix tables one by one
    /// (theirs is a batch in name only, and stops short where a key is removed meanwhile).
    pub fn for_each(&self, mut f: impl FnMut(&K, &V)) -> Result<(), FabricError> {
        if self.kind() != MapKind::Hash {
            for key in self.keys()? {
                if let Some(value) = self.get(&key)? {
                    f(&key, &value);
                }
            }
            return Ok(());
        }
        let mut size = BATCH;
        let mut keys = vec![K::zeroed(); size];
        let mut values = vec![V::zeroed(); size];
        let (mut here, mut next) = (0u64, 0u64);
        let mut first = true;
        loop {
            let mut attr = BatchAttr {
                from: if first { 0 } else { std::ptr::from_ref(&here) as u64 },
                to: std::ptr::from_mut(&mut next) as u64,
                keys: keys.as_mut_ptr() as u64,
                values: values.as_mut_ptr() as u64,
                count: size as u32,
                fd: self.fd.as_raw_fd() as u32,
                ..BatchAttr::default()
            };
            let done = match bpf(MAP_LOOKUP_BATCH, &mut attr) {
                Ok(_) => false,
                Err(e) if e.raw_os_error() == Some(libc::ENOENT) => true,
                // One bucket holds more than the buffer: a larger one, from the same place.
                Err(e) if e.raw_os_error() == Some(libc::ENOSPC) => {
                    size *= 2;
                    keys.resize(size, K::zeroed());
                    values.resize(size, V::zeroed());
                    continue;
                }
                Err(e) => return Err(self.failed("MAP_LOOKUP_BATCH", e)),
            };
            let count = (attr.count as usize).min(size);
            keys[..count].iter().zip(&values[..count]).for_each(|(k, v)| f(k, v));
            if done {
                return Ok(());
            }
            here = next;
            first = false;
        }
    }

    /// Inserts or replaces many.
    pub fn set_all(&self, keys: &[K], values: &[V]) -> Result<(), FabricError> {
        for (keys, values) in keys.chunks(BATCH).zip(values.chunks(BATCH)) {
            if let ([key], [value]) = (keys, values) {
                self.set(key, value)?;
                continue;
            }
            let mut attr = BatchAttr {
                keys: keys.as_ptr() as u64,
                values: values.as_ptr() as u64,
                count: keys.len().min(values.len()) as u32,
                fd: self.fd.as_raw_fd() as u32,
                ..BatchAttr::default()
            };
            bpf(MAP_UPDATE_BATCH, &mut attr).map_err(|e| self.failed("MAP_UPDATE_BATCH", e))?;
        }
        Ok(())
    }

    /// Removes many; keys that are not there are no error. Says how many were there.
    pub fn remove_all(&self, keys: &[K]) -> Result<usize, FabricError> {
        let mut gone = 0;
        let mut rest = keys;
        while !rest.is_empty() {
            let chunk = &rest[..rest.len().min(BATCH)];
            let mut attr = BatchAttr {
                keys: chunk.as_ptr() as u64,
                count: chunk.len() as u32,
                fd: self.fd.as_raw_fd() as u32,
                ..BatchAttr::default()
            };
            let done = match bpf(MAP_DELETE_BATCH, &mut attr) {
                Ok(_) => chunk.len(),
                // The call stops at a key that somebody else has removed: step over it.
                Err(e) if e.raw_os_error() == Some(libc::ENOENT) => {
                    let count = (attr.count as usize).min(chunk.len() - 1);
                    gone += count;
                    rest = &rest[count + 1..];
                    continue;
                }
                Err(e) => return Err(self.failed("MAP_DELETE_BATCH", e)),
            };
            gone += done;
            rest = &rest[done..];
        }
        Ok(gone)
    }

    fn element(&self, key: &K, value: u64, flags: u64) -> ElementAttr {
        ElementAttr { fd: self.fd.as_raw_fd() as u32, pad: 0, key: std::ptr::from_ref(key) as u64, value, flags }
    }

    fn put(&self, key: &K, value: &V, flags: u64) -> io::Result<()> {
        let mut attr = self.element(key, std::ptr::from_ref(value) as u64, flags);
        bpf(MAP_UPDATE, &mut attr).map(drop)
    }

    fn failed(&self, call: &'static str, error: io::Error) -> FabricError {
        FabricError::Bpf { call, object: format!("the map {}", self.name), error }
    }
}

impl<K, V> AsFd for Map<K, V> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn absent<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(v) => Ok(Some(v)),
        Err(e) if e.raw_os_error() == Some(libc::ENOENT) => Ok(None),
        Err(e) => Err(e),
    }
}
