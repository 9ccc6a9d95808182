use super::*;

fn read(text: &str) -> Result<Policy, StackError> {
    Policy::read(text, "stack policy", &|id| ["Vpc", "Subnet"].contains(&id))
}

/// One statement with these members.
fn statement(members: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Principal": "*", {members}}}"#)
}

fn with(statements: &[&str]) -> Policy {
    read(&format!(r#"{{"Statement": [{}]}}"#, statements.join(","))).unwrap()
}

const ALL: &str = r#"{"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}"#;
const VPC: &str = "AWS::EC2::VPC";

#[test]
fn what_is_no_policy_is_refused_in_aws_s_words() {
    let long = statement(r#""Action": "Update:*", "Resource": "*", "Condition": {"StringEquals": {"Stack": "x"}}"#);
    for wrong in [
        "x",
        "[]",
        r#"{"Statement": 1}"#,
        r#"{"Statements": []}"#,
        &format!(r#"{{"Statement": {}}}"#, statement(r#""Action": "Delete:*", "Resource": "*""#)),
        &format!(r#"{{"Statement": {}}}"#, statement(r#""Resource": "*""#)),
        &format!(r#"{{"Statement": {}}}"#, statement(r#""Action": "Update:*", "Resource": "Vpc""#)),
        &format!(
            r#"{{"Statement": {}}}"#,
            statement(r#""Action": "Update:*", "NotAction": "Update:Modify", "Resource": "*""#)
        ),
        &format!(r#"{{"Statement": {long}}}"#),
        r#"{"Statement": {"Effect": "Allow", "Principal": "me", "Action": "Update:*", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "Update:*", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Maybe", "Principal": "*", "Action": "Update:*", "Resource": "*"}}"#,
    ] {
        let refused = read(wrong).expect_err(wrong);
        assert_eq!(refused.code(), "ValidationError");
        assert_eq!(refused.to_string(), "Error validating stack policy: Invalid stack policy", "{wrong}");
    }
    let other =
        statement(r#""Action": "Update:*", "NotResource": ["LogicalResourceId/V*", "LogicalResourceId/Other"]"#);
    assert_eq!(
        read(&format!(r#"{{"Statement": {other}}}"#)).unwrap_err().to_string(),
        "Error validating stack policy: Unknown logical id 'LogicalResourceId/Other' in statement {} - stack policies can only be applied to logical ids referenced in the template"
    );
}

#[test]
fn an_empty_policy_protects_nothing_and_an_empty_list_everything() {
    assert_eq!(read("{}").unwrap().judge(Act::Delete, "Vpc", VPC), Ok(()));
    let refused = with(&[]).judge(Act::Modify, "Vpc", VPC);
    assert_eq!(refused, Err("Action not allowed by stack policy".to_string()));
}

#[test]
fn a_denial_counts_more_than_what_allows_wherever_it_stands() {
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": ["Update:Replace", "Update:Delete"], "Resource": "LogicalResourceId/Vpc"}"#;
    for policy in [with(&[ALL, deny]), with(&[deny, ALL])] {
        let refused = policy.judge(Act::Replace, "Vpc", VPC).unwrap_err();
        assert_eq!(
            refused,
            "Action denied by stack policy: Statement [#1] does not allow [Update:Replace, Update:Delete] for resource [LogicalResourceId/Vpc];"
        );
        assert_eq!(policy.judge(Act::Modify, "Vpc", VPC), Ok(()));
        assert_eq!(policy.judge(Act::Replace, "Subnet", "AWS::EC2::Subnet"), Ok(()));
    }
}

#[test]
fn what_no_statement_allows_is_protected() {
    let policy = with(&[&statement(r#""Action": "Update:Modify", "Resource": ["LogicalResourceId/Sub*"]"#)]);
    assert_eq!(policy.judge(Act::Modify, "Subnet", "AWS::EC2::Subnet"), Ok(()));
    for (act, id) in [(Act::Delete, "Subnet"), (Act::Modify, "Vpc")] {
        policy.judge(act, id, VPC).expect_err("nothing allows it");
    }
    // A statement without a resource speaks of none.
    let nothing = with(&[ALL, r#"{"Effect": "Deny", "Principal": "*", "Action": "Update:*"}"#]);
    assert_eq!(nothing.judge(Act::Delete, "Vpc", VPC), Ok(()));
}

#[test]
fn everything_but_and_conditions() {
    let policy = with(&[&statement(r#""NotAction": "Update:Delete", "NotResource": "LogicalResourceId/Vpc""#)]);
    assert_eq!(policy.judge(Act::Replace, "Subnet", "AWS::EC2::Subnet"), Ok(()));
    policy.judge(Act::Delete, "Subnet", "AWS::EC2::Subnet").expect_err("it is left out");
    policy.judge(Act::Modify, "Vpc", VPC).expect_err("it is left out");
    for (operator, types, denied) in [
        ("StringEquals", r#""AWS::EC2::VPC""#, true),
        ("StringEquals", r#"["AWS::EC2::Subnet", "AWS::EC2::VPC"]"#, true),
        ("StringEquals", r#""AWS::EC2::*""#, false),
        ("StringLike", r#"["AWS::IAM::*", "AWS::EC2::V*"]"#, true),
        ("StringLike", r#""AWS::IAM::*""#, false),
    ] {
        let deny = format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": "Update:*", "Resource": "*", "Condition": {{"{operator}": {{"ResourceType": {types}}}}}}}"#
        );
        let judged = with(&[ALL, &deny]).judge(Act::Modify, "Vpc", VPC);
        assert_eq!(judged.is_err(), denied, "{operator} {types}");
    }
}
