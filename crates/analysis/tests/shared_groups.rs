//! Security groups of one VPC at the interfaces of another (row SG-12): what closes a path there, and what opens it.

mod world;

use croft_analysis::Change;
use croft_analysis::*;
use croft_control::*;
use croft_model::group::Peer;
use croft_model::*;
use world::*;

struct Lent {
    world: World,
    /// Of another VPC.
    shared: SecurityGroupId,
    /// Of this one.
    own: SecurityGroupId,
    /// Carries the shared group.
    server: NetworkInterfaceId,
    /// Carries the VPC's own.
    client: NetworkInterfaceId,
}

/// A client and a server in one VPC; the server's group was made in another.
fn lent() -> Lent {
    let mut world = World::new();
    let (home, vpc) = (world.vpc("10.0.0.0/16"), world.vpc("10.0.0.0/16"));
    let subnet = world.subnet(&vpc, "10.0.1.0/24", "us-east-1a");
    let (shared, own) = (world.group(&home, "shared"), world.group(&vpc, "own"));
    world.run(AssociateSecurityGroupVpc { group_id: shared.clone(), vpc_id: vpc });
    let (server, client) = (world.instance(&subnet, &[&shared]), world.instance(&subnet, &[&own]));
    Lent { world, shared, own, server, client }
}

fn question(source: &NetworkInterfaceId, destination: &NetworkInterfaceId) -> ReachQuestion {
    tcp_question(Endpoint::Interface(source.clone()), Endpoint::Interface(destination.clone()), 443)
}

/// The peer of the one rule that a fix adds.
fn peer(answer: Answer) -> Peer {
    let mut steps = answer.fix.expect("a fix").steps;
    assert_eq!(steps.len(), 1);
    match steps.remove(0).change {
        Change::AllowInGroup { peer, .. } => peer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn sg_12_a_fix_names_no_group_that_the_rule_could_not_name() {
    let mut t = lent();
    let address = t.world.address_of(&t.client);
    let to_server = question(&t.client, &t.server);
    let answer = closed_and_mended(&mut t.world, &to_server, Code::SgHasNoRules, t.shared.as_str());
    // The shared group's VPC has no use of the client's group: the client is named by its address.
    assert!(matches!(peer(answer), Peer::Ipv4(block) if block.contains(&address)));
    // The other way the VPC's own group names the shared one.
    let to_client = question(&t.server, &t.client);
    let answer = closed_and_mended(&mut t.world, &to_client, Code::SgHasNoRules, t.own.as_str());
    assert_eq!(peer(answer), Peer::Group(t.shared.clone()));
}

#[test]
fn sg_12_why_1_a_member_elsewhere_is_no_member_here() {
    let mut t = lent();
    t.world.allow_in(&t.shared, 6, 443, Peer::Group(t.shared.clone()));
    let home = t.world.cloud().security_groups[&t.shared].vpc.clone();
    let subnet = t.world.subnet(&home, "10.0.1.0/24", "us-east-1a");
    // Both VPCs give their addresses in one order: the second member at home has the client's address.
    t.world.instance(&subnet, &[&t.shared]);
    let member = t.world.instance(&subnet, &[&t.shared]);
    assert_eq!(t.world.address_of(&member), t.world.address_of(&t.client));
    let answer = t.world.tcp(&t.client, &t.server, 443);
    assert_eq!(answer.codes, [Code::EniSgRulesMismatch], "{answer:#?}");
    t.world.run(ModifyNetworkInterfaceAttribute {
        groups: Some(vec![t.own.clone(), t.shared.clone()]),
        ..ModifyNetworkInterfaceAttribute::of(t.client.clone())
    });
    assert!(t.world.tcp(&t.client, &t.server, 443).predicted);
}
