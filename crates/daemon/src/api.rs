//! AWS's API in front of the keeper: what `croft_api` lets in, `croft_aws` answers.

use crate::daemon::Inner;
use crate::error::Error;
use crate::keeper::{self, Keeper};
use croft_api::{Answer, Application, Asked, Family, Listener, Request, ResetError, SignalError};
use croft_aws::model::Protocol;
use croft_aws::{Aws, Backend, Fault, HttpRequest, Refused};
use croft_cloudformation::stack::Stacks;
use croft_control::{Cloud, Command, Reset, Response};
use croft_model::credential::{AccessKeyId, Credential};
use croft_model::{InstanceId, Scope, Scoped};
use hyper::http::request::Parts;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// How the API is served.
#[derive(Clone, Debug)]
pub struct ApiOptions {
    pub listen: SocketAddr,
    pub tls: Option<croft_api::TlsFiles>,
    /// Signatures are not verified, and a key id of twelve digits is the account.
    pub any_credentials: bool,
    /// Names of this machine that clients may use.
    pub hosts: Vec<String>,
}

/// Begins to answer.
pub(crate) fn listen(inner: &Arc<Inner>, options: &ApiOptions) -> Result<Listener, Error> {
    // Nothing is kept and nobody else can ask: whoever can run programs here may throw it away.
    let open = inner.keeper.keeps_nothing() && options.listen.ip().is_loopback();
    let token = if open { None } else { Some(inner.state.token()?) };
    let aws = Aws::new(Arc::new(State {
        keeper: Arc::clone(&inner.keeper),
        stacks: Arc::clone(inner.stacks()),
        instances: inner.instances(),
    }));
    let options = croft_api::Options {
        listen: options.listen,
        tls: options.tls.clone(),
        any_credentials: options.any_credentials,
        hosts: options.hosts.clone(),
        token,
        limits: croft_api::Limits::default(),
    };
    let listener = Listener::start(options, Arc::new(Door { inner: Arc::clone(inner), aws }))?;
    // Set once, here.
    let _ = inner.endpoint.set(listener.url());
    // Where a fabric runs it has been set, and stays: what is in the fabric does not reach the listener.
    let _ = inner.signals_endpoint.set(listener.url());
    Ok(listener)
}

/// So much of what an instance has written is its console.
const CONSOLE: u64 = 64 << 10;

/// The keeper as the API's backend.
struct State {
    keeper: Arc<Keeper>,
    stacks: Arc<Stacks>,
    /// Where workloads live.
    instances: PathBuf,
}

impl Backend for State {
    fn cloud(&self) -> Arc<Cloud> {
        self.keeper.snapshot()
    }

    fn run(&self, scope: &Scope, command: Command) -> Result<Response, Refused> {
        self.keeper.run_in(scope, command).map_err(refused)
    }

    fn judge(&self, scope: &Scope, command: Command) -> Result<(), Refused> {
        self.keeper.judge_in(scope, command).map_err(refused)
    }

    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn stacks(&self) -> Option<&Arc<Stacks>> {
        Some(&self.stacks)
    }

    fn console(&self, scope: &Scope, instance: &InstanceId) -> Option<Vec<u8>> {
        let cloud = self.keeper.snapshot();
        cloud.instances.get(instance).filter(|i| i.scope() == scope)?;
        let directory = croft_agent::instance::directory(&self.instances, instance);
        let mut log = File::open(croft_workload::adopt(&directory).ok()??.log_path()).ok()?;
        let length = log.metadata().ok()?.len();
        log.seek(SeekFrom::Start(length.saturating_sub(CONSOLE))).ok()?;
        let mut newest = Vec::new();
        log.take(CONSOLE).read_to_end(&mut newest).ok()?;
        Some(newest)
    }
}

fn refused(error: Error) -> Refused {
    match error {
        Error::Control(rule) => Refused::Rule(rule),
        other => Refused::Failed(other.to_string()),
    }
}

/// What the listener asks.
struct Door {
    inner: Arc<Inner>,
    aws: Aws,
}

impl Application for Door {
    fn now(&self) -> u64 {
        keeper::now()
    }

    fn credential(&self, id: &AccessKeyId) -> Option<Credential> {
        self.inner.keeper.snapshot().credentials.get(id).cloned()
    }

    fn family(&self, service: &str) -> Option<Family> {
        let service = self.aws.services().iter().find(|s| s.name == service)?;
        Some(match service.model().protocol {
            Protocol::Ec2 => Family::Ec2,
            Protocol::Json { .. } => Family::Json,
            Protocol::Query | Protocol::RestXml | Protocol::RestJson => Family::Query,
        })
    }

    fn waits(&self, request: &Request) -> bool {
        let target = request.parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let query = request.parts.uri.query().unwrap_or_default();
        !croft_aws::protocol::only_reads(target, query.as_bytes(), &request.body)
    }

    fn answer(&self, request: &Request) -> Answer {
        let caller = &request.caller;
        let caller = croft_aws::Caller {
            scope: Scope { account: caller.account.clone(), region: request.region.clone() },
            service: Some(request.service.clone()),
            principal: croft_aws::Principal {
                arn: caller.principal.arn(&caller.account),
                user_id: caller.principal.user_id(&caller.account),
                access_key_id: caller.access_key_id.clone(),
            },
            request_id: request.request_id.clone(),
        };
        answered(self.aws.answer(&http_request(&request.parts, &request.body), &caller))
    }

    fn refuse(&self, asked: &Asked<'_>, code: &'static str, message: &str, request_id: &str) -> Answer {
        let request = http_request(asked.parts, asked.body);
        answered(self.aws.refuse(&request, asked.service, &Fault::new(code, message), request_id))
    }

    fn health(&self) -> serde_json::Value {
        let status = self.inner.status();
        serde_json::json!({
            "version": status.version,
            "packets": status.run_dir.is_some(),
            "desired": status.desired,
            "applied": status.applied,
            "troubles": status.troubles,
        })
    }

    fn metrics(&self, text: &mut String) {
        // Writing to a String does not fail.
        let _ = metrics(&self.inner, text);
    }

    fn signal(&self, key: &str, body: &[u8]) -> Result<(), SignalError> {
        self.inner.signal(key, body)
    }

    fn reset(&self) -> Result<(), ResetError> {
        let keeper = &self.inner.keeper;
        if !keeper.keeps_nothing() {
            return Err(ResetError::NotEphemeral);
        }
        keeper.run(Reset {}).map_err(|error| ResetError::Failed(error.to_string()))
    }
}

fn http_request(parts: &Parts, body: &[u8]) -> HttpRequest {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    HttpRequest {
        method: parts.method.to_string(),
        path: parts.uri.path().to_string(),
        query: parts.uri.query().unwrap_or_default().to_string(),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
        body: body.to_vec(),
    }
}

fn answered(answer: croft_aws::Answer) -> Answer {
    let croft_aws::Answer { response, service, operation, error } = answer;
    Answer { status: response.status, headers: response.headers, body: response.body, service, operation, code: error }
}

fn metrics(inner: &Inner, text: &mut String) -> std::fmt::Result {
    writeln!(text, "# HELP croft_desired_version The version of the cloud that was asked for.")?;
    writeln!(text, "# TYPE croft_desired_version gauge")?;
    writeln!(text, "croft_desired_version {}", inner.cloud().version)?;
    writeln!(text, "# HELP croft_applied_version The version of the cloud that packets obey.")?;
    writeln!(text, "# TYPE croft_applied_version gauge")?;
    writeln!(text, "croft_applied_version {}", inner.applied())?;
    // Without packets there is nothing to count.
    let Ok(host) = inner.host() else { return Ok(()) };
    let Ok(counters) = host.fabric.drops() else { return Ok(()) };
    let mut reasons: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (key, count) in counters {
        let reason = reasons.entry(crate::drops::reason(key.reason)).or_default();
        reason.0 += count.packets;
        reason.1 += count.bytes;
    }
    for (name, what) in [("packets", "Packets"), ("bytes", "Bytes")] {
        writeln!(text, "# HELP croft_dropped_{name}_total {what} that were dropped, by reason.")?;
        writeln!(text, "# TYPE croft_dropped_{name}_total counter")?;
        for (reason, (packets, bytes)) in &reasons {
            let count = if name == "packets" { packets } else { bytes };
            writeln!(text, "croft_dropped_{name}_total{{reason=\"{reason}\"}} {count}")?;
        }
    }
    let Ok(traffic) = host.fabric.traffic() else { return Ok(()) };
    for name in ["packets", "bytes"] {
        writeln!(
            text,
            "# HELP croft_interface_{name}_total What a workload sent over an interface, and what reached it."
        )?;
        writeln!(text, "# TYPE croft_interface_{name}_total counter")?;
        for (interface, traffic) in &traffic {
            for (direction, count) in [("sent", traffic.sent), ("delivered", traffic.delivered)] {
                let count = if name == "packets" { count.packets } else { count.bytes };
                let labels = format!("interface=\"{interface}\",direction=\"{direction}\"");
                writeln!(text, "croft_interface_{name}_total{{{labels}}} {count}")?;
            }
        }
    }
    Ok(())
}
