//! Stacks through the API: what is refused and in which words, the states that waiters wait for, what is never shown.

#[path = "../client/mod.rs"]
mod client;
mod failures;
mod operations;
mod policies;
mod templates;

use client::Client;
use serde_json::{Value, json};

fn vpc() -> Value {
    json!({"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}})
}

/// A network whose subnet lies in its VPC, or does not.
fn network(block: &str) -> String {
    let mut template = vpc();
    template["Resources"]["Subnet"] =
        json!({"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": block}});
    template.to_string()
}

#[track_caller]
fn call(client: &Client, operation: &str, with: Value) -> Value {
    let answer = client.call(&format!("cloudformation:{operation}"), with);
    client.settle();
    answer
}

/// A refusal's code and message.
#[track_caller]
fn refused(client: &Client, operation: &str, with: Value) -> (String, String) {
    match client.try_call(&format!("cloudformation:{operation}"), with) {
        Ok(answer) => panic!("{operation} was not refused: {answer}"),
        Err(refusal) => (refusal.code, refusal.message),
    }
}

#[track_caller]
fn invalid(client: &Client, operation: &str, with: Value) -> String {
    let (code, message) = refused(client, operation, with);
    assert_eq!(code, "ValidationError", "{message}");
    message
}

#[track_caller]
fn status(client: &Client, stack: &str) -> String {
    let shown = call(client, "DescribeStacks", json!({"StackName": stack}));
    shown["Stacks"][0]["StackStatus"].as_str().unwrap().to_string()
}

#[track_caller]
fn create(client: &Client, stack: &str, template: &str) -> String {
    let made = call(client, "CreateStack", json!({"StackName": stack, "TemplateBody": template}));
    made["StackId"].as_str().unwrap().to_string()
}
