//! A cloud in memory in which everything that is asked for happens at once: for tests, for looking ahead, for an API
//! without a daemon.

use super::host::Host;
use croft_control::{
    Bits, Cloud, Command, Context, Control, Error, ObserveAttachment, ObserveInstance, ObserveNatGateway, Request,
    Transaction,
};
use croft_model::Scope;
use croft_model::gateway::NatGatewayState;
use croft_model::instance::InstanceState;
use croft_model::interface::AttachmentStatus;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// See the module. Its clock stands still but for those who wait.
pub struct Memory {
    state: Mutex<(Control, Bits)>,
    /// Milliseconds since 1970.
    now: AtomicU64,
    /// By the URL that leads to them.
    templates: Mutex<BTreeMap<String, String>>,
}

impl Memory {
    /// Goes on from a state. `seed` decides the identifiers.
    pub fn new(cloud: Cloud, seed: u64) -> Memory {
        let state = Mutex::new((Control::new(cloud), Bits::from_seed(seed)));
        Memory { state, now: AtomicU64::new(1_700_000_000_000), templates: Mutex::default() }
    }

    /// Moves its clock.
    pub fn advance(&self, time: Duration) {
        self.now.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
    }

    /// Lets a URL lead to a template.
    pub fn put_template(&self, url: &str, text: &str) {
        self.templates().insert(url.to_string(), text.to_string());
    }

    /// Judges a command of an account in a region and does nothing.
    pub fn judge<R: Request>(&self, scope: &Scope, request: R) -> Result<(), Error> {
        let state = self.state();
        let (control, bits) = &*state;
        control.prepare(request, &mut self.context(scope, bits)).map(drop)
    }

    /// Runs a command of an account in a region.
    pub fn run<R: Request>(&self, scope: &Scope, request: R) -> Result<R::Response, Error> {
        let mut state = self.state();
        let (control, bits) = &mut *state;
        let mut context = self.context(scope, bits);
        let response = control.run(request, &mut context)?;
        *bits = context.bits;
        Ok(response)
    }

    /// Lets everything arrive that is on its way. False: nothing is.
    pub fn settle(&self) -> bool {
        let observed = observations(&self.cloud());
        let any = !observed.is_empty();
        for (scope, command) in observed {
            // It was there a moment ago; if it is not any more, there is nothing to say of it.
            let _ = self.run(&scope, command);
        }
        any
    }

    fn state(&self) -> MutexGuard<'_, (Control, Bits)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn templates(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.templates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn context(&self, scope: &Scope, bits: &Bits) -> Context {
        Context { scope: scope.clone(), now: self.now_millis() / 1000, bits: bits.clone() }
    }
}

impl Host for Memory {
    fn cloud(&self) -> Cloud {
        self.state().0.cloud().clone()
    }

    fn transact(
        &self,
        scope: &Scope,
        work: &mut dyn FnMut(&mut Transaction<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut state = self.state();
        let (control, bits) = &mut *state;
        let mut context = self.context(scope, bits);
        let prepared = control.prepare_with(work, &mut context)?;
        *bits = context.bits;
        control.install(prepared);
        Ok(())
    }

    fn wait(&self, _version: u64, at_most: Duration) {
        if !self.settle() {
            self.advance(at_most);
        }
    }

    fn now_millis(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    fn template(&self, url: &str) -> Result<String, String> {
        self.templates().get(url).cloned().ok_or_else(|| format!("{url} leads nowhere"))
    }
}

/// What is to be said of everything that is on its way: that it has arrived.
pub fn observations(cloud: &Cloud) -> Vec<(Scope, Command)> {
    let mut seen: Vec<(Scope, Command)> = Vec::new();
    for instance in cloud.instances.values() {
        let state = match instance.state {
            InstanceState::Pending => InstanceState::Running,
            InstanceState::ShuttingDown => InstanceState::Terminated,
            InstanceState::Stopping => InstanceState::Stopped,
            _ => continue,
        };
        let (instance_id, generation) = (instance.id.clone(), instance.generation);
        let command = ObserveInstance { instance_id, generation, state, reason: None };
        seen.push((instance.scope.clone(), command.into()));
    }
    for interface in cloud.interfaces.values() {
        if let Some(attachment) = interface.attachment.as_ref().filter(|a| a.status == AttachmentStatus::Attaching) {
            let (network_interface_id, attachment_id) = (interface.id.clone(), attachment.id.clone());
            seen.push((interface.scope.clone(), ObserveAttachment { network_interface_id, attachment_id }.into()));
        }
    }
    for gateway in cloud.nat_gateways.values() {
        let state = match gateway.state {
            NatGatewayState::Pending => NatGatewayState::Available,
            NatGatewayState::Deleting => NatGatewayState::Deleted,
            _ => continue,
        };
        let nat_gateway_id = gateway.id.clone();
        seen.push((gateway.scope.clone(), ObserveNatGateway { nat_gateway_id, state }.into()));
    }
    seen
}
