//! Rows SG-1, SG-3, SG-8, SG-9, ACL-2, ACL-3 as the API enforces them.

mod world;

use croft_control::*;
use croft_model::group::{Direction, Peer};
use croft_model::prefix_list::PrefixListEntry;
use croft_model::protocol::{Ports, Protocol};
use croft_model::vpc::Vpc;
use croft_model::*;
use world::*;

fn net() -> (World, Vpc, SecurityGroupId) {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let group = w.group(&vpc, "web");
    (w, vpc, group)
}

fn revoke(group: &SecurityGroupId, permissions: Vec<IpPermission>) -> RevokeSecurityGroupIngress {
    RevokeSecurityGroupIngress { group_id: group.clone(), ip_permissions: permissions, security_group_rule_ids: vec![] }
}

#[test]
fn sg_1_a_new_group_lets_nothing_in_and_everything_out() {
    let (w, vpc, group) = net();
    let rules = &w.cloud().security_groups[&group].rules;
    assert_eq!(rules.len(), 1);
    assert_eq!((rules[0].direction, rules[0].protocol), (Direction::Egress, Protocol::All));
    assert_eq!(rules[0].peer, everyone());
    let default = &w.cloud().security_groups[&vpc.default_security_group];
    assert_eq!(default.name, "default");
    let inwards = default.rules.iter().find(|r| r.direction == Direction::Ingress).unwrap();
    assert_eq!(inwards.peer, Peer::Group(default.id.clone()));
    assert_eq!(w.rule_count(&default.id, Direction::Egress), 1);
}

#[test]
fn sg_1_names_are_checked_and_unique_in_a_vpc() {
    let (mut w, vpc, _) = net();
    w.refused(create_group(&vpc, "web"), "InvalidGroup.Duplicate");
    w.refused(create_group(&vpc, "default"), "InvalidParameterValue");
    w.refused(create_group(&vpc, "sg-web"), "InvalidParameterValue");
    w.refused(create_group(&vpc, "wéb"), "InvalidParameterValue");
    w.refused(create_group(&vpc, ""), "InvalidParameterValue");
    w.refused(create_group(&vpc, &"x".repeat(256)), "InvalidParameterValue");
    let other = w.vpc("10.1.0.0/16");
    w.group(&other, "web");
}

#[test]
fn sg_3_a_group_of_another_vpc_is_not_found() {
    let (mut w, _, group) = net();
    let other = w.vpc("10.1.0.0/16");
    let foreign = w.group(&other, "app");
    w.refused(ingress(&group, vec![tcp(80, Peer::Group(foreign))]), "InvalidGroup.NotFound");
    let none = Peer::Group("sg-0".parse().unwrap());
    w.refused(ingress(&group, vec![tcp(80, none)]), "InvalidGroup.NotFound");
    let none = Peer::PrefixList("pl-0".parse().unwrap());
    w.refused(ingress(&group, vec![tcp(80, none)]), "InvalidPrefixListID.NotFound");
}

#[test]
fn sg_9_a_duplicate_rule_is_refused_in_any_spelling() {
    let (mut w, _, group) = net();
    let wide = |text: &str| tcp(80, Peer::Ipv4(text.parse().unwrap()));
    w.run(ingress(&group, vec![wide("10.1.2.3/16")]));
    let message = w.refused(ingress(&group, vec![wide("10.1.0.0/16")]), "InvalidPermission.Duplicate");
    assert!(message.contains("peer: 10.1.0.0/16, TCP, from port: 80, to port: 80, ALLOW"), "{message}");
    let every = |ports| IpPermission { ports, ..tcp(0, everyone()) };
    w.run(ingress(&group, vec![every(Ports::All)]));
    let spelled = every(Ports::Range { from: 0, to: 65535 });
    w.refused(ingress(&group, vec![spelled.clone()]), "InvalidPermission.Duplicate");
    w.run(egress(&group, vec![spelled]));
    w.refused(ingress(&group, vec![tcp(1, everyone()), tcp(1, everyone())]), "InvalidParameterValue");
    w.refused(ingress(&group, vec![]), "MissingParameter");
}

#[test]
fn sg_9_a_group_in_use_or_referenced_stays() {
    let (mut w, vpc, group) = net();
    let delete = |id: &SecurityGroupId| DeleteSecurityGroup { group_id: id.clone() };
    let app = w.group(&vpc, "app");
    w.run(ingress(&app, vec![tcp(8080, Peer::Group(group.clone()))]));
    w.refused(delete(&group), "DependencyViolation");
    w.run(revoke(&app, vec![tcp(8080, Peer::Group(group.clone()))]));
    w.run(ingress(&group, vec![tcp(1, Peer::Group(group.clone()))]));
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let carrier = w.run(CreateNetworkInterface { groups: vec![group.clone()], ..create_interface(&subnet) }).id;
    w.refused(delete(&group), "DependencyViolation");
    w.run(DeleteNetworkInterface { network_interface_id: carrier });
    w.run(delete(&group));
    w.refused(delete(&group), "InvalidGroup.NotFound");
    w.refused(delete(&vpc.default_security_group), "CannotDelete");
}

#[test]
fn sg_8_sixty_rules_each_way_and_family() {
    let (mut w, _, group) = net();
    let rules = |from: u16, count: u16, peer: Peer| (from..from + count).map(|p| tcp(p, peer.clone())).collect();
    let v6 = Peer::Ipv6("::/0".parse().unwrap());
    let sixty_one: Vec<_> = rules(1, 61, everyone());
    w.refused(ingress(&group, sixty_one), "RulesPerSecurityGroupLimitExceeded");
    w.run(ingress(&group, rules(1, 60, everyone())));
    w.refused(ingress(&group, vec![tcp(100, everyone())]), "RulesPerSecurityGroupLimitExceeded");
    w.run(egress(&group, rules(1, 59, everyone())));
    w.refused(egress(&group, vec![tcp(100, everyone())]), "RulesPerSecurityGroupLimitExceeded");
    w.run(ingress(&group, rules(1, 60, v6.clone())));
    w.refused(ingress(&group, vec![tcp(100, v6)]), "RulesPerSecurityGroupLimitExceeded");
    assert_eq!(w.rule_count(&group, Direction::Ingress), 120);
}

#[test]
fn sg_8_a_prefix_list_counts_as_its_largest_size() {
    let (mut w, _, group) = net();
    let list = |max| CreateManagedPrefixList {
        prefix_list_name: "partners".into(),
        address_family: Default::default(),
        max_entries: max,
        entries: vec![PrefixListEntry { cidr: "192.0.2.0/24".parse().unwrap(), description: None }],
        tags: Tags::new(),
    };
    let (fits, not) = (w.run(list(60)).id, w.run(list(61)).id);
    w.refused(ingress(&group, vec![tcp(80, Peer::PrefixList(not))]), "RulesPerSecurityGroupLimitExceeded");
    w.run(ingress(&group, vec![tcp(80, Peer::PrefixList(fits.clone()))]));
    w.refused(ingress(&group, vec![tcp(80, everyone())]), "RulesPerSecurityGroupLimitExceeded");
    w.refused(DeleteManagedPrefixList { prefix_list_id: fits.clone() }, "DependencyViolation");
    let grow = ModifyManagedPrefixList {
        prefix_list_id: fits,
        current_version: None,
        prefix_list_name: None,
        max_entries: Some(61),
        add_entries: vec![],
        remove_entries: vec![],
    };
    w.refused(grow, "RulesPerSecurityGroupLimitExceeded");
}

#[test]
fn sg_8_five_groups_an_interface_and_a_thousand_rules_at_most() {
    let (mut w, vpc, _) = net();
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let groups: Vec<_> = (0..6).map(|n| w.group(&vpc, &format!("g{n}"))).collect();
    let with = |n: usize| CreateNetworkInterface { groups: groups[..n].to_vec(), ..create_interface(&subnet) };
    w.refused(with(6), "SecurityGroupsPerInterfaceLimitExceeded");
    let launch = RunInstances { security_group_ids: groups.clone(), ..run_instances(&subnet) };
    w.refused(launch, "SecurityGroupsPerInstanceLimitExceeded");
    let id = w.run(with(5)).id;
    let modify = |groups: Vec<SecurityGroupId>| ModifyNetworkInterfaceAttribute {
        groups: Some(groups),
        ..ModifyNetworkInterfaceAttribute::of(id.clone())
    };
    w.refused(modify(groups.clone()), "SecurityGroupsPerInterfaceLimitExceeded");
    w.refused(modify(vec![]), "MissingParameter");
    w.refused(SetQuota { name: "security_groups_per_interface".into(), value: 17 }, "InvalidParameterValue");
    w.quota("security_groups_per_interface", 16);
    w.refused(SetQuota { name: "rules_per_security_group".into(), value: 63 }, "InvalidParameterValue");
    w.quota("rules_per_security_group", 62);
    w.run(modify(groups));
}

#[test]
fn sg_1_groups_default_to_the_vpcs_and_are_of_the_vpc() {
    let (mut w, vpc, group) = net();
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    assert_eq!(w.interface(&subnet).groups, vec![vpc.default_security_group.clone()]);
    let twice = CreateNetworkInterface { groups: vec![group.clone(), group.clone()], ..create_interface(&subnet) };
    assert_eq!(w.run(twice).groups, [group]);
    let other = w.vpc("10.1.0.0/16");
    let foreign =
        CreateNetworkInterface { groups: vec![other.default_security_group.clone()], ..create_interface(&subnet) };
    w.refused(foreign, "InvalidGroup.NotFound");
    let launch = RunInstances { security_group_ids: vec![other.default_security_group], ..run_instances(&subnet) };
    w.refused(launch, "InvalidParameter");
}

#[test]
fn rules_are_revoked_by_content_and_by_identifier() {
    let (mut w, _, group) = net();
    let rules = w.run(ingress(&group, vec![tcp(80, everyone()), tcp(81, everyone())]));
    w.run(revoke(&group, vec![tcp(80, everyone())]));
    w.refused(revoke(&group, vec![tcp(80, everyone())]), "InvalidPermission.NotFound");
    w.refused(revoke(&group, vec![]), "MissingParameter");
    let by_id = |id: &SecurityGroupRuleId| RevokeSecurityGroupIngress {
        security_group_rule_ids: vec![id.clone()],
        ..revoke(&group, vec![])
    };
    w.run(by_id(&rules[1].id));
    w.refused(by_id(&rules[1].id), "InvalidSecurityGroupRuleId.NotFound");
    let everything = IpPermission { protocol: Protocol::All, ports: Ports::All, peer: everyone(), description: None };
    w.run(RevokeSecurityGroupEgress {
        group_id: group.clone(),
        ip_permissions: vec![everything],
        security_group_rule_ids: vec![],
    });
    assert!(w.cloud().security_groups[&group].rules.is_empty());
}

#[test]
fn a_rule_is_changed_and_keeps_its_identifier() {
    let (mut w, vpc, group) = net();
    let app = w.group(&vpc, "app");
    let rules = w.run(ingress(&group, vec![tcp(80, everyone()), tcp(81, everyone())]));
    let update = |n: usize, permission: IpPermission| SecurityGroupRuleUpdate {
        security_group_rule_id: rules[n].id.clone(),
        permission,
    };
    let modify = |updates| ModifySecurityGroupRules { group_id: group.clone(), security_group_rules: updates };
    w.refused(modify(vec![]), "MissingParameter");
    w.refused(modify(vec![update(0, tcp(81, everyone()))]), "InvalidPermission.Duplicate");
    w.refused(modify(vec![update(0, tcp(80, Peer::Group(app.clone())))]), "InvalidParameterValue");
    let elsewhere = ModifySecurityGroupRules { group_id: app, ..modify(vec![update(0, tcp(1, everyone()))]) };
    w.refused(elsewhere, "InvalidSecurityGroupRuleId.NotFound");
    // Two rules change places in one request.
    w.run(modify(vec![update(0, tcp(81, everyone())), update(1, tcp(80, everyone()))]));
    let described =
        IpPermission { description: Some("offices".into()), ..tcp(443, Peer::Ipv4("10.1.2.3/8".parse().unwrap())) };
    w.run(modify(vec![update(0, described)]));
    let changed = w.cloud().security_groups[&group].rules.iter().find(|r| r.id == rules[0].id).unwrap();
    assert_eq!(changed.ports, Ports::Range { from: 443, to: 443 });
    assert_eq!(changed.peer, Peer::Ipv4("10.0.0.0/8".parse().unwrap()));
    assert_eq!(changed.description.as_deref(), Some("offices"));
}

#[test]
fn descriptions_of_rules_are_changed_by_content_and_by_identifier() {
    let (mut w, _, group) = net();
    let rule = w.run(ingress(&group, vec![tcp(80, everyone())])).remove(0);
    let described = |text: Option<&str>| IpPermission { description: text.map(String::from), ..tcp(80, everyone()) };
    let update =
        |permissions, ids: Vec<(&SecurityGroupRuleId, Option<&str>)>| UpdateSecurityGroupRuleDescriptionsIngress {
            group_id: group.clone(),
            ip_permissions: permissions,
            security_group_rule_descriptions: ids
                .into_iter()
                .map(|(id, text)| SecurityGroupRuleDescription {
                    security_group_rule_id: id.clone(),
                    description: text.map(String::from),
                })
                .collect(),
        };
    let shown = |w: &World| {
        let rules = &w.cloud().security_groups[&group].rules;
        rules.iter().find(|r| r.id == rule.id).unwrap().description.clone()
    };
    w.run(update(vec![described(Some("one"))], vec![]));
    assert_eq!(shown(&w).as_deref(), Some("one"));
    w.run(update(vec![], vec![(&rule.id, Some("two"))]));
    assert_eq!(shown(&w).as_deref(), Some("two"));
    w.run(update(vec![described(None)], vec![]));
    assert_eq!(shown(&w), None);
    w.refused(update(vec![], vec![]), "MissingParameter");
    w.refused(update(vec![tcp(81, everyone())], vec![]), "InvalidPermission.NotFound");
    w.refused(update(vec![described(Some("wéb"))], vec![]), "InvalidParameterValue");
    let outwards = UpdateSecurityGroupRuleDescriptionsEgress {
        group_id: group.clone(),
        ip_permissions: vec![],
        security_group_rule_descriptions: vec![SecurityGroupRuleDescription {
            security_group_rule_id: rule.id.clone(),
            description: None,
        }],
    };
    w.refused(outwards, "InvalidSecurityGroupRuleId.NotFound");
}

#[test]
fn in_the_default_vpc_revoking_what_is_not_there_is_no_error() {
    let mut w = World::new();
    let vpc = w.run(CreateDefaultVpc {});
    let group = w.group(&vpc, "web");
    w.run(ingress(&group, vec![tcp(80, everyone())]));
    let revoked = w.run(revoke(&group, vec![tcp(80, everyone()), tcp(81, everyone())]));
    assert_eq!((revoked.rules.len(), revoked.unknown), (1, vec![tcp(81, everyone())]));
}

#[test]
fn ports_fit_their_protocol() {
    let (mut w, _, group) = net();
    let rule = |protocol, ports| ingress(&group, vec![IpPermission { protocol, ports, ..tcp(0, everyone()) }]);
    let (number, range) = (Protocol::Number, |from, to| Ports::Range { from, to });
    w.refused(rule(number(6), range(81, 80)), "InvalidParameterValue");
    w.refused(rule(number(17), Ports::Icmp { kind: 8, code: None }), "InvalidParameterValue");
    w.refused(rule(number(1), range(80, 80)), "InvalidParameterValue");
    w.run(rule(number(1), Ports::Icmp { kind: 8, code: None }));
    let esp = w.run(rule(number(50), range(80, 80)));
    assert_eq!(esp[0].ports, Ports::All, "a protocol without ports has all of them");
}

#[test]
fn acl_2_entries_are_numbered_and_twenty_each_way() {
    let (mut w, vpc, _) = net();
    let acl = w.run(CreateNetworkAcl { vpc_id: vpc.id, tags: Tags::new() }).id;
    let create =
        |number, direction| CreateNetworkAclEntry { network_acl_id: acl.clone(), entry: acl_entry(number, direction) };
    w.refused(create(0, Direction::Ingress), "InvalidParameterValue");
    w.refused(create(32767, Direction::Ingress), "InvalidParameterValue");
    for number in (1..=20).rev() {
        w.run(create(number, Direction::Ingress));
    }
    w.refused(create(5, Direction::Ingress), "NetworkAclEntryAlreadyExists");
    w.refused(create(21, Direction::Ingress), "NetworkAclEntryLimitExceeded");
    w.run(create(32766, Direction::Egress));
    let numbers: Vec<_> = w.cloud().network_acls[&acl].entries.iter().map(|e| e.number).collect();
    assert!(numbers[..20].is_sorted() && numbers.len() == 21);
}

#[test]
fn acl_2_entries_are_replaced_and_deleted_by_number() {
    let (mut w, vpc, _) = net();
    let acl = w.run(CreateNetworkAcl { vpc_id: vpc.id, tags: Tags::new() }).id;
    let mut entry = acl_entry(100, Direction::Ingress);
    let replace = |entry: &_| ReplaceNetworkAclEntry { network_acl_id: acl.clone(), entry: Clone::clone(entry) };
    w.refused(replace(&entry), "InvalidNetworkAclEntry.NotFound");
    w.run(CreateNetworkAclEntry { network_acl_id: acl.clone(), entry: entry.clone() });
    entry.allow = false;
    w.run(replace(&entry));
    assert!(!w.cloud().network_acls[&acl].entries[0].allow);
    let delete = DeleteNetworkAclEntry { network_acl_id: acl.clone(), rule_number: 100, direction: Direction::Ingress };
    let other_way = DeleteNetworkAclEntry { direction: Direction::Egress, ..delete.clone() };
    w.refused(other_way, "InvalidNetworkAclEntry.NotFound");
    w.run(delete.clone());
    w.refused(delete, "InvalidNetworkAclEntry.NotFound");
}

#[test]
fn acl_3_the_default_allows_everything_and_a_new_one_nothing() {
    let (mut w, vpc, _) = net();
    let default = w.cloud().network_acls[&vpc.default_network_acl].clone();
    assert!(default.is_default && default.entries.len() == 2);
    assert!(default.entries.iter().all(|e| e.number == 100 && e.allow && e.protocol == Protocol::All));
    let acl = w.run(CreateNetworkAcl { vpc_id: vpc.id.clone(), tags: Tags::new() });
    assert!(acl.entries.is_empty());
    let delete = |id: &NetworkAclId| DeleteNetworkAcl { network_acl_id: id.clone() };
    w.refused(delete(&default.id), "InvalidParameterValue");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    assert_eq!(subnet.network_acl.1, default.id);
    let replace = |association: &NetworkAclAssociationId, to: &NetworkAclId| ReplaceNetworkAclAssociation {
        association_id: association.clone(),
        network_acl_id: to.clone(),
    };
    let association = w.run(replace(&subnet.network_acl.0, &acl.id));
    w.refused(replace(&subnet.network_acl.0, &acl.id), "InvalidAssociationID.NotFound");
    w.refused(delete(&acl.id), "DependencyViolation");
    let other = w.vpc("10.1.0.0/16");
    w.refused(replace(&association, &other.default_network_acl), "InvalidParameterValue");
    w.run(replace(&association, &default.id));
    w.run(delete(&acl.id));
    w.refused(delete(&acl.id), "InvalidNetworkAclID.NotFound");
}

#[test]
fn sg_1_acl_3_ipv6_is_let_through_by_what_nobody_has_changed() {
    let mut w = World::new();
    let vpc = w.run(CreateVpc { amazon_provided_ipv6_cidr_block: true, ..create_vpc("10.0.0.0/16") });
    let shown = |w: &World, vpc: &Vpc| {
        let acl = &w.cloud().network_acls[&vpc.default_network_acl];
        let entries: Vec<_> = acl.entries.iter().map(|e| (e.number, e.cidr.to_string())).collect();
        let group = &w.cloud().security_groups[&vpc.default_security_group];
        let out = group.rules.iter().filter(|r| r.direction == Direction::Egress);
        (entries, out.map(|r| r.peer.clone()).collect::<Vec<_>>())
    };
    let both = [everyone(), Peer::Ipv6("::/0".parse().unwrap())];
    let one_way = [(100, "0.0.0.0/0".to_string()), (101, "::/0".to_string())];
    let (entries, peers) = shown(&w, &vpc);
    assert_eq!(entries, [one_way.clone(), one_way.clone()].concat());
    assert_eq!(peers, both);
    let group = w.group(&vpc, "web");
    let peers: Vec<_> = w.cloud().security_groups[&group].rules.iter().map(|r| r.peer.clone()).collect();
    assert_eq!(peers, both, "a new group lets IPv6 out too");

    let associate = |vpc: &Vpc| AssociateVpcCidrBlock {
        vpc_id: vpc.id.clone(),
        cidr_block: None,
        amazon_provided_ipv6_cidr_block: true,
    };
    let later = w.vpc("10.1.0.0/16");
    w.run(associate(&later));
    assert_eq!(shown(&w, &later), ([one_way.clone(), one_way].concat(), both.to_vec()));

    let changed = w.vpc("10.2.0.0/16");
    let entry = acl_entry(50, Direction::Ingress);
    w.run(CreateNetworkAclEntry { network_acl_id: changed.default_network_acl.clone(), entry });
    w.run(ingress(&changed.default_security_group, vec![tcp(80, everyone())]));
    w.run(associate(&changed));
    let (entries, peers) = shown(&w, &changed);
    assert_eq!(entries.len(), 3);
    assert_eq!(peers, [everyone()]);
}
