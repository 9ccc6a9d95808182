//! Stacks on a cloud in memory, with an agent that lets things come up whenever somebody waits.

mod create;
mod death;
mod delete;
mod random;
mod refused;
mod resources;
mod update;

use super::*;
use crate::Template;
use croft_control::{Bits, Context, Control, ObserveAttachment, ObserveInstance, ObserveNatGateway};
use croft_model::gateway::NatGatewayState;
use croft_model::instance::InstanceState;
use croft_model::interface::AttachmentStatus;
use std::collections::BTreeMap;

/// See the module.
pub struct Memory {
    pub control: Control,
    pub context: Context,
    /// Instances whose logical id stands here stop instead of coming up.
    pub broken: Vec<String>,
    /// Nothing comes up or goes.
    pub asleep: bool,
    pub cancel_at: Option<u64>,
    pub events: Vec<Event>,
}

impl Memory {
    pub fn new() -> Memory {
        Memory {
            control: Control::new(Cloud::new(croft_model::Scope::default())),
            context: Context { scope: croft_model::Scope::default(), now: 1_000_000, bits: Bits::from_seed(7) },
            broken: Vec::new(),
            asleep: false,
            cancel_at: None,
            events: Vec::new(),
        }
    }

    pub fn up(&mut self, template: &str) -> Result<Done, StackError> {
        self.up_with(template, &[])
    }

    pub fn up_with(&mut self, template: &str, parameters: &[(&str, &str)]) -> Result<Done, StackError> {
        let template = Template::parse("template.yaml", template.as_bytes())?;
        let parameters: BTreeMap<_, _> = parameters.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let mut events = Vec::new();
        let request = Request { template: &template, stack_name: "web", parameters };
        let result = up(self, &request, &mut |event| events.push(event.clone()));
        self.sound();
        self.events = events;
        result
    }

    pub fn down(&mut self) -> Result<(), StackError> {
        let mut events = Vec::new();
        let result = down(self, "web", &mut |event| events.push(event.clone()));
        self.sound();
        self.events = events;
        result
    }

    /// The cloud is without a contradiction.
    fn sound(&self) {
        assert_eq!(croft_control::check(self.control.cloud()), Vec::<String>::new());
    }

    pub fn plan(&mut self, template: &str) -> Result<Plan, StackError> {
        let template = Template::parse("template.yaml", template.as_bytes())?;
        let design = Design::new(&template, "web", &BTreeMap::new(), self.control.cloud(), self.context.now)?;
        Ok(plan(&design))
    }

    /// Without stacks, versions and what is only remembered of what is gone.
    pub fn bare(&self) -> Cloud {
        let mut cloud = self.control.cloud().clone();
        cloud.stacks.clear();
        cloud.version = 0;
        cloud.instances = cloud.instances.into_iter().filter(|(_, i)| i.state != InstanceState::Terminated).collect();
        let gone = |state: &NatGatewayState| matches!(state, NatGatewayState::Deleted);
        cloud.nat_gateways = cloud.nat_gateways.into_iter().filter(|(_, n)| !gone(&n.state)).collect();
        cloud
    }

    pub fn stack(&self) -> &croft_model::stack::Stack {
        self.control.cloud().stack(&croft_model::Scope::default(), "web").expect("the stack is there")
    }

    pub fn physical(&self, logical_id: &str) -> String {
        let live = |r: &&croft_model::stack::StackResource| r.logical_id == logical_id && r.status != present::REPLACED;
        let entry = self.stack().resources.iter().find(live);
        entry.and_then(|r| r.physical_id.clone()).unwrap_or_else(|| panic!("{logical_id} is there"))
    }

    /// `Status LogicalId`, in order.
    pub fn told(&self) -> Vec<String> {
        self.events.iter().map(|e| format!("{} {}", e.status, e.logical_id)).collect()
    }

    fn agent(&mut self) {
        let cloud = self.control.cloud().clone();
        for instance in cloud.instances.values() {
            let name = instance.tags.get(crate::resource::tags::LOGICAL_ID).cloned().unwrap_or_default();
            let (state, reason) = match instance.state {
                InstanceState::Pending if self.broken.contains(&name) => {
                    (InstanceState::Stopped, Some("it ended at once".to_string()))
                }
                InstanceState::Pending => (InstanceState::Running, None),
                InstanceState::ShuttingDown => (InstanceState::Terminated, None),
                InstanceState::Stopping => (InstanceState::Stopped, None),
                _ => continue,
            };
            let (instance_id, generation) = (instance.id.clone(), instance.generation);
            self.run(ObserveInstance { instance_id, generation, state, reason }).expect("observed");
        }
        for interface in cloud.interfaces.values() {
            if let Some(attachment) = interface.attachment.as_ref().filter(|a| a.status == AttachmentStatus::Attaching)
            {
                let (network_interface_id, attachment_id) = (interface.id.clone(), attachment.id.clone());
                self.run(ObserveAttachment { network_interface_id, attachment_id }).expect("observed");
            }
        }
        for gateway in cloud.nat_gateways.values() {
            let state = match gateway.state {
                NatGatewayState::Pending => NatGatewayState::Available,
                NatGatewayState::Deleting => NatGatewayState::Deleted,
                _ => continue,
            };
            self.run(ObserveNatGateway { nat_gateway_id: gateway.id.clone(), state }).expect("observed");
        }
    }
}

impl Account for Memory {
    fn cloud(&self) -> Cloud {
        self.control.cloud().clone()
    }

    fn run<R: croft_control::Request>(&mut self, request: R) -> Result<R::Response, Error> {
        self.control.run(request, &mut self.context)
    }

    fn wait(&mut self, version: u64, at_most: Duration) {
        assert!(at_most <= PATIENCE, "no wait is longer than the patience");
        if self.asleep {
            self.context.now += at_most.as_secs();
            return;
        }
        assert_eq!(self.control.cloud().version, version, "nothing is missed between look and wait");
        self.context.now += 1;
        self.agent();
    }

    fn now(&self) -> u64 {
        self.context.now
    }

    fn cancelled(&self) -> bool {
        self.cancel_at.is_some_and(|at| self.context.now >= at)
    }
}

/// The text of an error, for comparing.
pub fn said<T: std::fmt::Debug>(result: Result<T, StackError>) -> String {
    result.expect_err("it is refused").to_string()
}

/// A VPC with a gateway, two public and two private subnets, a NAT gateway, groups, an ACL and two instances.
pub const TIERS: &str = include_str!("tests/tiers.yaml");
