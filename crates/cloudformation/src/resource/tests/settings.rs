use super::*;
use croft_control::{DeleteKeyPair, ModifyVpcBlockPublicAccessExclusion, ModifyVpcBlockPublicAccessOptions};
use croft_model::block_public_access::{ExclusionMode, InternetGatewayBlockMode};

#[test]
fn igw_5_block_public_access_and_what_is_excluded_from_it() {
    let mut world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, 1);
    let given = json!({ "InternetGatewayBlockMode": "block-bidirectional" });
    let mut options = world.make("AWS::EC2::VPCBlockPublicAccessOptions", given.clone());
    assert_eq!((options.id.as_str(), world.text(&options, "AccountId").as_str()), ("000000000000", "000000000000"));
    assert!(world.try_make("AWS::EC2::VPCBlockPublicAccessOptions", given).is_err(), "there is one");
    world.in_place(&mut options, "InternetGatewayBlockMode", json!("block-ingress"));

    let given = json!({ "VpcId": vpc, "InternetGatewayExclusionMode": "allow-egress", "Tags": tags("one") });
    let mut exclusion = world.make("AWS::EC2::VPCBlockPublicAccessExclusion", given);
    assert_eq!(world.text(&exclusion, "ExclusionId"), exclusion.id);
    world.in_place(&mut exclusion, "InternetGatewayExclusionMode", json!("allow-bidirectional"));
    world.in_place(&mut exclusion, "Tags", tags("two"));
    world.replaces(&mut exclusion, "VpcId", json!("vpc-1"));
    let given = json!({ "SubnetId": subnet, "InternetGatewayExclusionMode": "allow-bidirectional" });
    let mut of_subnet = world.make("AWS::EC2::VPCBlockPublicAccessExclusion", given);
    world.replaces(&mut of_subnet, "SubnetId", json!("subnet-1"));
    let mode = "BlockPublicAccessStates.InternetGatewayBlockMode";
    let of = table::find("AWS::EC2::Subnet").unwrap().which;
    assert_eq!(of.attribute(world.control.cloud(), subnet.as_str(), mode), Some(Known::Text("off".to_string())));
    let (exclusion_id, internet_gateway_exclusion_mode) =
        (exclusion.id.parse().unwrap(), ExclusionMode::AllowBidirectional);
    world.run(ModifyVpcBlockPublicAccessExclusion { exclusion_id, internet_gateway_exclusion_mode }).expect("by hand");
    assert_eq!(world.live(&exclusion).expect("there")["InternetGatewayExclusionMode"], json!("allow-bidirectional"));
    world.delete(exclusion);
    world.delete(of_subnet);
    let blocked = of.attribute(world.control.cloud(), subnet.as_str(), mode);
    assert_eq!(blocked, Some(Known::Text("block-bidirectional".to_string())));
    let internet_gateway_block_mode = InternetGatewayBlockMode::BlockIngress;
    world.run(ModifyVpcBlockPublicAccessOptions { internet_gateway_block_mode }).expect("by hand");
    assert_eq!(world.live(&options).expect("there")["InternetGatewayBlockMode"], json!("block-ingress"));
    world.delete(options);
    world.all_were_given("AWS::EC2::VPCBlockPublicAccessOptions");
    world.all_were_given("AWS::EC2::VPCBlockPublicAccessExclusion");
}

/// A public key; nobody has its private part.
const PUBLIC_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN27xdN8GlE1t9QEWGH8kUCfHiyq5bwUDMauaNxX7cOF test";

#[test]
fn key_pairs_of_public_keys_that_are_given() {
    let mut world = World::new();
    let given = json!({
        "KeyName": "one", "KeyType": "ed25519", "KeyFormat": "pem", "PublicKeyMaterial": PUBLIC_KEY, "Tags": tags("one"),
    });
    let mut pair = world.make("AWS::EC2::KeyPair", given);
    assert_eq!((pair.id.as_str(), world.text(&pair, "KeyPairId").starts_with("key-")), ("one", true));
    assert_eq!(world.text(&pair, "KeyFingerprint"), "YGqxXEytsuNVW4RhvfMED3DFgmsfINo3cEpqnz84NB8=");
    for (name, value) in [
        ("KeyName", json!("two")),
        ("KeyType", Json::Null),
        ("KeyFormat", json!("ppk")),
        ("PublicKeyMaterial", json!("ssh-ed25519 AAAA")),
        ("Tags", tags("two")),
    ] {
        world.replaces(&mut pair, name, value);
    }
    world.run(DeleteKeyPair { key_name: Some("one".to_string()), key_pair_id: None }).expect("by hand");
    assert_eq!(world.live(&pair), None);
    world.delete(pair);
    world.all_were_given("AWS::EC2::KeyPair");
    let of = table::find("AWS::EC2::KeyPair").unwrap().which;
    let wrong = |properties: Json| of.check(&map(properties)).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(wrong(json!({ "PublicKeyMaterial": "ssh-rsa AAAA" })), ["PublicKeyMaterial"]);
    assert_eq!(wrong(json!({ "PublicKeyMaterial": PUBLIC_KEY, "KeyType": "rsa" })), ["KeyType"]);
}
