//! One request from its head to its answer.

use crate::application::{Answer, Application, Asked, Caller, Request};
use crate::listener::Options;
use crate::metrics::Metrics;
use crate::refusal::{Family, Refusal};
use crate::request_id::RequestIds;
use crate::sigv4::{self, Authorization, SigningKeys};
use crate::{guard, internal};
use croft_model::credential::{AccessKeyId, Principal, Secret};
use croft_model::scope::{AccountId, RegionName};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::spawn_blocking;

/// No request of AWS's has more but uploads of objects, which are no service of ours.
const LARGEST_BODY: usize = 8 << 20;

pub struct Exchange<A> {
    pub application: Arc<A>,
    pub metrics: Metrics,
    pub token: Option<Secret>,
    any_credentials: bool,
    hosts: Vec<String>,
    ids: RequestIds,
    keys: SigningKeys,
    body_time: Duration,
}

/// What was found out on the way, for the log.
#[derive(Default)]
struct Seen {
    /// What the signature names, once it holds.
    service: Option<String>,
    account: String,
    region: String,
}

impl<A: Application> Exchange<A> {
    pub fn new(options: &Options, application: Arc<A>, metrics: Metrics) -> Exchange<A> {
        Exchange {
            application,
            metrics,
            token: options.token.clone(),
            any_credentials: options.any_credentials,
            hosts: options.hosts.clone(),
            ids: RequestIds::new(),
            keys: SigningKeys::default(),
            body_time: options.limits.body,
        }
    }

    pub async fn answer(self: Arc<Self>, request: hyper::Request<Incoming>, local: IpAddr) -> Response<Full<Bytes>> {
        let began = Instant::now();
        let (parts, body) = request.into_parts();
        if let Err(barred) = guard::admit(&parts, local, &self.hosts) {
            self.metrics.bar(barred.reason());
            tracing::warn!(reason = barred.reason(), "a request was turned away");
            return internal::plain(StatusCode::FORBIDDEN, &barred.to_string());
        }
        let body = Limited::new(body, LARGEST_BODY).collect();
        let body = match tokio::time::timeout(self.body_time, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) => {
                let (status, why) = match error.is::<http_body_util::LengthLimitError>() {
                    true => (StatusCode::PAYLOAD_TOO_LARGE, format!("a body has at most {LARGEST_BODY} bytes")),
                    false => (StatusCode::BAD_REQUEST, format!("the body cannot be read: {error}")),
                };
                return internal::plain(status, &why);
            }
            Err(_) => return internal::plain(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
        };
        if parts.uri.path().starts_with("/_croft/") {
            // Health comes at once, whatever else waits; the rest may take a while.
            if parts.uri.path() == "/_croft/health" {
                return internal::answer(&self, &parts, &body);
            }
            return spawn_blocking(move || internal::answer(&self, &parts, &body)).await.unwrap_or_else(|_| ending());
        }
        let id = self.ids.next();
        let mut seen = Seen::default();
        let request = match self.signed(parts, body, &id, &mut seen) {
            Ok(request) => request,
            Err(answer) => return self.finish(answer, &id, &seen, began),
        };
        if !self.application.waits(&request) {
            return self.finish(self.do_answer(&request), &id, &seen, began);
        }
        let work = spawn_blocking(move || self.finish(self.do_answer(&request), &id, &seen, began));
        work.await.unwrap_or_else(|_| ending())
    }

    /// Counts and logs.
    fn finish(&self, answer: Answer, id: &str, seen: &Seen, began: Instant) -> Response<Full<Bytes>> {
        let took = began.elapsed();
        // A service that Croft has not is named where its signature holds, so that what is missed can be seen.
        let service = answer.service.or(seen.service.as_deref()).unwrap_or("unknown");
        let operation = answer.operation.unwrap_or("unknown");
        self.metrics.count(service, operation, answer.code.as_deref(), took);
        tracing::info!(
            request_id = id,
            service,
            operation,
            account = seen.account,
            region = seen.region,
            status = answer.status,
            code = answer.code.as_deref().unwrap_or(""),
            us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        );
        respond(answer, id)
    }

    /// The request with its sender, or the refusal.
    fn signed(&self, parts: Parts, body: Bytes, id: &str, seen: &mut Seen) -> Result<Request, Answer> {
        let authorization = Authorization::of(&parts);
        let service = authorization.as_ref().ok().map(|a| a.service.clone());
        let refuse = |parts: &Parts, body: &[u8], refusal: &Refusal| {
            let asked = Asked { parts, body, service: service.as_deref() };
            // Where nothing says which service it is, the form of the answer is told by the form of the request.
            let family = asked.service.and_then(|s| self.application.family(s));
            let family = family.unwrap_or_else(|| family_of(parts, body));
            self.application.refuse(&asked, refusal.code(family), &refusal.message(family), id)
        };
        let known = authorization.and_then(|a| {
            let region = a.region.parse::<RegionName>();
            let not_one = |_| Refusal::WrongSignature("Credential should be scoped to a valid region.".to_string());
            Ok((self.caller(&a, &parts, &body)?, region.map_err(not_one)?, a.service))
        });
        let (caller, region, service) = match known {
            Ok(known) => known,
            Err(refusal) => return Err(refuse(&parts, &body, &refusal)),
        };
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        seen.service = Some(service.clone()).filter(|s| s.len() <= 40 && s.bytes().all(legal));
        seen.account = caller.account.to_string();
        seen.region = region.to_string();
        Ok(Request { parts, body, service, region, caller, request_id: id.to_string() })
    }

    fn do_answer(&self, request: &Request) -> Answer {
        // A panic is a mistake of ours: this request has failed, the next one has not.
        std::panic::catch_unwind(AssertUnwindSafe(|| self.application.answer(request))).unwrap_or_else(|_| {
            tracing::error!(request_id = request.request_id, "a panic while a request was answered");
            let asked = Asked { parts: &request.parts, body: &request.body, service: Some(&request.service) };
            self.application.refuse(&asked, "InternalError", "An internal error has occurred", &request.request_id)
        })
    }

    fn caller(&self, authorization: &Authorization, parts: &Parts, body: &[u8]) -> Result<Caller, Refusal> {
        let id = authorization.access_key_id.parse::<AccessKeyId>().ok();
        let credential = id.and_then(|id| self.application.credential(&id));
        let caller = |account: AccountId, principal| Caller {
            account,
            access_key_id: authorization.access_key_id.clone(),
            principal,
        };
        if self.any_credentials {
            return Ok(match credential {
                Some(known) => caller(known.account, known.principal),
                None => caller(authorization.access_key_id.parse().unwrap_or_default(), Principal::Root),
            });
        }
        let credential = credential.ok_or(Refusal::UnknownKey)?;
        sigv4::verify(authorization, parts, body, &credential, &self.keys, self.application.now())?;
        Ok(caller(credential.account, credential.principal))
    }
}

/// Where work that was handed to another thread did not come back: panics of the services are caught over there.
fn ending() -> Response<Full<Bytes>> {
    internal::plain(StatusCode::SERVICE_UNAVAILABLE, "the server is ending")
}

/// The family of a service that nothing names: JSON has a target, EC2 its version.
fn family_of(parts: &Parts, body: &[u8]) -> Family {
    const EC2: &[u8] = b"Version=2016-11-15";
    let names = |text: &[u8]| text.windows(EC2.len()).any(|part| part == EC2);
    if parts.headers.contains_key("x-amz-target") {
        Family::Json
    } else if names(parts.uri.query().unwrap_or_default().as_bytes()) || names(body) {
        Family::Ec2
    } else {
        Family::Query
    }
}

fn respond(answer: Answer, id: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in answer.headers {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => drop(headers.insert(name, value)),
            _ => tracing::error!(request_id = id, "a header that cannot be sent"),
        }
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}
