use super::*;

#[test]
fn cfn_1_what_a_stack_made_goes_with_it() {
    let mut memory = Memory::new();
    let before = memory.bare();
    memory.up(TIERS).expect("it comes up");
    memory.down().expect("it goes");
    assert_eq!(memory.bare(), before);
    assert_eq!(memory.control.cloud().stack(&Scope::default(), "web"), None);
    let told = memory.told();
    let place = |what: &str| told.iter().position(|t| t == what).unwrap_or_else(|| panic!("{what}: {told:?}"));
    assert!(place("DELETE_COMPLETE NATGateway") < place("DELETE_COMPLETE ElasticIP"));
    assert!(place("DELETE_COMPLETE Front") < place("DELETE_COMPLETE PublicSubnet1"));
    assert!(place("DELETE_COMPLETE Attachment") < place("DELETE_COMPLETE VPC"));
    assert_eq!(told.last().map(String::as_str), Some("DELETE_COMPLETE web"));
}

#[test]
fn a_stack_that_is_not_there_is_not_deleted() {
    let mut memory = Memory::new();
    assert_eq!(said(memory.down()), "Stack [web] does not exist");
}

#[test]
fn sg_9_what_others_still_use_stays_and_is_named() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let group_id: croft_model::SecurityGroupId = memory.physical("AppSecurityGroup").parse().unwrap();
    let subnet_id = memory.physical("AppSubnet2").parse().unwrap();
    let guest = memory
        .run(croft_control::CreateNetworkInterface {
            groups: vec![group_id],
            ..croft_control::CreateNetworkInterface::in_subnet(subnet_id)
        })
        .expect("made by hand");
    let text = said(memory.down());
    assert!(text.contains("DELETE_FAILED"), "{text}");
    for name in ["AppSecurityGroup: DependencyViolation", "AppSubnet2: DependencyViolation", "VPC: DependencyViolation"]
    {
        assert!(text.contains(name), "{name}: {text}");
    }
    assert_eq!(memory.stack().status, "DELETE_FAILED");
    assert!(!memory.resources().iter().any(|r| r.logical_id == "Front"), "the rest is gone");
    memory.run(croft_control::DeleteNetworkInterface { network_interface_id: guest.id }).expect("deleted by hand");
    memory.down().expect("it goes");
    assert!(memory.bare().vpcs.is_empty());
}

#[test]
fn what_was_deleted_by_hand_is_no_obstacle() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let table = memory.physical("PrivateTable").parse().unwrap();
    let destination = croft_model::route::RouteDestination::Cidr(Default::default());
    memory.run(croft_control::DeleteRoute { route_table_id: table, destination }).expect("deleted by hand");
    memory.down().expect("it goes");
    assert!(memory.bare().vpcs.is_empty());
}

#[test]
fn what_is_to_be_retained_stays() {
    let mut memory = Memory::new();
    let template = "
Resources:
  V:
    Type: AWS::EC2::VPC
    DeletionPolicy: Retain
    Properties: { CidrBlock: 10.0.0.0/16 }
  G: { Type: 'AWS::EC2::InternetGateway' }
";
    memory.up(template).expect("it comes up");
    memory.down().expect("it goes");
    assert_eq!(memory.bare().vpcs.len(), 1);
    assert!(memory.bare().internet_gateways.is_empty());
    assert!(memory.told().contains(&"DELETE_SKIPPED V".to_string()));
}
