//! What is asked of a stack: judged, refused, shown.

use super::*;

#[test]
fn what_is_not_there_is_named() {
    let client = Client::new();
    let of_web = json!({"StackName": "web"});
    for operation in ["DescribeStacks", "DescribeStackResources", "ListStackResources", "GetTemplate"] {
        assert_eq!(invalid(&client, operation, of_web.clone()), "Stack with id web does not exist", "{operation}");
    }
    for operation in ["DescribeStackEvents", "ListChangeSets", "GetStackPolicy", "CancelUpdateStack", "RollbackStack"] {
        assert_eq!(invalid(&client, operation, of_web.clone()), "Stack [web] does not exist", "{operation}");
    }
    let update = json!({"StackName": "web", "TemplateBody": vpc().to_string()});
    assert_eq!(invalid(&client, "UpdateStack", update.clone()), "Stack [web] does not exist");
    let resource = json!({"StackName": "web", "LogicalResourceId": "Vpc"});
    assert_eq!(invalid(&client, "DescribeStackResource", resource.clone()), "Stack 'web' does not exist");
    let mut set = update;
    set["ChangeSetName"] = json!("one");
    assert_eq!(invalid(&client, "CreateChangeSet", set), "Stack [web] does not exist");
    create(&client, "web", &vpc().to_string());
    let named = json!({"StackName": "web", "LogicalResourceId": "Other"});
    let missing = "Resource Other does not exist for stack web";
    assert_eq!(invalid(&client, "DescribeStackResource", named.clone()), missing);
    assert_eq!(invalid(&client, "DescribeStackResources", named), missing);
    let (code, message) = refused(&client, "DescribeChangeSet", json!({"StackName": "web", "ChangeSetName": "one"}));
    assert_eq!((code.as_str(), message.as_str()), ("ChangeSetNotFound", "ChangeSet [one] does not exist"));
    let there = "Stack [web] already exists and cannot be created again with the changeSet [one].";
    let again = json!({"StackName": "web", "ChangeSetName": "one", "ChangeSetType": "CREATE",
        "TemplateBody": vpc().to_string()});
    assert_eq!(invalid(&client, "CreateChangeSet", again), there);
    let (code, message) =
        refused(&client, "CreateStack", json!({"StackName": "web", "TemplateBody": vpc().to_string()}));
    assert_eq!((code.as_str(), message.as_str()), ("AlreadyExistsException", "Stack [web] already exists"));
}

#[test]
fn a_template_in_a_request_has_at_most_51200_bytes() {
    let client = Client::new();
    let padded = |bytes: usize| {
        let mut template = vpc();
        template["Metadata"] = json!({"Padding": ""});
        let short = template.to_string().len();
        template["Metadata"]["Padding"] = json!("x".repeat(bytes - short));
        template.to_string()
    };
    let said = invalid(&client, "CreateStack", json!({"StackName": "web", "TemplateBody": padded(51_201)}));
    let limit = "'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200";
    assert!(said.ends_with(limit), "{said}");
    assert!(client.try_call("cloudformation:DescribeStacks", json!({"StackName": "web"})).is_err());
    create(&client, "web", &padded(51_200));
    assert_eq!(status(&client, "web"), "CREATE_COMPLETE");
    for (with, message) in [
        (json!({}), "Either Template URL or Template Body must be specified."),
        (
            json!({"TemplateBody": vpc().to_string(), "UsePreviousTemplate": true}),
            "Cannot specify a template and UsePreviousTemplate as true.",
        ),
    ] {
        let mut with = with;
        with["StackName"] = json!("web");
        assert_eq!(invalid(&client, "UpdateStack", with), message);
    }
    let elsewhere = json!({"StackName": "other", "TemplateURL": "https://elsewhere.s3.amazonaws.com/a.yaml"});
    let said = invalid(&client, "CreateStack", elsewhere);
    assert!(said.contains("leads nowhere"), "{said}");
}

#[test]
fn a_stack_s_name_is_judged_in_aws_s_words() {
    let client = Client::new();
    for name in ["1a", "a_b", "-a", "a.b"] {
        let with = json!({"StackName": name, "TemplateBody": vpc().to_string()});
        let pattern = "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*";
        let said = format!(
            "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: {pattern}"
        );
        assert_eq!(invalid(&client, "CreateStack", with), said);
    }
    create(&client, &"a".repeat(128), &vpc().to_string());
    let with = json!({"StackName": "a".repeat(129), "TemplateBody": vpc().to_string()});
    assert!(invalid(&client, "CreateStack", with).ends_with("Member must have length less than or equal to 128"));
}

/// A stack whose instances come up when they are signalled.
fn signalled(instances: &[&str]) -> String {
    let mut template = network("10.0.1.0/24").parse::<Value>().unwrap();
    for name in instances {
        template["Resources"][name] = json!({
            "Type": "AWS::EC2::Instance",
            "CreationPolicy": {"ResourceSignal": {"Count": 1, "Timeout": "PT12H"}},
            "Properties": {"ImageId": "ami-0c02fb55956c7d316", "SubnetId": {"Ref": "Subnet"}},
        });
    }
    template.to_string()
}

/// Waits until an instance of a stack can be signalled.
fn made(client: &Client, logical_id: &str) {
    let of = json!({"StackName": "web", "LogicalResourceId": logical_id});
    loop {
        let shown = client.try_call("cloudformation:DescribeStackResource", of.clone());
        if shown.is_ok_and(|shown| shown["StackResourceDetail"]["PhysicalResourceId"].is_string()) {
            return;
        }
        assert_eq!(now(client).split('_').nth(1), Some("IN"), "the stack came to its end");
        std::thread::yield_now();
    }
}

/// The status of the stack while something is under way.
fn now(client: &Client) -> String {
    let shown = client.call("cloudformation:DescribeStacks", json!({"StackName": "web"}));
    shown["Stacks"][0]["StackStatus"].as_str().unwrap().to_string()
}

#[test]
fn one_thing_at_a_time_is_done_with_a_stack() {
    let client = Client::new();
    let begin = |operation: &str, instances: &[&str]| {
        let with = json!({"StackName": "web", "TemplateBody": signalled(instances)});
        client.call(&format!("cloudformation:{operation}"), with)["StackId"].as_str().unwrap().to_string()
    };
    let signal = |name: &str, status: &str| {
        let with = json!({"StackName": "web", "LogicalResourceId": name, "UniqueId": "one", "Status": status});
        client.call("cloudformation:SignalResource", with);
        client.settle();
    };
    let id = begin("CreateStack", &["One"]);
    made(&client, "One");
    assert_eq!(now(&client), "CREATE_IN_PROGRESS");
    let busy = |state: &str| format!("Stack:{id} is in {state} state and can not be updated.");
    let update = json!({"StackName": "web", "TemplateBody": vpc().to_string()});
    assert_eq!(invalid(&client, "UpdateStack", update.clone()), busy("CREATE_IN_PROGRESS"));
    let mut set = update.clone();
    set["ChangeSetName"] = json!("one");
    assert_eq!(invalid(&client, "CreateChangeSet", set.clone()), busy("CREATE_IN_PROGRESS"));
    let late = invalid(&client, "CancelUpdateStack", json!({"StackName": "web"}));
    assert_eq!(late, "CancelUpdateStack cannot be called from current stack status");
    signal("One", "SUCCESS");
    assert_eq!(now(&client), "CREATE_COMPLETE");
    let unchanged = json!({"StackName": "web", "UsePreviousTemplate": true});
    assert_eq!(invalid(&client, "UpdateStack", unchanged), "No updates are to be performed.");
    begin("UpdateStack", &["One", "Two"]);
    made(&client, "Two");
    assert_eq!(invalid(&client, "UpdateStack", update.clone()), busy("UPDATE_IN_PROGRESS"));
    client.call("cloudformation:CancelUpdateStack", json!({"StackName": "web"}));
    client.settle();
    assert_eq!(now(&client), "UPDATE_ROLLBACK_COMPLETE");
    begin("UpdateStack", &["One", "Two"]);
    made(&client, "Two");
    signal("Two", "FAILURE");
    assert_eq!(now(&client), "UPDATE_ROLLBACK_COMPLETE");
    begin("UpdateStack", &["One", "Two"]);
    made(&client, "Two");
    signal("Two", "SUCCESS");
    assert_eq!(now(&client), "UPDATE_COMPLETE");
}

#[test]
fn iam_wants_a_capability() {
    let client = Client::new();
    let role = |name: Option<&str>| {
        let document = json!({"Version": "2012-10-17", "Statement": []});
        let mut properties = json!({"AssumeRolePolicyDocument": document});
        if let Some(name) = name {
            properties["RoleName"] = json!(name);
        }
        json!({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}).to_string()
    };
    let try_with = |template: &str, capabilities: &[&str]| {
        let with = json!({"StackName": "web", "TemplateBody": template, "Capabilities": capabilities});
        refused(&client, "CreateStack", with)
    };
    let needs =
        |what: &str| ("InsufficientCapabilitiesException".to_string(), format!("Requires capabilities : [{what}]"));
    assert_eq!(try_with(&role(None), &[]), needs("CAPABILITY_IAM"));
    assert_eq!(try_with(&role(Some("web")), &["CAPABILITY_IAM"]), needs("CAPABILITY_NAMED_IAM"));
    let mut extended = vpc();
    extended["Transform"] = json!("AWS::LanguageExtensions");
    assert_eq!(try_with(&extended.to_string(), &[]), needs("CAPABILITY_AUTO_EXPAND"));
    let set = json!({"StackName": "web", "ChangeSetName": "one", "ChangeSetType": "CREATE"});
    let mut of_role = set.clone();
    of_role["TemplateBody"] = json!(role(None));
    assert_eq!(refused(&client, "CreateChangeSet", of_role), needs("CAPABILITY_IAM"));
    let mut of_extended = set;
    of_extended["TemplateBody"] = json!(extended.to_string());
    call(&client, "CreateChangeSet", of_extended);
}

#[test]
fn a_secret_is_shown_nowhere() {
    let client = Client::new();
    let template = json!({
        "Parameters": {"Secret": {"Type": "String", "NoEcho": true}},
        "Resources": {"Address": {"Type": "AWS::EC2::EIP", "Properties": {
            "Tags": [{"Key": "Secret", "Value": {"Fn::Sub": "it is ${Secret}"}}]}}},
    });
    let with = |secret: &str| {
        json!({"StackName": "web", "TemplateBody": template.to_string(),
            "Parameters": [{"ParameterKey": "Secret", "ParameterValue": secret}]})
    };
    call(&client, "CreateStack", with("hush-one"));
    let mut set = with("hush-two");
    set["ChangeSetName"] = json!("one");
    call(&client, "CreateChangeSet", set);
    let of_set = json!({"StackName": "web", "ChangeSetName": "one", "IncludePropertyValues": true});
    let set = call(&client, "DescribeChangeSet", of_set);
    assert_eq!(set["Changes"][0]["ResourceChange"]["Details"][0]["Target"]["AfterValue"], "****", "{set}");
    call(&client, "UpdateStack", with("hush-three"));
    let of_web = json!({"StackName": "web"});
    let mut shown = set.to_string();
    for operation in ["DescribeStacks", "DescribeStackEvents", "DescribeStackResources"] {
        shown += &call(&client, operation, of_web.clone()).to_string();
    }
    assert!(shown.contains("****") && !shown.contains("hush"), "{shown}");
    let tags = client.call("DescribeAddresses", json!({}))["Addresses"][0]["Tags"].to_string();
    assert!(tags.contains("it is hush-three"), "{tags}");
}

#[test]
fn lists_come_in_pages() {
    let client = Client::new();
    let mut template = json!({"Resources": {}});
    for n in 0..130 {
        template["Resources"][format!("Table{n}")] =
            json!({"Type": "AWS::EC2::DHCPOptions", "Properties": {"DomainName": format!("d{n}.test")}});
    }
    create(&client, "web", &template.to_string());
    assert_eq!(status(&client, "web"), "CREATE_COMPLETE");
    for (operation, list, key, count) in [
        ("ListStackResources", "StackResourceSummaries", "LogicalResourceId", 130),
        ("DescribeStackEvents", "StackEvents", "EventId", 130 * 3 + 2),
    ] {
        let mut seen = std::collections::BTreeSet::new();
        let mut token = Value::Null;
        loop {
            let page = call(&client, operation, json!({"StackName": "web", "NextToken": token}));
            let items = page[list].as_array().unwrap();
            assert!(items.len() <= 100);
            seen.extend(items.iter().map(|item| item[key].as_str().unwrap().to_string()));
            token = page.get("NextToken").cloned().unwrap_or_default();
            if token.is_null() {
                break;
            }
        }
        assert_eq!(seen.len(), count, "{operation}");
    }
    let described = call(&client, "DescribeStackResources", json!({"StackName": "web"}));
    assert_eq!(described["StackResources"].as_array().unwrap().len(), 100);
    invalid(&client, "ListStackResources", json!({"StackName": "web", "NextToken": "x"}));
}

#[test]
fn accounts_and_regions_see_their_own_stacks() {
    let client = Client::new();
    let id = create(&client, "web", &vpc().to_string());
    let other = client.elsewhere("111111111111", "eu-west-1");
    assert_eq!(call(&other, "DescribeStacks", json!({}))["Stacks"], json!([]));
    assert_eq!(
        invalid(&other, "DescribeStacks", json!({"StackName": id})),
        format!("Stack with id {id} does not exist")
    );
    let made = create(&other, "web", &vpc().to_string());
    assert!(made.starts_with("arn:aws:cloudformation:eu-west-1:111111111111:stack/web/"), "{made}");
    let vpcs = |client: &Client| client.call("DescribeVpcs", json!({}))["Vpcs"].as_array().unwrap().len();
    assert_eq!((vpcs(&client), vpcs(&other)), (2, 2), "beside the default one");
    call(&other, "DeleteStack", json!({"StackName": "web"}));
    assert_eq!((vpcs(&client), vpcs(&other)), (2, 1));
    assert_eq!(status(&client, "web"), "CREATE_COMPLETE");
}

#[test]
fn what_croft_has_not_is_refused_by_name() {
    let client = Client::new();
    let set = json!({"StackName": "web", "ChangeSetName": "one", "TemplateBody": vpc().to_string()});
    let with = |name: &str, value: Value| {
        let mut with = set.clone();
        with[name] = value;
        with
    };
    for (with, name) in [
        (with("ChangeSetType", json!("IMPORT")), "IMPORT"),
        (with("IncludeNestedStacks", json!(true)), "IncludeNestedStacks"),
        (with("ResourceTypes", json!(["AWS::EC2::*"])), "ResourceTypes"),
        (with("RollbackConfiguration", json!({"MonitoringTimeInMinutes": 5})), "RollbackConfiguration"),
    ] {
        let (code, message) = refused(&client, "CreateChangeSet", with);
        assert!(code == "UnsupportedOperation" && message.contains(name), "{code}: {message}");
    }
    let custom = json!({"Resources": {"Mine": {"Type": "Custom::Mine", "Properties": {"ServiceToken": "arn"}}}});
    let said = invalid(&client, "ValidateTemplate", json!({"TemplateBody": custom.to_string()}));
    assert!(said.contains("Custom::Mine"), "{said}");
}
