//! CloudFormation templates: parse, resolve, plan, apply, roll back (row CFN-1).
//!
//! A template goes through four steps, and nothing is made before the first three have found no error:
//!
//! 1. [`Template::parse`]: YAML or JSON text → sections, expressions, resource types. Every name and property is
//!    known; every error has its line and column.
//! 2. [`Design::new`]: with parameters, the cloud and what the stack holds now: conditions worked out, values checked
//!    against what each property takes, order of creation.
//! 3. [`plan`](stack::plan::plan): what would be made, changed, replaced and deleted.
//! 4. [`up`](stack::up) and [`down`](stack::down): do it through an [`Account`](stack::Account), with events as it goes,
//!    and undo it when a step fails.
//!
//! Rules of the network are not judged here: the cloud refuses what breaks one, and the stack rolls back.
#![forbid(unsafe_code)]

pub mod base64;
pub mod language;
pub mod resource;
pub mod stack;

pub use language::diagnostic::{Diagnostic, Diagnostics, Position};
pub use language::template::Template;
