//! Client tokens: what makes a request that is sent twice be done once.

use crate::Scope;
use serde::{Deserialize, Serialize};

/// A request that was done under a token, and what it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientToken {
    pub scope: Scope,
    /// Such as `CreateNatGateway`: the same token means nothing to another operation.
    pub operation: String,
    /// The client's own text.
    pub token: String,
    /// What the request asked: another request under the same token is a mistake.
    pub parameters: String,
    /// As JSON.
    pub response: String,
    /// Seconds since 1970.
    pub used: u64,
}

impl ClientToken {
    /// What a cloud keeps it under.
    pub fn key(&self) -> String {
        token_key(&self.scope, &self.operation, &self.token)
    }
}

/// Where a cloud keeps a token.
pub fn token_key(scope: &Scope, operation: &str, token: &str) -> String {
    format!("{scope}/{operation}/{token}")
}
