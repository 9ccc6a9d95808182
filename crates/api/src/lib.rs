//! The listener of AWS's API: HTTP and TLS, who may speak, whose request it is, what is counted and logged.
//!
//! A request goes through the same doors in the same order:
//!
//! 1. [`guard`]: web pages are turned away, and names that are not ours.
//! 2. `/_croft/`: Croft's own pages ([`internal`]).
//! 3. [`sigv4`]: the signature, which also says service, region and account.
//! 4. the [`Application`], which knows the services and answers.
//!
//! The crate knows nothing of the services: it hands on what was signed. So it is apart from them: neither their code nor
//! their tests wait for HTTP and TLS to be built, and a test of the doors needs no service.
#![forbid(unsafe_code)]

mod application;
mod connection;
mod crowd;
mod exchange;
pub mod guard;
mod internal;
mod listener;
mod metrics;
mod refusal;
mod request_id;
pub mod signal;
pub mod sigv4;
mod tls;

pub use application::{Answer, Application, Asked, Caller, Request, ResetError, SignalError};
pub use crowd::Limits;
pub use internal::TOKEN_HEADER;
pub use listener::{Error, Listener, Options, listen_address};
pub use refusal::{Family, Refusal};
pub use tls::TlsFiles;
