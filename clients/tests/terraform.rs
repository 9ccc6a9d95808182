//! Terraform with the AWS provider. Six applies in all.

use croft_clients::server::{Packets, Server};
use croft_clients::terraform::Terraform;
use serde_json::Value;
use std::collections::BTreeMap;

/// How many there are of what a configuration makes, of the kinds that a listing shows. What AWS shows for a while
/// after its end does not count.
#[track_caller]
fn left(server: &Server) -> BTreeMap<&'static str, usize> {
    let count = |arguments: &[&str], query: &str| {
        let mut all = arguments.to_vec();
        all.extend(["--query", query]);
        let found = server.aws(&all).success().json();
        usize::try_from(found.as_u64().unwrap_or_else(|| panic!("{query}: {found}"))).unwrap()
    };
    [
        ("vpcs", "describe-vpcs", "length(Vpcs)"),
        ("subnets", "describe-subnets", "length(Subnets)"),
        ("internet gateways", "describe-internet-gateways", "length(InternetGateways)"),
        ("egress-only gateways", "describe-egress-only-internet-gateways", "length(EgressOnlyInternetGateways)"),
        ("NAT gateways", "describe-nat-gateways", "length(NatGateways[?State!='deleted'])"),
        ("addresses", "describe-addresses", "length(Addresses)"),
        ("route tables", "describe-route-tables", "length(RouteTables)"),
        ("groups", "describe-security-groups", "length(SecurityGroups)"),
        ("ACLs", "describe-network-acls", "length(NetworkAcls)"),
        ("interfaces", "describe-network-interfaces", "length(NetworkInterfaces)"),
        ("DHCP options", "describe-dhcp-options", "length(DhcpOptions)"),
        ("prefix lists", "describe-managed-prefix-lists", "length(PrefixLists[?OwnerId!='AWS'])"),
        ("key pairs", "describe-key-pairs", "length(KeyPairs)"),
        ("launch templates", "describe-launch-templates", "length(LaunchTemplates)"),
        ("volumes", "describe-volumes", "length(Volumes)"),
        ("instances", "describe-instances", "length(Reservations[].Instances[?State.Name!='terminated'][])"),
    ]
    .into_iter()
    .map(|(kind, operation, query)| (kind, count(&["ec2", operation], query)))
    .chain([
        ("roles", count(&["iam", "list-roles"], "length(Roles)")),
        ("users", count(&["iam", "list-users"], "length(Users)")),
        ("policies", count(&["iam", "list-policies", "--scope", "Local"], "length(Policies)")),
        ("instance profiles", count(&["iam", "list-instance-profiles"], "length(InstanceProfiles)")),
    ])
    .collect()
}

#[test]
fn the_three_tiers_carry_packets_as_their_configuration_says() {
    let server = Server::start(Packets::Flow);
    let before = left(&server);
    let terraform = Terraform::new(&server, "three-tier");
    terraform.apply(&[]);

    let addresses: Value = terraform.output("load_balancers");
    for zone in ["a", "b"] {
        let (alb, app, db) = (format!("alb-{zone}"), format!("app-{zone}"), format!("db-{zone}"));
        server.reach("internet", &format!("{alb}:443"), true);
        server.reach("internet", &format!("{}:443", addresses[zone].as_str().unwrap()), true);
        server.reach("internet", &format!("{alb}:22"), false);
        server.reach("internet", &format!("{app}:8080"), false);
        server.reach(&alb, &format!("{app}:8080"), true);
        server.reach(&alb, &format!("{db}:5432"), false);
        server.reach(&app, &format!("{db}:5432"), true);
        server.reach(&app, "internet:443", true);
        server.reach(&db, "internet:443", false);
    }
    server.reach("alb-a", "app-b:8080", true);
    server.reach("app-a", "db-b:5432", true);
    server.reach("app-a", "app-b:8080", false);

    // One rule: the databases' group admits another port. The path of old closes, and nothing else moves.
    let changed = ["-var", "database_port=5433"];
    terraform.apply(&changed);
    server.reach("app-a", "db-a:5432", false);
    server.reach("app-b", "db-a:5432", false);
    server.reach("alb-a", "app-a:8080", true);
    server.reach("internet", "alb-a:443", true);

    terraform.destroy(&changed);
    assert_eq!(left(&server), before);
}

#[test]
fn the_shape_of_modules_for_networks_and_groups() {
    let server = Server::start(Packets::None);
    let before = left(&server);
    let terraform = Terraform::new(&server, "network");
    terraform.apply(&[]);
    assert_eq!(terraform.output("nat_gateways"), 1);
    assert_eq!(terraform.output("association"), "associated");
    let changed = ["-var", "single_nat_gateway=false"];
    terraform.apply(&changed);
    assert_eq!(terraform.output("nat_gateways"), 2);
    terraform.destroy(&changed);
    assert_eq!(left(&server), before);
}

#[test]
fn the_default_vpc_is_adopted_and_identities_live() {
    let server = Server::start(Packets::None);
    let before = left(&server);
    let terraform = Terraform::new(&server, "default-vpc");
    terraform.apply(&[]);
    terraform.destroy(&[]);
    assert_eq!(left(&server), before);
}
