//! `croft up` and `croft down`.

use super::{print_json, unexpected};
use crate::args::Up;
use crate::failure::Failure;
use crate::{session, signal};
use croft_daemon::client::Client;
use croft_daemon::protocol::{Event, PlannedChange, Progress, Reply, Request, StackReport, StackRequest};
use std::io::{IsTerminal, Read, Write};
use std::path::Path;

/// CloudFormation takes 51,200 bytes from a request and a megabyte from a bucket; this is neither.
const LARGEST_TEMPLATE: u64 = 1 << 20;

pub fn up(state: &Path, up: &Up, json: bool) -> Result<u8, Failure> {
    let template = read_template(&up.template)?;
    let name = match &up.stack_name {
        Some(name) => name.clone(),
        None => stack_name_of(&up.template),
    };
    let request = StackRequest {
        name,
        file: up.template.display().to_string(),
        template,
        parameters: up.parameters.iter().cloned().collect(),
    };
    let client = session::connect_or_start(state)?;
    let plan = match client.request(&Request::Plan(request.clone()), &[], |_| {})? {
        Reply::Plan(plan) => plan,
        other => return Err(unexpected(other)),
    };
    if !up.yes && !confirm(&plan)? {
        return Err(Failure::new("nothing was changed"));
    }
    let interrupted = signal::block()?;
    std::thread::spawn(move || {
        if interrupted.wait() {
            // The daemon sees that nobody waits any more.
            eprintln!("croft: interrupted: the daemon rolls back what was begun");
            std::process::exit(INTERRUPTED);
        }
    });
    finish(&client, &Request::Up(request), json)
}

/// As shells have it: 128 and the signal's number.
const INTERRUPTED: i32 = 130;

pub fn down(state: &Path, stack: &str, json: bool) -> Result<u8, Failure> {
    finish(&session::connect(state)?, &Request::Down { stack: stack.to_string() }, json)
}

fn finish(client: &Client, request: &Request, json: bool) -> Result<u8, Failure> {
    let reply = client.request(request, &[], |event| {
        if let Event::Progress(progress) = event {
            if json { eprintln!("{}", line(&progress)) } else { println!("{}", line(&progress)) }
        }
    })?;
    let Reply::Stack(report) = reply else { return Err(unexpected(reply)) };
    if json {
        print_json(&report)?;
    } else {
        print_report(&report);
    }
    Ok(0)
}

fn print_report(report: &StackReport) {
    println!("stack {} {}", report.name, report.status);
    for (key, value) in &report.outputs {
        println!("  {key} = {value}");
    }
}

/// A line as CloudFormation's consoles show it: time of day, status, type, logical id, what came of it.
fn line(progress: &Progress) -> String {
    let day = progress.time % 86_400;
    let (hour, minute, second) = (day / 3600, day / 60 % 60, day % 60);
    let mut line = format!(
        "{hour:02}:{minute:02}:{second:02}  {:<20} {:<38} {}",
        progress.status, progress.resource_type, progress.logical_id
    );
    if let Some(id) = &progress.physical_id {
        line.push_str(&format!("  {id}"));
    }
    if let Some(reason) = &progress.reason {
        line.push_str(&format!("  {reason}"));
    }
    line
}

/// Asks before something that exists is lost.
fn confirm(plan: &[PlannedChange]) -> Result<bool, Failure> {
    let lost: Vec<&PlannedChange> = plan.iter().filter(|c| c.action == "replace" || c.action == "delete").collect();
    if lost.is_empty() {
        return Ok(true);
    }
    for change in &lost {
        eprintln!("{:<8} {:<38} {}", change.action, change.resource_type, change.logical_id);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new("the update replaces or deletes resources: say --yes to go on"));
    }
    eprint!("{} resource(s) are replaced or deleted. Go on? [y/N] ", lost.len());
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn read_template(path: &Path) -> Result<String, Failure> {
    let fail = |what: String| Failure::new(format!("{}: {what}", path.display()));
    let file = std::fs::File::open(path).map_err(|e| fail(e.to_string()))?;
    let mut bytes = Vec::new();
    file.take(LARGEST_TEMPLATE + 1).read_to_end(&mut bytes).map_err(|e| fail(e.to_string()))?;
    if bytes.len() as u64 > LARGEST_TEMPLATE {
        return Err(fail(format!("larger than {LARGEST_TEMPLATE} bytes, the most that a template may have")));
    }
    String::from_utf8(bytes).map_err(|e| {
        fail(format!("no text: byte {} is not UTF-8. A template is YAML or JSON", e.utf8_error().valid_up_to()))
    })
}

/// The file's name without its ending, in the letters that a stack's name may have; of `template.yaml` the folder's.
fn stack_name_of(path: &Path) -> String {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let stem = |p: &Path| p.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let mut name = stem(&whole);
    if name == "template"
        && let Some(folder) = whole.parent().and_then(Path::file_name)
    {
        name = folder.to_string_lossy().into_owned();
    }
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("stack-{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_named_after_its_file() {
        for (path, name) in [
            ("/a/shop.yaml", "shop"),
            ("/a/three-tier/template.yaml", "three-tier"),
            ("/a/my_net.v2.json", "my-net-v2"),
            ("/a/3tier.yml", "stack-3tier"),
        ] {
            assert_eq!(stack_name_of(Path::new(path)), name);
        }
    }

    #[test]
    fn large_and_binary_files_are_refused_before_they_are_read_as_templates() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.yaml");
        std::fs::write(&path, vec![b' '; 5 << 20]).unwrap();
        assert!(read_template(&path).unwrap_err().message.contains("1048576"));
        std::fs::write(&path, b"\x7fELF\xff\xfe").unwrap();
        assert!(read_template(&path).unwrap_err().message.contains("UTF-8"));
        assert!(read_template(folder.path().join("absent").as_path()).is_err());
    }
}
