//! More connections than there is room for, and clients that take their time.

use crate::place::{Place, options};
use croft_api::{Limits, Options};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

fn place(limits: Limits) -> Place {
    Place::with(Options { limits, ..options() })
}

fn connect(place: &Place) -> TcpStream {
    let stream = TcpStream::connect(place.listener.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Waits for the other side to hang up; whatever it says before does not matter.
#[track_caller]
fn is_hung_up_on(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    if let Err(error) = stream.read_to_end(&mut rest) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
}

/// The server answers over this connection.
#[track_caller]
fn is_healthy(stream: &mut TcpStream) {
    stream.write_all(b"GET /_croft/health HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

fn open(place: &Place) -> u64 {
    let host = place.listener.address().to_string();
    let metrics = place.client().send("GET", "/_croft/metrics", &[("host", &host)], b"").unwrap().body;
    let line = metrics.lines().find_map(|line| line.strip_prefix("croft_api_connections "));
    line.unwrap().parse().unwrap()
}

#[test]
fn one_too_many_takes_the_place_of_the_oldest() {
    let limits = Limits { connections: 8, ..Limits::default() };
    let place = place(limits);
    let mut idle: Vec<TcpStream> = (0..8).map(|_| connect(&place)).collect();
    idle.iter_mut().for_each(is_healthy);
    let mut clients: Vec<_> = (0..8).map(|_| place.client()).collect();
    for client in &mut clients {
        assert_eq!(client.ec2("Repeat", &[]).unwrap().status, 200);
    }
    idle.iter_mut().for_each(is_hung_up_on);
    for client in &mut clients {
        assert_eq!(client.ec2("Repeat", &[]).unwrap().status, 200);
    }
    assert_eq!(place.answered(), 16);
}

#[test]
fn five_hundred_and_twelve_are_open_at_a_time_and_the_others_are_served_too() {
    let place = Place::new();
    let mut idle: Vec<TcpStream> = (0..600).map(|_| connect(&place)).collect();
    let mut client = place.client();
    assert_eq!(client.ec2("Repeat", &[]).unwrap().status, 200);
    assert!(open(&place) <= 512);
    // As many of the older ones as there are too many have made room; the latest are there.
    idle.iter().for_each(|stream| stream.set_nonblocking(true).unwrap());
    let is_over = |stream: &TcpStream| !matches!(stream.peek(&mut [0]), Err(e) if e.kind() == ErrorKind::WouldBlock);
    let began = Instant::now();
    while idle.iter().filter(|stream| is_over(stream)).count() < 600 - 512 {
        assert!(began.elapsed() < PATIENCE);
        std::thread::yield_now();
    }
    idle.iter().for_each(|stream| stream.set_nonblocking(false).unwrap());
    is_healthy(idle.last_mut().unwrap());
}

#[test]
fn clients_that_never_finish_a_head_keep_nobody_out() {
    let limits = Limits { connections: 16, ..Limits::default() };
    let place = place(limits);
    let mut slow: Vec<TcpStream> = (0..16).map(|_| connect(&place)).collect();
    for stream in &mut slow {
        stream.write_all(b"POST / HTTP/1.1\r\nhost: localhost\r\nx-a: b").unwrap();
    }
    for _ in 0..16 {
        assert_eq!(place.client().ec2("Repeat", &[]).unwrap().status, 200);
    }
    is_hung_up_on(&mut slow[0]);
}

#[test]
fn a_head_or_a_body_that_does_not_come_is_not_waited_for() {
    let short = Duration::from_millis(200);
    let of_heads = place(Limits { head: short, ..Limits::default() });
    for start in ["", "POST / HT", "POST / HTTP/1.1\r\nhost: localhost\r\nx-slow: "] {
        let mut slow = connect(&of_heads);
        slow.write_all(start.as_bytes()).unwrap();
        is_hung_up_on(&mut slow);
    }
    // A head may take its time here, or a machine under load would have none to answer.
    let of_bodies = place(Limits { body: short, ..Limits::default() });
    let mut slow = connect(&of_bodies);
    slow.write_all(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nfew").unwrap();
    let mut answer = String::new();
    let _ = slow.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert_eq!((of_heads.answered(), of_bodies.answered()), (0, 0));
}

#[test]
fn an_answer_under_way_is_not_cut_off_by_who_comes_after() {
    let place = place(Limits { connections: 2, ..Limits::default() });
    let mut client = place.client();
    let slow = std::thread::spawn(move || client.ec2("Repeat", &[("How", "slow")]).unwrap().status);
    while place.answered() < 1 {
        std::thread::yield_now();
    }
    let mut idle = connect(&place);
    // The oldest is the one that is being answered.
    assert_eq!(place.client().ec2("Repeat", &[]).unwrap().status, 200);
    assert_eq!(slow.join().unwrap(), 200);
    is_healthy(&mut idle);
}

#[test]
fn what_waits_for_the_disk_holds_up_nobody() {
    let place = Place::new();
    let waiting: Vec<_> = (0..6)
        .map(|_| {
            let mut client = place.client();
            std::thread::spawn(move || client.ec2("Repeat", &[("At", "gate")]).unwrap().status)
        })
        .collect();
    while place.answered() < 6 {
        std::thread::yield_now();
    }
    // Over connections of either thread.
    for _ in 0..8 {
        assert_eq!(place.client().ec2("Repeat", &[]).unwrap().status, 200);
    }
    assert_eq!(place.client().ec2("Repeat", &[("Then", "open")]).unwrap().status, 200);
    for client in waiting {
        assert_eq!(client.join().unwrap(), 200);
    }
}
