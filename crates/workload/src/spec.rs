//! What is asked for: the description of one instance.

use crate::{Error, Limits};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

/// How to reach [`init::main`](crate::init::main) of this crate by executing a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launcher {
    /// The program, as a rule the running one.
    pub program: PathBuf,
    /// Arguments that come before those of `init::main`, such as a hidden subcommand.
    pub args: Vec<String>,
}

/// Lines of `/etc/hosts`: an address and its names.
pub type Hosts = Vec<(IpAddr, Vec<String>)>;

/// One instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// Name of the fabric; with `name` it names the control groups. Letters, digits, `-`, `_` and `.`, at most 64.
    pub fabric: String,
    /// Name of the instance in the fabric, such as its id. Same characters as `fabric`.
    pub name: String,
    /// Directory of this instance, made if absent: description, state, log, exit record, mount point of its disk.
    pub dir: PathBuf,
    /// Network namespace (a file of the namespace file system), with its interfaces already in it.
    pub netns: PathBuf,
    /// Host name inside.
    pub hostname: String,
    /// Names of `/etc/hosts` beside `localhost`.
    pub hosts: Hosts,
    /// Name server of `/etc/resolv.conf`.
    pub resolver: Ipv4Addr,
    /// Text of `UserData`, decoded. It is run at every start when it begins with `#!`: nothing else starts services.
    pub user_data: Option<String>,
    /// Variables beside `PATH`, `HOME`, `LANG`, and over them.
    pub environment: BTreeMap<String, String>,
    /// Upper bounds.
    pub limits: Limits,
    /// Programs of the machine that are seen, read-only, as `/usr/local/bin/NAME`.
    pub tools: Vec<(PathBuf, String)>,
}

/// UserData may have 16 KB on AWS before it is base64-encoded.
const USER_DATA_MAXIMUM: usize = 16 * 1024;

/// What of the machine's files instances see.
const SEEN_INSIDE: [&str; 9] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ssl", "/etc/alternatives"];

impl Spec {
    /// Refuses what could not be run, or would mean something else on the way (a name with a slash, a NUL byte).
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let refuse = |field, value: &str, reason: &str| {
            Err(Error::Invalid { name: self.name.clone(), field, value: value.into(), reason: reason.into() })
        };
        for (field, value) in [("fabric", &self.fabric), ("name", &self.name)] {
            if !is_name(value) {
                return refuse(field, value, "letters, digits, '-', '_' and '.', not first a '.', at most 64");
            }
        }
        for (field, path) in [("dir", &self.dir), ("netns", &self.netns)] {
            if !path.is_absolute() {
                return refuse(field, &path.to_string_lossy(), "an absolute path is needed");
            }
        }
        // Where it really is, or will be: below the nearest part of the path that exists.
        let real = self.dir.ancestors().find_map(|part| fs::canonicalize(part).ok()).unwrap_or_default();
        let seen = |path: &Path| SEEN_INSIDE.iter().any(|seen| path.starts_with(seen));
        if seen(&self.dir) || seen(&real) {
            return refuse(
                "dir",
                &self.dir.to_string_lossy(),
                "instances see this part of the machine; choose another",
            );
        }
        if self.hostname.is_empty() || self.hostname.len() > 64 || !self.hostname.bytes().all(is_host_byte) {
            return refuse("hostname", &self.hostname, "1 to 64 letters, digits, '-' and '.'");
        }
        validate_hosts(&self.name, &self.hosts)?;
        if let Some(text) = &self.user_data
            && (text.len() > USER_DATA_MAXIMUM || text.contains('\0'))
        {
            return refuse("user_data", &format!("{} bytes", text.len()), "at most 16384 bytes of text");
        }
        for (key, value) in &self.environment {
            if key.is_empty() || key.contains(['=', '\0']) || value.contains('\0') {
                return refuse(
                    "environment",
                    key,
                    "a variable's name has no '=', and no NUL byte is in it or its value",
                );
            }
        }
        for (path, name) in &self.tools {
            if !is_name(name) || !path.is_absolute() {
                return refuse("tools", name, "a tool has an absolute path and a plain name");
            }
        }
        match self.limits.contradiction() {
            Some(reason) => refuse("limits", &format!("{:?}", self.limits), &reason),
            None => Ok(()),
        }
    }
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && !text.starts_with('.')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.'
}

/// The text of `/etc/hosts`.
pub(crate) fn hosts_text(hosts: &[(IpAddr, Vec<String>)]) -> String {
    let mut text = String::from("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n");
    for (address, names) in hosts.iter().filter(|(_, names)| !names.is_empty()) {
        text.push_str(&format!("{address} {}\n", names.join(" ")));
    }
    text
}

/// Refuses host names that would break out of their line.
pub(crate) fn validate_hosts(name: &str, hosts: &[(IpAddr, Vec<String>)]) -> Result<(), Error> {
    let good =
        |host: &String| (1..=255).contains(&host.len()) && host.bytes().all(|byte| is_host_byte(byte) || byte == b'_');
    match hosts.iter().flat_map(|(_, names)| names).find(|host| !good(host)) {
        Some(host) => Err(Error::Invalid {
            name: name.into(),
            field: "hosts",
            value: host.clone(),
            reason: "a host name has letters, digits, '-', '_' and '.', at most 255".into(),
        }),
        None => Ok(()),
    }
}
