//! Security groups in further VPCs (row SG-12): filters, pages, dry runs, refusals, accounts.

mod client;

use client::Client;
use croft_aws::ec2::security_group_vpc_association::FILTERS;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const DESCRIBE: &str = "DescribeSecurityGroupVpcAssociations";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_string()
}

fn vpc(client: &Client) -> String {
    text(&client.call("CreateVpc", json!({"CidrBlock": "10.0.0.0/16"}))["Vpc"]["VpcId"])
}

fn group(client: &Client, vpc: &str, name: &str) -> String {
    let with = json!({"GroupName": name, "Description": "d", "VpcId": vpc});
    text(&client.call("CreateSecurityGroup", with)["GroupId"])
}

fn associate(client: &Client, group: &str, vpc: &str) {
    let answer = client.call("AssociateSecurityGroupVpc", json!({"GroupId": group, "VpcId": vpc}));
    assert_eq!(answer, json!({"State": "associating"}));
}

/// Group and VPC of each association.
fn pairs(answer: &Value) -> Vec<(String, String)> {
    let all = answer["SecurityGroupVpcAssociations"].as_array().unwrap();
    all.iter().map(|one| (text(&one["GroupId"]), text(&one["VpcId"]))).collect()
}

#[test]
fn sg_12_associations_are_found_by_every_filter() {
    let client = Client::new();
    let (own, second, third) = (vpc(&client), vpc(&client), vpc(&client));
    let (web, app) = (group(&client, &own, "web"), group(&client, &own, "app"));
    associate(&client, &web, &second);
    associate(&client, &app, &third);
    let both = BTreeSet::from([(web.clone(), second.clone()), (app, third)]);
    let one = BTreeSet::from([(web.clone(), second.clone())]);
    let filters = [
        ("group-id", web.as_str(), &one),
        ("group-owner-id", "000000000000", &both),
        ("state", "associated", &both),
        ("vpc-id", &second, &one),
        ("vpc-owner-id", "0000*", &both),
    ];
    let found = |name: &str, value: &str| -> BTreeSet<_> {
        let with = json!({"Filters": [{"Name": name, "Values": [value]}]});
        pairs(&client.call(DESCRIBE, with)).into_iter().collect()
    };
    for (name, value, wanted) in filters {
        assert_eq!(found(name, value), *wanted, "{name}={value}");
        assert!(found(name, "nothing has it").is_empty(), "{name}");
    }
    let tested: BTreeSet<_> = filters.iter().map(|(name, ..)| *name).collect();
    assert_eq!(tested, FILTERS.iter().map(|(name, _)| *name).collect());
    assert!(found("state", "associating").is_empty());
    let unknown = json!({"Filters": [{"Name": "owner-id", "Values": ["0"]}]});
    assert_eq!(client.refused(DESCRIBE, unknown), "InvalidParameterValue");
}

#[test]
fn sg_12_associations_come_in_pages() {
    let client = Client::new();
    let (own, second) = (vpc(&client), vpc(&client));
    let groups: Vec<String> = (0..12).map(|n| group(&client, &own, &format!("g{n}"))).collect();
    groups.iter().for_each(|group| associate(&client, group, &second));
    let (mut seen, mut token) = (Vec::new(), None);
    loop {
        let mut with = json!({"MaxResults": 5});
        if let Some(token) = &token {
            with["NextToken"] = json!(token);
        }
        let page = client.call(DESCRIBE, with);
        assert!(pairs(&page).len() <= 5);
        seen.extend(pairs(&page));
        match page["NextToken"].as_str() {
            Some(next) => token = Some(next.to_string()),
            None => break,
        }
    }
    let distinct: BTreeSet<_> = seen.iter().cloned().collect();
    assert_eq!((seen.len(), distinct.len()), (12, 12));
    assert!(groups.iter().all(|group| distinct.contains(&(group.clone(), second.clone()))));
    assert_eq!(client.refused(DESCRIBE, json!({"NextToken": "%"})), "InvalidNextToken");
}

#[test]
fn sg_12_a_dry_run_associates_nothing() {
    let client = Client::new();
    let (own, second) = (vpc(&client), vpc(&client));
    let group = group(&client, &own, "web");
    let with = json!({"GroupId": group, "VpcId": second, "DryRun": true});
    assert_eq!(client.refused("AssociateSecurityGroupVpc", with.clone()), "DryRunOperation");
    assert_eq!(pairs(&client.call(DESCRIBE, json!({}))), []);
    associate(&client, &group, &second);
    assert_eq!(client.refused("DisassociateSecurityGroupVpc", with), "DryRunOperation");
    assert_eq!(pairs(&client.call(DESCRIBE, json!({}))), [(group, second)]);
}

#[test]
fn sg_12_refusals_have_their_codes() {
    let client = Client::new();
    let (own, second) = (vpc(&client), vpc(&client));
    let web = group(&client, &own, "web");
    let (gone, none) = ("sg-0123456789abcdef0", "vpc-0123456789abcdef0");
    for operation in ["AssociateSecurityGroupVpc", "DisassociateSecurityGroupVpc"] {
        let refused = |group: &str, vpc: &str| client.refused(operation, json!({"GroupId": group, "VpcId": vpc}));
        assert_eq!(refused("web", &second), "InvalidGroupId.Malformed");
        assert_eq!(refused(gone, &second), "InvalidGroup.NotFound");
        assert_eq!(refused(&web, "second"), "InvalidVpcID.Malformed");
        assert_eq!(refused(&web, none), "InvalidVpcID.NotFound");
        assert_eq!(client.refused(operation, json!({"GroupId": web})), "MissingParameter");
    }
    let mine = json!({"GroupId": web, "VpcId": own});
    assert_eq!(client.refused("AssociateSecurityGroupVpc", mine.clone()), "Resource.AlreadyAssociated");
    assert_eq!(client.refused("DisassociateSecurityGroupVpc", mine), "InvalidAssociationID.NotFound");
    let other = client.elsewhere("111111111111", "us-east-1");
    let theirs = vpc(&other);
    assert_eq!(
        client.refused("AssociateSecurityGroupVpc", json!({"GroupId": web, "VpcId": theirs})),
        "InvalidVpcID.NotFound"
    );
    associate(&client, &web, &second);
    assert_eq!(pairs(&other.call(DESCRIBE, json!({}))), []);
    let delete = json!({"GroupId": web});
    assert_eq!(client.refused("DeleteSecurityGroup", delete), "DependencyViolation");
    assert_eq!(client.refused("DeleteVpc", json!({"VpcId": second})), "DependencyViolation");
}

#[test]
fn sg_12_stale_rules_are_listed_by_direction_protocol_and_ports() {
    let client = Client::new();
    let (own, second) = (vpc(&client), vpc(&client));
    let (shared, other) = (group(&client, &own, "shared"), group(&client, &own, "other"));
    let servers = group(&client, &second, "servers");
    associate(&client, &shared, &second);
    associate(&client, &other, &second);
    let from = |group: &str, port: u16| {
        json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port,
               "UserIdGroupPairs": [{"GroupId": group, "VpcId": second, "Description": "d"}]})
    };
    let permissions = json!([from(&shared, 443), from(&other, 443), from(&shared, 80)]);
    client.call("AuthorizeSecurityGroupIngress", json!({"GroupId": servers, "IpPermissions": permissions}));
    let permissions = json!([from(&shared, 53)]);
    client.call("AuthorizeSecurityGroupEgress", json!({"GroupId": servers, "IpPermissions": permissions}));
    let nowhere = json!([{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1,
                          "UserIdGroupPairs": [{"GroupId": shared, "VpcId": "vpc-0123456789abcdef0"}]}]);
    let nowhere = json!({"GroupId": servers, "IpPermissions": nowhere});
    assert_eq!(client.refused("AuthorizeSecurityGroupIngress", nowhere), "InvalidGroup.NotFound");

    let stale = |vpc: &str| client.call("DescribeStaleSecurityGroups", json!({"VpcId": vpc}));
    assert_eq!(stale(&second)["StaleSecurityGroupSet"], json!([]));
    let gone = json!({"GroupId": shared, "VpcId": second});
    assert_eq!(client.call("DisassociateSecurityGroupVpc", gone), json!({"State": "disassociating"}));
    let listed = &stale(&second)["StaleSecurityGroupSet"];
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let ports = |name: &str| -> Vec<(i64, usize)> {
        let permissions = listed[0][name].as_array().unwrap().iter();
        permissions
            .map(|p| (p["FromPort"].as_i64().unwrap(), p["UserIdGroupPairs"].as_array().unwrap().len()))
            .collect()
    };
    assert_eq!(
        (ports("StaleIpPermissions"), ports("StaleIpPermissionsEgress")),
        (vec![(443, 1), (80, 1)], vec![(53, 1)])
    );
    assert_eq!(stale(&own)["StaleSecurityGroupSet"], json!([]));
}
