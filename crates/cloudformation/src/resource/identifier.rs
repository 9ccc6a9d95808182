//! What kind of identifier a reference gives, told before anything is made: a route table is no subnet, and the
//! address of an Elastic IP is not its allocation.

use super::Which;
use crate::language::diagnostic::Report;
use crate::language::expression::{Expression, Kind};
use crate::language::nearest::listed;
use crate::language::template::Template;

/// What stands before the dash in what `Ref` gives. None: that is no identifier.
fn of_reference(which: Which) -> Option<&'static str> {
    match which {
        Which::AccessKey
        | Which::CdkMetadata
        | Which::InstanceProfile
        | Which::ManagedPolicy
        | Which::NestedStack
        | Which::Policy
        | Which::Role
        | Which::RolePolicy
        | Which::ServiceLinkedRole
        | Which::User
        | Which::UserPolicy
        | Which::WaitCondition
        | Which::WaitConditionHandle => None,
        Which::BlockPublicAccessOptions
        | Which::Eip
        | Which::KeyPair
        | Which::NetworkAclEntry
        | Which::Route
        | Which::SecurityGroupVpcAssociation
        | Which::VpcDhcpOptionsAssociation
        | Which::VpcGatewayAttachment => None,
        Which::BlockPublicAccessExclusion => Some("vpcbpa-exclude"),
        Which::DhcpOptions => Some("dopt"),
        Which::EgressOnlyInternetGateway => Some("eigw"),
        Which::EipAssociation => Some("eipassoc"),
        Which::Instance => Some("i"),
        Which::GatewayRouteTableAssociation | Which::InternetGateway => Some("igw"),
        Which::LaunchTemplate => Some("lt"),
        Which::NatGateway => Some("nat"),
        Which::NetworkAcl => Some("acl"),
        Which::NetworkInterface => Some("eni"),
        Which::NetworkInterfaceAttachment => Some("eni-attach"),
        Which::PrefixList => Some("pl"),
        Which::RouteTable => Some("rtb"),
        Which::SecurityGroup => Some("sg"),
        Which::SecurityGroupEgress | Which::SecurityGroupIngress => Some("sgr"),
        Which::Subnet => Some("subnet"),
        Which::SubnetCidrBlock => Some("subnet-cidr-assoc"),
        Which::SubnetNetworkAclAssociation => Some("aclassoc"),
        Which::SubnetRouteTableAssociation => Some("rtbassoc"),
        Which::Vpc => Some("vpc"),
        Which::VpcCidrBlock => Some("vpc-cidr-assoc"),
    }
}

/// The same of an attribute.
fn of_attribute(which: Which, attribute: &str) -> Option<&'static str> {
    match attribute {
        "Id" => of_reference(which),
        "AllocationId" => Some("eipalloc"),
        "AssociationId" if which == Which::GatewayRouteTableAssociation => Some("rtbassoc"),
        "AssociationId" | "NetworkAclAssociationId" => Some("aclassoc"),
        "AttachmentId" => Some("eni-attach"),
        "DhcpOptionsId" => Some("dopt"),
        "ExclusionId" => Some("vpcbpa-exclude"),
        "KeyPairId" => Some("key"),
        "LaunchTemplateId" => Some("lt"),
        "DefaultNetworkAcl" => Some("acl"),
        "DefaultSecurityGroup" | "GroupId" => Some("sg"),
        "EniId" => Some("eni"),
        "InstanceId" => Some("i"),
        "InternetGatewayId" => Some("igw"),
        "NatGatewayId" => Some("nat"),
        "PrefixListId" => Some("pl"),
        "RouteTableId" => Some("rtb"),
        "SubnetId" => Some("subnet"),
        "VpcId" => Some("vpc"),
        _ => None,
    }
}

/// What a reference to a resource gives; the outer None: it is no such reference.
fn given(expression: &Expression, template: &Template) -> Option<Option<&'static str>> {
    match &expression.kind {
        Kind::Ref(name) => template.resource(name).map(|r| of_reference(r.of.which)),
        Kind::GetAtt { resource, attribute } => match &attribute.kind {
            Kind::Text(attribute) => {
                let of = template.resource(resource)?.of;
                of.attributes.contains(&attribute.as_str()).then(|| of_attribute(of.which, attribute))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Does a reference give something else than is wanted?
pub fn wrong(wanted: &str, expression: &Expression, template: &Template) -> bool {
    given(expression, template).is_some_and(|given| given != Some(wanted))
}

/// Says so, and what would be right. `of`: the property.
pub fn report_wrong(of: &str, wanted: &str, expression: &Expression, template: &Template, report: &mut Report) {
    let (name, said) = match &expression.kind {
        Kind::GetAtt { resource, attribute } => match &attribute.kind {
            Kind::Text(attribute) => (resource, format!("{resource}.{attribute}")),
            _ => (resource, resource.clone()),
        },
        Kind::Ref(name) => (name, name.clone()),
        _ => return,
    };
    let gives = match given(expression, template).flatten() {
        Some(prefix) => format!("{prefix}-…"),
        None => "no identifier".to_string(),
    };
    let what = format!("{of} is an identifier such as {wanted}-…, and {said} gives {gives}");
    let mut right: Vec<String> = Vec::new();
    for resource in &template.resources {
        let (id, of) = (&resource.name.text, resource.of);
        if of_reference(of.which) == Some(wanted) {
            right.push(format!("!Ref {id}"));
        } else if wanted == "eipalloc" && of.which == Which::Eip {
            right.push(format!("!GetAtt {id}.AllocationId"));
        }
    }
    // The very resource that was named comes first.
    right.sort_by_key(|text| !text.contains(&format!(" {name}.")));
    match right.as_slice() {
        [] => report.error(expression.at, what),
        right => report.advise(expression.at, what, format!("write {}", listed(&right[..right.len().min(8)]))),
    }
}
