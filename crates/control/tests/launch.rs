//! What a launch brings with it, and what is changed of an instance afterwards (row EC2-1).

mod world;

use croft_control::*;
use croft_model::instance::*;
use croft_model::key_pair::KeyKind;
use croft_model::subnet::Subnet;
use croft_model::volume::VolumeKind;
use croft_model::*;
use serde_json::{Map, json};
use world::*;

fn net() -> (World, Subnet) {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/28");
    (w, subnet)
}

fn ids(id: &InstanceId) -> Vec<InstanceId> {
    vec![id.clone()]
}

fn device(name: &str) -> BlockDevice {
    BlockDevice { device_name: name.into(), ..BlockDevice::default() }
}

#[test]
fn as_many_instances_as_there_is_room_for_or_none() {
    let (mut w, subnet) = net();
    let launch = |least, most| RunInstances {
        min_count: Some(least),
        max_count: Some(most),
        tags: [("k".to_string(), "v".to_string())].into(),
        ..run_instances(&subnet)
    };
    w.refused(launch(0, 1), "InvalidParameterValue");
    w.refused(launch(2, 1), "InvalidParameterValue");
    w.refused(launch(1001, 1001), "InstanceLimitExceeded");
    w.refused(launch(12, 12), "InsufficientFreeAddressesInSubnet");
    assert!(w.cloud().instances.is_empty() && w.cloud().volumes.is_empty());
    let launched = w.run(launch(2, 20));
    assert_eq!(launched.len(), 11, "a /28 has eleven addresses");
    assert!(launched.iter().enumerate().all(|(n, i)| i.launch.index as usize == n));
    assert!(launched.iter().all(|i| i.launch.reservation == launched[0].launch.reservation && i.tags["k"] == "v"));
    let named = RunInstances { private_ip_address: Some("10.0.1.9".parse().unwrap()), ..launch(1, 2) };
    w.refused(named, "InvalidParameterCombination");
}

#[test]
fn what_a_launch_names_must_be_there() {
    let (mut w, subnet) = net();
    let launch = || run_instances(&subnet);
    w.refused(RunInstances { image_id: "ami-0fffffffffffffff0".into(), ..launch() }, "InvalidAMIID.NotFound");
    w.refused(RunInstances { image_id: "ami-x".into(), ..launch() }, "InvalidAMIID.Malformed");
    w.refused(RunInstances { instance_type: Some("t9.huge".into()), ..launch() }, "InvalidParameterValue");
    w.refused(RunInstances { instance_type: Some("t4g.micro".into()), ..launch() }, "InvalidParameterValue");
    w.refused(RunInstances { key_name: Some("key".into()), ..launch() }, "InvalidKeyPair.NotFound");
    w.refused(RunInstances { iam_instance_profile: Some("web".into()), ..launch() }, "InvalidParameterValue");
    w.refused(RunInstances { security_groups: vec!["default".into()], ..launch() }, "InvalidParameterCombination");
    let elsewhere = RunInstances { availability_zone: Some("us-east-1c".into()), ..launch() };
    w.refused(elsewhere, "InvalidParameterValue");
    let credits = InstanceOptions { credits: Some(CpuCredits::Standard), ..InstanceOptions::default() };
    let of = |name: &str| RunInstances { instance_type: Some(name.into()), options: credits.clone(), ..launch() };
    w.refused(of("m5.large"), "InvalidParameterCombination");
    assert_eq!(w.run(of("t3.micro"))[0].options.credits, Some(CpuCredits::Standard));
    assert_eq!(w.run(launch())[0].options.credits, Some(CpuCredits::Unlimited), "as the family has it");
    let cores = |core_count| RunInstances {
        instance_type: Some("m5.xlarge".into()),
        options: InstanceOptions {
            cpu: Some(CpuOptions { core_count, threads_per_core: 1 }),
            ..InstanceOptions::default()
        },
        ..launch()
    };
    w.refused(cores(3), "InvalidParameterValue");
    assert_eq!(w.run(cores(2))[0].options.cpu.unwrap().core_count, 2);
}

#[test]
fn groups_by_name_and_a_zone_by_name_are_of_the_default_vpc() {
    let mut w = World::new();
    let vpc = w.run(CreateDefaultVpc {});
    let launch = |name: &str| RunInstances {
        image_id: "ami-0c02fb55956c7d316".into(),
        security_groups: vec![name.into()],
        availability_zone: Some("us-east-1b".into()),
        ..RunInstances::default()
    };
    w.refused(launch("web"), "InvalidGroup.NotFound");
    let id = w.run(launch("default")).remove(0).id;
    let primary = w.primary(&id);
    assert_eq!(primary.groups, [vpc.default_security_group]);
    assert_eq!(w.cloud().subnets[&primary.subnet].zone, "us-east-1b");
    let nowhere = RunInstances { availability_zone: Some("mars-1a".into()), ..launch("default") };
    w.refused(nowhere, "InvalidParameterValue");
}

#[test]
fn the_metadata_options_are_the_image_s_unless_the_launch_says_otherwise() {
    let (mut w, subnet) = net();
    let old = w.launch(&subnet);
    assert_eq!(old.metadata, MetadataOptions::default());
    let launch = |change| RunInstances {
        image_id: "ami-0c0f7000000000001".into(),
        metadata_options: change,
        ..run_instances(&subnet)
    };
    let new = w.run(launch(MetadataOptionsChange::default())).remove(0);
    assert_eq!((new.metadata.tokens_required, new.metadata.hop_limit), (true, 2));
    let change = MetadataOptionsChange { tokens_required: Some(false), ..MetadataOptionsChange::default() };
    let other = w.run(launch(change)).remove(0);
    assert_eq!((other.metadata.tokens_required, other.metadata.hop_limit), (false, 2));
    let hops = |n| ModifyInstanceMetadataOptions {
        instance_id: other.id.clone(),
        options: MetadataOptionsChange { hop_limit: Some(n), ..MetadataOptionsChange::default() },
    };
    w.refused(hops(0), "InvalidParameterValue");
    w.refused(hops(65), "InvalidParameterValue");
    assert_eq!(w.run(hops(64)).metadata.hop_limit, 64);
}

#[test]
fn volumes_come_and_go_with_their_instance() {
    let (mut w, subnet) = net();
    let launch = |devices: Vec<BlockDevice>| RunInstances {
        block_devices: devices,
        volume_tags: [("k".to_string(), "v".to_string())].into(),
        ..run_instances(&subnet)
    };
    let root = BlockDevice { size: Some(20), kind: Some(VolumeKind::Gp3), ..device("/dev/xvda") };
    let kept = BlockDevice { size: Some(5), delete_on_termination: Some(false), ..device("/dev/sdf") };
    let instance = w.run(launch(vec![kept.clone(), root])).remove(0);
    let [first, second] = instance.volumes.as_slice() else { panic!("two volumes") };
    let (first, second) = (w.cloud().volumes[first].clone(), w.cloud().volumes[second].clone());
    assert_eq!((first.spec.size, first.spec.iops, first.spec.throughput), (20, Some(3000), Some(125)));
    assert_eq!(first.snapshot.as_deref(), Some("snap-0c02fb55956c7d316"));
    assert_eq!((second.spec.size, second.spec.kind, second.spec.iops), (5, VolumeKind::Gp2, Some(100)));
    assert_eq!((first.tags["k"].as_str(), first.zone.as_str()), ("v", "us-east-1a"));
    w.refused(DeleteVolume { volume_id: second.id.clone() }, "VolumeInUse");
    let attribute = |device: &str, delete| ModifyInstanceAttribute {
        instance_id: instance.id.clone(),
        attribute: InstanceAttribute::DeleteOnTermination { device: device.into(), delete },
    };
    w.refused(attribute("/dev/none", true), "InvalidInstanceAttributeValue");
    w.run(attribute("/dev/xvda", true));
    w.run(TerminateInstances { instance_ids: ids(&instance.id) });
    w.observe(&instance.id, InstanceState::Terminated);
    assert!(!w.cloud().volumes.contains_key(&first.id));
    assert_eq!(w.cloud().volumes[&second.id].attachment, None);
    w.run(DeleteVolume { volume_id: second.id.clone() });
    w.refused(DeleteVolume { volume_id: second.id }, "InvalidVolume.NotFound");
    for (wrong, code) in [
        (device("/dev/sdf"), "MissingParameter"),
        (BlockDevice { size: Some(4), ..device("/dev/xvda") }, "InvalidBlockDeviceMapping"),
        (BlockDevice { size: Some(4), kind: Some(VolumeKind::St1), ..device("/dev/sdf") }, "InvalidParameterValue"),
        (BlockDevice { size: Some(9), kind: Some(VolumeKind::Io1), ..device("/dev/sdf") }, "MissingParameter"),
        (BlockDevice { size: Some(9), iops: Some(300), ..device("/dev/sdf") }, "InvalidParameterCombination"),
        (BlockDevice { size: Some(9), throughput: Some(200), ..device("/dev/sdf") }, "InvalidParameterCombination"),
        (BlockDevice { size: Some(9), kms_key: Some("k".into()), ..device("/dev/sdf") }, "InvalidParameterDependency"),
        (BlockDevice { snapshot: Some("snap-1".into()), ..device("/dev/xvda") }, "InvalidSnapshot.NotFound"),
    ] {
        w.refused(launch(vec![wrong]), code);
    }
    w.refused(launch(vec![kept.clone(), kept]), "InvalidBlockDeviceMapping");
}

#[test]
fn a_protected_instance_stays() {
    let (mut w, subnet) = net();
    let options =
        InstanceOptions { disable_api_termination: true, disable_api_stop: true, ..InstanceOptions::default() };
    let id = w.run(RunInstances { options, ..run_instances(&subnet) }).remove(0).id;
    w.observe(&id, InstanceState::Running);
    w.refused(TerminateInstances { instance_ids: ids(&id) }, "OperationNotPermitted");
    w.refused(StopInstances { instance_ids: ids(&id) }, "OperationNotPermitted");
    let modify = |attribute| ModifyInstanceAttribute { instance_id: id.clone(), attribute };
    w.run(modify(InstanceAttribute::DisableApiTermination(false)));
    w.run(modify(InstanceAttribute::DisableApiStop(false)));
    let change = w.run(StopInstances { instance_ids: ids(&id) }).remove(0);
    assert_eq!((change.previous, change.current), (InstanceState::Running, InstanceState::Stopping));
    let change = w.run(TerminateInstances { instance_ids: ids(&id) }).remove(0);
    assert_eq!((change.previous, change.current), (InstanceState::Stopping, InstanceState::ShuttingDown));
}

#[test]
fn a_reboot_starts_the_workload_anew() {
    let (mut w, subnet) = net();
    let id = w.launch(&subnet).id;
    w.run(RebootInstances { instance_ids: ids(&id) });
    assert_eq!(w.instance(&id).generation, 1, "it is on its way up");
    w.observe(&id, InstanceState::Running);
    let before = w.primary(&id);
    w.run(RebootInstances { instance_ids: ids(&id) });
    assert_eq!((w.instance(&id).generation, w.instance(&id).state), (2, InstanceState::Running));
    assert_eq!(w.primary(&id), before);
    let late = ObserveInstance { instance_id: id.clone(), generation: 1, state: InstanceState::Stopped, reason: None };
    w.run(late);
    assert_eq!(w.instance(&id).state, InstanceState::Running, "the end of the old workload is not the new one's");
    w.run(StopInstances { instance_ids: ids(&id) });
    w.refused(RebootInstances { instance_ids: ids(&id) }, "IncorrectInstanceState");
}

#[test]
fn an_instance_that_ends_itself_may_be_terminated() {
    let (mut w, subnet) = net();
    let options = InstanceOptions { shutdown_behavior: ShutdownBehavior::Terminate, ..InstanceOptions::default() };
    let id = w.run(RunInstances { options, ..run_instances(&subnet) }).remove(0).id;
    w.observe(&id, InstanceState::Running);
    let reason = "Client.InstanceInitiatedShutdown: Instance initiated shutdown".to_string();
    let seen = |state, reason| ObserveInstance { instance_id: id.clone(), generation: 1, state, reason };
    w.run(seen(InstanceState::Stopped, Some(reason)));
    assert_eq!(w.instance(&id).state, InstanceState::ShuttingDown);
    w.run(seen(InstanceState::Terminated, None));
    let instance = w.instance(&id);
    assert_eq!(instance.state, InstanceState::Terminated);
    assert_eq!(instance.reason().unwrap().0, "Client.InstanceInitiatedShutdown");
    assert_eq!(instance.transition_reason(), "");
}

#[test]
fn some_attributes_are_changed_while_it_is_stopped() {
    let (mut w, subnet) = net();
    let id = w.running(&subnet).id;
    let modify = |attribute| ModifyInstanceAttribute { instance_id: id.clone(), attribute };
    let bigger = InstanceAttribute::InstanceType("m5.large".into());
    w.refused(modify(bigger.clone()), "IncorrectInstanceState");
    w.refused(modify(InstanceAttribute::UserData(None)), "IncorrectInstanceState");
    w.run(modify(InstanceAttribute::SourceDestCheck(false)));
    assert!(!w.primary(&id).source_dest_check);
    w.run(StopInstances { instance_ids: ids(&id) });
    w.observe(&id, InstanceState::Stopped);
    w.run(modify(bigger));
    assert_eq!((w.instance(&id).instance_type.as_str(), w.instance(&id).options.credits), ("m5.large", None));
    w.refused(modify(InstanceAttribute::InstanceType("m6g.large".into())), "InvalidParameterValue");
    w.run(modify(InstanceAttribute::UserData(Some("#!/bin/sh".into()))));
    assert_eq!(w.instance(&id).user_data.as_deref(), Some("#!/bin/sh"));
    w.refused(modify(InstanceAttribute::UserData(Some("x".repeat(16385)))), "InvalidParameterValue");
    let second = w.interface(&subnet).id;
    let attach = AttachNetworkInterface { network_interface_id: second, instance_id: id.clone(), device_index: 1 };
    w.run(attach);
    w.refused(modify(InstanceAttribute::SourceDestCheck(true)), "InvalidInstanceID");
    w.run(TerminateInstances { instance_ids: ids(&id) });
    w.refused(modify(InstanceAttribute::EbsOptimized(true)), "IncorrectInstanceState");
}

#[test]
fn credits_are_changed_one_by_one() {
    let (mut w, subnet) = net();
    let burstable = w.launch(&subnet).id;
    let other = RunInstances { instance_type: Some("m5.large".into()), ..run_instances(&subnet) };
    let other = w.run(other).remove(0).id;
    let none: InstanceId = "i-0".parse().unwrap();
    let specifications = [&burstable, &other, &none].map(|id| (id.clone(), CpuCredits::Standard)).into();
    let (changed, refused) = w.run(ModifyInstanceCreditSpecification { specifications });
    assert_eq!(changed, ids(&burstable));
    let codes: Vec<_> = refused.iter().map(|(_, code, _)| code.as_str()).collect();
    assert_eq!(codes, ["InstanceCreditSpecification.NotSupported", "InvalidInstanceID.NotFound"]);
    assert_eq!(w.instance(&burstable).options.credits, Some(CpuCredits::Standard));
}

#[test]
fn a_profile_is_associated_once() {
    let (mut w, subnet) = net();
    let id = w.running(&subnet).id;
    let profile =
        |name: &str| CreateInstanceProfile { instance_profile_name: name.into(), path: None, tags: Tags::new() };
    w.run(profile("web"));
    w.run(profile("app"));
    let associate =
        |name: &str| AssociateIamInstanceProfile { instance_id: id.clone(), iam_instance_profile: name.into() };
    w.refused(associate("none"), "InvalidParameterValue");
    let first = w.run(associate("web")).profile_association.unwrap();
    assert_eq!(first.profile_arn, "arn:aws:iam::000000000000:instance-profile/web");
    w.refused(associate("app"), "IncorrectState");
    let replace = |association_id: &ProfileAssociationId| ReplaceIamInstanceProfileAssociation {
        association_id: association_id.clone(),
        iam_instance_profile: "app".into(),
    };
    let second = w.run(replace(&first.id)).profile_association.unwrap();
    assert_ne!(second.id, first.id);
    w.refused(replace(&first.id), "InvalidAssociationID.NotFound");
    let gone = w.run(DisassociateIamInstanceProfile { association_id: second.id });
    assert_eq!(gone.instance_profile.as_deref(), Some("app"), "as it was");
    assert_eq!((w.instance(&id).instance_profile, w.instance(&id).profile_association), (None, None));
}

#[test]
fn a_key_pair_has_a_name_of_its_own() {
    let mut w = World::new();
    let create = |name: &str| CreateKeyPair {
        key_name: name.into(),
        kind: KeyKind::Rsa,
        fingerprint: "00".into(),
        public_key: "ssh-rsa AAAA".into(),
        tags: Tags::new(),
    };
    let pair = w.run(create("key"));
    w.refused(create("key"), "InvalidKeyPair.Duplicate");
    w.refused(create(""), "InvalidParameterValue");
    w.refused(create(&"k".repeat(256)), "InvalidParameterValue");
    let by_name = |name: &str| DeleteKeyPair { key_name: Some(name.into()), key_pair_id: None };
    assert_eq!(w.run(by_name("none")), None);
    assert_eq!(w.run(by_name("key")), Some(pair.id));
    w.refused(DeleteKeyPair { key_name: None, key_pair_id: None }, "MissingParameter");
}

fn data(value: serde_json::Value) -> Map<String, serde_json::Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn a_launch_template_has_numbered_versions() {
    let mut w = World::new();
    let create = |name: &str, value| CreateLaunchTemplate {
        launch_template_name: name.into(),
        version_description: None,
        data: data(value),
        created_by: "arn:aws:iam::000000000000:root".into(),
        tags: Tags::new(),
    };
    w.refused(create("a", json!({"ImageId": "ami-1"})), "InvalidLaunchTemplateName.MalformedException");
    w.refused(create("web", json!({})), "MissingParameter");
    let template = w.run(create("web", json!({"ImageId": "ami-1", "InstanceType": "t3.micro"})));
    w.refused(create("web", json!({"ImageId": "ami-1"})), "InvalidLaunchTemplateName.AlreadyExistsException");
    let name = TemplateName::Id(template.id.clone());
    let version = |source: Option<u64>, value| CreateLaunchTemplateVersion {
        template: name.clone(),
        source_version: source.map(VersionName::Number),
        version_description: Some("next".into()),
        data: data(value),
        created_by: "arn".into(),
    };
    let two = w.run(version(Some(1), json!({"InstanceType": "m5.large"})));
    assert_eq!((two.latest_version, two.default_version), (2, 1));
    let (_, latest) = two.version(VersionName::Latest).unwrap();
    assert_eq!(latest.data, data(json!({"ImageId": "ami-1", "InstanceType": "m5.large"})));
    w.refused(version(Some(9), json!({"ImageId": "ami-1"})), "InvalidLaunchTemplateId.VersionNotFound");
    let default = |version| ModifyLaunchTemplate { template: name.clone(), default_version: version };
    w.refused(default(VersionName::Number(3)), "InvalidLaunchTemplateId.VersionNotFound");
    assert_eq!(w.run(default(VersionName::Latest)).default_version, 2);
    let delete = DeleteLaunchTemplateVersions { template: name.clone(), versions: vec![1, 2, 3] };
    let done = w.run(delete);
    assert_eq!(done.deleted, [1]);
    assert_eq!(done.kept, [(2, KeptVersion::IsDefault), (3, KeptVersion::Missing)]);
    assert_eq!(w.run(version(None, json!({"ImageId": "ami-2"}))).latest_version, 3, "numbers are not used twice");
    let by_name = DeleteLaunchTemplate { template: TemplateName::Name("web".into()) };
    w.run(by_name.clone());
    w.refused(by_name, "InvalidLaunchTemplateName.NotFoundException");
    w.refused(DeleteLaunchTemplate { template: name }, "InvalidLaunchTemplateId.NotFound");
}

#[test]
fn a_launch_from_a_template_says_so_in_its_tags() {
    let (mut w, subnet) = net();
    let template: LaunchTemplateId = "lt-1".parse().unwrap();
    let launch = RunInstances { launch_template: Some((template, 3)), ..run_instances(&subnet) };
    let instance = w.run(launch).remove(0);
    assert_eq!(instance.tags["aws:ec2launchtemplate:id"], "lt-1");
    assert_eq!(instance.tags["aws:ec2launchtemplate:version"], "3");
    let tags = Tags::from([("k".to_string(), "v".to_string())]);
    w.run(CreateTags { resource_ids: vec![instance.id.to_string()], tags });
    assert_eq!(w.instance(&instance.id).tags.len(), 3);
}
