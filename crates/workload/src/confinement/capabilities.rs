//! The powers of root that are left inside.

use crate::{Error, error::During};
use std::io;

/// What a service needs: own its files, change its user, end its children, listen below port 1024, send raw packets
/// (its interface judges them like any other). Not here, on purpose: SYS_ADMIN, BPF, PERFMON, NET_ADMIN, MKNOD,
/// SYS_MODULE, SYS_PTRACE, SYS_RAWIO, SYS_BOOT, SYS_TIME, SYS_CHROOT, DAC_READ_SEARCH, SETPCAP, SETFCAP, AUDIT_WRITE.
const KEPT: [u32; 9] = [
    0,  // CHOWN
    1,  // DAC_OVERRIDE
    3,  // FOWNER
    4,  // FSETID
    5,  // KILL
    6,  // SETGID
    7,  // SETUID
    10, // NET_BIND_SERVICE
    13, // NET_RAW
];

/// `_LINUX_CAPABILITY_VERSION_3`.
const VERSION: u32 = 0x2008_0522;

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Sets {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// Keeps [`KEPT`] in the bounding, permitted and effective sets; empties the inheritable and ambient sets.
pub(super) fn reduce() -> Result<(), Error> {
    // The kernel says EINVAL at the first number it does not know.
    for capability in (0..64).filter(|capability| !KEPT.contains(capability)) {
        // SAFETY: prctl with integers.
        if unsafe { libc::prctl(libc::PR_CAPBSET_DROP, libc::c_ulong::from(capability), 0, 0, 0) } != 0 {
            let error = io::Error::last_os_error();
            if error.raw_os_error() == Some(libc::EINVAL) && capability > 40 {
                break;
            }
            return Err(error).during(|| format!("drop capability {capability}"));
        }
    }
    // SAFETY: prctl with integers.
    if unsafe { libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) } != 0 {
        return Err(io::Error::last_os_error()).during(|| "clear the ambient capabilities".into());
    }
    let kept = KEPT.iter().fold(0, |set, capability| set | 1u32 << capability);
    let header = Header { version: VERSION, pid: 0 };
    // Two words a set: capabilities 0–31 and 32–63.
    let sets = [Sets { effective: kept, permitted: kept, inheritable: 0 }, Sets::default()];
    // SAFETY: both structures have the kernel's layout for this version and outlive the call.
    let set = unsafe { libc::syscall(libc::SYS_capset, &header as *const Header, sets.as_ptr()) };
    if set != 0 {
        return Err(io::Error::last_os_error()).during(|| "reduce the capabilities".into());
    }
    // SAFETY: prctl with integers.
    match unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()).during(|| "set no_new_privs".into()),
    }
}
