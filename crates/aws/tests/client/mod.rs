//! A client in process: parameters as the model names them, over the wire and back.
//!
//! It writes requests and reads answers by the model, with code of its own.
#![allow(dead_code, reason = "each test takes what it needs")]

use croft_aws::model::{Kind, Model, Protocol, ShapeId};
use croft_aws::{Aws, Backend, Caller, HttpRequest, HttpResponse, InMemory, Principal};
use croft_model::Scope;
use roxmltree::Node;
use serde_json::{Map, Value};
use std::sync::Arc;

pub struct Client {
    pub aws: Arc<Aws>,
    pub backend: Arc<InMemory>,
    pub scope: Scope,
}

/// A refusal, as the client reads it.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl Client {
    /// With a state of its own.
    pub fn new() -> Client {
        let backend = Arc::new(InMemory::new(1));
        Client { aws: Arc::new(Aws::new(backend.clone())), backend, scope: Scope::default() }
    }

    /// The same state, seen from another account or region.
    pub fn elsewhere(&self, account: &str, region: &str) -> Client {
        let scope = Scope::new(account, region).unwrap();
        Client { aws: self.aws.clone(), backend: self.backend.clone(), scope }
    }

    /// Waits until nothing is under way with any stack.
    #[track_caller]
    pub fn settle(&self) {
        let begun = std::time::Instant::now();
        while self.backend.cloud().stacks.values().any(|stack| stack.work.is_some()) {
            assert!(begun.elapsed().as_secs() < 60, "a stack does not come to its end");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    /// Calls an operation of EC2, or of a service named before a colon, as `iam:GetRole`.
    #[track_caller]
    pub fn call(&self, operation: &str, parameters: Value) -> Value {
        self.try_call(operation, parameters).unwrap_or_else(|refusal| panic!("{operation}: {refusal:?}"))
    }

    /// The code of the refusal of an operation.
    #[track_caller]
    pub fn refused(&self, operation: &str, parameters: Value) -> String {
        match self.try_call(operation, parameters) {
            Ok(answer) => panic!("{operation} was not refused: {answer}"),
            Err(refusal) => refusal.code,
        }
    }

    pub fn try_call(&self, operation: &str, parameters: Value) -> Result<Value, Refusal> {
        let (service, operation) = operation.split_once(':').unwrap_or(("ec2", operation));
        let response = self.exchange(service, operation, &parameters);
        self.read(service, operation, &response)
    }

    /// The answer's bytes.
    pub fn exchange(&self, service: &str, operation: &str, parameters: &Value) -> HttpResponse {
        let model = self.model(service);
        let mut pairs =
            vec![("Action".to_string(), operation.to_string()), ("Version".into(), model.api_version.into())];
        let shape = model.operation(operation).unwrap_or_else(|| panic!("no operation {operation}")).input;
        if let Some(shape) = shape {
            Form { model, ec2: model.protocol == Protocol::Ec2 }.write(shape, parameters, "", &mut pairs);
        }
        let pairs: Vec<String> = pairs.iter().map(|(k, v)| format!("{}={}", escape(k), escape(v))).collect();
        self.send(service, pairs.join("&").as_bytes())
    }

    /// Sends a form as it is.
    pub fn send(&self, service: &str, body: &[u8]) -> HttpResponse {
        let request = HttpRequest {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![("Content-Type".into(), "application/x-www-form-urlencoded; charset=utf-8".into())],
            body: body.to_vec(),
            ..HttpRequest::default()
        };
        let account = self.scope.account.to_string();
        let caller = Caller {
            scope: self.scope.clone(),
            service: Some(service.into()),
            principal: Principal {
                arn: format!("arn:aws:iam::{account}:root"),
                user_id: account,
                access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            },
            request_id: "8b7c54f1-3c06-4f2a-a5d0-9fb2c2a0c8f1".into(),
        };
        self.aws.answer(&request, &caller).response
    }

    /// Reads an answer to an operation.
    pub fn read(&self, service: &str, operation: &str, response: &HttpResponse) -> Result<Value, Refusal> {
        let text = std::str::from_utf8(&response.body).unwrap();
        let document = roxmltree::Document::parse(text).unwrap_or_else(|e| panic!("{e}: {text}"));
        let root = document.root_element();
        if response.status != 200 {
            let of = |name| root.descendants().find(|n| n.has_tag_name(name)).and_then(|n| n.text());
            let of = |name| of(name).unwrap_or_else(|| panic!("no {name}: {text}")).to_string();
            return Err(Refusal { status: response.status, code: of("Code"), message: of("Message") });
        }
        assert_eq!(root.tag_name().name(), format!("{operation}Response"));
        let model = self.model(service);
        let Some(shape) = model.operation(operation).unwrap().output else { return Ok(Value::Null) };
        Ok(match model.protocol {
            Protocol::Ec2 => structure(model, shape, &root, &["requestId"]),
            _ => {
                let result = root.children().find(|n| n.tag_name().name() == format!("{operation}Result"));
                structure(model, shape, &result.unwrap_or_else(|| panic!("no result: {text}")), &[])
            }
        })
    }

    fn model(&self, service: &str) -> &Model {
        self.aws.services().iter().find(|s| s.name == service).unwrap_or_else(|| panic!("no service {service}")).model()
    }
}

struct Form<'a> {
    model: &'a Model,
    ec2: bool,
}

impl Form<'_> {
    fn write(&self, shape: ShapeId, value: &Value, at: &str, out: &mut Vec<(String, String)>) {
        let under = |name: &str| if at.is_empty() { name.to_string() } else { format!("{at}.{name}") };
        match (&self.model.shape(shape).kind, value) {
            (_, Value::Null) => {}
            (Kind::Structure(structure), Value::Object(fields)) => {
                for (name, value) in fields {
                    // What the model does not know is sent as it is: to see it refused.
                    let Some(member) = structure.member(name) else {
                        out.push((under(name), value.to_string()));
                        continue;
                    };
                    let wire = match (self.ec2, member.query_name, member.location_name) {
                        (true, Some(name), _) => name.to_string(),
                        (true, None, Some(name)) => name[..1].to_uppercase() + &name[1..],
                        (_, _, name) => name.unwrap_or(member.name).to_string(),
                    };
                    self.write(member.shape, value, &under(&wire), out);
                }
            }
            (Kind::List(list), Value::Array(elements)) => {
                for (n, element) in elements.iter().enumerate() {
                    let name = match self.ec2 || list.flattened {
                        true => format!("{at}.{}", n + 1),
                        false => format!("{at}.{}.{}", list.element_name.unwrap_or("member"), n + 1),
                    };
                    self.write(list.element, element, &name, out);
                }
            }
            (Kind::Map(map), Value::Object(entries)) => {
                for (n, (key, value)) in entries.iter().enumerate() {
                    let entry = format!("{at}.entry.{}", n + 1);
                    out.push((format!("{entry}.{}", map.key_name.unwrap_or("key")), key.clone()));
                    self.write(map.value, value, &format!("{entry}.{}", map.value_name.unwrap_or("value")), out);
                }
            }
            (Kind::Timestamp(_), Value::Number(millis)) => {
                out.push((at.to_string(), croft_aws::timestamp::iso8601(millis.as_i64().unwrap())));
            }
            (_, Value::String(text)) => out.push((at.to_string(), text.clone())),
            (_, other) => out.push((at.to_string(), other.to_string())),
        }
    }
}

fn escape(text: &str) -> String {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if safe(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn structure(model: &Model, shape: ShapeId, node: &Node, besides: &[&str]) -> Value {
    let mut out = Map::new();
    for child in node.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        if besides.contains(&name) {
            continue;
        }
        let member = model.members(shape).iter().find(|m| m.location_name.unwrap_or(m.name) == name);
        let member = member.unwrap_or_else(|| panic!("{} has no element {name}", model.shape(shape).name));
        let before = out.insert(member.name.to_string(), element(model, member.shape, &child));
        assert_eq!(before, None, "{name} came twice");
    }
    Value::Object(out)
}

fn element(model: &Model, shape: ShapeId, node: &Node) -> Value {
    let text = node.text().unwrap_or_default();
    let children = || node.children().filter(Node::is_element);
    match &model.shape(shape).kind {
        Kind::Structure(_) => structure(model, shape, node, &[]),
        Kind::List(list) => {
            let name = list.element_name.unwrap_or("member");
            let elements = children().map(|child| {
                assert_eq!(child.tag_name().name(), name);
                element(model, list.element, &child)
            });
            Value::Array(elements.collect())
        }
        Kind::Map(map) => {
            let entries = children().map(|entry| {
                let of = |name: &str| {
                    entry.children().find(|n| n.has_tag_name(name) || n.tag_name().name() == name).unwrap()
                };
                let key = of(map.key_name.unwrap_or("key")).text().unwrap_or_default().to_string();
                (key, element(model, map.value, &of(map.value_name.unwrap_or("value"))))
            });
            Value::Object(entries.collect())
        }
        Kind::Boolean => Value::Bool(text.parse().unwrap()),
        Kind::Integer(_) | Kind::Long(_) => Value::from(text.parse::<i64>().unwrap()),
        Kind::Float(_) | Kind::Double(_) => Value::from(text.parse::<f64>().unwrap()),
        Kind::Timestamp(_) => Value::from(croft_aws::timestamp::parse(text).unwrap()),
        Kind::String(_) | Kind::Blob(_) => Value::from(text),
    }
}
