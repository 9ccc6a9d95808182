//! The address at which stacks are told what they wait for (row EXT-2). The test is the daemon's end of the socket.

use std::{
    fs,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::net::UnixListener,
    path::Path,
    sync::mpsc::{Receiver, channel},
    thread::JoinHandle,
    time::Duration,
};

use croft_datapath::{LARGEST_SIGNAL, SIGNALS_ADDRESS, SIGNALS_SOCKET};

use crate::world::{World, options};

/// Longer than anything here takes on a machine under load.
const PATIENCE: Duration = Duration::from_secs(30);

/// Two clients in the VPC, each with a public address.
fn world(name: &str) -> World {
    let mut world = World::new(name);
    for (client, host) in [("a", 10), ("b", 20)] {
        world.interface(client, 1, host);
        world.public([10, 0, 1, host].into(), [198, 18, 0, host].into());
    }
    world.apply();
    world
}

fn connect(world: &World, client: &str, to: SocketAddr) -> TcpStream {
    let stream = world.fabric().in_namespace(client, || TcpStream::connect_timeout(&to, PATIENCE));
    let stream = stream.unwrap().expect("it is reached");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn croft() -> SocketAddr {
    (SIGNALS_ADDRESS, 80).into()
}

fn put(key: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("PUT /_croft/signals/{key} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// One answer: the status and the text.
fn answer(stream: &mut TcpStream) -> (u16, String) {
    let mut text = Vec::new();
    loop {
        let whole = String::from_utf8_lossy(&text);
        if let Some((head, body)) = whole.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                return (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_string());
            }
        }
        let mut chunk = [0; 1024];
        let read = stream.read(&mut chunk).expect("an answer");
        assert!(read > 0, "it ended with {text:?}");
        text.extend_from_slice(&chunk[..read]);
    }
}

fn ask(world: &World, client: &str, request: &[u8]) -> (u16, String) {
    let mut stream = connect(world, client, croft());
    stream.write_all(request).unwrap();
    answer(&mut stream)
}

/// Takes so many signals and knows the one secret `right`.
fn daemon(run_dir: &Path, signals: usize) -> (JoinHandle<()>, Receiver<Vec<u8>>) {
    let path = run_dir.join(SIGNALS_SOCKET);
    let _ = fs::remove_file(&path);
    let listener = UnixListener::bind(&path).unwrap();
    let (taken, told) = channel();
    let thread = std::thread::spawn(move || {
        for _ in 0..signals {
            let (mut stream, _) = listener.accept().unwrap();
            let mut signal = Vec::new();
            stream.read_to_end(&mut signal).unwrap();
            let reply = if signal.starts_with(b"right\n") { "200\n" } else { "403\nno\n" };
            taken.send(signal).unwrap();
            stream.write_all(reply.as_bytes()).unwrap();
        }
    });
    (thread, told)
}

#[test]
fn ext_2_a_signal_goes_to_the_owner_and_its_answer_comes_back() {
    let world = world("signals");
    let (daemon, told) = daemon(&world.run_dir, 6);
    let body = vec![b'x'; LARGEST_SIGNAL];
    // Three on one connection; what comes in pieces is one signal.
    let mut stream = connect(&world, "a", croft());
    for (key, status, text) in [("right", 200, ""), ("wrong", 403, "no\n"), ("right", 200, "")] {
        let signal = put(key, &body);
        let (first, second) = signal.split_at(300);
        stream.write_all(first).unwrap();
        stream.write_all(second).unwrap();
        assert_eq!(answer(&mut stream), (status, text.to_string()));
        assert_eq!(told.recv().unwrap(), [key.as_bytes(), b"\n", &body].concat());
    }
    // Who waits for a word before the body gets it.
    stream
        .write_all(b"PUT /_croft/signals/right HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        .unwrap();
    let mut word = [0; 25];
    stream.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"word").unwrap();
    assert_eq!(answer(&mut stream).0, 200);
    assert_eq!(told.recv().unwrap(), b"right\nword");
    // Another client; without a body; and one that hangs up at once is told of all the same.
    assert_eq!(ask(&world, "b", &put("right", b"")).0, 200);
    assert_eq!(told.recv().unwrap(), b"right\n");
    let mut hasty = connect(&world, "a", croft());
    hasty.write_all(&put("right", b"gone")).unwrap();
    drop(hasty);
    assert_eq!(told.recv().unwrap(), b"right\ngone");
    daemon.join().unwrap();
}

#[test]
fn ext_2_without_the_owner_a_signal_is_refused_as_one_to_send_again() {
    let world = world("unheard");
    let says = |needle: &str| {
        let (status, text) = ask(&world, "a", &put("right", b"{}"));
        assert!(status == 503 && text.contains(needle), "{status} {text}");
    };
    says("daemon does not run");
    // What a daemon that was killed leaves behind.
    drop(UnixListener::bind(world.run_dir.join(SIGNALS_SOCKET)).unwrap());
    says("daemon does not run");
    // One that ends in the middle.
    fs::remove_file(world.run_dir.join(SIGNALS_SOCKET)).unwrap();
    let listener = UnixListener::bind(world.run_dir.join(SIGNALS_SOCKET)).unwrap();
    let ends = std::thread::spawn(move || drop(listener.accept().unwrap()));
    says("gave no answer");
    ends.join().unwrap();
    let (daemon, _told) = daemon(&world.run_dir, 1);
    assert_eq!(ask(&world, "a", &put("right", b"{}")).0, 200, "the next one is heard");
    daemon.join().unwrap();
}

#[test]
fn ext_2_what_is_no_signal_does_not_reach_the_owner() {
    let world = world("no-signals");
    let listener = UnixListener::bind(world.run_dir.join(SIGNALS_SOCKET)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let page = ask(&world, "a", b"GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(page.0 == 200 && page.1.starts_with("client 198.18.0.10:"), "{page:?}");
    assert!(page.1.ends_with(&format!("server {SIGNALS_ADDRESS}:80\n")), "{page:?}");
    let too_large = format!("PUT /_croft/signals/right HTTP/1.1\r\nContent-Length: {}\r\n\r\n", LARGEST_SIGNAL + 1);
    let long = format!("PUT /_croft/signals/{} HTTP/1.1\r\n", "a".repeat(9000));
    for (request, status) in [
        ("GET /_croft/signals/right HTTP/1.1\r\n\r\n", 405),
        ("POST /_croft/signals/right HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 405),
        ("PUT /_croft/signals HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 404),
        ("GET /_croft/health HTTP/1.1\r\n\r\n", 404),
        ("PUT /_croft/signals/right HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        ("PUT /_croft/signals/right HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
        ("nothing of the kind\r\n\r\n", 400),
        (&long, 431),
        (&too_large, 413),
    ] {
        assert_eq!(ask(&world, "a", request.as_bytes()).0, status, "{request}");
    }
    // The answer arrives although the client goes on sending what nobody reads.
    let mut stream = connect(&world, "a", croft());
    stream.write_all(too_large.as_bytes()).unwrap();
    stream.write_all(&vec![b'x'; LARGEST_SIGNAL + 1]).unwrap();
    assert_eq!(answer(&mut stream).0, 413);
    // Any other address of the internet is no way to the daemon.
    let mut stream = connect(&world, "a", ([52, 94, 5, 1], 80).into());
    stream.write_all(&put("right", b"{}")).unwrap();
    assert_eq!(answer(&mut stream).0, 200);
    assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock, "the owner was not asked");
}

#[test]
fn ext_2_who_tries_secrets_or_dawdles_keeps_nobody_else_from_being_heard() {
    /// Of each kind.
    const CONNECTIONS: usize = 100;
    let world = world("crowd");
    let listener = UnixListener::bind(world.run_dir.join(SIGNALS_SOCKET)).unwrap();
    let mut dawdling: Vec<TcpStream> = (0..CONNECTIONS).map(|_| connect(&world, "a", croft())).collect();
    for stream in &mut dawdling {
        stream.write_all(&put("right", b"never whole")[..60]).unwrap();
    }
    let mut trying: Vec<TcpStream> = (0..CONNECTIONS).map(|_| connect(&world, "a", croft())).collect();
    for stream in &mut trying {
        stream.write_all(&put("guess", b"{}")).unwrap();
    }
    let take = || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut signal = String::new();
        stream.read_to_string(&mut signal).unwrap();
        (stream, signal)
    };
    let (mut first, signal) = take();
    assert_eq!(signal, "guess\n{}");
    // While that is looked at, the next that comes is not one of the many others of this client.
    let mut other = connect(&world, "b", croft());
    other.write_all(&put("right", b"{}")).unwrap();
    let (mut second, signal) = take();
    assert_eq!(signal, "right\n{}");
    second.write_all(b"200\n").unwrap();
    drop(second);
    assert_eq!(answer(&mut other).0, 200);
    first.write_all(b"403\nno\n").unwrap();
    drop(first);
    for _ in 1..CONNECTIONS {
        take().0.write_all(b"403\nno\n").unwrap();
    }
    for stream in &mut trying {
        assert_eq!(answer(stream).0, 403, "each is answered in the end");
    }
}

#[test]
fn ext_2_services_of_another_version_give_way() {
    let world = world("version");
    let file = world.run_dir.join("services");
    let written = fs::read_to_string(&file).unwrap();
    let (process, version) = written.split_once('\n').unwrap();
    assert!(version.ends_with('\n') && version.len() > 1, "{written}");
    let pid = |line: &str| line.split(' ').next().unwrap().parse::<i32>().unwrap();
    fs::write(&file, format!("{process}\n")).unwrap();
    let services = options(&world.run_dir).services;
    world.fabric().ensure_services(&services).unwrap();
    let anew = fs::read_to_string(&file).unwrap();
    assert_ne!(pid(&anew), pid(process));
    assert!(!Path::new("/proc").join(pid(process).to_string()).exists(), "the old one is gone");
    world.fabric().ensure_services(&services).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), anew, "the new one stays");
}
