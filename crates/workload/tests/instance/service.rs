//! The built-in services and clients, run where they are meant to run.

use crate::world::{World, eventually, run, shell};

/// Three tiers in one instance: each names itself and passes on what the next one says.
#[test]
fn ec2_1_user_data_starts_services_in_the_background_that_answer_each_other() {
    let world = World::with_user_data(
        "#!/bin/sh
croft service http --port 443 --name alb-a --upstream http://app:8080/ &
croft service http --port 8080 --name app-a --upstream http://localhost:5432 &
croft service http --port 5432 --name data-a &
",
    );
    let mut workload = world.start();
    workload.update_hosts(&[("127.0.0.1".parse().unwrap(), vec!["app".into()])]).unwrap();
    eventually("the last tier", || shell(&workload, "croft service get http://localhost:5432").code == 0);
    eventually("the chain", || {
        let got = shell(&workload, "croft service get http://127.0.0.1:443/");
        (got.code, got.stdout.as_str()) == (0, "alb-a\napp-a\ndata-a\n")
    });
    assert_eq!(shell(&workload, "pkill -f 'name [d]ata-a'").code, 0);
    eventually("what the chain says without its last tier", || {
        let got = shell(&workload, "croft service get http://127.0.0.1:443/");
        (got.code, got.stdout.as_str()) == (1, "alb-a\napp-a\nlocalhost (127.0.0.1:5432): refused\n")
    });
}

#[test]
fn every_way_to_fail_has_its_exit_code() {
    let world =
        World::with_user_data("#!/bin/sh\ncroft service tcp-echo --port 7 &\ncroft service udp-echo --port 7 &\n");
    let workload = world.start();
    let client = |args: &[&str]| run(&workload, &[&["croft", "service"], args].concat());
    eventually("the TCP service", || client(&["connect", "127.0.0.1", "7"]).code == 0);
    eventually("the UDP service", || client(&["udp", "127.0.0.1", "7", "hello"]).stdout == "hello\n");
    assert!(client(&["connect", "127.0.0.1", "7"]).stdout.ends_with("-> 127.0.0.1:7\n"));
    assert_eq!(client(&["connect", "127.0.0.1", "8"]).code, 3);
    assert_eq!(client(&["udp", "127.0.0.1", "8", "x"]).code, 3);
    assert_eq!(client(&["get", "http://127.0.0.1:7/", "--timeout", "0.2"]).code, 4, "an echo never answers");
    assert_eq!(client(&["connect", "192.0.2.1", "80"]).code, 5, "there is no route");
    assert_eq!(client(&["get", "https://localhost/"]).code, 2);
    assert_eq!(client(&["connect", "localhost"]).code, 2);
    assert_eq!(client(&["udp-echo", "--port", "7"]).code, 8);
    assert_eq!(client(&["connect", "no-such-name", "80"]).code, 6);
}

/// What comes from the network is not trusted either.
#[test]
fn the_http_service_answers_what_is_no_get_with_an_error() {
    let world = World::with_user_data("#!/bin/sh\nexec croft service http --port 80 --name web-a\n");
    let workload = world.start();
    eventually("the service", || shell(&workload, "croft service get http://localhost/").code == 0);
    let status = |request: &str| {
        let script = format!("exec 3<>/dev/tcp/127.0.0.1/80; {request} >&3; head -n 1 <&3 | tr -d '\\r'");
        run(&workload, &["bash", "-c", &script]).stdout
    };
    assert_eq!(status("printf 'GET /x HTTP/1.0\\r\\n\\r\\n'"), "HTTP/1.1 200 OK\n");
    assert_eq!(status("printf 'POST / HTTP/1.1\\r\\n\\r\\n'"), "HTTP/1.1 405 Method Not Allowed\n");
    assert_eq!(status("printf '\\x16\\x03\\x01\\r\\n\\r\\n'"), "HTTP/1.1 400 Bad Request\n");
    assert_eq!(status("head -c 20000 /dev/zero"), "", "a request without an end is dropped");
    assert_eq!(shell(&workload, "croft service get http://localhost/").stdout, "web-a\n");
}
