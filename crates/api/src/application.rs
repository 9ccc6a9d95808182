//! What stands behind the listener.

use crate::refusal::Family;
use croft_model::credential::{AccessKeyId, Credential, Principal};
use croft_model::scope::{AccountId, RegionName};
use hyper::body::Bytes;
use hyper::http::request::Parts;

/// A request whose sender is known.
#[derive(Debug)]
pub struct Request {
    pub parts: Parts,
    pub body: Bytes,
    /// As the signature's scope names it, such as `ec2`.
    pub service: String,
    pub region: RegionName,
    pub caller: Caller,
    /// Such as `c4c1c1f8-4d1e-4a8e-9d0e-8f2d7f7e2b11`.
    pub request_id: String,
}

/// A request of which nothing is known yet.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub parts: &'a Parts,
    pub body: &'a [u8],
    /// What the signature names, if there is one that can be read.
    pub service: Option<&'a str>,
}

/// Whose request it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub account: AccountId,
    /// Of `--any-credentials` whatever the client calls its key.
    pub access_key_id: String,
    pub principal: Principal,
}

/// What goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The service, and its operation as AWS names it; none where the request names none that there is. They are labels in
    /// metrics: never a text that the client made up.
    pub service: Option<&'static str>,
    pub operation: Option<&'static str>,
    /// AWS's error code; none of a success.
    pub code: Option<String>,
}

/// Why nothing was reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResetError {
    /// The state is one that is kept.
    NotEphemeral,
    Failed(String),
}

/// Why a signal was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignalError {
    /// No handle has this secret.
    Unknown,
    /// What is wrong with the signal.
    Wrong(String),
    /// It could not be kept.
    Failed(String),
}

/// The services, and what the listener asks of them.
pub trait Application: Send + Sync + 'static {
    /// Seconds since 1970.
    fn now(&self) -> u64;

    /// The key of an id.
    fn credential(&self, id: &AccessKeyId) -> Option<Credential>;

    /// How a service words its refusals; none of one that there is not.
    fn family(&self, service: &str) -> Option<Family>;

    /// Will answering wait for the disk, or for anything else? Then it is answered on a thread apart, and others that came
    /// over the same thread do not wait. A guess by the request's name will do.
    fn waits(&self, request: &Request) -> bool;

    fn answer(&self, request: &Request) -> Answer;

    /// An error in the form of the service that the request is for. `service`: what the signature names, if there is one.
    fn refuse(&self, asked: &Asked<'_>, code: &'static str, message: &str, request_id: &str) -> Answer;

    /// What `/_croft/health` says beside the status.
    fn health(&self) -> serde_json::Value;

    /// Adds its own to `/_croft/metrics`, in Prometheus's text form.
    fn metrics(&self, text: &mut String);

    /// Tells a stack that waits what came to the URL of a handle; `key` is the secret in it.
    fn signal(&self, key: &str, body: &[u8]) -> Result<(), SignalError>;

    /// Throws the state away, if it is one to throw away.
    fn reset(&self) -> Result<(), ResetError>;
}
