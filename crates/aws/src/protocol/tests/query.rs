use super::*;
use serde_json::json;

#[test]
fn lists_are_of_members() {
    let request = form(
        "Action=CreateRole&Version=2010-05-08&RoleName=web&AssumeRolePolicyDocument=%7B%7D&MaxSessionDuration=3600\
         &Tags.member.1.Key=a&Tags.member.1.Value=b",
    );
    let expected = json!({
        "RoleName": "web", "AssumeRolePolicyDocument": "{}", "MaxSessionDuration": 3600, "Tags": [{"Key": "a", "Value": "b"}]
    });
    assert_eq!(accepted(&IAM, &request), ("CreateRole", expected));
    assert_eq!(
        accepted(&IAM, &form("Action=UntagRole&RoleName=web&TagKeys=")).1,
        json!({"RoleName": "web", "TagKeys": []})
    );
}

#[test]
fn every_violation_is_told_in_one_error() {
    let fault = refused(&IAM, &form("Action=CreateRole&RoleName=a+b&MaxSessionDuration=1&Tags.member.1.Key="));
    assert_eq!(fault.code, "ValidationError");
    for part in [
        "6 validation errors detected: ",
        "Value null at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null",
        "Value '1' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600",
        "Value 'a b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+",
        "Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1",
        "Value null at 'tags.1.member.value'",
    ] {
        assert!(fault.message.contains(part), "{part}\n{}", fault.message);
    }
    assert_eq!(refused(&IAM, &form("Action=GetRole&RoleName=web&Colour=red")).code, "InvalidQueryParameter");
    assert_eq!(refused(&IAM, &form("Action=GetRoll")).code, "InvalidAction");
    assert_eq!(refused(&IAM, &form("Action=UploadServerCertificate")).code, "UnsupportedOperation");
}

#[test]
fn answers_have_a_result_and_metadata() {
    let response = written(&STS, "GetCallerIdentity", json!({"Account": "000000000000", "UserId": "u", "Arn": "a"}));
    assert_eq!(
        body(&response),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Account>000000000000</Account><Arn>a</Arn><UserId>u</UserId></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>an-id</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    );
    let body = body(&written(&IAM, "DeleteRole", json!(null)));
    assert!(!body.contains("Result"), "{body}");
    let listed = written(
        &IAM,
        "ListRoles",
        json!({"Roles": [{
        "Path": "/", "RoleName": "web", "RoleId": "AROA", "Arn": "a", "CreateDate": 951_827_696_000_i64
    }], "IsTruncated": false}),
    );
    let listed = super::body(&listed);
    assert!(listed.contains("<Roles><member><Arn>a</Arn><CreateDate>2000-02-29T12:34:56Z</CreateDate>"), "{listed}");
}

#[test]
fn refusals_have_the_model_s_status() {
    let response = encode_fault(&IAM, &Fault::new("NoSuchEntity", "no"), "an-id");
    assert_eq!(response.status, 404);
    assert_eq!(
        body(&response),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
         <Type>Sender</Type><Code>NoSuchEntity</Code><Message>no</Message></Error><RequestId>an-id</RequestId></ErrorResponse>"
    );
    assert_eq!(encode_fault(&IAM, &Fault::new("EntityAlreadyExists", ""), "").status, 409);
}
