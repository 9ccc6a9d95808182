use super::*;
use serde_json::json;

fn request(method: &str, path: &str, body: &str) -> HttpRequest {
    HttpRequest { method: method.into(), path: path.into(), ..form(body) }
}

const CHANGE: &str = r#"<?xml version="1.0"?><ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">
    <ChangeBatch><Comment>a &amp; b</Comment><Changes><Change><Action>CREATE</Action><ResourceRecordSet><Name>web.lan.</Name><Type>A</Type>
    <TTL>60</TTL><ResourceRecords><ResourceRecord><Value>10.0.0.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change>
    </Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"#;

#[test]
fn bodies_are_read_by_the_model() {
    let expected = json!({
        "HostedZoneId": "Z1",
        "ChangeBatch": {"Comment": "a & b", "Changes": [{"Action": "CREATE", "ResourceRecordSet": {
            "Name": "web.lan.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]
        }}]}
    });
    let change = request("POST", "/2013-04-01/hostedzone/Z1/rrset/", CHANGE);
    assert_eq!(accepted(&ROUTE53, &change), ("ChangeResourceRecordSets", expected));
    let change = |body: &str| request("POST", "/2013-04-01/hostedzone/Z1/rrset/", body);
    for (from, to, code) in [
        ("CREATE", "MAKE", "InvalidInput"),
        ("<TTL>60</TTL>", "<TTL>-1</TTL>", "InvalidInput"),
        ("<TTL>60</TTL>", "<TTL>soon</TTL>", "InvalidInput"),
        ("<Name>web.lan.</Name>", "", "InvalidInput"),
        ("<Type>A</Type>", "<Type>A</Type><Colour/>", "MalformedXML"),
        ("</ChangeBatch>", "", "MalformedXML"),
        ("<?xml version=\"1.0\"?>", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "MalformedXML"),
    ] {
        assert_eq!(refused(&ROUTE53, &change(&CHANGE.replace(from, to))).code, code, "{from} -> {to}");
    }
    assert_eq!(refused(&ROUTE53, &change("")).code, "InvalidInput");
    let deep = "<a>".repeat(20_000) + &"</a>".repeat(20_000);
    assert_eq!(refused(&ROUTE53, &change(&deep)).code, "MalformedXML");
}

#[test]
fn answers_fill_headers_and_body() {
    let zone = json!({
        "HostedZone": {"Id": "/hostedzone/Z1", "Name": "lan.", "CallerReference": "r"},
        "ChangeInfo": {"Id": "c", "Status": "INSYNC", "SubmittedAt": 951_827_696_000_i64},
        "DelegationSet": {"NameServers": ["ns"]},
        "Location": "https://route53.amazonaws.com/2013-04-01/hostedzone/Z1"
    });
    let response = written(&ROUTE53, "CreateHostedZone", zone);
    assert_eq!(
        (response.status, header(&response, "location").as_str()),
        (201, "https://route53.amazonaws.com/2013-04-01/hostedzone/Z1")
    );
    let body = body(&response);
    assert!(body.contains("<NameServers><NameServer>ns</NameServer></NameServers>"), "{body}");
    assert!(body.contains("<SubmittedAt>2000-02-29T12:34:56Z</SubmittedAt>"), "{body}");
    assert!(!body.contains("<Location>"), "{body}");
    let response = encode_fault(&ROUTE53, &Fault::new("NoSuchHostedZone", "no"), "an-id");
    assert_eq!(response.status, 404);
}
