//! The shapes: each is as large as a template may be, or as deep, or grows while it is worked out.

use serde_json::{Map, Value, json};

/// A template to be judged.
pub struct Template {
    pub name: &'static str,
    pub text: String,
    pub parameters: Vec<(String, String)>,
    pub skip_unsupported: bool,
}

/// The most that is taken, with some room for an end.
const LARGE: usize = 1_045_000;
const GATEWAY: &str = "{ Type: AWS::EC2::InternetGateway }";
const EXTENDED: &str = "Transform: AWS::LanguageExtensions\n";

fn shape(name: &'static str, text: impl Into<String>) -> Template {
    Template { name, text: text.into(), parameters: Vec::new(), skip_unsupported: false }
}

/// A beginning and as many pieces as a template may hold.
fn filled(begin: impl Into<String>, piece: impl Fn(usize) -> String) -> String {
    let mut text = begin.into();
    for number in 0.. {
        let piece = piece(number);
        if text.len() + piece.len() > LARGE {
            break;
        }
        text += &piece;
    }
    text
}

/// One resource that bears a value.
fn bearing(value: &str) -> String {
    format!(
        "Resources:\n  G:\n    Type: AWS::EC2::InternetGateway\n    Properties:\n      Tags: [{{ Key: k, Value: {value} }}]\n"
    )
}

/// So many resources with nothing in them.
fn gateways(count: usize) -> String {
    (0..count).fold("Resources:\n".to_string(), |text, n| text + &format!("  R{n}: {GATEWAY}\n"))
}

/// Every shape.
pub fn all() -> Vec<Template> {
    [size(), depth(), names(), order(), text(), lists(), patterns(), conditions(), loops()]
        .into_iter()
        .flatten()
        .collect()
}

/// Groups with rules, as large as they may be.
fn groups() -> Value {
    let mut resources = Map::new();
    resources.insert("Vpc".into(), json!({"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}));
    for n in 0..499 {
        let rule = |port: usize| json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8"});
        let rules: Vec<Value> = (0..22).map(|port| rule(port + 1000)).collect();
        let properties = json!({"GroupDescription": "g", "VpcId": {"Ref": "Vpc"}, "SecurityGroupIngress": rules});
        resources.insert(format!("G{n}"), json!({"Type": "AWS::EC2::SecurityGroup", "Properties": properties}));
    }
    json!({ "Resources": resources })
}

fn size() -> Vec<Template> {
    let one_line = groups().to_string();
    let yaml = filled("Resources:\n  G: { Type: AWS::EC2::InternetGateway }\nMetadata:\n", |n| {
        format!("  Key{n}:\n    - first: value {n}\n      second: 'another'\n")
    });
    let keys = filled("Resources:\n  G: { Type: AWS::EC2::InternetGateway }\nMetadata:\n", |_| "  Same: 1\n".into());
    let long = "x".repeat(LARGE - 200);
    vec![
        shape("a megabyte of JSON", one_line.clone()),
        shape("a megabyte of JSON, cut", &one_line[..one_line.len() - 3]),
        shape("a megabyte of JSON, wrong everywhere", one_line.replace("CidrIp", "CidrIpp")),
        shape("a megabyte of YAML", yaml.clone()),
        shape("a megabyte of YAML, cut", yaml + "  - ["),
        shape("a megabyte of one key", keys),
        shape("five megabytes", "x".repeat(5 << 20)),
        shape("one text of a megabyte", bearing(&format!("'{long}'"))),
        shape("one text of a megabyte, plain", bearing(&long)),
        shape("one text of a megabyte, never closed", bearing(&format!("\"{long}"))),
        shape(
            "one name of a megabyte",
            format!("Resources:\n  ? {long}\n  : {{ Type: AWS::EC2::VPC, A: [1], B: [2] }}\n"),
        ),
        shape("one name of a megabyte in JSON", {
            let wrong: Map<String, Value> = (0..200).map(|n| (format!("P{n}"), json!(1))).collect();
            let long = &long[..long.len() - 8000];
            json!({"Resources": {long: {"Type": "AWS::EC2::VPC", "Properties": wrong}}}).to_string()
        }),
    ]
}

fn depth() -> Vec<Template> {
    let nested = |open: &str, close: &str| bearing(&format!("{}x{}", open.repeat(10_000), close.repeat(10_000)));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_string();
    for level in 1..1000 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    vec![
        shape("aliases of aliases", bomb),
        shape("lists, 10,000 deep", nested("[", "]")),
        shape("maps, 10,000 deep", nested("{ a: ", " }")),
        shape("functions, 10,000 deep", nested("!Join ['', [", "]]")),
        shape("long functions, 10,000 deep", nested("{ 'Fn::Sub': ", " }")),
        shape("blocks, 1,000 deep", (0..1000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>()),
        shape("JSON, 10,000 deep", format!("{{\"Resources\": {}1{}}}", "[".repeat(10_000), "]".repeat(10_000))),
        shape("a megabyte of opened lists", "[".repeat(LARGE)),
        shape("a megabyte of dashes", "- ".repeat(LARGE / 2)),
    ]
}

fn names() -> Vec<Template> {
    let parameters = (0..200)
        .fold("Parameters:\n".to_string(), |text, n| text + &format!("  P{n}: {{ Type: String, Default: a }}\n"));
    let many =
        parameters + &gateways(499) + "  G:\n    Type: AWS::EC2::InternetGateway\n    Properties:\n      Tags:\n";
    let wrong = filled("Resources:\n", |n| {
        format!(
            "  R{n}:\n    Type: AWS::EC2::VPC\n    Properties:\n      CidrBlok: !Ref Resorce{n}\n      Tagz: !GetAtt Vpcc{n}.Id\n"
        )
    });
    let skipped = (0..498).fold("Resources:\n".to_string(), |text, n| {
        text + &format!("  R{n}: {{ Type: AWS::EC2::InternetGateway, DependsOn: R{} }}\n", n + 1)
    });
    let mut skipped = shape(
        "a chain that is left out",
        skipped + "  R498: { Type: AWS::S3::Bucket }\n  K: { Type: AWS::EC2::InternetGateway }\n",
    );
    skipped.skip_unsupported = true;
    vec![
        shape(
            "names that stand for nothing",
            filled(many.clone(), |n| format!("        - {{ Key: a, Value: !Ref N{n} }}\n")),
        ),
        shape("attributes of nothing", filled(many, |n| format!("        - {{ Key: a, Value: !GetAtt N{n}.Id }}\n"))),
        shape("resources that are wrong", wrong),
        shape("20,000 outputs", filled(gateways(1) + "Outputs:\n", |n| format!("  O{n}: {{ Value: !Ref R0 }}\n"))),
        shape("20,000 resources", gateways(20_000)),
        skipped,
    ]
}

fn order() -> Vec<Template> {
    let circle = (0..500).fold("Resources:\n".to_string(), |text, n| {
        text + &format!("  R{n}: {{ Type: AWS::EC2::InternetGateway, DependsOn: R{} }}\n", (n + 1) % 500)
    });
    let dense = (0..500).fold("Resources:\n".to_string(), |text, n| {
        let needs: Vec<String> = (n + 1..500).map(|m| format!("R{m}")).collect();
        text + &format!("  R{n}: {{ Type: AWS::EC2::InternetGateway, DependsOn: [{}] }}\n", needs.join(","))
    });
    let attached = (0..250).fold("Resources:\n  G: { Type: AWS::EC2::InternetGateway }\n".to_string(), |text, n| {
        let needs: Vec<String> = (0..249).map(|m| format!("E{m}")).collect();
        let attached = "Type: AWS::EC2::VPCGatewayAttachment, Properties: { VpcId: vpc-1, InternetGatewayId: !Ref G }";
        let needs = if n % 2 == 0 { format!(", DependsOn: [{}]", needs.join(",")) } else { String::new() };
        text + &format!("  A{n}: {{ {attached}{needs} }}\n")
    });
    let attached = (0..249).fold(attached, |text, n| text + &format!("  E{n}: {{ Type: AWS::EC2::EIP }}\n"));
    vec![
        shape("a circle of 500", circle),
        shape("500 that need each other", dense),
        shape("250 attachments and 249 addresses", attached),
    ]
}

fn text() -> Vec<Template> {
    let resource = "Parameters: { P: { Type: String, Default: pppppppppp } }\n";
    let of = |value: &str| format!("{resource}{}", bearing(value));
    let variables: String = (0..10_000).map(|n| format!("V{n}: 'x',")).collect();
    let named: String = (0..10_000).map(|n| format!("${{V{n}}}")).collect();
    let subs = filled(
        format!("{resource}Resources:\n  G:\n    Type: AWS::EC2::InternetGateway\n    Properties:\n      Tags:\n"),
        |n| format!("        - {{ Key: k{n}, Value: !Sub '${{P}}${{P}}' }}\n"),
    );
    let on_one_line = filled(
        format!("{resource}Resources: {{ G: {{ Type: AWS::EC2::InternetGateway, Properties: {{ Tags: ["),
        |_| "{Key: k, Value: !Sub '${P}'},".to_string(),
    );
    let doubled = (0..40).fold("'x'".to_string(), |value, _| format!("!Sub ['${{a}}${{a}}', {{ a: {value} }}]"));
    let encoded = (0..40).fold("'x'".to_string(), |value, _| format!("!Base64 {{ 'Fn::Join': ['', [{value}]] }}"));
    let scripts = (0..400).fold("Resources:\n".to_string(), |text, n| {
        let data = format!("'{}'", "${AWS::Region} ".repeat(150));
        text + &format!("  I{n}:\n    Type: AWS::EC2::Instance\n    Properties:\n      ImageId: ami-00000000000000001\n      UserData: {{ 'Fn::Base64': !Sub {data} }}\n")
    });
    vec![
        shape("Sub with 10,000 parameters", of(&format!("!Sub '{}'", "${P}".repeat(10_000)))),
        shape("Sub with 250,000 parameters", of(&format!("!Sub '{}'", "${P}".repeat(250_000)))),
        shape("Sub with 10,000 variables", of(&format!("!Sub ['{named}', {{ {variables} }}]"))),
        shape("Sub with 10,000 names of nothing", of(&format!("!Sub '{named}'"))),
        shape("20,000 Subs", subs),
        shape("30,000 Subs on one line", on_one_line + "] } } }\n"),
        shape("Subs that double", of(&doubled)),
        shape("texts encoded again and again", of(&encoded)),
        shape("400 scripts", scripts),
        shape(
            "a separator of half a megabyte",
            of(&format!("!Join ['{}', !Split [',', '{}']]", "x".repeat(500_000), ",".repeat(9_999))),
        ),
        shape("references in texts", of(&format!("'{}'", "{{resolve:ssm:/a}}".repeat(50_000)))),
    ]
}

fn lists() -> Vec<Template> {
    let list = "a,".repeat(2000);
    let parameters = format!(
        "Parameters:\n  L: {{ Type: CommaDelimitedList, Default: '{list}' }}\n  T: {{ Type: String, Default: '{list}' }}\n"
    );
    let mapping = format!("Mappings: {{ M: {{ a: {{ b: [{}] }} }} }}\n", "x,".repeat(50_000));
    let large = (0..200).fold("Mappings:\n  M:\n".to_string(), |text, n| {
        let inner: String = (0..200).map(|m| format!("k{m}: v,")).collect();
        text + &format!("    k{n}: {{ {inner} }}\n")
    });
    let resources = |each: &str| {
        (0..400).fold("Resources:\n".to_string(), |text, n| {
            let values = vec![each; 1_000_000 / 400 / (each.len() + 2)].join(", ");
            text + &format!("  R{n}:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: g\n      SecurityGroupIngress: [{values}]\n")
        })
    };
    let resources =
        |each: &str, rest: &str| format!("{rest}{}", resources(each)).chars().take(LARGE).collect::<String>();
    let whole = |text: String| match text.rfind("\n  R") {
        Some(end) if text.len() >= LARGE => text[..end].to_string() + "\n",
        _ => text,
    };
    vec![
        shape("a list parameter named everywhere", whole(resources("!Ref L", &parameters))),
        shape("a text split everywhere", whole(resources("!Split [',', !Ref T]", &parameters))),
        shape("a list in a mapping found everywhere", whole(resources("!FindInMap [M, a, b]", &mapping))),
        shape("a block cut everywhere", whole(resources("!Cidr [10.0.0.0/8, 256, 8]", ""))),
        shape("40,000 keys of a mapping", large.clone() + &bearing("!FindInMap [M, k199, k199]")),
        shape("a mapping searched everywhere", {
            let rest = LARGE - large.len() - 200;
            let one = "{ Key: k, Value: !FindInMap [M, k199, !Ref 'AWS::Region'] },";
            large
                + &format!(
                    "Resources: {{ G: {{ Type: AWS::EC2::InternetGateway, Properties: {{ Tags: [{}] }} }} }}\n",
                    one.repeat(rest / one.len())
                )
        }),
        shape("a list selected from everywhere", whole(resources("!Select [0, !Ref L]", &parameters))),
        shape("lists as JSON, again and again", {
            let value = (0..16).fold("!Ref L".to_string(), |value, _| format!("{{ 'Fn::ToJsonString': [{value}] }}"));
            format!("{EXTENDED}{parameters}{}", bearing(&value))
        }),
    ]
}

fn patterns() -> Vec<Template> {
    let parameters = |count: usize, each: &str| {
        (0..count).fold("Parameters:\n".to_string(), |text, n| text + &format!("  P{n}: {{ {each} }}\n")) + &gateways(1)
    };
    let many_a = "a".repeat(4096);
    let list = vec!["a".repeat(60); 60].join(",");
    vec![
        shape("500 parameters", parameters(500, "Type: String, Default: a")),
        shape(
            "patterns that go back",
            parameters(200, &format!("Type: String, Default: {many_a}, AllowedPattern: '(a*)*b(?=c)'")),
        ),
        shape(
            "patterns that go back, 500",
            parameters(500, &format!("Type: String, Default: {}, AllowedPattern: '(a|aa)+$(?!b)c'", "a".repeat(1000))),
        ),
        shape(
            "patterns that go back, in lists",
            parameters(200, &format!("Type: CommaDelimitedList, Default: '{list}', AllowedPattern: '(a*)*b(?=c)'")),
        ),
        shape(
            "patterns that are large",
            parameters(200, "Type: String, Default: a, AllowedPattern: '(\\w{1,50}){1,50}'"),
        ),
        shape(
            "patterns that are huge",
            parameters(200, "Type: String, Default: a, AllowedPattern: '((\\w{1,1000}){1,1000}){1,1000}'"),
        ),
        shape(
            "patterns that are long",
            parameters(200, &format!("Type: String, Default: a, AllowedPattern: '({}a)'", "b|".repeat(2000))),
        ),
        shape(
            "patterns that are deep",
            parameters(
                200,
                &format!("Type: String, Default: a, AllowedPattern: '{}a{}'", "(".repeat(1000), ")".repeat(1000)),
            ),
        ),
        shape(
            "patterns with names of classes",
            parameters(200, "Type: String, Default: a, AllowedPattern: '[\\w\\s\\d.-]{0,255}'"),
        ),
        {
            let given = (0..200).map(|n| (format!("P{n}"), many_a[..500].to_string())).collect();
            let text = parameters(200, "Type: String, AllowedPattern: '(?=(a+)+$)(a+)+b'");
            Template { parameters: given, ..shape("patterns that go back over what is given", text) }
        },
    ]
}

fn conditions() -> Vec<Template> {
    let all = |count: usize, each: &dyn Fn(usize) -> String| {
        let first = "Conditions:\n  C0: !Equals [a, !Ref 'AWS::Region']\n".to_string();
        let text = (1..count).fold(first, |text, n| text + &format!("  C{n}: {}\n", each(n)));
        text + &format!("Resources:\n  G: {{ Type: AWS::EC2::InternetGateway, Condition: C{} }}\n", count - 1)
    };
    let before = |n: usize| format!("{{ Condition: C{} }}", n - 1);
    let nested = (0..25).fold("{ Condition: C0 }".to_string(), |inner, _| {
        format!("{{ 'Fn::Not': [{{ 'Fn::And': [{inner}, {inner_1}] }}] }}", inner_1 = "{ Condition: C0 }")
    });
    let values = (0..40).fold("a".to_string(), |value, _| format!("!If [C0, {value}, b]"));
    vec![
        shape("conditions that double", all(1000, &|n| format!("!And [{0}, {0}]", before(n)))),
        shape("conditions of ten each", all(1000, &|n| format!("!Or [{}]", vec![before(n); 10].join(", ")))),
        shape(
            "conditions of all before",
            all(400, &|n| {
                let inner = |from: usize| {
                    (0..10).map(|m| format!("{{ Condition: C{} }}", (from + m * 7) % n)).collect::<Vec<_>>().join(", ")
                };
                format!(
                    "!And [{}]",
                    (0..10).map(|from| format!("{{ 'Fn::Or': [{}] }}", inner(from))).collect::<Vec<_>>().join(", ")
                )
            }),
        ),
        shape("a circle of 1,000 conditions", all(1000, &|n| format!("!Not [{{ Condition: C{} }}]", (n % 999) + 1))),
        shape("one condition, 50 deep", all(2, &|_| nested.clone())),
        shape("If inside If", all(1, &|_| String::new()) + &bearing(&values).replace("Resources:\n  G:", "  H:")),
        shape("conditions that split", {
            let text = format!("Parameters: {{ T: {{ Type: String, Default: '{}' }} }}\n", ",".repeat(4000));
            text + &all(999, &|_| {
                "!Equals [!Select [0, !Split [',', !Ref T]], !Select [0, !Split [',', !Ref T]]]".into()
            })
        }),
    ]
}

fn loops() -> Vec<Template> {
    let nested = |levels: usize, items: usize, body: &str| {
        let list: Vec<String> = (0..items).map(|n| format!("i{n}")).collect();
        let body = (0..levels).rev().fold(body.to_string(), |body, level| {
            format!("{{ 'Fn::ForEach::L{level}': [I{level}, [{}], {body}] }}", list.join(", "))
        });
        format!("{EXTENDED}Resources: {body}\n")
    };
    let resource = format!("{{ 'R${{I0}}${{I1}}${{I2}}': {GATEWAY} }}");
    vec![
        shape("loops of 100 by 100 by 100", nested(3, 100, &resource)),
        shape("loops of 100 by 100 by 100, empty", nested(3, 100, "{}")),
        shape("loops of 10,000", nested(1, 10_000, &format!("{{ 'R${{I0}}': {GATEWAY} }}"))),
        shape("loops inside loops, 20 deep", nested(20, 2, &resource)),
        shape(
            "a loop that writes a megabyte",
            nested(
                1,
                400,
                &format!(
                    "{{ 'R${{I0}}': {{ Type: AWS::EC2::InternetGateway, Metadata: [{}] }} }}",
                    "'${I0}',".repeat(150)
                ),
            ),
        ),
        shape("a loop in properties", {
            let tags = "{ 'Fn::ForEach::T': [I, !Split [',', !Ref T], { 'K${I}': '${I}' }] }";
            let text = format!("{EXTENDED}Parameters: {{ T: {{ Type: String, Default: '{}' }} }}\n", "x,".repeat(2000));
            (0..400).fold(text + "Resources:\n", |text, n| {
                text + &format!("  R{n}: {{ Type: AWS::EC2::InternetGateway, Properties: {tags} }}\n")
            })
        }),
    ]
}
