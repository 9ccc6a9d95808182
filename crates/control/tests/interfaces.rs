//! Attachments, attributes and IPv6 addresses of interfaces; Elastic IPs that are asked for by name (rows NET-4, NET-6).

mod world;

use croft_control::*;
use croft_model::instance::InstanceState;
use croft_model::interface::{AttachmentStatus, IdleTimeouts};
use croft_model::*;
use std::net::Ipv4Addr;
use world::*;

fn status(w: &World, id: &NetworkInterfaceId) -> Option<AttachmentStatus> {
    w.cloud().interfaces[id].attachment.as_ref().map(|a| a.status)
}

fn attach(interface: &NetworkInterfaceId, instance: &InstanceId, device_index: u16) -> AttachNetworkInterface {
    AttachNetworkInterface { network_interface_id: interface.clone(), instance_id: instance.clone(), device_index }
}

#[test]
fn an_attachment_is_asked_for_and_then_seen() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let launched = w.launch(&subnet);
    assert_eq!(status(&w, &launched.interfaces[0]), Some(AttachmentStatus::Attaching));
    w.observe(&launched.id, InstanceState::Running);
    assert_eq!(status(&w, &launched.interfaces[0]), Some(AttachmentStatus::Attached));

    let further = w.interface(&subnet).id;
    let attachment = w.run(attach(&further, &launched.id, 1));
    assert_eq!(w.cloud().interfaces[&further].attachment.as_ref().unwrap().attached, w.context.now);
    assert_eq!(status(&w, &further), Some(AttachmentStatus::Attaching));
    let seen = |attachment: &str| ObserveAttachment {
        network_interface_id: further.clone(),
        attachment_id: attachment.parse().unwrap(),
    };
    w.run(seen("eni-attach-0"));
    assert_eq!(status(&w, &further), Some(AttachmentStatus::Attaching), "another attachment was seen");
    w.run(seen(attachment.as_str()));
    assert_eq!(status(&w, &further), Some(AttachmentStatus::Attached));

    w.run(DetachNetworkInterface { attachment_id: attachment.clone() });
    assert_eq!(status(&w, &further), None);
    w.run(seen(attachment.as_str()));
    w.refused(DetachNetworkInterface { attachment_id: attachment }, "InvalidAttachmentID.NotFound");
}

#[test]
fn of_a_stopped_instance_there_is_nothing_to_see() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let small = RunInstances { instance_type: Some("t3.small".into()), ..run_instances(&subnet) };
    let instance = w.run(small).remove(0);
    w.observe(&instance.id, InstanceState::Running);
    let (one, other) = (w.interface(&subnet).id, w.interface(&subnet).id);
    w.run(attach(&one, &instance.id, 1));
    w.run(StopInstances { instance_ids: vec![instance.id.clone()] });
    w.observe(&instance.id, InstanceState::Stopped);
    assert_eq!(status(&w, &one), Some(AttachmentStatus::Attached));
    w.run(attach(&other, &instance.id, 2));
    assert_eq!(status(&w, &other), Some(AttachmentStatus::Attached));
}

#[test]
fn an_interface_in_use_is_not_deleted() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let instance = w.running(&subnet);
    let id = w.interface(&subnet).id;
    let attachment = w.run(attach(&id, &instance.id, 1));
    let message = w.refused(DeleteNetworkInterface { network_interface_id: id.clone() }, "InvalidParameterValue");
    assert_eq!(message, format!("Network interface '{id}' is currently in use."));
    w.refused(attach(&id, &instance.id, 2), "InvalidNetworkInterface.InUse");
    w.run(DetachNetworkInterface { attachment_id: attachment });
    w.run(DeleteNetworkInterface { network_interface_id: id });
}

#[test]
fn sg_7_one_time_out_is_changed_and_the_others_stay() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let udp = ConnectionTracking { udp: Some(60), ..ConnectionTracking::default() };
    let id = w.run(CreateNetworkInterface { connection_tracking: udp, ..create_interface(&subnet) }).id;
    assert_eq!(w.cloud().interfaces[&id].idle, IdleTimeouts { udp: 60, ..IdleTimeouts::default() });
    let tcp = ConnectionTracking { tcp_established: Some(60), ..ConnectionTracking::default() };
    let of = || ModifyNetworkInterfaceAttribute::of(id.clone());
    w.run(ModifyNetworkInterfaceAttribute { connection_tracking: tcp, ..of() });
    let both = IdleTimeouts { udp: 60, tcp_established: 60, ..IdleTimeouts::default() };
    assert_eq!(w.cloud().interfaces[&id].idle, both);
    let long = ConnectionTracking { udp: Some(61), ..ConnectionTracking::default() };
    let message =
        w.refused(ModifyNetworkInterfaceAttribute { connection_tracking: long, ..of() }, "InvalidParameterValue");
    assert!(message.contains("between 30 and 60 seconds"), "{message}");
    w.refused(
        CreateNetworkInterface { connection_tracking: long, ..create_interface(&subnet) },
        "InvalidParameterValue",
    );
}

#[test]
fn an_attachment_is_changed_by_its_own_name_only() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let instance = w.running(&subnet);
    let id = instance.interfaces[0].clone();
    let attachment = w.cloud().interfaces[&id].attachment.clone().unwrap();
    let keep = |attachment: &AttachmentId| ModifyNetworkInterfaceAttribute {
        attachment_id: Some(attachment.clone()),
        delete_on_termination: Some(false),
        ..ModifyNetworkInterfaceAttribute::of(id.clone())
    };
    w.refused(keep(&"eni-attach-0".parse().unwrap()), "InvalidAttachmentID.NotFound");
    w.run(keep(&attachment.id));
    assert!(!w.cloud().interfaces[&id].attachment.as_ref().unwrap().delete_on_termination);
    w.run(TerminateInstances { instance_ids: vec![instance.id.clone()] });
    w.observe(&instance.id, InstanceState::Terminated);
    assert!(w.cloud().interfaces[&id].attachment.is_none());
    w.refused(keep(&attachment.id), "InvalidAttachmentID.NotFound");
}

#[test]
fn net_6_a_running_instance_gets_a_public_address_and_gives_it_back() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let instance = w.running(&subnet);
    let public = |wanted| ModifyNetworkInterfaceAttribute {
        associate_public_ip_address: Some(wanted),
        ..ModifyNetworkInterfaceAttribute::of(instance.interfaces[0].clone())
    };
    assert_eq!(w.public_ip(&instance.id), None);
    w.run(public(true));
    let first = w.public_ip(&instance.id);
    assert!(first.is_some());
    w.run(public(true));
    assert_eq!(w.public_ip(&instance.id), first, "it has one already");
    w.run(public(false));
    assert_eq!(w.public_ip(&instance.id), None);
    // Of a further interface it is kept, in case it becomes an instance's first.
    let further = w.interface(&subnet).id;
    w.run(attach(&further, &instance.id, 1));
    w.run(ModifyNetworkInterfaceAttribute {
        associate_public_ip_address: Some(true),
        ..ModifyNetworkInterfaceAttribute::of(further.clone())
    });
    assert_eq!(w.cloud().interfaces[&further].auto_public_ip, None);
    assert!(w.cloud().interfaces[&further].public_ip_at_start);
}

#[test]
fn an_elastic_ip_is_had_again_by_its_address() {
    let mut w = World::new();
    let recover = |address: Ipv4Addr| RecoverAddress { address, tags: Tags::new() };
    let id = w.elastic();
    let address = w.cloud().addresses[&id].public_ip;
    w.refused(recover(address), "InvalidIPAddress.InUse");
    w.run(ReleaseAddress { allocation_id: id.clone() });
    let again = w.run(recover(address));
    assert_eq!(again.public_ip, address);
    assert_ne!(again.id, id);
    for elsewhere in [[8, 8, 8, 8], [198, 18, 0, 0], [198, 19, 255, 254], [198, 19, 255, 255], [198, 20, 0, 1]] {
        w.refused(recover(elsewhere.into()), "InvalidAddress.NotFound");
    }
}

#[test]
fn a_reverse_name_is_kept_with_its_dot() {
    let mut w = World::new();
    let allocation_id = w.elastic();
    let name =
        |name: &str| ModifyAddressAttribute { allocation_id: allocation_id.clone(), domain_name: Some(name.into()) };
    assert_eq!(w.run(name("mail.example.com")).ptr_record.as_deref(), Some("mail.example.com."));
    assert_eq!(w.run(name("www.example.com.")).ptr_record.as_deref(), Some("www.example.com."));
    for wrong in ["", ".", "localhost", "a..b", "-a.b", "a b.c", "é.example.com"] {
        w.refused(name(wrong), "InvalidParameterValue");
    }
    w.run(ResetAddressAttribute { allocation_id: allocation_id.clone() });
    assert_eq!(w.cloud().addresses[&allocation_id].ptr_record, None);
    w.refused(ResetAddressAttribute { allocation_id: "eipalloc-0".parse().unwrap() }, "InvalidAllocationID.NotFound");
}

#[test]
fn nat_4_a_gateway_that_is_gone_still_says_what_it_had() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    w.gateway(&vpc);
    let allocation = w.elastic();
    let public_ip = w.cloud().addresses[&allocation].public_ip;
    let gateway = w.run(create_nat(&subnet, Some(&allocation)));
    use croft_model::gateway::NatGatewayState::{Available, Deleted};
    let observe = |state| ObserveNatGateway { nat_gateway_id: gateway.id.clone(), state };
    w.run(observe(Available));
    let association = w.cloud().addresses[&allocation].association.clone().unwrap().id;
    w.run(DeleteNatGateway { nat_gateway_id: gateway.id.clone() });
    w.run(observe(Deleted));
    w.run(ReleaseAddress { allocation_id: allocation.clone() });
    let [address] = &w.cloud().nat_gateways[&gateway.id].addresses[..] else { panic!("one address") };
    assert_eq!(address.public_ip, Some(public_ip));
    assert_eq!((&address.allocation, &address.association), (&Some(allocation), &Some(association)));
}

/// A subnet with an IPv6 block.
fn dual_stack(w: &mut World) -> croft_model::subnet::Subnet {
    let vpc = w.run(CreateVpc { amazon_provided_ipv6_cidr_block: true, ..create_vpc("10.0.0.0/16") });
    let block = vpc.ipv6_cidr_blocks[0].block;
    let ipv6_cidr_block = block.subnets(64).unwrap().next();
    w.run(CreateSubnet { ipv6_cidr_block, ..create_subnet(&vpc, "10.0.1.0/24") })
}

#[test]
fn ipv6_addresses_come_and_go() {
    let mut w = World::new();
    let subnet = dual_stack(&mut w);
    let block = subnet.ipv6_cidr_block.as_ref().unwrap().block;
    let nth = |n: u128| std::net::Ipv6Addr::from(u128::from(block.network()) + n);
    let with = |ipv6| CreateNetworkInterface { ipv6, ..create_interface(&subnet) };
    let named = |addresses: &[u128]| Ipv6Choice {
        addresses: addresses.iter().map(|n| nth(*n)).collect(),
        ..Ipv6Choice::default()
    };
    for reserved in [0, 3, (1 << 64) - 1] {
        w.refused(with(named(&[reserved])), "InvalidParameterValue");
    }
    w.refused(with(named(&[1 << 64])), "InvalidParameterValue");
    w.refused(with(named(&[9, 9])), "InvalidIPAddress.InUse");
    w.refused(with(Ipv6Choice { primary: true, ..Ipv6Choice::default() }), "InvalidParameterValue");
    let one = w.run(with(Ipv6Choice { primary: true, ..named(&[9]) }));
    assert_eq!(one.ipv6_addresses, [nth(9)]);
    w.refused(with(named(&[9])), "InvalidIPAddress.InUse");
    let two = w.run(with(Ipv6Choice { count: Some(2), ..Ipv6Choice::default() }));
    assert!(two.ipv6_addresses.len() == 2 && two.ipv6_addresses.iter().all(|a| block.contains(a)));

    let assign = |addresses: &[u128], count| AssignIpv6Addresses {
        network_interface_id: one.id.clone(),
        ipv6_addresses: addresses.iter().map(|n| nth(*n)).collect(),
        ipv6_address_count: count,
    };
    assert_eq!(w.run(assign(&[9, 10], None)), [nth(10)], "what it has already is not added");
    assert_eq!(w.run(assign(&[], Some(1))).len(), 1);
    w.refused(assign(&[], None), "InvalidParameterCombination");
    w.refused(assign(&[11], Some(1)), "InvalidParameterCombination");
    w.quota("private_ips_per_interface", 3);
    w.refused(assign(&[], Some(1)), "PrivateIpAddressLimitExceeded");

    let unassign = |n| UnassignIpv6Addresses { network_interface_id: one.id.clone(), ipv6_addresses: vec![nth(n)] };
    w.run(unassign(10));
    w.refused(unassign(10), "InvalidParameterValue");
    w.refused(unassign(9), "OperationNotPermitted");
    w.run(DeleteNetworkInterface { network_interface_id: one.id.clone() });
    w.run(with(named(&[9])));
}

#[test]
fn a_subnet_may_give_ipv6_addresses_by_itself() {
    let mut w = World::new();
    let subnet = dual_stack(&mut w);
    assert!(w.interface(&subnet).ipv6_addresses.is_empty());
    let attributes = SubnetAttributes { assign_ipv6_address_on_creation: Some(true), ..SubnetAttributes::default() };
    w.run(ModifySubnetAttribute { subnet_id: subnet.id.clone(), attributes });
    assert_eq!(w.interface(&subnet).ipv6_addresses.len(), 1);
    let none = Ipv6Choice { count: Some(0), ..Ipv6Choice::default() };
    let none = w.run(CreateNetworkInterface { ipv6: none, ..create_interface(&subnet) });
    assert!(none.ipv6_addresses.is_empty());
}

#[test]
fn without_an_ipv6_block_there_are_no_ipv6_addresses() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let one = Ipv6Choice { count: Some(1), ..Ipv6Choice::default() };
    w.refused(CreateNetworkInterface { ipv6: one, ..create_interface(&subnet) }, "InvalidParameterValue");
    let id = w.interface(&subnet).id;
    let primary =
        ModifyNetworkInterfaceAttribute { enable_primary_ipv6: true, ..ModifyNetworkInterfaceAttribute::of(id) };
    w.refused(primary, "InvalidParameterValue");
}
