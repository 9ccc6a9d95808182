//! Files that mean no good, and files that are none: refused in words, never a panic, never for long.

use super::*;
use proptest::prelude::*;

fn refused(bytes: &[u8]) -> String {
    Template::parse("t", bytes).expect_err("refused").to_string()
}

#[test]
fn five_megabytes_are_refused_before_they_are_read() {
    let big = vec![b'a'; 5 * 1024 * 1024];
    assert_eq!(
        refused(&big),
        "t: the template has 5242880 bytes, and 1048576 are the most that is taken; split it into several stacks"
    );
    let api = crate::language::source::Source::with_limit("t", &big[..51_201], 51_200).expect_err("refused");
    assert!(api.to_string().contains("the template has 51201 bytes, and 51200 are the most"));
}

#[test]
fn binary_files_and_empty_ones_are_refused() {
    assert!(refused(b"\x7fELF\x02\x01\x01\x00").contains("this is not a text file: the byte at offset 0"));
    assert!(refused(b"Resources:\n  \xff\xfe").contains("the byte at offset 13 belongs to no UTF-8 text"));
    assert!(refused(b"Resources:\x00").contains("this is not a text file"));
    for empty in [&b""[..], b"\n \n", b"# only a comment\n", b"---\n", b"\xef\xbb\xbf"] {
        assert!(!refused(empty).is_empty());
    }
}

#[test]
fn depth_is_bounded() {
    for depth in [100, 250, 100_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let yaml = format!("Resources: {}1{}", open.repeat(depth), close.repeat(depth));
            refused(yaml.as_bytes());
            let json = format!("{{\"Resources\": {}1{}}}", open.repeat(depth), close.repeat(depth));
            assert!(refused(json.as_bytes()).contains("nested deeper than 64 levels"));
            refused(open.repeat(depth).as_bytes());
        }
    }
    let block: String = (0..300).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    assert!(refused(block.as_bytes()).contains("nested deeper than 64 levels"));
    let dashes = "- ".repeat(10_000);
    assert!(refused(dashes.as_bytes()).contains("nested deeper than 64 levels"));
}

#[test]
fn alias_bombs_do_not_go_off() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_string();
    for i in 1..40 {
        let aliases = vec![format!("*a{}", i - 1); 9].join(", ");
        bomb += &format!("a{i}: &a{i} [{aliases}]\n");
    }
    assert!(refused(bomb.as_bytes()).contains("CloudFormation takes no YAML aliases"));
}

#[test]
fn a_template_full_of_errors_is_judged_in_bearable_time() {
    let mut template = "Resources:\n".to_string();
    for i in 0..500 {
        template +=
            &format!("  Resource{i}:\n    Type: AWS::EC2::VPC\n    Properties:\n      CidrBlock: !Ref Resoorce{i}\n");
        for j in 0..20 {
            template += &format!("      Property{j}: !Ref Resourve{i}\n");
        }
    }
    let begun = std::time::Instant::now();
    refused(template.as_bytes());
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn a_chain_of_five_hundred_resources_is_ordered() {
    let mut template = "Resources:\n".to_string();
    for i in 0..500 {
        let next = if i < 499 { format!(", DependsOn: R{}", i + 1) } else { String::new() };
        template += &format!("  R{i}: {{ Type: 'AWS::EC2::InternetGateway'{next} }}\n");
    }
    assert_eq!(wrong(&template), Vec::<String>::new());
    let circle = template.replace(
        "  R499: { Type: 'AWS::EC2::InternetGateway' }",
        "  R499: { Type: 'AWS::EC2::InternetGateway', DependsOn: R0 }",
    );
    assert!(wrong(&circle)[0].contains("R499 → R0"));
    let more = template + "  R500: { Type: 'AWS::EC2::InternetGateway' }\n";
    assert!(wrong(&more)[0].contains("Resources has 501 entries, and 500 are the most"));
}

/// Judged well within a second on an idle machine; the bound leaves room for a busy one and none for an explosion.
fn soon<T>(work: impl FnOnce() -> T) -> T {
    let begun = std::time::Instant::now();
    let done = work();
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
    done
}

#[test]
fn loops_inside_loops_do_not_explode() {
    let mut body = "{ 'R${I0}': { Type: AWS::EC2::InternetGateway } }".to_string();
    for level in (0..12).rev() {
        body = format!("{{ 'Fn::ForEach::L{level}': [I{level}, [a, b, c, d, e, f, g, h], {body}] }}");
    }
    let text = format!("Transform: AWS::LanguageExtensions\nResources: {body}\n");
    let found = soon(|| wrong(&text));
    let told = |found: &[String]| {
        found.iter().any(|line| line.contains("the loops of the template write out more than 1048576 bytes"))
    };
    assert!(told(&found), "{found:?}");
    // Without a body there is nothing to write, and still no end.
    let text = text.replace("'R${I0}': { Type: AWS::EC2::InternetGateway }", "");
    let found = soon(|| wrong(&text));
    assert!(told(&found), "{found:?}");
    let long = "${X}".repeat(200_000);
    let text = format!(
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::L: [X, ['{}'], {{ G: {{ Type: AWS::EC2::InternetGateway, Metadata: '{long}' }} }}]\n",
        "y".repeat(4000)
    );
    let found = soon(|| wrong(&text));
    assert!(told(&found), "{found:?}");
}

#[test]
fn functions_inside_functions_do_not_double_without_end() {
    let mut value = "'x'".to_string();
    for _ in 0..25 {
        value = format!("!Sub ['${{a}}${{a}}${{a}}', {{ a: {value} }}]");
    }
    let text = |value: &str| {
        format!(
            "Resources:\n  G: {{ Type: AWS::EC2::InternetGateway, Properties: {{ Tags: [{{ Key: k, Value: {value} }}] }} }}\n"
        )
    };
    let found = soon(|| wrong(&text(&value)));
    assert!(found[0].contains("the functions here make more than 1048576 bytes of text"), "{found:?}");
    // The text stays empty, and the way to it must not double either.
    assert_eq!(soon(|| wrong(&text(&value.replace("'x'", "''")))), Vec::<String>::new());
    let split = format!("!Join ['', !Split [',', '{}']]", ",".repeat(20_000));
    assert!(soon(|| wrong(&text(&split)))[0].contains("Fn::Split makes more than 10000 items"));
}

#[test]
fn a_megabyte_of_anything_is_judged() {
    let fill = |begin: &str, piece: &dyn Fn(usize) -> String| {
        let mut text = begin.to_string();
        let mut number = 0;
        while text.len() < 1_040_000 {
            text += &piece(number);
            number += 1;
        }
        text
    };
    let resources = "Resources:\n  G: { Type: AWS::EC2::InternetGateway }\n";
    let subs = "Resources:\n  G:\n    Type: AWS::EC2::InternetGateway\n    Properties:\n      Tags:\n";
    let cases = [
        fill(resources, &|i| format!("  R{i}: {{ Type: AWS::EC2::InternetGateway, DependsOn: R{} }}\n", i + 1)),
        fill(&format!("{resources}Conditions:\n"), &|i| format!("  C{i}: !Not [!Condition C{}]\n", i + 1)),
        fill(&format!("{resources}Mappings:\n"), &|i| format!("  M{i}: {{ a: {{ b: c }} }}\n")),
        fill(&format!("{resources}Metadata:\n"), &|i| format!("  M{i}: [{{ a: {{ b: c }} }}]\n")),
        fill(&format!("{resources}Outputs:\n"), &|i| format!("  O{i}: {{ Value: !Ref Nothing{i} }}\n")),
        fill(subs, &|i| format!("        - {{ Key: k{i}, Value: !Sub '${{AWS::Region}}${{G{i}}}' }}\n")),
        fill(&format!("{resources}Description: '"), &|_| "x".repeat(1000)) + "'\n",
        fill(&format!("{resources}Parameters:\n"), &|i| {
            format!("  P{i}: {{ Type: String, Default: a, AllowedPattern: '(a*)*b(?=c)' }}\n")
        }),
    ];
    for text in cases {
        soon(|| judged(text.as_bytes()));
    }
}

/// Whatever it is: it is taken or refused, with places inside the file.
fn judged(bytes: &[u8]) {
    let Err(diagnostics) = Template::parse("t", bytes) else { return };
    let lines = bytes.iter().filter(|b| **b == b'\n').count() + 2;
    assert!(!diagnostics.list().is_empty());
    for diagnostic in diagnostics.list() {
        assert!(!diagnostic.message.is_empty());
        assert!(diagnostic.at.is_none_or(|at| at.line as usize <= lines && at.column > 0), "{diagnostic:?}");
    }
}

/// A template to break.
const TIERS: &str = crate::stack::tests::TIERS;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        judged(&bytes);
    }

    #[test]
    fn any_text_of_the_language_is_judged(text in "([-:{}\\[\\],!&*#|>'\"%@`?~ \n\ta-zA-F0-9$.]|!Ref |!Sub |Fn::If|Resources:|Type: AWS::EC2::VPC|<<: ){0,60}") {
        judged(text.as_bytes());
        judged(format!("Resources:\n  V:\n    {text}").as_bytes());
        judged(format!("{{\"Resources\": {text}").as_bytes());
    }

    #[test]
    fn broken_templates_are_judged_and_make_nothing(
        at in 0..TIERS.len(),
        length in 0usize..40,
        instead in "[-:{}\\[\\],!&*#|>'\" \na-zA-Z0-9$.]{0,12}",
    ) {
        let mut bytes = TIERS.as_bytes().to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, instead.bytes());
        judged(&bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut memory = crate::stack::tests::Memory::new();
        let before = memory.bare();
        if memory.up(&text).is_err() {
            prop_assert_eq!(memory.bare(), before);
        }
    }
}
