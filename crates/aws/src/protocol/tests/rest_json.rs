use super::*;
use serde_json::json;

fn request(method: &str, path: &str, query: &str, body: &[u8]) -> HttpRequest {
    let (method, path, query) = (method.into(), path.into(), query.into());
    HttpRequest { method, path, query, body: body.to_vec(), headers: vec![] }
}

#[test]
fn operations_are_told_apart_by_method_and_path() {
    let get = request("GET", "/2015-03-31/functions/a%2Db", "Qualifier=1", b"");
    assert_eq!(accepted(&LAMBDA, &get), ("GetFunction", json!({"FunctionName": "a-b", "Qualifier": "1"})));
    let list = request("GET", "/2015-03-31/functions/", "MaxItems=5", b"");
    assert_eq!(accepted(&LAMBDA, &list), ("ListFunctions", json!({"MaxItems": 5})));
    assert_eq!(refused(&LAMBDA, &request("GET", "/2015-03-31/layers", "", b"")).code, "UnsupportedOperation");
    let bad = request("GET", "/2015-03-31/functions/", "MaxItems=0", b"");
    assert_eq!(refused(&LAMBDA, &bad).code, "ValidationException");
}

#[test]
fn bodies_are_structures_or_raw() {
    let create = json!({
        "FunctionName": "f", "Role": "arn:aws:iam::000000000000:role/r", "Code": {"ZipFile": "UEs="},
        "Environment": {"Variables": {"AB": "b"}}, "Timeout": 3
    });
    let made = request("POST", "/2015-03-31/functions", "", create.to_string().as_bytes());
    assert_eq!(accepted(&LAMBDA, &made), ("CreateFunction", create));
    let mut invoke = request("POST", "/2015-03-31/functions/f/invocations", "", b"\xff\x00");
    invoke.headers.push(("x-amz-invocation-type".into(), "Event".into()));
    let expected = json!({"FunctionName": "f", "InvocationType": "Event", "Payload": "/wA="});
    assert_eq!(accepted(&LAMBDA, &invoke), ("Invoke", expected));
}

#[test]
fn answers_fill_status_headers_and_body() {
    let output = json!({"StatusCode": 202, "FunctionError": "Unhandled", "ExecutedVersion": "1", "Payload": "/wA="});
    let response = written(&LAMBDA, "Invoke", output);
    assert_eq!((response.status, response.body.as_slice()), (202, b"\xff\x00".as_slice()));
    assert_eq!(header(&response, "x-amz-function-error"), "Unhandled");
    let response = written(&LAMBDA, "CreateFunction", json!({"FunctionName": "f", "Timeout": 3}));
    assert_eq!((response.status, body(&response)), (201, r#"{"FunctionName":"f","Timeout":3}"#.to_string()));
    let response = encode_fault(&LAMBDA, &Fault::new("ResourceNotFoundException", "no"), "an-id");
    assert_eq!(
        (response.status, header(&response, "x-amzn-errortype")),
        (404, "ResourceNotFoundException".to_string())
    );
}
