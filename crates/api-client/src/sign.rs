//! AWS's signature, version 4, as a client makes it.

use ring::{digest, hmac};

/// What a request is signed with.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    pub key: &'a str,
    pub secret: &'a str,
    pub region: &'a str,
    pub service: &'a str,
    /// Seconds since 1970.
    pub time: u64,
}

impl Signing<'_> {
    /// The `Authorization` header. Every header given is signed. The target is as it is sent; its path has nothing that
    /// is escaped, and its query is escaped and in order.
    pub fn header(&self, method: &str, target: &str, headers: &[(String, String)], body: &[u8]) -> String {
        let (names, signature) = self.signature(method, target, headers, &hex(&sha256(body)));
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={names}, Signature={signature}",
            self.key,
            self.scope()
        )
    }

    /// A target that is good by itself for so many seconds; signs the host and an empty body.
    pub fn presigned(&self, method: &str, target: &str, host: &str, expires: u64) -> String {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut pairs: Vec<String> = query.split('&').filter(|p| !p.is_empty()).map(str::to_string).collect();
        pairs.push("X-Amz-Algorithm=AWS4-HMAC-SHA256".to_string());
        pairs.push(format!("X-Amz-Credential={}", query_encode(&format!("{}/{}", self.key, self.scope()))));
        pairs.push(format!("X-Amz-Date={}", date_time(self.time)));
        pairs.push(format!("X-Amz-Expires={expires}"));
        pairs.push("X-Amz-SignedHeaders=host".to_string());
        pairs.sort();
        let target = format!("{path}?{}", pairs.join("&"));
        let host = [("host".to_string(), host.to_string())];
        let (_, signature) = self.signature(method, &target, &host, &hex(&sha256(b"")));
        format!("{target}&X-Amz-Signature={signature}")
    }

    fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", &date_time(self.time)[..8], self.region, self.service)
    }

    fn signature(&self, method: &str, target: &str, headers: &[(String, String)], body: &str) -> (String, String) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut sorted: Vec<(String, &str)> =
            headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.trim())).collect();
        sorted.sort();
        let names = sorted.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
        let lines: String = sorted.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{body}");
        let scope = self.scope();
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", date_time(self.time), hex(&sha256(canonical.as_bytes())));
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in scope.split('/') {
            key = mac(&key, part);
        }
        (names, hex(&mac(&key, &to_sign)))
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Everything but letters, digits and `-._~` as `%XX`.
pub fn query_encode(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// `YYYYMMDDTHHMMSSZ`.
pub(crate) fn date_time(time: u64) -> String {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut day, rest) = (time / 86_400, time % 86_400);
    let mut year = 1970;
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    format!("{year:04}{month:02}{:02}T{:02}{:02}{:02}Z", day + 1, rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AWS's published example.
    #[test]
    fn the_documentation_s_example_is_signed() {
        let signing = Signing {
            key: "AKIDEXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            region: "us-east-1",
            service: "iam",
            time: 1_440_938_160,
        };
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("Host", "iam.amazonaws.com"),
            ("X-Amz-Date", "20150830T123600Z"),
        ];
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_string()));
        let header = signing.header("GET", "/?Action=ListUsers&Version=2010-05-08", &headers, b"");
        assert_eq!(
            header,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    #[test]
    fn days_are_counted() {
        assert_eq!(date_time(951_868_799), "20000229T235959Z");
        assert_eq!(date_time(1_798_761_599), "20261231T235959Z");
    }
}
