//! Small services and clients for the inside of an instance, so that a lab needs no other program there.
//!
//! Names are resolved as the instance resolves them: `/etc/hosts` first. Everything has a time limit, and every way a
//! connection can fail has an exit code of its own, since a script inside has to tell them apart.

mod arguments;
mod client;
mod echo;
mod failure;
mod http;
mod url;

use arguments::Arguments;
use failure::Failure;
use std::io::{self, Write};

/// What [`main`] understands.
pub const USAGE: &str = "\
services, which run until they are ended:
  http --port PORT --name NAME [--upstream URL]... [--timeout SECONDS]
        answers GET with a line NAME and what each upstream answers; 502 if one does not
  tcp-echo --port PORT
  udp-echo --port PORT
clients:
  get URL [--timeout SECONDS]             prints the body of the answer
  connect HOST PORT [--timeout SECONDS]   opens a TCP connection and prints both ends
  udp HOST PORT TEXT [--timeout SECONDS]  sends one datagram and prints the answer
exit codes: 0 answered; 1 answered with an HTTP error; 2 usage; 3 refused; 4 no answer in time; 5 unreachable;
            6 no such name; 7 the connection broke or the answer was not understood; 8 the port cannot be listened on
";

/// Runs one of the services or clients that [`USAGE`] lists and returns its exit code.
pub fn main(args: Vec<String>) -> i32 {
    match run(args) {
        Ok(()) => 0,
        Err(failure) => {
            // With standard error closed the exit code still tells.
            let _ = writeln!(io::stderr(), "{failure}");
            failure.exit_code()
        }
    }
}

fn run(args: Vec<String>) -> Result<(), Failure> {
    let mut args = Arguments::parse(args)?;
    let command = args.positional("a command")?;
    match command.as_str() {
        "http" => {
            let (port, name) = (args.port_option()?, args.required("name")?);
            let (upstreams, timeout) = (args.all("upstream"), args.timeout()?);
            args.finish()?;
            let upstreams = upstreams.iter().map(|url| url.parse()).collect::<Result<_, _>>()?;
            http::serve(port, http::Site { name, upstreams, timeout })
        }
        "tcp-echo" => {
            let port = args.port_option()?;
            args.finish()?;
            echo::tcp(port)
        }
        "udp-echo" => {
            let port = args.port_option()?;
            args.finish()?;
            echo::udp(port)
        }
        "get" => {
            let (url, timeout) = (args.positional("a URL")?, args.timeout()?);
            args.finish()?;
            let answer = client::get(&url.parse()?, timeout)?;
            print(&answer.body)?;
            if answer.status < 400 { Ok(()) } else { Err(Failure::Status { url, status: answer.status }) }
        }
        "connect" => {
            let (host, port, timeout) = (args.positional("a host")?, args.port()?, args.timeout()?);
            args.finish()?;
            let stream = client::connect(&host, port, client::Deadline::after(timeout))?;
            let ends = stream.local_addr().and_then(|local| Ok((local, stream.peer_addr()?)));
            let (local, remote) = ends.map_err(|error| Failure::of(&error, format!("{host} port {port}")))?;
            print(format!("connected {local} -> {remote}\n").as_bytes())
        }
        "udp" => {
            let (host, port, text) = (args.positional("a host")?, args.port()?, args.positional("a text")?);
            let timeout = args.timeout()?;
            args.finish()?;
            let mut answer = client::udp(&host, port, text.as_bytes(), timeout)?;
            answer.push(b'\n');
            print(&answer)
        }
        other => Err(Failure::Usage(format!("there is no command {other:?}"))),
    }
}

fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| Failure::Broken { target: "standard output".into(), reason: error.to_string() })
}
