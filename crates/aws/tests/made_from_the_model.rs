//! Requests made from the models: fifty thousand, right and wrong ones, for every operation that Croft has.
//!
//! None is answered with a 5xx, none panics, a wrong one is refused with the code for what is wrong, an answer is what
//! the model says, and the state stays sound.

mod client;
mod made;

use client::Client;
use croft_aws::model::{Model, Protocol};
use croft_aws::{Backend, HttpResponse};
use croft_control::{ObserveInstance, ObserveNatGateway, check};
use croft_model::gateway::NatGatewayState;
use croft_model::instance::InstanceState;
use made::Maker;
use made::wrong::{Mistake, mistake};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

const REQUESTS: usize = 50_000;

#[test]
fn fifty_thousand_requests() {
    let client = Client::new();
    let elsewhere = [client.elsewhere("111111111111", "us-east-1"), client.elsewhere("000000000000", "eu-west-3")];
    let mut operations: Vec<(&'static str, &'static str)> = Vec::new();
    for service in client.aws.services() {
        operations.extend(service.operations().map(|name| (service.name, name)));
    }
    operations.sort_unstable();
    let mut maker = Maker::from_seed(1);
    let mut accepted: BTreeMap<&str, usize> = BTreeMap::new();
    let mut refused: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    let mut codes: BTreeSet<String> = BTreeSet::new();
    let mut wrong = Wrong::default();
    for n in 0..REQUESTS {
        let (service, operation) = operations[n % operations.len()];
        let client = match maker.below(10) {
            0 => &elsewhere[0],
            1 => &elsewhere[1],
            _ => &client,
        };
        let model = client.aws.services().iter().find(|s| s.name == service).unwrap().model();
        let mut pairs = maker.request(model, operation);
        let mistake = if maker.often(35) { mistake(&mut maker, model, operation, &mut pairs) } else { None };
        let body = made::form(&pairs);
        let place = || format!("request {n}: {service} {body}");
        let response = match catch_unwind(AssertUnwindSafe(|| client.send(service, body.as_bytes()))) {
            Ok(response) => response,
            Err(_) => {
                wrong.add(operation, format!("{}\npanicked", place()));
                continue;
            }
        };
        if response.status != 200 && !(400..500).contains(&response.status) {
            wrong.add(operation, format!("{}\n{}", place(), text(&response)));
            continue;
        }
        match client.read(service, operation, &response) {
            Ok(answer) => {
                if mistake.is_some() {
                    wrong.add(operation, format!("{}\nwas accepted with {mistake:?}", place()));
                }
                *accepted.entry(operation).or_default() += 1;
                maker.learn(&answer);
            }
            Err(refusal) => {
                let known = refusal.code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
                assert!(known && !refusal.code.is_empty() && !refusal.message.is_empty(), "{}\n{refusal:?}", place());
                if let Some(expected) = mistake.map(|mistake| code(model, mistake)).filter(|code| *code != refusal.code)
                {
                    wrong.add(operation, format!("{}\n{mistake:?}: {refusal:?} instead of {expected}", place()));
                }
                let reason = format!("{}: {}", refusal.code, refusal.message);
                *refused.entry(operation).or_default().entry(reason).or_default() += 1;
                codes.insert(refusal.code);
            }
        }
        if n % 50 == 0 {
            observe(client, &mut maker);
        }
        if n % 500 == 0 {
            let broken = check(&client.backend.cloud());
            assert!(broken.is_empty(), "{}: {broken:#?}\n{wrong}", place());
        }
    }
    let broken = check(&client.backend.cloud());
    assert!(broken.is_empty() && wrong.is_empty(), "{broken:#?}\n{wrong}");
    let never: Vec<&str> =
        operations.iter().map(|(_, name)| *name).filter(|name| !accepted.contains_key(name)).collect();
    println!("{} accepted; never accepted: {never:?}", accepted.values().sum::<usize>());
    println!("codes: {codes:?}");
    for operation in &never {
        let most = refused.get(operation).and_then(|reasons| reasons.iter().max_by_key(|(_, count)| **count));
        println!("{operation}: {most:?}");
    }
    assert!(never.len() * 6 < operations.len(), "too many operations were never accepted: {never:?}");
    assert!(codes.len() > 50, "too few refusals were met: {codes:?}");
}

/// What went wrong, once for each operation.
#[derive(Default)]
struct Wrong(BTreeMap<&'static str, String>);

impl Wrong {
    fn add(&mut self, operation: &'static str, what: String) {
        self.0.entry(operation).or_insert(what);
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.values().try_for_each(|what| writeln!(f, "{what}\n"))
    }
}

/// The code for a mistake that stands alone in a request.
fn code(model: &Model, mistake: Mistake) -> &'static str {
    match (mistake, model.protocol == Protocol::Ec2) {
        (Mistake::Unknown, true) => "UnknownParameter",
        (Mistake::Unknown, false) => "InvalidQueryParameter",
        (Mistake::Missing, true) => "MissingParameter",
        (Mistake::Character, true) => "InvalidCharacter",
        (Mistake::Value, true) => "InvalidParameterValue",
        (_, false) => "ValidationError",
    }
}

fn text(response: &HttpResponse) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

/// What a host would see: workloads and NAT gateways come and go as they should.
fn observe(client: &Client, maker: &mut Maker) {
    let cloud = client.backend.cloud();
    for instance in cloud.instances.values() {
        let state = match instance.state {
            InstanceState::Pending => InstanceState::Running,
            InstanceState::Stopping => InstanceState::Stopped,
            InstanceState::ShuttingDown => InstanceState::Terminated,
            _ => continue,
        };
        let (instance_id, generation) = (instance.id.clone(), instance.generation);
        let seen = ObserveInstance { instance_id, generation, state, reason: None };
        client.backend.run(&instance.scope, seen.into()).unwrap();
    }
    for gateway in cloud.nat_gateways.values() {
        let state = match gateway.state {
            NatGatewayState::Pending if maker.often(90) => NatGatewayState::Available,
            NatGatewayState::Deleting => NatGatewayState::Deleted,
            _ => continue,
        };
        let seen = ObserveNatGateway { nat_gateway_id: gateway.id.clone(), state };
        client.backend.run(&gateway.scope, seen.into()).unwrap();
    }
}

/// Bytes that are no request at all.
#[test]
fn noise() {
    let client = Client::new();
    let mut maker = Maker::from_seed(2);
    for _ in 0..5000 {
        let length = maker.below(200) as usize;
        let mut body: Vec<u8> =
            (0..length).map(|_| *maker.one(b"Action=Describe&Vpcs.1%2f+[]{}\"\x00\xff\xc3\n<>").unwrap()).collect();
        if maker.often(50) {
            body.splice(0..0, b"Action=DescribeVpcs&".iter().copied());
        }
        for service in ["ec2", "sts", "iam", "cloudformation"] {
            let response = client.send(service, &body);
            assert!(response.status < 500, "{}: {}", String::from_utf8_lossy(&body), text(&response));
        }
    }
    assert!(client.call("DescribeVpcs", serde_json::json!({}))["Vpcs"].is_array());
}
