//! `croft ps`.

use super::{print_json, unexpected};
use crate::failure::Failure;
use crate::session;
use crate::table::Table;
use croft_daemon::protocol::{Listing, Reply, Request};
use std::path::Path;

pub fn ps(state: &Path, json: bool) -> Result<u8, Failure> {
    let listing = match session::connect(state)?.request(&Request::Ps, &[], |_| {})? {
        Reply::Listing(listing) => listing,
        other => return Err(unexpected(other)),
    };
    if json {
        print_json(&listing)?;
    } else {
        print!("{}", text(&listing));
    }
    Ok(0)
}

fn text(listing: &Listing) -> String {
    let mut table = Table::new(&["NAME", "ID", "ADDRESS", "PUBLIC", "SUBNET", "GROUPS", "STATE"]);
    for row in &listing.workloads {
        let subnet = row.subnet.as_ref().map(|s| {
            let name = s.name.as_deref().unwrap_or(&s.id);
            format!("{name} ({}, {})", if s.public { "public" } else { "private" }, s.zone)
        });
        let groups: Vec<&str> = row.groups.iter().map(|g| g.name.as_str()).collect();
        let state = match &row.reason {
            Some(reason) => format!("{}: {reason}", row.state),
            None => row.state.clone(),
        };
        table.row(vec![
            row.name.clone(),
            row.id.clone(),
            row.address.map_or("-".into(), |a| a.to_string()),
            row.public_address.map_or("-".into(), |a| a.to_string()),
            subnet.unwrap_or("-".into()),
            if groups.is_empty() { "-".into() } else { groups.join(",") },
            state,
        ]);
    }
    let mut text = table.to_string();
    text.push_str(&format!("\ndesired version {}, applied {}\n", listing.desired, listing.applied));
    for trouble in &listing.troubles {
        text.push_str(&format!("trouble: {trouble}\n"));
    }
    text
}
