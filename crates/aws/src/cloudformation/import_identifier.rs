//! The properties by which a resource of a type is told from others where one is imported.

/// Types and their properties; a type without any cannot be imported.
const TYPES: &[(&str, &[&str])] = &[
    ("AWS::CDK::Metadata", &[]),
    ("AWS::CloudFormation::Stack", &["StackId"]),
    ("AWS::CloudFormation::WaitCondition", &[]),
    ("AWS::CloudFormation::WaitConditionHandle", &[]),
    ("AWS::EC2::DHCPOptions", &["DhcpOptionsId"]),
    ("AWS::EC2::EIP", &["PublicIp", "AllocationId"]),
    ("AWS::EC2::EIPAssociation", &["Id"]),
    ("AWS::EC2::EgressOnlyInternetGateway", &["Id"]),
    ("AWS::EC2::GatewayRouteTableAssociation", &["GatewayId"]),
    ("AWS::EC2::Instance", &["InstanceId"]),
    ("AWS::EC2::InternetGateway", &["InternetGatewayId"]),
    ("AWS::EC2::KeyPair", &["KeyName"]),
    ("AWS::EC2::LaunchTemplate", &["LaunchTemplateId"]),
    ("AWS::EC2::NatGateway", &["NatGatewayId"]),
    ("AWS::EC2::NetworkAcl", &["Id"]),
    ("AWS::EC2::NetworkAclEntry", &[]),
    ("AWS::EC2::NetworkInterface", &["Id"]),
    ("AWS::EC2::NetworkInterfaceAttachment", &["AttachmentId"]),
    ("AWS::EC2::PrefixList", &["PrefixListId"]),
    ("AWS::EC2::Route", &["RouteTableId", "CidrBlock"]),
    ("AWS::EC2::RouteTable", &["RouteTableId"]),
    ("AWS::EC2::SecurityGroup", &["Id"]),
    ("AWS::EC2::SecurityGroupEgress", &["Id"]),
    ("AWS::EC2::SecurityGroupIngress", &["Id"]),
    ("AWS::EC2::SecurityGroupVpcAssociation", &["GroupId", "VpcId"]),
    ("AWS::EC2::SecurityGroupVpcAssociation", &["GroupId", "VpcId"]),
    ("AWS::EC2::Subnet", &["SubnetId"]),
    ("AWS::EC2::SubnetCidrBlock", &["Id"]),
    ("AWS::EC2::SubnetNetworkAclAssociation", &["AssociationId"]),
    ("AWS::EC2::SubnetRouteTableAssociation", &["Id"]),
    ("AWS::EC2::VPC", &["VpcId"]),
    ("AWS::EC2::VPCBlockPublicAccessExclusion", &["ExclusionId"]),
    ("AWS::EC2::VPCBlockPublicAccessOptions", &["AccountId"]),
    ("AWS::EC2::VPCCidrBlock", &["Id", "VpcId"]),
    ("AWS::EC2::VPCDHCPOptionsAssociation", &["DhcpOptionsId", "VpcId"]),
    ("AWS::EC2::VPCGatewayAttachment", &["AttachmentType", "VpcId"]),
    ("AWS::IAM::AccessKey", &[]),
    ("AWS::IAM::InstanceProfile", &["InstanceProfileName"]),
    ("AWS::IAM::ManagedPolicy", &["PolicyArn"]),
    ("AWS::IAM::Policy", &[]),
    ("AWS::IAM::Role", &["RoleName"]),
    ("AWS::IAM::RolePolicy", &["PolicyName", "RoleName"]),
    ("AWS::IAM::ServiceLinkedRole", &["RoleName"]),
    ("AWS::IAM::User", &["UserName"]),
    ("AWS::IAM::UserPolicy", &["PolicyName", "UserName"]),
];

/// None: the type cannot be imported.
pub fn of(resource_type: &str) -> Option<&'static [&'static str]> {
    let found = TYPES.iter().find(|(name, _)| *name == resource_type)?;
    (!found.1.is_empty()).then_some(found.1)
}

#[cfg(test)]
mod tests {
    use super::TYPES;
    use croft_cloudformation::resource::table;
    use std::collections::BTreeSet;

    #[test]
    fn every_type_that_there_is_has_its_line() {
        let listed: BTreeSet<&str> = TYPES.iter().map(|(name, _)| *name).collect();
        let known: BTreeSet<&str> = table::names().collect();
        assert_eq!(known.difference(&listed).collect::<Vec<_>>(), Vec::<&&str>::new());
    }
}
