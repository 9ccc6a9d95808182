//! AWS's signature, version 4: read from a request and verified.
//!
//! The client signs what it sends with a key derived from its secret, the day, the region and the service. Here the
//! same is computed over what arrived. Both forms are known: the `Authorization` header, and the presigned query.
//!
//! Source: AWS, *Signature Version 4 signing process*; the tests hold AWS's published examples.

mod authorization;
mod canonical;
mod signing_key;
#[cfg(test)]
mod tests;
mod time;

pub use authorization::Authorization;
pub use signing_key::SigningKeys;

use crate::refusal::Refusal;
use canonical::canonical_request;
pub use canonical::hex;
use croft_model::credential::Credential;
use hyper::http::request::Parts;

/// How far a signed request's clock may be from ours, in seconds.
const SKEW: u64 = 300;
/// How far the start of a presigned one may lie ahead, in seconds.
const PRESIGNED_SKEW: u64 = 900;

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Services whose clients may leave the body out of the signature, and whose paths are signed as they are sent: S3 alone.
fn signs_like_s3(service: &str) -> bool {
    service == "s3"
}

/// Is this the request that the bearer of the key signed, and in time? `now` in seconds since 1970.
pub fn verify(
    authorization: &Authorization,
    parts: &Parts,
    body: &[u8],
    credential: &Credential,
    keys: &SigningKeys,
    now: u64,
) -> Result<(), Refusal> {
    if !credential.active {
        return Err(Refusal::UnknownKey);
    }
    match (&credential.session, &authorization.token) {
        (None, None) => {}
        (Some(session), Some(token)) if same(session.token.reveal().as_bytes(), token.as_bytes()) => {
            if session.expires <= now {
                return Err(Refusal::ExpiredToken);
            }
        }
        _ => return Err(Refusal::UnknownKey),
    }
    in_time(authorization, now)?;
    let canonical = canonical_request(authorization, parts, body)?;
    let scope = authorization.scope();
    let to_sign = format!("{ALGORITHM}\n{}\n{scope}\n{}", authorization.date_time, hash(canonical.as_bytes()));
    match keys.verify(credential, authorization, &to_sign) {
        true => Ok(()),
        false => Err(Refusal::WrongSignature(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details."
                .to_string(),
        )),
    }
}

fn in_time(authorization: &Authorization, now: u64) -> Result<(), Refusal> {
    let signed = authorization.time;
    let (ahead, last) = match authorization.expires {
        Some(lifetime) => (PRESIGNED_SKEW, signed.saturating_add(lifetime)),
        None => (SKEW, signed.saturating_add(SKEW)),
    };
    let (written, ours) = (&authorization.date_time, time::date_time(now));
    if now > last {
        return Err(Refusal::Expired(format!("Signature expired: {written} is now earlier than {ours}.")));
    }
    if signed > now.saturating_add(ahead) {
        let why = format!("Signature not yet current: {written} is still later than {ours} ({} min.).", ahead / 60);
        return Err(Refusal::Expired(why));
    }
    Ok(())
}

fn hash(bytes: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}

/// In a time that does not tell where they differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}
