//! Instances: what is asked for, and what was seen (rows NET-6, EC2-1).
//!
//! A command says what is desired and puts the state on its way; the agent carries it out and reports by
//! [`ObserveInstance`], which alone completes it.

use crate::Transaction;
use crate::error::{Error, Result};
use crate::interface::NewInterface;
use crate::request::{Request, request};
use crate::tag::check_tags;
use croft_model::instance::{DesiredState, Instance, InstanceState};
use croft_model::interface::InterfaceKind;
use croft_model::*;
use std::net::Ipv4Addr;

request! {
    /// Makes one instance.
    pub struct RunInstances {
        pub image_id: String,
        /// `t3.micro` if absent; it changes nothing in the network.
        pub instance_type: Option<String>,
        /// A default subnet if absent.
        pub subnet_id: Option<SubnetId>,
        #[serde(default)]
        pub security_group_ids: Vec<SecurityGroupId>,
        pub private_ip_address: Option<Ipv4Addr>,
        /// Instead of the three above.
        #[serde(default)]
        pub network_interfaces: Vec<InstanceNetworkInterface>,
        /// Decoded; a script.
        pub user_data: Option<String>,
        pub key_name: Option<String>,
        pub iam_instance_profile: Option<String>,
        #[serde(default)]
        pub tags: Tags,
    }

    /// AWS's `InstanceNetworkInterfaceSpecification`: an interface that exists, or one to be made.
    pub struct InstanceNetworkInterface {
        pub device_index: u16,
        /// One that exists: nothing below but `delete_on_termination` goes with it.
        pub network_interface_id: Option<NetworkInterfaceId>,
        pub subnet_id: Option<SubnetId>,
        #[serde(default)]
        pub groups: Vec<SecurityGroupId>,
        pub description: Option<String>,
        pub private_ip_address: Option<Ipv4Addr>,
        /// Secondary ones.
        #[serde(default)]
        pub private_ip_addresses: Vec<Ipv4Addr>,
        pub secondary_private_ip_address_count: Option<u32>,
        /// What the subnet says if absent (row NET-6).
        pub associate_public_ip_address: Option<bool>,
        /// Yes for one that is made, no for one that existed, if absent.
        pub delete_on_termination: Option<bool>,
    }

    pub struct StopInstances {
        pub instance_ids: Vec<InstanceId>,
    }

    pub struct StartInstances {
        pub instance_ids: Vec<InstanceId>,
    }

    pub struct TerminateInstances {
        pub instance_ids: Vec<InstanceId>,
    }
}

/// In bytes, before encoding.
const LARGEST_USER_DATA: usize = 16 * 1024;

impl InstanceNetworkInterface {
    /// One to be made, at device index 0.
    pub fn primary(subnet_id: Option<SubnetId>, groups: Vec<SecurityGroupId>) -> Self {
        InstanceNetworkInterface {
            device_index: 0,
            network_interface_id: None,
            subnet_id,
            groups,
            description: None,
            private_ip_address: None,
            private_ip_addresses: vec![],
            secondary_private_ip_address_count: None,
            associate_public_ip_address: None,
            delete_on_termination: None,
        }
    }
}

impl Request for RunInstances {
    type Response = Instance;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Instance> {
        check_tags(&self.tags)?;
        if self.user_data.as_ref().is_some_and(|d| d.len() > LARGEST_USER_DATA) {
            return Err(Error::invalid(format!("User data is limited to {LARGEST_USER_DATA} bytes")));
        }
        let mut interfaces = self.network_interfaces;
        if interfaces.is_empty() {
            let private_ip_address = self.private_ip_address;
            let one = InstanceNetworkInterface::primary(self.subnet_id, self.security_group_ids);
            interfaces.push(InstanceNetworkInterface { private_ip_address, ..one });
        } else if self.subnet_id.is_some() || !self.security_group_ids.is_empty() || self.private_ip_address.is_some() {
            return Err(Error::combination(
                "Network interfaces and an instance-level subnet ID, security groups or private address may not be specified on the same request",
            ));
        }
        interfaces.sort_by_key(|i| i.device_index);
        if interfaces.first().is_none_or(|i| i.device_index != 0) {
            return Err(Error::invalid("An instance needs a network interface with device index 0."));
        }
        if interfaces.len() > 1 && interfaces.iter().any(|i| i.associate_public_ip_address == Some(true)) {
            return Err(Error::combination(
                "The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.",
            ));
        }
        let id = tx.fresh(|r| &r.instances, InstanceId::from_bits);
        let instance = Instance {
            id: id.clone(),
            image: self.image_id,
            instance_type: self.instance_type.unwrap_or_else(|| "t3.micro".into()),
            interfaces: vec![],
            user_data: self.user_data,
            key_name: self.key_name,
            instance_profile: self.iam_instance_profile,
            desired: DesiredState::Running,
            state: InstanceState::Pending,
            state_reason: None,
            launched: tx.now,
            terminated: None,
            generation: 1,
            tags: self.tags,
        };
        tx.cloud.instances.insert(id.clone(), instance);
        let mut zone = None;
        for spec in interfaces {
            let interface = tx.launch_interface(&id, spec)?;
            let here = tx.zone_of(&interface)?.to_string();
            if *zone.get_or_insert_with(|| here.clone()) != here {
                return Err(Error::combination(
                    "All network interfaces of an instance must lie in the same availability zone.",
                ));
            }
        }
        tx.give_public_address(&id)?;
        tx.instance(&id).cloned()
    }
}

impl Transaction<'_> {
    /// Makes or takes one interface of a new instance and attaches it.
    fn launch_interface(&mut self, id: &InstanceId, spec: InstanceNetworkInterface) -> Result<NetworkInterfaceId> {
        let index = spec.device_index;
        if let Some(existing) = spec.network_interface_id {
            let further = spec.subnet_id.is_some()
                || !spec.groups.is_empty()
                || spec.private_ip_address.is_some()
                || !spec.private_ip_addresses.is_empty()
                || spec.secondary_private_ip_address_count.is_some()
                || spec.associate_public_ip_address == Some(true);
            if further {
                return Err(Error::combination(format!(
                    "A network interface that exists ({existing}) brings its subnet, groups and addresses; they may not be specified with it."
                )));
            }
            self.attach(&existing, id, index, spec.delete_on_termination.unwrap_or(false))?;
            return Ok(existing);
        }
        let subnet = match spec.subnet_id {
            Some(id) => self.subnet(&id)?.clone(),
            None => self.default_subnet()?,
        };
        for id in &spec.groups {
            if self.security_group(id)?.vpc != subnet.vpc {
                return Err(Error::new(
                    "InvalidParameter",
                    format!("Security group {id} and subnet {} belong to different networks.", subnet.id),
                ));
            }
        }
        let groups = self.groups_or_default(&subnet.vpc, spec.groups).map_err(|e| match e.code {
            // AWS has a code of its own for it at launch.
            "SecurityGroupsPerInterfaceLimitExceeded" => Error { code: "SecurityGroupsPerInstanceLimitExceeded", ..e },
            _ => e,
        })?;
        let interface = self.create_interface(NewInterface {
            groups,
            subnet: subnet.id,
            description: spec.description.unwrap_or_default(),
            primary: spec.private_ip_address,
            secondary: spec.private_ip_addresses,
            secondary_count: spec.secondary_private_ip_address_count.unwrap_or(0),
            kind: InterfaceKind::Interface,
            tags: Tags::new(),
        })?;
        let public = spec.associate_public_ip_address.unwrap_or(subnet.map_public_ip_on_launch);
        self.interface_mut(&interface)?.public_ip_at_start = public && index == 0;
        self.attach(&interface, id, index, spec.delete_on_termination.unwrap_or(true))?;
        Ok(interface)
    }
}

/// `User initiated (2026-11-21 10:00:00 GMT)`.
fn user_initiated(now: u64) -> String {
    let (days, seconds) = (now / 86_400, now % 86_400);
    // Days since 1 March of year 0: a leap day is then the last day of its year.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let day = day - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("User initiated ({year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} GMT)")
}

impl Request for StopInstances {
    type Response = Vec<Instance>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Vec<Instance>> {
        each(tx, self.instance_ids, |instance, now| {
            match instance.state {
                InstanceState::Running => {
                    instance.desired = DesiredState::Stopped;
                    instance.state = InstanceState::Stopping;
                    instance.state_reason = Some(user_initiated(now));
                }
                InstanceState::Stopping | InstanceState::Stopped => {}
                InstanceState::Pending | InstanceState::ShuttingDown | InstanceState::Terminated => {
                    return Err(Error::instance_state(&instance.id, "stopped"));
                }
            }
            Ok(())
        })
    }
}

impl Request for StartInstances {
    type Response = Vec<Instance>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Vec<Instance>> {
        let ids = self.instance_ids.clone();
        each(tx, self.instance_ids, |instance, now| {
            match instance.state {
                InstanceState::Stopped => {
                    instance.desired = DesiredState::Running;
                    instance.state = InstanceState::Pending;
                    instance.state_reason = None;
                    instance.launched = now;
                    instance.generation += 1;
                }
                InstanceState::Pending | InstanceState::Running => {}
                InstanceState::Stopping | InstanceState::ShuttingDown | InstanceState::Terminated => {
                    return Err(Error::instance_state(&instance.id, "started"));
                }
            }
            Ok(())
        })?;
        for id in &ids {
            tx.give_public_address(id)?;
        }
        ids.iter().map(|id| tx.instance(id).cloned()).collect()
    }
}

impl Request for TerminateInstances {
    type Response = Vec<Instance>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Vec<Instance>> {
        each(tx, self.instance_ids, |instance, now| {
            if !matches!(instance.state, InstanceState::ShuttingDown | InstanceState::Terminated) {
                instance.desired = DesiredState::Terminated;
                instance.state = InstanceState::ShuttingDown;
                instance.state_reason = Some(user_initiated(now));
            }
            Ok(())
        })
    }
}

fn each(
    tx: &mut Transaction<'_>,
    ids: Vec<InstanceId>,
    change: fn(&mut Instance, u64) -> Result<()>,
) -> Result<Vec<Instance>> {
    let now = tx.now;
    if ids.is_empty() {
        return Err(Error::missing("InstanceId"));
    }
    ids.iter()
        .map(|id| {
            let instance = tx.instance_mut(id)?;
            change(instance, now)?;
            Ok(instance.clone())
        })
        .collect()
}
