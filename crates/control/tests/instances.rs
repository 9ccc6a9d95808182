//! Instances, their interfaces and their states (rows NET-2, NET-4, EC2-1), and the template engine's records.

mod world;

use croft_control::*;
use croft_model::instance::{DesiredState, InstanceState};
use croft_model::stack::{Stack, StackVersion, Status};
use croft_model::subnet::Subnet;
use croft_model::vpc::Vpc;
use croft_model::*;
use world::*;

fn net() -> (World, Vpc, Subnet) {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    (w, vpc, subnet)
}

fn ids(id: &InstanceId) -> Vec<InstanceId> {
    vec![id.clone()]
}

fn attach(interface: &NetworkInterfaceId, instance: &InstanceId, device_index: u16) -> AttachNetworkInterface {
    AttachNetworkInterface { network_interface_id: interface.clone(), instance_id: instance.clone(), device_index }
}

#[test]
fn ec2_1_an_instance_goes_through_its_states() {
    let (mut w, _, subnet) = net();
    let instance = w.launch(&subnet);
    let id = instance.id;
    assert_eq!((instance.state, instance.desired), (InstanceState::Pending, DesiredState::Running));
    assert_eq!(instance.generation, 1);
    w.refused(StopInstances { instance_ids: ids(&id) }, "IncorrectInstanceState");
    w.observe(&id, InstanceState::Running);
    w.run(StopInstances { instance_ids: ids(&id) });
    assert_eq!(w.instance(&id).state, InstanceState::Stopping);
    w.refused(StartInstances { instance_ids: ids(&id) }, "IncorrectInstanceState");
    w.observe(&id, InstanceState::Stopped);
    w.run(StopInstances { instance_ids: ids(&id) });
    w.run(StartInstances { instance_ids: ids(&id) });
    assert_eq!((w.instance(&id).state, w.instance(&id).generation), (InstanceState::Pending, 2));
    w.observe(&id, InstanceState::Running);
    w.run(TerminateInstances { instance_ids: ids(&id) });
    assert_eq!(w.instance(&id).state, InstanceState::ShuttingDown);
    w.observe(&id, InstanceState::Terminated);
    assert_eq!(w.instance(&id).state, InstanceState::Terminated);
    w.run(TerminateInstances { instance_ids: ids(&id) });
    w.refused(StartInstances { instance_ids: ids(&id) }, "IncorrectInstanceState");
    let none: InstanceId = "i-0".parse().unwrap();
    w.refused(StartInstances { instance_ids: ids(&none) }, "InvalidInstanceID.NotFound");
}

#[test]
fn ec2_1_the_reason_is_worded_as_aws_words_it() {
    let (mut w, _, subnet) = net();
    let id = w.running(&subnet).id;
    w.context.now = 1_795_255_200;
    w.run(StopInstances { instance_ids: ids(&id) });
    assert_eq!(w.instance(&id).state_reason.unwrap(), "User initiated (2026-11-21 10:00:00 GMT)");
    w.observe(&id, InstanceState::Stopped);
    w.context.now = 951_782_399 + 1;
    w.run(TerminateInstances { instance_ids: ids(&id) });
    assert_eq!(w.instance(&id).state_reason.unwrap(), "User initiated (2000-02-29 00:00:00 GMT)");
}

#[test]
fn ec2_1_an_old_observation_changes_nothing() {
    let (mut w, _, subnet) = net();
    let id = w.running(&subnet).id;
    w.run(StopInstances { instance_ids: ids(&id) });
    w.observe(&id, InstanceState::Running);
    assert_eq!(w.instance(&id).state, InstanceState::Stopping);
    w.observe(&id, InstanceState::Stopped);
    w.run(StartInstances { instance_ids: ids(&id) });
    let late =
        ObserveInstance { instance_id: id.clone(), generation: 1, state: InstanceState::Terminated, reason: None };
    w.run(late);
    assert_eq!(w.instance(&id).state, InstanceState::Pending);
}

#[test]
fn ec2_1_a_workload_that_ends_by_itself_is_stopped() {
    let (mut w, _, subnet) = net();
    let id = w.running(&subnet).id;
    let reason = Some("Client.InstanceInitiatedShutdown".to_string());
    let seen = ObserveInstance {
        instance_id: id.clone(),
        generation: 1,
        state: InstanceState::Stopped,
        reason: reason.clone(),
    };
    w.run(seen);
    let instance = w.instance(&id);
    assert_eq!((instance.state, instance.desired), (InstanceState::Stopped, DesiredState::Stopped));
    assert_eq!(instance.state_reason, reason);
}

#[test]
fn ec2_1_a_terminated_instance_gives_back_what_it_held_and_is_forgotten_later() {
    let (mut w, vpc, subnet) = net();
    w.gateway(&vpc);
    let own = w.interface(&subnet).id;
    let mut primary = InstanceNetworkInterface::primary(Some(subnet.id.clone()), vec![]);
    primary.device_index = 1;
    let existing = InstanceNetworkInterface {
        network_interface_id: Some(own.clone()),
        ..InstanceNetworkInterface::primary(None, vec![])
    };
    let launch =
        RunInstances { subnet_id: None, network_interfaces: vec![primary, existing], ..run_instances(&subnet) };
    let instance = w.run(launch).remove(0);
    assert_eq!(instance.interfaces[0], own, "ordered by device index");
    let made = instance.interfaces[1].clone();
    let address = w.elastic();
    w.run(associate(&address, &made));
    w.run(TerminateInstances { instance_ids: ids(&instance.id) });
    assert!(w.cloud().interfaces.contains_key(&made), "it is held until the workload is gone");
    w.observe(&instance.id, InstanceState::Terminated);
    assert!(!w.cloud().interfaces.contains_key(&made));
    assert_eq!(w.cloud().interfaces[&own].attachment, None);
    assert_eq!(w.cloud().addresses[&address].association, None);
    w.context.now += 3601;
    let other = w.launch(&subnet);
    w.run(TerminateInstances { instance_ids: ids(&other.id) });
    w.observe(&other.id, InstanceState::Terminated);
    assert!(!w.cloud().instances.contains_key(&instance.id));
}

#[test]
fn net_2_an_instance_without_an_address_does_not_start_to_exist() {
    let (mut w, vpc, _) = net();
    let small = w.subnet(&vpc, "10.0.2.0/28");
    for _ in 0..11 {
        w.launch(&small);
    }
    w.refused(run_instances(&small), "InsufficientFreeAddressesInSubnet");
}

#[test]
fn net_4_interfaces_are_attached_and_detached() {
    let (mut w, vpc, subnet) = net();
    let instance = w.running(&subnet).id;
    let second = w.interface(&subnet).id;
    w.refused(attach(&second, &instance, 0), "InvalidParameterValue");
    w.refused(attach(&second, &instance, 15), "AttachmentLimitExceeded");
    let attachment = w.run(attach(&second, &instance, 1));
    w.refused(attach(&second, &instance, 2), "InvalidNetworkInterface.InUse");
    let delete = DeleteNetworkInterface { network_interface_id: second.clone() };
    w.refused(delete.clone(), "InvalidParameterValue");
    let elsewhere = CreateSubnet { availability_zone: Some("us-east-1b".into()), ..create_subnet(&vpc, "10.0.2.0/24") };
    let elsewhere = w.run(elsewhere);
    let far = w.interface(&elsewhere).id;
    w.refused(attach(&far, &instance, 2), "InvalidParameterCombination");
    let primary = w.primary(&instance).attachment.unwrap().id;
    w.refused(DetachNetworkInterface { attachment_id: primary }, "OperationNotPermitted");
    w.run(DetachNetworkInterface { attachment_id: attachment.clone() });
    w.refused(DetachNetworkInterface { attachment_id: attachment }, "InvalidAttachmentID.NotFound");
    w.run(delete);
}

#[test]
fn net_4_an_instance_takes_as_many_interfaces_and_addresses_as_its_type_has() {
    let (mut w, _, subnet) = net();
    let one = InstanceNetworkInterface::primary(Some(subnet.id.clone()), vec![]);
    let of = |kind: &str, interfaces: Vec<InstanceNetworkInterface>| RunInstances {
        subnet_id: None,
        instance_type: Some(kind.into()),
        network_interfaces: interfaces,
        ..run_instances(&subnet)
    };
    let at = |device_index| InstanceNetworkInterface { device_index, ..one.clone() };
    let further = |count| InstanceNetworkInterface { secondary_private_ip_address_count: Some(count), ..one.clone() };
    // A t3.micro has two interfaces of two addresses, a t3.small three of four.
    let message = w.refused(of("t3.micro", vec![at(0), at(1), at(2)]), "AttachmentLimitExceeded");
    assert_eq!(message, "Interface count 3 exceeds the limit for t3.micro");
    w.refused(of("t3.micro", vec![further(2)]), "PrivateIpAddressLimitExceeded");
    let small = w.run(of("t3.small", vec![further(3), at(1)])).remove(0);
    w.observe(&small.id, InstanceState::Running);
    let third = w.interface(&subnet).id;
    w.run(attach(&third, &small.id, 2));
    let fourth = w.interface(&subnet).id;
    w.refused(attach(&fourth, &small.id, 3), "AttachmentLimitExceeded");
    let assign = |interface: &NetworkInterfaceId, count| AssignPrivateIpAddresses {
        network_interface_id: interface.clone(),
        private_ip_addresses: vec![],
        secondary_private_ip_address_count: Some(count),
        allow_reassignment: false,
    };
    w.refused(assign(&small.interfaces[0], 1), "PrivateIpAddressLimitExceeded");
    w.run(assign(&small.interfaces[1], 3));
    // An interface that is on no instance takes what the quota gives, and such an instance takes no more of it.
    w.run(assign(&fourth, 9));
    let micro = w.running(&subnet);
    w.refused(attach(&fourth, &micro.id, 1), "PrivateIpAddressLimitExceeded");
    w.run(StopInstances { instance_ids: ids(&small.id) });
    w.observe(&small.id, InstanceState::Stopped);
    let attribute = InstanceAttribute::InstanceType("t3.micro".into());
    let change = ModifyInstanceAttribute { instance_id: small.id.clone(), attribute };
    w.refused(change, "AttachmentLimitExceeded");
    let attribute = InstanceAttribute::InstanceType("t3.medium".into());
    w.run(ModifyInstanceAttribute { instance_id: small.id, attribute });
}

#[test]
fn net_4_ipv6_addresses_count_against_the_type_too() {
    let mut w = World::new();
    let vpc = w.run(CreateVpc { amazon_provided_ipv6_cidr_block: true, ..create_vpc("10.0.0.0/16") });
    let block = vpc.ipv6_cidr_blocks[0].block.subnets(64).unwrap().next();
    let subnet = w.run(CreateSubnet { ipv6_cidr_block: block, ..create_subnet(&vpc, "10.0.1.0/24") });
    let with = |ipv6| RunInstances { ipv6, ..run_instances(&subnet) };
    let so_many = |count| Ipv6Choice { count: Some(count), ..Ipv6Choice::default() };
    w.refused(with(so_many(3)), "PrivateIpAddressLimitExceeded");
    let instance = w.run(with(so_many(2))).remove(0);
    let primary = w.primary(&instance.id);
    assert_eq!(primary.ipv6_addresses.len(), 2);
    let more =
        AssignIpv6Addresses { network_interface_id: primary.id, ipv6_addresses: vec![], ipv6_address_count: Some(1) };
    w.refused(more, "PrivateIpAddressLimitExceeded");
    let named = Ipv6Choice { addresses: vec![primary.ipv6_addresses[0]], ..Ipv6Choice::default() };
    w.refused(with(named.clone()), "InvalidIPAddress.InUse");
    w.refused(RunInstances { max_count: Some(2), ..with(named) }, "InvalidParameterCombination");
    let interfaces = vec![InstanceNetworkInterface::primary(Some(subnet.id.clone()), vec![])];
    let both = RunInstances { subnet_id: None, network_interfaces: interfaces, ..with(so_many(1)) };
    w.refused(both, "InvalidParameterCombination");
    let attributes = SubnetAttributes { assign_ipv6_address_on_creation: Some(true), ..SubnetAttributes::default() };
    w.run(ModifySubnetAttribute { subnet_id: subnet.id.clone(), attributes });
    let by_subnet = w.launch(&subnet).id;
    assert_eq!(w.primary(&by_subnet).ipv6_addresses.len(), 1);
    let none = w.run(with(so_many(0))).remove(0).id;
    assert!(w.primary(&none).ipv6_addresses.is_empty(), "none is a choice too");
}

#[test]
fn ec2_1_a_launch_names_its_interfaces_one_way() {
    let (mut w, vpc, subnet) = net();
    let one = InstanceNetworkInterface::primary(Some(subnet.id.clone()), vec![]);
    let with = |interfaces: Vec<InstanceNetworkInterface>| RunInstances {
        subnet_id: None,
        network_interfaces: interfaces,
        ..run_instances(&subnet)
    };
    let both = RunInstances { subnet_id: Some(subnet.id.clone()), ..with(vec![one.clone()]) };
    w.refused(both, "InvalidParameterCombination");
    let at = |device_index| InstanceNetworkInterface { device_index, ..one.clone() };
    w.refused(with(vec![at(1)]), "InvalidParameterValue");
    w.refused(with(vec![at(0), at(0)]), "InvalidParameterValue");
    let public = InstanceNetworkInterface { associate_public_ip_address: Some(true), ..one.clone() };
    w.refused(with(vec![public, at(1)]), "InvalidParameterCombination");
    let elsewhere = CreateSubnet { availability_zone: Some("us-east-1b".into()), ..create_subnet(&vpc, "10.0.2.0/24") };
    let elsewhere = w.run(elsewhere).id;
    let far = InstanceNetworkInterface { subnet_id: Some(elsewhere), ..at(1) };
    w.refused(with(vec![at(0), far]), "InvalidParameterCombination");
    let existing = w.interface(&subnet).id;
    let named = InstanceNetworkInterface { network_interface_id: Some(existing.clone()), ..one.clone() };
    w.refused(with(vec![named.clone()]), "InvalidParameterCombination");
    let alone = InstanceNetworkInterface { subnet_id: None, ..named };
    assert_eq!(w.run(with(vec![alone]))[0].interfaces, [existing]);
    let long = RunInstances { user_data: Some("x".repeat(16385)), ..run_instances(&subnet) };
    w.refused(long, "InvalidParameterValue");
}

#[test]
fn cfn_1_a_stacks_record_is_kept() {
    let (mut w, _, _) = net();
    let stack = |name: &str, unique: &str, status: Status| {
        Stack::new(&Scope::default(), name, unique, status, StackVersion::default(), 0)
    };
    let web = stack("web", "1", Status::CreateComplete);
    w.run(PutStack { stack: web.clone() });
    assert_eq!(w.cloud().stack(&Scope::default(), "web"), Some(&web));
    w.refused(PutStack { stack: stack("1", "2", Status::CreateComplete) }, "ValidationError");
    w.refused(PutStack { stack: stack("web", "2", Status::CreateComplete) }, "AlreadyExistsException");
    w.refused(PutStack { stack: Stack { name: "app".into(), ..web.clone() } }, "ValidationError");
    // A deleted one is remembered and gives its name free.
    w.run(PutStack { stack: Stack { status: Status::DeleteComplete, ..web.clone() } });
    assert_eq!(w.cloud().stack(&Scope::default(), "web"), None);
    w.run(PutStack { stack: stack("web", "2", Status::CreateComplete) });
    assert_eq!(w.cloud().stacks_in(&Scope::default()).count(), 2);
    w.refused(PutStack { stack: web.clone() }, "AlreadyExistsException");
    w.run(ForgetStack { stack_id: web.id.clone() });
    w.refused(ForgetStack { stack_id: web.id }, "ValidationError");
}

#[test]
fn commands_are_json() {
    let text = r#"{"CreateVpc": {"cidr_block": "10.0.0.0/16", "instance_tenancy": null}}"#;
    let command: Command = serde_json::from_str(text).unwrap();
    assert_eq!(command.name(), "CreateVpc");
    let mut w = World::new();
    let Response::CreateVpc(vpc) = w.run(command) else { panic!("another response") };
    assert!(w.cloud().vpcs.contains_key(&vpc.id));
    let unknown = r#"{"CreateVpc": {"cidr_block": "10.0.0.0/16", "cidr": 1}}"#;
    assert!(serde_json::from_str::<Command>(unknown).is_err());
}

#[test]
fn malformed_identifiers_have_their_codes() {
    let code = |e: MalformedId| Error::from(e).code;
    assert_eq!(code("x".parse::<InstanceId>().unwrap_err()), "InvalidInstanceID.Malformed");
    assert_eq!(code("eni-".parse::<NetworkInterfaceId>().unwrap_err()), "InvalidNetworkInterfaceId.Malformed");
    assert_eq!(code("vpc 1".parse::<VpcId>().unwrap_err()), "InvalidVpcID.Malformed");
}
