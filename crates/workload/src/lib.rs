//! What runs behind an interface: a process tree that believes it is a machine.
//!
//! An instance (row EC2-1 of the semantics) is a set of namespaces around the network namespace of its interfaces.
//! Three processes have a part in it:
//!
//! ```text
//! starter (daemon, test)   start() … may die at any time
//!    └ supervisor          outside; owns the log, the exit record and the control groups; outlives the starter
//!         └ pid 1          inside; confined like everything else in there; runs UserData, reaps, shuts down
//!              └ …         what the user runs
//! ```
//!
//! The supervisor is the only reader of the instance's output, so nothing depends on a pipe to the daemon; a new
//! daemon finds the instance again by its directory ([`adopt`]). All of them are this crate's [`init::main`], reached
//! by executing the [`Launcher`]'s program again.
//!
//! The supervisor leaves the session of its starter, not its control group: a service that shall leave instances
//! running when it ends must not take its control group with it (`KillMode=process` where systemd runs it).
//!
//! What is inside is not trusted. Four independent walls stand around it: namespaces and a root of its own
//! (module `root`), a small set of capabilities, a list of the system calls that exist, and control groups ([`cgroup`]).
//! There is no user namespace: the network namespace belongs to the machine's one, and raw sockets and low ports in
//! it need a capability there. So uid 0 inside is uid 0 outside, without its powers; what it shares with the
//! machine's root are the kernel's per-user counts (inotify instances, pending signals).
//!
//! The instance's disk lasts from its first start until [`remove`], as a root volume does; `/tmp`, `/run` and
//! `/dev/shm` last until the stop. The disk is memory of the machine: it does not outlive a reboot.

pub mod cgroup;
mod confinement;
mod directory;
mod error;
pub mod init;
mod limits;
mod mount;
mod process;
mod root;
pub mod service;
mod spec;
mod state;
mod workload;

pub use error::Error;
pub use limits::{Applied, AppliedLimits, Limits};
pub use process::ProcessIdentity;
pub use spec::{Hosts, Launcher, Spec};
pub use state::Status;
pub use workload::{Execution, Output, Streams, Workload, adopt, remove, start};
