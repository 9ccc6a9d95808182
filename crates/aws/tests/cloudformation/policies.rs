//! Stack policies: set, shown, held against updates.

use super::*;

/// A VPC with host names or without, a gateway or none.
fn template(block: &str, names: bool, gateway: bool) -> String {
    let mut template = json!({"Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": block, "EnableDnsHostnames": names}},
        "Other": {"Type": "AWS::EC2::DHCPOptions", "Properties": {"DomainName": block.replace('/', "-")}},
    }});
    if gateway {
        template["Resources"]["Gateway"] = json!({"Type": "AWS::EC2::InternetGateway"});
    }
    template.to_string()
}

fn before() -> String {
    template("10.0.0.0/16", false, true)
}

/// Allows everything, and denies an action on the resources of a pattern.
fn deny(action: &str, resource: &str) -> String {
    let statement = |effect: &str, action: &str, resource: &str| json!({"Effect": effect, "Principal": "*", "Action": action, "Resource": resource});
    let all = statement("Allow", "Update:*", "*");
    json!({"Statement": [all, statement("Deny", action, resource)]}).to_string()
}

fn allow() -> String {
    deny("Update:Delete", "LogicalResourceId/N*")
}

#[track_caller]
fn policy(client: &Client) -> Value {
    call(client, "GetStackPolicy", json!({"StackName": "web"}))
}

/// Updates, and says how it ended.
#[track_caller]
fn update(client: &Client, template: &str, with: Value) -> String {
    let mut update = json!({"StackName": "web", "TemplateBody": template});
    update.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    call(client, "UpdateStack", update);
    status(client, "web")
}

/// What is said of resources that were not updated.
fn failures(client: &Client) -> Vec<(String, String)> {
    let events = call(client, "DescribeStackEvents", json!({"StackName": "web"}));
    let events = events["StackEvents"].as_array().unwrap().iter();
    let began = |e: &&Value| e["ResourceStatusReason"] != "User Initiated";
    let failed = events.take_while(began).filter(|e| e["ResourceStatus"] == "UPDATE_FAILED");
    let text = |value: &Value| value.as_str().unwrap().to_string();
    failed.map(|e| (text(&e["LogicalResourceId"]), text(&e["ResourceStatusReason"]))).collect()
}

#[test]
fn a_policy_is_set_shown_and_judged() {
    let client = Client::new();
    let with = json!({"StackName": "web", "TemplateBody": before(), "StackPolicyBody": allow()});
    let wrong = json!({"StackName": "web", "TemplateBody": before(), "StackPolicyBody": "x"});
    assert_eq!(invalid(&client, "CreateStack", wrong), "Error validating stack policy: Invalid stack policy");
    call(&client, "CreateStack", with);
    assert_eq!(policy(&client)["StackPolicyBody"], allow());
    let set = |body: &str| json!({"StackName": "web", "StackPolicyBody": body});
    call(&client, "SetStackPolicy", set("{}"));
    assert_eq!(policy(&client)["StackPolicyBody"], "{}");
    let said = invalid(&client, "SetStackPolicy", set(&deny("Delete:*", "*")));
    assert_eq!(said, "Error validating stack policy: Invalid stack policy");
    assert_eq!(
        invalid(&client, "SetStackPolicy", set(&deny("Update:*", "LogicalResourceId/None"))),
        "Error validating stack policy: Unknown logical id 'LogicalResourceId/None' in statement {} - stack policies can only be applied to logical ids referenced in the template"
    );
    let mut both = set("{}");
    both["StackPolicyURL"] = json!("https://b.s3.amazonaws.com/p.json");
    assert_eq!(invalid(&client, "SetStackPolicy", both), "You cannot specify both StackPolicyURL and StackPolicyBody");
    let url = "https://b.s3.amazonaws.com/p.json";
    let of_url = json!({"StackName": "web", "StackPolicyURL": url});
    client.backend.put_template(url, &allow());
    call(&client, "SetStackPolicy", of_url.clone());
    assert_eq!(policy(&client)["StackPolicyBody"], allow());
    client.backend.put_template(url, &format!("{}{}", " ".repeat(16_384), "{}"));
    let long = invalid(&client, "SetStackPolicy", of_url);
    assert_eq!(long, "Stack policy may not exceed 16384 bytes in size.");
    call(&client, "SetStackPolicy", set("{}"));
    let long = invalid(&client, "SetStackPolicy", set(&" ".repeat(16_385)));
    assert!(long.contains("less than or equal to 16384"), "{long}");
    assert_eq!(policy(&client)["StackPolicyBody"], "{}");
}

#[test]
fn what_a_policy_denies_fails_the_update() {
    let client = Client::new();
    create(&client, "web", &before());
    assert_eq!(policy(&client), json!({}));
    let denied = |action: &str, resource: &str| {
        format!("Action denied by stack policy: Statement [#1] does not allow [{action}] for resource [{resource}];")
    };
    let vpc = "LogicalResourceId/Vpc";
    for (action, resource, to, failed) in [
        ("Update:Replace", vpc, template("10.1.0.0/16", false, true), "Vpc"),
        ("Update:Modify", vpc, template("10.0.0.0/16", true, true), "Vpc"),
        ("Update:Delete", "LogicalResourceId/Gate*", template("10.0.0.0/16", true, false), "Gateway"),
        ("Update:*", "*", template("10.0.0.0/16", true, true), "Vpc"),
    ] {
        let set = json!({"StackName": "web", "StackPolicyBody": deny(action, resource)});
        call(&client, "SetStackPolicy", set);
        let before = client.call("DescribeVpcs", json!({}));
        assert_eq!(update(&client, &to, json!({})), "UPDATE_ROLLBACK_COMPLETE", "{action}");
        let told = failures(&client);
        let said = (failed.to_string(), denied(action, resource));
        assert!(told.contains(&said), "{action}: {told:?}");
        assert_eq!(client.call("DescribeVpcs", json!({})), before, "{action}");
        let gateways = client.call("DescribeInternetGateways", json!({}));
        assert_eq!(gateways["InternetGateways"].as_array().unwrap().len(), 2, "beside the default one");
        // For once it may.
        let during = json!({"StackPolicyDuringUpdateBody": allow()});
        assert_eq!(update(&client, &to, during), "UPDATE_COMPLETE", "{action}");
        assert_eq!(policy(&client)["StackPolicyBody"], deny(action, resource));
        let back = json!({"StackPolicyDuringUpdateBody": allow()});
        assert_eq!(update(&client, &self::before(), back), "UPDATE_COMPLETE", "{action}");
    }
}

#[test]
fn what_is_protected_stays_when_nothing_is_rolled_back() {
    let client = Client::new();
    create(&client, "web", &before());
    let set = json!({"StackName": "web", "StackPolicyBody": deny("Update:Delete", "*")});
    call(&client, "SetStackPolicy", set);
    let to = template("10.0.0.0/16", true, false);
    assert_eq!(update(&client, &to, json!({"DisableRollback": true})), "UPDATE_FAILED");
    let gateways = client.call("DescribeInternetGateways", json!({}));
    assert_eq!(gateways["InternetGateways"].as_array().unwrap().len(), 2);
    call(&client, "RollbackStack", json!({"StackName": "web"}));
    assert_eq!(status(&client, "web"), "UPDATE_ROLLBACK_COMPLETE");
    // A deletion asks no policy.
    call(&client, "DeleteStack", json!({"StackName": "web"}));
    let gateways = client.call("DescribeInternetGateways", json!({}));
    assert_eq!(gateways["InternetGateways"].as_array().unwrap().len(), 1);
}

#[test]
fn a_policy_that_comes_with_an_update_is_in_force_after_it() {
    let client = Client::new();
    create(&client, "web", &before());
    let nothing = deny("Update:*", "*");
    // The policy alone is an update.
    assert_eq!(update(&client, &before(), json!({"StackPolicyBody": nothing})), "UPDATE_COMPLETE");
    assert_eq!(policy(&client)["StackPolicyBody"], nothing);
    let to = template("10.0.0.0/16", true, true);
    // One that fails leaves the one that was.
    assert_eq!(update(&client, &to, json!({"StackPolicyBody": allow()})), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(policy(&client)["StackPolicyBody"], nothing);
    let with = json!({"StackPolicyBody": allow(), "StackPolicyDuringUpdateBody": allow()});
    assert_eq!(update(&client, &to, with), "UPDATE_COMPLETE");
    assert_eq!(policy(&client)["StackPolicyBody"], allow());
    // What a policy names has to be in the template.
    call(
        &client,
        "SetStackPolicy",
        json!({"StackName": "web", "StackPolicyBody": deny("Update:Delete", "LogicalResourceId/Gateway")}),
    );
    let gone = json!({"StackName": "web", "TemplateBody": template("10.0.0.0/16", true, false)});
    let said = invalid(&client, "UpdateStack", gone);
    assert!(
        said.starts_with("Error validating existing stack policy: Unknown logical id 'LogicalResourceId/Gateway'"),
        "{said}"
    );
    // A change set is held against it too.
    call(&client, "SetStackPolicy", json!({"StackName": "web", "StackPolicyBody": nothing}));
    let set = json!({"StackName": "web", "ChangeSetName": "one", "TemplateBody": before()});
    call(&client, "CreateChangeSet", set);
    call(&client, "ExecuteChangeSet", json!({"StackName": "web", "ChangeSetName": "one"}));
    assert_eq!(status(&client, "web"), "UPDATE_ROLLBACK_COMPLETE");
}
