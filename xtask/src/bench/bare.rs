//! The ceiling of any design with tcx and `bpf_redirect_peer`: a program of four instructions that only redirects.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

const BPF_PROG_LOAD: libc::c_long = 5;
const BPF_PROG_TYPE_SCHED_CLS: u32 = 3;
const REDIRECT_PEER: i32 = 155;

#[repr(C)]
struct Instruction {
    code: u8,
    registers: u8,
    offset: i16,
    immediate: i32,
}

#[repr(C)]
#[derive(Default)]
struct ProgramLoad {
    kind: u32,
    count: u32,
    instructions: u64,
    licence: u64,
    log_level: u32,
    log_size: u32,
    log: u64,
    kernel_version: u32,
    flags: u32,
    name: [u8; 16],
    interface: u32,
    attach_type: u32,
}

/// Sends all that it sees to the peer of the interface `to`, an index in the namespace of the interface that it is attached to.
pub fn redirect(to: u32) -> io::Result<OwnedFd> {
    let set = |register: u8, immediate: i32| Instruction { code: 0xb7, registers: register, offset: 0, immediate };
    let program = [
        set(1, to as i32),
        set(2, 0),
        Instruction { code: 0x85, registers: 0, offset: 0, immediate: REDIRECT_PEER },
        Instruction { code: 0x95, registers: 0, offset: 0, immediate: 0 },
    ];
    let load = ProgramLoad {
        kind: BPF_PROG_TYPE_SCHED_CLS,
        count: program.len() as u32,
        instructions: program.as_ptr() as u64,
        licence: c"Dual MIT/GPL".as_ptr() as u64,
        ..ProgramLoad::default()
    };
    bpf(BPF_PROG_LOAD, &load)
}

fn bpf<T>(command: libc::c_long, attributes: &T) -> io::Result<OwnedFd> {
    // SAFETY: `attributes` is a valid, fully initialised bpf_attr prefix of the size that is passed; the pointers in it
    // outlive the call. On success the kernel returns a descriptor that nobody else owns.
    unsafe {
        let fd = libc::syscall(libc::SYS_bpf, command, attributes as *const T, size_of::<T>());
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(fd as RawFd)) }
    }
}
