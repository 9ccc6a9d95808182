//! Metadata options of an account's instances: the launch before the account's setting, and that before the image's.

mod world;

use croft_control::*;
use croft_model::instance::{MetadataDefaults, MetadataOptions};
use croft_model::subnet::Subnet;
use croft_model::{Scope, image};
use world::*;

fn metadata(w: &mut World, subnet: &Subnet, image_id: &str, launch: MetadataOptionsChange) -> MetadataOptions {
    let run = RunInstances { image_id: image_id.into(), metadata_options: launch, ..run_instances(subnet) };
    w.run(run).remove(0).metadata
}

fn place() -> (World, Subnet) {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    (w, subnet)
}

#[test]
fn ec2_1_an_account_sets_what_a_launch_leaves_open() {
    let (mut w, subnet) = place();
    let strict = image::all().iter().find(|i| i.requires_metadata_tokens()).expect("there is one");
    let free = image::all().iter().find(|i| !i.requires_metadata_tokens()).expect("there is one");
    let open = MetadataOptionsChange::default;
    assert_eq!(metadata(&mut w, &subnet, free.id, open()), MetadataOptions::default());
    let before = w.launch(&subnet);

    w.run(ModifyInstanceMetadataDefaults {
        tokens_required: Some(Preference::Is(false)),
        hop_limit: Some(Preference::Is(5)),
        endpoint: Some(Preference::Is(false)),
        instance_tags: Some(Preference::Is(true)),
    });
    let set = MetadataOptions {
        tokens_required: false,
        hop_limit: 5,
        endpoint: false,
        instance_tags: true,
        ..MetadataOptions::default()
    };
    assert_eq!(metadata(&mut w, &subnet, free.id, open()), set);
    assert_eq!(metadata(&mut w, &subnet, strict.id, open()), set, "the account comes before the image");
    let launch = MetadataOptionsChange { tokens_required: Some(true), hop_limit: Some(3), ..open() };
    let said = MetadataOptions { tokens_required: true, hop_limit: 3, ..set };
    assert_eq!(metadata(&mut w, &subnet, free.id, launch), said, "the launch comes before the account");
    assert_eq!(w.instance(&before.id).metadata, before.metadata, "what is there stays as it is");

    // Taken back one by one.
    let back = ModifyInstanceMetadataDefaults {
        tokens_required: Some(Preference::None),
        hop_limit: Some(Preference::None),
        ..ModifyInstanceMetadataDefaults::default()
    };
    w.run(back);
    let rest = MetadataOptions { endpoint: false, instance_tags: true, ..strict.metadata_options() };
    assert_eq!(metadata(&mut w, &subnet, strict.id, open()), rest);
}

#[test]
fn ec2_1_hop_limits_have_bounds_and_each_region_its_own_setting() {
    let (mut w, _) = place();
    for hops in [0, 65, 300] {
        let with = ModifyInstanceMetadataDefaults {
            tokens_required: Some(Preference::Is(true)),
            hop_limit: Some(Preference::Is(hops)),
            ..ModifyInstanceMetadataDefaults::default()
        };
        w.refused(with, "InvalidParameterValue");
    }
    w.run(ModifyInstanceMetadataDefaults {
        hop_limit: Some(Preference::Is(64)),
        ..ModifyInstanceMetadataDefaults::default()
    });
    let home = MetadataDefaults { hop_limit: Some(64), ..MetadataDefaults::default() };
    assert_eq!(w.cloud().metadata_defaults(&Scope::default()), home);
    let other = Scope::new("000000000000", "eu-west-3").unwrap();
    assert_eq!(w.cloud().metadata_defaults(&other), MetadataDefaults::default());
}
