//! Paths through the route table of an internet gateway (row RT-7).

mod world;

use croft_analysis::*;
use croft_analysis::{Change, Kind};
use croft_control::*;
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::*;
use croft_policy::Ports;
use world::*;

/// A server with a public address, an appliance in another subnet, and a table of the gateway that is local as yet.
struct Routed {
    world: World,
    gateway: InternetGatewayId,
    table: RouteTableId,
    server: NetworkInterfaceId,
    appliance: NetworkInterfaceId,
}

fn routed() -> Routed {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let (subnet, _) = world.public_subnet(&vpc, "10.0.1.0/24", "us-east-1a");
    let (edge, _) = world.public_subnet(&vpc, "10.0.2.0/24", "us-east-1a");
    let gateway = world.cloud().internet_gateway_of(&vpc).unwrap().id.clone();
    let table = world.run(CreateRouteTable { vpc_id: vpc.clone(), tags: Tags::new() }).id;
    world.run(AssociateGatewayRouteTable { route_table_id: table.clone(), gateway_id: gateway.clone() });
    let group = world.group(&vpc, "open");
    world.allow_in(&group, 6, 443, anybody());
    let (server, appliance) = (world.instance(&subnet, &[&group]), world.instance(&edge, &[&group]));
    world.elastic_ip(&server);
    world.elastic_ip(&appliance);
    Routed { world, gateway, table, server, appliance }
}

impl Routed {
    fn question(&self) -> ReachQuestion {
        tcp_question(Endpoint::Internet(None), Endpoint::Interface(self.server.clone()), 443)
    }

    fn answer(&self) -> Answer {
        reach(self.world.cloud(), &Ports::default(), &self.question()).unwrap()
    }

    fn inspect(&mut self, block: &str) {
        let target = RouteTarget::NetworkInterface(self.appliance.clone());
        self.world.route(&self.table.clone(), RouteDestination::Cidr(net(block)), target);
    }

    fn uncheck(&mut self) {
        let request = ModifyNetworkInterfaceAttribute::of(self.appliance.clone());
        self.world.run(ModifyNetworkInterfaceAttribute { source_dest_check: Some(false), ..request });
    }
}

#[test]
fn rt_7_the_table_of_the_gateway_stands_on_the_path() {
    let r = routed();
    let answer = r.answer();
    assert!(answer.predicted, "{answer:#?}");
    let at = answer.path.iter().position(|hop| hop.kind == Kind::InternetGateway).unwrap();
    let (gateway, table) = (&answer.path[at], &answer.path[at + 1]);
    assert_eq!((gateway.component.as_str(), table.component.as_str()), (r.gateway.as_str(), r.table.as_str()));
    assert_eq!((table.kind, table.note.as_str(), table.passed), (Kind::RouteTable, "local", true));
    assert_eq!(table.rules, ["10.0.0.0/16"]);
}

#[test]
fn rt_7_a_route_to_an_appliance_is_named_and_taken_out() {
    let mut r = routed();
    r.uncheck();
    r.inspect("10.0.1.0/24");
    let (table, question) = (r.table.clone(), r.question());
    let answer = closed_and_mended(&mut r.world, &question, Code::CannotRoute, table.as_str());
    let blocker = &answer.blockers[0];
    assert_eq!((blocker.kind, blocker.rule.as_deref()), (Kind::RouteTable, Some("10.0.1.0/24")));
    assert_eq!(blocker.components, [table.as_str(), r.appliance.as_str()]);
    let change = &answer.fix.unwrap().steps[0].change;
    let destination = RouteDestination::Cidr(net("10.0.1.0/24"));
    assert_eq!(*change, Change::DeleteRoute { table, destination });
}

#[test]
fn rt_7_all_of_the_vpc_goes_back_to_local() {
    let mut r = routed();
    r.uncheck();
    let destination = RouteDestination::Cidr(net("10.0.0.0/16"));
    let target = RouteTarget::NetworkInterface(r.appliance.clone());
    r.world.run(ReplaceRoute { route_table_id: r.table.clone(), destination, target });
    let (table, question) = (r.table.clone(), r.question());
    let answer = closed_and_mended(&mut r.world, &question, Code::CannotRoute, table.as_str());
    let step = &answer.fix.unwrap().steps[0];
    assert_eq!(
        step.commands,
        [format!("aws ec2 replace-route --route-table-id {table} --destination-cidr-block 10.0.0.0/16 --local-target")]
    );
}

#[test]
fn rt_7_what_an_appliance_lacks_is_said() {
    let mut r = routed();
    r.inspect("10.0.1.0/24");
    let answer = r.answer();
    let checked = &answer.blockers[0];
    assert_eq!((checked.code, checked.component.as_str()), (Code::EniSourceDestCheckRestriction, r.appliance.as_str()));
    assert_eq!(checked.drop.as_ref().unwrap().reason, "destination_check");
    r.uncheck();
    let with = |a: &&address::Address| a.association.as_ref().is_some_and(|on| on.interface == r.appliance);
    let held = r.world.cloud().addresses.values().find(with).unwrap().association.clone().unwrap();
    r.world.run(DisassociateAddress { association_id: held.id });
    let (appliance, question) = (r.appliance.clone(), r.question());
    let code = Code::IgwPrivateIpAssociationForIngress;
    let answer = closed_and_mended(&mut r.world, &question, code, appliance.as_str());
    assert!(answer.blockers[0].message.contains("has no public address"), "{answer:#?}");
    assert_eq!(answer.blockers[0].drop.as_ref().unwrap().gate.as_deref(), Some(appliance.as_str()));
}

#[test]
fn rt_4_rt_7_a_black_hole_of_the_gateway_is_told_at_its_table() {
    let mut r = routed();
    r.inspect("10.0.1.0/24");
    let instance = r.world.instance_of(&r.appliance);
    r.world.run(TerminateInstances { instance_ids: vec![instance.clone()] });
    let generation = r.world.cloud().instances[&instance].generation;
    let state = instance::InstanceState::Terminated;
    r.world.run(ObserveInstance { instance_id: instance, generation, state, reason: None });
    let (table, question) = (r.table.clone(), r.question());
    let answer = closed_and_mended(&mut r.world, &question, Code::BadStateRoute, table.as_str());
    assert_eq!(answer.blockers[0].components, [table.as_str(), r.gateway.as_str()]);
    let last = answer.path.last().unwrap();
    assert_eq!((last.kind, last.passed, last.note.as_str()), (Kind::RouteTable, false, "blackhole"));
}

#[test]
fn rt_7_why_5_a_table_for_the_gateway_closes_what_was_open() {
    let mut r = routed();
    let before = r.world.cloud().clone();
    r.uncheck();
    r.inspect("10.0.1.0/24");
    let subjects: Vec<Subject> = [("server", &r.server), ("appliance", &r.appliance)]
        .map(|(name, id)| Subject { name: name.into(), before: Some(id.clone()), after: Some(id.clone()) })
        .into();
    let found = difference(&before, r.world.cloud(), &subjects, Bounds::default(), &mut |_, _| {});
    let closed = format!("{:?}", found.closed);
    assert!(found.opened.is_empty() && closed.contains(r.table.as_str()), "{found:#?}");
}
