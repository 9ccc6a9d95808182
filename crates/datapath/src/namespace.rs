//! Network namespaces: made by a thread that is thrown away, kept alive by a bind mount, entered by another such
//! thread. The calling thread never changes its namespace, so nothing of Croft can leak into the machine's own.

use std::{
    fs,
    fs::File,
    path::{Path, PathBuf},
    thread,
};

use nix::sched::{CloneFlags, setns, unshare};

use crate::{FabricError, error::Doing, mount};

/// Runs `work` on a thread of its own that is inside the network namespace bound to `path`.
pub(crate) fn inside<T: Send>(path: &Path, work: impl FnOnce() -> T + Send) -> Result<T, FabricError> {
    let file = File::open(path).doing(|| format!("open the namespace {}", path.display()))?;
    let joined = thread::scope(|s| {
        thread::Builder::new()
            .name("croft-ns".into())
            .spawn_scoped(s, || {
                setns(&file, CloneFlags::CLONE_NEWNET).doing(|| format!("enter the namespace {}", path.display()))?;
                Ok(work())
            })
            .map(|h| h.join())
    });
    match joined.doing(|| "start a thread".into())? {
        Ok(result) => result,
        Err(_) => Err(FabricError::Panicked(path.to_path_buf())),
    }
}

/// Makes a network namespace, sets `sysctls` in it (see [`set_sysctl`]) and binds it to `path`. The bind comes last, so
/// what is bound is complete.
pub(crate) fn create(path: &Path, sysctls: &[(&str, &str)]) -> Result<(), FabricError> {
    let joined = thread::scope(|s| {
        thread::Builder::new()
            .name("croft-ns".into())
            .spawn_scoped(s, || {
                unshare(CloneFlags::CLONE_NEWNET).doing(|| "make a network namespace".into())?;
                for (name, value) in sysctls {
                    set_sysctl(name, value)?;
                }
                mount::bind(Path::new("/proc/thread-self/ns/net"), path)
            })
            .map(|h| h.join())
    });
    match joined.doing(|| "start a thread".into())? {
        Ok(result) => result,
        Err(_) => Err(FabricError::Panicked(path.to_path_buf())),
    }
}

/// Lets go of the namespace; it ends with the last process in it.
pub(crate) fn remove(path: &Path) -> Result<(), FabricError> {
    mount::detach(path)?;
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e).doing(|| format!("remove {}", path.display())),
        _ => Ok(()),
    }
}

/// Sets one of the *namespace's own* sysctls (everything under `net` that the kernel keeps per namespace), in the
/// namespace of the calling thread. A name that this kernel does not have (IPv6 left out, say) is passed over.
pub(crate) fn set_sysctl(name: &str, value: &str) -> Result<(), FabricError> {
    let path = PathBuf::from(format!("/proc/sys/net/{name}"));
    match fs::write(&path, value) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e).doing(|| format!("set the sysctl net/{name}")),
        _ => Ok(()),
    }
}

/// Of every namespace that Croft makes: no IPv6 yet (row NET-13), nothing forwarded by the kernel's own router.
pub(crate) const SYSCTLS: &[(&str, &str)] =
    &[("ipv6/conf/all/disable_ipv6", "1"), ("ipv6/conf/default/disable_ipv6", "1"), ("ipv4/ip_forward", "0")];
