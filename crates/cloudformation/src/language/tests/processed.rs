//! Templates after their transform.

use super::*;

/// With these resources; the condition `Always` holds.
fn processed(resources: &str, parameters: &[(&str, &str)]) -> String {
    let text = format!(
        "AWSTemplateFormatVersion: '2010-09-09'
Transform: [AWS::LanguageExtensions]
Parameters:
  Names: {{ Type: CommaDelimitedList, Default: 'a,b' }}
  Kept: {{ Type: String, Default: Retain }}
  Secret: {{ Type: String, Default: hush, NoEcho: true }}
Conditions: {{ Always: !Equals [!Ref Kept, Retain], Two: {{ 'Fn::Equals': ['Fn::Length': !Ref Names, 2] }} }}
Resources:
{resources}"
    );
    let template = Template::parse("t", text.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
    let cloud = Cloud::new(croft_model::Scope::default());
    let parameters = parameters.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    let bound = bind(&template, &parameters, &cloud).unwrap_or_else(|e| panic!("{e}"));
    bound.processed().expect("it has a transform")
}

/// The value of the tag of a gateway.
fn tag(value: &str) -> String {
    let resources = format!(
        "  E: {{ Type: AWS::EC2::EIP }}
  G:
    Type: AWS::EC2::InternetGateway
    Properties:
      Tags:
        - Key: k
          Value: {value}
"
    );
    let text = processed(&resources, &[]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["Resources"]["G"]["Properties"]["Tags"][0]["Value"].to_string()
}

#[test]
fn cfn_1_loops_are_written_out_and_all_stands_in_the_template_s_order() {
    let text = processed(
        "  Fn::ForEach::L:
    - X
    - !Ref Names
    - 'Z${X}': { Type: AWS::EC2::InternetGateway }
  A: { Type: AWS::EC2::VPC, Properties: { EnableDnsSupport: true, CidrBlock: 10.0.0.0/16 } }
",
        &[("Names", "y,x")],
    );
    let gateway = r#"{"Type":"AWS::EC2::InternetGateway"}"#;
    let vpc = r#"{"Type":"AWS::EC2::VPC","Properties":{"EnableDnsSupport":true,"CidrBlock":"10.0.0.0/16"}}"#;
    assert!(text.starts_with(r#"{"AWSTemplateFormatVersion":"2010-09-09","Parameters":{"Names":"#), "{text}");
    assert!(text.ends_with(&format!(r#""Resources":{{"Zy":{gateway},"Zx":{gateway},"A":{vpc}}}}}"#)), "{text}");
    assert!(text.contains(r#""Two":{"Fn::Equals":[2,2]}"#), "{text}");
    assert!(!text.contains("Transform"), "{text}");
}

#[test]
fn cfn_1_what_only_the_extensions_know_is_replaced_and_all_else_stays() {
    for (written, value) in [
        ("{ 'Fn::Length': !Ref Names }", "2"),
        ("{ 'Fn::Length': [1, 2, 3] }", "3"),
        ("{ 'Fn::ToJsonString': { z: 1, a: [true, '2'] } }", r#""{\"z\":1,\"a\":[true,\"2\"]}""#),
        (
            "{ 'Fn::ToJsonString': { a: !If [Always, b, !Ref AWS::NoValue], c: !If [Always, !Ref AWS::NoValue, d] } }",
            r#""{\"a\":\"b\"}""#,
        ),
        ("!Ref { 'Fn::If': [Always, E, G] }", r#"{"Ref":"E"}"#),
        ("{ 'Fn::GetAtt': [!If [Always, E, G], AllocationId] }", r#"{"Fn::GetAtt":["E","AllocationId"]}"#),
        ("!GetAtt E.AllocationId", r#"{"Fn::GetAtt":["E","AllocationId"]}"#),
        ("!Sub '${Kept} ${E}'", r#"{"Fn::Sub":"${Kept} ${E}"}"#),
        ("!If [Always, a, b]", r#"{"Fn::If":["Always","a","b"]}"#),
        ("!Join ['', [!Ref Kept, { 'Fn::Length': [1] }]]", r#"{"Fn::Join":["",[{"Ref":"Kept"},1]]}"#),
    ] {
        assert_eq!(tag(written), value, "{written}");
    }
}

#[test]
fn cfn_1_a_json_text_that_waits_for_a_resource_is_joined_of_pieces() {
    for (written, value) in [
        (
            "{ 'Fn::ToJsonString': { z: !GetAtt E.PublicIp, n: 1, l: [!Ref E, x, !Ref AWS::NoValue] } }",
            r#"{"Fn::Join":["",["{\"z\":\"",{"Fn::GetAtt":["E","PublicIp"]},"\",\"n\":1,\"l\":[\"",{"Ref":"E"},"\",\"x\"]}"]]}"#,
        ),
        ("{ 'Fn::ToJsonString': [!If [Always, !Ref E, b]] }", r#"{"Fn::Join":["",["[\"",{"Ref":"E"},"\"]"]]}"#),
        // What is not to be echoed is not written into the template.
        (
            "{ 'Fn::ToJsonString': { s: !Sub 'x${Secret}' } }",
            r#"{"Fn::Join":["",["{\"s\":\"",{"Fn::Sub":"x${Secret}"},"\"}"]]}"#,
        ),
    ] {
        assert_eq!(tag(written), value, "{written}");
    }
}

#[test]
fn cfn_1_a_computed_policy_is_worked_out() {
    let text = processed(
        "  G: { Type: AWS::EC2::InternetGateway, DeletionPolicy: !Ref Kept, UpdateReplacePolicy: Delete }\n",
        &[],
    );
    let policies = r#""DeletionPolicy":"Retain","UpdateReplacePolicy":"Delete""#;
    assert!(text.contains(policies), "{text}");
}
