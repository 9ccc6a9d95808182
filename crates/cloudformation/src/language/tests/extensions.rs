//! What the language's extensions, rules, exports and left-out types say when they are misused.

use super::*;
use crate::language::template::Options;

const GATEWAY: &str = "  G: { Type: AWS::EC2::InternetGateway }\n";

/// The one thing that is wrong with a template that asks for the extensions.
fn loops(sections: &str) -> String {
    let found = wrong(&format!("Transform: AWS::LanguageExtensions\n{sections}"));
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

#[test]
fn cfn_1_a_loop_that_is_none_is_told_at_its_place() {
    let told = |body: &str| loops(&format!("Resources:\n{GATEWAY}  Fn::ForEach::L:\n{body}"));
    assert!(
        told("    - X\n    - [a]\n")
            .starts_with("t:5:5: Fn::ForEach::L takes an identifier, a collection and a map, and this list has 2")
    );
    assert!(told("    a: b\n").contains("and this is a map"));
    assert!(
        told("    - X\n    - a\n    - { 'R${X}': { Type: AWS::EC2::VPC } }\n")
            .contains("a loop's collection is a list of texts, and this is \"a\"")
    );
    assert!(
        told("    - X\n    - !Ref Nothing\n    - { 'R${X}': { Type: AWS::EC2::VPC } }\n")
            .contains("a loop's collection names Nothing, which is no parameter")
    );
    let gateway = "{ Type: AWS::EC2::InternetGateway }";
    assert!(
        told(&format!("    - X\n    - [a, b]\n    - {{ R: {gateway} }}\n"))
            .starts_with("t:7:9: the loop writes R twice; let the key hold ${Identifier}")
    );
    assert!(
        told(&format!("    - X\n    - !If [C, [a], [b]]\n    - {{ 'R${{X}}': {gateway} }}\n"))
            .contains("a loop's collection cannot depend on a condition")
    );
    assert!(
        told(&format!("    - X\n    - [a-b]\n    - {{ 'R${{X}}': {gateway} }}\n"))
            .contains("\"Ra-b\" cannot be a name")
    );
    let nested = format!(
        "    - X\n    - [a]\n    - Fn::ForEach::M:\n        - X\n        - [b]\n        - {{ 'R${{X}}': {gateway} }}\n"
    );
    assert!(told(&nested).contains("the identifier X belongs to a loop around this one"));
    assert!(
        wrong(&format!("Resources:\n{GATEWAY}  Fn::ForEach::L: [X, [a], {{}}]\n"))[0]
            .contains("is known only with the transform AWS::LanguageExtensions")
    );
}

#[test]
fn cfn_1_a_template_is_judged_though_its_loops_wait_for_parameters() {
    let template = "Transform: AWS::LanguageExtensions
Parameters: { Names: { Type: CommaDelimitedList } }
Resources:
  Fn::ForEach::L:
    - X
    - !Ref Names
    - 'R${X}': { Type: AWS::EC2::InternetGateway }
  H: { Type: AWS::EC2::InternetGateway, DependsOn: Ra, Properties: { Tags: [{ Key: k, Value: !Ref Rb }] } }
";
    let read = Template::parse("t", template.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
    assert!(read.open);
    assert_eq!(wrong_with(template, &[("Names", "a,b")]), Vec::<String>::new());
    let found = wrong_with(template, &[("Names", "a")]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("t:8:94: H: there is no parameter or resource Rb; did you mean Ra?"), "{found:?}");
    assert!(wrong(template)[0].contains("the parameter Names has no value"));
}

#[test]
fn cfn_1_a_rule_that_is_broken_says_so_in_its_own_words() {
    let template = |rule: &str| {
        format!(
            "Parameters: {{ Size: {{ Type: String, Default: small }} }}\nRules:\n  R: {rule}\nResources:\n{GATEWAY}"
        )
    };
    let found =
        wrong(&template("{ Assertions: [{ Assert: !Equals [!Ref Size, large], AssertDescription: only large }] }"));
    assert_eq!(found, ["t:3:31: R: the rule R is broken: only large; give other parameters"]);
    assert_eq!(
        wrong(&template("{ RuleCondition: !Equals [a, b], Assertions: [{ Assert: !Equals [a, b] }] }")),
        Vec::<String>::new()
    );
    let cases = [
        ("{}", "Assertions is missing"),
        ("{ Assertions: [{ Assert: !Equals [!Ref G, a] }] }", "a rule names the resource G"),
        ("{ Assertions: [{ Assert: !Condition C }] }", "a rule names a condition"),
        ("{ Assertions: [{ Assert: !Contains [a, a] }] }", "a list should be here, and this is \"a\""),
        ("{ Assertions: [{ Assert: !Contains [[a], !ValueOf [Nope, VpcId]] }] }", "there is no parameter Nope"),
        (
            "{ Assertions: [{ Assert: !Contains [!RefAll AWS::S3::Bucket, a] }] }",
            "AWS::S3::Bucket is no parameter type",
        ),
    ];
    for (rule, expected) in cases {
        let found = wrong(&template(rule));
        assert!(found.iter().any(|line| line.contains(expected)), "{rule}: {found:?}");
    }
    let outside = wrong(&format!("Conditions: {{ C: !Contains [[a], a] }}\nResources:\n{GATEWAY}"));
    assert!(outside[0].contains("Fn::Contains is known in the Rules section only"), "{outside:?}");
}

#[test]
fn cfn_1_rules_ask_for_attributes_of_what_a_parameter_names() {
    let mut memory = crate::stack::tests::Memory::new();
    memory.up(crate::stack::tests::TIERS).expect("up");
    let cloud = memory.control.cloud().clone();
    let vpc = cloud.vpcs_in(&cloud.home).next().expect("a VPC");
    let subnets: Vec<String> =
        cloud.subnets_in(&cloud.home).filter(|s| s.vpc == vpc.id).map(|s| s.id.to_string()).collect();
    let template = format!(
        "Parameters: {{ Vpc: {{ Type: 'AWS::EC2::VPC::Id' }}, Subnets: {{ Type: 'List<AWS::EC2::Subnet::Id>' }} }}
Rules:
  Same: {{ Assertions: [{{ Assert: !EachMemberEquals [!ValueOf [Subnets, VpcId], !Ref Vpc] }}, {{ Assert: !EachMemberIn [!ValueOf [Subnets, AvailabilityZone], !RefAll 'AWS::EC2::AvailabilityZone::Name'] }}] }}
  Known: {{ Assertions: [{{ Assert: !Contains [!RefAll 'AWS::EC2::VPC::Id', !Ref Vpc] }}, {{ Assert: !Contains [!ValueOfAll ['AWS::EC2::VPC::Id', DefaultSecurityGroup], !ValueOf [Vpc, DefaultSecurityGroup]] }}] }}
Resources:\n{GATEWAY}"
    );
    let template = Template::parse("t", template.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
    let given = [("Vpc".to_string(), vpc.id.to_string()), ("Subnets".to_string(), subnets.join(","))].into();
    bind(&template, &given, &cloud).unwrap_or_else(|e| panic!("{e}"));
    let broken = wrong(&format!(
        "Parameters: {{ Zone: {{ Type: 'AWS::EC2::AvailabilityZone::Name', Default: us-east-1a }} }}\nRules: {{ R: {{ Assertions: [{{ Assert: !Equals [!ValueOf [Zone, VpcId], x] }}] }} }}\nResources:\n{GATEWAY}"
    ));
    assert!(broken[0].contains("us-east-1a has no attribute VpcId"), "{broken:?}");
}

#[test]
fn cfn_1_an_export_is_imported_by_name() {
    let mut memory = crate::stack::tests::Memory::new();
    let exporter =
        format!("Resources:\n{GATEWAY}Outputs: {{ O: {{ Value: !Ref G, Export: {{ Name: the-gateway }} }} }}\n");
    memory.up(&exporter).expect("up");
    let cloud = memory.control.cloud().clone();
    let importer = |name: &str| {
        let text = format!(
            "Resources:\n  H: {{ Type: AWS::EC2::InternetGateway, Properties: {{ Tags: [{{ Key: k, Value: !ImportValue {name} }}] }} }}\n"
        );
        Template::parse("t", text.as_bytes()).unwrap_or_else(|e| panic!("{e}"))
    };
    let template = importer("'the-gateway'");
    let bound = bind(&template, &BTreeMap::new(), &cloud).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(bound.imports.iter().collect::<Vec<_>>(), ["the-gateway"]);
    let value = bound
        .scope(&crate::language::evaluate::Unmade)
        .map(&bound.template.resources[0].properties, &mut Default::default());
    let json = value[0].1.to_json().expect("known");
    assert!(json.pointer("/0/Value").and_then(|v| v.as_str()).is_some_and(|v| v.starts_with("igw-")), "{json}");
    let template = importer("the-gatewey");
    let bound = bind(&template, &BTreeMap::new(), &cloud).unwrap_or_else(|e| panic!("{e}"));
    let Err(refused) = Design::new(&bound, &cloud) else { panic!("no stack exports it") };
    assert_eq!(lines(&refused), ["t:2:79: H: no stack exports the-gatewey; did you mean the-gateway?"]);
    assert!(
        refused.api_message().starts_with("No export named the-gatewey found. (2:79: "),
        "{}",
        refused.api_message()
    );
    for (export, expected) in
        [("!Ref G", "the name of an export names the resource G"), ("'a b'", "\"a b\" cannot be the name of an export")]
    {
        let found = wrong(&exporter.replace("the-gateway", export));
        assert!(found[0].contains(expected), "{found:?}");
    }
}

#[test]
fn cfn_1_every_unsupported_type_is_listed_or_all_are_left_out() {
    let text = format!(
        "Resources:\n{GATEWAY}  A: {{ Type: 'Custom::Thing' }}\n  B: {{ Type: AWS::CloudFormation::CustomResource }}\n  C: {{ Type: AWS::Serverless::Function }}\n  D: {{ Type: AWS::EC2::InternetGateway, DependsOn: C }}\n"
    );
    let found = wrong(&text);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found[0].contains("A: the resource type Custom::Thing is not supported; a custom resource needs a function")
    );
    assert!(found[2].contains("or leave such resources out with --skip-unsupported"), "{found:?}");
    let refused = Template::parse("t", text.as_bytes()).expect_err("refused").api_message();
    let said = "Template format error: Unrecognized resource types: [Custom::Thing, AWS::CloudFormation::CustomResource, AWS::Serverless::Function] (3:14: A: ";
    assert!(refused.starts_with(said), "{refused}");
    let template = Template::parse_with("t", text.as_bytes(), Options { skip_unsupported: true }).expect("the rest");
    let skipped: Vec<_> = template.skipped.iter().map(|s| (s.logical_id.as_str(), s.because.as_str())).collect();
    assert_eq!(skipped[0], ("A", "the resource type Custom::Thing is not supported"));
    assert_eq!(skipped[3], ("D", "it needs C, which is left out"));
    assert_eq!(template.resources.len(), 1);
}

#[test]
fn cfn_1_the_api_says_what_aws_says_and_where() {
    let told = |text: &str| Template::parse("t", text.as_bytes()).expect_err("refused").api_message();
    let two = "Resources:\n  G: { Type: AWS::EC2::InternetGateway, DependsOn: [X, Y], Properties: { Tags: [{ Key: k, Value: !Ref X }] } }\n";
    assert!(told(two).starts_with("Template format error: Unresolved resource dependencies [X, Y] in the Resources block of the template (2:53: G: "), "{}", told(two));
    assert!(
        told("Resources: {}")
            .starts_with("Template format error: At least one Resources member must be defined. (1:12: ")
    );
    assert!(told("Resources: [").starts_with("Template format error: YAML not well-formed. ("));
    assert!(told("{\"Resources\": ").starts_with("Template format error: JSON not well-formed. ("));
    assert!(told("Resources:\n  G: { Type: AWS::EC2::InternetGateway, Properties: ~ }\n").starts_with(
        "Template format error: [/Resources/G/Properties] 'null' values are not allowed in templates (2:41: "
    ));
    assert!(
        told("Resources: &a\n  G: *a\n")
            .starts_with("Template error: YAML aliases are not allowed in CloudFormation templates (")
    );
    assert!(
        told("Bad: 1\nWorse: 2\nResources: { G: { Type: AWS::EC2::InternetGateway } }")
            .starts_with("Template format error: Invalid template property or properties [Bad, Worse] (")
    );
    let long = format!("Description: {}\nResources:\n{GATEWAY}", "x".repeat(1025));
    assert!(told(&long).starts_with("Template format error: 'Description' length is greater than 1024. (1:14: "));
}

#[test]
fn cfn_1_a_creation_policy_waits_for_its_signals() {
    let mut memory = crate::stack::tests::Memory::new();
    let before = memory.bare();
    let text = "Resources:\n  W: { Type: AWS::CloudFormation::WaitCondition, CreationPolicy: { ResourceSignal: { Count: 2, Timeout: PT3S } } }\n";
    let failed = memory.up(text).expect_err("nobody signals");
    assert!(
        failed.to_string().contains("Failed to receive 2 resource signal(s) within the specified duration"),
        "{failed}"
    );
    assert_eq!(memory.bare(), before);
    let none = text.replace("Count: 2", "Count: 0");
    memory.up(&none).expect("it waits for none");
}
