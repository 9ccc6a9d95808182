//! Rows IGW-1, IGW-2, IGW-4, NAT-1, NAT-4, NAT-5, NAT-7, NET-6 as the API enforces them.

mod world;

use croft_control::*;
use croft_model::gateway::NatGatewayState;
use croft_model::instance::InstanceState;
use croft_model::route::RouteTarget;
use croft_model::subnet::Subnet;
use croft_model::vpc::Vpc;
use croft_model::*;
use world::*;

fn net() -> (World, Vpc, Subnet, InternetGatewayId) {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let igw = w.gateway(&vpc);
    (w, vpc, subnet, igw)
}

fn seen(id: &NatGatewayId, state: NatGatewayState) -> ObserveNatGateway {
    ObserveNatGateway { nat_gateway_id: id.clone(), state }
}

#[test]
fn igw_1_one_gateway_per_vpc_and_one_vpc_per_gateway() {
    let (mut w, vpc, _, igw) = net();
    let other = w.vpc("10.1.0.0/16");
    let second = w.run(CreateInternetGateway { tags: Tags::new() }).id;
    let attach = |igw: &InternetGatewayId, vpc: &Vpc| AttachInternetGateway {
        internet_gateway_id: igw.clone(),
        vpc_id: vpc.id.clone(),
    };
    w.refused(attach(&second, &vpc), "InvalidParameterValue");
    w.refused(attach(&igw, &other), "Resource.AlreadyAssociated");
    w.run(attach(&second, &other));
    let detach = DetachInternetGateway { internet_gateway_id: igw.clone(), vpc_id: other.id };
    w.refused(detach, "Gateway.NotAttached");
    w.refused(DeleteInternetGateway { internet_gateway_id: igw.clone() }, "DependencyViolation");
    w.run(DetachInternetGateway { internet_gateway_id: igw.clone(), vpc_id: vpc.id });
    w.run(DeleteInternetGateway { internet_gateway_id: igw.clone() });
    w.refused(DeleteInternetGateway { internet_gateway_id: igw }, "InvalidInternetGatewayID.NotFound");
}

#[test]
fn igw_4_a_gateway_with_mapped_addresses_stays_attached() {
    let (mut w, vpc, subnet, igw) = net();
    let detach = || DetachInternetGateway { internet_gateway_id: igw.clone(), vpc_id: vpc.id.clone() };
    let interface = w.interface(&subnet).id;
    let address = w.elastic();
    let association = w.run(associate(&address, &interface));
    w.refused(detach(), "DependencyViolation");
    w.run(DisassociateAddress { association_id: association });
    w.run(public_at_launch(&subnet));
    let instance = w.running(&subnet).id;
    w.refused(detach(), "DependencyViolation");
    w.run(StopInstances { instance_ids: vec![instance.clone()] });
    w.observe(&instance, InstanceState::Stopped);
    w.run(detach());
}

#[test]
fn igw_4_without_a_gateway_no_elastic_ip_is_mapped() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let interface = w.interface(&subnet).id;
    let address = w.elastic();
    w.refused(associate(&address, &interface), "Gateway.NotAttached");
}

#[test]
fn igw_4_an_elastic_ip_takes_the_place_of_the_launch_address() {
    let (mut w, _, subnet, _) = net();
    w.run(public_at_launch(&subnet));
    let instance = w.running(&subnet).id;
    let launch = w.public_ip(&instance).unwrap();
    let address = w.elastic();
    let on_instance = AssociateAddress {
        instance_id: Some(instance.clone()),
        network_interface_id: None,
        ..associate(&address, &w.primary(&instance).id)
    };
    let association = w.run(on_instance);
    assert_eq!(w.primary(&instance).auto_public_ip, None);
    assert_eq!(w.public_ip(&instance), Some(w.cloud().addresses[&address].public_ip));
    w.run(DisassociateAddress { association_id: association.clone() });
    let after = w.public_ip(&instance).expect("a running instance gets a new launch address");
    assert_ne!(after, launch);
    w.refused(DisassociateAddress { association_id: association }, "InvalidAssociationID.NotFound");
}

#[test]
fn igw_4_an_elastic_ip_moves_unless_told_otherwise() {
    let (mut w, _, subnet, _) = net();
    let (one, other) = (w.interface(&subnet).id, w.interface(&subnet).id);
    let address = w.elastic();
    let first = w.run(associate(&address, &one));
    assert_eq!(w.run(associate(&address, &one)), first, "the same again changes nothing");
    let hold = AssociateAddress { allow_reassociation: Some(false), ..associate(&address, &other) };
    w.refused(hold, "Resource.AlreadyAssociated");
    w.run(associate(&address, &other));
    assert_eq!(w.cloud().addresses[&address].association.as_ref().unwrap().interface, other);
    let second = w.elastic();
    w.run(associate(&second, &other));
    assert_eq!(w.cloud().addresses[&address].association, None, "a newcomer takes the place");
    w.refused(ReleaseAddress { allocation_id: second.clone() }, "InvalidIPAddress.InUse");
    w.run(DeleteNetworkInterface { network_interface_id: other });
    w.run(ReleaseAddress { allocation_id: second.clone() });
    w.refused(ReleaseAddress { allocation_id: second }, "InvalidAllocationID.NotFound");
}

#[test]
fn net_6_a_launch_address_is_lost_at_stop_and_another_comes_at_start() {
    let (mut w, _, subnet, _) = net();
    w.run(public_at_launch(&subnet));
    let id = w.running(&subnet).id;
    let first = w.public_ip(&id).unwrap();
    assert!("198.18.0.0/15".parse::<ipnet::Ipv4Net>().unwrap().contains(&first));
    w.run(StopInstances { instance_ids: vec![id.clone()] });
    w.observe(&id, InstanceState::Stopped);
    assert_eq!(w.public_ip(&id), None);
    w.run(StartInstances { instance_ids: vec![id.clone()] });
    assert!(w.public_ip(&id).is_some_and(|second| second != first));
}

#[test]
fn net_6_an_elastic_ip_stays_over_stop_and_start() {
    let (mut w, _, subnet, _) = net();
    let id = w.running(&subnet).id;
    let address = w.elastic();
    w.run(associate(&address, &w.primary(&id).id.clone()));
    let public = w.public_ip(&id);
    w.run(StopInstances { instance_ids: vec![id.clone()] });
    w.observe(&id, InstanceState::Stopped);
    assert_eq!(w.public_ip(&id), public);
    w.run(StartInstances { instance_ids: vec![id.clone()] });
    assert_eq!(w.public_ip(&id), public);
}

#[test]
fn net_6_the_launch_may_say_otherwise_than_the_subnet() {
    let (mut w, _, subnet, _) = net();
    let launch = |public| RunInstances {
        subnet_id: None,
        network_interfaces: vec![InstanceNetworkInterface {
            associate_public_ip_address: Some(public),
            ..InstanceNetworkInterface::primary(Some(subnet.id.clone()), vec![])
        }],
        ..run_instances(&subnet)
    };
    let with = w.run(launch(true)).remove(0).id;
    assert!(w.public_ip(&with).is_some());
    w.run(public_at_launch(&subnet));
    let without = w.run(launch(false)).remove(0).id;
    assert_eq!(w.public_ip(&without), None);
}

#[test]
fn nat_1_a_public_gateway_comes_up_with_interface_and_elastic_ip() {
    let (mut w, vpc, subnet, _) = net();
    let address = w.elastic();
    let nat = w.run(create_nat(&subnet, Some(&address)));
    assert_eq!(nat.state, NatGatewayState::Pending);
    let interface = w.cloud().interfaces[&nat.interface].clone();
    assert_eq!(interface.groups, vec![], "row NAT-3: no security group of its own");
    assert_eq!(nat.addresses[0].private_ip, interface.private_ips[0]);
    assert_eq!(
        w.cloud().public_ip(&interface, interface.private_ips[0]),
        Some(w.cloud().addresses[&address].public_ip)
    );
    w.run(seen(&nat.id, NatGatewayState::Available));
    w.run(route(&vpc.main_route_table, "0.0.0.0/0", RouteTarget::NatGateway(nat.id.clone())));
    assert!(w.cloud().target_is_active(&vpc.id, &RouteTarget::NatGateway(nat.id)));
}

#[test]
fn nat_1_the_interface_is_the_gateways_alone() {
    let (mut w, _, subnet, _) = net();
    let (address, other) = (w.elastic(), w.elastic());
    let nat = w.run(create_nat(&subnet, Some(&address)));
    let delete = DeleteNetworkInterface { network_interface_id: nat.interface.clone() };
    w.refused(delete, "InvalidParameterValue");
    w.refused(associate(&other, &nat.interface), "AuthFailure");
    let user = w.interface(&subnet).id;
    w.refused(associate(&address, &user), "AuthFailure");
    let association = w.cloud().addresses[&address].association.clone().unwrap().id;
    w.refused(DisassociateAddress { association_id: association }, "AuthFailure");
    let instance = w.running(&subnet).id;
    let attach =
        AttachNetworkInterface { network_interface_id: nat.interface.clone(), instance_id: instance, device_index: 1 };
    w.refused(attach, "InvalidNetworkInterface.InUse");
    let assign = AssignPrivateIpAddresses {
        network_interface_id: nat.interface,
        private_ip_addresses: vec![],
        secondary_private_ip_address_count: Some(1),
        allow_reassignment: false,
    };
    w.refused(assign, "AuthFailure");
}

#[test]
fn nat_1_two_elastic_ips_by_default_and_eight_at_most() {
    let (mut w, _, subnet, _) = net();
    w.quota("elastic_ips_per_region", 20);
    let all: Vec<_> = (0..9).map(|_| w.elastic()).collect();
    let with = |n: usize| CreateNatGateway {
        secondary_allocation_ids: all[1..n].to_vec(),
        ..create_nat(&subnet, Some(&all[0]))
    };
    w.refused(with(3), "AddressLimitExceeded");
    w.refused(SetQuota { name: "elastic_ips_per_nat_gateway".into(), value: 9 }, "InvalidParameterValue");
    w.quota("elastic_ips_per_nat_gateway", 8);
    w.refused(with(9), "AddressLimitExceeded");
    let nat = w.run(with(7));
    assert_eq!(nat.addresses.len(), 7);
    let more = |n: usize| AssociateNatGatewayAddress {
        nat_gateway_id: nat.id.clone(),
        allocation_ids: vec![all[n].clone()],
        private_ip_addresses: vec![],
    };
    w.refused(more(3), "Resource.AlreadyAssociated");
    w.run(more(7));
    w.refused(more(8), "AddressLimitExceeded");
    let association = |w: &World, n: usize| w.cloud().addresses[&all[n]].association.clone().unwrap().id;
    let take_off = |id| DisassociateNatGatewayAddress { nat_gateway_id: nat.id.clone(), association_ids: vec![id] };
    let first = association(&w, 0);
    w.refused(take_off(first), "InvalidParameterValue");
    let last = association(&w, 7);
    assert_eq!(w.run(take_off(last)).addresses.len(), 7);
    w.run(ReleaseAddress { allocation_id: all[7].clone() });
}

#[test]
fn nat_4_a_gateway_goes_through_its_states_and_stays_listed_for_an_hour() {
    let (mut w, _, subnet, _) = net();
    let address = w.elastic();
    let nat = w.run(create_nat(&subnet, Some(&address))).id;
    let state = |w: &World| w.cloud().nat_gateways[&nat].state.clone();
    w.run(seen(&nat, NatGatewayState::Deleted));
    assert_eq!(state(&w), NatGatewayState::Pending, "what nobody asked for is not believed");
    w.run(seen(&nat, NatGatewayState::Available));
    w.run(DeleteNatGateway { nat_gateway_id: nat.clone() });
    assert_eq!(state(&w), NatGatewayState::Deleting);
    w.refused(ReleaseAddress { allocation_id: address.clone() }, "InvalidIPAddress.InUse");
    w.refused(DeleteSubnet { subnet_id: subnet.id.clone() }, "DependencyViolation");
    w.run(seen(&nat, NatGatewayState::Deleted));
    assert_eq!(state(&w), NatGatewayState::Deleted);
    w.run(ReleaseAddress { allocation_id: address });
    w.refused(DeleteNatGateway { nat_gateway_id: nat.clone() }, "NatGatewayNotFound");
    w.context.now += 3600;
    let second = w.elastic();
    w.run(create_nat(&subnet, Some(&second)));
    assert!(w.cloud().nat_gateways.contains_key(&nat), "one hour is not over");
    w.context.now += 1;
    let third = w.elastic();
    w.run(create_nat(&subnet, Some(&third)));
    assert!(!w.cloud().nat_gateways.contains_key(&nat));
}

#[test]
fn nat_4_what_cannot_come_up_fails_with_its_code() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let small = w.subnet(&vpc, "10.0.1.0/28");
    let address = w.elastic();
    let code = |state: &NatGatewayState| match state {
        NatGatewayState::Failed { code, .. } => code.clone(),
        other => panic!("{other:?}"),
    };
    let nat = w.run(create_nat(&small, Some(&address)));
    assert_eq!(code(&nat.state), "Gateway.NotAttached");
    assert_eq!(w.cloud().addresses[&address].association, None);
    w.gateway(&vpc);
    let nat = w.run(create_nat(&small, Some(&"eipalloc-0".parse().unwrap())));
    assert_eq!(code(&nat.state), "InvalidAllocationID.NotFound");
    let interface = w.interface(&small).id;
    w.run(associate(&address, &interface));
    let nat = w.run(create_nat(&small, Some(&address)));
    assert_eq!(code(&nat.state), "Resource.AlreadyAssociated");
    while w.cloud().available_ip_address_count(&small) > 0 {
        w.interface(&small);
    }
    let free = w.elastic();
    let nat = w.run(create_nat(&small, Some(&free)));
    assert_eq!(code(&nat.state), "InsufficientFreeAddressesInSubnet");
    w.refused(create_nat(&small, None), "MissingParameter");
    w.run(DeleteNatGateway { nat_gateway_id: nat.id.clone() });
    assert_eq!(w.cloud().nat_gateways[&nat.id].state, NatGatewayState::Deleted);
}

#[test]
fn nat_4_routes_to_a_deleted_gateway_are_black_holes_and_new_ones_are_refused() {
    let (mut w, vpc, subnet, _) = net();
    let address = w.elastic();
    let nat = w.run(create_nat(&subnet, Some(&address))).id;
    let target = RouteTarget::NatGateway(nat.clone());
    w.run(route(&vpc.main_route_table, "0.0.0.0/0", target.clone()));
    w.run(DeleteNatGateway { nat_gateway_id: nat });
    assert!(!w.cloud().target_is_active(&vpc.id, &target));
    w.refused(route(&vpc.main_route_table, "192.0.2.0/24", target), "InvalidNatGatewayID.NotFound");
}

#[test]
fn nat_5_a_private_gateway_has_private_addresses_only() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let address = w.elastic();
    let private = CreateNatGateway {
        connectivity_type: Some(ConnectivityType::Private),
        secondary_private_ip_address_count: Some(2),
        ..create_nat(&subnet, None)
    };
    w.refused(CreateNatGateway { allocation_id: Some(address), ..private.clone() }, "InvalidParameterCombination");
    let nat = w.run(private);
    assert_eq!(nat.addresses.len(), 3);
    let assign = |count| AssignPrivateNatGatewayAddress {
        nat_gateway_id: nat.id.clone(),
        private_ip_addresses: vec![],
        private_ip_address_count: Some(count),
    };
    w.refused(assign(6), "PrivateIpAddressLimitExceeded");
    assert_eq!(w.run(assign(5)).addresses.len(), 8);
    let unassign = |n: usize| UnassignPrivateNatGatewayAddress {
        nat_gateway_id: nat.id.clone(),
        private_ip_addresses: vec![nat.addresses[n].private_ip],
    };
    w.run(unassign(1));
    w.refused(unassign(0), "InvalidParameterValue");
}

#[test]
fn nat_7_regional_is_refused_by_name() {
    let (mut w, _, subnet, _) = net();
    let address = w.elastic();
    let create = |mode| CreateNatGateway { availability_mode: Some(mode), ..create_nat(&subnet, Some(&address)) };
    let message = w.refused(create(AvailabilityMode::Regional), "UnsupportedOperation");
    assert!(message.contains("regional"), "{message}");
    w.run(create(AvailabilityMode::Zonal));
}

#[test]
fn net_10_nat_gateways_have_a_quota_per_zone() {
    let (mut w, vpc, subnet, _) = net();
    w.quota("nat_gateways_per_zone", 1);
    let (one, two) = (w.elastic(), w.elastic());
    let nat = w.run(create_nat(&subnet, Some(&one))).id;
    w.refused(create_nat(&subnet, Some(&two)), "NatGatewayLimitExceeded");
    let elsewhere = CreateSubnet { availability_zone: Some("us-east-1b".into()), ..create_subnet(&vpc, "10.0.2.0/24") };
    let elsewhere = w.run(elsewhere);
    w.run(create_nat(&elsewhere, Some(&two)));
    w.run(DeleteNatGateway { nat_gateway_id: nat.clone() });
    let three = w.elastic();
    w.refused(create_nat(&subnet, Some(&three)), "NatGatewayLimitExceeded");
    w.run(seen(&nat, NatGatewayState::Deleted));
    w.run(create_nat(&subnet, Some(&three)));
}

#[test]
fn a_client_token_gives_the_same_gateway_again() {
    let (mut w, vpc, subnet, _) = net();
    let address = w.elastic();
    let create = create_nat(&subnet, Some(&address));
    let under_token = |create: CreateNatGateway| Idempotent {
        operation: "CreateNatGateway".into(),
        token: "t".into(),
        parameters: serde_json::to_string(&create).unwrap(),
        command: Box::new(create.into()),
    };
    let id = |response: Box<Response>| match *response {
        Response::CreateNatGateway(gateway) => gateway.id,
        other => panic!("{other:?}"),
    };
    let first = id(w.run(under_token(create.clone())));
    assert_eq!(id(w.run(under_token(create.clone()))), first);
    let other = w.subnet(&vpc, "10.0.2.0/24");
    w.refused(under_token(CreateNatGateway { subnet_id: other.id, ..create }), "IdempotentParameterMismatch");
}
