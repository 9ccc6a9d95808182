//! Why a resource failed: in the frame that AWS's events put around it, and as it is.
//!
//! Most types are made by handlers, which CloudFormation quotes; a few it makes itself and passes on what the service
//! said; and what it says of its own types has no frame.

use super::event::STACK_TYPE;
use super::identity;
use crate::resource::Failure;
use croft_control::Error;
use croft_model::stack::StackResource;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    /// As events tell it.
    pub told: String,
    /// Without the frame. None: there is none.
    pub plain: Option<String>,
}

/// Who makes the resources of a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Maker {
    Handler,
    /// CloudFormation itself, out of a service.
    Service,
    /// CloudFormation itself, without one.
    Own,
}

fn maker(kind: &str) -> Maker {
    match kind {
        "AWS::EC2::NetworkAclEntry" | "AWS::EC2::SecurityGroup" | "AWS::IAM::AccessKey" | "AWS::IAM::Policy" => {
            Maker::Service
        }
        STACK_TYPE | "AWS::CDK::Metadata" => Maker::Own,
        kind if kind.starts_with("AWS::CloudFormation::") => Maker::Own,
        _ => Maker::Handler,
    }
}

impl Reason {
    /// What CloudFormation itself says.
    pub fn own(text: impl Into<String>) -> Reason {
        Reason { told: text.into(), plain: None }
    }

    /// Of a resource that could not be made, changed or deleted. `at`: another number gives other identifiers.
    pub fn of(failure: &Failure, resource: &StackResource, at: u64) -> Reason {
        let plain = failure.to_string();
        match failure {
            Failure::Refused(error) => refused(error, plain, resource, at),
            Failure::Properties(_) => framed(plain, "InvalidRequest", resource, at),
            Failure::Settling(_) => framed(plain, NOT_STABILIZED, resource, at),
        }
    }

    /// Of a resource that was begun and did not become what it should.
    pub fn unsettled(plain: String, resource: &StackResource, at: u64) -> Reason {
        framed(plain, NOT_STABILIZED, resource, at)
    }
}

/// A handler's code for what never came up.
const NOT_STABILIZED: &str = "NotStabilized";

fn refused(error: &Error, plain: String, resource: &StackResource, at: u64) -> Reason {
    let id = unique(resource, "request", at);
    let (service, status) = service(&resource.kind, error.code);
    let said = format!(
        "{} (Service: {service}, Status Code: {status}, Request ID: {id}) (SDK Attempt Count: 1)",
        error.message
    );
    match maker(&resource.kind) {
        Maker::Handler => {
            let told = quoted(&said, handler_code(&resource.kind, error.code), resource, at);
            Reason { told, plain: Some(plain) }
        }
        Maker::Service => Reason { told: said, plain: Some(plain) },
        Maker::Own => Reason { told: error.message.clone(), plain: Some(plain) },
    }
}

fn framed(plain: String, code: &str, resource: &StackResource, at: u64) -> Reason {
    match maker(&resource.kind) {
        Maker::Handler => Reason { told: quoted(&plain, code, resource, at), plain: Some(plain) },
        Maker::Service | Maker::Own => Reason::own(plain),
    }
}

/// As CloudFormation quotes a handler.
fn quoted(said: &str, code: &str, resource: &StackResource, at: u64) -> String {
    let token = unique(resource, "token", at);
    format!("Resource handler returned message: \"{said}\" (RequestToken: {token}, HandlerErrorCode: {code})")
}

fn unique(resource: &StackResource, what: &str, at: u64) -> String {
    identity::uuid(&[&resource.stack_id, &resource.logical_id, what], at)
}

/// The service that refused, as AWS's clients call it, and the status of its answer.
fn service(kind: &str, code: &str) -> (&'static str, u16) {
    if !kind.starts_with("AWS::IAM::") {
        return ("Ec2", 400);
    }
    let status = match code {
        "NoSuchEntity" => 404,
        "DeleteConflict" | "EntityAlreadyExists" | "LimitExceeded" => 409,
        _ => 400,
    };
    ("Iam", status)
}

/// What a handler makes of a service's code.
fn handler_code(kind: &str, code: &str) -> &'static str {
    let found = !code.ends_with("NotFound") && code != "NoSuchEntity";
    match code {
        "EntityAlreadyExists" | "InvalidSubnet.Conflict" | "Resource.AlreadyAssociated" => "AlreadyExists",
        _ if code.ends_with(".Duplicate") || code.ends_with("AlreadyExists") => "AlreadyExists",
        _ if code.ends_with("LimitExceeded") => "ServiceLimitExceeded",
        // An instance's handler tells one that names nothing from one that is wrong otherwise no more.
        _ if !found && kind == "AWS::EC2::Instance" => "InvalidRequest",
        _ if !found => "NotFound",
        "InvalidParameterValue" if kind == "AWS::EC2::Route" => "GeneralServiceException",
        "DependencyViolation" | "MalformedPolicyDocument" | "MissingParameter" | "ValidationError" => "InvalidRequest",
        _ if code.starts_with("Invalid") => "InvalidRequest",
        "InternalError" => "ServiceInternalError",
        _ => "GeneralServiceException",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use croft_model::stack::Status;

    fn resource(kind: &str) -> StackResource {
        StackResource {
            scope: Default::default(),
            stack_id: "arn:one".into(),
            number: 1,
            logical_id: "One".into(),
            kind: kind.into(),
            physical_id: None,
            status: Status::CreateInProgress,
            status_reason: None,
            changed: 0,
            properties: Default::default(),
            hidden: Default::default(),
            deletion_policy: None,
            update_replace_policy: None,
            needs: Vec::new(),
            made: true,
            replaced: false,
            before: None,
            until: None,
            drift: None,
        }
    }

    fn told(kind: &str, code: &'static str, message: &str) -> (String, Option<String>) {
        let failure = Failure::Refused(Error { code, message: message.into() });
        let reason = Reason::of(&failure, &resource(kind), 1);
        let hidden = [unique(&resource(kind), "request", 1), unique(&resource(kind), "token", 1)];
        (reason.told.replace(&hidden[0], "R").replace(&hidden[1], "T"), reason.plain)
    }

    #[test]
    fn a_handler_is_quoted() {
        let (told, plain) =
            told("AWS::EC2::Subnet", "InvalidSubnet.Conflict", "The CIDR '10.0.0.0/24' conflicts with another subnet");
        assert_eq!(
            told,
            "Resource handler returned message: \"The CIDR '10.0.0.0/24' conflicts with another subnet (Service: Ec2, Status Code: 400, Request ID: R) (SDK Attempt Count: 1)\" (RequestToken: T, HandlerErrorCode: AlreadyExists)"
        );
        let plain = plain.unwrap();
        assert_eq!(plain, "InvalidSubnet.Conflict: The CIDR '10.0.0.0/24' conflicts with another subnet");
        let late = Reason::unsettled("it did not come up in time".into(), &resource("AWS::EC2::NatGateway"), 1);
        assert!(late.told.ends_with("HandlerErrorCode: NotStabilized)"), "{late:?}");
        assert_eq!(late.plain.as_deref(), Some("it did not come up in time"));
    }

    #[test]
    fn what_cloudformation_makes_itself_is_told_without_a_handler() {
        let (told_of_group, _) =
            told("AWS::EC2::SecurityGroup", "DependencyViolation", "resource sg-1 has a dependent object");
        assert_eq!(
            told_of_group,
            "resource sg-1 has a dependent object (Service: Ec2, Status Code: 400, Request ID: R) (SDK Attempt Count: 1)"
        );
        let (told_of_stack, plain) = told(STACK_TYPE, "ValidationError", "Stack [one] does not exist");
        assert_eq!(told_of_stack, "Stack [one] does not exist");
        assert_eq!(plain.as_deref(), Some("ValidationError: Stack [one] does not exist"));
        let waits = resource("AWS::CloudFormation::WaitCondition");
        assert_eq!(Reason::unsettled("late".into(), &waits, 1), Reason::own("late"));
    }

    #[test]
    fn codes_are_sorted_as_handlers_sort_them() {
        for (kind, code, wanted) in [
            ("AWS::EC2::VPC", "VpcLimitExceeded", "ServiceLimitExceeded"),
            ("AWS::EC2::Route", "RouteAlreadyExists", "AlreadyExists"),
            ("AWS::EC2::KeyPair", "InvalidKeyPair.Duplicate", "AlreadyExists"),
            ("AWS::EC2::Subnet", "InvalidVpcID.NotFound", "NotFound"),
            ("AWS::EC2::NatGateway", "NatGatewayNotFound", "NotFound"),
            ("AWS::EC2::Instance", "InvalidAMIID.NotFound", "InvalidRequest"),
            ("AWS::EC2::Subnet", "DependencyViolation", "InvalidRequest"),
            ("AWS::EC2::EIP", "Gateway.NotAttached", "GeneralServiceException"),
            ("AWS::EC2::Route", "InvalidParameterValue", "GeneralServiceException"),
            ("AWS::IAM::Role", "EntityAlreadyExists", "AlreadyExists"),
            ("AWS::IAM::Role", "NoSuchEntity", "NotFound"),
        ] {
            assert_eq!(handler_code(kind, code), wanted, "{kind} {code}");
        }
        assert_eq!(service("AWS::IAM::Role", "EntityAlreadyExists"), ("Iam", 409));
    }
}
