//! An HTTP service that says who it is and what the tier behind it says.

use super::{
    Failure,
    client::{self, Deadline},
    url::Url,
};
use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// Requests answered at one time, well below the processes of an instance; one more is told to come again.
const AT_ONCE: usize = 64;
/// Bytes of a request's head.
const HEAD_MAXIMUM: usize = 8192;
/// How long a client may take to send its request or to take the answer.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Site {
    pub(super) name: String,
    /// Fetched one after the other for each request.
    pub(super) upstreams: Vec<Url>,
    /// Time limit of each fetch.
    pub(super) timeout: Duration,
}

/// Answers until the process is ended.
pub(super) fn serve(port: u16, site: Site) -> Result<(), Failure> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))
        .map_err(|error| Failure::Listen { port, reason: error.to_string() })?;
    log(&format!("{} listens on port {port}", site.name));
    let (site, running) = (Arc::new(site), Arc::new(AtomicUsize::new(0)));
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) => {
                log(&format!("accept: {error}"));
                thread::sleep(Duration::from_millis(100)); // Out of descriptors: others must end first.
                continue;
            }
        };
        if running.fetch_add(1, Ordering::AcqRel) >= AT_ONCE {
            running.fetch_sub(1, Ordering::AcqRel);
            let _ = answer(&stream, "503 Service Unavailable", "too many requests at once\n");
            continue;
        }
        let (site, counted) = (site.clone(), Counted(running.clone()));
        let spawned = thread::Builder::new().spawn(move || {
            let _counted = counted;
            handle(&stream, &site);
        });
        if let Err(error) = spawned {
            log(&format!("a request could not be handled: {error}"));
        }
    }
}

/// One of the requests that run; dropped when it is over, however it ends.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn handle(stream: &TcpStream, site: &Site) {
    let client = stream.peer_addr().map_or_else(|error| error.to_string(), |address| address.to_string());
    let head = match read_head(stream) {
        Ok(head) => head,
        Err(error) => return log(&format!("{client} {error}")),
    };
    let line = head.lines().next().unwrap_or_default();
    let (status, body) = match line.split(' ').collect::<Vec<_>>()[..] {
        ["GET", path, "HTTP/1.0" | "HTTP/1.1"] if path.starts_with('/') => body(site),
        [_, _, "HTTP/1.0" | "HTTP/1.1"] => ("405 Method Not Allowed", "only GET is understood\n".to_owned()),
        _ => ("400 Bad Request", "this is not HTTP/1.1\n".to_owned()),
    };
    log(&format!("{client} {} {status}", line.escape_default()));
    if let Err(error) = answer(stream, status, &body) {
        log(&format!("{client} {error}"));
    }
}

/// The own name, then what each upstream answers or why it does not.
fn body(site: &Site) -> (&'static str, String) {
    let (mut status, mut body) = ("200 OK", format!("{}\n", site.name));
    for url in &site.upstreams {
        match client::get(url, site.timeout) {
            Ok(answer) => {
                body.push_str(&String::from_utf8_lossy(&answer.body));
                if answer.status >= 400 {
                    status = "502 Bad Gateway";
                }
            }
            Err(failure) => {
                status = "502 Bad Gateway";
                body.push_str(&format!("{failure}\n"));
            }
        }
    }
    (status, body)
}

fn read_head(mut stream: &TcpStream) -> io::Result<String> {
    let deadline = Deadline::after(CLIENT_TIMEOUT);
    let (mut head, mut buffer) = (Vec::new(), [0; 1024]);
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        stream.set_read_timeout(Some(deadline.left()?))?;
        let length = stream.read(&mut buffer)?;
        if length == 0 || head.len() + length > HEAD_MAXIMUM {
            return Err(io::Error::other("the request is not complete or too long"));
        }
        head.extend_from_slice(buffer.get(..length).unwrap_or_default());
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn answer(mut stream: &TcpStream, status: &str, body: &str) -> io::Result<()> {
    stream.set_write_timeout(Some(CLIENT_TIMEOUT))?;
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes())
}

/// A line in the instance's log; a log that cannot be written does not stop the service.
fn log(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
