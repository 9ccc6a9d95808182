//! What is said of templates that are wrong: all of it, each at its line, with what to do.

use super::*;

#[test]
fn cfn_1_every_undefined_name_is_listed_at_its_line() {
    let snippet = "Resources:
  # NAT Gateway lives in a PUBLIC subnet
  NATGateway:
    Type: AWS::EC2::NatGateway
    Properties:
      AllocationId: !GetAtt ElasticIP.AllocationId
      SubnetId: !Ref PublicSubnet1
  ElasticIP:
    Type: AWS::EC2::EIP
    Properties:
      Domain: vpc
  PrivateRouteTable:
    Type: AWS::EC2::RouteTable
    Properties:
      VpcId: !Ref VPC
";
    let found = wrong(snippet);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("t:7:17: NATGateway: there is no parameter or resource PublicSubnet1; "), "{found:?}");
    assert!(found[1].starts_with("t:15:14: PrivateRouteTable: there is no parameter or resource VPC; "), "{found:?}");
}

#[test]
fn every_type_that_is_not_there_is_listed_at_once() {
    let found = wrong(
        "Resources:\n  A: { Type: AWS::S3::Bucket }\n  B: { Type: 'AWS::EC2::Vpc' }\n  C: { Type: AWS::Lambda::Function }\n  D: {}\n",
    );
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found[0].starts_with("t:2:14: A: the resource type AWS::S3::Bucket is not supported"), "{found:?}");
    assert_eq!(found[1], "t:3:14: B: the resource type AWS::EC2::Vpc is not supported; did you mean AWS::EC2::VPC?");
    assert!(found[2].contains("C: the resource type AWS::Lambda::Function"), "{found:?}");
    assert_eq!(found[3], "t:5:3: D: Type is missing; every resource has one");
}

#[test]
fn acl_2_an_entry_takes_a_block_only() {
    let found = wrong(
        "Resources:
  E:
    Type: AWS::EC2::NetworkAclEntry
    Properties:
      NetworkAclId: acl-1
      RuleNumber: 100
      Protocol: 6
      RuleAction: permit
      SourceSecurityGroupId: sg-1
      PortRange: { From: 1, Too: 2 }
",
    );
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("t:9:7: E: AWS::EC2::NetworkAclEntry has no property SourceSecurityGroupId; "),
        "{found:?}"
    );
    assert_eq!(found[1], "t:10:29: E: PortRange of AWS::EC2::NetworkAclEntry has no property Too; did you mean To?");
}

#[test]
fn sections_attributes_and_policies_that_are_none() {
    let found = wrong(
        "Transform: AWS::Serverless-2016-10-31
Resorces: {}
Rules: {}
Resources:
  G:
    Type: AWS::EC2::InternetGateway
    Propertys: {}
    DeletionPolicy: Snapshot
    UpdateReplacePolicy: Keep
    CreationPolicy: { ResourceSignal: {} }
    DependsOn: [H, G]
    Condition: C
",
    );
    let expected = [
        "t:1:12: the transform AWS::Serverless-2016-10-31 is not supported; there are no functions here yet: write out the other resources by themselves",
        "t:2:1: a template has no Resorces; did you mean Resources?",
        "t:7:5: G: a resource has no Propertys; did you mean Properties?",
        "t:8:21: G: DeletionPolicy cannot be Snapshot: none of the supported types can be snapshot; it can be Delete, Retain or RetainExceptOnCreate",
        "t:9:26: G: UpdateReplacePolicy cannot be \"Keep\"; it can be Delete or Retain",
        "t:10:21: G: AWS::EC2::InternetGateway takes no CreationPolicy; AWS::CloudFormation::WaitCondition and AWS::EC2::Instance take one",
        "t:11:17: G: there is no resource H; did you mean G?",
        "t:11:20: G: the resource depends on itself; remove the name",
        "t:12:16: G: there is no condition C; there is none to name here",
    ];
    assert_eq!(found, expected);
    assert!(wrong("Parameters: {}\n")[0].contains("there is no Resources section"));
    assert!(wrong("Resources: {}\n")[0].contains("the Resources section is empty"));
    assert!(
        wrong("AWSTemplateFormatVersion: 2010-09-10\nResources: { G: { Type: 'AWS::EC2::InternetGateway' } }")[0]
            .contains("AWSTemplateFormatVersion is 2010-09-09")
    );
    assert!(
        wrong("Resources: { my-gateway: { Type: 'AWS::EC2::InternetGateway' } }")[0]
            .contains("\"my-gateway\" cannot be a name; take letters and digits only")
    );
}

#[test]
fn parameters_are_checked_at_their_declaration() {
    let with = |parameter: &str| {
        format!("Parameters:\n  P: {parameter}\nResources:\n  G: {{ Type: 'AWS::EC2::InternetGateway' }}\n")
    };
    let cases = [
        ("{ Type: Strin }", "t:2:14: P: there is no parameter type Strin; did you mean String?"),
        ("{ Type: String }", "t:2:3: P: the parameter P has no value; give --parameter P=VALUE, or write a Default"),
        ("{ Type: Number, Default: a }", "t:2:31: P: \"a\" cannot be the parameter P: it is not a number"),
        ("{ Type: Number, Default: 5, MaxValue: 4 }", "it is more than 4"),
        ("{ Type: List<Number>, Default: '1,9', MaxValue: 4 }", "\"9\" cannot be the parameter P: it is more than 4"),
        ("{ Type: String, Default: abc, MaxLength: 2 }", "it has more than 2 characters"),
        ("{ Type: String, Default: abc, MinLength: 4 }", "it has less than 4 characters"),
        ("{ Type: String, Default: abc, AllowedValues: [a, b] }", "it can be a or b"),
        ("{ Type: String, Default: abc, AllowedPattern: '[a-b]+' }", "it does not match [a-b]+"),
        (
            "{ Type: String, Default: abc, AllowedPattern: '[a-b]+', ConstraintDescription: only a and b }",
            "it does not match [a-b]+; only a and b",
        ),
        ("{ Type: String, Default: secret, NoEcho: true, MaxLength: 1 }", "the value cannot be the parameter P"),
        ("{ Type: String, Default: abc, AllowedPattern: '(?=b).*' }", "it does not match (?=b).*"),
        ("{ Type: String, Default: abc, AllowedPattern: '[a' }", "is not a regular expression that is supported"),
        ("{ Type: String, Defualt: abc }", "a parameter has no Defualt; did you mean Default?"),
        (
            "{ Type: AWS::SSM::Parameter::Value<String>, Default: /a }",
            "names \"/a\" of the Parameter Store, which is not known",
        ),
        ("{ Type: AWS::SSM::Parameter::Value<AWS::EC2::Subnet::Id>, Default: /a }", "which is not known"),
        ("{ Type: AWS::SSM::Parameter::Name, Default: /a }", "which is not known in the Parameter Store"),
        ("{ Type: AWS::EC2::KeyPair::KeyName, Default: nobody }", "there is no such AWS::EC2::KeyPair::KeyName"),
        ("{ Type: AWS::EC2::Volume::Id, Default: vol-1 }", "there is no such AWS::EC2::Volume::Id"),
        ("{ Type: AWS::Route53::HostedZone::Id, Default: Z1 }", "there is no such AWS::Route53::HostedZone::Id"),
        (
            "{ Type: CommaDelimitedList, Default: [a, b] }",
            "Default is a text, and this is a list; write a list as one text",
        ),
        (
            "{ Type: AWS::EC2::VPC::Id, Default: vpc-1 }",
            "the parameter P is \"vpc-1\", and there is no such AWS::EC2::VPC::Id",
        ),
        ("{ Type: AWS::EC2::AvailabilityZone::Name, Default: us-east-1z }", "did you mean us-east-1a?"),
        ("{ Type: String, Default: [a, [b]] }", "Default is a text, and this is a list"),
        ("[]", "a parameter is a map, and this is a list"),
    ];
    for (parameter, expected) in cases {
        let found = wrong(&with(parameter));
        assert!(found.iter().any(|line| line.contains(expected)), "{parameter}: {found:?}");
    }
    for parameter in [
        "{ Type: List<Number>, Default: '1, 2', MaxValue: 4 }",
        "{ Type: CommaDelimitedList, Default: 'a, b', AllowedValues: [a, b, c] }",
        "{ Type: Number, Default: 1, AllowedValues: [1.0, 2] }",
        "{ Type: String, Default: Secret12, AllowedPattern: '^(?=.*[A-Z])(?=.*[0-9])(?!aws).{8,}$' }",
        "{ Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /aws/service/debian/release/12/latest/amd64 }",
        "{ Type: 'List<AWS::EC2::AvailabilityZone::Name>', Default: 'us-east-1a,us-east-1b' }",
        "{ Type: CommaDelimitedList, Default: '' }",
        "{ Type: String, Default: '', NoEcho: 'true', Description: d }",
    ] {
        assert_eq!(wrong(&with(parameter)), Vec::<String>::new(), "{parameter}");
    }
    let taken = wrong_with(&with("{ Type: Number }"), &[("P", "x"), ("Q", "y")]);
    assert_eq!(taken.len(), 2, "{taken:?}");
}

#[test]
fn cfn_1_a_circle_is_told_by_its_path() {
    let found = wrong(
        "Resources:
  A: { Type: 'AWS::EC2::InternetGateway', DependsOn: B }
  B: { Type: 'AWS::EC2::InternetGateway', Properties: { Tags: [{ Key: k, Value: !Ref C }] } }
  C: { Type: 'AWS::EC2::InternetGateway', Properties: { Tags: [{ Key: k, Value: !Sub '${A.InternetGatewayId}' }] } }
",
    );
    assert_eq!(found, ["t:2:3: A: the resources go round in a circle: A → B → C → A; take one of the references out"]);
}

#[test]
fn what_a_condition_leaves_out_cannot_be_named() {
    let template = |value: &str| {
        format!(
            "Parameters:
  Make: {{ Type: String, Default: 'no' }}
Conditions:
  Wanted: !Equals [!Ref Make, 'yes']
Resources:
  G: {{ Type: 'AWS::EC2::InternetGateway', Condition: Wanted }}
  H: {{ Type: 'AWS::EC2::InternetGateway', DependsOn: G, Properties: {{ Tags: [{{ Key: k, Value: {value} }}] }} }}
Outputs:
  O: {{ Condition: Wanted, Value: !Ref G }}
"
        )
    };
    assert_eq!(wrong(&template("!If [Wanted, !Ref G, none]")), Vec::<String>::new());
    let found = wrong(&template("!Ref G"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("H: G is not made: its condition Wanted does not hold; choose with Fn::If and Wanted"),
        "{found:?}"
    );
    assert_eq!(wrong_with(&template("!Ref G"), &[("Make", "yes")]), Vec::<String>::new());
}

#[test]
fn a_message_shows_the_line_it_is_about() {
    let template = "Resources:\n  V:\n    Type: AWS::EC2::VPC\n    Properties:\n      CidrBlok: 10.0.0.0/16\n";
    let text = Template::parse("net.yaml", template.as_bytes()).expect_err("refused").to_string();
    let expected = "\
net.yaml:2:3: V: CidrBlock is missing; give CidrBlock: there is no IPAM here
  2 |   V:
    |   ^
net.yaml:5:7: V: AWS::EC2::VPC has no property CidrBlok; did you mean CidrBlock?
  5 |       CidrBlok: 10.0.0.0/16
    |       ^";
    assert_eq!(text, expected);
}

#[test]
fn references_of_the_wrong_kind_are_found_before_anything_is_made() {
    let found = wrong(
        "Resources:
  V: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  S: { Type: AWS::EC2::Subnet, Properties: { VpcId: !GetAtt V.CidrBlock, CidrBlock: 10.0.0.0/24 } }
  E: { Type: AWS::EC2::EIP }
  N: { Type: AWS::EC2::NatGateway, Properties: { SubnetId: !Ref V, AllocationId: !Ref E } }
  T: { Type: AWS::EC2::RouteTable, Properties: { VpcId: V } }
  R: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref T, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref N } }
  M: { Type: AWS::EC2::Instance, Properties: { ImageId: a, SubnetId: !Ref S, SecurityGroupIds: [!GetAtt V.DefaultSecurityGroup, !Ref S] } }
",
    );
    let expected = [
        "t:3:53: S: VpcId of AWS::EC2::Subnet is an identifier such as vpc-…, and V.CidrBlock gives no identifier; write !Ref V",
        "t:5:60: N: SubnetId of AWS::EC2::NatGateway is an identifier such as subnet-…, and V gives vpc-…; write !Ref S",
        "t:5:82: N: AllocationId of AWS::EC2::NatGateway is an identifier such as eipalloc-…, and E gives no identifier; write !GetAtt E.AllocationId",
        "t:7:111: R: GatewayId of AWS::EC2::Route is an identifier such as igw-…, and N gives nat-…",
        "t:8:129: M: SecurityGroupIds of AWS::EC2::Instance is an identifier such as sg-…, and S gives subnet-…",
    ];
    assert_eq!(found, expected);
    let found = wrong("Resources:\n  T: { Type: AWS::EC2::RouteTable, Properties: { VpcId: V } }\n");
    assert_eq!(found, ["t:2:57: T: VpcId is an identifier such as vpc-…, and this is \"V\""]);
}
