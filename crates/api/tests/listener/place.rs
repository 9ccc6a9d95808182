//! A listener with an application that repeats what it is given.

use croft_api::{Answer, Application, Asked, Family, Limits, Listener, Options, Request, ResetError, SignalError};
use croft_api_client::Client;
use croft_model::credential::{AccessKeyId, Credential, Principal, Secret};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

pub const KEY: &str = "AKIAAAAAAAAAAAAAAAAA";
pub const SECRET: &str = "a-secret";
pub const ACCOUNT: &str = "111122223333";

/// For a gate to be opened.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default)]
pub struct Repeating {
    pub answered: AtomicUsize,
    /// Open?
    pub gate: Mutex<bool>,
    pub opened: Condvar,
    pub resets: AtomicUsize,
}

impl Application for Repeating {
    fn now(&self) -> u64 {
        croft_api_client::now()
    }

    fn credential(&self, id: &AccessKeyId) -> Option<Credential> {
        (id.as_str() == KEY).then(|| Credential {
            access_key_id: id.clone(),
            secret_access_key: Secret::new(SECRET),
            account: ACCOUNT.parse().unwrap(),
            name: None,
            principal: Principal::Root,
            created: 0,
            active: true,
            session: None,
        })
    }

    fn family(&self, service: &str) -> Option<Family> {
        match service {
            "ec2" => Some(Family::Ec2),
            "sts" => Some(Family::Query),
            "ecs" => Some(Family::Json),
            _ => None,
        }
    }

    fn waits(&self, request: &Request) -> bool {
        let body = String::from_utf8_lossy(&request.body);
        body.contains("slow") || body.contains("gate")
    }

    fn answer(&self, request: &Request) -> Answer {
        self.answered.fetch_add(1, Ordering::Relaxed);
        let body = String::from_utf8_lossy(&request.body);
        assert!(!body.contains("panic"), "as asked");
        if body.contains("gate") {
            let shut = self.gate.lock().unwrap();
            let (open, waited) = self.opened.wait_timeout_while(shut, PATIENCE, |open| !*open).unwrap();
            drop(open);
            assert!(!waited.timed_out(), "nobody has opened it");
        }
        if body.contains("open") {
            *self.gate.lock().unwrap() = true;
            self.opened.notify_all();
        }
        if body.contains("slow") {
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
        let caller = &request.caller;
        let text = format!("{} {} {} {}", request.service, request.region, caller.account, caller.access_key_id);
        answer(200, &text, None)
    }

    fn refuse(&self, asked: &Asked<'_>, code: &'static str, message: &str, _: &str) -> Answer {
        let text = format!(
            "<Service>{}</Service><Code>{code}</Code><Message>{message}</Message>",
            asked.service.unwrap_or("-")
        );
        answer(if code == "InternalError" { 500 } else { 403 }, &text, Some(code))
    }

    fn health(&self) -> serde_json::Value {
        serde_json::json!({ "packets": false })
    }

    fn signal(&self, key: &str, body: &[u8]) -> Result<(), SignalError> {
        match (key, body) {
            ("secret", b"good") => Ok(()),
            ("secret", _) => Err(SignalError::Wrong("it is not good".to_string())),
            _ => Err(SignalError::Unknown),
        }
    }

    fn metrics(&self, text: &mut String) {
        text.push_str("own_metric 1\n");
    }

    fn reset(&self) -> Result<(), ResetError> {
        self.resets.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn answer(status: u16, text: &str, code: Option<&str>) -> Answer {
    Answer {
        status,
        headers: vec![("content-type".into(), "text/plain".into())],
        body: text.as_bytes().to_vec(),
        service: Some("ec2"),
        operation: Some("Repeat"),
        code: code.map(str::to_string),
    }
}

pub fn options() -> Options {
    Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        tls: None,
        any_credentials: false,
        hosts: vec![],
        token: Some(Secret::new("the-token")),
        limits: Limits::default(),
    }
}

pub struct Place {
    pub listener: Listener,
    pub application: Arc<Repeating>,
}

impl Place {
    pub fn new() -> Place {
        Place::with(options())
    }

    pub fn with(options: Options) -> Place {
        let application = Arc::new(Repeating::default());
        Place { listener: Listener::start(options, Arc::clone(&application)).unwrap(), application }
    }

    pub fn client(&self) -> Client {
        Client::new(self.listener.address(), KEY, SECRET, "eu-west-3")
    }

    pub fn answered(&self) -> usize {
        self.application.answered.load(Ordering::Relaxed)
    }
}
