//! One request at work.

use crate::backend::Backend;
use crate::exchange::Caller;
use crate::fault::Fault;
use croft_cloudformation::stack::Stacks;
use croft_control::{Answered, Cloud, Idempotent, Response};
use croft_model::{InstanceId, Scope};
use std::sync::Arc;

/// What an operation runs on.
pub struct Call<'a> {
    /// Whose resources the request is about.
    pub scope: &'a Scope,
    pub caller: &'a Caller,
    pub request_id: &'a str,
    pub(crate) backend: &'a dyn Backend,
    pub(crate) dry_run: bool,
    /// What a command is done under, so that it is done once.
    pub(crate) token: Option<Token>,
}

/// A client token, as the dispatch took it from a request.
#[derive(Clone)]
pub(crate) struct Token {
    pub operation: &'static str,
    pub token: String,
    /// Of all parameters that were given with it.
    pub fingerprint: String,
}

impl Call<'_> {
    /// The state now. Cheap; it does not change while it is looked at.
    pub fn cloud(&self) -> Arc<Cloud> {
        self.backend.cloud()
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.backend.now()
    }

    /// What the caller gave to make the request idempotent. The dispatch honours it; here it is to be shown.
    pub fn client_token(&self) -> Option<&str> {
        self.token.as_ref().map(|t| t.token.as_str())
    }

    /// Who makes and changes stacks.
    ///
    /// # Errors
    /// `UnsupportedOperation` where nobody does.
    pub fn stacks(&self) -> Result<&Arc<Stacks>, Fault> {
        self.backend.stacks().ok_or_else(|| Fault::unsupported("CloudFormation without a place for stacks"))
    }

    /// The newest of what an instance's workload wrote, if any is known.
    pub fn console(&self, instance: &InstanceId) -> Option<Vec<u8>> {
        self.backend.console(self.scope, instance)
    }

    /// Has a command done, durably. An operation runs one at most, so that it is done whole or not at all.
    ///
    /// # Errors
    /// The rule that refuses it; of a dry run that would have been done, `DryRunOperation`.
    pub fn run<R: Answered>(&mut self, request: R) -> Result<R::Response, Fault> {
        let mut command = request.into();
        if let Some(Token { operation, token, fingerprint }) = self.token.clone() {
            let (operation, inner) = (operation.to_string(), Box::new(command));
            command = Idempotent { operation, token, parameters: fingerprint, command: inner }.into();
        }
        if self.dry_run {
            self.backend.judge(self.scope, command)?;
            return Err(dry_run_operation());
        }
        let response = match self.backend.run(self.scope, command)? {
            Response::Idempotent(response) => *response,
            response => response,
        };
        R::answer(response).ok_or_else(|| Fault::internal("a command was answered with the response of another"))
    }
}

/// What a dry run answers that would have been done.
pub(crate) fn dry_run_operation() -> Fault {
    Fault::new("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
}
