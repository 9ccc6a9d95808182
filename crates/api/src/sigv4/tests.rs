//! AWS's published examples: its test suite (2015), the example of the signing documentation, and S3's presigned one.

use super::*;
use croft_model::credential::{AccessKeyId, Principal, Secret, Session};
use hyper::Request;

const SUITE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30 12:36:00.
const THEN: u64 = 1_440_938_160;

/// An access key with this secret.
pub(super) fn key(secret: &str) -> Credential {
    Credential {
        access_key_id: AccessKeyId::long_term([0; 10]),
        secret_access_key: Secret::new(secret),
        account: Default::default(),
        name: None,
        principal: Principal::Root,
        created: 0,
        active: true,
        session: None,
    }
}

fn parts(method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

/// A request of the suite: host and date are in it beside the headers given.
fn suite(method: &str, target: &str, headers: &[(&str, &str)], signed: &str, signature: &str) -> Parts {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={signed}, Signature={signature}"
    );
    let mut all =
        vec![("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z"), ("authorization", &authorization)];
    all.extend_from_slice(headers);
    parts(method, target, &all)
}

fn check(parts: &Parts, body: &[u8], credential: &Credential, now: u64) -> Result<(), Refusal> {
    verify(&Authorization::of(parts)?, parts, body, credential, &SigningKeys::default(), now)
}

const VANILLA: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

#[test]
fn aws_s_test_suite_is_verified() {
    let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let unreserved = format!("/?{unreserved}={unreserved}");
    let plain = "host;x-amz-date";
    let one = "host;my-header1;x-amz-date";
    let typed = "content-type;host;x-amz-date";
    let form = "application/x-www-form-urlencoded";
    let form_utf8 = "application/x-www-form-urlencoded; charset=utf-8";
    type Example<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, &'a str, &'a [u8]);
    let examples: &[Example<'_>] = &[
        ("GET", "/", &[], plain, VANILLA, b""),
        (
            "GET",
            "/?Param2=value2&Param1=value1",
            &[],
            plain,
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            b"",
        ),
        ("GET", &unreserved, &[], plain, "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197", b""),
        ("GET", "/example/..", &[], plain, VANILLA, b""),
        ("GET", "/example1/example2/../..", &[], plain, VANILLA, b""),
        ("GET", "//", &[], plain, VANILLA, b""),
        ("GET", "/./", &[], plain, VANILLA, b""),
        ("GET", "//example//", &[], plain, "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84", b""),
        (
            "GET",
            "/",
            &[("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
            one,
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
            b"",
        ),
        (
            "GET",
            "/",
            &[("My-Header1", "value4"), ("My-Header1", "value1"), ("My-Header1", "value3"), ("My-Header1", "value2")],
            one,
            "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
            b"",
        ),
        (
            "GET",
            "/",
            &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            "host;my-header1;my-header2;x-amz-date",
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            b"",
        ),
        ("POST", "/", &[], plain, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b", b""),
        (
            "POST",
            "/",
            &[("Content-Type", form)],
            typed,
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            b"Param1=value1",
        ),
        (
            "POST",
            "/",
            &[("Content-Type", form_utf8)],
            typed,
            // Not of the suite, whose example leaves the form's characters out: of the client library's own signer.
            "2f3b42f35f135abf9c562afcbbc44fc03df96dcfd4332ecebad8b39a7d4b6125",
            b"Param1=value1",
        ),
    ];
    for (method, target, headers, signed, signature, body) in examples {
        let parts = suite(method, target, headers, signed, signature);
        assert_eq!(check(&parts, body, &key(SUITE_SECRET), THEN), Ok(()), "{method} {target} {headers:?}");
        let changed = [*body, b"x"].concat();
        let refused = check(&parts, &changed, &key(SUITE_SECRET), THEN);
        assert!(matches!(refused, Err(Refusal::WrongSignature(_))), "another body: {refused:?}");
        let refused = check(&parts, body, &key("another"), THEN);
        assert!(matches!(refused, Err(Refusal::WrongSignature(_))), "another secret: {refused:?}");
    }
}

#[test]
fn the_documentation_s_example_is_verified() {
    let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
                         SignedHeaders=content-type;host;x-amz-date, \
                         Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    let parts = parts(
        "GET",
        "/?Action=ListUsers&Version=2010-05-08",
        &[
            ("host", "iam.amazonaws.com"),
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("x-amz-date", "20150830T123600Z"),
            ("authorization", authorization),
        ],
    );
    assert_eq!(check(&parts, b"", &key(SUITE_SECRET), THEN), Ok(()));
}

#[test]
fn a_path_is_encoded_once_more_than_it_was_sent() {
    // The wire says `%20`, the signer has signed `%2520`; signed by AWS's own client library.
    let signature = "446b817944c553435b35e813c261ff4e161fff982d1bacdef1c87f6785dd1662";
    let parts = suite("GET", "/example%20space/", &[], "host;x-amz-date", signature);
    assert_eq!(check(&parts, b"", &key(SUITE_SECRET), THEN), Ok(()));
}

/// S3's example of a presigned request, good for a day from 2013-05-24.
fn presigned() -> Parts {
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256\
                 &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
                 &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
                 &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    parts("GET", &format!("/test.txt?{query}"), &[("host", "examplebucket.s3.amazonaws.com")])
}

#[test]
fn a_presigned_request_is_good_from_a_quarter_of_an_hour_before_its_start_to_its_end() {
    let start = 1_369_353_600;
    let key = key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    for now in [start - 900, start, start + 86_400] {
        assert_eq!(check(&presigned(), b"", &key, now), Ok(()));
    }
    for now in [start - 901, start + 86_401] {
        assert!(matches!(check(&presigned(), b"", &key, now), Err(Refusal::Expired(_))));
    }
}

#[test]
fn a_signed_request_is_good_for_five_minutes_around_now() {
    let parts = suite("GET", "/", &[], "host;x-amz-date", VANILLA);
    for now in [THEN - 300, THEN + 300] {
        assert_eq!(check(&parts, b"", &key(SUITE_SECRET), now), Ok(()));
    }
    for now in [THEN - 301, THEN + 301, 0] {
        assert!(matches!(check(&parts, b"", &key(SUITE_SECRET), now), Err(Refusal::Expired(_))), "{now}");
    }
}

#[test]
fn a_session_s_key_needs_its_token_and_ends() {
    let token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
    let signature = "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead";
    let signed = "host;x-amz-date;x-amz-security-token";
    let with = |token| suite("POST", "/", &[("x-amz-security-token", token)], signed, signature);
    let mut key = key(SUITE_SECRET);
    assert_eq!(check(&with(token), b"", &key, THEN), Err(Refusal::UnknownKey), "a key without a session");
    key.session = Some(Session { token: Secret::new(token), expires: THEN + 1 });
    assert_eq!(check(&with(token), b"", &key, THEN), Ok(()));
    assert_eq!(check(&with("another"), b"", &key, THEN), Err(Refusal::UnknownKey));
    let bare = suite("GET", "/", &[], "host;x-amz-date", VANILLA);
    assert_eq!(check(&bare, b"", &key, THEN), Err(Refusal::UnknownKey), "without its token");
    assert_eq!(check(&with(token), b"", &key, THEN + 1), Err(Refusal::ExpiredToken));
}

#[test]
fn an_inactive_key_is_unknown() {
    let parts = suite("GET", "/", &[], "host;x-amz-date", VANILLA);
    let key = Credential { active: false, ..key(SUITE_SECRET) };
    assert_eq!(check(&parts, b"", &key, THEN), Err(Refusal::UnknownKey));
}

#[test]
fn what_says_what_the_request_is_must_be_signed() {
    let told = ("x-amz-target", "Service.Delete");
    let parts = suite("GET", "/", &[told], "host;x-amz-date", VANILLA);
    assert!(matches!(check(&parts, b"", &key(SUITE_SECRET), THEN), Err(Refusal::WrongSignature(_))));
    let parts = suite("GET", "/", &[], "x-amz-date", VANILLA);
    assert!(matches!(check(&parts, b"", &key(SUITE_SECRET), THEN), Err(Refusal::WrongSignature(_))), "no host");
    let parts = suite("GET", "/", &[], "host;x-amz-date;x-amz-target", VANILLA);
    assert!(matches!(check(&parts, b"", &key(SUITE_SECRET), THEN), Err(Refusal::WrongSignature(_))), "not there");
}

#[test]
fn only_s3_may_leave_out_the_body() {
    let parts = suite(
        "GET",
        "/",
        &[("x-amz-content-sha256", "UNSIGNED-PAYLOAD")],
        "host;x-amz-content-sha256;x-amz-date",
        VANILLA,
    );
    let authorization = Authorization::of(&parts).unwrap();
    let last = |authorization: &Authorization| {
        canonical_request(authorization, &parts, b"x").unwrap().lines().last().unwrap().to_string()
    };
    assert_eq!(last(&authorization), hash(b"x"));
    assert_eq!(last(&Authorization { service: "s3".into(), ..authorization }), "UNSIGNED-PAYLOAD");
}

#[test]
fn a_signature_that_cannot_be_read_is_incomplete() {
    let scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
    for (authorization, says) in [
        ("", "Unsupported AWS 'algorithm'"),
        ("Basic dXNlcjpwYXNz", "Unsupported AWS 'algorithm': 'Basic'"),
        ("AWS AKIDEXAMPLE:abc=", "Unsupported AWS 'algorithm': 'AWS'"),
        ("AWS4-ECDSA-P256-SHA256 Credential=a", "Unsupported AWS 'algorithm'"),
        ("AWS4-HMAC-SHA256", "requires 'Credential' parameter. Authorization header requires 'SignedHeaders'"),
        (&format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host"), "requires 'Signature'"),
        ("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00", "slash-delimited"),
        (&format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=xy"), "not hexadecimal"),
        (&format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=abc"), "not hexadecimal"),
    ] {
        let parts =
            parts("GET", "/", &[("host", "h"), ("x-amz-date", "20150830T123600Z"), ("authorization", authorization)]);
        match Authorization::of(&parts) {
            Err(Refusal::Incomplete(why)) => assert!(why.contains(says), "{authorization}: {why}"),
            other => panic!("{authorization}: {other:?}"),
        }
    }
    assert_eq!(Authorization::of(&parts("GET", "/", &[("host", "h")])), Err(Refusal::Unsigned));
    let other_day = suite("GET", "/", &[("authorization", "x")], "host", VANILLA);
    assert!(matches!(Authorization::of(&other_day), Err(Refusal::Incomplete(_))), "two of them");
    for query in ["X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=0"] {
        assert!(matches!(Authorization::of(&parts("GET", &format!("/?{query}"), &[])), Err(Refusal::Incomplete(_))));
    }
    let lives_long = presigned().uri.to_string().replace("Expires=86400", "Expires=604801");
    assert!(matches!(Authorization::of(&parts("GET", &lives_long, &[("host", "h")])), Err(Refusal::Incomplete(_))));
}

#[test]
fn the_day_of_the_scope_is_the_day_of_the_signature() {
    let header = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150829/us-east-1/service/aws4_request, SignedHeaders=host, Signature={VANILLA}"
    );
    let parts = parts("GET", "/", &[("host", "h"), ("x-amz-date", "20150830T123600Z"), ("authorization", &header)]);
    assert!(matches!(Authorization::of(&parts), Err(Refusal::WrongSignature(_))));
}
