use super::gateways::IMAGE;
use super::*;
use croft_control::{DisassociateAddress, ModifyNetworkInterfaceAttribute, ReleaseAddress};
use croft_model::NetworkInterfaceId;

#[test]
fn net_6_igw_4_elastic_ips() {
    let mut world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, 1);
    world.gateway(&vpc);
    let instance = world.make("AWS::EC2::Instance", json!({ "ImageId": IMAGE, "SubnetId": subnet }));
    let other = world.make("AWS::EC2::Instance", json!({ "ImageId": IMAGE, "SubnetId": subnet }));
    let free = world.make("AWS::EC2::EIP", json!({}));
    let known = free.id.clone();
    world.delete(free);
    let given = json!({ "Address": known, "Domain": "vpc", "InstanceId": instance.id, "Tags": tags("one") });
    let mut elastic = world.make("AWS::EC2::EIP", given);
    assert_eq!((elastic.id.as_str(), world.text(&elastic, "PublicIp")), (known.as_str(), known.clone()));
    world.in_place(&mut elastic, "InstanceId", json!(other.id));
    world.in_place(&mut elastic, "InstanceId", Json::Null);
    world.in_place(&mut elastic, "Tags", tags("two"));
    world.replaces(&mut elastic, "Address", Json::Null);
    let allocation_id = world.text(&elastic, "AllocationId");
    let on = |world: &World| {
        let addresses = &world.control.cloud().addresses;
        addresses[&allocation_id.parse::<croft_model::AllocationId>().unwrap()]
            .association
            .as_ref()
            .map(|on| on.id.clone())
    };
    let association_id = on(&world).expect("it is on the instance");
    world.run(DisassociateAddress { association_id }).expect("by hand");
    assert!(!world.live(&elastic).expect("there").contains_key("InstanceId"));
    world.all_were_given("AWS::EC2::EIP");

    let interface = world.make("AWS::EC2::NetworkInterface", json!({ "SubnetId": subnet }));
    let private = world.text(&interface, "PrimaryPrivateIpAddress");
    let given = json!({
        "AllocationId": allocation_id, "NetworkInterfaceId": interface.id, "PrivateIpAddress": private,
    });
    let mut association = world.make("AWS::EC2::EIPAssociation", given);
    assert_eq!(world.text(&association, "Id"), association.id);
    for name in ["AllocationId", "NetworkInterfaceId", "PrivateIpAddress"] {
        world.replaces(&mut association, name, Json::Null);
    }
    let by_address = world.make("AWS::EC2::EIPAssociation", json!({ "EIP": elastic.id, "InstanceId": instance.id }));
    assert_eq!(world.live(&association), None, "the address has been taken elsewhere");
    world.delete(association);
    assert!(on(&world).is_some(), "and there it stays");
    world.delete(by_address);
    world.all_were_given("AWS::EC2::EIPAssociation");
    world.run(ReleaseAddress { allocation_id: allocation_id.parse().unwrap() }).expect("by hand");
    world.delete(elastic);
    // What cannot be put on its instance is not kept.
    assert!(world.try_make("AWS::EC2::EIP", json!({ "InstanceId": "i-1" })).is_err());
    assert!(world.control.cloud().addresses.is_empty());
}

#[test]
fn net_4_net_9_sg_7_interfaces() {
    let mut world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, 1);
    let group = world.make("AWS::EC2::SecurityGroup", json!({ "VpcId": vpc, "GroupDescription": "g" }));
    let block = world.ipv6_block(&vpc, 1);
    let ipv6 = |at: u32| json!({ "Ipv6Address": block.hosts().nth(at as usize).unwrap().to_string() });
    let given = json!({
        "SubnetId": subnet, "Description": "one", "GroupSet": [group.id], "InterfaceType": "interface",
        "PrivateIpAddress": "10.0.1.10", "SourceDestCheck": false, "Tags": tags("one"),
        "PrivateIpAddresses": [{ "Primary": false, "PrivateIpAddress": "10.0.1.11" }],
        "Ipv6Addresses": [ipv6(10), ipv6(11)], "EnablePrimaryIpv6": false,
        "ConnectionTrackingSpecification": { "TcpEstablishedTimeout": 600, "UdpTimeout": 31, "UdpStreamTimeout": 61 },
    });
    let mut interface = world.make("AWS::EC2::NetworkInterface", {
        let mut given = given;
        given["EnablePrimaryIpv6"] = json!(true);
        given
    });
    assert_eq!(world.text(&interface, "PrimaryIpv6Address"), ipv6(10)["Ipv6Address"]);
    assert_eq!(world.attribute(&interface, "SecondaryPrivateIpAddresses"), Known::List(vec!["10.0.1.11".to_string()]));
    world.in_place(&mut interface, "Description", json!("two"));
    world.in_place(&mut interface, "SourceDestCheck", Json::Null);
    world.in_place(&mut interface, "ConnectionTrackingSpecification", json!({ "UdpTimeout": 45 }));
    let moved = json!([
        { "Primary": false, "PrivateIpAddress": "10.0.1.13" }, { "Primary": false, "PrivateIpAddress": "10.0.1.12" },
    ]);
    world.in_place(&mut interface, "PrivateIpAddresses", moved);
    world.in_place(&mut interface, "Ipv6Addresses", json!([ipv6(10), ipv6(12)]));
    world.in_place(&mut interface, "Tags", Json::Null);
    world.in_place(&mut interface, "GroupSet", json!([world.control.cloud().vpcs[&vpc].default_security_group]));
    let primary = json!([{ "Primary": true, "PrivateIpAddress": "10.0.1.14" }]);
    for (name, value) in [
        ("EnablePrimaryIpv6", json!(false)),
        ("InterfaceType", Json::Null),
        ("PrivateIpAddress", json!("10.0.1.15")),
        ("PrivateIpAddresses", primary),
        ("SubnetId", json!("subnet-1")),
    ] {
        world.replaces(&mut interface, name, value);
    }
    let id: NetworkInterfaceId = interface.id.parse().unwrap();
    let hand = ModifyNetworkInterfaceAttribute {
        description: Some("by hand".to_string()),
        source_dest_check: Some(true),
        ..ModifyNetworkInterfaceAttribute::of(id)
    };
    world.run(hand).expect("by hand");
    let live = world.live(&interface).expect("there");
    assert_eq!((&live["Description"], &live["SourceDestCheck"]), (&json!("by hand"), &json!(true)));
    world.delete(interface);

    let counted = json!({ "SubnetId": subnet, "SecondaryPrivateIpAddressCount": 2, "Ipv6AddressCount": 1 });
    let mut counted = world.make("AWS::EC2::NetworkInterface", counted);
    world.in_place(&mut counted, "SecondaryPrivateIpAddressCount", json!(4));
    world.in_place(&mut counted, "SecondaryPrivateIpAddressCount", json!(1));
    world.in_place(&mut counted, "Ipv6AddressCount", json!(3));
    assert!(matches!(world.attribute(&counted, "PrimaryIpv6Address"), Known::Never(..)));
    world.in_place(&mut counted, "EnablePrimaryIpv6", json!(false));
    world.delete(counted);
    world.all_were_given("AWS::EC2::NetworkInterface");
}

#[test]
fn net_4_interfaces_on_instances() {
    let mut world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, 1);
    let instance = world.make("AWS::EC2::Instance", json!({ "ImageId": IMAGE, "SubnetId": subnet }));
    let other = world.make("AWS::EC2::Instance", json!({ "ImageId": IMAGE, "SubnetId": subnet }));
    let interface = world.make("AWS::EC2::NetworkInterface", json!({ "SubnetId": subnet }));
    let given = json!({
        "InstanceId": instance.id, "NetworkInterfaceId": interface.id, "DeviceIndex": 1, "DeleteOnTermination": false,
    });
    let mut attachment = world.make("AWS::EC2::NetworkInterfaceAttachment", given);
    assert_eq!(world.text(&attachment, "AttachmentId"), attachment.id);
    let first = attachment.id.clone();
    world.in_place(&mut attachment, "DeleteOnTermination", json!(true));
    assert_eq!(attachment.id, first);
    world.in_place(&mut attachment, "DeviceIndex", json!(2));
    world.in_place(&mut attachment, "InstanceId", json!(other.id));
    assert_ne!(attachment.id, first, "an interface is on one instance at a time");
    world.all_were_given("AWS::EC2::NetworkInterfaceAttachment");
    world.delete(attachment);
}
