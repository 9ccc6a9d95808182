//! Stacks on a cloud in memory, with a listener for signals that is not there and a bucket of templates.
#![allow(dead_code, reason = "each test uses some of it")]

use croft_cloudformation::stack::{Asked, Begun, Deletion, Given, Host, Memory, Options, StackError, Stacks};
use croft_control::{Cloud, Error, Request, Transaction};
use croft_model::Scope;
use croft_model::stack::{Stack, StackResource, Status};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub const ENDPOINT: &str = "http://127.0.0.1:4566";

/// A cloud in memory whose time can be made to stand still.
pub struct Ground {
    memory: Memory,
    /// Time passes while somebody waits.
    pub passes: AtomicBool,
    pub served: AtomicBool,
    pub bucket: Mutex<BTreeMap<String, String>>,
}

impl Host for Ground {
    fn cloud(&self) -> Cloud {
        self.memory.cloud()
    }

    fn transact(
        &self,
        scope: &Scope,
        work: &mut dyn FnMut(&mut Transaction<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.memory.transact(scope, work)
    }

    fn wait(&self, version: u64, at_most: Duration) {
        let time = if self.passes.load(Ordering::Relaxed) { at_most } else { Duration::ZERO };
        self.memory.wait(version, time);
        std::thread::sleep(Duration::from_micros(100));
    }

    fn now_millis(&self) -> u64 {
        self.memory.now_millis()
    }

    fn endpoint(&self) -> Option<String> {
        self.served.load(Ordering::Relaxed).then(|| ENDPOINT.to_string())
    }

    fn template(&self, url: &str) -> Result<String, String> {
        let bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.get(url).cloned().ok_or_else(|| format!("{url} leads nowhere"))
    }
}

/// See the module.
pub struct World {
    pub ground: Arc<Ground>,
    pub stacks: Arc<Stacks>,
    pub scope: Scope,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stacks.stop();
    }
}

impl World {
    /// Not in the cloud's own home: nothing may be looked for there.
    pub fn new() -> World {
        let home = Cloud::new(Scope::default());
        let ground = Arc::new(Ground {
            memory: Memory::new(home, 3),
            passes: AtomicBool::new(false),
            served: AtomicBool::new(true),
            bucket: Mutex::default(),
        });
        let stacks = Stacks::new(Arc::clone(&ground) as Arc<dyn Host>, Options::default());
        let scope = Scope {
            account: "222222222222".parse().expect("an account"),
            region: "eu-west-1".parse().expect("a region"),
        };
        World { ground, stacks, scope }
    }

    pub fn cloud(&self) -> Cloud {
        let cloud = self.ground.cloud();
        assert_eq!(croft_control::check(&cloud), Vec::<String>::new(), "without a contradiction");
        cloud
    }

    pub fn run<R: Request>(&self, request: R) -> R::Response {
        self.ground.memory.run(&self.scope, request).expect("it is done")
    }

    pub fn asked(&self, template: &str, parameters: &[(&str, &str)]) -> Asked {
        let parameters = parameters.iter().map(|(name, value)| (name.to_string(), Given::from(*value))).collect();
        Asked { template: Some(template.to_string()), parameters, ..Asked::default() }
    }

    pub fn create(&self, template: &str) -> Result<Begun, StackError> {
        self.stacks.create(&self.scope, "web", &self.asked(template, &[]))
    }

    /// Creates, and waits for the end; its status and reason.
    pub fn up(&self, template: &str) -> Stack {
        self.ended(self.create(template).unwrap_or_else(|error| panic!("{error}")))
    }

    pub fn update(&self, template: &str) -> Stack {
        let begun = self.stacks.update(&self.scope, "web", &self.asked(template, &[]));
        self.ended(begun.unwrap_or_else(|error| panic!("{error}")))
    }

    pub fn down(&self) -> Stack {
        let begun = self.stacks.delete(&self.scope, "web", &Deletion::default()).expect("it may be deleted");
        self.ended(begun.expect("there is something to delete"))
    }

    pub fn ended(&self, begun: Begun) -> Stack {
        let stack = self.stacks.finish(&begun).expect("it comes to an end").stack;
        self.cloud();
        stack
    }

    /// It came up, or changed, as it should.
    pub fn whole(&self, stack: Stack) -> Stack {
        assert!(stack.status.is_whole(), "{}: {:#?}", stack.status, self.reasons(&stack.id));
        assert_ne!(stack.status, Status::UpdateRollbackComplete, "{:#?}", self.reasons(&stack.id));
        stack
    }

    pub fn stack(&self) -> Stack {
        self.cloud().stack(&self.scope, "web").expect("the stack is there").clone()
    }

    pub fn resource(&self, logical_id: &str) -> StackResource {
        let (cloud, stack) = (self.cloud(), self.stack());
        cloud.stack_resource(&stack.id, logical_id).unwrap_or_else(|| panic!("{logical_id} is there")).clone()
    }

    pub fn id(&self, logical_id: &str) -> String {
        self.resource(logical_id).physical_id.unwrap_or_else(|| panic!("{logical_id} was made"))
    }

    pub fn output(&self, name: &str) -> String {
        let outputs = self.stack().version.outputs;
        let output = outputs.into_iter().find(|output| output.key == name);
        output.unwrap_or_else(|| panic!("there is an output {name}")).value
    }

    /// `Status LogicalId: reason` of what went wrong.
    pub fn reasons(&self, stack_id: &str) -> Vec<String> {
        let cloud = self.cloud();
        let told = cloud.stack_events(stack_id).filter(|event| event.reason.is_some());
        told.map(|e| format!("{} {}: {}", e.status, e.logical_id, e.reason.clone().unwrap_or_default())).collect()
    }

    /// The reason why a resource failed.
    pub fn failure(&self, stack_id: &str, logical_id: &str) -> String {
        let cloud = self.cloud();
        let mut told = cloud.stack_events(stack_id).filter(|e| e.logical_id == logical_id && e.status.is_failure());
        told.next().and_then(|event| event.reason.clone()).unwrap_or_else(|| panic!("{logical_id} failed"))
    }
}
