use super::*;

#[test]
fn cfn_1_a_template_with_forward_references_comes_up_in_the_order_of_its_references() {
    let mut memory = Memory::new();
    let done = memory.up(TIERS).expect("it comes up");
    assert!(matches!(done, Done::Created(_)));
    assert_eq!(done.stack().status, "CREATE_COMPLETE");
    assert_eq!(memory.stack(), done.stack());
    let told = memory.told();
    let place = |what: &str| told.iter().position(|t| t == what).unwrap_or_else(|| panic!("{what} was told: {told:?}"));
    assert!(place("CREATE_COMPLETE ALBSecurityGroup") < place("CREATE_IN_PROGRESS AppSecurityGroup"));
    assert!(place("CREATE_COMPLETE ElasticIP") < place("CREATE_IN_PROGRESS NATGateway"));
    assert!(place("CREATE_COMPLETE NATGateway") < place("CREATE_IN_PROGRESS PrivateRoute"));
    // The one that names the other's address waits for it; nothing else does.
    assert!(place("CREATE_COMPLETE Back") < place("CREATE_IN_PROGRESS Front"));
    assert!(place("CREATE_IN_PROGRESS Back") < place("CREATE_COMPLETE NATGateway"));
    // Nothing says so in the template (row IGW-1).
    assert!(place("CREATE_COMPLETE Attachment") < place("CREATE_IN_PROGRESS PublicRoute"));
    assert!(place("CREATE_COMPLETE Attachment") < place("CREATE_IN_PROGRESS ElasticIP"));
    assert_eq!(told.first().map(String::as_str), Some("CREATE_IN_PROGRESS web"));
    assert_eq!(told.last().map(String::as_str), Some("CREATE_COMPLETE web"));
}

#[test]
fn cfn_1_what_a_template_says_is_what_the_region_holds() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let cloud = memory.control.cloud();
    let vpc = cloud.vpcs.get(&memory.physical("VPC").parse::<croft_model::VpcId>().unwrap()).unwrap();
    assert!(vpc.enable_dns_support && vpc.enable_dns_hostnames);
    assert_eq!(vpc.tags["Name"], "production-vpc");
    assert_eq!(vpc.tags["aws:cloudformation:stack-name"], "web");
    assert_eq!(vpc.tags["aws:cloudformation:logical-id"], "VPC");
    assert_eq!(vpc.tags["aws:cloudformation:stack-id"], memory.stack().id);
    let blocks: std::collections::BTreeSet<_> =
        cloud.subnets.values().map(|s| (s.block.to_string(), s.zone.clone(), cloud.is_public(s))).collect();
    let expected = [
        ("10.0.1.0/24", "us-east-1a", true),
        ("10.0.2.0/24", "us-east-1b", true),
        ("10.0.10.0/24", "us-east-1a", false),
        ("10.0.11.0/24", "us-east-1b", false),
    ];
    assert_eq!(blocks, expected.map(|(b, z, p)| (b.to_string(), z.to_string(), p)).into_iter().collect());
    let front = cloud.instances.get(&memory.physical("Front").parse::<croft_model::InstanceId>().unwrap()).unwrap();
    assert_eq!(
        front.user_data.as_deref(),
        Some(
            "#!/bin/sh\n# a comment in the script\nport=8080\necho \"${port} in us-east-1 of web, back is 10.0.10.20\"\n"
        )
    );
    let outputs: Vec<(&str, &str)> =
        memory.stack().version.outputs.iter().map(|o| (o.key.as_str(), o.value.as_str())).collect();
    let interface = &cloud.interfaces[&front.interfaces[0]];
    let public = cloud.public_ip(interface, interface.private_ips[0]).expect("a public address").to_string();
    assert_eq!(outputs, [("Address", public.as_str()), ("Url", format!("http://{public}:443/").as_str())]);
    assert_eq!(memory.stack().version.outputs[1].export.as_deref(), Some("web-url"));
}

#[test]
fn cfn_1_a_second_deployment_changes_nothing() {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    let before = memory.control.cloud().clone();
    assert!(matches!(memory.up(TIERS), Ok(Done::Unchanged(_))));
    assert_eq!(*memory.control.cloud(), before);
    assert!(memory.plan(TIERS).expect("a plan").is_empty());
}

#[test]
fn cfn_1_an_error_in_the_template_makes_nothing() {
    let mut memory = Memory::new();
    let before = memory.control.cloud().clone();
    let broken =
        TIERS.replace("SubnetId: !Ref PublicSubnet1\n  ElasticIP", "SubnetId: !Ref PublicSubnet3\n  ElasticIP");
    let text = said(memory.up(&broken));
    assert!(text.starts_with("template.yaml:93:17: NATGateway: there is no parameter or resource PublicSubnet3; did you mean PublicSubnet1?"), "{text}");
    assert_eq!(*memory.control.cloud(), before);
}

#[test]
fn cfn_1_a_failed_stack_rolls_back_and_leaves_the_region_as_it_was() {
    let mut memory = Memory::new();
    memory.up("Resources: {V: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.9.0.0/16}}}").expect("another");
    let stack_id = memory.stack().id.clone();
    memory.run(croft_control::ForgetStack { stack_id }).expect("forgotten");
    let before = memory.bare();
    let overlap = TIERS.replace("CidrBlock: 10.0.11.0/24", "CidrBlock: 10.0.10.128/25");
    let text = said(memory.up(&overlap));
    assert!(text.contains("template.yaml:68:3: AppSubnet2"), "{text}");
    assert!(text.contains("InvalidSubnet.Conflict"), "{text}");
    assert!(text.contains("ended as ROLLBACK_COMPLETE"), "{text}");
    assert_eq!(memory.bare(), before);
    assert_eq!(memory.stack().status, "ROLLBACK_COMPLETE");
    assert!(memory.resources().is_empty());
    assert!(memory.told().contains(&"CREATE_FAILED AppSubnet2".to_string()), "{:?}", memory.told());
    // It can be tried again at once, and forgotten.
    memory.up(TIERS).expect("it comes up");
    memory.down().expect("it goes");
    assert_eq!(memory.bare(), before);
}

#[test]
fn sg_8_a_group_of_61_rules_fails_and_leaves_nothing() {
    let mut memory = Memory::new();
    let before = memory.bare();
    let rules: String = (0..61)
        .map(|port| format!("        - {{ IpProtocol: udp, FromPort: {port}, ToPort: {port}, CidrIp: 0.0.0.0/0 }}\n"))
        .collect();
    let template = format!(
        "Resources:\n  V:\n    Type: AWS::EC2::VPC\n    Properties: {{ CidrBlock: 10.0.0.0/16 }}\n  G:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      VpcId: !Ref V\n      GroupDescription: many\n      SecurityGroupIngress:\n{rules}"
    );
    let text = said(memory.up(&template));
    assert!(text.contains("template.yaml:5:3: G: RulesPerSecurityGroupLimitExceeded"), "{text}");
    assert_eq!(memory.bare(), before);
    let fewer = template.replace("        - { IpProtocol: udp, FromPort: 60, ToPort: 60, CidrIp: 0.0.0.0/0 }\n", "");
    memory.up(&fewer).expect("60 rules are taken");
}

#[test]
fn net_1_a_29_and_net_10_a_sixth_vpc_fail_and_roll_back() {
    let mut memory = Memory::new();
    let vpcs = |count: usize| -> String {
        (0..count)
            .map(|i| format!("  V{i}:\n    Type: AWS::EC2::VPC\n    Properties: {{ CidrBlock: 10.{i}.0.0/16 }}\n"))
            .collect()
    };
    let text = said(memory.up(&format!("Resources:\n{}", vpcs(6))));
    assert!(text.contains("VpcLimitExceeded"), "{text}");
    let subnet = "  S:\n    Type: AWS::EC2::Subnet\n    Properties: { VpcId: !Ref V0, CidrBlock: 10.0.0.0/29 }\n";
    let text = said(memory.up(&format!("Resources:\n{}{subnet}", vpcs(1))));
    assert!(text.contains("template.yaml:5:3: S: InvalidSubnet.Range"), "{text}");
    assert_eq!(memory.bare().vpcs.len(), 0);
}

#[test]
fn nat_4_a_gateway_that_fails_to_come_up_fails_the_stack() {
    let mut memory = Memory::new();
    let template = "
Resources:
  V: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref V, CidrBlock: 10.0.0.0/24 } }
  E: { Type: 'AWS::EC2::EIP' }
  N: { Type: 'AWS::EC2::NatGateway', Properties: { SubnetId: !Ref S, AllocationId: !GetAtt E.AllocationId } }
";
    let before = memory.bare();
    let text = said(memory.up(template));
    assert!(text.contains("template.yaml:6:3: N: Gateway.NotAttached"), "{text}");
    assert_eq!(memory.bare(), before);
}

#[test]
fn ec2_1_an_instance_that_ends_at_once_fails_the_stack_and_everything_goes() {
    let mut memory = Memory::new();
    let before = memory.bare();
    memory.broken.push("Back".to_string());
    let text = said(memory.up(TIERS));
    assert!(text.contains("Back: "), "{text}");
    assert!(text.contains("it ended at once"), "{text}");
    assert_eq!(memory.bare(), before);
    let told = memory.told();
    assert!(told.contains(&"ROLLBACK_IN_PROGRESS web".to_string()), "{told:?}");
    assert!(told.contains(&"DELETE_COMPLETE VPC".to_string()), "{told:?}");
    assert_eq!(told.last().map(String::as_str), Some("ROLLBACK_COMPLETE web"));
}

#[test]
fn a_resource_that_never_comes_up_fails_when_its_time_is_over() {
    let mut memory = Memory::new();
    memory.asleep = true;
    // What does not come up does not go either: the stack says what remains.
    let text = said(memory.up(TIERS));
    assert!(text.contains("it did not come up in time"), "{text}");
    assert!(text.contains("ROLLBACK_FAILED"), "{text}");
    assert!(text.contains("it was not gone in time"), "{text}");
    // Once the agent is awake again the stack can be deleted.
    memory.asleep = false;
    memory.down().expect("it goes");
    assert!(memory.bare().vpcs.is_empty());
}

#[test]
fn what_the_user_cancels_is_rolled_back() {
    let mut memory = Memory::new();
    let before = memory.bare();
    let halted = Arc::clone(&memory.halted);
    halted.store(true, Ordering::Relaxed);
    let asked = Asked { template: Some(TIERS.to_string()), ..memory.asked() };
    let outcome = memory.with(|stacks, scope| {
        let begun = stacks.create(scope, "web", &asked).expect("taken on");
        let mut after = begun.after;
        loop {
            let (events, _) = stacks.follow(&begun.stack_id, after, Duration::from_millis(100)).expect("there");
            after = events.last().map_or(after, |event| event.number);
            if events.iter().any(|event| event.logical_id == "NATGateway") {
                break;
            }
        }
        stacks.cancel(scope, "web").expect("it is under way");
        halted.store(false, Ordering::Relaxed);
        stacks.finish(&begun).expect("it comes to an end")
    });
    assert_eq!(outcome.stack.status, Status::RollbackComplete);
    let text = said(outcome.result(None));
    assert!(text.contains("cancelled by the user"), "{text}");
    assert_eq!(memory.bare(), before);
}

#[test]
fn an_output_that_cannot_be_told_fails_the_stack() {
    let mut memory = Memory::new();
    let before = memory.bare();
    let template = TIERS.replace("Value: !GetAtt Front.PublicIp", "Value: !GetAtt Back.PublicIp");
    let text = said(memory.up(&template));
    assert!(text.contains("has no public address"), "{text}");
    assert_eq!(memory.bare(), before);
}

#[test]
fn parameters_and_conditions_decide_what_is_made() {
    let mut memory = Memory::new();
    memory.up_with(TIERS, &[("AppPort", "9999")]).expect("it comes up");
    assert!(!memory.resources().iter().any(|r| r.logical_id == "PrivateRoute"));
    assert_eq!(memory.stack().version.parameters["AppPort"], "9999");
    // A value that is not given again stays.
    assert!(matches!(memory.up(TIERS), Ok(Done::Unchanged(_))));
    let text = said(memory.up_with(TIERS, &[("AppPort", "80"), ("Imgae", "x")]));
    assert!(text.contains("AppPort: \"80\" cannot be the parameter AppPort: it is less than 1024"), "{text}");
    assert!(text.contains("the template has no parameter Imgae; did you mean Image?"), "{text}");
}

#[test]
fn a_name_that_is_none_is_refused_before_anything() {
    let mut memory = Memory::new();
    let before = memory.control.cloud().clone();
    let asked = Asked { template: Some(TIERS.to_string()), ..memory.asked() };
    for name in ["", "1web", "we b", "w/b", &"w".repeat(129)] {
        let refused = memory.deploy(name, &asked).expect_err("it is none");
        assert_eq!(refused.code(), "ValidationError");
        assert!(refused.to_string().contains("'stackName' failed to satisfy constraint"), "{refused}");
    }
    assert_eq!(*memory.control.cloud(), before);
}

#[test]
fn names_that_are_made_from_long_ones_fit_each_type() {
    let mut memory = Memory::new();
    let (template, group) = ("L".repeat(255), "G".repeat(255));
    let text = format!(
        "
Resources:
  {template}:
    Type: AWS::EC2::LaunchTemplate
    Properties: {{ LaunchTemplateData: {{ InstanceType: t3.micro }} }}
  {group}:
    Type: AWS::EC2::SecurityGroup
    Properties: {{ GroupDescription: d, VpcId: !Ref V }}
  V: {{ Type: 'AWS::EC2::VPC', Properties: {{ CidrBlock: 10.0.0.0/16 }} }}
"
    );
    let asked = Asked { template: Some(text), ..memory.asked() };
    memory.deploy(&"w".repeat(128), &asked).expect("it comes up");
    let cloud = memory.control.cloud();
    let lengths: Vec<usize> = cloud.launch_templates.values().map(|t| t.name.len()).collect();
    assert_eq!(lengths, [128]);
    assert!(cloud.security_groups.values().any(|g| g.name.len() == 255 && g.name.contains("-G")));
}

#[test]
fn groups_of_the_default_vpc_are_named_by_what_ref_gives() {
    let mut memory = Memory::new();
    memory.run(croft_control::OpenRegion {}).expect("it opens");
    let template = "
Resources:
  Box:
    Type: AWS::EC2::Instance
    Properties: { ImageId: ami-12345678, InstanceType: t3.micro, SecurityGroups: [!Ref Web, default] }
  Web:
    Type: AWS::EC2::SecurityGroup
    Properties: { GroupDescription: in the default VPC }
  More:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: { GroupName: !Ref Web, IpProtocol: tcp, FromPort: 80, ToPort: 80, SourceSecurityGroupName: !Ref Web }
";
    memory.up(template).expect("it comes up");
    let cloud = memory.control.cloud();
    let web = memory.physical("Web").parse::<croft_model::SecurityGroupId>().expect("a group");
    let instance = &cloud.instances[&memory.physical("Box").parse::<croft_model::InstanceId>().expect("an instance")];
    let groups = &cloud.interfaces[&instance.interfaces[0]].groups;
    assert!(groups.len() == 2 && groups.contains(&web), "{groups:?}");
    assert!(cloud.security_groups[&web].rules.iter().any(|r| r.peer == croft_model::group::Peer::Group(web.clone())));
    let found = memory.with(|stacks, scope| stacks.detect_drift(scope, "web", &Default::default()));
    assert_eq!(found.expect("it is looked at").drifted_resources, 0);
}
