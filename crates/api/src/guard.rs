//! What no client of AWS sends and every web page does.
//!
//! The API starts programs. A page in somebody's browser can send requests to a port of their machine, and with a name
//! of its own that resolves there it can read the answers too. So whatever a browser marks is refused, and whatever asks
//! for a name that is not ours.

use hyper::http::request::Parts;
use std::net::IpAddr;

/// The request was turned away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    #[error("a web page sent this request (header {0}); Croft answers programs only")]
    Page(&'static str),
    #[error("{0:?} is not this server's name: use its address or localhost, or start it with --host {0}")]
    ForeignHost(String),
    #[error("the request names no host, or more than one")]
    NoHost,
}

impl Barred {
    /// A word for metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Barred::Page(_) => "page",
            Barred::ForeignHost(_) => "foreign_host",
            Barred::NoHost => "no_host",
        }
    }
}

/// May the request come in? `local` is the address that it arrived at, `names` are the server's own besides.
pub fn admit(parts: &Parts, local: IpAddr, names: &[String]) -> Result<(), Barred> {
    for header in ["origin", "sec-fetch-site", "sec-fetch-mode"] {
        if parts.headers.contains_key(header) {
            return Err(Barred::Page(header));
        }
    }
    let mut hosts = parts.headers.get_all("host").iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(Barred::NoHost) };
    let host = String::from_utf8_lossy(host.as_bytes()).to_ascii_lowercase();
    // A target in absolute form names a host of its own.
    let target = parts.uri.authority().map(|a| a.as_str().to_ascii_lowercase());
    for host in [Some(host), target].into_iter().flatten() {
        if !is_ours(name_of(&host), local, names) {
            return Err(Barred::ForeignHost(host));
        }
    }
    Ok(())
}

fn is_ours(name: &str, local: IpAddr, names: &[String]) -> bool {
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    match address.map(|a| a.to_canonical()) {
        Ok(address) => address.is_loopback() || address == local.to_canonical(),
        Err(_) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost") || names.iter().any(|n| n.eq_ignore_ascii_case(name))
        }
    }
}

/// Without its port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|b| b.is_ascii_digit()) && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(target: &str, headers: &[(&str, &str)]) -> Result<(), Barred> {
        let mut request = hyper::Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let parts = request.body(()).unwrap().into_parts().0;
        admit(&parts, "192.0.2.7".parse().unwrap(), &["croft.example".to_string()])
    }

    #[test]
    fn our_own_names_come_in() {
        for host in [
            "localhost",
            "localhost:4566",
            "LOCALHOST:1",
            "s3.localhost",
            "localhost.",
            "127.0.0.1",
            "127.0.0.1:4566",
            "127.9.9.9",
            "[::1]",
            "[::1]:4566",
            "192.0.2.7:4566",
            "[::ffff:192.0.2.7]:1",
            "croft.example",
            "Croft.Example:443",
        ] {
            assert_eq!(asked("/", &[("host", host)]), Ok(()), "{host}");
        }
    }

    #[test]
    fn foreign_names_stay_out() {
        for host in [
            "",
            "evil.example",
            "evil.example:4566",
            "localhost.evil.example",
            "evillocalhost",
            "192.0.2.8",
            "[2001:db8::1]:80",
            "127.0.0.1.evil.example",
            "croft.example.evil",
            "0x7f000001",
            "localhost:4566:1",
            "localhost@evil.example",
        ] {
            assert!(matches!(asked("/", &[("host", host)]), Err(Barred::ForeignHost(_))), "{host}");
        }
        assert_eq!(asked("/", &[]), Err(Barred::NoHost));
        assert_eq!(asked("/", &[("host", "localhost"), ("host", "localhost")]), Err(Barred::NoHost));
        let absolute = asked("http://evil.example/", &[("host", "localhost")]);
        assert!(matches!(absolute, Err(Barred::ForeignHost(_))));
    }

    #[test]
    fn pages_stay_out_whatever_they_say() {
        for (header, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://localhost:4566"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "none"),
            ("sec-fetch-mode", "no-cors"),
        ] {
            let asked = asked("/", &[("host", "localhost"), (header, value)]);
            assert!(matches!(asked, Err(Barred::Page(_))), "{header}: {value}");
        }
    }
}
