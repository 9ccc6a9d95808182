//! `croft up`: shows the plan, asks, and brings the stack up while it says how far it is.

use super::progress::Live;
use super::request::requests;
use super::{INTERRUPTED, follow, plan, print_report};
use crate::args::Up;
use crate::command::{print_json, unexpected};
use crate::failure::Failure;
use crate::signal::Interrupted;
use crate::{session, signal};
use croft_daemon::client::Client;
use croft_daemon::protocol::{Reply, Request, StackPlan, StackReport, StackRequest};
use std::path::Path;
use std::sync::Arc;

pub fn up(state: &Path, up: &Up, json: bool) -> Result<u8, Failure> {
    let requests = requests(up.template.as_deref(), &up.stack)?;
    let client = session::connect_or_start(state)?;
    let mut reports = Vec::new();
    let mut interrupted = None;
    for request in requests {
        let request = StackRequest { disable_rollback: up.disable_rollback, detach: up.detach, ..request };
        if !agreed(&client, &request, up, json)? {
            return Err(Failure::new("nothing was changed"));
        }
        let interrupted = match &interrupted {
            Some(interrupted) => Arc::clone(interrupted),
            // Only now: a question may be left with Ctrl-C like any other.
            None => Arc::clone(interrupted.insert(Arc::new(signal::block()?))),
        };
        match bring_up(&client, request, &interrupted, json) {
            Ok(report) => {
                if !json {
                    print_report(&report);
                }
                reports.push(report);
            }
            Err(_) if interrupted.now() => return Ok(INTERRUPTED),
            Err(failure) => return Err(failure),
        }
    }
    if json {
        match &reports[..] {
            [only] if !up.stack.all => print_json(only)?,
            all => print_json(&all)?,
        }
    }
    Ok(0)
}

/// Shows what would happen, and asks unless nothing would.
fn agreed(client: &Client, request: &StackRequest, up: &Up, json: bool) -> Result<bool, Failure> {
    let say = |text: String| if json { eprint!("{text}") } else { print!("{text}") };
    let planned = if up.reach {
        let found = super::diff::ask(client, vec![request.clone()])?;
        say(super::diff::text(&found));
        found.stacks.into_iter().next().map(|stack| stack.plan).unwrap_or_default()
    } else {
        let planned = match client.request(&Request::Plan(request.clone()), &[], |_| {})? {
            Reply::Plan(planned) => planned,
            other => return Err(unexpected(other)),
        };
        if planned != StackPlan::default() {
            say(plan::text(&request.name, &planned));
        }
        planned
    };
    if up.yes || planned.changes.is_empty() {
        return Ok(true);
    }
    plan::confirm(&format!("Do this to the stack {}?", request.name))
}

/// Ctrl-C asks the daemon to roll back and goes on showing; the second one leaves it to the daemon.
fn bring_up(
    client: &Client,
    request: StackRequest,
    interrupted: &Arc<Interrupted>,
    json: bool,
) -> Result<StackReport, Failure> {
    let live = Arc::new(Live::new(json));
    let (name, detach) = (request.name.clone(), request.detach);
    let watcher = {
        let (live, client, interrupted) = (Arc::clone(&live), client.clone(), Arc::clone(interrupted));
        std::thread::spawn(move || {
            if !interrupted.wait() || detach {
                return;
            }
            live.say("Ctrl-C: the stack is rolled back. Ctrl-C again leaves that to the daemon.");
            if let Err(error) = client.request(&Request::Cancel { stack: name.clone() }, &[], |_| {}) {
                live.say(&format!("not cancelled: {error}"));
            }
            if interrupted.wait_again() {
                live.say(&format!("the daemon goes on by itself: croft events {name}"));
                std::process::exit(INTERRUPTED.into());
            }
        })
    };
    let done = follow(client, &Request::Up(request), &live);
    interrupted.give_up();
    // A panic in it has been printed.
    let _ = watcher.join();
    interrupted.take_up();
    drop(live);
    if let Err(failure) = &done
        && interrupted.now()
    {
        eprintln!("croft: interrupted: {}", failure.message.lines().last().unwrap_or_default());
    }
    done
}
