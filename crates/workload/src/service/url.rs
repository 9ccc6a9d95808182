//! `http://HOST[:PORT][/PATH]`.

use super::Failure;
use std::{fmt, str::FromStr};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) path: String,
}

impl FromStr for Url {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let wrong = |why: &str| Failure::Usage(format!("{text:?}: {why}; one is http://HOST:PORT/PATH"));
        let rest = text.strip_prefix("http://").ok_or_else(|| wrong("only http:// is understood here"))?;
        if text.bytes().any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control()) {
            return Err(wrong("no white space is allowed"));
        }
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, "/"),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| wrong("the port is no number up to 65535"))?),
            None => (authority, 80),
        };
        if host.is_empty() || host.contains(['@', '[', ']', ':']) {
            return Err(wrong("the host is a name or an IPv4 address"));
        }
        Ok(Self { host: host.into(), port, path: path.into() })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}{}", self.host, self.port, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_ports_and_paths_are_told_apart() {
        let url = |text: &str| text.parse::<Url>().map(|url| (url.host, url.port, url.path)).ok();
        let expected = |host: &str, port, path: &str| Some((host.to_owned(), port, path.to_owned()));
        assert_eq!(url("http://app"), expected("app", 80, "/"));
        assert_eq!(url("http://app:8080/a:b?c"), expected("app", 8080, "/a:b?c"));
        for wrong in ["https://app", "app:80", "http://", "http://:80", "http://a:99999", "http://a b", "http://[::1]/"]
        {
            assert_eq!(url(wrong), None, "{wrong}");
        }
    }
}
