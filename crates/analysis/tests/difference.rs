//! WHY-5: which paths open and which close between two versions of a cloud.

mod world;

use std::collections::BTreeSet;

use croft_analysis::*;
use croft_control::*;
use croft_model::group::{Direction as Way, Peer};
use croft_model::interface::InterfaceKind;
use croft_model::route::RouteTarget;
use croft_model::*;
use croft_policy::Ports;
use world::random::Random;
use world::*;

fn subjects(before: &Cloud, after: &Cloud) -> Vec<Subject> {
    let of = |cloud: &Cloud| -> BTreeSet<NetworkInterfaceId> {
        let all = cloud.interfaces.values().filter(|i| i.kind == InterfaceKind::Interface);
        all.map(|i| i.id.clone()).collect()
    };
    let (was, is) = (of(before), of(after));
    let there = |set: &BTreeSet<NetworkInterfaceId>, id: &NetworkInterfaceId| set.contains(id).then(|| id.clone());
    let all = was.union(&is);
    all.map(|id| Subject { name: id.to_string(), before: there(&was, id), after: there(&is, id) }).collect()
}

fn compare(before: &Cloud, after: &Cloud) -> Difference {
    difference(before, after, &subjects(before, after), Bounds::default(), &mut |_, _| {})
}

fn names(parties: &[Party]) -> Vec<String> {
    let name = |party: &Party| match party {
        Party::Interface { name, .. } => name.clone(),
        Party::Internet { block: Some(block), .. } => block.to_string(),
        Party::Internet { block: None, except } if except.is_empty() => "internet".to_string(),
        Party::Internet { block: None, except } => format!("internet but {except:?}"),
    };
    parties.iter().map(name).collect()
}

fn tcp(from: u16, to: u16) -> TrafficRange {
    TrafficRange { protocol: Transport::Tcp, from, to }
}

/// Two servers of one group and a client of another, in two subnets that lead to the internet.
struct Office {
    world: World,
    client: NetworkInterfaceId,
    servers: [NetworkInterfaceId; 2],
    client_group: SecurityGroupId,
    server_group: SecurityGroupId,
    server_subnet: subnet::Subnet,
    table: RouteTableId,
}

fn office() -> Office {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let (client_subnet, _) = world.public_subnet(&vpc, "10.0.1.0/24", "us-east-1a");
    let (server_subnet, table) = world.public_subnet(&vpc, "10.0.2.0/24", "us-east-1b");
    let (client_group, server_group) = (world.group(&vpc, "client"), world.group(&vpc, "server"));
    let client = world.instance(&client_subnet, &[&client_group]);
    let servers = [(); 2].map(|()| world.instance(&server_subnet, &[&server_group]));
    Office { world, client, servers, client_group, server_group, server_subnet, table }
}

#[test]
fn why_5_a_new_rule_opens_its_ports_and_no_other() {
    let mut office = office();
    let before = office.world.cloud().clone();
    office.world.allow_in(&office.server_group, 6, 443, Peer::Group(office.client_group.clone()));
    let found = compare(&before, office.world.cloud());
    assert!(found.closed.is_empty() && found.examined.complete(), "{found:#?}");
    let [change] = &found.opened[..] else { panic!("{found:#?}") };
    assert_eq!(names(&change.sources), [office.client.to_string()]);
    let mut servers = office.servers.map(|id| id.to_string());
    servers.sort();
    assert_eq!(names(&change.destinations), servers);
    assert_eq!(change.traffic, [tcp(443, 443)]);
    let because = change.because.as_ref().unwrap();
    assert!(matches!(&because.closed, Closed::Refused { code: Code::SgHasNoRules, .. }), "{because:#?}");
    let [rule] = &because.rules[..] else { panic!("{because:#?}") };
    assert_eq!(rule.component, office.server_group.to_string());
    assert_eq!(rule.text, format!("tcp 443 from {}", office.client_group));
    // The two servers are one class.
    assert_eq!(found.examined.representatives, 2);
}

#[test]
fn why_5_an_entry_that_denies_closes_and_names_itself() {
    let mut office = office();
    office.world.allow_in(&office.server_group, 6, 443, anybody());
    let acl = office.world.network_acl(&office.server_subnet);
    for way in [Way::Ingress, Way::Egress] {
        office.world.acl_entry(&acl, tcp_entry(100, way, "0.0.0.0/0", 0, 65535, true));
    }
    office.world.elastic_ip(&office.servers[0]);
    let before = office.world.cloud().clone();
    office.world.acl_entry(&acl, tcp_entry(90, Way::Ingress, "203.0.113.0/24", 440, 450, false));
    let found = compare(&before, office.world.cloud());
    assert!(found.opened.is_empty(), "{found:#?}");
    let [change] = &found.closed[..] else { panic!("{found:#?}") };
    assert_eq!(names(&change.sources), ["203.0.113.0/24"]);
    assert_eq!(names(&change.destinations), [office.servers[0].to_string()]);
    assert_eq!(change.traffic, [tcp(443, 443)]);
    let because = change.because.as_ref().unwrap();
    let Closed::Refused { code, component, rule, .. } = &because.closed else { panic!("{because:#?}") };
    assert_eq!((*code, component.as_str(), rule.as_deref()), (Code::SubnetAclRestriction, acl.as_str(), Some("90")));
}

#[test]
fn why_5_an_interface_that_goes_takes_its_paths_with_it() {
    let mut office = office();
    office.world.allow_in(&office.server_group, 17, 53, Peer::Ipv4(net("10.0.1.0/24")));
    let before = office.world.cloud().clone();
    let instance = office.world.instance_of(&office.servers[0]);
    office.world.run(TerminateInstances { instance_ids: vec![instance] });
    let found = compare(&before, office.world.cloud());
    assert!(found.opened.is_empty(), "{found:#?}");
    let to_it = found.closed.iter().find(|c| names(&c.sources) == [office.client.to_string()]).unwrap();
    assert_eq!(names(&to_it.destinations), [office.servers[0].to_string()]);
    assert_eq!(to_it.traffic, [TrafficRange { protocol: Transport::Udp, from: 53, to: 53 }]);
}

#[test]
fn why_5_a_route_opens_the_whole_internet_in_one_row() {
    let mut office = office();
    office.world.allow_in(&office.server_group, 6, 22, Peer::Ipv4(net("198.51.100.0/24")));
    office.world.elastic_ip(&office.servers[0]);
    let after = office.world.cloud().clone();
    office.world.run(DeleteRoute { route_table_id: office.table.clone(), destination: everything() });
    let before = office.world.cloud().clone();
    let found = compare(&before, &after);
    assert!(found.closed.is_empty(), "{found:#?}");
    let [out, into] = &found.opened[..] else { panic!("{found:#?}") };
    let (out, into) = if names(&out.destinations) == ["internet"] { (out, into) } else { (into, out) };
    assert_eq!(names(&out.destinations), ["internet"]);
    assert_eq!(names(&out.sources), [office.servers[0].to_string()]);
    let everything = [tcp(0, 65535), TrafficRange { protocol: Transport::Udp, from: 0, to: 65535 }];
    assert_eq!(out.traffic[..2], everything);
    assert_eq!(out.traffic[2].protocol, Transport::Icmp);
    assert!(out.because.as_ref().unwrap().rules.iter().any(|rule| rule.rule == "0.0.0.0/0"), "{out:#?}");
    assert_eq!((names(&into.sources), &into.traffic[..]), (vec!["198.51.100.0/24".to_string()], &[tcp(22, 22)][..]));
    assert!(matches!(office.world.cloud().route_tables[&office.table].routes.len(), 0 | 1));
    let gateways = after.route_tables[&office.table].routes.iter();
    assert_eq!(gateways.filter(|r| matches!(r.target, RouteTarget::InternetGateway(_))).count(), 1);
}

#[test]
fn why_5_what_is_left_out_is_said() {
    let mut office = office();
    let before = office.world.cloud().clone();
    office.world.allow_in(&office.server_group, 6, 443, anybody());
    let after = office.world.cloud();
    let all = subjects(&before, after);
    let none = Bounds { questions: 0, ..Bounds::default() };
    let found = difference(&before, after, &all, none, &mut |_, _| {});
    assert!(found.is_empty() && !found.examined.complete() && found.examined.pairs == 0, "{found:#?}");
    assert!(found.examined.pairs_left_out > 0);
    let unexplained = Bounds { explanations: 0, ..Bounds::default() };
    let found = difference(&before, after, &all, unexplained, &mut |_, _| {});
    assert!(!found.opened.is_empty() && found.opened.iter().all(|c| c.because.is_none()), "{found:#?}");
}

/// Is this end among the parties?
fn among(parties: &[Party], end: &Endpoint) -> bool {
    parties.iter().any(|party| match (party, end) {
        (Party::Interface { name, .. }, Endpoint::Interface(id)) => name == id.as_str(),
        (Party::Internet { block: Some(block), .. }, Endpoint::Internet(_)) => block.contains(&INTERNET_ADDRESS),
        (Party::Internet { block: None, except }, Endpoint::Internet(_)) => {
            !except.iter().any(|block| block.contains(&INTERNET_ADDRESS))
        }
        _ => false,
    })
}

fn listed(changes: &[PathChange], question: &ReachQuestion) -> bool {
    changes.iter().any(|change| {
        let traffic =
            change.traffic.iter().any(|t| t.protocol == question.protocol && (t.from..=t.to).contains(&question.port));
        traffic && among(&change.sources, &question.source) && among(&change.destinations, &question.destination)
    })
}

#[test]
fn why_5_what_representatives_say_holds_for_every_path() {
    let (mut opens, mut closes, mut stays) = (0, 0, 0);
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let before = random.world.cloud().clone();
        for _ in 0..1 + random.dice.below(8) {
            match random.dice.one_in(3) {
                true => random.mend(),
                false => random.change(),
            }
        }
        let after = random.world.cloud().clone();
        // What opens one way closes the other way.
        let (before, after) = if seed % 2 == 0 { (before, after) } else { (after, before) };
        let found = compare(&before, &after);
        assert!(found.examined.complete(), "{:?}", found.examined);
        let all: Vec<_> = subjects(&before, &after).into_iter().map(|s| s.name).collect();
        let mut asked = Vec::new();
        for _ in 0..20 {
            let end = |random: &mut Random| {
                let name = random.dice.pick(&all).filter(|_| !random.dice.one_in(5));
                let id = name.as_ref().map(|name| name.parse::<NetworkInterfaceId>().unwrap());
                id.map_or(Endpoint::Internet(None), Endpoint::Interface)
            };
            let (source, destination) = (end(&mut random), end(&mut random));
            let protocol = [Transport::Tcp, Transport::Udp, Transport::Icmp][random.dice.below(3)];
            let ports = [22, 80, 443, 5432, 8080, 1, 79, 1023, 1024, 40_000, 65_535];
            let port = if protocol == Transport::Icmp { 0 } else { ports[random.dice.below(ports.len())] };
            let question = ReachQuestion { source, destination, protocol, port };
            asked.push(question);
        }
        // Whatever is listed is asked for two members of the row and some port of it.
        for change in found.opened.iter().chain(&found.closed) {
            let end = |random: &mut Random, parties: &[Party]| match random.dice.pick(parties).unwrap() {
                Party::Interface { name, .. } => Endpoint::Interface(name.parse().unwrap()),
                Party::Internet { .. } => Endpoint::Internet(None),
            };
            let (source, destination) = (end(&mut random, &change.sources), end(&mut random, &change.destinations));
            let traffic = random.dice.pick(&change.traffic).unwrap();
            let port = traffic.from + random.dice.below(usize::from(traffic.to - traffic.from) + 1) as u16;
            asked.push(ReachQuestion { source, destination, protocol: traffic.protocol, port });
        }
        for question in asked {
            let open = |cloud: &Cloud| match reach(cloud, &Ports::default(), &question) {
                Ok(answer) => Some(answer.predicted),
                Err(ReachError::NoInterface(_)) => Some(false),
                Err(_) => None,
            };
            let (Some(was), Some(is)) = (open(&before), open(&after)) else { continue };
            let context = || format!("seed {seed}: {question:?} was {was}, is {is}: {found:#?}");
            assert_eq!(listed(&found.opened, &question), !was && is, "{}", context());
            assert_eq!(listed(&found.closed, &question), was && !is, "{}", context());
            match (was, is) {
                (false, true) => opens += 1,
                (true, false) => closes += 1,
                _ => stays += 1,
            }
        }
    }
    println!("{opens} open, {closes} close, {stays} stay");
    assert!(opens >= 100 && closes >= 100 && stays >= 500, "{opens} {closes} {stays}");
}
