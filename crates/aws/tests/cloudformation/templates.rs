//! Templates given back and summed up.

use super::*;

/// A network whose subnets are a loop, with a role in another one.
fn looped() -> Value {
    json!({
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {
            "Names": {"Type": "CommaDelimitedList"},
            "Secret": {"Type": "String", "NoEcho": true, "Default": "hush"},
        },
        "Mappings": {"Blocks": {"A": {"Cidr": "10.0.1.0/24"}, "B": {"Cidr": "10.0.2.0/24"}}},
        "Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16", "Tags": [
                {"Key": "Names", "Value": {"Fn::ToJsonString": {"a": [1, "x"], "z": {"Fn::Length": {"Ref": "Names"}}}}},
                {"Key": "Hidden", "Value": {"Fn::ToJsonString": {"s": {"Ref": "Secret"}}}},
                {"Key": "Name", "Value": {"Fn::Sub": "${AWS::StackName} vpc"}},
            ]}},
            "Fn::ForEach::Subnets": ["Name", {"Ref": "Names"}, {"Subnet${Name}": {
                "Type": "AWS::EC2::Subnet",
                "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": {"Fn::FindInMap": ["Blocks", "${Name}", "Cidr", {"DefaultValue": "10.0.9.0/24"}]}},
            }}],
            "Fn::ForEach::Roles": ["Name", {"Ref": "Names"}, {"Role${Name}": {
                "Type": "AWS::IAM::Role",
                "Properties": {"RoleName": "r${Name}", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}},
            }}],
        },
    })
}

#[test]
fn the_processed_template_is_what_the_transform_made_of_it() {
    let client = Client::new();
    let body = looped().to_string();
    let made = json!({"StackName": "web", "TemplateBody": body, "Capabilities": ["CAPABILITY_AUTO_EXPAND", "CAPABILITY_NAMED_IAM"],
        "Parameters": [{"ParameterKey": "Names", "ParameterValue": "A,C"}]});
    call(&client, "CreateStack", made.clone());
    assert_eq!(status(&client, "web"), "CREATE_COMPLETE");
    let original = call(&client, "GetTemplate", json!({"StackName": "web", "TemplateStage": "Original"}));
    assert_eq!(original["TemplateBody"], body);
    for with in [json!({"StackName": "web"}), json!({"StackName": "web", "TemplateStage": "Processed"})] {
        let processed = call(&client, "GetTemplate", with);
        assert_eq!(processed["StagesAvailable"], json!(["Original", "Processed"]));
        let text = processed["TemplateBody"].as_str().unwrap();
        let processed: Value = text.parse().unwrap();
        assert_eq!(processed.get("Transform"), None);
        let resources = processed["Resources"].as_object().unwrap();
        let mut names: Vec<&String> = resources.keys().collect();
        names.sort();
        assert_eq!(names, ["RoleA", "RoleC", "SubnetA", "SubnetC", "Vpc"]);
        assert_eq!(
            processed["Resources"]["SubnetA"]["Properties"],
            json!({"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.1.0/24"})
        );
        assert_eq!(processed["Resources"]["SubnetC"]["Properties"]["CidrBlock"], "10.0.9.0/24");
        let tags = &processed["Resources"]["Vpc"]["Properties"]["Tags"];
        assert_eq!(tags[0]["Value"], r#"{"a":[1,"x"],"z":2}"#);
        assert_eq!(tags[1]["Value"], json!({"Fn::Join": ["", ["{\"s\":\"", {"Ref": "Secret"}, "\"}"]]}));
        assert_eq!(tags[2]["Value"], json!({"Fn::Sub": "${AWS::StackName} vpc"}));
        assert!(!text.contains("hush\"}"), "{text}");
        // It makes the same.
        let again = json!({"StackName": "web", "TemplateBody": text, "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Parameters": [{"ParameterKey": "Names", "UsePreviousValue": true}]});
        let said = invalid(&client, "UpdateStack", again);
        assert_eq!(said, "No updates are to be performed.");
    }
    let mut set = made;
    set["ChangeSetName"] = json!("one");
    set["Parameters"] = json!([{"ParameterKey": "Names", "ParameterValue": "B"}]);
    call(&client, "CreateChangeSet", set);
    let of_set = call(&client, "GetTemplate", json!({"StackName": "web", "ChangeSetName": "one"}));
    let of_set: Value = of_set["TemplateBody"].as_str().unwrap().parse().unwrap();
    assert_eq!(of_set["Resources"]["SubnetB"]["Properties"]["CidrBlock"], "10.0.2.0/24");
}

#[test]
fn a_template_without_a_transform_is_the_same_in_both_stages() {
    let client = Client::new();
    let body = "Resources: { Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } } }";
    create(&client, "web", body);
    for stage in ["Original", "Processed"] {
        let shown = call(&client, "GetTemplate", json!({"StackName": "web", "TemplateStage": stage}));
        assert_eq!(shown["TemplateBody"], body);
    }
}

#[test]
fn what_stands_in_loops_is_summed_up() {
    let client = Client::new();
    let with = json!({"TemplateBody": looped().to_string()});
    let judged = call(&client, "ValidateTemplate", with.clone());
    assert_eq!(judged["Capabilities"], json!(["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]));
    assert_eq!(judged["CapabilitiesReason"], "The following resource(s) require capabilities: [AWS::IAM::Role]");
    let summary = call(&client, "GetTemplateSummary", with);
    assert_eq!(summary["ResourceTypes"], json!(["AWS::EC2::Subnet", "AWS::EC2::VPC", "AWS::IAM::Role"]));
    let vpc = json!({"ResourceType": "AWS::EC2::VPC", "LogicalResourceIds": ["Vpc"], "ResourceIdentifiers": ["VpcId"]});
    assert_eq!(summary["ResourceIdentifierSummaries"], json!([vpc]));
    // A loop whose collection is known is written out.
    let mut known = looped();
    known["Parameters"]["Names"]["Default"] = json!("A,B");
    let summary = call(&client, "GetTemplateSummary", json!({"TemplateBody": known.to_string()}));
    assert_eq!(
        summary["ResourceIdentifierSummaries"][0],
        json!({"ResourceType": "AWS::EC2::Subnet", "LogicalResourceIds": ["SubnetA", "SubnetB"], "ResourceIdentifiers": ["SubnetId"]})
    );
    let mut review = json!({"StackName": "web", "ChangeSetName": "one", "ChangeSetType": "CREATE"});
    review["TemplateBody"] = json!(super::vpc().to_string());
    call(&client, "CreateChangeSet", review);
    let said = invalid(&client, "GetTemplateSummary", json!({"StackName": "web"}));
    assert_eq!(said, "GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.");
}
