//! Signatures, pages, tokens, limits, ends.

use crate::place::{ACCOUNT, KEY, Place, SECRET, options};
use croft_api::{Error, Listener, Options};
use croft_api_client::{Client, Signing, now};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[test]
fn a_signed_request_says_service_region_and_account() {
    let place = Place::new();
    let mut client = place.client();
    let answer = client.ec2("Repeat", &[("A", "1 + 2")]).unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, &*format!("ec2 eu-west-3 {ACCOUNT} {KEY}")));
    assert_eq!(answer.header("x-amzn-requestid").map(str::len), Some(36));
    let again = client.ec2("Repeat", &[]).unwrap();
    assert_ne!(answer.header("x-amzn-requestid"), again.header("x-amzn-requestid"));
    // Presigned: good by itself.
    let signing = Signing { key: KEY, secret: SECRET, region: "us-east-1", service: "sts", time: now() };
    let host = place.listener.address().to_string();
    let target = signing.presigned("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", &host, 60);
    let answer = client.send("GET", &target, &[("host", &host)], b"").unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, &*format!("sts us-east-1 {ACCOUNT} {KEY}")));
    let other = target.replace("GetCallerIdentity", "GetSessionToken");
    let answer = client.send("GET", &other, &[("host", &host)], b"").unwrap();
    assert_eq!(answer.code(), Some("SignatureDoesNotMatch"));
}

#[test]
fn who_is_not_known_is_told_so_in_the_service_s_words() {
    let place = Place::new();
    let address = place.listener.address();
    let host = address.to_string();
    for (service, unknown, wrong, late) in [
        ("ec2", "AuthFailure", "SignatureDoesNotMatch", "RequestExpired"),
        ("sts", "InvalidClientTokenId", "SignatureDoesNotMatch", "SignatureDoesNotMatch"),
        ("ecs", "UnrecognizedClientException", "InvalidSignatureException", "InvalidSignatureException"),
    ] {
        let mut stranger = Client::new(address, "AKIABBBBBBBBBBBBBBBB", SECRET, "us-east-1");
        assert_eq!(stranger.form(service, "1", "Repeat", &[]).unwrap().code(), Some(unknown));
        let mut forger = Client::new(address, KEY, "another", "us-east-1");
        assert_eq!(forger.form(service, "1", "Repeat", &[]).unwrap().code(), Some(wrong));
        let mut client = place.client();
        client.token = Some("a-token-of-none".into());
        assert_eq!(client.form(service, "1", "Repeat", &[]).unwrap().code(), Some(unknown));
        let mut client = place.client();
        for time in [now() - 400, now() + 400] {
            let headers = client.signed(service, "POST", "/", &[], b"", time);
            let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            assert_eq!(client.send("POST", "/", &headers, b"").unwrap().code(), Some(late));
        }
    }
    let mut client = place.client();
    let unsigned = client.send("POST", "/", &[("host", &host)], b"Action=A&Version=2016-11-15").unwrap();
    assert_eq!(unsigned.code(), Some("MissingAuthenticationToken"));
    let json = client.send("POST", "/", &[("host", &host), ("x-amz-target", "A.B")], b"{}").unwrap();
    assert_eq!(json.code(), Some("MissingAuthenticationTokenException"));
    let half = client.send("POST", "/", &[("host", &host), ("authorization", "AWS4-HMAC-SHA256 Credential=x")], b"");
    assert_eq!(half.unwrap().code(), Some("IncompleteSignature"));
    assert_eq!(place.answered(), 0);
}

#[test]
fn any_credentials_tell_the_account() {
    let place = Place::with(Options { any_credentials: true, ..options() });
    for (key, account) in [("444455556666", "444455556666"), ("test", "000000000000"), (KEY, ACCOUNT)] {
        let mut client = Client::new(place.listener.address(), key, "whatever", "us-east-1");
        let answer = client.ec2("Repeat", &[]).unwrap();
        assert_eq!(answer.body, format!("ec2 us-east-1 {account} {key}"));
    }
    let host = place.listener.address().to_string();
    let unsigned = place.client().send("POST", "/", &[("host", &host)], b"").unwrap();
    assert_eq!(unsigned.code(), Some("MissingAuthenticationToken"), "that there is a key is still to be said");
}

#[test]
fn pages_and_foreign_names_do_not_get_in_even_signed() {
    let place = Place::new();
    let mut client = place.client();
    let host = place.listener.address().to_string();
    for header in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        let headers = client.signed("ec2", "POST", "/", &[header], b"", now());
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(client.send("POST", "/", &headers, b"").unwrap().status, 403, "{header:?}");
        let plain = [("host", host.as_str()), header, ("x-croft-token", "the-token")];
        assert_eq!(client.send("POST", "/_croft/reset", &plain, b"").unwrap().status, 403, "{header:?}");
        assert_eq!(client.send("GET", "/_croft/health", &plain, b"").unwrap().status, 403, "{header:?}");
    }
    for name in ["evil.example", "evil.example:4566", "169.254.169.254"] {
        let answer = client.send("GET", "/_croft/health", &[("host", name)], b"").unwrap();
        assert_eq!(answer.status, 403, "{name}");
        assert!(answer.body.contains(name), "{}", answer.body);
    }
    assert_eq!((place.answered(), place.application.resets.load(Ordering::Relaxed)), (0, 0));
    let metrics = client.send("GET", "/_croft/metrics", &[("host", &host)], b"").unwrap().body;
    assert!(metrics.contains("croft_api_barred_total{reason=\"page\"} 9"), "{metrics}");
    assert!(metrics.contains("croft_api_barred_total{reason=\"foreign_host\"} 3"), "{metrics}");
}

#[test]
fn a_name_of_this_machine_may_be_given() {
    let place = Place::with(Options { hosts: vec!["croft.example".into()], ..options() });
    let answer = place.client().send("GET", "/_croft/health", &[("host", "croft.example:4566")], b"").unwrap();
    assert_eq!(answer.status, 200);
}

#[test]
fn whoever_knows_a_handle_s_url_may_signal_and_nobody_else() {
    let place = Place::new();
    let mut client = place.client();
    let host = place.listener.address().to_string();
    let headers = [("host", host.as_str())];
    let mut put =
        |key: &str, body: &[u8]| client.send("PUT", &format!("/_croft/signals/{key}"), &headers, body).unwrap();
    assert_eq!(put("secret", b"good").status, 200);
    let wrong = put("secret", b"bad");
    assert_eq!((wrong.status, wrong.body.as_str()), (400, "it is not good\n"));
    for key in ["", "secre", "secret2", "secret/x"] {
        assert_eq!(put(key, b"good").status, 403, "{key}");
    }
    assert_eq!(put("secret", &vec![b'x'; (16 << 10) + 1]).status, 413);
    assert_eq!(client.send("GET", "/_croft/signals/secret", &headers, b"").unwrap().status, 405);
    let page = [("host", host.as_str()), ("origin", "https://evil.example")];
    assert_eq!(client.send("PUT", "/_croft/signals/secret", &page, b"good").unwrap().status, 403);
    assert_eq!(place.application.answered.load(Ordering::Relaxed), 0, "no service is asked");
}

#[test]
fn writes_under_croft_need_the_token() {
    let place = Place::new();
    let mut client = place.client();
    let host = place.listener.address().to_string();
    for wrong in [None, Some(""), Some("the-toke"), Some("the-token2"), Some("THE-TOKEN")] {
        let mut headers = vec![("host", host.as_str())];
        headers.extend(wrong.map(|token| ("x-croft-token", token)));
        assert_eq!(client.send("POST", "/_croft/reset", &headers, b"").unwrap().status, 403, "{wrong:?}");
    }
    assert_eq!(place.application.resets.load(Ordering::Relaxed), 0);
    let headers = [("host", host.as_str()), ("x-croft-token", "the-token")];
    assert_eq!(client.send("GET", "/_croft/reset", &headers, b"").unwrap().status, 405);
    assert_eq!(client.send("POST", "/_croft/reset", &headers, b"").unwrap().status, 200);
    assert_eq!(place.application.resets.load(Ordering::Relaxed), 1);
    assert_eq!(client.send("POST", "/_croft/other", &headers, b"").unwrap().status, 404);
    let open = Place::with(Options { token: None, ..options() });
    let host = open.listener.address().to_string();
    assert_eq!(open.client().send("POST", "/_croft/reset", &[("host", &host)], b"").unwrap().status, 200);
}

#[test]
fn health_and_metrics_need_nothing() {
    let place = Place::new();
    let mut client = place.client();
    let host = place.listener.address().to_string();
    client.ec2("Repeat", &[]).unwrap();
    let health = client.send("GET", "/_croft/health", &[("host", &host)], b"").unwrap();
    assert_eq!((health.status, health.body.as_str()), (200, "{\"packets\":false,\"status\":\"running\"}"));
    let metrics = client.send("GET", "/_croft/metrics", &[("host", &host)], b"").unwrap();
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    for line in [
        "croft_api_requests_total{service=\"ec2\",operation=\"Repeat\",code=\"\"} 1",
        "croft_api_request_seconds_count{service=\"ec2\",operation=\"Repeat\"} 1",
        "croft_api_connections 1",
        "own_metric 1",
    ] {
        assert!(metrics.body.lines().any(|l| l == line), "{line}\n{}", metrics.body);
    }
}

#[test]
fn a_panic_fails_its_request_and_no_other() {
    let place = Place::new();
    let mut client = place.client();
    let answer = client.ec2("Repeat", &[("How", "panic")]).unwrap();
    assert_eq!((answer.status, answer.code()), (500, Some("InternalError")));
    assert_eq!(client.ec2("Repeat", &[]).unwrap().status, 200);
}

#[test]
fn too_much_is_refused() {
    let place = Place::new();
    let host = place.listener.address().to_string();
    // The server hangs up on what it will not read; its answer may go down with the connection.
    let refused = |headers: &[(&str, &str)], body: &[u8], status: u16| {
        if let Ok(answer) = place.client().send("POST", "/", headers, body) {
            assert_eq!(answer.status, status);
        }
    };
    refused(&[("host", &host)], &vec![b'x'; (8 << 20) + 1], 413);
    let long = "x".repeat(1 << 20);
    refused(&[("host", &host), ("x-long", &long)], b"", 431);
    assert_eq!(place.answered(), 0);
}

#[test]
fn what_is_not_http_is_hung_up_on() {
    let place = Place::new();
    for bytes in [&b"\x16\x03\x01\x02\x00"[..], b"hello\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut stream = TcpStream::connect(place.listener.address()).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut said = Vec::new();
        stream.read_to_end(&mut said).unwrap();
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&said));
    }
    assert_eq!(place.client().ec2("Repeat", &[]).unwrap().status, 200);
}

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let place = Place::new();
    let (mut client, mut idle) = (place.client(), place.client());
    idle.ec2("Repeat", &[]).unwrap();
    let slow = std::thread::spawn(move || client.ec2("Repeat", &[("How", "slow")]).unwrap().status);
    while place.answered() < 2 {
        std::thread::yield_now();
    }
    let address = place.listener.address();
    drop(place);
    assert_eq!(slow.join().unwrap(), 200);
    assert!(TcpStream::connect(address).is_err(), "the port is free");
}

#[test]
fn what_cannot_be_listened_at_is_said() {
    let place = Place::new();
    let start = |options| Listener::start(options, Arc::clone(&place.application)).err().expect("it is refused");
    let taken = start(Options { listen: place.listener.address(), ..options() });
    assert!(matches!(taken, Error::Taken { .. }) && taken.to_string().contains("--listen"), "{taken}");
    let open = Options { listen: "0.0.0.0:0".parse().unwrap(), ..options() };
    assert!(matches!(start(open.clone()), Error::OpenWithoutTls { .. }));
    let anybody = Options { any_credentials: true, tls: Some(crate::tls::files()), ..open };
    assert!(matches!(start(anybody), Error::OpenToAnybody { .. }));
    let elsewhere = Options { listen: "192.0.2.1:1".parse().unwrap(), tls: Some(crate::tls::files()), ..options() };
    assert!(matches!(start(elsewhere), Error::Listen { .. }));
}
