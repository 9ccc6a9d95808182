//! What a request says about its signature.

use super::{ALGORITHM, canonical, time};
use crate::refusal::Refusal;
use hyper::http::request::Parts;

/// The signature of a request and what it was made with; not verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    pub access_key_id: String,
    /// Of the scope: `YYYYMMDD`, region, service.
    pub date: String,
    pub region: String,
    pub service: String,
    /// In lower case, in the order given.
    pub signed_headers: Vec<String>,
    pub signature: Vec<u8>,
    /// `YYYYMMDDTHHMMSSZ`, and the same in seconds since 1970.
    pub date_time: String,
    pub time: u64,
    pub token: Option<String>,
    /// Of a presigned request: for how many seconds it is good.
    pub expires: Option<u64>,
}

/// A week.
const LONGEST_LIFE: u64 = 604_800;

impl Authorization {
    /// Reads the header, or the presigned query where there is no header.
    pub fn of(parts: &Parts) -> Result<Authorization, Refusal> {
        let query = parts.uri.query().unwrap_or_default();
        let mut headers = parts.headers.get_all("authorization").iter();
        match (headers.next(), headers.next()) {
            (Some(_), Some(_)) => Err(incomplete("The request has more than one Authorization header.")),
            (Some(header), None) => match header.to_str() {
                Ok(header) => Authorization::from_header(parts, header),
                Err(_) => Err(incomplete("The Authorization header is not text.")),
            },
            (None, _) => match canonical::parameter(query, "X-Amz-Algorithm") {
                Some(algorithm) => Authorization::from_query(query, &algorithm),
                None => Err(Refusal::Unsigned),
            },
        }
    }

    fn from_header(parts: &Parts, header: &str) -> Result<Authorization, Refusal> {
        let (algorithm, rest) = header.split_once(' ').unwrap_or((header, ""));
        check_algorithm(algorithm)?;
        let mut missing = String::new();
        let mut part = |name: &str| {
            let found = rest.split(',').filter_map(|p| p.trim().split_once('=')).find(|(key, _)| *key == name);
            if found.is_none() {
                missing += &format!("Authorization header requires '{name}' parameter. ");
            }
            found.map_or("", |(_, value)| value.trim()).to_string()
        };
        let (credential, headers, signature) = (part("Credential"), part("SignedHeaders"), part("Signature"));
        let text = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_string);
        let date_time = text("x-amz-date").or_else(|| text("date"));
        if date_time.is_none() {
            missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
        }
        if !missing.is_empty() {
            return Err(Refusal::Incomplete(missing.trim_end().to_string()));
        }
        Authorization::new(
            &credential,
            &headers,
            &signature,
            date_time.unwrap_or_default(),
            text("x-amz-security-token"),
            None,
        )
    }

    fn from_query(query: &str, algorithm: &str) -> Result<Authorization, Refusal> {
        check_algorithm(algorithm)?;
        let mut missing = String::new();
        let mut part = |name: &str| {
            let found = canonical::parameter(query, name);
            if found.is_none() {
                missing += &format!("AWS query-string parameters must include '{name}'. ");
            }
            found.unwrap_or_default()
        };
        let (credential, headers) = (part("X-Amz-Credential"), part("X-Amz-SignedHeaders"));
        let (signature, date_time, expires) = (part("X-Amz-Signature"), part("X-Amz-Date"), part("X-Amz-Expires"));
        if !missing.is_empty() {
            return Err(Refusal::Incomplete(missing.trim_end().to_string()));
        }
        let expires = expires.parse().ok().filter(|e| (1..=LONGEST_LIFE).contains(e));
        let expires =
            expires.ok_or_else(|| incomplete("X-Amz-Expires must be a number of seconds from 1 to 604800."))?;
        let token = canonical::parameter(query, "X-Amz-Security-Token");
        Authorization::new(&credential, &headers, &signature, date_time, token, Some(expires))
    }

    fn new(
        credential: &str,
        headers: &str,
        signature: &str,
        date_time: String,
        token: Option<String>,
        expires: Option<u64>,
    ) -> Result<Authorization, Refusal> {
        let mut scope = credential.rsplitn(5, '/');
        let (end, service, region, date) = (scope.next(), scope.next(), scope.next(), scope.next());
        let (Some("aws4_request"), Some(service), Some(region), Some(date), Some(key)) =
            (end, service, region, date, scope.next())
        else {
            return Err(incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request.",
            ));
        };
        let time = time::parse(&date_time)
            .ok_or_else(|| incomplete("The date of the signature must be in the form YYYYMMDDTHHMMSSZ."))?;
        if !date_time.starts_with(date) || date.len() != 8 {
            return Err(Refusal::WrongSignature(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.".to_string(),
            ));
        }
        let signed_headers: Vec<String> = headers.split(';').map(str::to_ascii_lowercase).collect();
        if !signed_headers.iter().any(|h| h == "host") {
            return Err(Refusal::WrongSignature(
                "'Host' must be a 'SignedHeader' in the AWS Authorization.".to_string(),
            ));
        }
        Ok(Authorization {
            access_key_id: key.to_string(),
            date: date.to_string(),
            region: region.to_string(),
            service: service.to_string(),
            signed_headers,
            signature: canonical::unhex(signature).ok_or_else(|| incomplete("The signature is not hexadecimal."))?,
            date_time,
            time,
            token,
            expires,
        })
    }

    /// `20150830/us-east-1/service/aws4_request`.
    pub(crate) fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }
}

fn check_algorithm(algorithm: &str) -> Result<(), Refusal> {
    match algorithm == ALGORITHM {
        true => Ok(()),
        false => Err(Refusal::Incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'; it is {ALGORITHM}."))),
    }
}

fn incomplete(why: &str) -> Refusal {
    Refusal::Incomplete(why.to_string())
}
