use super::*;
use serde_json::json;

fn target(operation: &str, body: Value) -> HttpRequest {
    HttpRequest { headers: vec![("X-Amz-Target".into(), format!("Prefix.{operation}"))], ..form(&body.to_string()) }
}

#[test]
fn members_by_name_and_judged() {
    let request = target(
        "RunTask",
        json!({
            "taskDefinition": "web:1", "count": 2.0, "startedBy": null,
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}}
        }),
    );
    let expected = json!({
        "taskDefinition": "web:1", "count": 2,
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}}
    });
    assert_eq!(accepted(&ECS, &request), ("RunTask", expected));
    for (body, word) in [
        (json!({}), "Value null at 'taskDefinition'"),
        (json!({"taskDefinition": 7}), "Value '7' at 'taskDefinition'"),
        (json!({"taskDefinition": "a", "launchType": "MOON"}), "Value 'MOON' at 'launchType'"),
        (json!({"taskDefinition": "a", "count": 1.5}), "at 'count'"),
        (json!({"taskDefinition": "a", "colour": 1}), "colour is not recognized"),
        (json!({"taskDefinition": "a", "tags": {}}), "at 'tags'"),
    ] {
        let fault = refused(&ECS, &target("RunTask", body));
        assert!(fault.code == "ValidationException" && fault.message.contains(word), "{fault}");
    }
    let retention = json!({"logGroupName": "a b"});
    assert!(refused(&LOGS, &target("CreateLogGroup", retention)).message.contains("regular expression"));
}

#[test]
fn what_is_no_json_or_no_operation() {
    let request = HttpRequest { body: b"{".to_vec(), ..target("RunTask", json!({})) };
    assert_eq!(refused(&ECS, &request).code, "SerializationException");
    let deep = "[".repeat(100_000);
    let request = HttpRequest { body: deep.into_bytes(), ..target("RunTask", json!({})) };
    assert_eq!(refused(&ECS, &request).code, "SerializationException");
    assert_eq!(refused(&ECS, &target("RunTusk", json!({}))).code, "UnknownOperationException");
    assert_eq!(refused(&ECS, &form("{}")).code, "UnknownOperationException");
    assert_eq!(refused(&ECS, &target("StopTask", json!({}))).code, "UnsupportedOperation");
}

#[test]
fn answers_and_refusals() {
    let output = json!({"tasks": [{"taskArn": "a", "createdAt": 951_827_696_500_i64}], "failures": []});
    let response = written(&ECS, "RunTask", output);
    assert_eq!(body(&response), r#"{"failures":[],"tasks":[{"createdAt":951827696.5,"taskArn":"a"}]}"#);
    assert_eq!(header(&response, "content-type"), "application/x-amz-json-1.1");
    let response = encode_fault(&ECS, &Fault::new("ClusterNotFoundException", "no"), "an-id");
    assert_eq!((response.status, header(&response, "x-amzn-requestid")), (400, "an-id".to_string()));
    assert_eq!(body(&response), r#"{"__type":"ClusterNotFoundException","message":"no"}"#);
}
