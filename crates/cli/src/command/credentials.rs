//! `croft credentials`: the access keys of a daemon.

use super::{print_json, unexpected};
use crate::args::Credentials;
use crate::failure::Failure;
use crate::session;
use crate::table::Table;
use croft_daemon::protocol::{Reply, Request};
use std::path::Path;

pub fn run(state: &Path, command: Credentials, json: bool) -> Result<u8, Failure> {
    let client = session::connect(state)?;
    let asked = match command {
        Credentials::Add { account, name } => Request::AddCredential { account, name },
        Credentials::List => Request::Credentials,
        Credentials::Remove { name } => Request::RemoveCredential { name },
    };
    match client.request(&asked, &[], |_| {})? {
        Reply::Credential(credential) => {
            let (id, secret) = (credential.access_key_id.as_str(), credential.secret_access_key.reveal());
            let status = client.status()?;
            if json {
                print_json(&serde_json::json!({
                    "access_key_id": id,
                    "secret_access_key": secret,
                    "account": credential.account,
                    "endpoint": status.endpoint,
                    "region": status.region,
                }))?;
            } else {
                let endpoint = status.endpoint.unwrap_or_default();
                print!("{}", exports(&endpoint, &status.region, id, secret));
            }
        }
        Reply::Credentials(rows) if json => print_json(&rows)?,
        Reply::Credentials(rows) => {
            let mut table = Table::new(&["ACCESS KEY ID", "ACCOUNT", "NAME", "ACTS AS", "STATUS"]);
            for row in rows {
                let status = match (row.active, row.expires) {
                    (false, _) => "inactive",
                    (true, Some(_)) => "temporary",
                    (true, None) => "active",
                };
                table.row(vec![
                    row.access_key_id.to_string(),
                    row.account.to_string(),
                    row.name.unwrap_or_default(),
                    row.arn,
                    status.to_string(),
                ]);
            }
            print!("{table}");
        }
        Reply::Removed(id) => println!("{id} is removed"),
        other => return Err(unexpected(other)),
    }
    Ok(0)
}

/// Lines for a shell. No value has a character that a shell would take for its own.
pub(super) fn exports(endpoint: &str, region: &str, id: &str, secret: &str) -> String {
    let endpoint = match endpoint {
        "" => String::new(),
        endpoint => format!("export AWS_ENDPOINT_URL={endpoint}\n"),
    };
    format!(
        "{endpoint}export AWS_DEFAULT_REGION={region}\nexport AWS_REGION={region}\nexport AWS_ACCESS_KEY_ID={id}\nexport AWS_SECRET_ACCESS_KEY={secret}\n"
    )
}
