//! `croft stacks` and `croft events`.

use super::progress::date;
use crate::command::{print_json, unexpected};
use crate::failure::Failure;
use crate::session;
use crate::table::Table;
use croft_daemon::protocol::{Reply, Request};
use std::path::Path;

pub fn stacks(state: &Path, json: bool) -> Result<u8, Failure> {
    let rows = match session::connect(state)?.request(&Request::Stacks, &[], |_| {})? {
        Reply::Stacks(rows) => rows,
        other => return Err(unexpected(other)),
    };
    if json {
        print_json(&rows)?;
        return Ok(0);
    }
    if rows.is_empty() {
        println!("no stack: `croft up TEMPLATE` makes one");
        return Ok(0);
    }
    let mut table = Table::new(&["STACK", "STATUS", "RESOURCES", "CHANGED", "REASON"]);
    for row in rows {
        table.row(vec![
            row.name,
            row.status,
            row.resources.to_string(),
            date(row.updated.unwrap_or(row.created)),
            row.reason.unwrap_or_default(),
        ]);
    }
    print!("{table}");
    Ok(0)
}

pub fn events(state: &Path, stack: &str, json: bool) -> Result<u8, Failure> {
    let request = Request::StackEvents { stack: stack.to_string() };
    let events = match session::connect(state)?.request(&request, &[], |_| {})? {
        Reply::StackEvents(events) => events,
        other => return Err(unexpected(other)),
    };
    if json {
        print_json(&events)?;
        return Ok(0);
    }
    let mut table = Table::new(&["TIME", "STATUS", "TYPE", "NAME", "ID", "REASON"]);
    for event in events {
        table.row(vec![
            date(event.time),
            event.status,
            event.resource_type,
            event.logical_id,
            event.physical_id.unwrap_or_default(),
            event.reason.unwrap_or_default(),
        ]);
    }
    print!("{table}");
    Ok(0)
}
