//! A Linux host for the fabric: namespaces, links, eBPF maps, the internet, the slow path.
//!
//! A [`Fabric`] is made of kernel objects only and lives on without a process: namespaces kept by bind mounts, programs,
//! links and maps pinned in a bpffs of its own. It touches nothing of the machine outside: every device is made in a
//! namespace that Croft made, and packets have no way out of them.
//!
//! This room never sees a name of AWS: it is handed interfaces, and tables that somebody compiled
//! ([`Fabric::apply`]).

mod apply;
pub mod bpf;
mod capture;
mod carrier;
mod clock;
mod connections;
mod doctor;
mod drops;
mod error;
mod fabric;
mod interface;
mod internet;
mod kernel_tables;
mod link;
mod mount;
mod namespace;
mod netlink;
mod owner;
mod packet_socket;
mod process;
mod program;
mod run_dir;
mod slow;
mod sweep;
mod tables;
mod traffic;

pub use apply::Applied;
pub use connections::Connections;
pub use doctor::{Check, doctor};
pub use drops::DropEvents;
pub use error::FabricError;
pub use fabric::{Fabric, FabricOptions};
pub use interface::InterfaceSpec;
pub use internet::{
    INTERNET_ADDRESS, LARGEST_SIGNAL, PUBLIC_POOL, PUBLIC_POOL_PREFIX, SIGNALS_ADDRESS, SIGNALS_SOCKET,
    internet_services,
};
pub use kernel_tables::KernelTables;
pub use run_dir::{Abandoned, Found, clean, destroy_by_run_dir, fabrics};
pub use sweep::Swept;
pub use tables::Maps;
pub use traffic::{Count, Traffic};
