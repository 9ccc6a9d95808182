//! The way of a request: which service, which operation, decoded, done, encoded.

use crate::backend::Backend;
use crate::call::{Call, Token, dry_run_operation};
use crate::ec2;
use crate::exchange::{Answer, Caller, HttpRequest, HttpResponse};
use crate::fault::Fault;
use crate::model::{Model, OperationModel, Protocol};
use crate::operation::Stopped;
use crate::parameters::Unfit;
use crate::protocol;
use crate::service::Service;
use serde_json::Value;
use std::sync::Arc;

/// AWS's API over a [`Backend`].
pub struct Aws {
    backend: Arc<dyn Backend>,
    services: Vec<Service>,
}

impl Aws {
    pub fn new(backend: Arc<dyn Backend>) -> Aws {
        Aws { backend, services: Service::all() }
    }

    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// Answers a request of a caller whose signature holds.
    pub fn answer(&self, request: &HttpRequest, caller: &Caller) -> Answer {
        let Some(service) = self.service_of(request, caller.service.as_deref()) else {
            let service = caller.service.as_deref().unwrap_or("The service");
            let operation = protocol::named(request).map_or(String::new(), |operation| format!(":{operation}"));
            let fault = Fault::unsupported(format!("{service}{operation}"));
            return self.refuse(request, caller.service.as_deref(), &fault, &caller.request_id);
        };
        let model = service.model();
        let mut operation = None;
        match self.done(service, request, caller, &mut operation) {
            Ok(response) => Answer { response, service: Some(service.name), operation, error: None },
            Err(fault) => {
                let response = protocol::encode_fault(model, &fault, &caller.request_id);
                Answer { response, service: Some(service.name), operation, error: Some(fault.code.into_owned()) }
            }
        }
    }

    /// Writes a refusal the way the service that the request is for would: before it is known who asks, `service` being
    /// what the signature claims.
    pub fn refuse(&self, request: &HttpRequest, service: Option<&str>, fault: &Fault, request_id: &str) -> Answer {
        let error = Some(fault.code.to_string());
        let Some(known) = self.service_of(request, service) else {
            let response = protocol::encode_fault_of_unknown(request, service, fault, request_id);
            return Answer { response, service: None, operation: None, error };
        };
        let model = known.model();
        let operation = protocol::named(request).and_then(|name| model.known(&name));
        let response = protocol::encode_fault(model, fault, request_id);
        Answer { response, service: Some(known.name), operation, error }
    }

    /// By the signature's scope, else by the target, else by the version of the API that the request names.
    fn service_of(&self, request: &HttpRequest, named: Option<&str>) -> Option<&Service> {
        if let Some(named) = named {
            return self.services.iter().find(|s| s.name == named);
        }
        if let Some((prefix, _)) = request.header("x-amz-target").and_then(|target| target.rsplit_once('.')) {
            return self.services.iter().find(|s| s.model().target_prefix == Some(prefix));
        }
        let version = protocol::version(request)?;
        self.services.iter().find(|s| s.model().api_version == version)
    }

    fn done(
        &self,
        service: &Service,
        request: &HttpRequest,
        caller: &Caller,
        operation: &mut Option<&'static str>,
    ) -> Result<HttpResponse, Fault> {
        let model = service.model();
        let decoded = protocol::decode(model, request, operation)?;
        let shape = decoded.operation;
        let entry = service
            .operation(shape.name)
            .ok_or_else(|| Fault::unsupported(format!("{}:{}", service.name, shape.name)))?;
        let mut parameters = decoded.parameters;
        let dry_run = take(model, shape, &mut parameters, "DryRun").is_some_and(|value| value == Value::Bool(true));
        let token = take_token(model, shape, &mut parameters);
        if model.protocol == Protocol::Ec2 {
            ec2::identifier::check(&parameters)?;
        }
        if !self.backend.cloud().is_open(&caller.scope) {
            self.backend.run(&caller.scope, croft_control::OpenRegion {}.into())?;
        }
        let backend = &*self.backend;
        let mut call = Call { scope: &caller.scope, caller, request_id: &caller.request_id, backend, dry_run, token };
        let output = (entry.run)(parameters, &mut call).map_err(|stopped| match stopped {
            Stopped::Fault(fault) => fault,
            Stopped::Unfit(unfit) => unfit_fault(model.protocol, service.name, shape.name, unfit),
        })?;
        if dry_run {
            return Err(dry_run_operation());
        }
        protocol::encode(model, shape, &output, &caller.request_id).map_err(Fault::internal)
    }
}

/// Takes a member out of the parameters, if the model has it there.
fn take(model: &Model, operation: &OperationModel, parameters: &mut Value, name: &str) -> Option<Value> {
    let known = operation.input.is_some_and(|input| model.members(input).iter().any(|m| m.name == name));
    known.then(|| parameters.as_object_mut()?.remove(name)).flatten()
}

/// Takes the client token out of the parameters, with a fingerprint of the others. An empty one is none.
fn take_token(model: &Model, operation: &OperationModel, parameters: &mut Value) -> Option<Token> {
    let members = model.members(operation.input?);
    let member = members.iter().find(|m| m.idempotency_token || m.name == "ClientToken")?;
    let Value::String(token) = parameters.as_object_mut()?.remove(member.name)? else { return None };
    let fingerprint = fingerprint(&parameters.to_string());
    (!token.is_empty()).then_some(Token { operation: operation.name, token, fingerprint })
}

/// FNV-1a of 128 bits. Two requests of one client that meet in it by chance will not be seen.
fn fingerprint(text: &str) -> String {
    let start = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    let step = |hash: u128, byte: u8| (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
    format!("{:032x}", text.bytes().fold(start, step))
}

/// The refusal of parameters that an operation's struct cannot take.
pub(crate) fn unfit_fault(protocol: Protocol, service: &str, operation: &str, unfit: Unfit) -> Fault {
    let ec2 = protocol == Protocol::Ec2;
    match unfit {
        Unfit::Unknown(at) => Fault::unsupported(format!("The parameter {at} of {service}:{operation}")),
        Unfit::Missing(at) if ec2 => Fault::missing(&at),
        Unfit::Missing(at) => Fault::new("ValidationError", format!("The parameter {at} is required.")),
        Unfit::Invalid { at, why } if ec2 => {
            Fault::invalid_value(format!("The value of parameter {at} is invalid: {why}"))
        }
        Unfit::Invalid { at, why } => Fault::new("ValidationError", format!("The value of {at} is invalid: {why}")),
    }
}
