//! AWS's API in front of `croft-control`: its protocols, its services. No rule of the network lives here, and no server.
//!
//! A request comes as an [`HttpRequest`] with its [`Caller`], after the server has checked the signature, and
//! [`Aws::answer`] gives the [`Answer`]. In between, [`protocol`] decodes it by AWS's [`model`] into a value, the value
//! fills the operation's struct, the operation runs on a [`Call`], and its output is encoded by the model again. So a
//! handler sees neither forms nor XML, and what it answers cannot drift from the model.
//!
//! # How to add an operation
//!
//! 1. Its name stands in `models/operations.json`; if not, add it and run `cargo xtask aws-models`.
//! 2. In the file of its resource (`src/ec2/subnet.rs`) write a struct of the parameters that Croft honours, and what
//!    it does; `src/ec2/vpc.rs` is the example:
//!
//!    ```ignore
//!    #[derive(Deserialize)]
//!    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
//!    pub struct DeleteSubnet {
//!        subnet_id: String,
//!    }
//!
//!    impl Operation for DeleteSubnet {
//!        const NAME: &'static str = "DeleteSubnet";
//!        type Output = ();
//!
//!        fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
//!            call.run(croft_control::DeleteSubnet { subnet_id: self.subnet_id.parse()? })
//!        }
//!    }
//!    ```
//! 3. Name it in the file's `OPERATIONS`, and a new file's `OPERATIONS` in `src/ec2.rs`.
//!
//! What every operation gets without doing anything: parameters judged by the model (required, types, enumerations,
//! lengths, ranges, patterns) with AWS's codes; `UnsupportedOperation` for parameters that its struct has not;
//! `MissingParameter` for fields that are neither `Option` nor `default`; `DryRun`; client tokens; the first use of a
//! region; errors of `croft-control` as they are.
//!
//! What there is to use: identifiers are `String` in a struct and parsed with `?`, which gives the kind's own code;
//! lists of them with [`ec2::listing::identifiers`]; [`ec2::listing::select`] describes by identifiers, filters and
//! pages, [`ec2::listing::one`] finds one, [`ec2::listing::after`] pages what is in no map of the cloud; [`ec2::filter`]
//! declares filters; [`ec2::tag`] reads tag specifications and shows tags. An operation runs at most one command.
//!
//! # How to test one
//!
//! `tests/client` is a client in process that speaks the wire: `client.call("CreateVpc", json!({…}))` with the model's
//! names gives the answer with the model's names, `client.refused(…)` the code. `answers/<resource>.json` lists for each
//! state of a resource what AWS returns, member by member; `tests/answers.rs` says how such a file is written, runs them
//! all and fails where no table gives a parameter that an operation honours. One that takes a page's token is in
//! `tests/pages.rs`.
//!
//! Members of outputs that are `None` are left out; an empty list is shown as an empty element, as AWS does. Times are
//! milliseconds since 1970, blobs base64 text.
#![forbid(unsafe_code)]

pub mod cloudformation;
pub mod ec2;
pub mod iam;
pub mod model;
pub mod protocol;
pub mod sts;
pub mod timestamp;

mod aws;
mod backend;
mod call;
mod document;
mod exchange;
mod fault;
mod honoured;
mod in_memory;
mod operation;
mod parameters;
mod pattern;
mod random;
mod scalar;
mod service;
mod violation;

pub use aws::Aws;
pub use backend::{Backend, Refused};
pub use call::Call;
pub use document::{Document, NoDocument, Part};
pub use exchange::{Answer, Caller, HttpRequest, HttpResponse, Principal};
pub use fault::Fault;
pub use in_memory::InMemory;
pub use model::Model;
pub use operation::{Entry, Operation};
pub use service::Service;
