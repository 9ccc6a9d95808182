//! `croft reach`.

use super::{print_json, unexpected};
use crate::args::Protocol;
use crate::failure::{DISAGREE, Failure, NO};
use crate::session;
use croft_analysis::{Direction, End, Hop};
use croft_daemon::naming::named;
use croft_daemon::protocol::{ReachRequest, Reply, Request, Transport};
use croft_daemon::reach::{ReachReport, is_public};
use std::path::Path;

pub fn reach(state: &Path, source: String, destination: &str, protocol: Protocol, json: bool) -> Result<u8, Failure> {
    let protocol = match protocol {
        Protocol::Tcp => Transport::Tcp,
        Protocol::Udp => Transport::Udp,
        Protocol::Icmp => Transport::Icmp,
    };
    let (destination, port) = end(destination, protocol)?;
    let request = Request::Reach(ReachRequest { source, destination, protocol, port });
    let report = match session::connect(state)?.request(&request, &[], |_| {})? {
        Reply::Reach(report) => report,
        other => return Err(unexpected(other)),
    };
    match json {
        true => print_json(&report)?,
        false => print!("{}", text(&report)),
    }
    Ok(match (report.agree, report.probed) {
        (false, _) => DISAGREE,
        (true, true) => 0,
        (true, false) => NO,
    })
}

/// `DST:PORT`, and `DST` alone for ICMP.
fn end(text: &str, protocol: Transport) -> Result<(String, Option<u16>), Failure> {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) => {
            let number = port.parse().ok().filter(|p| *p > 0);
            let number = number.ok_or_else(|| Failure::new(format!("{port:?} is not a port (1 to 65535)")))?;
            (name.to_string(), Some(number))
        }
        None => (text.to_string(), None),
    };
    match (protocol, port) {
        (Transport::Icmp, Some(_)) => Err(Failure::new("icmp has no ports: leave :PORT out")),
        (Transport::Tcp | Transport::Udp, None) => {
            Err(Failure::new(format!("{protocol} needs a port: {text}:443, say")))
        }
        _ => Ok((name, port)),
    }
}

fn text(report: &ReachReport) -> String {
    let answer = &report.answer;
    let word = |open: bool| if open { "reachable" } else { "not reachable" };
    let end = |end: &End| match &end.interface {
        Some(id) => format!("{} ({})", report.names.get(id.as_str()).map_or(id.as_str(), String::as_str), end.address),
        None if is_public(end.address) => format!("internet ({})", end.address),
        // Nobody's.
        None => end.address.to_string(),
    };
    let port = if answer.destination.port == 0 { String::new() } else { format!(" port {}", answer.destination.port) };
    let mut lines = Vec::new();
    if !report.agree {
        lines.push(format!(
            "prediction and probe disagree: predicted {}, probed {}",
            word(answer.predicted),
            word(report.probed)
        ));
    }
    lines.push(format!(
        "{} -> {} {}{port}: {} ({})",
        end(&answer.source),
        end(&answer.destination),
        answer.protocol,
        word(report.probed),
        named(&report.evidence, &report.names)
    ));
    for (direction, name) in [(Direction::Request, "request"), (Direction::Reply, "reply")] {
        let hops: Vec<_> = answer.path.iter().filter(|hop| hop.direction == direction).collect();
        if !hops.is_empty() {
            lines.push(format!("\n{name}"));
            lines.extend(hops.iter().map(|hop| self::hop(hop, report)));
        }
    }
    for (index, blocker) in answer.blockers.iter().enumerate() {
        if index == 0 {
            lines.push("\nblocked by".to_string());
        } else if index == 1 {
            lines.push("and then by".to_string());
        }
        let direction = if blocker.direction == Direction::Request { "request" } else { "reply" };
        lines.push(format!("  {} ({direction}): {}", blocker.code, named(&blocker.message, &report.names)));
        lines.extend(blocker.no_fix.iter().map(|why| format!("    {why}")));
    }
    if let Some(fix) = &answer.fix {
        lines.push("\nthe least change that opens it".to_string());
        lines.extend(fix.steps.iter().flat_map(|step| &step.commands).map(|command| format!("  {command}")));
        let templates: Vec<&String> = fix.steps.iter().filter_map(|step| step.template.as_ref()).collect();
        if !templates.is_empty() {
            lines.push("\nor in the template, under Resources".to_string());
            lines.extend(templates.iter().flat_map(|text| text.lines()).map(|line| format!("  {line}")));
        }
        if !fix.opens {
            lines.push("\nthen ask again: what comes next depends on what these make".to_string());
        }
    }
    lines.join("\n") + "\n"
}

fn hop(hop: &Hop, report: &ReachReport) -> String {
    let name = named(&hop.component, &report.names);
    let rules = if hop.rules.is_empty() { String::new() } else { format!(" [{}]", hop.rules.join(", ")) };
    format!("  {} {name}  {}{rules}", if hop.passed { "  " } else { "x " }, hop.note)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_belong_to_tcp_and_udp() {
        assert_eq!(end("db:5432", Transport::Tcp), Ok(("db".into(), Some(5432))));
        assert_eq!(end("internet@203.0.113.9:443", Transport::Tcp), Ok(("internet@203.0.113.9".into(), Some(443))));
        assert_eq!(end("db", Transport::Icmp), Ok(("db".into(), None)));
        for (text, protocol) in
            [("db", Transport::Udp), ("db:1", Transport::Icmp), ("db:0", Transport::Tcp), ("db:x", Transport::Tcp)]
        {
            assert!(end(text, protocol).is_err(), "{text} {protocol}");
        }
    }
}
