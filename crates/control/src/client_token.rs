//! Requests under a client token: done once in a day, answered the same each time.

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::{Command, Response, Transaction};
use croft_model::client_token::{ClientToken, token_key};

request! {
    /// A command under the token that its client chose.
    pub struct Idempotent {
        /// As the client calls it; tokens are apart for each operation.
        pub operation: String,
        pub token: String,
        /// All that the client asks, or a hash of it.
        pub parameters: String,
        pub command: Box<Command>,
    }
}

/// How long a token is remembered, in seconds.
const LIFETIME: u64 = 24 * 60 * 60;

/// AWS takes 64 characters of ASCII.
const LONGEST: usize = 64;

impl Request for Idempotent {
    type Response = Box<Response>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Box<Response>> {
        if self.token.is_empty() || self.token.len() > LONGEST || !self.token.is_ascii() {
            return Err(Error::new(
                "InvalidClientToken",
                format!("The client token '{}' is not valid: it has 1 to {LONGEST} ASCII characters.", self.token),
            ));
        }
        let index = tx.index_before;
        for key in index.tokens_before(&tx.scope, tx.now.saturating_sub(LIFETIME)) {
            tx.cloud.client_tokens.remove(key);
        }
        let key = token_key(&tx.scope, &self.operation, &self.token);
        if let Some(kept) = tx.cloud.client_tokens.get(&key) {
            if kept.parameters != self.parameters {
                return Err(Error::new(
                    "IdempotentParameterMismatch",
                    format!("The client token '{}' was used before with other parameters.", self.token),
                ));
            }
            return serde_json::from_str(&kept.response).map_err(unreadable);
        }
        let response = Box::new(self.command.run(tx)?);
        let kept = ClientToken {
            scope: tx.scope.clone(),
            operation: self.operation,
            token: self.token,
            parameters: self.parameters,
            response: serde_json::to_string(&response).map_err(unreadable)?,
            used: tx.now,
        };
        tx.cloud.client_tokens.insert(key, kept);
        Ok(response)
    }
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::new("InternalError", format!("The answer of an earlier request cannot be kept or read: {error}"))
}
