//! Network interfaces, Elastic IPs and NAT gateways: what they are found by, and what clients do with them.

mod client;

use client::Client;
use croft_aws::Backend;
use croft_control::{CreateSubnet, ObserveAttachment, ObserveInstance, ObserveNatGateway, RunInstances};
use croft_model::gateway::NatGatewayState;
use croft_model::instance::InstanceState;
use serde_json::{Value, json};
use std::collections::BTreeSet;

struct World {
    client: Client,
    subnet: String,
    instance: String,
}

fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {value}"));
    found.as_str().unwrap_or_else(|| panic!("{pointer} is no text in {value}")).to_string()
}

impl World {
    /// An instance that runs in a default subnet.
    fn new() -> World {
        let client = Client::new();
        let acls = client.call("DescribeNetworkAcls", json!({}));
        let subnet = text(&acls, "/NetworkAcls/0/Associations/0/SubnetId");
        let launch = RunInstances {
            image_id: "ami-0c02fb55956c7d316".into(),
            subnet_id: Some(subnet.parse().unwrap()),
            instance_type: Some("t3.small".into()),
            ..RunInstances::default()
        };
        client.backend.run(&client.scope, launch.into()).unwrap();
        let instance = client.backend.cloud().instances.values().next().unwrap().id.clone();
        let seen = ObserveInstance {
            instance_id: instance.clone(),
            generation: 1,
            state: InstanceState::Running,
            reason: None,
        };
        client.backend.run(&client.scope, seen.into()).unwrap();
        World { client, subnet, instance: instance.to_string() }
    }

    fn interface(&self, options: Value) -> Value {
        let mut with = json!({"SubnetId": self.subnet});
        with.as_object_mut().unwrap().extend(options.as_object().cloned().unwrap());
        self.client.call("CreateNetworkInterface", with)["NetworkInterface"].take()
    }

    fn call(&self, operation: &str, with: Value) -> Value {
        self.client.call(operation, with)
    }

    /// Each filter finds exactly the items that show the value, for every value that any item shows.
    fn check_filters(&self, listing: &Listing, filters: &[(&str, &str)]) {
        let all = listing.items(self, json!({}));
        for (filter, path) in filters {
            let mut wanted: BTreeSet<String> = all.iter().flat_map(|item| values(item, path)).collect();
            assert!(!wanted.is_empty(), "{filter}: no item shows {path}");
            wanted.insert("nothing-of-the-kind".into());
            for value in wanted {
                let expected = all.iter().filter(|item| values(item, path).contains(&value));
                let expected: BTreeSet<String> = expected.map(|item| text(item, listing.id)).collect();
                let asked = match *filter {
                    // The client reads a time as milliseconds.
                    "attachment.attach-time" if value != "nothing-of-the-kind" => "2023-11-14T22:13:20.000Z",
                    _ => &value,
                };
                let with = json!({listing.parameter: [{"Name": filter, "Values": [asked]}]});
                let found = listing.items(self, with);
                let found: BTreeSet<String> = found.iter().map(|item| text(item, listing.id)).collect();
                assert_eq!(found, expected, "{filter}={value}");
            }
        }
    }
}

/// An operation that describes.
struct Listing {
    operation: &'static str,
    list: &'static str,
    parameter: &'static str,
    id: &'static str,
}

impl Listing {
    fn items(&self, world: &World, with: Value) -> Vec<Value> {
        world.call(self.operation, with)[self.list].as_array().unwrap().clone()
    }
}

const INTERFACES: Listing = Listing {
    operation: "DescribeNetworkInterfaces",
    list: "NetworkInterfaces",
    parameter: "Filters",
    id: "/NetworkInterfaceId",
};
const ADDRESSES: Listing =
    Listing { operation: "DescribeAddresses", list: "Addresses", parameter: "Filters", id: "/AllocationId" };
const GATEWAYS: Listing =
    Listing { operation: "DescribeNatGateways", list: "NatGateways", parameter: "Filter", id: "/NatGatewayId" };

/// What stands at a path, `*` being every element of a list.
fn values(item: &Value, path: &str) -> Vec<String> {
    let mut at = vec![item];
    for step in path.split('/') {
        at = match step {
            "*" => at.into_iter().flat_map(|v| v.as_array().into_iter().flatten()).collect(),
            name => at.into_iter().filter_map(|v| v.get(name)).collect(),
        };
    }
    at.into_iter().map(|v| v.as_str().map_or_else(|| v.to_string(), String::from)).collect()
}

/// A free interface, one on the instance with an Elastic IP on a further address, the instance's first with a public
/// address, one of a NAT gateway, one with an IPv6 address.
fn furnished() -> World {
    let w = World::new();
    let group = text(&w.call("DescribeSecurityGroups", json!({"GroupNames": ["default"]})), "/SecurityGroups/0/VpcId");
    let group = w.call("CreateSecurityGroup", json!({"GroupName": "web", "Description": "web", "VpcId": group}));
    w.interface(json!({"Description": "free", "Groups": [group["GroupId"]],
        "TagSpecifications": [{"ResourceType": "network-interface", "Tags": [{"Key": "Name", "Value": "free"}]}]}));
    let further = w.interface(json!({"SecondaryPrivateIpAddressCount": 1}));
    let id = &further["NetworkInterfaceId"];
    let attach = json!({"NetworkInterfaceId": id, "InstanceId": w.instance, "DeviceIndex": 1});
    let attachment = text(&w.call("AttachNetworkInterface", attach), "/AttachmentId");
    let modify = json!({"NetworkInterfaceId": id, "SourceDestCheck": {"Value": false}});
    w.call("ModifyNetworkInterfaceAttribute", modify);
    let second = &further["PrivateIpAddresses"][1]["PrivateIpAddress"];
    let elastic = w.call("AllocateAddress", json!({"Domain": "vpc"}));
    let associate =
        json!({"AllocationId": elastic["AllocationId"], "NetworkInterfaceId": id, "PrivateIpAddress": second});
    w.call("AssociateAddress", associate);
    let tags = json!([{"ResourceType": "elastic-ip", "Tags": [{"Key": "Name", "Value": "out"}]}]);
    let out = w.call("AllocateAddress", json!({"Domain": "vpc", "TagSpecifications": tags}));
    w.call("CreateNatGateway", json!({"SubnetId": w.subnet, "AllocationId": out["AllocationId"]}));
    let gateway = w.client.backend.cloud().nat_gateways.keys().next().unwrap().clone();
    let available = ObserveNatGateway { nat_gateway_id: gateway, state: NatGatewayState::Available };
    w.client.backend.run(&w.client.scope, available.into()).unwrap();
    w.call("CreateNatGateway", json!({"SubnetId": w.subnet, "ConnectivityType": "private"}));
    w.call("AllocateAddress", json!({}));
    let vpc =
        w.call("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": true}))["Vpc"].take();
    let block = text(&vpc, "/Ipv6CidrBlockAssociationSet/0/Ipv6CidrBlock").parse().unwrap();
    let subnet = CreateSubnet {
        vpc_id: text(&vpc, "/VpcId").parse().unwrap(),
        cidr_block: "10.0.1.0/24".parse().unwrap(),
        availability_zone: Some("us-east-1b".into()),
        ipv6_cidr_block: Some(block),
        tags: Default::default(),
    };
    let subnet_id = subnet.vpc_id.clone();
    w.client.backend.run(&w.client.scope, subnet.into()).unwrap();
    let cloud = w.client.backend.cloud();
    let subnet = cloud.subnets.values().find(|s| s.vpc == subnet_id).unwrap().id.to_string();
    w.call("CreateNetworkInterface", json!({"SubnetId": subnet, "Ipv6AddressCount": 2}));
    // One attachment stays as it is asked for, for the filter of its status.
    let waiting = w.interface(json!({}));
    let attach =
        json!({"NetworkInterfaceId": waiting["NetworkInterfaceId"], "InstanceId": w.instance, "DeviceIndex": 2});
    w.call("AttachNetworkInterface", attach);
    let seen = ObserveAttachment {
        network_interface_id: text(&further, "/NetworkInterfaceId").parse().unwrap(),
        attachment_id: attachment.parse().unwrap(),
    };
    w.client.backend.run(&w.client.scope, seen.into()).unwrap();
    w
}

#[test]
fn interfaces_are_found_by_what_they_show() {
    furnished().check_filters(
        &INTERFACES,
        &[
            ("addresses.association.allocation-id", "PrivateIpAddresses/*/Association/AllocationId"),
            ("addresses.association.association-id", "PrivateIpAddresses/*/Association/AssociationId"),
            ("addresses.association.owner-id", "PrivateIpAddresses/*/Association/IpOwnerId"),
            ("addresses.association.public-dns-name", "PrivateIpAddresses/*/Association/PublicDnsName"),
            ("addresses.association.public-ip", "PrivateIpAddresses/*/Association/PublicIp"),
            ("addresses.primary", "PrivateIpAddresses/*/Primary"),
            ("addresses.private-ip-address", "PrivateIpAddresses/*/PrivateIpAddress"),
            ("association.allocation-id", "Association/AllocationId"),
            ("association.association-id", "Association/AssociationId"),
            ("association.ip-owner-id", "Association/IpOwnerId"),
            ("association.public-dns-name", "Association/PublicDnsName"),
            ("association.public-ip", "Association/PublicIp"),
            ("attachment.attach-time", "Attachment/AttachTime"),
            ("attachment.attachment-id", "Attachment/AttachmentId"),
            ("attachment.delete-on-termination", "Attachment/DeleteOnTermination"),
            ("attachment.device-index", "Attachment/DeviceIndex"),
            ("attachment.instance-id", "Attachment/InstanceId"),
            ("attachment.instance-owner-id", "Attachment/InstanceOwnerId"),
            ("attachment.status", "Attachment/Status"),
            ("availability-zone", "AvailabilityZone"),
            ("availability-zone-id", "AvailabilityZoneId"),
            ("description", "Description"),
            ("group-id", "Groups/*/GroupId"),
            ("group-name", "Groups/*/GroupName"),
            ("interface-type", "InterfaceType"),
            ("ipv6-addresses.ipv6-address", "Ipv6Addresses/*/Ipv6Address"),
            ("mac-address", "MacAddress"),
            ("network-interface-id", "NetworkInterfaceId"),
            ("operator.managed", "Operator/Managed"),
            ("owner-id", "OwnerId"),
            ("private-dns-name", "PrivateIpAddresses/*/PrivateDnsName"),
            ("private-ip-address", "PrivateIpAddresses/*/PrivateIpAddress"),
            ("requester-id", "RequesterId"),
            ("requester-managed", "RequesterManaged"),
            ("source-dest-check", "SourceDestCheck"),
            ("status", "Status"),
            ("subnet-id", "SubnetId"),
            ("tag-key", "TagSet/*/Key"),
            ("tag:Name", "TagSet/*/Value"),
            ("vpc-id", "VpcId"),
        ],
    );
}

#[test]
fn addresses_are_found_by_what_they_show() {
    furnished().check_filters(
        &ADDRESSES,
        &[
            ("allocation-id", "AllocationId"),
            ("association-id", "AssociationId"),
            ("domain", "Domain"),
            ("instance-id", "InstanceId"),
            ("network-border-group", "NetworkBorderGroup"),
            ("network-interface-id", "NetworkInterfaceId"),
            ("network-interface-owner-id", "NetworkInterfaceOwnerId"),
            ("private-ip-address", "PrivateIpAddress"),
            ("public-ip", "PublicIp"),
            ("tag-key", "Tags/*/Key"),
            ("tag:Name", "Tags/*/Value"),
        ],
    );
}

#[test]
fn gateways_are_found_by_what_they_show() {
    let w = furnished();
    let id = w.client.backend.cloud().nat_gateways.keys().next().unwrap().to_string();
    w.call("CreateTags", json!({"Resources": [id], "Tags": [{"Key": "Name", "Value": "out"}]}));
    w.check_filters(
        &GATEWAYS,
        &[
            ("nat-gateway-id", "NatGatewayId"),
            ("state", "State"),
            ("subnet-id", "SubnetId"),
            ("tag-key", "Tags/*/Key"),
            ("tag:Name", "Tags/*/Value"),
            ("vpc-id", "VpcId"),
        ],
    );
}

#[test]
fn interfaces_come_in_pages() {
    let w = World::new();
    for _ in 0..11 {
        w.interface(json!({}));
    }
    let mut seen = BTreeSet::new();
    let mut with = json!({"MaxResults": 5});
    for expected in [5, 5, 2] {
        let page = w.call("DescribeNetworkInterfaces", with);
        let items = page["NetworkInterfaces"].as_array().unwrap();
        assert_eq!(items.len(), expected);
        seen.extend(items.iter().map(|i| text(i, "/NetworkInterfaceId")));
        with = json!({"MaxResults": 5, "NextToken": page["NextToken"]});
    }
    assert_eq!(seen.len(), 12);
    assert!(with["NextToken"].is_null(), "the last page has no token");
}

#[test]
fn one_account_s_interfaces_are_not_another_s() {
    let w = World::new();
    let id = text(&w.interface(json!({})), "/NetworkInterfaceId");
    for (account, region) in [("111111111111", "us-east-1"), ("000000000000", "eu-west-1")] {
        let other = w.client.elsewhere(account, region);
        let by_id = json!({"NetworkInterfaceIds": [id]});
        assert_eq!(other.refused("DescribeNetworkInterfaces", by_id), "InvalidNetworkInterfaceID.NotFound");
        assert_eq!(other.call("DescribeNetworkInterfaces", json!({}))["NetworkInterfaces"], json!([]));
        let delete = json!({"NetworkInterfaceId": id});
        assert_eq!(other.refused("DeleteNetworkInterface", delete), "InvalidNetworkInterfaceID.NotFound");
    }
}

#[test]
fn a_token_makes_one_interface_and_one_gateway() {
    let w = World::new();
    let with = json!({"SubnetId": w.subnet, "ClientToken": "once"});
    let first = w.call("CreateNetworkInterface", with.clone());
    assert_eq!(w.call("CreateNetworkInterface", with), first);
    let other = json!({"SubnetId": w.subnet, "ClientToken": "once", "Description": "other"});
    assert_eq!(w.client.refused("CreateNetworkInterface", other), "IdempotentParameterMismatch");
    let with = json!({"SubnetId": w.subnet, "ConnectivityType": "private", "ClientToken": "once"});
    let first = w.call("CreateNatGateway", with.clone());
    let again = w.call("CreateNatGateway", with);
    assert_eq!(again["NatGateway"]["NatGatewayId"], first["NatGateway"]["NatGatewayId"]);
    assert_eq!(w.client.backend.cloud().nat_gateways.len(), 1);
}
