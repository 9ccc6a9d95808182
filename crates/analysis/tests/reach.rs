//! Paths that are open or closed, what closes them, and the change that opens them.

mod world;

use croft_analysis::*;
use croft_analysis::{Change, Direction, Kind};
use croft_control::*;
use croft_model::group::{self, Peer};
use croft_model::route::RouteTarget;
use croft_model::subnet::Subnet;
use croft_model::*;
use croft_policy::Ports;
use world::*;

fn interface(id: &NetworkInterfaceId) -> Endpoint {
    Endpoint::Interface(id.clone())
}

const INTERNET: Endpoint = Endpoint::Internet(None);

/// A client and a server in one VPC, in subnets of two zones, each with a group of its own.
struct Pair {
    world: World,
    vpc: VpcId,
    client: NetworkInterfaceId,
    server: NetworkInterfaceId,
    client_group: SecurityGroupId,
    server_group: SecurityGroupId,
    client_subnet: Subnet,
    server_subnet: Subnet,
}

fn pair() -> Pair {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let client_subnet = world.subnet(&vpc, "10.0.1.0/24", "us-east-1a");
    let server_subnet = world.subnet(&vpc, "10.0.2.0/24", "us-east-1b");
    let client_group = world.group(&vpc, "client");
    let server_group = world.group(&vpc, "server");
    let client = world.instance(&client_subnet, &[&client_group]);
    let server = world.instance(&server_subnet, &[&server_group]);
    Pair { world, vpc, client, server, client_group, server_group, client_subnet, server_subnet }
}

impl Pair {
    fn question(&self, port: u16) -> ReachQuestion {
        tcp_question(interface(&self.client), interface(&self.server), port)
    }
}

#[test]
fn ord_1_an_open_path_is_told_gate_by_gate() {
    let mut p = pair();
    p.world.allow_in(&p.server_group, 6, 8080, Peer::Group(p.client_group.clone()));
    let answer = p.world.tcp(&p.client, &p.server, 8080);
    assert!(answer.predicted && answer.reachable && answer.fix.is_none(), "{answer:#?}");
    let kinds: Vec<_> = answer.path.iter().map(|hop| (hop.direction, hop.kind)).collect();
    use Direction::*;
    use Kind::*;
    let there = [NetworkInterface, SecurityGroup, NetworkAcl, RouteTable, NetworkInterface, NetworkAcl, SecurityGroup];
    let expected: Vec<_> = there.map(|k| (Request, k)).into_iter().chain(there.map(|k| (Reply, k))).collect();
    assert_eq!(kinds, expected);
    assert!(answer.path.iter().all(|hop| hop.passed));
    assert_eq!(answer.path[2].rules, ["100"]);
    assert_eq!(answer.path[3].rules, ["10.0.0.0/16"]);
    assert_eq!(answer.path[6].rules.len(), 1);
    // SG-2: the reply asks no rule.
    assert!(answer.path[8].rules.is_empty() && answer.path[8].note.contains("tracked"));
}

#[test]
fn sg_1_a_group_without_rules_lets_nothing_in() {
    let mut p = pair();
    let question = p.question(8080);
    let server_group = p.server_group.to_string();
    let answer = closed_and_mended(&mut p.world, &question, Code::SgHasNoRules, &server_group);
    // SG-3: the rule that opens it names the client's group, and one port.
    let steps = answer.fix.unwrap().steps;
    assert_eq!(steps.len(), 1);
    assert_eq!(
        steps[0].commands,
        [format!(
            "aws ec2 authorize-security-group-ingress --group-id {server_group} --ip-permissions 'IpProtocol=tcp,FromPort=8080,ToPort=8080,UserIdGroupPairs=[{{GroupId={}}}]'",
            p.client_group
        )]
    );
    assert!(steps[0].template.as_ref().unwrap().contains(&format!("SourceSecurityGroupId: {}", p.client_group)));
    let drop = answer.blockers[0].drop.as_ref().unwrap();
    assert_eq!((drop.reason.as_str(), drop.gate.as_deref()), ("security_group_ingress", Some(p.server.as_str())));
    assert!(!p.world.tcp(&p.client, &p.server, 8081).predicted, "no wider than needed");
    assert!(!p.world.tcp(&p.server, &p.client, 8080).predicted, "and one way only");
}

#[test]
fn sg_4_members_of_a_group_need_a_reference_to_it() {
    let mut p = pair();
    let other = p.world.instance(&p.client_subnet, &[&p.server_group]);
    p.world.allow_in(&p.server_group, 6, 6379, Peer::Group(p.client_group.clone()));
    let question = tcp_question(interface(&other), interface(&p.server), 6379);
    let group = p.server_group.to_string();
    let answer = closed_and_mended(&mut p.world, &question, Code::EniSgRulesMismatch, &group);
    let Change::AllowInGroup { group, peer, .. } = answer.fix.unwrap().steps.remove(0).change else { panic!() };
    assert_eq!(peer, Peer::Group(group));
}

#[test]
fn sg_1_egress_rules_are_needed_too() {
    let mut p = pair();
    p.world.nothing_out(&p.client_group);
    p.world.allow_in(&p.server_group, 6, 8080, anybody());
    let question = p.question(8080);
    let group = p.client_group.to_string();
    let answer = closed_and_mended(&mut p.world, &question, Code::SgHasNoRules, &group);
    assert_eq!(answer.blockers[0].drop.as_ref().unwrap().reason, "security_group_egress");
}

#[test]
fn acl_4_a_reply_needs_its_own_entry() {
    let mut p = pair();
    p.world.allow_in(&p.server_group, 6, 5432, Peer::Group(p.client_group.clone()));
    let subnet = p.server_subnet.clone();
    let acl = p.world.network_acl(&subnet);
    p.world.acl_entry(&acl, tcp_entry(100, group::Direction::Ingress, "10.0.1.0/24", 5432, 5432, true));
    let question = p.question(5432);
    let answer = closed_and_mended(&mut p.world, &question, Code::SubnetAclRestriction, acl.as_str());
    let blocker = &answer.blockers[0];
    assert_eq!((blocker.direction, blocker.rule.as_deref()), (Direction::Reply, Some("*")));
    let drop = blocker.drop.as_ref().unwrap();
    assert_eq!((drop.reason.as_str(), drop.gate.as_deref()), ("network_acl_egress", Some(subnet.id.as_str())));
    let address = p.world.address_of(&p.client);
    assert_eq!(
        answer.fix.unwrap().steps[0].commands,
        [format!(
            "aws ec2 create-network-acl-entry --network-acl-id {acl} --egress --rule-number 100 --protocol 6 --port-range From=1024,To=65535 --cidr-block {address}/32 --rule-action allow"
        )]
    );
}

#[test]
fn acl_2_an_entry_goes_before_the_one_that_denies() {
    let mut p = pair();
    p.world.allow_in(&p.server_group, 6, 5432, Peer::Group(p.client_group.clone()));
    let subnet = p.server_subnet.clone();
    let acl = p.world.network_acl(&subnet);
    // No number before the denying entry is free, nor the next two behind it.
    for (number, allow) in [(1, false), (2, true), (3, true)] {
        p.world.acl_entry(&acl, tcp_entry(number, group::Direction::Ingress, "10.0.0.0/8", 0, 65535, allow));
    }
    p.world.acl_entry(&acl, tcp_entry(100, group::Direction::Egress, "10.0.0.0/8", 0, 65535, true));
    let question = p.question(5432);
    let answer = closed_and_mended(&mut p.world, &question, Code::SubnetAclRestriction, acl.as_str());
    assert_eq!(answer.blockers[0].rule.as_deref(), Some("1"));
    assert_eq!(answer.fix.unwrap().steps.len(), 4);
    let entries = &p.world.cloud().network_acls[&acl].entries;
    let ingress: Vec<_> = entries.iter().filter(|e| e.direction == group::Direction::Ingress).collect();
    assert_eq!(
        ingress.iter().map(|e| (e.number, e.allow)).collect::<Vec<_>>(),
        [(1, true), (2, false), (3, true), (4, true)]
    );
    assert!(!p.world.tcp(&p.client, &p.server, 5433).predicted, "everything else is denied as before");
}

#[test]
fn every_gate_that_would_refuse_is_listed() {
    let mut p = pair();
    p.world.nothing_out(&p.client_group);
    let (from, to) = (p.client_subnet.clone(), p.server_subnet.clone());
    let (client_acl, server_acl) = (p.world.network_acl(&from), p.world.network_acl(&to));
    let question = p.question(443);
    let group = p.client_group.to_string();
    let answer = closed_and_mended(&mut p.world, &question, Code::SgHasNoRules, &group);
    let found: Vec<_> = answer.blockers.iter().map(|b| (b.direction, b.component.clone())).collect();
    use Direction::*;
    let expected = [
        (Request, group),
        (Request, client_acl.to_string()),
        (Request, server_acl.to_string()),
        (Request, p.server_group.to_string()),
        (Reply, server_acl.to_string()),
        (Reply, client_acl.to_string()),
    ];
    assert_eq!(found, expected);
    assert_eq!(answer.codes, [Code::SgHasNoRules, Code::SubnetAclRestriction]);
    assert!(answer.blockers[0].drop.is_some() && answer.blockers[1..].iter().all(|b| b.drop.is_none()));
}

#[test]
fn rt_6_without_a_route_nothing_leaves_the_vpc() {
    let mut p = pair();
    let (public, _) = p.world.public_subnet(&p.vpc, "10.0.3.0/24", "us-east-1a");
    let table = p.world.table(&p.client_subnet.clone());
    let question = tcp_question(interface(&p.client), INTERNET, 443);
    let answer = closed_and_mended(&mut p.world, &question, Code::NoRouteToDestination, table.as_str());
    // NAT-1: no public address, so a NAT gateway in the public subnet of the zone.
    let steps = answer.fix.unwrap().steps;
    let Change::CreateNatGateway { subnet, .. } = &steps[0].change else { panic!("{steps:#?}") };
    assert_eq!((steps.len(), subnet), (1, &public.id));
    assert_eq!(steps[0].commands.len(), 4);
    let answer = p.world.ask(interface(&p.client), INTERNET, Transport::Tcp, 443);
    assert!(answer.path.iter().any(|hop| hop.kind == Kind::NatGateway));
}

#[test]
fn rt_6_a_nat_gateway_of_the_zone_is_preferred() {
    let mut p = pair();
    let (a, _) = p.world.public_subnet(&p.vpc, "10.0.3.0/24", "us-east-1a");
    let (b, _) = p.world.public_subnet(&p.vpc, "10.0.4.0/24", "us-east-1b");
    let (nat_a, nat_b) = (p.world.nat_gateway(&a), p.world.nat_gateway(&b));
    for (end, subnet, nat) in [(&p.client, &p.client_subnet, nat_a), (&p.server, &p.server_subnet, nat_b)] {
        let table = p.world.table(subnet);
        let question =
            ReachQuestion { protocol: Transport::Icmp, port: 0, ..tcp_question(interface(end), INTERNET, 0) };
        let answer = closed_and_mended(&mut p.world, &question, Code::NoRouteToDestination, table.as_str());
        let Change::Route { to, .. } = &answer.fix.unwrap().steps[0].change else { panic!() };
        assert_eq!(*to, Via::NatGateway(nat));
    }
}

#[test]
fn without_any_gateway_one_is_made_and_an_address_given() {
    let mut p = pair();
    let table = p.world.cloud().vpcs[&p.vpc].main_route_table.to_string();
    let question = tcp_question(interface(&p.client), INTERNET, 443);
    let answer = closed_and_mended(&mut p.world, &question, Code::NoRouteToDestination, &table);
    assert_eq!(answer.codes, [Code::NoRouteToDestination, Code::IgwPublicIpAssociationForEgress]);
    let steps = answer.fix.unwrap().steps;
    // What a step makes is named in the next by what it is, not by an identifier of the trial.
    assert!(
        steps[1].commands[0].ends_with("--destination-cidr-block 0.0.0.0/0 --gateway-id \"$GATEWAY\""),
        "{steps:#?}"
    );
    assert!(steps[1].template.as_ref().unwrap().contains("GatewayId: !Ref InternetGateway"), "{steps:#?}");
    let changes: Vec<_> = steps.into_iter().map(|step| step.change).collect();
    assert!(matches!(
        &changes[..],
        [
            Change::AttachInternetGateway { .. },
            Change::Route { to: Via::InternetGateway, .. },
            Change::GiveElasticIp { .. }
        ]
    ));
}

#[test]
fn rt_4_a_blackhole_is_replaced() {
    let mut p = pair();
    let (public, _) = p.world.public_subnet(&p.vpc, "10.0.3.0/24", "us-east-1a");
    let nat = p.world.nat_gateway(&public);
    let table = p.world.table(&p.client_subnet.clone());
    p.world.route(&table, everything(), RouteTarget::NatGateway(nat.clone()));
    p.world.run(DeleteNatGateway { nat_gateway_id: nat.clone() });
    let question = tcp_question(interface(&p.client), INTERNET, 443);
    let answer = closed_and_mended(&mut p.world, &question, Code::BadStateRoute, table.as_str());
    assert_eq!(answer.blockers[0].rule.as_deref(), Some("0.0.0.0/0"));
    assert_eq!(answer.blockers[0].drop.as_ref().unwrap().reason, "blackhole");
}

#[test]
fn igw_1_an_interface_without_a_public_address_is_not_reached_from_outside() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let (public, _) = world.public_subnet(&vpc, "10.0.1.0/24", "us-east-1a");
    let group = world.group(&vpc, "web");
    world.allow_in(&group, 6, 443, anybody());
    let web = world.instance(&public, &[&group]);
    let question = tcp_question(INTERNET, interface(&web), 443);
    let code = Code::IgwPrivateIpAssociationForIngress;
    let answer = closed_and_mended(&mut world, &question, code, web.as_str());
    assert!(matches!(&answer.fix.unwrap().steps[..], [Step { change: Change::GiveElasticIp { .. }, .. }]));
    // The other way as well: the address is the interface's for both.
    assert!(world.ask(interface(&web), INTERNET, Transport::Tcp, 443).predicted);
}

#[test]
fn igw_1_going_out_needs_a_public_address() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let (public, _) = world.public_subnet(&vpc, "10.0.1.0/24", "us-east-1a");
    let group = world.group(&vpc, "web");
    let web = world.instance(&public, &[&group]);
    let gateway = world.cloud().internet_gateway_of(&vpc).unwrap().id.to_string();
    let question = tcp_question(interface(&web), INTERNET, 443);
    let code = Code::IgwPublicIpAssociationForEgress;
    let answer = closed_and_mended(&mut world, &question, code, &gateway);
    assert_eq!(answer.blockers[0].drop.as_ref().unwrap().gate.as_deref(), Some(gateway.as_str()));
}

#[test]
fn igw_6_what_block_public_access_closes_is_said_and_not_gone_round() {
    use croft_model::block_public_access::InternetGatewayBlockMode;
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let (public, _) = world.public_subnet(&vpc, "10.0.1.0/24", "us-east-1a");
    let group = world.group(&vpc, "web");
    world.allow_in(&group, 6, 443, anybody());
    let web = world.instance(&public, &[&group]);
    world.elastic_ip(&web);
    assert!(world.ask(interface(&web), INTERNET, Transport::Tcp, 443).predicted);
    let internet_gateway_block_mode = InternetGatewayBlockMode::BlockIngress;
    world.run(ModifyVpcBlockPublicAccessOptions { internet_gateway_block_mode });
    for (from, to) in [(interface(&web), INTERNET), (INTERNET, interface(&web))] {
        let answer = world.ask(from, to, Transport::Tcp, 443);
        assert!(!answer.predicted && answer.fix.is_none(), "{answer:#?}");
        assert_eq!(answer.blockers[0].code, Code::VpcBlockPublicAccessEnabled, "{answer:#?}");
        assert_eq!(answer.blockers[0].code.to_string(), "VPC_BLOCK_PUBLIC_ACCESS_ENABLED");
    }
}

#[test]
fn igw_2_the_reply_dies_without_a_route() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    world.internet_gateway(&vpc);
    let subnet = world.subnet(&vpc, "10.0.1.0/24", "us-east-1a");
    let table = world.table(&subnet);
    let group = world.group(&vpc, "web");
    world.allow_in(&group, 6, 443, anybody());
    let web = world.instance(&subnet, &[&group]);
    world.elastic_ip(&web);
    let question = tcp_question(INTERNET, interface(&web), 443);
    let answer = closed_and_mended(&mut world, &question, Code::NoRouteToDestination, table.as_str());
    assert_eq!(answer.blockers[0].direction, Direction::Reply);
    let drop = answer.blockers[0].drop.as_ref().unwrap();
    assert_eq!((drop.reason.as_str(), drop.gate.as_deref()), ("no_route", Some(subnet.id.as_str())));
}

#[test]
fn an_answer_through_a_nat_gateway_has_another_source() {
    for protocol in [Transport::Tcp, Transport::Udp, Transport::Icmp] {
        let mut world = World::new();
        let vpc = world.vpc("10.0.0.0/16");
        let (public, _) = world.public_subnet(&vpc, "10.0.1.0/24", "us-east-1a");
        let nat = world.nat_gateway(&public);
        let subnet = world.subnet(&vpc, "10.0.2.0/24", "us-east-1a");
        let table = world.table(&subnet);
        world.route(&table, everything(), RouteTarget::NatGateway(nat.clone()));
        let group = world.group(&vpc, "web");
        let web = world.instance(&subnet, &[&group]);
        world.elastic_ip(&web);
        let port = if protocol == Transport::Icmp { 0 } else { 443 };
        let question = ReachQuestion { protocol, ..tcp_question(INTERNET, interface(&web), port) };
        let answer = closed_and_mended(&mut world, &question, Code::SgHasNoRules, group.as_str());
        assert!(
            answer.blockers.iter().any(|b| b.direction == Direction::Reply && b.component == nat.as_str()),
            "{answer:#?}"
        );
    }
}

#[test]
fn nat_2_nothing_comes_in_through_a_nat_gateway() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let (public, _) = world.public_subnet(&vpc, "10.0.1.0/24", "us-east-1a");
    let nat = world.nat_gateway(&public);
    let address = world.cloud().addresses.values().next().unwrap().public_ip;
    let answer = world.ask(INTERNET, Endpoint::Address(address), Transport::Tcp, 443);
    assert_eq!(answer.codes, [Code::NgwDestAddressPreservation]);
    assert_eq!(answer.blockers[0].component, nat.as_str());
    assert_eq!(answer.blockers[0].drop.as_ref().unwrap().reason, "nat_unsolicited");
    assert!(answer.fix.is_none() && answer.blockers[0].no_fix.is_some());
}

#[test]
fn nat_3_a_nat_gateway_that_leads_to_itself_is_told() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    world.internet_gateway(&vpc);
    let subnet = world.subnet(&vpc, "10.0.1.0/24", "us-east-1a");
    let nat = world.nat_gateway(&subnet);
    let table = world.table(&subnet);
    world.route(&table, everything(), RouteTarget::NatGateway(nat));
    let group = world.group(&vpc, "app");
    let app = world.instance(&subnet, &[&group]);
    let question = tcp_question(interface(&app), INTERNET, 443);
    closed_and_mended(&mut world, &question, Code::CannotRoute, table.as_str());
}

#[test]
fn net_3_vpcs_do_not_meet() {
    let mut p = pair();
    let other = p.world.vpc("10.0.0.0/16");
    let subnet = p.world.subnet(&other, "10.0.1.0/24", "us-east-1a");
    let group = p.world.group(&other, "other");
    let there = p.world.instance(&subnet, &[&group]);
    let answer = p.world.tcp(&there, &p.server, 8080);
    assert_eq!(answer.codes, [Code::DisconnectedVpcs]);
    assert!(answer.fix.is_none() && answer.blockers[0].no_fix.is_some());
    let drop = answer.blockers[0].drop.as_ref().unwrap();
    assert_eq!(drop.reason, "no_address");
}

#[test]
fn az_2_a_failed_zone_is_a_bad_state() {
    let mut p = pair();
    p.world.allow_in(&p.server_group, 6, 8080, anybody());
    p.world.run(FailZone { zone_name: "us-east-1b".into() });
    let question = p.question(8080);
    let server = p.server.to_string();
    let answer = closed_and_mended(&mut p.world, &question, Code::BadState, &server);
    assert_eq!(answer.fix.unwrap().steps[0].commands, ["croft zone restore us-east-1b"]);
}

#[test]
fn a_stopped_instance_is_named_and_the_gates_behind_it_too() {
    let mut p = pair();
    let instance = p.world.instance_of(&p.server);
    p.world.run(StopInstances { instance_ids: vec![instance.clone()] });
    let generation = p.world.cloud().instances[&instance].generation;
    let stopped = croft_model::instance::InstanceState::Stopped;
    p.world.run(ObserveInstance { instance_id: instance.clone(), generation, state: stopped, reason: None });
    let question = p.question(8080);
    let answer = closed_and_mended(&mut p.world, &question, Code::BadState, instance.as_str());
    assert_eq!(answer.codes, [Code::BadState, Code::SgHasNoRules]);
}

#[test]
fn net_4_a_route_to_an_interface_that_is_not_the_destination() {
    let mut p = pair();
    let (public, _) = p.world.public_subnet(&p.vpc, "10.0.3.0/24", "us-east-1a");
    let middlebox = p.world.instance(&public, &[&p.server_group]);
    let table = p.world.table(&p.client_subnet.clone());
    p.world.route(&table, everything(), RouteTarget::NetworkInterface(middlebox.clone()));
    let question = tcp_question(interface(&p.client), INTERNET, 443);
    let code = Code::EniSourceDestCheckRestriction;
    let mut same = p.world.clone();
    closed_and_mended(&mut same, &question, code, middlebox.as_str());
    // Without the check it gets there; whether it goes on is the program's business, not the network's.
    p.world.run(ModifyNetworkInterfaceAttribute {
        source_dest_check: Some(false),
        ..ModifyNetworkInterfaceAttribute::of(middlebox.clone())
    });
    p.world.allow_in(&p.server_group, 6, 443, anybody());
    let answer = closed_and_mended(&mut p.world, &question, Code::CannotRoute, table.as_str());
    assert!(answer.blockers[0].drop.is_none());
}

#[test]
fn igw_3_the_public_address_of_a_neighbour_is_reached_through_the_gateway() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let (public, _) = world.public_subnet(&vpc, "10.0.1.0/24", "us-east-1a");
    let group = world.group(&vpc, "web");
    world.allow_in(&group, 6, 443, Peer::Group(group.clone()));
    let (a, b) = (world.instance(&public, &[&group]), world.instance(&public, &[&group]));
    let address = world.elastic_ip(&b);
    let source = world.elastic_ip(&a);
    assert!(world.tcp(&a, &b, 443).predicted, "directly");
    let question = tcp_question(interface(&a), Endpoint::Address(address), 443);
    let answer = closed_and_mended(&mut world, &question, Code::EniSgRulesMismatch, group.as_str());
    // SG-5: a reference never matches a public address.
    let Change::AllowInGroup { peer, .. } = &answer.fix.unwrap().steps[0].change else { panic!() };
    assert_eq!(*peer, Peer::Ipv4(source.into()));
}

#[test]
fn udp_and_ping_are_judged_as_themselves() {
    let p = pair();
    for (protocol, port) in [(Transport::Udp, 53), (Transport::Icmp, 0)] {
        let mut world = p.world.clone();
        world.allow_in(&p.server_group, 6, 53, anybody());
        let question = ReachQuestion { protocol, ..tcp_question(interface(&p.client), interface(&p.server), port) };
        closed_and_mended(&mut world, &question, Code::EniSgRulesMismatch, p.server_group.as_str());
        assert!(!world.tcp(&p.client, &p.server, 54).predicted);
    }
}

#[test]
fn questions_without_an_answer_are_refused_by_name() {
    let mut p = pair();
    let ask = |source, destination| {
        reach(p.world.cloud(), &Ports::default(), &tcp_question(source, destination, 1)).unwrap_err()
    };
    let unknown: NetworkInterfaceId = "eni-0123456789abcdef0".parse().unwrap();
    assert_eq!(ask(interface(&unknown), INTERNET), ReachError::NoInterface(unknown.clone()));
    assert_eq!(ask(INTERNET, INTERNET), ReachError::BothOutside);
    assert_eq!(ask(interface(&p.client), interface(&p.client)), ReachError::SameInterface(p.client.clone()));
    let outside = "9.9.9.9".parse().unwrap();
    assert_eq!(ask(Endpoint::Address(outside), INTERNET), ReachError::NotHeld(outside));
    let inside = "10.0.0.9".parse().unwrap();
    let from = Endpoint::Internet(Some(inside));
    assert_eq!(ask(from, interface(&p.client)), ReachError::NotOnTheInternet(inside));
    let twin = p.world.vpc("10.0.0.0/16");
    let subnet = p.world.subnet(&twin, "10.0.1.0/24", "us-east-1a");
    let group = p.world.group(&twin, "twin");
    let address = p.world.address_of(&p.client);
    let other = p.world.try_instance(&subnet, &[group], Some(address)).unwrap();
    let asked = reach(p.world.cloud(), &Ports::default(), &tcp_question(Endpoint::Address(address), INTERNET, 1));
    let Err(ReachError::Ambiguous { interfaces, .. }) = asked else { panic!("{asked:?}") };
    assert!(interfaces.contains(&p.client) && interfaces.contains(&other));
}

#[test]
fn the_answer_survives_json() {
    let p = pair();
    let answer = p.world.tcp(&p.client, &p.server, 8080);
    let text = serde_json::to_string_pretty(&answer).unwrap();
    assert_eq!(serde_json::from_str::<Answer>(&text).unwrap(), answer);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["codes"][0], "SG_HAS_NO_RULES");
    assert_eq!(value["blockers"][0]["direction"], "request");
    for field in ["reachable", "predicted", "codes", "path", "blockers", "fix"] {
        assert!(value.get(field).is_some(), "{field}");
    }
}
