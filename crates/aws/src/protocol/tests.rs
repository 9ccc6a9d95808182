//! Each protocol against shapes of real models.

mod ec2;
mod json;
mod query;
mod rest_json;
mod rest_xml;

use super::*;
use std::sync::LazyLock;

macro_rules! models { ($($name:ident = $path:literal;)*) => { $(
    static $name: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!($path)).expect($path));
)* } }

models! {
    EC2 = "../../models/ec2.json";
    STS = "../../models/sts.json";
    IAM = "../../models/iam.json";
    ECS = "../../tests/models/ecs.json";
    LOGS = "../../tests/models/logs.json";
    LAMBDA = "../../tests/models/lambda.json";
    ROUTE53 = "../../tests/models/route53.json";
}

fn form(body: &str) -> HttpRequest {
    HttpRequest { method: "POST".into(), path: "/".into(), body: body.into(), ..HttpRequest::default() }
}

fn header(response: &HttpResponse, name: &str) -> String {
    let found = response.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
    found.unwrap_or_else(|| panic!("no header {name}: {response:?}")).1.clone()
}

fn body(response: &HttpResponse) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

/// The parameters of a request that must be accepted, and the operation.
#[track_caller]
fn accepted(model: &Model, request: &HttpRequest) -> (&'static str, Value) {
    let decoded = decode(model, request, &mut None).unwrap_or_else(|fault| panic!("{fault}"));
    (decoded.operation.name, decoded.parameters)
}

#[track_caller]
fn refused(model: &Model, request: &HttpRequest) -> Fault {
    match decode(model, request, &mut None) {
        Ok(decoded) => panic!("accepted: {decoded:?}"),
        Err(fault) => fault,
    }
}

#[track_caller]
fn written(model: &Model, operation: &str, output: Value) -> HttpResponse {
    encode(model, model.operation(operation).unwrap(), &Document::of(&output).unwrap(), "an-id")
        .unwrap_or_else(|misfit| panic!("{misfit}"))
}

#[test]
fn every_pattern_can_be_judged() {
    let mut cannot = Vec::new();
    for model in [&EC2, &STS, &IAM, &ECS, &LOGS, &LAMBDA, &ROUTE53] {
        for shape in model.shapes() {
            if let crate::model::Kind::String(text) = &shape.kind {
                cannot.extend(text.pattern.iter().filter(|p| p.regex().is_none()).map(|_| shape.name));
            }
        }
    }
    // What these forbid by looking ahead, two dashes or dots in a row, is for `croft-control` to refuse.
    assert_eq!(cannot, ["accountAliasType", "S3Bucket"]);
}

#[test]
fn a_member_that_the_model_does_not_know_is_no_answer() {
    let operation = EC2.operation("CreateVpc").unwrap();
    for output in [
        serde_json::json!({"Vpc": {"Colour": "red"}}),
        serde_json::json!({"Vpc": {"IsDefault": "true"}}),
        serde_json::json!({"Vpc": {"Tags": {"Key": "a"}}}),
        serde_json::json!({"Vpc": {"VpcId": 7}}),
    ] {
        assert!(encode(&EC2, operation, &Document::of(&output).unwrap(), "").is_err(), "{output}");
    }
}

#[test]
fn a_service_that_is_not_known_is_refused_in_the_form_of_the_request() {
    let fault = Fault::unsupported("elasticloadbalancing:DescribeLoadBalancers");
    let refused = |service: Option<&str>, request: &HttpRequest| {
        let response = encode_fault_of_unknown(request, service, &fault, "an-id");
        assert_eq!(response.status, 400);
        (header(&response, "content-type"), body(&response))
    };
    let headers = |pairs: &[(&str, &str)]| HttpRequest {
        headers: pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        ..HttpRequest::default()
    };
    let target =
        headers(&[("X-Amz-Target", "Logs_20140328.DescribeLogGroups"), ("Content-Type", "application/x-amz-json-1.1")]);
    let (kind, body) = refused(Some("logs"), &target);
    assert!(kind == "application/x-amz-json-1.1" && body.starts_with("{\"__type\":\"UnsupportedOperation\""), "{body}");
    let form = headers(&[("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]);
    let (_, body) = refused(Some("elasticloadbalancing"), &form);
    assert!(body.contains("<ErrorResponse><Error><Type>Sender</Type><Code>UnsupportedOperation</Code>"), "{body}");
    let (kind, _) = refused(Some("lambda"), &headers(&[]));
    assert_eq!(kind, "application/json");
    let (kind, body) = refused(Some("s3"), &headers(&[]));
    assert!(kind == "text/xml" && body.contains("<ErrorResponse>"), "{body}");
    assert!(refused(None, &headers(&[])).1.contains("<Response><Errors>"));
}
