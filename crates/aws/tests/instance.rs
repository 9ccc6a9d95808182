//! Instances and what launching needs, over the wire in process.

mod client;

use client::Client;
use croft_aws::Backend;
use croft_control::ObserveInstance;
use croft_model::instance::InstanceState;
use serde_json::{Value, json};

const IMAGE: &str = "ami-0c02fb55956c7d316";

fn run(client: &Client, more: Value) -> Value {
    let mut with = json!({"ImageId": IMAGE, "MinCount": 1, "MaxCount": 1});
    with.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.call("RunInstances", with)
}

fn id(answer: &Value, n: usize) -> String {
    answer["Instances"][n]["InstanceId"].as_str().unwrap().into()
}

fn up(client: &Client, id: &str) {
    let instance_id = id.parse().unwrap();
    let state = InstanceState::Running;
    let seen = ObserveInstance { instance_id, generation: 1, state, reason: None };
    client.backend.run(&client.scope, seen.into()).unwrap();
}

fn instances(client: &Client, with: Value) -> Vec<String> {
    let answer = client.call("DescribeInstances", with);
    let reservations = answer["Reservations"].as_array().unwrap();
    let all = reservations.iter().flat_map(|r| r["Instances"].as_array().unwrap());
    all.map(|i| i["InstanceId"].as_str().unwrap().to_string()).collect()
}

fn filtered(client: &Client, name: &str, value: &str) -> Vec<String> {
    instances(client, json!({"Filters": [{"Name": name, "Values": [value]}]}))
}

#[test]
fn every_filter_that_aws_documents_is_known() {
    let client = Client::new();
    run(&client, json!({}));
    let template = json!({"LaunchTemplateName": "web", "LaunchTemplateData": {"ImageId": IMAGE}});
    client.call("CreateLaunchTemplate", template);
    let mut asked = 0;
    for (operation, names) in [
        (
            "DescribeInstances",
            "affinity architecture availability-zone availability-zone-id block-device-mapping.attach-time \
             block-device-mapping.delete-on-termination block-device-mapping.device-name \
             block-device-mapping.status block-device-mapping.volume-id boot-mode capacity-reservation-id \
             capacity-reservation-specification.capacity-reservation-preference \
             capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id \
             capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn \
             client-token current-instance-boot-mode dns-name ebs-optimized ena-support enclave-options.enabled \
             hibernation-options.configured host-id hypervisor iam-instance-profile.arn iam-instance-profile.id \
             image-id instance-id instance-lifecycle instance-state-code instance-state-name instance-type \
             instance.group-id instance.group-name ip-address ipv6-address kernel-id key-name launch-index \
             launch-time maintenance-options.auto-recovery metadata-options.http-endpoint \
             metadata-options.http-protocol-ipv4 metadata-options.http-protocol-ipv6 \
             metadata-options.http-put-response-hop-limit metadata-options.http-tokens \
             metadata-options.instance-metadata-tags metadata-options.state monitoring-state \
             network-interface.addresses.association.allocation-id \
             network-interface.addresses.association.association-id \
             network-interface.addresses.association.carrier-ip \
             network-interface.addresses.association.customer-owned-ip \
             network-interface.addresses.association.ip-owner-id \
             network-interface.addresses.association.public-dns-name \
             network-interface.addresses.association.public-ip network-interface.addresses.primary \
             network-interface.addresses.private-dns-name network-interface.addresses.private-ip-address \
             network-interface.association.allocation-id network-interface.association.association-id \
             network-interface.association.carrier-ip network-interface.association.customer-owned-ip \
             network-interface.association.ip-owner-id network-interface.association.public-dns-name \
             network-interface.association.public-ip network-interface.attachment.attach-time \
             network-interface.attachment.attachment-id network-interface.attachment.delete-on-termination \
             network-interface.attachment.device-index network-interface.attachment.instance-id \
             network-interface.attachment.instance-owner-id network-interface.attachment.network-card-index \
             network-interface.attachment.status network-interface.availability-zone \
             network-interface.deny-all-igw-traffic network-interface.description network-interface.group-id \
             network-interface.group-name network-interface.ipv4-prefixes.ipv4-prefix \
             network-interface.ipv6-address network-interface.ipv6-addresses.ipv6-address \
             network-interface.ipv6-addresses.is-primary-ipv6 network-interface.ipv6-native \
             network-interface.ipv6-prefixes.ipv6-prefix network-interface.mac-address \
             network-interface.network-interface-id network-interface.operator.managed \
             network-interface.operator.principal network-interface.outpost-arn network-interface.owner-id \
             network-interface.private-dns-name network-interface.private-ip-address \
             network-interface.public-dns-name network-interface.requester-id network-interface.requester-managed \
             network-interface.status network-interface.source-dest-check network-interface.subnet-id \
             network-interface.tag-key network-interface.tag-value network-interface.vpc-id \
             network-performance-options.bandwidth-weighting operator.managed operator.principal outpost-arn \
             owner-id placement-group-name placement-partition-number platform platform-details private-dns-name \
             private-dns-name-options.enable-resource-name-dns-a-record \
             private-dns-name-options.enable-resource-name-dns-aaaa-record private-dns-name-options.hostname-type \
             private-ip-address product-code product-code.type ramdisk-id reason requester-id reservation-id \
             root-device-name root-device-type source-dest-check spot-instance-request-id state-reason-code \
             state-reason-message subnet-id tenancy tpm-support usage-operation usage-operation-update-time \
             virtualization-type vpc-id",
        ),
        (
            "DescribeInstanceStatus",
            "availability-zone availability-zone-id event.code event.description event.instance-event-id \
             event.not-after event.not-before event.not-before-deadline instance-state-code instance-state-name \
             instance-status.reachability instance-status.status operator.managed operator.principal \
             system-status.reachability system-status.status attached-ebs-status.status",
        ),
        (
            "DescribeImages",
            "architecture block-device-mapping.delete-on-termination block-device-mapping.device-name \
             block-device-mapping.snapshot-id block-device-mapping.volume-size block-device-mapping.volume-type \
             block-device-mapping.encrypted creation-date description ena-support free-tier-eligible hypervisor \
             image-allowed image-id image-type is-public kernel-id manifest-location name owner-alias owner-id \
             platform product-code product-code.type ramdisk-id root-device-name root-device-type source-image-id \
             source-image-region source-instance-id state state-reason-code state-reason-message \
             sriov-net-support virtualization-type",
        ),
        ("DescribeKeyPairs", "key-pair-id fingerprint key-name"),
        ("DescribeLaunchTemplates", "create-time launch-template-name"),
        (
            "DescribeLaunchTemplateVersions",
            "create-time ebs-optimized http-endpoint http-protocol-ipv4 host-resource-group-arn http-tokens \
             iam-instance-profile image-id instance-type is-default-version kernel-id license-configuration-arn \
             network-card-index ram-disk-id",
        ),
        (
            "DescribeVolumes",
            "attachment.attach-time attachment.delete-on-termination attachment.device attachment.instance-id \
             attachment.status availability-zone availability-zone-id create-time encrypted fast-restored \
             multi-attach-enabled operator.managed operator.principal size snapshot-id status volume-id \
             volume-type",
        ),
        (
            "DescribeVolumeStatus",
            "action.code action.description action.event-id availability-zone event.description event.event-id \
             event.event-type event.not-after event.not-before volume-status.details-name \
             volume-status.details-status volume-status.status",
        ),
        ("DescribeIamInstanceProfileAssociations", "instance-id state"),
        ("DescribeInstanceCreditSpecifications", "instance-id"),
        ("DescribeInstanceTypeOfferings", "instance-type location"),
    ] {
        for name in names.split_whitespace() {
            asked += 1;
            let mut with = json!({"Filters": [{"Name": name, "Values": ["no such value"]}]});
            if operation == "DescribeLaunchTemplateVersions" {
                with["LaunchTemplateName"] = "web".into();
            }
            let answer = client.call(operation, with);
            let empty = answer.as_object().unwrap().values().all(|v| v.as_array().is_some_and(Vec::is_empty));
            assert!(empty, "{operation} {name}: {answer}");
        }
        let unknown = json!({"Filters": [{"Name": "colour", "Values": ["x"]}], "LaunchTemplateName": "web"});
        let mut unknown = unknown;
        if operation != "DescribeLaunchTemplateVersions" {
            unknown.as_object_mut().unwrap().remove("LaunchTemplateName");
        }
        assert_eq!(client.refused(operation, unknown), "InvalidParameterValue", "{operation}");
    }
    assert!(asked > 150);
}

#[test]
fn filters_find_instances() {
    let client = Client::new();
    let tagged = json!([{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}]);
    let web = id(&run(&client, json!({"TagSpecifications": tagged, "PrivateIpAddress": Value::Null})), 0);
    let other = id(&run(&client, json!({"InstanceType": "m5.large"})), 0);
    up(&client, &web);
    let answer = client.call("DescribeInstances", json!({"InstanceIds": [web]}));
    let shown = &answer["Reservations"][0]["Instances"][0];
    let interface = &shown["NetworkInterfaces"][0];
    for (name, value) in [
        ("instance-state-name", "running"),
        ("instance-state-code", "16"),
        ("tag:Name", "w?b"),
        ("instance-type", "t3.*"),
        ("private-ip-address", shown["PrivateIpAddress"].as_str().unwrap()),
        ("ip-address", shown["PublicIpAddress"].as_str().unwrap()),
        ("dns-name", shown["PublicDnsName"].as_str().unwrap()),
        ("private-dns-name", shown["PrivateDnsName"].as_str().unwrap()),
        ("network-interface.mac-address", interface["MacAddress"].as_str().unwrap()),
        ("network-interface.network-interface-id", interface["NetworkInterfaceId"].as_str().unwrap()),
        ("network-interface.attachment.attachment-id", interface["Attachment"]["AttachmentId"].as_str().unwrap()),
        ("block-device-mapping.volume-id", shown["BlockDeviceMappings"][0]["Ebs"]["VolumeId"].as_str().unwrap()),
        ("reservation-id", answer["Reservations"][0]["ReservationId"].as_str().unwrap()),
    ] {
        assert_eq!(filtered(&client, name, value), std::slice::from_ref(&web), "{name} {value}");
    }
    for (name, value) in [
        ("image-id", IMAGE),
        ("architecture", "x86_64"),
        ("subnet-id", "subnet-*"),
        ("instance.group-name", "default"),
        ("launch-time", "2023-11-14T22:13:20.000Z"),
        ("root-device-type", "ebs"),
        ("tenancy", "default"),
    ] {
        let mut both = [web.clone(), other.clone()];
        both.sort();
        assert_eq!(filtered(&client, name, value), both, "{name} {value}");
    }
    let elsewhere = client.elsewhere("111122223333", "eu-west-1");
    assert!(instances(&elsewhere, json!({})).is_empty());
    assert_eq!(elsewhere.refused("DescribeInstances", json!({"InstanceIds": [web]})), "InvalidInstanceID.NotFound");
}

#[test]
fn several_are_one_reservation_and_come_in_pages() {
    let client = Client::new();
    let several = run(&client, json!({"MinCount": 2, "MaxCount": 7}));
    assert_eq!(several["Instances"].as_array().unwrap().len(), 7);
    run(&client, json!({}));
    let all = client.call("DescribeInstances", json!({}));
    assert_eq!(all["Reservations"].as_array().unwrap().len(), 2);
    let (mut seen, mut token) = (Vec::new(), Value::Null);
    loop {
        let with = json!({"MaxResults": 5, "NextToken": token});
        let answer = client.call("DescribeInstances", with.clone());
        seen.extend(instances(&client, with));
        token = answer["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let mut all = instances(&client, json!({}));
    // Within a page they stand by reservation.
    all.sort();
    seen.sort();
    assert_eq!((seen.len(), &all), (8, &seen));
    let both = json!({"InstanceIds": [seen[0]], "MaxResults": 5});
    assert_eq!(client.refused("DescribeInstances", both), "InvalidParameterCombination");
    let too_many = json!({"ImageId": IMAGE, "MinCount": 5000, "MaxCount": 5000});
    assert_eq!(client.refused("RunInstances", too_many), "InstanceLimitExceeded");
}

#[test]
fn what_croft_has_not_is_refused_by_name() {
    let client = Client::new();
    for (more, named) in [
        (json!({"InstanceMarketOptions": {"MarketType": "spot"}}), "InstanceMarketOptions"),
        (json!({"Placement": {"GroupName": "g"}}), "Placement.GroupName"),
        (json!({"Placement": {"Tenancy": "host"}}), "host"),
        (json!({"LicenseSpecifications": [{"LicenseConfigurationArn": "a"}]}), "LicenseSpecifications"),
        (json!({"KernelId": "aki-1"}), "KernelId"),
        (json!({"CpuOptions": {"AmdSevSnp": "enabled"}}), "AmdSevSnp"),
        (json!({"BlockDeviceMappings": [{"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}]}), "VirtualName"),
        (json!({"UserData": "/w=="}), "User data"),
    ] {
        let mut with = json!({"ImageId": IMAGE, "MinCount": 1, "MaxCount": 1});
        with.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refusal = client.try_call("RunInstances", with).unwrap_err();
        assert_eq!(refusal.code, "UnsupportedOperation", "{more}");
        assert!(refusal.message.contains(named), "{}", refusal.message);
    }
    let wrong = |more: Value| {
        let mut with = json!({"ImageId": IMAGE, "MinCount": 1, "MaxCount": 1});
        with.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.refused("RunInstances", with)
    };
    assert_eq!(wrong(json!({"UserData": "?"})), "InvalidParameterValue");
    assert_eq!(wrong(json!({"ImageId": "ami-0fffffffffffffff0"})), "InvalidAMIID.NotFound");
    assert_eq!(wrong(json!({"ImageId": Value::Null})), "MissingParameter");
    assert_eq!(wrong(json!({"SubnetId": "subnet-00000000000000009"})), "InvalidSubnetID.NotFound");
    assert_eq!(wrong(json!({"KeyName": "none"})), "InvalidKeyPair.NotFound");
    assert_eq!(wrong(json!({"IamInstanceProfile": {"Name": "none"}})), "InvalidParameterValue");
    assert_eq!(wrong(json!({"IamInstanceProfile": {"Arn": "none"}})), "InvalidParameterValue");
    assert_eq!(wrong(json!({"DryRun": true})), "DryRunOperation");
    assert_eq!(wrong(json!({"DryRun": true, "KeyName": "none"})), "InvalidKeyPair.NotFound");
    assert!(instances(&client, json!({})).is_empty());
}

#[test]
fn one_attribute_is_changed_at_a_time() {
    let client = Client::new();
    let instance = id(&run(&client, json!({})), 0);
    up(&client, &instance);
    let modify = |more: Value| {
        let mut with = json!({"InstanceId": instance});
        with.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.try_call("ModifyInstanceAttribute", with).map(drop).map_err(|refusal| refusal.code)
    };
    assert_eq!(modify(json!({"SourceDestCheck": {"Value": false}})), Ok(()));
    assert_eq!(modify(json!({"Attribute": "disableApiStop", "Value": "true"})), Ok(()));
    assert_eq!(modify(json!({"InstanceInitiatedShutdownBehavior": {"Value": "terminate"}})), Ok(()));
    let code = |code: &str| Err(code.to_string());
    assert_eq!(modify(json!({})), code("InvalidParameterCombination"));
    let two = json!({"SourceDestCheck": {"Value": true}, "EbsOptimized": {"Value": true}});
    assert_eq!(modify(two), code("InvalidParameterCombination"));
    assert_eq!(modify(json!({"InstanceType": {"Value": "t3.small"}})), code("IncorrectInstanceState"));
    assert_eq!(modify(json!({"Attribute": "kernel", "Value": "aki-1"})), code("UnsupportedOperation"));
    assert_eq!(modify(json!({"Groups": ["sg-00000000000000009"]})), code("InvalidGroup.NotFound"));
    let attribute =
        |name: &str| client.call("DescribeInstanceAttribute", json!({"InstanceId": instance, "Attribute": name}));
    assert_eq!(attribute("sourceDestCheck")["SourceDestCheck"]["Value"], json!(false));
    assert_eq!(attribute("disableApiStop")["DisableApiStop"]["Value"], json!(true));
    client.call("ResetInstanceAttribute", json!({"InstanceId": instance, "Attribute": "sourceDestCheck"}));
    assert_eq!(attribute("sourceDestCheck")["SourceDestCheck"]["Value"], json!(true));
    assert_eq!(client.refused("StopInstances", json!({"InstanceIds": [instance]})), "OperationNotPermitted");
}

#[test]
fn images_are_found_the_way_people_look_for_them() {
    let client = Client::new();
    let newest = |owner: &str, name: &str| {
        let with = json!({"Owners": [owner], "Filters": [
            {"Name": "name", "Values": [name]}, {"Name": "architecture", "Values": ["x86_64"]},
            {"Name": "virtualization-type", "Values": ["hvm"]}, {"Name": "state", "Values": ["available"]}]});
        let answer = client.call("DescribeImages", with);
        let images = answer["Images"].as_array().unwrap();
        let newest = images.iter().max_by_key(|i| i["CreationDate"].as_str().unwrap().to_string());
        newest.unwrap_or_else(|| panic!("{owner} {name}"))["ImageId"].as_str().unwrap().to_string()
    };
    for (owner, name) in [
        ("amazon", "al2023-ami-2023.*-x86_64"),
        ("amazon", "amzn2-ami-hvm-*-x86_64-gp2"),
        ("137112412989", "al2023-ami-*"),
        ("099720109477", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*"),
        ("099720109477", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"),
        ("136693071363", "debian-12-amd64-*"),
        ("309956199498", "RHEL-9*"),
        ("amazon", "Windows_Server-2022-English-Full-Base-*"),
    ] {
        let image = newest(owner, name);
        let launched = run(&client, json!({"ImageId": image}));
        assert_eq!(launched["Instances"][0]["ImageId"], json!(image));
    }
    assert_eq!(newest("amazon", "amzn2-ami-hvm-*-x86_64-gp2"), "ami-0c0f7000000000004");
    let windows = newest("amazon", "Windows_Server-2022-English-Full-Base-*");
    assert_eq!(filtered(&client, "platform", "windows").len(), 1);
    assert_eq!(filtered(&client, "image-id", &windows).len(), 1);
}

#[test]
fn types_are_found_by_what_they_are_made_of() {
    let client = Client::new();
    let with = json!({"Filters": [
        {"Name": "vcpu-info.default-vcpus", "Values": ["2"]}, {"Name": "memory-info.size-in-mib", "Values": ["8192"]},
        {"Name": "processor-info.supported-architecture", "Values": ["arm64"]},
        {"Name": "burstable-performance-supported", "Values": ["false"]}]});
    let answer = client.call("DescribeInstanceTypes", with);
    let names: Vec<_> =
        answer["InstanceTypes"].as_array().unwrap().iter().map(|t| t["InstanceType"].as_str().unwrap()).collect();
    assert_eq!(names, ["m6g.large", "m7g.large"]);
    let page = client.call("DescribeInstanceTypes", json!({"MaxResults": 5}));
    assert_eq!(page["InstanceTypes"].as_array().unwrap().len(), 5);
    let next = client.call("DescribeInstanceTypes", json!({"MaxResults": 5, "NextToken": page["NextToken"]}));
    assert_ne!(next["InstanceTypes"][0], page["InstanceTypes"][0]);
}

#[test]
fn an_rsa_pair_is_made_and_may_be_launched_with() {
    let client = Client::new();
    let pair = client.call("CreateKeyPair", json!({"KeyName": "mine"}));
    let material = pair["KeyMaterial"].as_str().unwrap();
    assert!(material.starts_with("-----BEGIN RSA PRIVATE KEY-----\n") && material.ends_with("-----\n"), "{material}");
    assert_eq!(pair["KeyFingerprint"].as_str().unwrap().len(), 59);
    let launched = run(&client, json!({"KeyName": "mine"}));
    assert_eq!(launched["Instances"][0]["KeyName"], json!("mine"));
    let shown = client.call("DescribeKeyPairs", json!({"KeyNames": ["mine"], "IncludePublicKey": true}));
    assert!(shown["KeyPairs"][0]["PublicKey"].as_str().unwrap().starts_with("ssh-rsa "), "{shown}");
    assert_eq!(shown["KeyPairs"][0]["KeyType"], json!("rsa"));
}

#[test]
fn ipv6_addresses_of_a_launch_are_kept_and_shown_however_they_are_asked_for() {
    let client = Client::new();
    let made = client.call("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": true}));
    let whole = made["Vpc"]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].as_str().unwrap();
    let block = whole.replace("/56", "/64");
    let create = json!({"VpcId": made["Vpc"]["VpcId"], "CidrBlock": "10.0.1.0/24", "Ipv6CidrBlock": block});
    let subnet = client.call("CreateSubnet", create)["Subnet"]["SubnetId"].take();
    let shown = |answer: &Value| -> Vec<(String, bool)> {
        let id = id(answer, 0);
        let again = client.call("DescribeInstances", json!({"InstanceIds": [id]}));
        let instance = &again["Reservations"][0]["Instances"][0];
        let interface = &instance["NetworkInterfaces"][0];
        assert_eq!(instance["Ipv6Address"], interface["Ipv6Addresses"][0]["Ipv6Address"]);
        let all = interface["Ipv6Addresses"].as_array().unwrap().iter();
        all.map(|a| (a["Ipv6Address"].as_str().unwrap().to_string(), a["IsPrimaryIpv6"] == true)).collect()
    };
    let fifth = block.replace("/64", "5");
    let sixth = block.replace("/64", "6");
    assert!(shown(&run(&client, json!({"SubnetId": subnet}))).is_empty());
    let counted = shown(&run(&client, json!({"SubnetId": subnet, "Ipv6AddressCount": 2, "EnablePrimaryIpv6": true})));
    assert_eq!(counted.iter().map(|(_, primary)| *primary).collect::<Vec<_>>(), [true, false]);
    let named = json!({"SubnetId": subnet, "Ipv6Addresses": [{"Ipv6Address": fifth}]});
    assert_eq!(shown(&run(&client, named.clone())), [(fifth, false)]);
    let refused = |more: Value| {
        let mut with = json!({"ImageId": IMAGE, "MinCount": 1, "MaxCount": 1});
        with.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.refused("RunInstances", with)
    };
    assert_eq!(refused(named), "InvalidIPAddress.InUse");
    assert_eq!(
        refused(json!({"SubnetId": subnet, "Ipv6Addresses": [{"Ipv6Address": "10.0.1.9"}]})),
        "InvalidParameterValue"
    );
    assert_eq!(refused(json!({"SubnetId": subnet, "Ipv6AddressCount": 3})), "PrivateIpAddressLimitExceeded");
    assert_eq!(refused(json!({"Ipv6AddressCount": 1})), "InvalidParameterValue");
    let interface = json!({"DeviceIndex": 0, "SubnetId": subnet, "Ipv6Addresses": [{"Ipv6Address": sixth}]});
    let data = json!({"ImageId": IMAGE, "InstanceType": "t3.small", "NetworkInterfaces": [interface]});
    client.call("CreateLaunchTemplate", json!({"LaunchTemplateName": "six", "LaunchTemplateData": data}));
    let kept = client.call("DescribeLaunchTemplateVersions", json!({"LaunchTemplateName": "six"}));
    assert_eq!(kept["LaunchTemplateVersions"][0]["LaunchTemplateData"]["NetworkInterfaces"], json!([interface]));
    let by_template = json!({"LaunchTemplate": {"LaunchTemplateName": "six"}});
    assert_eq!(shown(&run(&client, by_template)), [(sixth, false)]);
    let counted = json!({"DeviceIndex": 0, "SubnetId": subnet, "Ipv6AddressCount": 1, "PrimaryIpv6": true});
    let counted = shown(&run(&client, json!({"NetworkInterfaces": [counted]})));
    assert!(counted.len() == 1 && counted[0].1, "{counted:?}");
    let assign = json!({"SubnetId": subnet, "AssignIpv6AddressOnCreation": {"Value": true}});
    client.call("ModifySubnetAttribute", assign);
    assert_eq!(shown(&run(&client, json!({"SubnetId": subnet}))).len(), 1);
    assert!(shown(&run(&client, json!({"SubnetId": subnet, "Ipv6AddressCount": 0}))).is_empty());
}
