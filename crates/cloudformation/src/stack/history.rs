//! What is remembered of stacks, and for how long (row CFN-1).

use super::account::Account;
use super::host::Host;
use super::run::ask;
use super::{StackError, Step};
use croft_control::{Cloud, Error, ForgetStackHistory, has_stack_history};
use croft_model::Scope;
use std::collections::BTreeSet;

/// As long as AWS does it: 90 days, in milliseconds.
pub const KEPT: u64 = 90 * 24 * 60 * 60 * 1000;

/// Forgets what is too old of the account and region.
pub(super) fn forget<A: Account>(account: &mut A) -> Result<(), Error> {
    let before = account.now_millis().saturating_sub(KEPT);
    match has_stack_history(&account.cloud(), account.scope(), before) {
        true => account.run(ForgetStackHistory { before }),
        false => Ok(()),
    }
}

/// The same in all accounts and regions.
pub(super) fn forget_everywhere(host: &dyn Host) -> Result<(), StackError> {
    let (cloud, before) = (host.cloud(), host.now_millis().saturating_sub(KEPT));
    for scope in scopes(&cloud).into_iter().filter(|scope| has_stack_history(&cloud, scope, before)) {
        ask(host, &scope, &mut |step: &mut Step| Ok(forget(step)?))?;
    }
    Ok(())
}

fn scopes(cloud: &Cloud) -> BTreeSet<Scope> {
    cloud.stacks.values().map(|stack| stack.scope.clone()).collect()
}
