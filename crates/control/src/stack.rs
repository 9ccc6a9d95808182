//! The template engine's records (row CFN-1). The cloud keeps them; it does not read them.

use crate::Transaction;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use croft_model::stack::{Stack, stack_key};

request! {
    /// Writes the record of a stack, new or changed, into the caller's scope.
    pub struct PutStack {
        pub stack: Stack,
    }

    /// Forgets the record; the resources are not touched.
    pub struct DeleteStack {
        pub stack_name: String,
    }
}

impl Request for PutStack {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let name = &self.stack.name;
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let starts = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
        if !starts || name.len() > 128 || !name.chars().all(legal) {
            return Err(Error::new(
                "ValidationError",
                format!(
                    "'{name}' is no stack name: it has 1 to 128 letters, digits and dashes and begins with a letter."
                ),
            ));
        }
        let stack = Stack { scope: tx.scope.clone(), ..self.stack };
        tx.cloud.stacks.insert(stack.key(), stack);
        Ok(())
    }
}

impl Request for DeleteStack {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        match tx.cloud.stacks.remove(&stack_key(&tx.scope, &self.stack_name)) {
            Some(_) => Ok(()),
            None => Err(Error::new("ValidationError", format!("Stack with id {} does not exist", self.stack_name))),
        }
    }
}
