//! Accounts and regions in one cloud: nothing of one is seen or changed from another.

mod world;

use croft_control::*;
use croft_model::route::RouteTarget;
use croft_model::*;
use world::*;

fn elsewhere() -> Scope {
    Scope::new("111111111111", "us-east-1").unwrap()
}

fn abroad() -> Scope {
    Scope::new("000000000000", "eu-west-3").unwrap()
}

impl World {
    fn at(&mut self, scope: Scope) -> &mut World {
        self.context.scope = scope;
        self
    }
}

#[test]
fn what_another_has_does_not_exist() {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let igw = w.gateway(&vpc);
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let interface = w.interface(&subnet);
    let allocation = w.elastic();
    w.run(associate(&allocation, &interface.id));
    let group = w.group(&vpc, "web");
    let association = w.cloud().addresses[&allocation].association.clone().unwrap().id;
    for other in [elsewhere(), abroad()] {
        w.at(other);
        w.refused(DeleteVpc { vpc_id: vpc.id.clone() }, "InvalidVpcID.NotFound");
        w.refused(create_subnet(&vpc, "10.0.2.0/24"), "InvalidVpcID.NotFound");
        w.refused(DeleteSubnet { subnet_id: subnet.id.clone() }, "InvalidSubnetID.NotFound");
        w.refused(create_interface(&subnet), "InvalidSubnetID.NotFound");
        w.refused(DeleteSecurityGroup { group_id: group.clone() }, "InvalidGroup.NotFound");
        w.refused(ReleaseAddress { allocation_id: allocation.clone() }, "InvalidAllocationID.NotFound");
        w.refused(DisassociateAddress { association_id: association.clone() }, "InvalidAssociationID.NotFound");
        w.refused(
            DisassociateVpcCidrBlock { association_id: vpc.cidr_blocks[0].association.clone() },
            "InvalidVpcCidrBlockAssociationID.NotFound",
        );
        w.refused(
            CreateTags { resource_ids: vec![vpc.id.to_string()], tags: Tags::from([("a".into(), "b".into())]) },
            "InvalidVpcID.NotFound",
        );
        let own = w.vpc("10.0.0.0/16");
        let target = RouteTarget::InternetGateway(igw.clone());
        w.refused(route(&own.main_route_table, "0.0.0.0/0", target), "InvalidGatewayID.NotFound");
        let attach = AttachInternetGateway { internet_gateway_id: igw.clone(), vpc_id: own.id.clone() };
        w.refused(attach, "InvalidInternetGatewayID.NotFound");
        w.run(DeleteVpc { vpc_id: own.id });
    }
}

#[test]
fn quotas_are_each_scope_s_own() {
    let mut w = World::new();
    for _ in 0..5 {
        w.vpc("10.0.0.0/16");
    }
    w.refused(create_vpc("10.0.0.0/16"), "VpcLimitExceeded");
    w.at(elsewhere()).quota("vpcs_per_region", 1);
    w.vpc("10.0.0.0/16");
    w.refused(create_vpc("10.0.0.0/16"), "VpcLimitExceeded");
    w.at(abroad()).vpc("10.0.0.0/16");
    assert_eq!(w.cloud().quotas(&abroad()).vpcs_per_region, 5);
    assert_eq!(w.cloud().quotas(&elsewhere()).vpcs_per_region, 1);
}

#[test]
fn az_1_zones_are_a_region_s_and_shared_by_its_accounts() {
    let mut w = World::new();
    assert_eq!(w.cloud().zones_in(&abroad().region).count(), 0, "not used yet");
    let vpc = w.at(abroad()).vpc("10.0.0.0/16");
    let zones: Vec<_> = w.cloud().zones_in(&abroad().region).map(|z| (z.name.clone(), z.id.clone())).collect();
    assert_eq!(zones[0], ("eu-west-3a".to_string(), "euw3-az1".to_string()));
    assert_eq!(w.subnet(&vpc, "10.0.1.0/24").zone, "eu-west-3a");
    let elsewhere_zone =
        CreateSubnet { availability_zone: Some("us-east-1a".into()), ..create_subnet(&vpc, "10.0.2.0/24") };
    w.refused(elsewhere_zone, "InvalidParameterValue");
    w.refused(FailZone { zone_name: "us-east-1a".into() }, "InvalidZone.NotFound");
    let neighbour = Scope { account: elsewhere().account, region: abroad().region };
    w.at(neighbour).run(FailZone { zone_name: "eu-west-3a".into() });
    assert!(w.cloud().zone_failed("eu-west-3a") && !w.cloud().zone_failed("us-east-1a"));
}

#[test]
fn net_7_a_region_that_is_opened_has_its_default_vpc_once() {
    let mut w = World::new();
    for scope in [Scope::default(), elsewhere(), abroad()] {
        assert!(!w.cloud().is_open(&scope));
        w.at(scope.clone()).run(OpenRegion {});
        let first = w.cloud().default_vpc(&scope).unwrap().clone();
        let version = w.cloud().version;
        w.run(OpenRegion {});
        assert_eq!((w.cloud().version, w.cloud().vpcs_in(&scope).count()), (version, 1));
        assert_eq!(w.cloud().subnets_in(&scope).filter(|s| s.vpc == first.id && s.default_for_az).count(), 3);
        assert!(w.cloud().is_open(&scope));
    }
}

#[test]
fn net_7_a_region_that_was_full_before_it_is_opened_gets_its_default_vpc_all_the_same() {
    let mut w = World::new();
    for _ in 0..5 {
        let vpc = w.vpc("10.0.0.0/16");
        w.gateway(&vpc);
    }
    w.run(OpenRegion {});
    assert!(w.cloud().default_vpc(&Scope::default()).is_ok());
    w.refused(create_vpc("10.0.0.0/16"), "VpcLimitExceeded");
}

#[test]
fn net_7_default_subnets_come_back_one_by_one() {
    let mut w = World::new();
    let create = |zone: &str| CreateDefaultSubnet { availability_zone: zone.into() };
    w.refused(create("us-east-1b"), "DefaultVpcDoesNotExist");
    w.run(CreateDefaultVpc {});
    w.refused(create("us-east-1b"), "DefaultSubnetAlreadyExistsInAvailabilityZone");
    w.refused(create("mars-1a"), "InvalidParameterValue");
    let of = |w: &World| w.cloud().subnets.values().find(|s| s.zone == "us-east-1b").unwrap().clone();
    let before = of(&w);
    w.run(DeleteSubnet { subnet_id: before.id.clone() });
    let after = w.run(create("use1-az2"));
    assert_eq!((after.block, after.zone.as_str()), (before.block, "us-east-1b"));
    assert!(after.default_for_az && after.map_public_ip_on_launch);
}

#[test]
fn net_6_public_addresses_are_nobody_else_s_in_any_scope() {
    let mut w = World::new();
    for scope in [Scope::default(), elsewhere(), abroad()] {
        w.at(scope);
        for _ in 0..5 {
            w.elastic();
        }
        w.refused(AllocateAddress { tags: Tags::new() }, "AddressLimitExceeded");
    }
    let addresses: std::collections::BTreeSet<_> = w.cloud().addresses.values().map(|a| a.public_ip).collect();
    assert_eq!(addresses.len(), 15);
}

#[test]
fn every_tag_of_a_scope_is_listed() {
    let mut w = World::new();
    let tags = Tags::from([("Name".to_string(), "a".to_string()), ("team".to_string(), "b".to_string())]);
    let vpc = w.run(CreateVpc { tags: tags.clone(), ..create_vpc("10.0.0.0/16") });
    let group = w.group(&vpc, "web");
    let permissions = vec![tcp(80, everyone())];
    let rules = w.run(AuthorizeSecurityGroupIngress { tags: tags.clone(), ..ingress(&group, permissions) });
    let listed = w.cloud().tags_in(&Scope::default());
    let kinds: Vec<_> = listed.iter().map(|t| (t.resource_type, t.resource_id.as_str(), t.key.as_str())).collect();
    let (vpc_id, rule) = (vpc.id.as_str(), rules[0].id.as_str());
    let expected = [
        ("vpc", vpc_id, "Name"),
        ("vpc", vpc_id, "team"),
        ("security-group-rule", rule, "Name"),
        ("security-group-rule", rule, "team"),
    ];
    assert_eq!(kinds, expected);
    assert!(w.cloud().tags_in(&elsewhere()).is_empty());
    let of = vec![vpc.id.to_string()];
    w.run(DeleteTags { resource_ids: of, tags: Default::default() });
    assert_eq!(w.cloud().tags_in(&Scope::default()).len(), 2, "all of the VPC's are gone");
}
