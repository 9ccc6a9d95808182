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
    let broken = shell(&workload, "pkill -f 'name [d]ata-a'; exec croft service get http://127.0.0.1:443/");
    assert_eq!(broken.code, 1, "{broken:?}");
    assert_eq!(broken.stdout, "alb-a\napp-a\nlocalhost (127.0.0.1:5432): refused\n");
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
