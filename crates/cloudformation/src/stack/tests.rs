//! Stacks on a cloud in memory, with an agent that lets things come up whenever somebody waits.

mod create;
mod death;
mod delete;
mod failure;
mod history;
mod operations;
mod policies;
mod preflight;
mod protection;
mod random;
mod refused;
mod resources;
mod sharing;
mod update;

use super::*;
use crate::Template;
use croft_control::{Bits, Cloud, Command, Context, Control, Error, Request, Transaction};
use croft_model::gateway::NatGatewayState;
use croft_model::instance::InstanceState;
use croft_model::stack::{Stack, StackEvent, StackResource};
use croft_model::{InstanceId, Scope};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An instance with this in its script stops instead of coming up.
pub const BREAKS: &str = "exit 1";

/// See the module.
pub struct Memory {
    pub control: Control,
    pub context: Context,
    /// Milliseconds beyond the seconds of the context.
    millis: u64,
    /// Instances whose logical id stands here stop instead of coming up.
    pub broken: Vec<String>,
    /// Nothing comes up or goes.
    pub asleep: bool,
    /// While it is set nothing comes up or goes, and no time passes.
    pub halted: Arc<AtomicBool>,
    /// So many commits are taken, and then none any more.
    pub dies_after: Option<u64>,
    pub commits: u64,
    /// After so many commits one panics, once.
    pub breaks_after: Option<u64>,
    /// What was said to whoever runs this.
    pub heard: Vec<String>,
    pub events: Vec<StackEvent>,
}

/// What became of a deployment.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "tests")]
pub enum Done {
    Created(Stack),
    Updated(Stack),
    Unchanged(Stack),
}

impl Done {
    pub fn stack(&self) -> &Stack {
        match self {
            Done::Created(stack) | Done::Updated(stack) | Done::Unchanged(stack) => stack,
        }
    }
}

/// A world that stacks are at work in.
pub struct Ground(Mutex<Memory>);

impl Ground {
    pub fn world(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host for Ground {
    fn cloud(&self) -> Cloud {
        self.world().control.cloud().clone()
    }

    fn transact(
        &self,
        scope: &Scope,
        work: &mut dyn FnMut(&mut Transaction<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut world = self.world();
        world.commits += 1;
        if world.breaks_after.is_some_and(|after| world.commits > after) {
            world.breaks_after = None;
            panic!("as if there were an error in the engine");
        }
        if world.dies_after.is_some_and(|after| world.commits > after) {
            return Err(Error { code: "InternalError", message: "nobody is there any more".to_string() });
        }
        let mut context = Context { scope: scope.clone(), ..world.context.clone() };
        let prepared = world.control.prepare_with(work, &mut context)?;
        world.context.bits = context.bits;
        world.control.install(prepared);
        Ok(())
    }

    fn wait(&self, _version: u64, at_most: Duration) {
        if self.world().halted.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
            return;
        }
        let mut world = self.world();
        assert!(at_most <= PATIENCE, "no wait is longer than the patience");
        world.pass(at_most);
        if !world.asleep {
            world.agent();
        }
    }

    fn now_millis(&self) -> u64 {
        let world = self.world();
        world.context.now * 1000 + world.millis
    }

    fn say(&self, what: &str) {
        self.world().heard.push(what.to_string());
    }
}

impl Memory {
    pub fn new() -> Memory {
        Memory {
            control: Control::new(Cloud::new(Scope::default())),
            context: Context { scope: Scope::default(), now: 1_000_000, bits: Bits::from_seed(7) },
            millis: 0,
            broken: Vec::new(),
            asleep: false,
            halted: Arc::default(),
            dies_after: None,
            commits: 0,
            breaks_after: None,
            heard: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Another account and region from now on.
    pub fn go_to(&mut self, scope: &Scope) {
        self.context.scope = scope.clone();
    }

    fn pass(&mut self, time: Duration) {
        self.millis += time.as_millis() as u64;
        self.context.now += self.millis / 1000;
        self.millis %= 1000;
    }

    /// Lends the world to those who work on stacks.
    pub fn with<T>(&mut self, work: impl FnOnce(&Arc<Stacks>, &Scope) -> T) -> T {
        let scope = self.context.scope.clone();
        let ground = Arc::new(Ground(Mutex::new(std::mem::replace(self, Memory::new()))));
        let stacks = Stacks::new(Arc::clone(&ground) as Arc<dyn Host>, Options::default());
        let done = work(&stacks, &scope);
        stacks.stop();
        drop(stacks);
        // A run that has ended lets go of the world a moment later.
        let mut ground = ground;
        *self = loop {
            match Arc::try_unwrap(ground) {
                Ok(ground) => break ground.0.into_inner().unwrap_or_else(PoisonError::into_inner),
                Err(still) => ground = still,
            }
            std::thread::yield_now();
        };
        assert_eq!(croft_control::check(self.control.cloud()), Vec::<String>::new(), "without a contradiction");
        done
    }

    pub fn up(&mut self, template: &str) -> Result<Done, StackError> {
        self.up_with(template, &[])
    }

    pub fn up_with(&mut self, template: &str, parameters: &[(&str, &str)]) -> Result<Done, StackError> {
        let asked = Asked {
            template: Some(template.to_string()),
            parameters: parameters.iter().map(|(k, v)| (k.to_string(), Given::from(*v))).collect(),
            ..self.asked()
        };
        self.deploy("web", &asked)
    }

    /// How the command line asks.
    pub fn asked(&self) -> Asked {
        Asked { file: "template.yaml".to_string(), keep_parameters: true, ..Asked::default() }
    }

    /// Creates or updates, as the command line does.
    pub fn deploy(&mut self, name: &str, asked: &Asked) -> Result<Done, StackError> {
        let held = self.control.cloud().stack(&self.context.scope, name).cloned();
        let template = version::read(asked, held.as_ref())?;
        if held.as_ref().is_some_and(|stack| {
            use Status::*;
            matches!(stack.status, RollbackComplete | RollbackFailed | CreateFailed | DeleteFailed)
        }) {
            self.delete(name)?;
        }
        let held = self.control.cloud().stack(&self.context.scope, name).cloned();
        let after = self.control.cloud().clone();
        let done = self.with(|stacks, scope| {
            let begun = match &held {
                None => Some(stacks.create(scope, name, asked)?),
                Some(_) => stacks.update_if_changed(scope, name, asked)?,
            };
            match begun {
                None => Ok(None),
                Some(begun) => stacks.finish(&begun)?.result(Some(&template)).map(Some),
            }
        });
        self.events = self.news(&after);
        match (done?, held) {
            (None, Some(held)) => Ok(Done::Unchanged(held)),
            (Some(stack), None) => Ok(Done::Created(stack)),
            (Some(stack), Some(_)) => Ok(Done::Updated(stack)),
            (None, None) => unreachable!("a creation is work"),
        }
    }

    pub fn down(&mut self) -> Result<(), StackError> {
        self.delete("web")
    }

    pub fn delete(&mut self, name: &str) -> Result<(), StackError> {
        let before = self.control.cloud().clone();
        let done = self.with(|stacks, scope| {
            let missing = || StackError::invalid(format!("Stack [{name}] does not exist"));
            let begun = stacks.delete(scope, name, &Deletion::default())?.ok_or_else(missing)?;
            stacks.finish(&begun)?.result(None)
        });
        self.events = self.news(&before);
        done.map(drop)
    }

    /// Events that were not there before.
    pub fn news(&self, before: &Cloud) -> Vec<StackEvent> {
        let now = &self.control.cloud().stack_events;
        now.iter().filter(|(key, _)| !before.stack_events.contains_key(*key)).map(|(_, event)| event.clone()).collect()
    }

    pub fn run<R: Request>(&mut self, request: R) -> Result<R::Response, Error> {
        self.control.run(request, &mut self.context)
    }

    pub fn plan(&mut self, template: &str) -> Result<Plan, StackError> {
        let template = Template::parse("template.yaml", template.as_bytes())?;
        let cloud = self.control.cloud();
        let held = cloud.stack(&self.context.scope, "web");
        let frame = match held {
            Some(stack) => Frame::of(stack),
            None => Frame::new(cloud, &self.context.scope, "web", 0),
        };
        let parameters = held.map(|stack| stack.version.parameters.clone()).unwrap_or_default();
        let bound = Design::bind(&template, &frame, &parameters, cloud)?;
        let design = Design::new(&bound, cloud)?;
        Ok(plan(&design))
    }

    /// Without stacks, versions and what is only remembered of what is gone.
    pub fn bare(&self) -> Cloud {
        let mut cloud = self.control.cloud().clone();
        cloud.stacks.clear();
        cloud.stack_resources.clear();
        cloud.stack_events.clear();
        cloud.version = 0;
        cloud.instances = cloud.instances.into_iter().filter(|(_, i)| i.state != InstanceState::Terminated).collect();
        let gone = |state: &NatGatewayState| matches!(state, NatGatewayState::Deleted);
        cloud.nat_gateways = cloud.nat_gateways.into_iter().filter(|(_, n)| !gone(&n.state)).collect();
        cloud
    }

    pub fn stack(&self) -> &Stack {
        self.control.cloud().stack(&self.context.scope, "web").expect("the stack is there")
    }

    /// The records of what is there.
    pub fn resources(&self) -> Vec<StackResource> {
        let cloud = self.control.cloud();
        let Some(stack) = cloud.stack(&self.context.scope, "web") else { return Vec::new() };
        cloud.stack_resources(&stack.id).filter(|r| r.is_there()).cloned().collect()
    }

    pub fn physical(&self, logical_id: &str) -> String {
        let entry = self.control.cloud().stack_resource(&self.stack().id, logical_id);
        entry.and_then(|r| r.physical_id.clone()).unwrap_or_else(|| panic!("{logical_id} is there"))
    }

    /// `Status LogicalId`, in order.
    pub fn told(&self) -> Vec<String> {
        self.events.iter().map(|e| format!("{} {}", e.status, e.logical_id)).collect()
    }

    /// Lets everything arrive that is on its way.
    fn agent(&mut self) {
        for (scope, mut command) in memory::observations(self.control.cloud()) {
            if let Command::ObserveInstance(observed) = &mut command
                && observed.state == InstanceState::Running
                && self.breaks(&observed.instance_id)
            {
                observed.state = InstanceState::Stopped;
                observed.reason = Some("it ended at once".to_string());
            }
            let mut context = Context { scope, ..self.context.clone() };
            self.control.run(command, &mut context).expect("observed");
            self.context.bits = context.bits;
        }
    }

    /// Does an instance stop instead of coming up?
    fn breaks(&self, id: &InstanceId) -> bool {
        let instance = &self.control.cloud().instances[id];
        let name = instance.tags.get(crate::resource::tags::LOGICAL_ID);
        let named = name.is_some_and(|name| self.broken.contains(name));
        named || instance.user_data.iter().any(|data| data.contains(BREAKS))
    }
}

/// The text of an error, for comparing.
pub fn said<T: std::fmt::Debug>(result: Result<T, StackError>) -> String {
    result.expect_err("it is refused").to_string()
}

/// A VPC with a gateway, two public and two private subnets, a NAT gateway, groups, an ACL and two instances.
pub const TIERS: &str = include_str!("tests/tiers.yaml");
