//! Differences in reachability, held against what packets do: each path that is said to open or to close is tried before
//! and after the change, on both sides of its ports.

use croft_analysis::{Bounds, Difference, Party, PathChange, SOURCE_PORT, Subject, Transport, Trial, difference};
use croft_conformance::frame::{SYN, SYN_ACK};
use croft_conformance::world::{TCP, allow, cidr, port};
use croft_conformance::{End, Packet, World};
use croft_control::{
    AuthorizeSecurityGroupIngress, Cloud, CreateNetworkAclEntry, DeleteRoute, IpPermission, Request,
    RevokeSecurityGroupIngress, RunInstances,
};
use croft_model::group::{Direction, Peer};
use croft_model::protocol::Ports;
use croft_model::route::RouteDestination;
use croft_model::{NetworkAclId, RouteTableId, SecurityGroupId, Tags};
use std::net::Ipv4Addr;

/// A client, two servers and the internet.
struct Site {
    world: World,
    client: End,
    servers: [End; 2],
    public: Ipv4Addr,
    clients: SecurityGroupId,
    group: SecurityGroupId,
    acl: NetworkAclId,
    table: RouteTableId,
}

fn site() -> Site {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = world.internet_gateway(&vpc);
    let one = world.subnet(&vpc, "10.0.1.0/24");
    let two = world.public_subnet(&vpc, "10.0.2.0/24", &gateway);
    let (clients, group) = (world.group(&vpc), world.group(&vpc));
    world.allow_in(&group, TCP, port(80), Peer::Group(clients.clone()));
    world.allow_in(&group, TCP, port(22), cidr("0.0.0.0/0"));
    let acl = world.network_acl(&vpc, &two);
    for direction in [Direction::Ingress, Direction::Egress] {
        world.entry(&acl, allow(100, direction, TCP, Ports::Range { from: 0, to: 65_535 }, "0.0.0.0/0"));
    }
    let client = world.instance(&one, "10.0.1.10", &[&clients]);
    let servers = ["10.0.2.20", "10.0.2.21"].map(|address| world.instance(&two, address, &[&group]));
    let public = world.elastic_ip(&servers[0]);
    let table = world.cloud().subnets[&two].route_table.clone().expect("a table of its own").1;
    Site { world, client, servers, public, clients, group, acl, table }
}

/// What is done to the site: on a copy first, then on the wire.
trait Does {
    fn does<R: Request>(&mut self, request: R);
}

impl Does for Trial {
    fn does<R: Request>(&mut self, request: R) {
        self.run(request).expect("a command that is allowed");
    }
}

impl Does for World {
    fn does<R: Request>(&mut self, request: R) {
        self.run(request);
    }
}

fn permission(ports: Ports, peer: Peer) -> Vec<IpPermission> {
    vec![IpPermission { protocol: TCP, ports, peer, description: None }]
}

impl Site {
    /// How the site would be, on a copy.
    fn told(&self, change: impl Fn(&Site, &mut Trial)) -> Difference {
        let mut trial = Trial::new(self.world.cloud());
        change(self, &mut trial);
        let after: &Cloud = trial.control.cloud();
        let ends = [&self.client, &self.servers[0], &self.servers[1]];
        let subjects = ends.map(|end| {
            let id = Some(end.id());
            Subject { name: end.name.clone(), before: id.clone(), after: id }
        });
        difference(self.world.cloud(), after, &subjects, Bounds::default(), &mut |_, _| {})
    }

    fn end(&self, name: &str) -> &End {
        [&self.client, &self.servers[0], &self.servers[1]].into_iter().find(|end| end.name == name).expect("an end")
    }

    /// Does a first packet of TCP arrive, and the answer come back?
    fn arrives(&self, source: &Party, destination: &Party, port: u16) -> bool {
        let internet = self.world.internet();
        let (from, to, address) = match (source, destination) {
            (Party::Interface { name, .. }, Party::Interface { name: to, .. }) => {
                (self.end(name), self.end(to), self.end(to).address)
            }
            (Party::Internet { .. }, Party::Interface { name, .. }) => (&internet, self.end(name), self.public),
            (Party::Interface { name, .. }, _) => (self.end(name), &internet, internet.address),
            _ => panic!("nothing is told of the internet to itself"),
        };
        let packet = Packet::tcp((from.address, SOURCE_PORT), (address, port), SYN);
        let outcome = self.world.send(from, &packet);
        if !outcome.is_delivered() {
            return false;
        }
        let seen = outcome.delivered_to(to);
        let (source, destination) = seen.ports.expect("ports of TCP");
        let answer = Packet::tcp((seen.destination, destination), (seen.source, source), SYN_ACK);
        self.world.send(to, &answer).is_delivered()
    }

    /// Every path of the rows at the first and the last port of each range.
    fn all(&self, changes: &[PathChange], open: bool) {
        for change in changes {
            for (source, destination) in
                change.sources.iter().flat_map(|source| change.destinations.iter().map(move |to| (source, to)))
            {
                for range in change.traffic.iter().filter(|range| range.protocol == Transport::Tcp) {
                    for port in [range.from.max(1), range.to] {
                        let said = self.arrives(source, destination, port);
                        assert_eq!(said, open, "{source:?} to {destination:?}, port {port}: {change:#?}");
                    }
                }
            }
        }
    }
}

#[test]
fn why_5_paths_open_and_close_as_they_were_told_to() {
    let mut site = site();
    fn change(site: &Site, to: &mut impl Does) {
        let (group, clients) = (site.group.clone(), site.clients.clone());
        to.does(AuthorizeSecurityGroupIngress {
            group_id: group.clone(),
            ip_permissions: permission(Ports::Range { from: 8000, to: 8080 }, Peer::Group(clients.clone())),
            tags: Tags::new(),
        });
        to.does(RevokeSecurityGroupIngress {
            group_id: group,
            ip_permissions: permission(port(80), Peer::Group(clients)),
            security_group_rule_ids: vec![],
        });
        let entry = croft_conformance::world::deny(50, Direction::Ingress, TCP, port(8040), "10.0.1.0/24");
        to.does(CreateNetworkAclEntry { network_acl_id: site.acl.clone(), entry });
        to.does(DeleteRoute {
            route_table_id: site.table.clone(),
            destination: RouteDestination::Cidr("0.0.0.0/0".parse().expect("a block")),
        });
    }
    let found = site.told(change);
    assert!(found.examined.complete(), "{found:#?}");
    // 8000-8039 and 8041-8080 open; 80 closes, and with the route everything of the internet.
    let ranges: Vec<(u16, u16)> = found.opened.iter().flat_map(|c| &c.traffic).map(|t| (t.from, t.to)).collect();
    assert_eq!(ranges, [(8000, 8039), (8041, 8080)], "{found:#?}");
    let of_the_internet = |party: &Party| matches!(party, Party::Internet { .. });
    assert!(found.closed.iter().any(|c| c.sources.iter().any(of_the_internet)), "{found:#?}");
    assert!(found.closed.iter().any(|c| c.destinations.iter().any(of_the_internet)), "{found:#?}");

    site.all(&found.opened, false);
    site.all(&found.closed, true);
    // What was opened by packets is forgotten: each is a new connection.
    site.world.advance(500_000);
    let mut world = std::mem::take(&mut site.world);
    change(&site, &mut world);
    site.world = world;
    site.all(&found.opened, true);
    site.all(&found.closed, false);
    // What was not told did not change.
    let (client, server) = (&site.client, &site.servers[0]);
    let party = |end: &End| Party::Interface { name: end.name.clone(), before: None, stays: true };
    assert!(site.arrives(&party(client), &party(server), 22));
    for port in [79, 7999, 8040, 8081] {
        assert!(!site.arrives(&party(client), &party(server), port), "{port}");
    }
}

#[test]
fn why_5_a_new_instance_brings_the_paths_that_were_told() {
    let mut site = site();
    let request = |site: &Site| RunInstances {
        image_id: "ami-0c02fb55956c7d316".into(),
        subnet_id: site.client_subnet(),
        security_group_ids: vec![site.clients.clone()],
        private_ip_address: Some(Ipv4Addr::new(10, 0, 1, 11)),
        ..RunInstances::default()
    };
    let mut trial = Trial::new(site.world.cloud());
    let made = trial.run(request(&site)).expect("a command that is allowed").remove(0);
    let servers = site.servers.iter().map(|end| {
        let id = Some(end.id());
        Subject { name: end.name.clone(), before: id.clone(), after: id }
    });
    let new = Subject { name: "new".into(), before: None, after: made.interfaces.first().cloned() };
    let subjects: Vec<Subject> = servers.chain([new]).collect();
    let found = difference(site.world.cloud(), trial.control.cloud(), &subjects, Bounds::default(), &mut |_, _| {});
    assert!(found.closed.is_empty(), "{found:#?}");
    let subnet = site.client_subnet().expect("the client has one");
    let end = site.world.instance(&subnet, "10.0.1.11", &[&site.clients.clone()]);
    for (port, open) in [(80, true), (22, true), (443, false), (81, false)] {
        let told = found.opened.iter().any(|c| c.traffic.iter().any(|t| (t.from..=t.to).contains(&port)));
        assert_eq!(told, open, "{port}: {found:#?}");
        for server in &site.servers {
            let packet = Packet::tcp((end.address, SOURCE_PORT), (server.address, port), SYN);
            assert_eq!(site.world.send(&end, &packet).is_delivered(), open, "{port}");
        }
    }
}

impl Site {
    fn client_subnet(&self) -> Option<croft_model::SubnetId> {
        self.client.subnet.clone()
    }
}
