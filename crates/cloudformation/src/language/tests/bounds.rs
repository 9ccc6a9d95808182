//! What grows while a template is worked out has an end, with its place.

use super::*;

const LIST: &str =
    "Parameters: { L: { Type: CommaDelimitedList, Default: 'LIST' }, T: { Type: String, Default: 'LIST' } }\n";

fn resources(count: usize, value: &str) -> String {
    let list = LIST.replace("LIST", &"a,".repeat(2000));
    (0..count).fold(list + "Resources:\n", |text, n| {
        text + &format!(
            "  R{n}: {{ Type: AWS::EC2::SecurityGroup, Properties: {{ GroupDescription: g, SecurityGroupIngress: [{value}] }} }}\n"
        )
    })
}

#[test]
fn lists_that_are_named_again_and_again_have_an_end() {
    for value in ["!Ref L", "!Split [',', !Ref T]", "!Cidr [10.0.0.0/8, 256, 8]", "!Select [0, !Ref L]"] {
        let found = wrong(&resources(20, &vec![value; 100].join(", ")));
        let told = "the functions of the template make too much text or too long lists in all";
        assert!(found.iter().any(|line| line.contains(told)), "{value}: {found:?}");
        assert!(found.iter().all(|line| line.starts_with("t:") && !line.starts_with("t: ")), "{found:?}");
    }
}

#[test]
fn a_separator_repeated_is_too_long_before_it_is_there() {
    let value = format!("!Join ['{}', !Split [',', '{}']]", "x".repeat(500_000), ",".repeat(9_999));
    let text = format!(
        "Resources:\n  G: {{ Type: AWS::EC2::InternetGateway, Properties: {{ Tags: [{{ Key: k, Value: {value} }}] }} }}\n"
    );
    assert!(wrong(&text)[0].contains("the functions here make more than 1048576 bytes of text"));
}

#[test]
fn a_large_template_that_is_right_is_taken_with_all_its_dependencies() {
    // What a resource needs is found behind megabytes of text in others.
    let script = "${AWS::Region} ".repeat(160);
    let text = (0..400).fold("Resources:\n  Z: { Type: AWS::EC2::InternetGateway }\n".to_string(), |text, n| {
        let tags =
            format!("Tags: [{{ Key: a, Value: !Base64 {{ 'Fn::Sub': '{script}' }} }}, {{ Key: b, Value: !Ref Z }}]");
        text + &format!("  R{n}: {{ Type: AWS::EC2::InternetGateway, Properties: {{ {tags} }} }}\n")
    });
    let template = Template::parse("t", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let cloud = Cloud::new(croft_model::Scope::default());
    let bound = bind(&template, &BTreeMap::new(), &cloud).expect("it is right");
    let design = Design::new(&bound, &cloud).expect("it is right");
    let needing = design.steps.iter().filter(|step| step.needs.contains("Z")).count();
    assert_eq!(needing, 400);
}

#[test]
fn a_diagnostic_in_a_long_line_shows_what_is_around_it() {
    let filler = "{\"Key\": \"k\", \"Value\": \"v\"}, ".repeat(1000);
    let text = format!(
        "{{\"Resources\": {{\"G\": {{\"Type\": \"AWS::EC2::InternetGateway\", \"Properties\": {{\"Tags\": [{filler}{{\"Ref\": \"Nothing\"}}]}}}}}}}}"
    );
    let told = Template::parse("t", text.as_bytes()).expect_err("it is wrong").to_string();
    let lines: Vec<&str> = told.lines().collect();
    let caret = lines[2].find('^').expect("a caret");
    assert!(
        lines[1][caret..].starts_with("\"Ref\": \"Nothing\"") || lines[1][caret..].starts_with("\"Nothing\""),
        "{told}"
    );
    assert!(told.len() < 1000, "{}", told.len());
}

#[test]
fn names_of_any_length_are_told_shortly() {
    let long = "x".repeat(500_000);
    let wrong: String = (0..200).map(|n| format!("P{n}: 1, ")).collect();
    let text = format!("Resources:\n  {long}: {{ Type: AWS::EC2::VPC, Properties: {{ {wrong} {long}: 1 }} }}\n");
    let told = Template::parse("t", text.as_bytes()).expect_err("it is wrong");
    assert!(told.to_string().len() < 100_000, "{}", told.to_string().len());
    assert!(told.api_message().len() < 100_000);
}

#[test]
fn patterns_of_java_are_taken_and_those_without_end_refused() {
    let parameter = |pattern: &str, kind: &str, default: &str| {
        format!(
            "Parameters: {{ P: {{ Type: {kind}, Default: '{default}', AllowedPattern: '{pattern}' }} }}\nResources: {{ G: {{ Type: AWS::EC2::InternetGateway }} }}\n"
        )
    };
    assert_eq!(wrong(&parameter(r"[\w\s\d.-]{0,255}", "String", "a b")), Vec::<String>::new());
    assert!(wrong(&parameter(r"\d+", "String", "٣"))[0].contains("does not match"));
    let many = "a".repeat(100);
    let told = wrong(&parameter("(?=(a+)+b)a", "String", &many));
    assert!(told[0].contains("it takes too long to match it") || told[0].contains("does not match"), "{told:?}");
    // One item that takes too long is enough.
    let told = wrong(&parameter(r"(a|aa)+$(?!b)c", "CommaDelimitedList", &vec![many.as_str(); 30].join(",")));
    assert_eq!(told.iter().filter(|line| line.contains("it takes too long")).count(), 1, "{told:?}");
}

#[test]
fn conditions_that_double_are_worked_out_once_each() {
    let all = (1..900).fold("Conditions:\n  C0: !Equals [a, a]\n".to_string(), |text, n| {
        text + &format!("  C{n}: !And [{{ Condition: C{0} }}, {{ Condition: C{0} }}]\n", n - 1)
    });
    let text = all + "Resources:\n  G: { Type: AWS::EC2::InternetGateway, Condition: C899 }\n";
    assert_eq!(wrong(&text), Vec::<String>::new());
}

#[test]
fn attachments_and_addresses_that_need_each_other_are_ordered() {
    let needs: Vec<String> = (0..249).map(|n| format!("E{n}")).collect();
    let text = (0..250).fold("Resources:\n  G: { Type: AWS::EC2::InternetGateway }\n".to_string(), |text, n| {
        let needs = if n % 2 == 0 { format!(", DependsOn: [{}]", needs.join(",")) } else { String::new() };
        let of = "Type: AWS::EC2::VPCGatewayAttachment, Properties: { VpcId: vpc-1, InternetGatewayId: !Ref G }";
        text + &format!("  A{n}: {{ {of}{needs} }}\n")
    });
    let text = needs.iter().fold(text, |text, name| text + &format!("  {name}: {{ Type: AWS::EC2::EIP }}\n"));
    assert_eq!(wrong(&text), Vec::<String>::new());
}
