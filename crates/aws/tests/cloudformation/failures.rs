//! What becomes of a stack when a step fails, and what is said of it.

use super::*;

#[test]
fn what_fails_goes_back_or_stays_as_was_asked() {
    let client = Client::new();
    let wrong = network("10.1.0.0/24");
    create(&client, "back", &wrong);
    assert_eq!(status(&client, "back"), "ROLLBACK_COMPLETE");
    let stays = json!({"StackName": "stays", "TemplateBody": wrong, "OnFailure": "DO_NOTHING"});
    call(&client, "CreateStack", stays);
    assert_eq!(status(&client, "stays"), "CREATE_FAILED");
    call(&client, "RollbackStack", json!({"StackName": "stays"}));
    assert_eq!(status(&client, "stays"), "ROLLBACK_COMPLETE");
    let goes = json!({"StackName": "goes", "TemplateBody": wrong, "OnFailure": "DELETE"});
    let id = call(&client, "CreateStack", goes)["StackId"].as_str().unwrap().to_string();
    assert_eq!(status(&client, &id), "DELETE_COMPLETE");
    let both = json!({"StackName": "both", "TemplateBody": wrong, "OnFailure": "DELETE", "DisableRollback": true});
    let said = "You can specify either DisableRollback or OnFailure, but not both.";
    assert_eq!(invalid(&client, "CreateStack", both), said);
    create(&client, "web", &network("10.0.1.0/24"));
    let update = json!({"StackName": "web", "TemplateBody": wrong});
    call(&client, "UpdateStack", update.clone());
    assert_eq!(status(&client, "web"), "UPDATE_ROLLBACK_COMPLETE");
    let mut disabled = update;
    disabled["DisableRollback"] = json!(true);
    call(&client, "UpdateStack", disabled);
    assert_eq!(status(&client, "web"), "UPDATE_FAILED");
    call(&client, "RollbackStack", json!({"StackName": "web"}));
    assert_eq!(status(&client, "web"), "UPDATE_ROLLBACK_COMPLETE");
    let late = invalid(&client, "CancelUpdateStack", json!({"StackName": "web"}));
    assert_eq!(late, "CancelUpdateStack cannot be called from current stack status");
    assert!(
        invalid(&client, "ContinueUpdateRollback", json!({"StackName": "web"})).contains("can not continue rollback")
    );
}

#[test]
fn a_rollback_that_failed_goes_on_without_what_cannot_go_back() {
    let client = Client::new();
    let template = |cidr: &str, more: Value| {
        let rule = json!({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": cidr});
        let mut resources = json!({
            "V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            "G": {"Type": "AWS::EC2::SecurityGroup", "Properties": {
                "VpcId": {"Ref": "V"}, "GroupDescription": "g", "SecurityGroupIngress": [rule]}},
        });
        resources.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"Resources": resources}).to_string()
    };
    create(&client, "web", &template("10.0.0.0/8", json!({})));
    let wrong = json!({"B": {"Type": "AWS::EC2::Subnet", "DependsOn": "G",
        "Properties": {"VpcId": {"Ref": "V"}, "CidrBlock": "10.9.0.0/24"}}});
    let body = template("10.1.0.0/16", wrong);
    call(&client, "UpdateStack", json!({"StackName": "web", "TemplateBody": body, "DisableRollback": true}));
    assert_eq!(status(&client, "web"), "UPDATE_FAILED");
    let of = json!({"StackName": "web", "LogicalResourceId": "G"});
    let group = call(&client, "DescribeStackResource", of)["StackResourceDetail"]["PhysicalResourceId"].clone();
    client.call("DeleteSecurityGroup", json!({"GroupId": group}));
    call(&client, "RollbackStack", json!({"StackName": "web"}));
    assert_eq!(status(&client, "web"), "UPDATE_ROLLBACK_FAILED");
    call(&client, "ContinueUpdateRollback", json!({"StackName": "web"}));
    assert_eq!(status(&client, "web"), "UPDATE_ROLLBACK_FAILED", "it is still gone");
    call(&client, "ContinueUpdateRollback", json!({"StackName": "web", "ResourcesToSkip": ["G"]}));
    assert_eq!(status(&client, "web"), "UPDATE_ROLLBACK_COMPLETE");
}

#[test]
fn a_rollback_that_failed_goes_on_once_what_was_in_its_way_is_gone() {
    let client = Client::new();
    let template = |addresses: &[&str], wrong: bool| {
        let mut listed = vec![json!({"PrivateIpAddress": "10.0.1.10", "Primary": true})];
        listed.extend(addresses.iter().map(|address| json!({"PrivateIpAddress": address, "Primary": false})));
        let mut template: Value = network("10.0.1.0/24").parse().unwrap();
        template["Resources"]["Interface"] = json!({"Type": "AWS::EC2::NetworkInterface", "Properties": {
            "SubnetId": {"Ref": "Subnet"}, "PrivateIpAddresses": listed}});
        if wrong {
            template["Resources"]["Bad"] = json!({"Type": "AWS::EC2::Subnet", "DependsOn": "Interface",
                "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.9.0.0/24"}});
        }
        template.to_string()
    };
    create(&client, "web", &template(&["10.0.1.20"], false));
    assert_eq!(status(&client, "web"), "CREATE_COMPLETE");
    let wrong = json!({"StackName": "web", "TemplateBody": template(&[], true), "DisableRollback": true});
    call(&client, "UpdateStack", wrong);
    assert_eq!(status(&client, "web"), "UPDATE_FAILED");
    let of = json!({"StackName": "web", "LogicalResourceId": "Subnet"});
    let subnet = call(&client, "DescribeStackResource", of)["StackResourceDetail"]["PhysicalResourceId"].clone();
    // Somebody takes the address that the interface had.
    let taken = client.call("CreateNetworkInterface", json!({"SubnetId": subnet, "PrivateIpAddress": "10.0.1.20"}));
    call(&client, "RollbackStack", json!({"StackName": "web"}));
    assert_eq!(status(&client, "web"), "UPDATE_ROLLBACK_FAILED");
    let events = call(&client, "DescribeStackEvents", json!({"StackName": "web"}));
    let failed = &events["StackEvents"][0];
    assert_eq!(failed["ResourceStatusReason"], "The following resource(s) failed to update: [Interface]. ");
    let id = taken["NetworkInterface"]["NetworkInterfaceId"].clone();
    client.call("DeleteNetworkInterface", json!({"NetworkInterfaceId": id}));
    call(&client, "ContinueUpdateRollback", json!({"StackName": "web"}));
    assert_eq!(status(&client, "web"), "UPDATE_ROLLBACK_COMPLETE");
    let shown = client.call("DescribeNetworkInterfaces", json!({}));
    let addresses = shown["NetworkInterfaces"][0]["PrivateIpAddresses"].as_array().unwrap();
    assert!(addresses.iter().any(|address| address["PrivateIpAddress"] == "10.0.1.20"), "{addresses:?}");
}

/// The reason of the first event of a resource with a status.
#[track_caller]
fn reason(client: &Client, resource: &str, status: &str) -> String {
    let events = call(client, "DescribeStackEvents", json!({"StackName": "web"}));
    let of = |e: &&Value| e["LogicalResourceId"] == resource && e["ResourceStatus"] == status;
    let event = events["StackEvents"].as_array().unwrap().iter().find(of).unwrap_or_else(|| panic!("{events}"));
    event["ResourceStatusReason"].as_str().unwrap().to_string()
}

#[test]
fn what_a_service_refused_is_told_as_aws_tells_it() {
    let client = Client::new();
    let mut wrong: Value = network("10.0.1.0/24").parse().unwrap();
    wrong["Resources"]["Same"] = json!({"Type": "AWS::EC2::Subnet", "DependsOn": "Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.1.0/24"}});
    let begun = json!({"StackName": "web", "TemplateBody": wrong.to_string(), "OnFailure": "DO_NOTHING"});
    call(&client, "CreateStack", begun);
    let told = reason(&client, "Same", "CREATE_FAILED");
    let uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    let framed = format!(
        "^Resource handler returned message: \"The CIDR '10.0.1.0/24' conflicts with another subnet.* \\(Service: Ec2, Status Code: 400, Request ID: {uuid}\\) \\(SDK Attempt Count: 1\\)\" \\(RequestToken: {uuid}, HandlerErrorCode: AlreadyExists\\)$"
    );
    assert!(regex::Regex::new(&framed).unwrap().is_match(&told), "{told}");
    let of = json!({"StackName": "web", "LogicalResourceId": "Same"});
    let detail = call(&client, "DescribeStackResource", of)["StackResourceDetail"].clone();
    assert_eq!(detail["ResourceStatusReason"], told.as_str());
    assert_eq!(reason(&client, "web", "CREATE_FAILED"), "The following resource(s) failed to create: [Same]. ");
    // What is in use is told of its deletion; a security group has no handler.
    let subnet = json!({"StackName": "web", "LogicalResourceId": "Subnet"});
    let subnet = call(&client, "DescribeStackResource", subnet)["StackResourceDetail"]["PhysicalResourceId"].clone();
    client.call("CreateNetworkInterface", json!({"SubnetId": subnet}));
    call(&client, "DeleteStack", json!({"StackName": "web"}));
    let told = reason(&client, "Subnet", "DELETE_FAILED");
    assert!(told.starts_with("Resource handler returned message: \"The subnet '"), "{told}");
    assert!(told.ends_with("HandlerErrorCode: InvalidRequest)"), "{told}");
    assert_eq!(reason(&client, "web", "DELETE_FAILED"), "The following resource(s) failed to delete: [Vpc, Subnet]. ");
}
