//! The one writer.

use crate::index::Index;
use crate::resource::Change;
use crate::{Region, Request, Result, Transaction};

/// Time and bits, handed in with every command.
#[derive(Clone, Debug)]
pub struct Context {
    /// Seconds since 1970.
    pub now: u64,
    pub bits: crate::Bits,
}

/// Holds the region and changes it by commands.
///
/// A caller that must make a command durable before it is answered goes in two steps: [`Control::prepare`], write
/// the changes down, [`Control::install`]. If writing fails, the prepared step is dropped and nothing has happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Control {
    region: Region,
    index: Index,
}

/// What a command did.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<T> {
    pub response: T,
    /// In no particular order; at most one for each resource.
    pub changes: Vec<Change>,
    /// The region's version after it: the one before it if nothing changed.
    pub version: u64,
}

/// A command that has been judged and not yet taken over.
#[derive(Debug)]
#[must_use = "nothing happens before it is installed"]
pub struct Prepared<T> {
    outcome: Outcome<T>,
    region: Region,
    index: Index,
    /// The version it was judged against.
    base: u64,
}

impl<T> Prepared<T> {
    /// What to write down, and its number.
    pub fn outcome(&self) -> &Outcome<T> {
        &self.outcome
    }

    /// The region as it will be.
    pub fn region(&self) -> &Region {
        &self.region
    }
}

impl Control {
    pub fn new(region: Region) -> Control {
        let index = Index::of(&region);
        Control { region, index }
    }

    /// The state after every command so far. Clone it to keep a snapshot; that is cheap.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Judges a command against the present region and leaves it as it is.
    pub fn prepare<R: Request>(&self, request: R, context: &mut Context) -> Result<Prepared<R::Response>> {
        let mut transaction = Transaction {
            region: self.region.clone(),
            before: &self.region,
            index_before: &self.index,
            now: context.now,
            bits: &mut context.bits,
        };
        let response = request.run(&mut transaction)?;
        let index = transaction.index();
        let mut region = transaction.region;
        let changes = self.region.changes_to(&region);
        if !changes.is_empty() {
            region.version = self.region.version + 1;
        }
        let outcome = Outcome { response, changes, version: region.version };
        Ok(Prepared { outcome, region, index, base: self.region.version })
    }

    /// Takes over a prepared command. One that was prepared before another was installed would undo that one and must
    /// not be handed in: there is one writer, and it does one command after the other.
    pub fn install<T>(&mut self, prepared: Prepared<T>) -> Outcome<T> {
        debug_assert_eq!(self.region.version, prepared.base, "another command was installed in between");
        self.region = prepared.region;
        self.index = prepared.index;
        prepared.outcome
    }

    /// Both steps: for regions that live in memory only.
    pub fn apply<R: Request>(&mut self, request: R, context: &mut Context) -> Result<Outcome<R::Response>> {
        let prepared = self.prepare(request, context)?;
        Ok(self.install(prepared))
    }

    /// [`Control::apply`] where only the response is of interest.
    pub fn run<R: Request>(&mut self, request: R, context: &mut Context) -> Result<R::Response> {
        Ok(self.apply(request, context)?.response)
    }
}
