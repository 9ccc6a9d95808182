//! The one writer.

use crate::index::{Derived, Index};
use crate::resource::Change;
use crate::{Cloud, Request, Result, Transaction};
use croft_model::Scope;

/// Whose command it is, time and bits, handed in with every command.
#[derive(Clone, Debug)]
pub struct Context {
    pub scope: Scope,
    /// Seconds since 1970.
    pub now: u64,
    pub bits: crate::Bits,
}

/// Holds the cloud and changes it by commands.
///
/// A caller that must make a command durable before it is answered goes in two steps: [`Control::prepare`], write
/// the changes down, [`Control::install`]. If writing fails, the prepared step is dropped and nothing has happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Control {
    cloud: Cloud,
    index: Index,
}

/// What a command did.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<T> {
    pub response: T,
    /// In no particular order; at most one for each resource.
    pub changes: Vec<Change>,
    /// The cloud's version after it: the one before it if nothing changed.
    pub version: u64,
}

/// A command that has been judged and not yet taken over.
#[derive(Debug)]
#[must_use = "nothing happens before it is installed"]
pub struct Prepared<T> {
    outcome: Outcome<T>,
    cloud: Cloud,
    index: Index,
    /// The version it was judged against.
    base: u64,
}

impl<T> Prepared<T> {
    /// What to write down, and its number.
    pub fn outcome(&self) -> &Outcome<T> {
        &self.outcome
    }

    /// The cloud as it will be.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }
}

impl Control {
    pub fn new(cloud: Cloud) -> Control {
        let index = Index::of(&cloud);
        let cloud = Cloud { derived: Derived::from(&index), ..cloud };
        Control { cloud, index }
    }

    /// The state after every command so far. Clone it to keep a snapshot; that is cheap.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Judges a command against the present cloud and leaves it as it is. A region that is used for the first time gets
    /// its zones.
    pub fn prepare<R: Request>(&self, request: R, context: &mut Context) -> Result<Prepared<R::Response>> {
        self.prepare_with(|transaction| request.run(transaction), context)
    }

    /// The same for several requests that are done together or not at all.
    pub fn prepare_with<T>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
        context: &mut Context,
    ) -> Result<Prepared<T>> {
        let mut transaction = Transaction {
            cloud: self.cloud.clone(),
            scope: context.scope.clone(),
            before: &self.cloud,
            index_before: &self.index,
            now: context.now,
            bits: &mut context.bits,
        };
        transaction.cloud.derived = Derived::default();
        transaction.cloud.make_zones(&context.scope.region);
        let response = work(&mut transaction)?;
        let index = transaction.index();
        let mut cloud = transaction.cloud;
        cloud.derived = Derived::from(&index);
        let changes = self.cloud.changes_to(&cloud);
        if !changes.is_empty() {
            cloud.version = self.cloud.version + 1;
        }
        let outcome = Outcome { response, changes, version: cloud.version };
        Ok(Prepared { outcome, cloud, index, base: self.cloud.version })
    }

    /// Takes over a prepared command. One that was prepared before another was installed would undo that one and must
    /// not be handed in: there is one writer, and it does one command after the other.
    pub fn install<T>(&mut self, prepared: Prepared<T>) -> Outcome<T> {
        debug_assert_eq!(self.cloud.version, prepared.base, "another command was installed in between");
        self.cloud = prepared.cloud;
        self.index = prepared.index;
        prepared.outcome
    }

    /// Both steps: for clouds that live in memory only.
    pub fn apply<R: Request>(&mut self, request: R, context: &mut Context) -> Result<Outcome<R::Response>> {
        let prepared = self.prepare(request, context)?;
        Ok(self.install(prepared))
    }

    /// [`Control::apply`] where only the response is of interest.
    pub fn run<R: Request>(&mut self, request: R, context: &mut Context) -> Result<R::Response> {
        Ok(self.apply(request, context)?.response)
    }
}
