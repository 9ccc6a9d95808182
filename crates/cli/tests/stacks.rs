//! Stacks from the command line: found, planned, brought up, compared, interrupted. The API alone: nothing here needs
//! packets.

mod place;

use place::{Place, Running};
use serde_json::Value as Json;

fn serve(place: &Place) -> Running {
    let serve = place.start(&["serve", "--api-only", "--listen", "127.0.0.1:0"]);
    place.until("the daemon answers", || place.croft(&["ps"]).code == 0);
    serve
}

const BEFORE: &str = "
Parameters:
  Port: {Type: Number, Default: 80}
Resources:
  Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}
  Subnet: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
  Servers:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: servers
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: !Ref Port, ToPort: !Ref Port, CidrIp: 10.0.0.0/16}
  Client: {Type: 'AWS::EC2::Instance', Properties: {ImageId: ami-0c02fb55956c7d316, SubnetId: !Ref Subnet}}
  Server:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-0c02fb55956c7d316, SubnetId: !Ref Subnet, SecurityGroupIds: [!Ref Servers]}
Outputs:
  VpcId: {Value: !Ref Vpc}
";

#[test]
fn a_folder_s_template_is_found_planned_and_brought_up() {
    let place = Place::new();
    let _serve = serve(&place);
    std::fs::create_dir(place.path("shop")).unwrap();
    place.write("shop/template.yaml", BEFORE);
    let refused = place.croft(&["up", "shop"]);
    assert_eq!(refused.code, 2);
    assert!(refused.error.contains("--yes") && refused.error.contains("shop/template.yaml"), "{}", refused.error);
    assert!(refused.output.contains("5 to create"), "{}", refused.output);
    assert!(place.croft(&["stacks"]).success().output.contains("no stack"));

    let up = place.croft(&["up", "shop", "--yes", "--tag", "team=blue"]).success();
    assert!(up.output.contains("stack shop CREATE_COMPLETE") && up.output.contains("VpcId = vpc-"), "{}", up.output);
    let again = place.croft(&["up", "shop", "--json"]).success().json();
    assert_eq!(again["status"], "UNCHANGED");
    let stacks = place.croft(&["stacks", "--json"]).success().json();
    assert_eq!((stacks[0]["name"].as_str(), stacks[0]["resources"].as_u64()), (Some("shop"), Some(5)));
    let events = place.croft(&["events", "shop"]).success().output;
    assert!(events.contains("CREATE_COMPLETE") && events.contains("AWS::EC2::Subnet"), "{events}");
    assert!(place.croft(&["drift", "shop"]).success().output.contains("0 of 5 resources differ"));

    // A default that changes reaches no stack that has a value, and that is said.
    place.write("shop/template.yaml", &BEFORE.replace("Default: 80", "Default: 90"));
    let keeps = "keeps        parameter Port = 80: the template's default is 90 now";
    let kept = place.croft(&["up", "shop", "--yes"]).success();
    assert!(kept.output.contains(keeps) && kept.output.contains("--parameter Port=90"), "{}", kept.output);
    let told = place.croft(&["diff", "shop", "--json"]).json();
    assert_eq!(told["stacks"][0]["kept_defaults"][0]["default"], "90", "{told}");
    let given = place.croft(&["diff", "shop", "--parameter", "Port=80"]).success();
    assert!(!given.output.contains("keeps"), "{}", given.output);
    place.write("shop/template.yaml", BEFORE);

    place.write("values", "Port=81\n");
    let update = place.croft(&["up", "shop", "--yes", "--parameters-file", "values"]).success();
    assert!(update.output.contains("~ update"), "{}", update.output);
    assert!(update.output.contains("stack shop UPDATE_COMPLETE"), "{}", update.output);
    // A parameter that is not given keeps its value.
    assert_eq!(place.croft(&["up", "shop", "--json"]).success().json()["status"], "UNCHANGED");

    // A template that is wrong, and one that fails, leave the stack as it is.
    place.write("wrong.yaml", &BEFORE.replace("CidrBlock: 10.0.1.0/24", "CidrBlok: 10.0.1.0/24"));
    let wrong = place.croft(&["up", "wrong.yaml", "--stack-name", "shop", "--yes"]);
    assert!(wrong.code == 2 && wrong.error.contains("CidrBlock"), "{}", wrong.error);
    place.write("fails.yaml", &BEFORE.replace("10.0.1.0/24", "10.9.1.0/24"));
    for command in ["diff", "up"] {
        let mut arguments = vec![command, "fails.yaml", "--stack-name", "shop"];
        arguments.extend((command == "up").then_some("--yes"));
        let fails = place.croft(&arguments);
        assert_eq!(fails.code, 2, "{}", fails.output);
        assert!(fails.error.contains("10.9.1.0/24"), "{command}: {}", fails.error);
        // What AWS's events put around it is for AWS's clients.
        let shown = fails.output + &fails.error;
        assert!(shown.contains("InvalidSubnet.") && !shown.contains("Resource handler"), "{command}: {shown}");
        assert_eq!(shown.contains("nothing was changed"), command == "diff", "{shown}");
    }
    let stacks = place.croft(&["stacks", "--json"]).success().json();
    assert_eq!(stacks[0]["status"], "UPDATE_ROLLBACK_COMPLETE");
    // What can be told before anything is begun is not begun.
    place.write("image.yaml", &BEFORE.replace("ami-0c02fb55956c7d316", "ami-0fffffffffffffff0"));
    for arguments in [&["diff", "image.yaml"][..], &["up", "image.yaml", "--yes"]] {
        let told = place.croft(arguments);
        assert!(told.code == 2 && told.error.contains("there is no image ami-0fffffffffffffff0"), "{}", told.error);
    }
    assert_eq!(place.croft(&["stacks", "--json"]).success().json(), stacks);

    let down = place.croft(&["down", "shop"]).success();
    assert!(down.output.contains("DELETE_COMPLETE"), "{}", down.output);
    let unknown = place.croft(&["down", "shop"]);
    assert!(unknown.code == 2 && unknown.error.contains("no stack \"shop\""), "{}", unknown.error);
}

#[test]
fn resources_are_exported_without_what_stacks_remember() {
    let place = Place::new();
    let serve = serve(&place);
    place.write("shop.yaml", BEFORE);
    place.croft(&["up", "shop.yaml", "--yes"]).success();
    let kinds = |text: &str| -> std::collections::BTreeMap<String, usize> {
        let file: Json = serde_json::from_str(text).unwrap();
        let mut kinds = std::collections::BTreeMap::new();
        for resource in file["resources"].as_array().unwrap() {
            let kind = resource.as_object().unwrap().keys().next().unwrap();
            *kinds.entry(kind.clone()).or_default() += 1;
        }
        kinds
    };
    let whole = kinds(&place.croft(&["state", "export"]).success().output);
    let remembered = ["Stack", "StackResource", "StackEvent"];
    assert!(remembered.iter().all(|kind| whole.contains_key(*kind)), "{whole:?}");
    let path = place.path("resources.json");
    place.croft(&["state", "export", "--resources", path.to_str().unwrap()]).success();
    let text = std::fs::read_to_string(&path).unwrap();
    let mut left = whole.clone();
    left.retain(|kind, _| !remembered.contains(&kind.as_str()));
    assert_eq!(kinds(&text), left);
    // What is deleted is not among them.
    place.croft(&["down", "shop"]).success();
    let after = kinds(&place.croft(&["state", "export", "--resources"]).success().output);
    assert_eq!((after.get("Instance"), left.get("Instance")), (None, Some(&2)));
    assert!(place.croft(&["state", "export", "--resources", "--credentials"]).code != 0);
    drop(serve);
}

/// The traffic of rows from a source to a destination: `tcp 80-80`.
fn traffic(changes: &Json, source: &str, destination: &str) -> Vec<String> {
    let has = |parties: &Json, name: &str| {
        let mut parties = parties.as_array().unwrap().iter();
        parties.any(|party| party["interface"]["name"] == name || (name == "internet" && !party["internet"].is_null()))
    };
    let rows = changes.as_array().unwrap().iter();
    let rows = rows.filter(|row| has(&row["sources"], source) && has(&row["destinations"], destination));
    let ranges = rows.flat_map(|row| row["traffic"].as_array().unwrap().clone());
    ranges.map(|t| format!("{} {}-{}", t["protocol"].as_str().unwrap(), t["from"], t["to"])).collect()
}

#[test]
fn why_5_diff_tells_paths_before_anything_is_touched() {
    let place = Place::new();
    let _serve = serve(&place);
    place.write("t.yaml", BEFORE);
    let version = || place.croft(&["ps", "--json"]).success().json()["desired"].clone();
    let untouched = version();
    let first = place.croft(&["diff", "t.yaml", "--json"]);
    assert_eq!(first.code, 1, "{}", first.error);
    let report = first.json();
    let stack = &report["stacks"][0];
    assert_eq!((&stack["stack"], &stack["exists"]), (&Json::from("t"), &Json::from(false)));
    assert_eq!(traffic(&report["reachability"]["opened"], "Client", "Server"), ["tcp 80-80"]);
    assert_eq!(stack["changes"].as_array().unwrap().len(), 5);
    assert_eq!(version(), untouched);

    place.croft(&["up", "t.yaml", "--yes"]).success();
    let same = place.croft(&["diff", "t.yaml"]);
    assert_eq!(same.code, 0, "{} {}", same.output, same.error);
    assert!(same.output.contains("No path opens and none closes"), "{}", same.output);

    let moved = place.croft(&["diff", "t.yaml", "--parameter", "Port=90", "--json"]);
    assert_eq!(moved.code, 1);
    let report = moved.json();
    let found = &report["reachability"];
    assert_eq!(traffic(&found["opened"], "Client", "Server"), ["tcp 90-90"]);
    assert_eq!(traffic(&found["closed"], "Client", "Server"), ["tcp 80-80"]);
    let rule = &found["opened"][0]["because"]["rules"][0];
    assert_eq!(
        (rule["kind"].as_str(), rule["text"].as_str()),
        (Some("security_group"), Some("tcp 90 from 10.0.0.0/16"))
    );
    let group = rule["component"].as_str().unwrap();
    assert_eq!(report["names"][group], "Servers");
    assert_eq!(found["closed"][0]["because"]["closed"]["refused"]["code"], "ENI_SG_RULES_MISMATCH");
    assert_eq!(report["stacks"][0]["changes"][0]["properties"], serde_json::json!(["SecurityGroupIngress"]));

    // An instance that is replaced keeps its paths: nothing is said of it.
    place.write(
        "other.yaml",
        &BEFORE
            .replace("ami-0c02fb55956c7d316, SubnetId: !Ref Subnet}", "ami-0c0f7000000000001, SubnetId: !Ref Subnet}"),
    );
    let replaced = place.croft(&["diff", "other.yaml", "--stack-name", "t", "--json"]);
    let report = replaced.json();
    assert_eq!(report["stacks"][0]["changes"][0]["action"], "replace", "{report}");
    assert_eq!(report["reachability"]["opened"], serde_json::json!([]));
    for (fail_on, code) in [("any", 1), ("opened", 0), ("closed", 0), ("never", 0)] {
        let ran = place.croft(&["diff", "other.yaml", "--stack-name", "t", "--fail-on", fail_on]);
        assert_eq!(ran.code, code, "{fail_on}");
    }
    // Its plan can be shown with the paths too.
    let reach = place.croft(&["up", "t.yaml", "--parameter", "Port=90", "--reach", "--yes"]).success();
    assert!(reach.output.contains("+ Client → Server: tcp 90"), "{}", reach.output);
    assert!(reach.output.contains("- Client → Server: tcp 80"), "{}", reach.output);
}

const WAITS: &str = "
Resources:
  Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}
  Handle: {Type: 'AWS::CloudFormation::WaitConditionHandle'}
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: Vpc
    Properties: {Handle: !Ref Handle, Timeout: 600}
";

#[test]
fn ctrl_c_rolls_back_and_says_so() {
    let place = Place::new();
    let _serve = serve(&place);
    place.write("waits.yaml", WAITS);
    let up = place.start(&["up", "waits.yaml", "--yes"]);
    place.until("the VPC is there", || up.output().contains("CREATE_COMPLETE") && up.output().contains("vpc-"));
    let second = place.croft(&["up", "waits.yaml", "--yes"]);
    assert!(second.code == 2 && second.error.contains("IN_PROGRESS"), "{}", second.error);
    let (code, said) = up.interrupted();
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("rolled back") && said.contains("ROLLBACK_COMPLETE"), "{said}");
    let stacks = place.croft(&["stacks", "--json"]).success().json();
    assert_eq!((stacks[0]["status"].as_str(), stacks[0]["resources"].as_u64()), (Some("ROLLBACK_COMPLETE"), Some(0)));
    // What is left of it gives way.
    place.write("waits.yaml", BEFORE);
    place.croft(&["up", "waits.yaml", "--yes"]).success();
}

#[test]
fn a_detached_stack_is_worked_on_and_can_be_followed() {
    let place = Place::new();
    let _serve = serve(&place);
    place.write("waits.yaml", WAITS);
    let up = place.croft(&["up", "waits.yaml", "--yes", "--detach", "--json"]).success().json();
    assert_eq!(up["status"], "CREATE_IN_PROGRESS");
    place.until("it waits", || place.croft(&["events", "waits"]).output.contains("AWS::EC2::VPC"));
    place.croft(&["down", "waits"]).success();
}

#[test]
fn cfn_1_a_stack_says_what_it_waits_for_and_is_told_by_hand() {
    let place = Place::new();
    let _serve = serve(&place);
    place.write("waits.yaml", &WAITS.replace("Timeout: 600", "Timeout: 600, Count: 2"));
    let up = place.start(&["up", "waits.yaml", "--yes"]);
    place.until("it says so", || up.output().contains("for at most 600 s awaits 2 signals to Handle"));
    assert!(up.output().contains("croft signal waits Handle"), "{}", up.output());
    for (arguments, why) in [
        (["signal", "nets", "Handle"], "the stacks are waits"),
        (["signal", "waits", "Wait"], "nothing with a CreationPolicy called \"Wait\": it has Handle"),
    ] {
        let refused = place.croft(&arguments);
        assert!(refused.code == 2 && refused.error.contains(why), "{}", refused.error);
    }
    // Without packets the URL is the server's.
    let events = place.croft(&["events", "waits"]).success().output;
    assert!(events.contains("  http://127.0.0.1:") && events.contains("/_croft/signals/"), "{events}");
    let long = "d".repeat(4097);
    let refused = place.croft(&["signal", "waits", "Handle", "--data", &long]);
    assert!(
        refused.code == 2 && refused.error.contains("Data of a signal has at most 4096 bytes"),
        "{}",
        refused.error
    );
    let first = place.croft(&["signal", "waits", "Handle", "--json"]).success().json();
    assert_eq!((&first["unique_id"], &first["counts"]), (&"signal-1".into(), &true.into()));
    let again = place.croft(&["signal", "waits", "Handle", "--id", "signal-1", "--failure"]).success();
    assert!(again.output.contains("nothing changes"), "{}", again.output);
    place.croft(&["signal", "waits", "Handle", "--id", "db", "--data", "5432"]).success();
    place.until("it is there", || up.output().contains("stack waits CREATE_COMPLETE"));
    let down = place.croft(&["down", "waits"]).success();
    assert!(down.output.contains("DELETE_COMPLETE"), "{}", down.output);

    let up = place.start(&["up", "waits.yaml", "--yes"]);
    place.until("it waits", || up.output().contains("awaits 2 signals"));
    place.croft(&["signal", "waits", "Handle", "--failure", "--reason", "the disk is full", "--id", "db"]).success();
    let why = "WaitCondition received failed message: 'the disk is full' for uniqueId: db";
    place.until("it is rolled back", || up.output().contains(why) && up.output().contains("ROLLBACK_COMPLETE"));
}

#[test]
fn cfn_1_a_resource_with_a_creation_policy_is_told_by_hand() {
    let place = Place::new();
    let _serve = serve(&place);
    let template = "
Resources:
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    CreationPolicy: {ResourceSignal: {Count: 2, Timeout: PT10M}}
";
    place.write("waits.yaml", template);
    let up = place.start(&["up", "waits.yaml", "--yes"]);
    place.until("it says so", || up.output().contains("for at most 600 s awaits 2 signals to Wait"));
    assert!(up.output().contains("croft signal waits Wait"), "{}", up.output());
    let refused = place.croft(&["signal", "waits", "Wait", "--data", "x"]);
    assert!(refused.code == 2 && refused.error.contains("neither data nor a reason"), "{}", refused.error);
    let first = place.croft(&["signal", "waits", "Wait", "--json"]).success().json();
    assert_eq!((&first["unique_id"], &first["counts"]), (&"signal-1".into(), &true.into()));
    let again = place.croft(&["signal", "waits", "Wait", "--id", "signal-1"]).success();
    assert!(again.output.contains("nothing changes"), "{}", again.output);
    place.croft(&["signal", "waits", "Wait"]).success();
    place.until("it is there", || up.output().contains("stack waits CREATE_COMPLETE"));
}

#[test]
fn a_synthesised_application_comes_up_in_the_order_of_its_needs() {
    let place = Place::new();
    let _serve = serve(&place);
    std::fs::create_dir(place.path("cdk.out")).unwrap();
    let manifest = r#"{"version": "36.0.0", "artifacts": {
        "App": {"type": "aws:cloudformation:stack", "dependencies": ["Net"],
            "properties": {"templateFile": "App.template.json", "parameters": {"Cidr": "10.0.3.0/24"}}},
        "Net": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Net.template.json"}}}}"#;
    place.write("cdk.out/manifest.json", manifest);
    let net = r#"{"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}},
        "Outputs": {"Vpc": {"Value": {"Ref": "Vpc"}, "Export": {"Name": "Net:Vpc"}}}}"#;
    place.write("cdk.out/Net.template.json", net);
    let app = r#"{"Parameters": {"Cidr": {"Type": "String"}}, "Resources": {"Subnet": {"Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Fn::ImportValue": "Net:Vpc"}, "CidrBlock": {"Ref": "Cidr"}}}}}"#;
    place.write("cdk.out/App.template.json", app);
    let several = place.croft(&["up", "--yes"]);
    assert!(several.code == 2 && several.error.contains("--all"), "{}", several.error);
    // What one stack exports is there for the next, also on the copy.
    let told = place.croft(&["diff", "--all", "--json"]).json();
    assert_eq!(told["stacks"].as_array().unwrap().len(), 2, "{told}");
    let up = place.croft(&["up", "--all", "--yes"]).success();
    let (net, app) = (up.output.find("stack Net CREATE_COMPLETE"), up.output.find("stack App CREATE_COMPLETE"));
    assert!(net.is_some() && net < app, "{}", up.output);
    let again = place.croft(&["up", "--stack-name", "App", "--json"]).success().json();
    assert_eq!(again["status"], "UNCHANGED");
}

#[test]
fn templates_of_nested_stacks_are_read_beside_the_template_and_from_buckets() {
    let place = Place::new();
    let _serve = serve(&place);
    std::fs::create_dir_all(place.path("bucket/v1")).unwrap();
    place.write("bucket/v1/vpc.yaml", "Resources: {V: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.1.0.0/16}}}");
    place.write("beside.yaml", "Resources: {V: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.2.0.0/16}}}");
    let nested = |url: &str| format!("{{Type: 'AWS::CloudFormation::Stack', Properties: {{TemplateURL: {url}}}}}");
    let root =
        format!("Resources:\n  A: {}\n  B: {}\n", nested("beside.yaml"), nested("https://b.example/v1/vpc.yaml"));
    place.write("root.yaml", &root);
    let refused = place.croft(&["up", "root.yaml", "--yes"]);
    assert!(refused.code == 2 && refused.error.contains("--template-bucket"), "{} {}", refused.output, refused.error);
    place.croft(&["up", "root.yaml", "--yes", "--template-bucket", "https://b.example=bucket"]).success();
    let stacks = place.croft(&["stacks", "--json"]).success().json();
    let children = stacks.as_array().unwrap().iter().filter(|stack| !stack["parent"].is_null()).count();
    assert_eq!((stacks.as_array().unwrap().len(), children), (3, 2));
}

#[test]
fn what_is_not_supported_is_left_out_on_request_and_listed() {
    let place = Place::new();
    let _serve = serve(&place);
    let bucket = "  Bucket: {Type: 'AWS::S3::Bucket'}\n  Needs: {Type: 'AWS::EC2::VPC', DependsOn: Bucket, Properties: {CidrBlock: 10.9.0.0/16}}\n";
    place.write(
        "t.yaml",
        &BEFORE.replace("Outputs:\n", &format!("{bucket}Outputs:\n  Bucket: {{Value: !Ref Bucket}}\n")),
    );
    let refused = place.croft(&["up", "t.yaml", "--yes"]);
    assert!(refused.code == 2 && refused.error.contains("AWS::S3::Bucket"), "{}", refused.error);
    let up = place.croft(&["up", "t.yaml", "--yes", "--skip-unsupported"]).success();
    assert!(up.output.contains("! left out") && up.output.contains("Bucket"), "{}", up.output);
    assert!(up.output.contains("CREATE_COMPLETE"), "{}", up.output);
}
