//! The bpf system call: what Croft needs of it beside loading a program (which needs an ELF loader).
//!
//! Everything here goes by pins and file descriptors, so a daemon that adopts a running fabric reads no object file.

mod map;
mod mapped;
mod plain;

use std::{
    ffi::CString,
    io,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
};

pub use map::{Map, MapKind};
pub use mapped::Mapped;
pub use plain::{Plain, Prefix};

use crate::FabricError;

const MAP_LOOKUP: u32 = 1;
const MAP_UPDATE: u32 = 2;
const MAP_DELETE: u32 = 3;
const MAP_NEXT_KEY: u32 = 4;
const OBJ_PIN: u32 = 6;
const OBJ_GET: u32 = 7;
const OBJ_INFO: u32 = 15;
const MAP_LOOKUP_BATCH: u32 = 24;
const MAP_UPDATE_BATCH: u32 = 26;
const MAP_DELETE_BATCH: u32 = 27;
const LINK_CREATE: u32 = 28;
const LINK_UPDATE: u32 = 29;
const TCX_INGRESS: u32 = 46;

/// The call itself. `attr` is one of the `repr(C)` structures below, whose tail the kernel takes as zero.
fn bpf<T>(command: u32, attr: &mut T) -> io::Result<i32> {
    // SAFETY: the kernel reads (and for some commands writes) size_of::<T>() bytes of `attr`; the pointers within are
    // kept alive by the callers, which borrow what they point to for the length of the call.
    let result = unsafe { libc::syscall(libc::SYS_bpf, command, std::ptr::from_mut(attr), size_of::<T>()) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result as i32) }
}

fn path_argument(path: &Path) -> Result<CString, FabricError> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| FabricError::Invalid {
        what: "path",
        value: path.display().to_string(),
        why: "it holds a zero byte",
    })
}

#[repr(C)]
#[derive(Default)]
struct ObjectAttr {
    path: u64,
    fd: u32,
    flags: u32,
}

/// Pins a map, program or link.
pub fn pin(object: &impl AsFd, path: &Path) -> Result<(), FabricError> {
    let text = path_argument(path)?;
    let mut attr = ObjectAttr { path: text.as_ptr() as u64, fd: object.as_fd().as_raw_fd() as u32, flags: 0 };
    bpf(OBJ_PIN, &mut attr).map(drop).map_err(|error| failed("OBJ_PIN", path, error))
}

/// Opens what is pinned at `path`.
pub fn open_pin(path: &Path) -> Result<OwnedFd, FabricError> {
    let text = path_argument(path)?;
    let mut attr = ObjectAttr { path: text.as_ptr() as u64, ..ObjectAttr::default() };
    let fd = bpf(OBJ_GET, &mut attr).map_err(|error| failed("OBJ_GET", path, error))?;
    // SAFETY: the kernel has just handed out this descriptor; nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Attaches a program to the ingress of a device of the *calling thread's* namespace. The attachment lives as long as
/// the link: pin it.
pub fn attach_tcx_ingress(program: &impl AsFd, device: u32) -> Result<OwnedFd, FabricError> {
    #[repr(C)]
    #[derive(Default)]
    struct Attr {
        program: u32,
        device: u32,
        attach_type: u32,
        flags: u32,
        relative: u32,
        pad: u32,
        revision: u64,
    }
    let mut attr =
        Attr { program: program.as_fd().as_raw_fd() as u32, device, attach_type: TCX_INGRESS, ..Attr::default() };
    let fd = bpf(LINK_CREATE, &mut attr).map_err(|error| FabricError::Bpf {
        call: "LINK_CREATE",
        object: format!("device {device}"),
        error,
    })?;
    // SAFETY: as above, a fresh descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Puts another program in the place of the one that `link` runs: atomically, no packet passes in between.
pub fn replace_program(link: &impl AsFd, program: &impl AsFd) -> Result<(), FabricError> {
    #[repr(C)]
    #[derive(Default)]
    struct Attr {
        link: u32,
        program: u32,
        flags: u32,
        old: u32,
    }
    let mut attr =
        Attr { link: link.as_fd().as_raw_fd() as u32, program: program.as_fd().as_raw_fd() as u32, ..Attr::default() };
    bpf(LINK_UPDATE, &mut attr).map(drop).map_err(|error| FabricError::Bpf {
        call: "LINK_UPDATE",
        object: "a pinned link".into(),
        error,
    })
}

/// The device that a tcx link is attached to; 0 once the device is gone.
pub fn link_device(link: &impl AsFd) -> Result<u32, FabricError> {
    /// `bpf_link_info` for tcx, with room for what later kernels add.
    #[repr(C)]
    #[derive(Default)]
    struct Info {
        kind: u32,
        id: u32,
        program: u32,
        pad: u32,
        device: u32,
        attach_type: u32,
        rest: [u64; 8],
    }
    let mut info = Info::default();
    object_info(link.as_fd(), &mut info)?;
    Ok(info.device)
}

#[repr(C)]
#[derive(Default)]
struct InfoAttr {
    fd: u32,
    length: u32,
    info: u64,
}

fn object_info<T>(object: BorrowedFd<'_>, info: &mut T) -> Result<(), FabricError> {
    let mut attr = InfoAttr {
        fd: object.as_raw_fd() as u32,
        length: size_of::<T>() as u32,
        info: std::ptr::from_mut(info) as u64,
    };
    bpf(OBJ_INFO, &mut attr).map(drop).map_err(|error| FabricError::Bpf {
        call: "OBJ_GET_INFO_BY_FD",
        object: "a descriptor".into(),
        error,
    })
}

fn failed(call: &'static str, path: &Path, error: io::Error) -> FabricError {
    FabricError::Bpf { call, object: path.display().to_string(), error }
}

/// What a map says of itself.
#[repr(C)]
#[derive(Default, Clone, Copy)]
pub(crate) struct MapInfo {
    pub(crate) kind: u32,
    pub(crate) id: u32,
    pub(crate) key_size: u32,
    pub(crate) value_size: u32,
    pub(crate) max_entries: u32,
    pub(crate) flags: u32,
}

pub(crate) fn map_info(map: &impl AsFd) -> Result<MapInfo, FabricError> {
    // The kernel fills as much as fits and takes no offence at less.
    let mut info = MapInfo::default();
    object_info(map.as_fd(), &mut info)?;
    Ok(info)
}
