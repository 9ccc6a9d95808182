//! Lists come in pages: every operation that takes `NextToken` or `Marker` shows everything once.

mod client;

use client::Client;
use croft_aws::{Backend, Entry};
use croft_control::SetQuota;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// So many of everything, where that is more than a page.
const MANY: usize = 7;

/// Operations that never have more than one page.
const ONE_PAGE: &[&str] = &["iam:ListGroupsForUser", "cloudformation:DescribeAccountLimits"];

fn text(answer: &Value, pointer: &str) -> String {
    answer.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {answer}")).to_string()
}

/// What an answer lists: one of its lists, or all of them.
fn items(answer: &Value, list: Option<&str>) -> Vec<Value> {
    let fields = answer.as_object().into_iter().flatten();
    let lists = fields.filter(|(name, _)| list.is_none_or(|list| list == *name)).filter_map(|(_, v)| v.as_array());
    lists.flatten().cloned().collect()
}

/// Goes through the pages of a list, which hold `size` at most. Everything comes once, in `count` items.
fn check(client: &Client, operation: &str, with: &Value, list: Option<&str>, size: usize, count: usize) {
    let token = if operation.starts_with("iam:") { "Marker" } else { "NextToken" };
    let (mut seen, mut pages, mut with) = (Vec::new(), 0, with.clone());
    loop {
        let page = client.call(operation, with.clone());
        let shown = items(&page, list);
        assert!(shown.len() <= size, "{operation}: {} on a page of {size}", shown.len());
        seen.extend(shown);
        pages += 1;
        match page.get(token) {
            Some(next) => with[token] = next.clone(),
            None => break,
        }
    }
    let distinct: BTreeSet<String> = seen.iter().map(Value::to_string).collect();
    assert_eq!((seen.len(), distinct.len()), (count, count), "{operation}");
    assert_eq!(pages, count.div_ceil(size), "{operation}");
    assert!(pages > 1, "{operation} has one page only");
}

/// The same where a request says how much it wants: everything is what comes without saying so.
fn check_by(client: &Client, operation: &str, mut with: Value, size: usize) {
    let count = items(&client.call(operation, with.clone()), None).len();
    with[if operation.starts_with("iam:") { "MaxItems" } else { "MaxResults" }] = json!(size);
    check(client, operation, &with, None, size, count);
    with[if operation.starts_with("iam:") { "Marker" } else { "NextToken" }] = json!("no such page");
    assert!(client.try_call(operation, with).is_err(), "{operation} takes any token");
}

/// Every operation of a service that takes the token of a page, but for those of one page.
fn paged(service: &str, tables: &[&[Entry]]) -> BTreeSet<String> {
    let takes = |entry: &&Entry| entry.honoured().iter().any(|name| name == "NextToken" || name == "Marker");
    let named = tables.iter().copied().flatten().filter(takes).map(|entry| format!("{service}{}", entry.name));
    named.filter(|name| !ONE_PAGE.contains(&name.as_str())).collect()
}

#[test]
fn networks_and_instances() {
    let client = Client::new();
    for name in ["vpcs", "internet_gateways", "egress_only_internet_gateways", "elastic_ips"] {
        let quota = SetQuota { name: format!("{name}_per_region"), value: 50 };
        client.backend.run(&client.scope, quota.into()).unwrap();
    }
    let quota = SetQuota { name: "nat_gateways_per_zone".into(), value: 50 };
    client.backend.run(&client.scope, quota.into()).unwrap();
    let make = |operation: &str, pointer: &str, with: Value| text(&client.call(operation, with), pointer);
    let many = |operation: &str, pointer: &str, with: &dyn Fn(usize) -> Value| -> Vec<String> {
        (0..MANY).map(|n| make(operation, pointer, with(n))).collect()
    };
    let vpcs = many("CreateVpc", "/Vpc/VpcId", &|n| json!({"CidrBlock": format!("10.{n}.0.0/16")}));
    let (home, next) = (&vpcs[0], &vpcs[1]);
    for vpc in &vpcs {
        let gateway = make("CreateInternetGateway", "/InternetGateway/InternetGatewayId", json!({}));
        client.call("AttachInternetGateway", json!({"InternetGatewayId": gateway, "VpcId": vpc}));
        client.call("CreateEgressOnlyInternetGateway", json!({"VpcId": vpc}));
        client.call("CreateTags", json!({"Resources": [vpc], "Tags": [{"Key": "Name", "Value": "many"}]}));
        let exclusion = json!({"VpcId": vpc, "InternetGatewayExclusionMode": "allow-bidirectional"});
        client.call("CreateVpcBlockPublicAccessExclusion", exclusion);
    }
    let in_home = |n: usize| json!({"VpcId": home, "CidrBlock": format!("10.0.{n}.0/24")});
    let subnets = many("CreateSubnet", "/Subnet/SubnetId", &in_home);
    many("CreateNetworkAcl", "/NetworkAcl/NetworkAclId", &|_| json!({"VpcId": home}));
    many("CreateRouteTable", "/RouteTable/RouteTableId", &|_| json!({"VpcId": home}));
    many(
        "CreateDhcpOptions",
        "/DhcpOptions/DhcpOptionsId",
        &|n| json!({"DhcpConfigurations": [{"Key": "domain-name", "Values": [format!("d{n}.test")]}]}),
    );
    let private = json!({"SubnetId": subnets[0], "ConnectivityType": "private"});
    many("CreateNatGateway", "/NatGateway/NatGatewayId", &|_| private.clone());
    many("CreateSubnetCidrReservation", "/SubnetCidrReservation/SubnetCidrReservationId", &|n| {
        let block = format!("10.0.1.{}/28", 16 * (n + 1));
        json!({"SubnetId": subnets[1], "Cidr": block, "ReservationType": "explicit"})
    });
    for address in many("AllocateAddress", "/AllocationId", &|_| json!({})) {
        client.call("ModifyAddressAttribute", json!({"AllocationId": address, "DomainName": "a.example.com"}));
    }
    let lists = many("CreateManagedPrefixList", "/PrefixList/PrefixListId", &|n| {
        let entries: Vec<Value> = (0..MANY).map(|m| json!({"Cidr": format!("10.{n}.{m}.0/24")})).collect();
        json!({"PrefixListName": format!("l{n}"), "MaxEntries": MANY, "AddressFamily": "IPv4", "Entries": entries})
    });
    let group = |vpc: &str, n: usize| json!({"GroupName": format!("g{n}"), "Description": "d", "VpcId": vpc});
    let groups = many("CreateSecurityGroup", "/GroupId", &|n| group(home, n));
    for id in &groups {
        let lists =
            json!([{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "PrefixListIds": [{"PrefixListId": lists[0]}]}]);
        client.call("AuthorizeSecurityGroupIngress", json!({"GroupId": id, "IpPermissions": lists}));
        client.call("AssociateSecurityGroupVpc", json!({"GroupId": id, "VpcId": vpcs[2]}));
    }
    // Rules that name a group which was in their VPC and is there no more.
    client.call("AssociateSecurityGroupVpc", json!({"GroupId": groups[0], "VpcId": next}));
    for id in many("CreateSecurityGroup", "/GroupId", &|n| group(next, n)) {
        let named = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": groups[0]}]}]);
        client.call("AuthorizeSecurityGroupIngress", json!({"GroupId": id, "IpPermissions": named}));
    }
    client.call("DisassociateSecurityGroupVpc", json!({"GroupId": groups[0], "VpcId": next}));
    client.call("iam:CreateInstanceProfile", json!({"InstanceProfileName": "web"}));
    let launched = json!({"ImageId": "ami-0c02fb55956c7d316", "MinCount": 1, "MaxCount": 1, "SubnetId": subnets[0],
        "InstanceType": "t3.micro", "IamInstanceProfile": {"Name": "web"}});
    many("RunInstances", "/ReservationId", &|_| launched.clone());
    let templates = many(
        "CreateLaunchTemplate",
        "/LaunchTemplate/LaunchTemplateName",
        &|n| json!({"LaunchTemplateName": format!("web{n}"), "LaunchTemplateData": {"InstanceType": "t3.micro"}}),
    );
    let version = json!({"LaunchTemplateName": templates[0], "LaunchTemplateData": {"InstanceType": "t3.small"}});
    many("CreateLaunchTemplateVersion", "/LaunchTemplateVersion/LaunchTemplateName", &|_| version.clone());
    for operation in paged("", croft_aws::ec2::OPERATIONS) {
        let with = match operation.as_str() {
            "GetManagedPrefixListEntries" | "GetManagedPrefixListAssociations" => json!({"PrefixListId": lists[0]}),
            "GetSecurityGroupsForVpc" => json!({"VpcId": home}),
            "DescribeStaleSecurityGroups" => json!({"VpcId": next}),
            "GetSubnetCidrReservations" => json!({"SubnetId": subnets[1]}),
            "DescribeLaunchTemplateVersions" => json!({"LaunchTemplateName": templates[0]}),
            "DescribeInstanceStatus" => json!({"IncludeAllInstances": true}),
            _ => json!({}),
        };
        // AWS's own lists are few.
        let size = if operation == "DescribePrefixLists" { 1 } else { 5 };
        check_by(&client, &operation, with, size);
    }
}

#[test]
fn users_roles_and_policies() {
    let client = Client::new();
    let call = |operation: &str, with: Value| client.call(&format!("iam:{operation}"), with);
    let document = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}"#;
    let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "ec2.amazonaws.com"}}}"#;
    let tags: Vec<Value> = (0..3).map(|n| json!({"Key": format!("k{n}"), "Value": "v"})).collect();
    let mut policies = Vec::new();
    for n in 0..3 {
        let made =
            call("CreatePolicy", json!({"PolicyName": format!("p{n}"), "PolicyDocument": document, "Tags": tags}));
        policies.push(text(&made, "/Policy/Arn"));
        call("CreateUser", json!({"UserName": format!("u{n}"), "Tags": tags}));
        let role = json!({"RoleName": format!("r{n}"), "AssumeRolePolicyDocument": trust, "Tags": tags});
        call("CreateRole", role);
        call("CreateInstanceProfile", json!({"InstanceProfileName": format!("i{n}"), "Tags": tags}));
        call("AddRoleToInstanceProfile", json!({"InstanceProfileName": format!("i{n}"), "RoleName": "r0"}));
        call("PutUserPolicy", json!({"UserName": "u0", "PolicyName": format!("p{n}"), "PolicyDocument": document}));
        call("PutRolePolicy", json!({"RoleName": "r0", "PolicyName": format!("p{n}"), "PolicyDocument": document}));
        call("AttachUserPolicy", json!({"UserName": format!("u{n}"), "PolicyArn": policies[0]}));
    }
    for policy in &policies {
        call("AttachRolePolicy", json!({"RoleName": "r0", "PolicyArn": policy}));
        if *policy != policies[0] {
            call("AttachUserPolicy", json!({"UserName": "u0", "PolicyArn": policy}));
        }
    }
    for _ in 0..2 {
        call("CreatePolicyVersion", json!({"PolicyArn": policies[0], "PolicyDocument": document}));
        call("CreateAccessKey", json!({"UserName": "u0"}));
    }
    for operation in paged("iam:", croft_aws::iam::OPERATIONS) {
        let with = match operation.strip_prefix("iam:").unwrap() {
            "ListUsers" | "ListRoles" | "ListInstanceProfiles" => json!({}),
            "ListPolicies" => json!({"Scope": "Local"}),
            "ListPolicyVersions" | "ListPolicyTags" | "ListEntitiesForPolicy" => json!({"PolicyArn": policies[0]}),
            "ListInstanceProfileTags" => json!({"InstanceProfileName": "i0"}),
            name if name.contains("Role") => json!({"RoleName": "r0"}),
            _ => json!({"UserName": "u0"}),
        };
        check_by(&client, &operation, with, 1);
    }
    let marked = json!({"UserName": "u0", "Marker": "no such page"});
    assert_eq!(client.refused("iam:ListGroupsForUser", marked), "ValidationError");
}

#[test]
fn stacks_and_what_is_in_them() {
    let client = Client::new();
    let quota = SetQuota { name: "dhcp_options_per_region".into(), value: 1000 };
    client.backend.run(&client.scope, quota.into()).unwrap();
    let call = |operation: &str, with: Value| client.call(&format!("cloudformation:{operation}"), with);
    const MORE: usize = 105;
    let options =
        |n: usize| json!({"Type": "AWS::EC2::DHCPOptions", "Properties": {"DomainName": format!("d{n}.test")}});
    let (mut base, mut more) = (json!({"Resources": {}, "Outputs": {}}), json!({"Resources": {}, "Outputs": {}}));
    for n in 0..MORE {
        base["Resources"][format!("Options{n}")] = options(n);
        base["Outputs"][format!("Options{n}")] =
            json!({"Value": {"Ref": format!("Options{n}")}, "Export": {"Name": format!("options-{n}")}});
        more["Resources"][format!("Options{n}")] = options(n);
        more["Resources"][format!("More{n}")] = options(n);
        more["Outputs"][format!("Options{n}")] = base["Outputs"][format!("Options{n}")].clone();
    }
    call("CreateStack", json!({"StackName": "base", "TemplateBody": base.to_string()}));
    client.settle();
    let user = json!({"Resources": {"Options": {"Type": "AWS::EC2::DHCPOptions",
        "Properties": {"DomainName": {"Fn::Sub": ["${id}.test", {"id": {"Fn::ImportValue": "options-0"}}]}}}}});
    for n in 0..MORE {
        call("CreateStack", json!({"StackName": format!("user{n}"), "TemplateBody": user.to_string()}));
        let set = json!({"StackName": "base", "ChangeSetName": format!("set{n}"), "TemplateBody": more.to_string()});
        call("CreateChangeSet", set);
    }
    client.settle();
    call("DetectStackDrift", json!({"StackName": "base"}));
    client.settle();
    let of_base = json!({"StackName": "base"});
    for operation in paged("cloudformation:", croft_aws::cloudformation::OPERATIONS) {
        let (mut with, list, size, count) = match operation.strip_prefix("cloudformation:").unwrap() {
            "DescribeStacks" => (json!({}), "Stacks", 100, MORE + 1),
            "ListStacks" => (json!({}), "StackSummaries", 100, MORE + 1),
            "ListExports" => (json!({}), "Exports", 100, MORE),
            "ListImports" => (json!({"ExportName": "options-0"}), "Imports", 100, MORE),
            "ListChangeSets" => (of_base.clone(), "Summaries", 100, MORE),
            "DescribeChangeSet" => (json!({"StackName": "base", "ChangeSetName": "set0"}), "Changes", 100, MORE),
            "ListStackResources" => (of_base.clone(), "StackResourceSummaries", 100, MORE),
            // Of the stack two, of each resource two that it is being made and one that it is.
            "DescribeStackEvents" => (of_base.clone(), "StackEvents", 100, 3 * MORE + 2),
            "DescribeStackResourceDrifts" => {
                (json!({"StackName": "base", "MaxResults": 20}), "StackResourceDrifts", 20, MORE)
            }
            other => panic!("nothing is known of the pages of {other}"),
        };
        check(&client, &operation, &with, Some(list), size, count);
        with["NextToken"] = json!("no such page");
        assert!(client.try_call(&operation, with).is_err(), "{operation} takes any token");
    }
    let limits = json!({"NextToken": "no such page"});
    assert_eq!(client.refused("cloudformation:DescribeAccountLimits", limits), "ValidationError");
}
