//! Interfaces and instances.

use super::Draw;
use croft_control::*;
use croft_model::instance::InstanceState;
use croft_model::interface::IdleTimeouts;

impl Draw {
    pub(super) fn named_compute(&mut self, name: &str, cloud: &Cloud) -> Command {
        let interface = self.id(&cloud.interfaces, "eni");
        let instance = self.id(&cloud.instances, "i");
        match name {
            "CreateNetworkInterface" => CreateNetworkInterface {
                subnet_id: self.id(&cloud.subnets, "subnet"),
                description: None,
                groups: self.some(1, |d| d.id(&cloud.security_groups, "sg")),
                private_ip_address: self.maybe(20, |d| d.address(cloud)),
                private_ip_addresses: self.some(1, |d| d.address(cloud)),
                secondary_private_ip_address_count: self.maybe(30, |d| d.below(3) as u32),
                tags: self.tags(),
            }
            .into(),
            "DeleteNetworkInterface" => DeleteNetworkInterface { network_interface_id: interface }.into(),
            "ModifyNetworkInterfaceAttribute" => {
                let groups: Vec<_> = cloud
                    .interfaces
                    .get(&interface)
                    .map(|i| cloud.security_groups.values().filter(|g| g.vpc == i.vpc).map(|g| g.id.clone()).collect())
                    .unwrap_or_default();
                ModifyNetworkInterfaceAttribute {
                    network_interface_id: interface,
                    description: None,
                    groups: self.maybe(70, |d| d.some(3, |d| d.one(&groups)).into_iter().flatten().collect()),
                    source_dest_check: self.maybe(50, |d| d.often(50)),
                    connection_tracking: self.maybe(20, |d| IdleTimeouts {
                        tcp_established: 350,
                        udp: 30 + d.below(40) as u32,
                        udp_stream: 60,
                    }),
                    delete_on_termination: self.maybe(20, |d| d.often(50)),
                }
                .into()
            }
            "AttachNetworkInterface" => AttachNetworkInterface {
                network_interface_id: interface,
                instance_id: instance,
                device_index: self.below(17) as u16,
            }
            .into(),
            "DetachNetworkInterface" => {
                let all: Vec<_> =
                    cloud.interfaces.values().filter_map(|i| i.attachment.as_ref().map(|a| a.id.clone())).collect();
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
            "RunInstances" => {
                let several = self.often(40);
                let count = 1 + self.below(2) as u16;
                RunInstances {
                    image_id: "ami-1".into(),
                    instance_type: None,
                    subnet_id: if several { None } else { self.maybe(95, |d| d.id(&cloud.subnets, "subnet")) },
                    security_group_ids: vec![],
                    private_ip_address: None,
                    network_interfaces: match several {
                        true => (0..count).map(|n| self.launch_interface(cloud, n)).collect(),
                        false => vec![],
                    },
                    user_data: None,
                    key_name: None,
                    iam_instance_profile: None,
                    tags: self.tags(),
                }
                .into()
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
            _ => self.named_other(name, cloud),
        }
    }
}
