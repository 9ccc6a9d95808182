//! YAML and JSON as users write them.

use super::*;
use crate::language::diagnostic::MOST_LISTED;

fn same(one: &str, other: &str) {
    let parse = |text: &str| Template::parse("t", text.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let plain = |template: Template| {
        let cloud = Cloud::new(croft_model::Scope::default());
        let bound = bind(&template, &BTreeMap::new(), &cloud).unwrap_or_else(|e| panic!("{e}"));
        let design = Design::new(&bound, &cloud).unwrap_or_else(|e| panic!("{e}"));
        let (there, changing) = Default::default();
        let present = design.present(&cloud, &there, &changing);
        let mut report = crate::language::diagnostic::Report::default();
        design.steps.iter().map(|s| design.resolve(s.resource, &present, &mut report).json).collect::<Vec<_>>()
    };
    assert_eq!(plain(parse(one)), plain(parse(other)));
}

const YAML: &str = "
# a comment
AWSTemplateFormatVersion: 2010-09-09   # unquoted
Description: |
  two
  lines
Parameters:
  Wide: { Type: Number, Default: 16 }
Resources:
  VPC:
    Type: AWS::EC2::VPC
    Metadata: { anything: [1, { Ref: nothing }] }
    Properties:
      CidrBlock: !Sub 10.0.0.0/${Wide}     # a comment behind a value
      EnableDnsSupport: yes
      EnableDnsHostnames: \"true\"
      Tags:
      - Key: Name
        Value: 'it''s # no comment'
  Gateway:
    Type: 'AWS::EC2::InternetGateway'
";

const JSON: &str = r#"
{
	"AWSTemplateFormatVersion": "2010-09-09",
	"Description": "two\nlines\n",
	"Parameters": {"Wide": {"Type": "Number", "Default": 16}},
	"Resources": {
		"VPC": {
			"Type": "AWS::EC2::VPC",
			"Properties": {
				"CidrBlock": {"Fn::Sub": "10.0.0.0\/${Wide}"},
				"EnableDnsSupport": true,
				"EnableDnsHostnames": "true",
				"Tags": [{"Key": "Name", "Value": "it\u0027s # no comment"}]
			}
		},
		"Gateway": {"Type": "AWS::EC2::InternetGateway"}
	}
}
"#;

#[test]
fn cfn_1_yaml_and_json_say_the_same() {
    same(YAML, JSON);
    same(YAML, &YAML.replace('\n', "\r\n"));
    same(YAML, &format!("\u{feff}---\n{YAML}...\n"));
}

#[test]
fn cfn_1_values_become_what_the_property_takes() {
    let group = |port: &str| {
        format!(
            "Resources:\n  G:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: 12\n      SecurityGroupIngress: [{{ IpProtocol: 6, FromPort: {port}, ToPort: 443, CidrIp: 10.0.0.0/8 }}]\n"
        )
    };
    same(&group("443"), &group("'443'"));
    assert!(
        wrong(&group("https"))[0]
            .contains("SecurityGroupIngress.FromPort is a whole number from -1 to 65535, and this is \"https\"")
    );
    assert!(wrong(&group("65536"))[0].contains("and this is \"65536\""));
    assert!(wrong(&group("[443]"))[0].contains("and this is a list"));
}

#[test]
fn cfn_1_a_block_style_ref_of_a_pseudo_parameter() {
    assert_eq!(value("", "\n            Ref: AWS::Region").as_deref(), Ok("us-east-1"));
}

#[test]
fn cfn_1_positions_are_those_of_the_file_after_comments_and_block_texts() {
    let template = "# one\nResources:\n  # three\n  M:\n    Type: AWS::EC2::Instance # five\n    Properties:\n      ImageId: a\n      UserData:\n        Fn::Base64: !Sub |\n          #!/bin/sh\n          echo ${!HOME}\n          echo ä ${Nope}\n      SubnetID: subnet-1\n";
    assert_eq!(
        wrong(template),
        [
            "t:12:18: M: there is no parameter or resource Nope; it can be AWS::AccountId, AWS::NoValue, AWS::NotificationARNs, AWS::Partition, AWS::Region, AWS::StackId, AWS::StackName, AWS::URLSuffix or M",
            "t:13:7: M: AWS::EC2::Instance has no property SubnetID; did you mean SubnetId?",
        ]
    );
    let json = "{\n  \"Resources\": {\n    \"V\": {\n      \"Type\": \"AWS::EC2::VPC\",\n      \"Properties\": {\"CidrBlok\": {\"Fn::Sub\": \"${Nope}\"}}\n    }\n  }\n}";
    let found = wrong(json);
    assert!(found[0].starts_with("t:3:5: V: CidrBlock is missing"), "{found:?}");
    assert!(
        found[1].starts_with("t:5:22: V: AWS::EC2::VPC has no property CidrBlok; did you mean CidrBlock?"),
        "{found:?}"
    );
    assert!(found[2].starts_with("t:5:47: V: there is no parameter or resource Nope"), "{found:?}");
}

#[test]
fn what_is_no_yaml_is_told_with_its_place() {
    let cases = [
        ("Resources:\n  V:\n    Type: a\n   Bad: b\n", "t:4:"),
        ("Resources: [\n", "t:"),
        ("Resources:\n\tV: a\n", "indent with spaces"),
        ("Resources:\n  V: !Base64 !Sub x\n", "t:2:"),
        ("a: *nothing\n", "t:1:"),
        ("Resources: {}\n---\nResources: {}\n", "a second document begins here"),
        ("Resources:\n  ? [a, b]\n  : c\n", "a key is a plain text"),
        ("- a\n- b\n", "a template is a map, and this is a list"),
        ("just a text", "a template is a map, and this is a text"),
        ("Resources:\n  V: \"never closed\n", "t:"),
    ];
    for (template, expected) in cases {
        let found = wrong(template);
        assert!(found.iter().any(|line| line.contains(expected)), "{template:?}: {found:?}");
    }
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    let cases = [
        (
            "{\"Resources\": {\"V\": {\"Type\": \"AWS::EC2::VPC\",}}}",
            "t:1:46: this is not JSON: '}' where a quoted key should be",
        ),
        ("{\"Resources\": \n  {\"V\" {}}}", "t:2:8: this is not JSON: '{' where a colon should be"),
        ("{\"a\": \"x\n\"}", "t:1:9: this is not JSON: '\\n' where a closing quote should be"),
        ("{\"a\": 01}", "t:1:7: this is not JSON: 01 is not a number"),
        ("{\"a\": nil}", "t:1:7: this is not JSON: nil is not a value"),
        ("{\"a\": \"\\x\"}", "t:1:9: this is not JSON: 'x' where an escape should be"),
        ("{\"a\": \"\\ud800\"}", "no character has the code d800"),
        ("{\"a\": \"\\ud800\\u0041\"}", "the second half of a surrogate pair"),
        ("{\"a\": 1} x", "'x' behind the end of the template"),
        ("{\"a\": 1", "the text ends where a comma or a closing brace should be"),
        ("{\"a\": [1 2]}", "'2' where a comma or a closing bracket should be"),
    ];
    for (template, expected) in cases {
        let found = wrong(template);
        assert_eq!(found.len(), 1, "{template}: {found:?}");
        assert!(found[0].contains(expected), "{template}: {found:?}");
    }
    let emoji = r#"{"Resources": {"G": {"Type": "AWS::EC2::InternetGateway", "Properties": {"Tags": [{"Key": "a", "Value": "\ud83d\ude00"}]}}}}"#;
    same(emoji, &emoji.replace(r"\ud83d\ude00", "😀"));
}

#[test]
fn what_cloudformation_does_not_take_of_yaml_is_refused_by_name() {
    let base = "Resources:\n  G: &here\n    Type: AWS::EC2::InternetGateway\n";
    assert!(wrong(base).is_empty(), "an anchor alone does no harm");
    let found = wrong(&format!("{base}  H: *here\n"));
    assert!(found.iter().any(|l| l.starts_with("t:4:6: CloudFormation takes no YAML aliases")), "{found:?}");
    let found = wrong(&format!("{base}  H:\n    <<: *here\n"));
    assert!(found.iter().any(|l| l.starts_with("t:5:5: CloudFormation takes no YAML merges")), "{found:?}");
    let found = wrong("Resources:\n  G: { Type: !!binary YQ== }\n");
    assert!(found[0].contains("CloudFormation does not take the YAML tag !!binary"), "{found:?}");
    let found = wrong("Resources:\n  G:\n    Type: AWS::EC2::InternetGateway\n    Properties:\n");
    assert_eq!(found, ["t:4:5: G: [/Resources/G/Properties] is null; give it a value, or remove it"]);
    let found = wrong("Resources:\n  G:\n    Type: AWS::EC2::InternetGateway\n  G:\n    Type: AWS::EC2::VPC\n");
    assert!(found[0].contains("t:4:3: G stands here a second time; the first is in line 2"), "{found:?}");
}

#[test]
fn many_errors_are_listed_up_to_a_bound() {
    let mut template = "Resources:\n".to_string();
    for i in 0..80 {
        template += &format!("  R{i}: {{ Type: AWS::S3::Bucket }}\n");
    }
    let diagnostics = Template::parse("t", template.as_bytes()).expect_err("refused");
    assert_eq!(diagnostics.list().len(), MOST_LISTED);
    assert!(diagnostics.to_string().ends_with("t: 30 more errors are not listed"));
}

#[test]
fn names_of_conditions_may_hold_other_characters() {
    let text = "Conditions: { 'A&B-c_1': !Equals [a, a] }\nResources: { G: { Type: AWS::EC2::InternetGateway, Condition: 'A&B-c_1' } }\n";
    assert_eq!(wrong(text), Vec::<String>::new());
    assert!(wrong(&text.replace("G:", "'G&H':"))[0].contains("cannot be a name"));
}
