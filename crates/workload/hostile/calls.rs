//! Ways out by system calls.

use crate::Found;
use libc::{c_long, c_void};
use std::{ffi::CStr, io, ptr};

/// Makes the call. Closed is a refusal of the call as such; an error that speaks of its arguments means it was allowed.
fn refused(number: c_long, args: [usize; 5]) -> Found {
    // SAFETY: every caller passes what the call expects, or values that make it fail.
    let result = unsafe { libc::syscall(number, args[0], args[1], args[2], args[3], args[4]) };
    if result >= 0 {
        return Err(format!("returned {result}"));
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::EPERM | libc::ENOSYS) => Ok(error.to_string()),
        _ => Err(format!("was allowed: {error}")),
    }
}

fn at(text: &CStr) -> usize {
    text.as_ptr() as usize
}

const NOWHERE: usize = usize::MAX;

pub fn ways() -> Vec<(String, Found)> {
    let mut ways: Vec<(String, Found)> = Vec::new();
    let mut way = |name: &str, found: Found| ways.push((name.to_owned(), found));
    // A file system of one's own, or somebody else's.
    let mount = |source: &CStr, target: &CStr, kind: &CStr, flags: libc::c_ulong| {
        refused(libc::SYS_mount, [at(source), at(target), at(kind), flags as usize, 0])
    };
    way("mount tmpfs", mount(c"tmpfs", c"/tmp", c"tmpfs", 0));
    way("mount proc", mount(c"proc", c"/tmp", c"proc", 0));
    way("mount cgroup", mount(c"cgroup", c"/tmp", c"cgroup", 0));
    way("mount cgroup2", mount(c"cgroup2", c"/tmp", c"cgroup2", 0));
    way("mount bpf", mount(c"bpf", c"/tmp", c"bpf", 0));
    way("mount devtmpfs", mount(c"devtmpfs", c"/tmp", c"devtmpfs", 0));
    way("bind mount", mount(c"/usr", c"/tmp", c"", libc::MS_BIND));
    way("remount / writable", mount(c"", c"/", c"", libc::MS_REMOUNT | libc::MS_BIND));
    way("umount", refused(libc::SYS_umount2, [at(c"/proc/sys"), 0, 0, 0, 0]));
    way("fsopen", refused(libc::SYS_fsopen, [at(c"tmpfs"), 0, 0, 0, 0]));
    way("fsconfig", refused(libc::SYS_fsconfig, [NOWHERE, 0, 0, 0, 0]));
    way("fsmount", refused(libc::SYS_fsmount, [NOWHERE, 0, 0, 0, 0]));
    way("fspick", refused(libc::SYS_fspick, [NOWHERE, at(c"/"), 0, 0, 0]));
    way("open_tree", refused(libc::SYS_open_tree, [libc::AT_FDCWD as usize, at(c"/"), 1, 0, 0]));
    way("move_mount", refused(libc::SYS_move_mount, [NOWHERE, at(c"/"), NOWHERE, at(c"/tmp"), 0]));
    way("mount_setattr", refused(libc::SYS_mount_setattr, [NOWHERE, at(c"/"), 0, 0, 0]));
    way("statmount", refused(457, [0, 0, 0, 0, 0]));
    way("pivot_root", refused(libc::SYS_pivot_root, [at(c"/tmp"), at(c"/tmp"), 0, 0, 0]));
    way("chroot", refused(libc::SYS_chroot, [at(c"/tmp"), 0, 0, 0, 0]));
    way("quotactl", refused(libc::SYS_quotactl, [0, at(c"/"), 0, 0, 0]));
    way("swapon", refused(libc::SYS_swapon, [at(c"/nowhere"), 0, 0, 0, 0]));
    way("swapoff", refused(libc::SYS_swapoff, [at(c"/nowhere"), 0, 0, 0, 0]));
    way("acct", refused(libc::SYS_acct, [at(c"/tmp/acct"), 0, 0, 0, 0]));
    way("name_to_handle_at", refused(libc::SYS_name_to_handle_at, [NOWHERE, at(c"/"), 0, 0, 0]));
    way("open_by_handle_at", refused(libc::SYS_open_by_handle_at, [NOWHERE, 0, 0, 0, 0]));
    way("fanotify", refused(libc::SYS_fanotify_init, [0, 0, 0, 0, 0]));
    for (name, kind) in [("mknod /dev/mem", libc::S_IFCHR), ("mknod block device", libc::S_IFBLK)] {
        let device = libc::makedev(1, 1) as usize;
        let path = at(c"/tmp/device");
        way(name, refused(libc::SYS_mknodat, [libc::AT_FDCWD as usize, path, (kind | 0o600) as usize, device, 0]));
    }
    namespaces(&mut way);
    kernel(&mut way);
    sockets(&mut way);
    terminals(&mut way);
    rights(&mut way);
    ways
}

fn namespaces(way: &mut impl FnMut(&str, Found)) {
    let kinds = [
        ("mnt", libc::CLONE_NEWNS),
        ("pid", libc::CLONE_NEWPID),
        ("net", libc::CLONE_NEWNET),
        ("uts", libc::CLONE_NEWUTS),
        ("ipc", libc::CLONE_NEWIPC),
        ("user", libc::CLONE_NEWUSER),
        ("cgroup", libc::CLONE_NEWCGROUP),
        ("time", 0x80),
    ];
    for (name, flag) in kinds {
        way(&format!("unshare {name}"), refused(libc::SYS_unshare, [flag as usize, 0, 0, 0, 0]));
        if name != "time" {
            let flags = (flag | libc::SIGCHLD) as usize;
            way(&format!("clone into a new {name}"), child(|| refused(libc::SYS_clone, [flags, 0, 0, 0, 0])));
        }
        let file = std::fs::File::open(format!("/proc/self/ns/{name}")).expect("the own namespaces are visible");
        let fd = std::os::fd::AsRawFd::as_raw_fd(&file) as usize;
        way(&format!("setns {name}"), refused(libc::SYS_setns, [fd, 0, 0, 0, 0]));
    }
    // struct clone_args begins with the flags.
    let mut args = [0u64; 11];
    args[0] = libc::CLONE_NEWUSER as u64;
    let (args, size) = (args.as_ptr() as usize, size_of_val(&args));
    way("clone3 into a new user", child(|| refused(libc::SYS_clone3, [args, size, 0, 0, 0])));
}

fn kernel(way: &mut impl FnMut(&str, Found)) {
    way("bpf", refused(libc::SYS_bpf, [0, 0, 0, 0, 0]));
    way("bpf object of a pin", refused(libc::SYS_bpf, [7, NOWHERE, 16, 0, 0]));
    way("perf_event_open", refused(libc::SYS_perf_event_open, [0, 0, NOWHERE, NOWHERE, 0]));
    way("init_module", refused(libc::SYS_init_module, [0, 0, 0, 0, 0]));
    way("finit_module", refused(libc::SYS_finit_module, [NOWHERE, 0, 0, 0, 0]));
    way("delete_module", refused(libc::SYS_delete_module, [at(c"no_such_module"), 0, 0, 0, 0]));
    way("kexec_load", refused(libc::SYS_kexec_load, [0, 1, 0, 0, 0]));
    way("kexec_file_load", refused(libc::SYS_kexec_file_load, [NOWHERE, NOWHERE, 0, 0, 0]));
    way("reboot", refused(libc::SYS_reboot, [0, 0, 0, 0, 0]));
    way("settimeofday", refused(libc::SYS_settimeofday, [NOWHERE, 0, 0, 0, 0]));
    way("clock_settime", refused(libc::SYS_clock_settime, [0, NOWHERE, 0, 0, 0]));
    way("clock_adjtime", refused(libc::SYS_clock_adjtime, [0, NOWHERE, 0, 0, 0]));
    way("syslog", refused(libc::SYS_syslog, [10, 0, 0, 0, 0]));
    way("sethostname", refused(libc::SYS_sethostname, [at(c"owned"), 5, 0, 0, 0]));
    way("setdomainname", refused(libc::SYS_setdomainname, [at(c"owned"), 5, 0, 0, 0]));
    way("keyctl", refused(libc::SYS_keyctl, [0, NOWHERE - 2, 0, 0, 0]));
    way("add_key", refused(libc::SYS_add_key, [at(c"user"), at(c"k"), 0, 0, NOWHERE - 2]));
    way("request_key", refused(libc::SYS_request_key, [at(c"user"), at(c"k"), 0, 0, 0]));
    way("userfaultfd", refused(libc::SYS_userfaultfd, [0, 0, 0, 0, 0]));
    way("io_uring_setup", refused(libc::SYS_io_uring_setup, [1, NOWHERE, 0, 0, 0]));
    way("io_uring_enter", refused(libc::SYS_io_uring_enter, [NOWHERE, 0, 0, 0, 0]));
    way("memfd_secret", refused(libc::SYS_memfd_secret, [0, 0, 0, 0, 0]));
    way("personality", refused(libc::SYS_personality, [0x0040_0000, 0, 0, 0, 0]));
    way("ptrace of itself", child(|| refused(libc::SYS_ptrace, [0, 0, 0, 0, 0])));
    way("ptrace of pid 1", refused(libc::SYS_ptrace, [libc::PTRACE_ATTACH as usize, 1, 0, 0, 0]));
    way("process_vm_readv", refused(libc::SYS_process_vm_readv, [1, 0, 0, 0, 0]));
    way("process_vm_writev", refused(libc::SYS_process_vm_writev, [1, 0, 0, 0, 0]));
    way("pidfd_getfd", refused(libc::SYS_pidfd_getfd, [NOWHERE, 0, 0, 0, 0]));
    way("kcmp", refused(libc::SYS_kcmp, [1, 1, 0, 0, 0]));
    way("a call of tomorrow", refused(1000, [0; 5]));
    #[cfg(target_arch = "x86_64")]
    {
        way("iopl", refused(libc::SYS_iopl, [3, 0, 0, 0, 0]));
        way("ioperm", refused(libc::SYS_ioperm, [0x80, 1, 1, 0, 0]));
        way("modify_ldt", refused(libc::SYS_modify_ldt, [0, 0, 0, 0, 0]));
        way("the x32 calls", refused(0x4000_0000 | libc::SYS_getpid, [0; 5]));
        way("the 32-bit calls", child(thirty_two_bit_call));
    }
}

/// getpid by the numbers of the 32-bit ABI, which the filters do not speak: the process must not survive it.
#[cfg(target_arch = "x86_64")]
fn thirty_two_bit_call() -> Found {
    let result: i32;
    // SAFETY: number 20 takes no arguments and touches no memory.
    unsafe { std::arch::asm!("int 0x80", inlateout("eax") 20 => result, options(nostack)) };
    Err(format!("returned {result}"))
}

fn sockets(way: &mut impl FnMut(&str, Found)) {
    let socket = |family: i32, kind: i32, protocol: i32| {
        refused(libc::SYS_socket, [family as usize, kind as usize, protocol as usize, 0, 0])
    };
    way("socket to the hypervisor", socket(libc::AF_VSOCK, libc::SOCK_STREAM, 0));
    way("socket of the kernel's ciphers", socket(libc::AF_ALG, libc::SOCK_SEQPACKET, 0));
    way("bluetooth socket", socket(libc::AF_BLUETOOTH, libc::SOCK_RAW, 0));
    way("express data path socket", socket(libc::AF_XDP, libc::SOCK_RAW, 0));
    way("key management socket", socket(libc::AF_KEY, libc::SOCK_RAW, 2));
    way("audit socket", socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_AUDIT));
    way("netfilter socket", socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_NETFILTER));
    way("module for SCTP", socket(libc::AF_INET, libc::SOCK_SEQPACKET, libc::IPPROTO_SCTP));
    way("module for SCTP streams", socket(libc::AF_INET, libc::SOCK_STREAM, libc::IPPROTO_SCTP));
    way("module for DCCP", socket(libc::AF_INET6, libc::SOCK_DCCP, libc::IPPROTO_DCCP));
}

/// On a controlling terminal of the instance's own, where the kernel itself would allow it.
fn terminals(way: &mut impl FnMut(&str, Found)) {
    // SAFETY: constant path; the descriptors live until the process ends.
    let terminal = unsafe {
        let main = libc::open(c"/dev/ptmx".as_ptr(), libc::O_RDWR | libc::O_NOCTTY);
        assert!(main >= 0 && libc::unlockpt(main) == 0, "an instance has terminals of its own");
        let other = libc::ioctl(main, libc::TIOCGPTPEER, libc::O_RDWR | libc::O_NOCTTY);
        assert!(other >= 0, "and opens their other end");
        other
    };
    let ioctl = |request: usize| {
        child(|| {
            // SAFETY: calls with integers, in a child that leads no session yet.
            let controls = unsafe { libc::setsid() > 0 && libc::ioctl(terminal, libc::TIOCSCTTY, 0) == 0 };
            assert!(controls, "the terminal becomes that of the session");
            refused(libc::SYS_ioctl, [terminal as usize, request, at(c"x"), 0, 0])
        })
    };
    way("typing into a terminal", ioctl(libc::TIOCSTI as usize));
    way("typing with bits the kernel drops", ioctl(libc::TIOCSTI as usize | 1 << 32));
    way("pasting into a terminal", ioctl(0x541c));
}

fn rights(way: &mut impl FnMut(&str, Found)) {
    // Version 3, this process; then two times effective, permitted, inheritable.
    let header = [0x2008_0522u32, 0];
    let everything = [u32::MAX; 6];
    way(
        "all capabilities",
        refused(libc::SYS_capset, [header.as_ptr() as usize, everything.as_ptr() as usize, 0, 0, 0]),
    );
    let drop = libc::PR_CAPBSET_DROP as usize;
    way("capabilities of its set", refused(libc::SYS_prctl, [drop, 40, 0, 0, 0]));
    let core = libc::rlimit { rlim_cur: 1, rlim_max: 1 };
    let limit = &raw const core as usize;
    way("core files", refused(libc::SYS_setrlimit, [libc::RLIMIT_CORE as usize, limit, 0, 0, 0]));
    let status = std::fs::read_to_string("/proc/self/status").expect("the own status is visible");
    let mut field = |name: &str, wanted: &str| {
        let found = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":\t"));
        way(
            &format!("{name} of the process"),
            match found {
                Some(value) if value == wanted => Ok(value.into()),
                other => Err(format!("{other:?} instead of {wanted}")),
            },
        );
    };
    // CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID NET_BIND_SERVICE NET_RAW.
    for name in ["CapPrm", "CapEff", "CapBnd"] {
        field(name, "00000000000024fb");
    }
    for name in ["CapInh", "CapAmb"] {
        field(name, "0000000000000000");
    }
    field("NoNewPrivs", "1");
    field("Seccomp", "2");
}

/// Runs what might end the process, or come back twice, in a child.
fn child(attempt: impl FnOnce() -> Found) -> Found {
    // SAFETY: this process has one thread, and the child leaves by _exit.
    unsafe {
        let page = libc::mmap(ptr::null_mut(), 4096, 3, libc::MAP_SHARED | libc::MAP_ANONYMOUS, -1, 0) as *mut u8;
        let parent = libc::getpid();
        let pid = libc::fork();
        if pid == 0 {
            let own = libc::getpid();
            // A panic in the attempt unwinds no further than here: it is no refusal.
            let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(attempt))
                .unwrap_or_else(|_| Err("the attempt could not be made".into()));
            // A call that was to be refused made a process: that one only says so.
            let open = found.is_err() || libc::getpid() != own || own == parent;
            *page = if open { 2 } else { 1 };
            libc::_exit(0);
        }
        let mut status = 0;
        libc::waitpid(pid, &mut status, 0);
        let found = *page;
        libc::munmap(page as *mut c_void, 4096);
        match (found, libc::WIFSIGNALED(status)) {
            (1, _) => Ok("refused".into()),
            // The filter ends a call by foreign numbers; a kernel without them, one that it does not know at all.
            (_, true) if [libc::SIGSYS, libc::SIGSEGV].contains(&libc::WTERMSIG(status)) => {
                Ok(format!("ended by signal {}", libc::WTERMSIG(status)))
            }
            other => Err(format!("was allowed: {other:?}, status {status}")),
        }
    }
}
