//! Each intrinsic function: what it gives, and what is said when it is misused.

use super::*;

fn is(expression: &str, expected: &str) {
    assert_eq!(value(SECTIONS, expression).as_deref(), Ok(expected), "{expression}");
}

/// One of the messages about an expression that is wrong.
fn says(expression: &str, expected: &str) {
    let messages = value(SECTIONS, expression).expect_err(expression);
    assert!(messages.iter().any(|m| m.contains(expected)), "{expression}: {messages:?}");
}

const SECTIONS: &str = "
Parameters:
  Name: { Type: String, Default: alpha }
  Count: { Type: Number, Default: 3 }
  Many: { Type: CommaDelimitedList, Default: 'a, b ,c' }
  Numbers: { Type: List<Number>, Default: '1,2' }
Mappings:
  Sizes:
    us-east-1: { small: t3.micro, zones: [one, two] }
    eu-west-1: { small: t3.small, zones: [three] }
Conditions:
  IsAlpha: !Equals [!Ref Name, alpha]
  IsThree: !Equals [!Ref Count, '3']
  Both: !And [!Condition IsAlpha, { Condition: IsThree }]
  Neither: !Not [!Or [!Condition IsAlpha, !Condition IsThree]]
  Lists: !Equals [!Ref Many, [a, b, c]]
";

#[test]
fn cfn_1_ref_and_pseudo_parameters() {
    is("!Ref Name", "alpha");
    is("{ Ref: Count }", "3");
    is("!Ref AWS::Region", "us-east-1");
    is("\n            Ref: AWS::AccountId", "000000000000");
    is("!Ref AWS::StackName", "web");
    is("!Ref AWS::Partition", "aws");
    is("!Ref AWS::URLSuffix", "amazonaws.com");
    let id = value("", "!Ref AWS::StackId").expect("known");
    assert!(id.starts_with("arn:aws:cloudformation:us-east-1:000000000000:stack/web/"), "{id}");
    says("!Ref Nmae", "there is no parameter or resource Nmae; did you mean Name?");
    says("!Ref AWS::Regoin", "there is no pseudo parameter AWS::Regoin; did you mean AWS::Region?");
    says("!Ref [Name]", "Ref takes the name of a parameter or a resource, and this is a list");
    says("!Ref Many", "Tags.Value is a text, and this is a list");
    says("!Ref AWS::NoValue", "Value is missing; Tags needs it");
}

#[test]
fn cfn_1_sub_with_names_attributes_variables_and_literals() {
    is("!Sub '${Name}-${AWS::Region}'", "alpha-us-east-1");
    is("!Sub 'com.amazonaws.${AWS::Region}.s3'", "com.amazonaws.us-east-1.s3");
    is("!Sub ['${Name}/${x}', { x: !Ref Count }]", "alpha/3");
    is("{ 'Fn::Sub': ['${Name}', { Name: shadowed }] }", "shadowed");
    is("!Sub '${!Name} $Name {Name} $'", "${Name} $Name {Name} $");

    says("!Sub '${Nmae}'", "there is no parameter or resource Nmae; did you mean Name?");
    says("!Sub '${G.Id}'", "AWS::EC2::InternetGateway has no attribute Id");
    says("!Sub '${}'", "${} holds no name");
    says("!Sub '${Name:-default}'", "write ${!Name:-default} if the text ${Name:-default} is meant");
    says("!Sub '${Name'", "${ is not closed");
    says("!Sub '${Many}'", "a text should be here, and this is a list; make one text of it with Fn::Join");
    is("!Sub ['${Name}', { unused: x }]", "alpha");
    says("!Sub [a, b, c]", "Fn::Sub takes a text, or a text and a map of variables, and this list has 3");
}

#[test]
fn cfn_1_select_split_and_join() {
    is("!Select [1, [a, b]]", "b");
    is("!Select ['0', !Ref Many]", "a");
    is("!Select [!Ref Count, [a, b, c, d]]", "d");
    is("!Select [2, !Split ['.', '10.0.7.0']]", "7");
    is("!Join ['', [a, !Ref Name, !Select [0, !GetAZs '']]]", "aalphaus-east-1a");
    is("!Join [', ', !Ref Many]", "a, b, c");
    is("!Join ['-', []]", "");
    is("!Join ['-', [a, !Ref AWS::NoValue, b]]", "a-b");
    says("!Select [2, [a, b]]", "Fn::Select asks for item 2, and the list has 2; the first item is number 0");
    says("!Select [-1, [a, b]]", "Fn::Select asks for item -1");
    says("!Select [x, [a, b]]", "the index of Fn::Select is a whole number, and this is \"x\"");
    says("!Select [0, !Ref Name]", "a list should be here, and this is \"alpha\"");
    says("!Select [0]", "Fn::Select takes an index and a list, and this list has 1");
    says("!Join [!Ref Name, [a]]", "the separator is a text, and this is a map");
    says("!Join ['', [[a]]]", "Fn::Join joins texts, and this is a list");
    says("!Select [0, !Split ['', abc]]", "the separator of Fn::Split is empty");
}

#[test]
fn az_1_get_azs_gives_the_zones_of_this_region() {
    is("!Join [' ', !GetAZs '']", "us-east-1a us-east-1b us-east-1c");
    is("!Join [' ', !GetAZs us-east-1]", "us-east-1a us-east-1b us-east-1c");
    is("!Select [1, !GetAZs { Ref: 'AWS::Region' }]", "us-east-1b");
    is("!Select [1, !GetAZs eu-west-1]", "eu-west-1b");
    says("!Select [1, !GetAZs EUROPE]", "\"EUROPE\" is no region; write '' for the zones of this region");
}

#[test]
fn net_1_cidr_cuts_blocks() {
    is(
        "!Join [' ', !Cidr [192.168.0.0/24, 6, 5]]",
        "192.168.0.0/27 192.168.0.32/27 192.168.0.64/27 192.168.0.96/27 192.168.0.128/27 192.168.0.160/27",
    );
    is("!Select [255, !Cidr [10.0.0.0/16, '256', '8']]", "10.0.255.0/24");
    is("!Select [0, !Cidr [10.0.0.7/24, 1, 8]]", "10.0.0.0/24");
    says("!Select [0, !Cidr [10.0.0.0/24, 3, 7]]", "10.0.0.0/24 has no room for 3 blocks of 7 host bits");
    says("!Select [0, !Cidr [10.0.0.0/24, 1, 9]]", "has no room");
    says("!Select [0, !Cidr [10.0.0.0/24, 0, 8]]", "the count is 0, and 1 to 256 are possible");
    says("!Select [0, !Cidr [10.0.0.0/24, 257, 8]]", "the count is 257");
    says("!Select [0, !Cidr [10.0.0.0/24, 1, 33]]", "33 host bits are asked for");
    says("!Select [0, !Cidr [10.0.0, 1, 8]]", "\"10.0.0\" is not a block such as 10.0.0.0/16");
    says("!Select [0, !Cidr [10.0.0.0/24, 1]]", "Fn::Cidr takes a block, a count and the host bits of each");
}

#[test]
fn cfn_1_cidr_cuts_blocks_of_ipv6() {
    is("!Join [' ', !Cidr ['2001:db8::/56', 2, 64]]", "2001:db8::/64 2001:db8:0:1::/64");
    is("!Select [255, !Cidr ['2001:db8::/56', 256, '64']]", "2001:db8:0:ff::/64");
    is("!Select [0, !Cidr ['fd00::1/64', 1, 8]]", "fd00::/120");
    says("!Select [0, !Cidr ['2001:db8::/64', 2, 64]]", "2001:db8::/64 has no room for 2 blocks of 64 host bits");
    says("!Select [0, !Cidr ['2001:db8::/64', 1, 129]]", "129 host bits are asked for, and 1 to 128 are possible");
}

#[test]
fn cfn_1_conditions() {
    is("!If [IsAlpha, yes it is, no]", "yes it is");
    is("!If [Both, x, y]", "x");
    is("!If [Neither, x, y]", "y");
    is("!If [Lists, x, y]", "x");
    is("!If [Neither, !Ref Name, !If [IsThree, !Ref Count, z]]", "3");
    says("!If [Nothing, x, y]", "there is no condition Nothing");
    says(
        "!If [IsAlpha, x]",
        "Fn::If takes the name of a condition, a value, and the value otherwise, and this list has 2",
    );
    says("!Equals [a, b]", "Fn::Equals gives a condition, not a value; put it into the Conditions section");
    let wrong =
        |condition: &str| value(&format!("Conditions:\n  C: {condition}"), "x").expect_err(condition).join("\n");
    assert!(wrong("!Equals [a]").contains("Fn::Equals takes two values"));
    assert!(wrong("!And [!Equals [a, a]]").contains("Fn::And takes two to ten conditions"));
    assert!(wrong("!Equals [!Ref G, a]").contains("a condition names the resource G"));
    assert!(wrong("!Equals [!GetAtt G.InternetGatewayId, a]").contains("a condition asks for an attribute of G"));
    assert!(wrong("!Ref G").contains("a condition is one of Fn::Equals"));
    assert!(wrong("!Condition C").contains("the conditions go round in a circle: C → C"));
    assert!(wrong("true").contains("a condition is one of Fn::Equals"));
}

#[test]
fn cfn_1_mappings() {
    is("!FindInMap [Sizes, !Ref AWS::Region, small]", "t3.micro");
    is("!Select [1, !FindInMap [Sizes, us-east-1, zones]]", "two");
    says("!FindInMap [Sises, a, b]", "there is no mapping Sises; did you mean Sizes?");
    says("!FindInMap [Sizes, us-east-2, small]", "the mapping Sizes has no key us-east-2; did you mean us-east-1?");
    says("!FindInMap [Sizes, !Ref AWS::Region, smal]", "the mapping Sizes has no inner key smal; did you mean small?");
    says("!FindInMap [Sizes, !Ref Name, small]", "the mapping Sizes has no key alpha");
}

#[test]
fn cfn_1_base64() {
    is("!Base64 abc", "YWJj");
    is("{ 'Fn::Base64': !Sub '${Name}' }", "YWxwaGE=");
}

#[test]
fn functions_that_are_not_there_are_refused_by_name() {
    says("!GetStackOutput x", "Fn::GetStackOutput is not supported; hand the value in as a parameter");
    says(
        "{ 'Fn::Transform': { Name: AWS::Include } }",
        "Fn::Transform is not supported; write out what the macro would make",
    );
    says("{ 'Fn::Length': [a] }", "Fn::Length is known only with the transform AWS::LanguageExtensions");
    says("!ToJsonString [a]", "Fn::ToJsonString is known only with the transform AWS::LanguageExtensions");
    says("{ 'Fn::ForEach::Loop': [a] }", "Fn::ForEach::Loop is known only with the transform AWS::LanguageExtensions");
    says("!FindInMap [Sizes, a, b, { DefaultValue: x }]", "DefaultValue is known only with the transform");
    says("!RefAll AWS::EC2::VPC::Id", "Fn::RefAll is known in the Rules section only");
    says("!ImportValue x", "no stack exports x");
    says("{ 'Fn::Joim': ['', []] }", "there is no function Fn::Joim; did you mean Fn::Join?");
    says("!Selekt [0, [a]]", "there is no function !Selekt; did you mean Select?");
    says("{ Ref: Name, Other: x }", "Ref stands beside other keys");
    says("'{{resolve:ssm:/a}}'", "the parameter /a of the Parameter Store is not known");
    says("'{{resolve:ssm:/a:3}}'", "version 3 of /a is not known");
    says("!Sub '{{resolve:ssm-secure:${Name}}}'", "dynamic references to ssm-secure");
    says("'{{resolve:secretsmanager:a:SecretString:b}}'", "there is no Secrets Manager here");
    says("!GetAtt G", "Fn::GetAtt takes a resource and an attribute, such as VPC.CidrBlock, and this is \"G\"");
    says("!GetAtt H.Id", "there is no resource H");
}
