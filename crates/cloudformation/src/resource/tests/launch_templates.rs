use super::gateways::IMAGE;
use super::*;
use croft_control::{CreateLaunchTemplateVersion, ModifyLaunchTemplate, TemplateName, VersionName};

#[test]
fn launch_templates_and_their_versions() {
    let mut world = World::new();
    let data = json!({ "ImageId": IMAGE, "InstanceType": "t3.small", "Monitoring": { "Enabled": true } });
    let own = |value: &str| json!([{ "ResourceType": "launch-template", "Tags": tags(value) }]);
    let given = json!({
        "LaunchTemplateName": "one", "LaunchTemplateData": data, "VersionDescription": "first",
        "TagSpecifications": own("one"),
    });
    let mut template = world.make("AWS::EC2::LaunchTemplate", given);
    assert_eq!(world.text(&template, "LaunchTemplateId"), template.id);
    world.in_place(&mut template, "TagSpecifications", own("two"));
    assert_eq!(world.text(&template, "LatestVersionNumber"), "1");
    world.in_place(&mut template, "LaunchTemplateData", json!({ "ImageId": IMAGE }));
    world.in_place(&mut template, "VersionDescription", Json::Null);
    assert_eq!(
        world.text(&template, "LatestVersionNumber"),
        "5",
        "each change makes a version, and so does going back"
    );
    assert_eq!(world.text(&template, "DefaultVersionNumber"), "1", "as on AWS, the default one stays");
    world.replaces(&mut template, "LaunchTemplateName", json!("two"));
    let name = || TemplateName::Id(template.id.parse().unwrap());
    let default_version = VersionName::Number(2);
    world.run(ModifyLaunchTemplate { template: name(), default_version }).expect("by hand");
    assert_eq!(world.text(&template, "DefaultVersionNumber"), "2");
    let hand = CreateLaunchTemplateVersion {
        template: name(),
        source_version: Some(VersionName::Latest),
        version_description: None,
        data: map(json!({ "EbsOptimized": true })),
        created_by: "somebody".to_string(),
    };
    world.run(hand).expect("by hand");
    let live = world.live(&template).expect("there");
    assert_eq!(live["LaunchTemplateData"]["EbsOptimized"], json!(true));
    assert!(!live.contains_key("VersionDescription"));
    world.delete(template);
    world.all_were_given("AWS::EC2::LaunchTemplate");
    let of = table::find("AWS::EC2::LaunchTemplate").unwrap().which;
    let wrong = json!({ "TagSpecifications": [{ "ResourceType": "instance" }] });
    assert_eq!(of.check(&map(wrong)).len(), 1);
    // Without a name one is made up.
    let unnamed = world.make("AWS::EC2::LaunchTemplate", json!({ "LaunchTemplateData": { "ImageId": IMAGE } }));
    let held = world.control.cloud().launch_templates[&unnamed.id.parse::<croft_model::LaunchTemplateId>().unwrap()]
        .name
        .clone();
    assert!(held.starts_with("web-It-"), "{held}");
}

#[test]
fn ec2_1_an_instance_takes_from_its_template_what_it_does_not_say_itself() {
    let mut world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, 1);
    let group = world.make("AWS::EC2::SecurityGroup", json!({ "GroupDescription": "g", "VpcId": vpc }));
    let data = json!({
        "ImageId": IMAGE, "InstanceType": "t3.small", "EbsOptimized": true, "DisableApiStop": true,
        "CreditSpecification": { "CpuCredits": "standard" }, "Monitoring": { "Enabled": true },
        "MetadataOptions": { "HttpTokens": "required", "HttpPutResponseHopLimit": 3 },
        "CapacityReservationSpecification": { "CapacityReservationPreference": "open" },
        "MaintenanceOptions": { "AutoRecovery": "disabled" }, "Placement": { "Tenancy": "dedicated" },
        "BlockDeviceMappings": [{ "DeviceName": "/dev/xvda", "Ebs": { "VolumeSize": 30, "VolumeType": "gp3", "Throughput": 200 } }],
        "NetworkInterfaces": [{
            "DeviceIndex": 0, "SubnetId": subnet, "Groups": [group.id], "Ipv6AddressCount": 1, "NetworkCardIndex": 0,
            "InterfaceType": "interface", "SecondaryPrivateIpAddressCount": 1,
        }],
        "TagSpecifications": [
            { "ResourceType": "instance", "Tags": tags("template") }, { "ResourceType": "volume", "Tags": tags("disk") },
        ],
        "UserData": croft_control::user_data_text("#!/bin/sh\n"),
    });
    let template = world.make("AWS::EC2::LaunchTemplate", json!({ "LaunchTemplateData": data }));
    let given = json!({
        "LaunchTemplate": { "LaunchTemplateId": template.id, "Version": world.text(&template, "LatestVersionNumber") },
        "InstanceType": "t3.large", "MetadataOptions": { "HttpPutResponseHopLimit": 2 },
    });
    let mut instance = world.make("AWS::EC2::Instance", given);
    let cloud = world.control.cloud();
    let held = &cloud.instances[&instance.id.parse::<croft_model::InstanceId>().unwrap()];
    assert_eq!((held.instance_type.as_str(), held.image.as_str()), ("t3.large", IMAGE));
    assert_eq!((held.metadata.hop_limit, held.metadata.tokens_required), (2, true));
    assert!(held.options.ebs_optimized && held.options.monitoring && held.options.disable_api_stop);
    assert_eq!(held.options.credits, Some(croft_model::instance::CpuCredits::Standard));
    assert_eq!((held.tags["Name"].as_str(), held.user_data.as_deref()), ("template", Some("#!/bin/sh\n")));
    assert_eq!(held.tags["aws:ec2launchtemplate:id"], template.id);
    let interface = &cloud.interfaces[&held.interfaces[0]];
    assert_eq!((interface.subnet.clone(), interface.private_ips.len(), interface.ipv6_addresses.len()), (subnet, 2, 1));
    assert_eq!(interface.groups[0].to_string(), group.id);
    let volume = &cloud.volumes[&held.volumes[0]];
    assert_eq!((volume.spec.size, volume.spec.throughput, volume.tags["Name"].as_str()), (30, Some(200), "disk"));
    world.replaces(&mut instance, "LaunchTemplate", json!({ "LaunchTemplateName": "other", "Version": "1" }));
    // What a launch does not take here is refused by its name, whoever made the template.
    let hand = CreateLaunchTemplateVersion {
        template: TemplateName::Id(template.id.parse().unwrap()),
        source_version: None,
        version_description: None,
        data: map(json!({ "ImageId": IMAGE, "KernelId": "aki-1" })),
        created_by: "somebody".to_string(),
    };
    world.run(hand).expect("by hand");
    let given = json!({ "LaunchTemplate": { "LaunchTemplateId": template.id, "Version": "2" } });
    let refused = world.try_make("AWS::EC2::Instance", given).err().map(|f| f.to_string()).expect("refused");
    assert!(refused.contains("KernelId"), "{refused}");
}
