//! What an operation is.

use crate::call::Call;
use crate::document::Document;
use crate::fault::Fault;
use crate::honoured::honoured;
use crate::parameters::{self, Unfit};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An operation: a struct of its parameters, and what it does.
///
/// The struct derives `Deserialize` with `rename_all = "PascalCase"` and `deny_unknown_fields`: its fields are the
/// members of the model's input that Croft honours. A member that the struct has not is answered
/// `UnsupportedOperation`; a field that is not an `Option` (and has no `default`) is answered `MissingParameter` where
/// it is not given. `DryRun` and client tokens are no fields: the dispatch takes them.
pub trait Operation: DeserializeOwned {
    /// As in the model.
    const NAME: &'static str;
    /// Members named as in the model's output; times are milliseconds since 1970. `()` where the model has none.
    type Output: Serialize;

    fn run(self, call: &mut Call<'_>) -> Result<Self::Output, Fault>;
}

/// A line in a service's table of operations.
#[derive(Clone, Copy)]
pub struct Entry {
    pub name: &'static str,
    honoured: fn() -> Vec<String>,
    pub(crate) run: fn(Value, &mut Call<'_>) -> Result<Document, Stopped>,
}

/// Why an operation gave no output.
pub(crate) enum Stopped {
    Unfit(Unfit),
    Fault(Fault),
}

impl Entry {
    pub const fn of<O: Operation>() -> Entry {
        Entry { name: O::NAME, honoured: honoured::<O>, run: run::<O> }
    }

    /// The members of the model's input that the operation honours: `Tags`, `Tags.Key`; elements of a list have no
    /// number. Not `DryRun` and client tokens.
    pub fn honoured(&self) -> Vec<String> {
        (self.honoured)()
    }
}

fn run<O: Operation>(parameters: Value, call: &mut Call<'_>) -> Result<Document, Stopped> {
    let operation: O = parameters::read(parameters).map_err(Stopped::Unfit)?;
    let output = operation.run(call).map_err(Stopped::Fault)?;
    Document::of(&output).map_err(|e| Stopped::Fault(Fault::internal(e)))
}

/// A table of operations, such as `operations![CreateVpc, DescribeVpcs]`.
macro_rules! operations { ($($operation:ty),* $(,)?) => { &[$($crate::operation::Entry::of::<$operation>()),*] } }
pub(crate) use operations;
