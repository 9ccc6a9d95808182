//! What every operation has in common: client tokens, dry runs, pages, filters, scopes.

mod client;

use client::Client;
use serde_json::{Value, json};

fn ids(answer: &Value) -> Vec<String> {
    answer["Vpcs"].as_array().unwrap().iter().map(|v| v["VpcId"].as_str().unwrap().to_string()).collect()
}

#[test]
fn a_client_token_makes_a_request_be_done_once() {
    let client = Client::new();
    let make = |token: &str, kind: &str| {
        client.try_call("CreateEgressOnlyInternetGateway", json!({"VpcId": default_vpc(&client), "ClientToken": token,
            "TagSpecifications": [{"ResourceType": "egress-only-internet-gateway", "Tags": [{"Key": "kind", "Value": kind}]}]}))
    };
    let first = make("one", "a").unwrap();
    assert_eq!(make("one", "a").unwrap(), first);
    assert_eq!(make("one", "b").unwrap_err().code, "IdempotentParameterMismatch");
    assert_ne!(make("two", "a").unwrap(), first);
    assert_eq!(make(&"x".repeat(65), "a").unwrap_err().code, "InvalidClientToken");
}

fn default_vpc(client: &Client) -> String {
    ids(&client.call("DescribeVpcs", json!({"Filters": [{"Name": "is-default", "Values": ["true"]}]}))).remove(0)
}

#[test]
fn a_dry_run_is_judged_and_not_done() {
    let client = Client::new();
    let before = client.call("DescribeVpcs", json!({}));
    let refusal = client.try_call("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "DryRun": true})).unwrap_err();
    assert_eq!((refusal.status, refusal.code.as_str()), (412, "DryRunOperation"));
    assert_eq!(client.refused("CreateVpc", json!({"CidrBlock": "10.0.0.0/8", "DryRun": true})), "InvalidVpc.Range");
    assert_eq!(client.refused("DescribeVpcs", json!({"DryRun": true})), "DryRunOperation");
    assert_eq!(client.call("DescribeVpcs", json!({})), before);
}

#[test]
fn pages_hold_everything_once() {
    let client = Client::new();
    for n in 0..4 {
        client.call("CreateVpc", json!({"CidrBlock": format!("10.{n}.0.0/16")}));
    }
    let all = ids(&client.call("DescribeVpcs", json!({})));
    assert_eq!(all.len(), 5);
    let everything = client.call("DescribeVpcs", json!({"MaxResults": 5}));
    assert_eq!((ids(&everything), everything.get("NextToken")), (all.clone(), None), "a full last page has no token");
    let mut paged = Vec::new();
    let mut tables = 0;
    let mut token = Value::Null;
    loop {
        let page = client.call("DescribeRouteTables", json!({"MaxResults": 5, "NextToken": token}));
        tables += page["RouteTables"].as_array().unwrap().len();
        token = page.get("NextToken").cloned().unwrap_or_default();
        paged.push(page);
        if token.is_null() {
            break;
        }
    }
    assert_eq!((tables, paged.len()), (5, 1));
    assert_eq!(client.refused("DescribeVpcs", json!({"MaxResults": 0})), "InvalidParameterValue");
    for token in ["x", "%", "AAAA", "vpc-0"] {
        assert_eq!(client.refused("DescribeVpcs", json!({"NextToken": token})), "InvalidNextToken", "{token}");
    }
}

#[test]
fn filters_all_hold_and_of_each_one_value() {
    let client = Client::new();
    for (block, name) in [("10.0.0.0/16", "web"), ("10.1.0.0/16", "worker"), ("10.2.0.0/16", "data")] {
        let tags =
            json!([{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": name}, {"Key": name, "Value": ""}]}]);
        client.call("CreateVpc", json!({"CidrBlock": block, "TagSpecifications": tags}));
    }
    let count = |filters: Value| ids(&client.call("DescribeVpcs", json!({"Filters": filters}))).len();
    assert_eq!(count(json!([{"Name": "tag:Name", "Values": ["w*"]}])), 2);
    assert_eq!(count(json!([{"Name": "tag:Name", "Values": ["we?", "data"]}])), 2);
    assert_eq!(count(json!([{"Name": "tag-key", "Values": ["worker"]}])), 1);
    assert_eq!(count(json!([{"Name": "tag:Name", "Values": ["w*"]}, {"Name": "cidr", "Values": ["10.1.*"]}])), 1);
    assert_eq!(count(json!([{"Name": "tag:Name", "Values": ["Web"]}])), 0);
    assert_eq!(count(json!([{"Name": "tag:name", "Values": ["web"]}])), 0);
    let refused = |filters: Value| client.refused("DescribeVpcs", json!({"Filters": filters}));
    assert_eq!(refused(json!([{"Name": "colour", "Values": ["x"]}])), "InvalidParameterValue");
    assert_eq!(refused(json!([{"Name": "state"}])), "InvalidParameterValue");
    let many: Vec<String> = (0..201).map(|n| n.to_string()).collect();
    assert_eq!(refused(json!([{"Name": "state", "Values": many}])), "FilterLimitExceeded");
}

#[test]
fn scopes_see_nothing_of_each_other() {
    let client = Client::new();
    let vpc = client.call("CreateVpc", json!({"CidrBlock": "10.0.0.0/16"}))["Vpc"]["VpcId"].clone();
    for other in [client.elsewhere("111111111111", "us-east-1"), client.elsewhere("000000000000", "eu-west-3")] {
        assert_eq!(other.refused("DescribeVpcs", json!({"VpcIds": [vpc]})), "InvalidVpcID.NotFound");
        assert_eq!(other.refused("DeleteVpc", json!({"VpcId": vpc})), "InvalidVpcID.NotFound");
        assert_eq!(ids(&other.call("DescribeVpcs", json!({}))).len(), 1, "the default VPC");
    }
    assert_eq!(ids(&client.call("DescribeVpcs", json!({}))).len(), 2);
}

#[test]
fn identifiers_are_judged_by_their_form() {
    let client = Client::new();
    for (operation, parameters, code) in [
        ("DescribeVpcs", json!({"VpcIds": ["vpc-1"]}), "InvalidVpcID.Malformed"),
        ("DescribeVpcs", json!({"VpcIds": ["subnet-00000000000000001"]}), "InvalidVpcID.Malformed"),
        ("DescribeVpcs", json!({"VpcIds": [""]}), "InvalidVpcID.Malformed"),
        ("DescribeVpcs", json!({"VpcIds": ["vpc-00000000000000001"]}), "InvalidVpcID.NotFound"),
        ("DescribeVpcs", json!({"VpcIds": ["vpc-00000001"]}), "InvalidVpcID.NotFound"),
        ("DescribeRouteTables", json!({"RouteTableIds": ["rtb-x"]}), "InvalidRouteTableId.Malformed"),
        ("DescribeRouteTables", json!({"RouteTableIds": ["rtb-00000001"]}), "InvalidRouteTableID.NotFound"),
    ] {
        assert_eq!(client.refused(operation, parameters.clone()), code, "{operation} {parameters}");
    }
}
