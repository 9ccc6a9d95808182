//! `croft drops`.

use super::{print_json, unexpected};
use crate::failure::Failure;
use crate::session;
use crate::table::Table;
use croft_daemon::protocol::{DropLine, Event, Reply, Request};
use std::path::Path;

pub fn drops(state: &Path, follow: bool, json: bool) -> Result<u8, Failure> {
    let client = session::connect(state)?;
    let reply = client.request(&Request::Drops { follow }, &[], |event| {
        if let Event::Drop(line) = event {
            match json {
                true => println!("{}", serde_json::to_string(&line).unwrap_or_default()),
                false => println!("{}", one(&line)),
            }
        }
    })?;
    match reply {
        Reply::Drops(lines) if json => print_json(&lines)?,
        Reply::Drops(lines) => print!("{}", table(&lines)),
        Reply::Nothing => {}
        other => return Err(unexpected(other)),
    }
    Ok(0)
}

fn table(lines: &[DropLine]) -> String {
    let mut table = Table::new(&["PACKETS", "BYTES", "REASON", "GATE", "FROM"]);
    for line in lines {
        table.row(vec![
            line.packets.to_string(),
            line.bytes.to_string(),
            line.reason.clone(),
            line.gate.clone().unwrap_or("-".into()),
            line.from.clone(),
        ]);
    }
    table.to_string()
}

fn one(line: &DropLine) -> String {
    let packet = line.packet.as_ref().map_or(String::new(), |p| {
        let end = |address: &str, port: u16| if port == 0 { address.to_string() } else { format!("{address}:{port}") };
        let (source, destination) = (end(&p.source, p.source_port), end(&p.destination, p.destination_port));
        format!("{source} -> {destination} {} {} bytes  ", p.protocol, p.length)
    });
    let gate = line.gate.as_ref().map_or(String::new(), |g| format!(" at {g}"));
    format!("{packet}{}{gate}, from {}", line.reason, line.from)
}
