//! Interfaces and instances.

use super::Draw;
use croft_control::*;
use croft_model::instance::InstanceState;
use croft_model::interface::{Attachment, InterfaceKind, NetworkInterface};

impl Draw {
    pub(super) fn named_compute(&mut self, name: &str, cloud: &Cloud) -> Command {
        let interface = self.id(&cloud.interfaces, "eni");
        let instance = self.id(&cloud.instances, "i");
        match name {
            "CreateNetworkInterface" => CreateNetworkInterface {
                groups: self.some(1, |d| d.id(&cloud.security_groups, "sg")),
                private_ip_address: self.maybe(20, |d| d.address(cloud)),
                private_ip_addresses: self.some(1, |d| d.address(cloud)),
                secondary_private_ip_address_count: self.maybe(30, |d| d.below(3) as u32),
                ipv6: self.ipv6(cloud),
                tags: self.tags(),
                ..CreateNetworkInterface::in_subnet(self.id(&cloud.subnets, "subnet"))
            }
            .into(),
            "DeleteNetworkInterface" => DeleteNetworkInterface { network_interface_id: interface }.into(),
            "ModifyNetworkInterfaceAttribute" => {
                let groups: Vec<_> = cloud
                    .interfaces
                    .get(&interface)
                    .map(|i| {
                        cloud
                            .security_groups
                            .values()
                            .filter(|g| g.is_usable_in(&i.vpc))
                            .map(|g| g.id.clone())
                            .collect()
                    })
                    .unwrap_or_default();
                ModifyNetworkInterfaceAttribute {
                    groups: self.maybe(70, |d| d.some(3, |d| d.one(&groups)).into_iter().flatten().collect()),
                    source_dest_check: self.maybe(50, |d| d.often(50)),
                    connection_tracking: ConnectionTracking {
                        udp: self.maybe(20, |d| 30 + d.below(40) as u32),
                        ..ConnectionTracking::default()
                    },
                    delete_on_termination: self.maybe(20, |d| d.often(50)),
                    associate_public_ip_address: self.maybe(20, |d| d.often(50)),
                    enable_primary_ipv6: self.often(5),
                    ..ModifyNetworkInterfaceAttribute::of(interface)
                }
                .into()
            }
            "AttachNetworkInterface" => {
                let plain = |i: &&NetworkInterface| i.attachment.is_none() && i.kind == InterfaceKind::Interface;
                let free: Vec<_> = cloud.interfaces.values().filter(plain).map(|i| i.id.clone()).collect();
                let up: Vec<_> = cloud.instances.values().filter(|i| i.state == InstanceState::Running).collect();
                let instance_id = self.one(&up).map_or(instance, |i| i.id.clone());
                let network_interface_id =
                    self.one(&free).filter(|_| self.often(90)).unwrap_or_else(|| interface.clone());
                AttachNetworkInterface { network_interface_id, instance_id, device_index: self.below(17) as u16 }.into()
            }
            "DetachNetworkInterface" => {
                let first = self.often(10);
                let further = |a: &&Attachment| first || a.device_index > 0;
                let all: Vec<_> =
                    cloud.interfaces.values().filter_map(|i| i.attachment.as_ref()).filter(further).collect();
                let all: Vec<_> = all.into_iter().map(|a| a.id.clone()).collect();
                let attachment_id = self.one(&all).unwrap_or_else(|| "eni-attach-0".parse().unwrap());
                DetachNetworkInterface { attachment_id }.into()
            }
            "AssignPrivateIpAddresses" => {
                let named = self.often(50);
                AssignPrivateIpAddresses {
                    network_interface_id: interface,
                    private_ip_addresses: if named { self.some(2, |d| d.address(cloud)) } else { vec![] },
                    secondary_private_ip_address_count: (!named).then(|| self.below(3) as u32),
                    allow_reassignment: self.often(50),
                }
                .into()
            }
            "UnassignPrivateIpAddresses" => {
                let held = cloud.interfaces.get(&interface).and_then(|i| i.private_ips.last().copied());
                let address = held.unwrap_or_else(|| self.address(cloud));
                UnassignPrivateIpAddresses { network_interface_id: interface, private_ip_addresses: vec![address] }
                    .into()
            }
            "AssignIpv6Addresses" => {
                let Ipv6Choice { addresses, count, .. } = self.ipv6(cloud);
                let stacked =
                    |i: &&NetworkInterface| cloud.subnets.get(&i.subnet).is_some_and(|s| s.ipv6_cidr_block.is_some());
                let stacked: Vec<_> = cloud.interfaces.values().filter(stacked).map(|i| i.id.clone()).collect();
                AssignIpv6Addresses {
                    network_interface_id: self.one(&stacked).unwrap_or(interface),
                    ipv6_addresses: addresses,
                    ipv6_address_count: count,
                }
                .into()
            }
            "UnassignIpv6Addresses" => {
                let with: Vec<_> = cloud.interfaces.values().filter(|i| !i.ipv6_addresses.is_empty()).collect();
                let (network_interface_id, ipv6_addresses) = match self.one(&with) {
                    Some(held) => (held.id.clone(), held.ipv6_addresses.last().into_iter().copied().collect()),
                    None => (interface, vec![]),
                };
                UnassignIpv6Addresses { network_interface_id, ipv6_addresses }.into()
            }
            "ObserveAttachment" => {
                let all: Vec<_> = cloud.interfaces.values().filter(|i| i.attachment.is_some()).collect();
                let seen = self.one(&all).and_then(|i| Some((i.id.clone(), i.attachment.as_ref()?.id.clone())));
                let (network_interface_id, attachment_id) =
                    seen.unwrap_or_else(|| (interface, "eni-attach-0".parse().unwrap()));
                ObserveAttachment { network_interface_id, attachment_id }.into()
            }
            "StopInstances" => StopInstances { instance_ids: vec![instance] }.into(),
            "StartInstances" => StartInstances { instance_ids: vec![instance] }.into(),
            "TerminateInstances" => TerminateInstances { instance_ids: vec![instance] }.into(),
            "ObserveInstance" => {
                let generation = cloud.instances.get(&instance).map_or(1, |i| i.generation);
                ObserveInstance {
                    instance_id: instance,
                    generation: if self.often(90) { generation } else { 1 },
                    state: self
                        .one(&[
                            InstanceState::Running,
                            InstanceState::Running,
                            InstanceState::Stopped,
                            InstanceState::Pending,
                            InstanceState::Terminated,
                        ])
                        .unwrap(),
                    reason: None,
                }
                .into()
            }
            _ => self.named_launch(name, cloud),
        }
    }
}
