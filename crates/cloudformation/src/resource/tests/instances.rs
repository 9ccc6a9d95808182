use super::gateways::IMAGE;
use super::*;
use croft_control::{
    CreateInstanceProfile, CreateKeyPair, InstanceAttribute, ModifyInstanceAttribute, StopInstances, TerminateInstances,
};
use croft_model::instance::Instance;

fn encoded(script: &str) -> Json {
    Json::from(croft_control::user_data_text(script))
}

fn held<'a>(world: &'a World, made: &Made) -> &'a Instance {
    &world.control.cloud().instances[&made.id.parse::<croft_model::InstanceId>().unwrap()]
}

fn profile(world: &mut World, name: &str) {
    let instance_profile_name = name.to_string();
    world.run(CreateInstanceProfile { instance_profile_name, path: None, tags: Default::default() }).expect("made");
}

#[test]
fn ec2_1_an_instance_with_everything_that_it_takes() {
    let mut world = World::open();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, 1);
    world.gateway(&vpc);
    profile(&mut world, "one");
    profile(&mut world, "two");
    let key = CreateKeyPair {
        key_name: "key".into(),
        kind: Default::default(),
        fingerprint: String::new(),
        public_key: String::new(),
        tags: Default::default(),
    };
    world.run(key).expect("a key pair");
    let group = |world: &mut World, name: &str| {
        let given = json!({ "GroupDescription": "g", "GroupName": name, "VpcId": vpc });
        world.make("AWS::EC2::SecurityGroup", given).id
    };
    let (one, two) = (group(&mut world, "one"), group(&mut world, "two"));
    let given = json!({
        "ImageId": IMAGE, "InstanceType": "t3.small", "SubnetId": subnet, "AvailabilityZone": "us-east-1a",
        "PrivateIpAddress": "10.0.1.50", "SecurityGroupIds": [one], "SourceDestCheck": false, "KeyName": "key",
        "IamInstanceProfile": "one", "UserData": encoded("one\n"), "Tenancy": "dedicated", "Monitoring": true,
        "DisableApiTermination": true, "EbsOptimized": true, "InstanceInitiatedShutdownBehavior": "terminate",
        "CreditSpecification": { "CPUCredits": "standard" }, "CpuOptions": { "CoreCount": 1, "ThreadsPerCore": 1 },
        "EnclaveOptions": { "Enabled": false }, "HibernationOptions": { "Configured": true },
        "MetadataOptions": {
            "HttpEndpoint": "enabled", "HttpProtocolIpv6": "disabled", "HttpPutResponseHopLimit": 2,
            "HttpTokens": "required", "InstanceMetadataTags": "enabled",
        },
        "PrivateDnsNameOptions": {
            "HostnameType": "ip-name", "EnableResourceNameDnsARecord": true, "EnableResourceNameDnsAAAARecord": false,
        },
        "Ipv6AddressCount": 2, "PropagateTagsToVolumeOnCreation": true, "Tags": tags("one"),
        "BlockDeviceMappings": [
            { "DeviceName": "/dev/xvda", "Ebs": { "VolumeSize": 20, "VolumeType": "io1", "Iops": 200, "Encrypted": true } },
            { "DeviceName": "/dev/sdf", "Ebs": { "VolumeSize": 1, "DeleteOnTermination": false } },
            { "DeviceName": "/dev/sdg", "NoDevice": {} },
        ],
    });
    let mut instance = world.make("AWS::EC2::Instance", given);
    for (name, expected) in [
        ("PrivateIp", "10.0.1.50"),
        ("PrivateDnsName", "ip-10-0-1-50.ec2.internal"),
        ("PublicDnsName", ""),
        ("State.Name", "running"),
        ("AvailabilityZone", "us-east-1a"),
        ("InstanceType", "t3.small"),
    ] {
        assert_eq!(world.text(&instance, name), expected);
    }
    let volumes: Vec<_> = {
        let volumes = &held(&world, &instance).volumes;
        volumes.iter().map(|id| world.control.cloud().volumes[id].clone()).collect()
    };
    assert_eq!((volumes.len(), volumes[0].spec.iops, volumes[1].spec.size), (2, Some(200), 1));
    assert_eq!(volumes[1].tags["Name"], "one");

    let launched = held(&world, &instance).generation;
    for (name, value) in [
        ("SecurityGroupIds", json!([two, one])),
        ("SourceDestCheck", json!(true)),
        ("IamInstanceProfile", json!("two")),
        ("IamInstanceProfile", Json::Null),
        ("Monitoring", json!(false)),
        ("DisableApiTermination", json!(false)),
        ("InstanceInitiatedShutdownBehavior", json!("stop")),
        ("CreditSpecification", json!({ "CPUCredits": "unlimited" })),
        ("CreditSpecification", Json::Null),
        ("MetadataOptions", json!({ "HttpPutResponseHopLimit": 9 })),
        ("MetadataOptions", Json::Null),
        ("PropagateTagsToVolumeOnCreation", json!(false)),
        ("Tags", tags("two")),
    ] {
        world.in_place(&mut instance, name, value);
    }
    let names = json!({ "HostnameType": "ip-name", "EnableResourceNameDnsARecord": false });
    world.in_place(&mut instance, "PrivateDnsNameOptions", names);
    let mut devices = instance.properties["BlockDeviceMappings"].clone();
    devices[1]["Ebs"]["DeleteOnTermination"] = json!(true);
    world.in_place(&mut instance, "BlockDeviceMappings", devices);
    assert_eq!(held(&world, &instance).generation, launched, "none of these stops it");

    for (name, value) in [
        ("InstanceType", json!("t3.large")),
        ("UserData", encoded("two\n")),
        ("UserData", Json::Null),
        ("EbsOptimized", json!(false)),
        ("PrivateDnsNameOptions", json!({ "HostnameType": "resource-name" })),
    ] {
        let (id, before) = (instance.id.clone(), held(&world, &instance).generation);
        world.changes(&mut instance, name, value, Update::Interruption);
        assert_eq!(instance.id, id);
        assert_eq!(held(&world, &instance).generation, before + 2, "it starts anew, there and back: {name}");
    }
    let mut larger = instance.properties["BlockDeviceMappings"].clone();
    larger[0]["Ebs"]["VolumeSize"] = json!(21);
    for (name, value) in [
        ("AvailabilityZone", Json::Null),
        ("BlockDeviceMappings", larger),
        ("CpuOptions", Json::Null),
        ("EnclaveOptions", json!({ "Enabled": true })),
        ("HibernationOptions", Json::Null),
        ("ImageId", json!("ami-1")),
        ("Ipv6AddressCount", Json::Null),
        ("KeyName", Json::Null),
        ("PrivateIpAddress", Json::Null),
        ("SubnetId", json!("subnet-1")),
        ("Tenancy", Json::Null),
    ] {
        world.replaces(&mut instance, name, value);
    }
    // By hand: what is protected from termination cannot go, what was changed is seen.
    let delete = instance.of.which.delete(&mut world, &instance.id, &instance.properties);
    assert!(matches!(delete, Err(Failure::Refused(e)) if e.code == "OperationNotPermitted"));
    let hand = |attribute| ModifyInstanceAttribute { instance_id: instance.id.parse().unwrap(), attribute };
    world.run(hand(InstanceAttribute::DisableApiTermination(false))).expect("by hand");
    world.run(hand(InstanceAttribute::SourceDestCheck(true))).expect("by hand");
    let live = world.live(&instance).expect("there");
    assert_eq!((&live["DisableApiTermination"], &live["SourceDestCheck"]), (&json!(false), &json!(true)));
    world.run(TerminateInstances { instance_ids: vec![instance.id.parse().unwrap()] }).expect("by hand");
    assert_eq!(world.live(&instance), None);
    world.delete(instance);
    let left: Vec<_> = world.control.cloud().volumes.values().map(|v| v.attachment.is_some()).collect();
    assert_eq!(left, [false], "the second volume stays");
}

#[test]
fn ec2_1_instances_with_interfaces_of_their_own_and_groups_by_name() {
    let mut world = World::open();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, 1);
    let interface = world.make("AWS::EC2::NetworkInterface", json!({ "SubnetId": subnet }));
    let address = world.ipv6_block(&vpc, 1).hosts().nth(20).unwrap().to_string();
    let given = json!({
        "ImageId": IMAGE,
        "NetworkInterfaces": [
            {
                "DeviceIndex": 0, "SubnetId": subnet, "Description": "first", "DeleteOnTermination": true,
                "PrivateIpAddresses": [
                    { "Primary": true, "PrivateIpAddress": "10.0.1.60" }, { "Primary": false, "PrivateIpAddress": "10.0.1.61" },
                ],
                "Ipv6Addresses": [{ "Ipv6Address": address }],
            },
            { "DeviceIndex": 1, "NetworkInterfaceId": interface.id },
        ],
    });
    let mut instance = world.make("AWS::EC2::Instance", given);
    let primary = &world.control.cloud().interfaces[&held(&world, &instance).interfaces[0]];
    assert_eq!((primary.private_ips.len(), primary.ipv6_addresses[0].to_string()), (2, address.clone()));
    assert_eq!(world.text(&instance, "PrivateIp"), "10.0.1.60");
    world.replaces(&mut instance, "NetworkInterfaces", Json::Null);
    world.in_place(&mut instance, "Tags", tags("one"));
    world.delete(instance);

    let named = json!({ "ImageId": IMAGE, "SecurityGroups": ["default"] });
    let mut named = world.make("AWS::EC2::Instance", named);
    assert!(world.text(&named, "PublicIp").starts_with("198."));
    assert!(world.text(&named, "PublicDnsName").starts_with("ec2-198-"));
    world.replaces(&mut named, "SecurityGroups", Json::Null);
    world.delete(named);
    let ipv6 = json!({
        "ImageId": IMAGE, "SubnetId": subnet,
        "Ipv6Addresses": [{ "Ipv6Address": world.ipv6_block(&vpc, 1).hosts().nth(30).unwrap().to_string() }],
    });
    let mut ipv6 = world.make("AWS::EC2::Instance", ipv6);
    world.replaces(&mut ipv6, "Ipv6Addresses", Json::Null);
    assert!(matches!(world.attribute(&ipv6, "PublicIp"), Known::Never(..)));
    world.delete(ipv6);
}

/// What stops and starts an instance ends with one that runs, whatever it was doing when the change came.
#[test]
fn ec2_1_a_change_with_an_interruption_ends_with_an_instance_that_runs() {
    let mut world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, 1);
    let given = json!({ "ImageId": IMAGE, "SubnetId": subnet, "InstanceType": "t3.small" });
    let mut instance = world.make("AWS::EC2::Instance", given.clone());
    let mut larger = map(given.clone());
    larger.insert("InstanceType".to_string(), json!("t3.large"));
    // Stopped by hand before.
    world.run(StopInstances { instance_ids: vec![instance.id.parse().unwrap()] }).expect("by hand");
    world.agent();
    world.update(&mut instance, &larger).expect("changed");
    assert_eq!(
        (world.text(&instance, "State.Name").as_str(), held(&world, &instance).instance_type.as_str()),
        ("running", "t3.large")
    );
    // Given up half-way, while it stops.
    let smaller = map(given);
    let which = instance.of.which;
    which.update(&mut world, &instance.id, &larger, &new(&smaller)).expect("begun");
    assert_eq!(which.proceed(&mut world, &instance.id, Some(&larger), &new(&smaller)), Ok(Settled::NotYet));
    assert_eq!(world.text(&instance, "State.Name"), "stopping");
    instance.properties = smaller;
    world.update(&mut instance, &larger).expect("back");
    assert_eq!(
        (world.text(&instance, "State.Name").as_str(), held(&world, &instance).instance_type.as_str()),
        ("running", "t3.large")
    );
    // A change that needs no stop leaves a stopped instance stopped.
    world.run(StopInstances { instance_ids: vec![instance.id.parse().unwrap()] }).expect("by hand");
    world.agent();
    let mut tagged = larger.clone();
    tagged.insert("Tags".to_string(), tags("one"));
    world.update(&mut instance, &tagged).expect("changed");
    assert_eq!(world.text(&instance, "State.Name"), "stopped");
    world.delete(instance);
}
