//! What a command is.

use crate::{Result, Transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// An operation with its parameters, named as AWS names them.
pub trait Request: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    type Response: Clone + Debug + PartialEq + Serialize + DeserializeOwned;

    /// Judges the request and does it, or says why not. What it did before it failed is thrown away.
    fn run(self, transaction: &mut Transaction<'_>) -> Result<Self::Response>;
}

/// Request structs: data that can be compared, stored and sent; a field that is not known is an error, never ignored.
macro_rules! request { ($($(#[$m:meta])* pub struct $name:ident { $($body:tt)* })*) => { $(
    $(#[$m])*
    #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct $name { $($body)* }
)* } }
pub(crate) use request;
