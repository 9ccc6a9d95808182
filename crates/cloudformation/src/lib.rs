//! CloudFormation templates: parse, resolve, plan, apply, roll back (row CFN-1).
//!
//! A template goes through four steps, and nothing is made before the first three have found no error:
//!
//! 1. [`Template::parse`]: YAML or JSON text → sections, expressions, resource types. Every name and property is
//!    known; every error has its line and column.
//! 2. [`Design::bind`](stack::Design::bind): the template with its parameters ([`Bound`](language::bound::Bound)): values
//!    judged, loops written out, rules kept, conditions and policies worked out.
//!    [`Design::new`](stack::Design::new): with the cloud and what the stack holds now: values checked against what each
//!    property takes, order of creation.
//! 3. [`plan`](stack::plan::plan): what would be made, changed, replaced and deleted.
//! 4. [`Stacks`](stack::Stacks): creates, updates and deletes through a [`Host`](stack::Host), in threads of its own and
//!    in steps that are each one commit, tells of each in events, and undoes it when a step fails.
//!
//! Rules of the network are not judged here: the cloud refuses what breaks one, and the stack rolls back.
#![forbid(unsafe_code)]

pub mod language;
pub mod resource;
pub mod stack;

pub use language::diagnostic::{Diagnostic, Diagnostics, Position};
pub use language::template::Template;
