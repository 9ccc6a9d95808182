//! Every type of the network in one template, through the engine.

use super::*;
use crate::stack::tests::{Memory, said};

const EVERYTHING: &str = include_str!("everything.yaml");

#[test]
fn cfn_1_every_type_of_the_network_comes_up_changes_and_goes() {
    let mut memory = Memory::new();
    let before = memory.bare();
    // A boolean that is none stops it before anything is made.
    let text = said(memory.up(EVERYTHING));
    assert!(text.contains("MapPublicIpOnLaunch is true or false, and this is \"yes?\""), "{text}");
    assert_eq!(memory.bare(), before);
    let template = EVERYTHING.replace("\"yes?\"", "\"True\"");
    let kinds: BTreeSet<&str> = template.lines().filter_map(|line| line.split(" Type: ").nth(1)).collect();
    let kinds: BTreeSet<&str> = kinds.iter().map(|k| k.split(',').next().unwrap_or(k).trim_end_matches(" }")).collect();
    let network: BTreeSet<&str> = table::names().filter(|name| name.starts_with("AWS::EC2::")).collect();
    assert_eq!(kinds, network, "the template has them all");

    memory.up(&template).unwrap_or_else(|error| panic!("{error}"));
    let held = |memory: &Memory, name: &str| memory.physical(name);
    let first: BTreeMap<String, String> =
        memory.resources().iter().map(|r| (r.logical_id.clone(), held(&memory, &r.logical_id))).collect();
    assert!(matches!(memory.up(&template), Ok(crate::stack::tests::Done::Unchanged(_))));

    let changed = [
        // In place.
        ("EnableDnsHostnames: \"true\"", "EnableDnsHostnames: false"),
        ("MapPublicIpOnLaunch: \"True\"", "MapPublicIpOnLaunch: 'FALSE'"),
        ("RuleAction: allow", "RuleAction: deny"),
        ("Description: one }", "Description: two }"),
        ("MaxEntries: 2", "MaxEntries: 3"),
        ("Enabled: true", "Enabled: false"),
        ("allow-egress", "allow-bidirectional"),
        ("block-ingress", "block-bidirectional"),
        // Between a stop and a start.
        ("t3.small", "t3.large"),
        // New ones.
        ("one.example", "two.example"),
        ("KeyName: one", "KeyName: two"),
        ("CidrIp: 10.0.0.0/8", "CidrIp: 10.0.0.0/9"),
        ("RuleNumber: \"100\"", "RuleNumber: 90.0"),
    ];
    let mut second = template.clone();
    for (old, new) in changed {
        assert!(second.contains(old), "{old}");
        second = second.replace(old, new);
    }
    memory.up(&second).unwrap_or_else(|error| panic!("{error}"));
    let other: BTreeSet<String> =
        first.iter().filter(|(name, id)| held(&memory, name) != **id).map(|(name, _)| name.clone()).collect();
    let expected = ["Entry", "Key", "Optioned", "Options", "OutRule"].map(String::from);
    assert_eq!(other, BTreeSet::from(expected));
    let cloud = memory.bare();
    let machine = &cloud.instances[&held(&memory, "Machine").parse::<croft_model::InstanceId>().unwrap()];
    assert_eq!((machine.instance_type.as_str(), machine.state.as_str()), ("t3.large", "running"));
    let output = |name: &str| {
        let outputs = &memory.stack().version.outputs;
        outputs.iter().find(|o| o.key == name).map(|o| o.value.clone()).expect("an output")
    };
    assert_eq!((output("Version").as_str(), output("Mode").as_str()), ("2", "off"));

    memory.down().expect("it goes");
    let mut after = memory.bare();
    // A deleted exclusion stays listed for a while; what a region's setting was is told with when it was set.
    after.block_public_access_exclusions.clear();
    after.settings = before.settings.clone();
    assert_eq!(after, before);
}
