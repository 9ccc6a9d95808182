//! What every process of an instance gives up before it runs anything: pid 1 and each `exec` alike.

mod capabilities;
mod system_calls;

use crate::{Error, error::During};
use nix::{
    sys::{
        resource::{Resource, getrlimit, setrlimit},
        signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask},
    },
    unistd::setgroups,
};
use std::{fs, io};

/// Confines the calling process for good. It must have one thread, and be where it shall be: after this it can enter
/// no namespace, mount nothing and gain nothing by executing a file.
pub(crate) fn confine() -> Result<(), Error> {
    // Not readable by what runs inside, not even while it still has more rights than that.
    nix::sys::prctl::set_dumpable(false).during(|| "set the process undumpable".into())?;
    setrlimit(Resource::RLIMIT_CORE, 0, 0).during(|| "forbid core files".into())?;
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).during(|| "read the limit of open files".into())?;
    let most = most.min(65_536);
    setrlimit(Resource::RLIMIT_NOFILE, most.min(1024), most).during(|| "limit open files".into())?;
    killable().during(|| "become killable when memory is short".into())?;
    setgroups(&[]).during(|| "leave all groups".into())?;
    capabilities::reduce()?;
    system_calls::restrict()
}

/// A starter that is exempt from the search for a victim when memory runs out must not pass that on: with nobody to
/// kill, an instance over its limit would stand still.
fn killable() -> io::Result<()> {
    let file = "/proc/self/oom_score_adj";
    let exempt = fs::read_to_string(file)?.trim().starts_with('-');
    if exempt { fs::write(file, "0") } else { Ok(()) }
}

/// Signals as a fresh process expects them: none blocked, none ignored.
pub(crate) fn default_signals() -> Result<(), Error> {
    for signal in Signal::iterator().filter(|signal| ![Signal::SIGKILL, Signal::SIGSTOP].contains(signal)) {
        default_signal(signal)?;
    }
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None).during(|| "unblock signals".into())
}

/// Gives one signal its default disposition back.
pub(crate) fn default_signal(signal: Signal) -> Result<(), Error> {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: the default disposition runs no code of ours.
    unsafe { sigaction(signal, &default) }.map(drop).during(|| format!("reset {signal}"))
}
