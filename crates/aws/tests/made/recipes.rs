//! Requests that have a chance, where members drawn one by one seldom make sense together.
//!
//! `@vpc` is an identifier met in an answer, `#` a small number, `a|b` one of several.

use super::{Maker, Pairs};

const RECIPES: &str = "
CreateVpc CidrBlock=10.#.0.0/16
CreateSubnet VpcId=@vpc CidrBlock=10.#.#.0/24|172.31.9#.0/24 AvailabilityZone=us-east-1a|us-east-1b
AssociateVpcCidrBlock VpcId=@vpc CidrBlock=10.1#.0.0/16
AssociateVpcCidrBlock VpcId=@vpc AmazonProvidedIpv6CidrBlock=true
DisassociateVpcCidrBlock AssociationId=@vpc-cidr-assoc
DisassociateSubnetCidrBlock AssociationId=@subnet-cidr-assoc
ModifySubnetAttribute SubnetId=@subnet MapPublicIpOnLaunch.Value=true|false
ModifyVpcAttribute VpcId=@vpc EnableDnsHostnames.Value=true|false
CreateSubnetCidrReservation SubnetId=@subnet Cidr=10.#.#.64/28|172.31.0.64/28 ReservationType=explicit|prefix
DeleteSubnetCidrReservation SubnetCidrReservationId=@scr
CreateDhcpOptions DhcpConfiguration.1.Key=domain-name DhcpConfiguration.1.Value.1=lan#
DeleteDhcpOptions DhcpOptionsId=@dopt
AssociateDhcpOptions DhcpOptionsId=@dopt|default VpcId=@vpc
DeleteVpc VpcId=@vpc
AttachInternetGateway InternetGatewayId=@igw VpcId=@vpc
AssociateRouteTable RouteTableId=@rtb SubnetId=@subnet
AssociateRouteTable RouteTableId=@rtb GatewayId=@igw
DisassociateRouteTable AssociationId=@rtbassoc
ReplaceRouteTableAssociation AssociationId=@rtbassoc RouteTableId=@rtb
CreateRoute RouteTableId=@rtb DestinationCidrBlock=192.168.#.0/24 GatewayId=@igw
CreateRoute RouteTableId=@rtb DestinationCidrBlock=192.168.#.0/24 NatGatewayId=@nat
ReplaceRoute RouteTableId=@rtb DestinationCidrBlock=192.168.#.0/24 NetworkInterfaceId=@eni
DeleteRoute RouteTableId=@rtb DestinationCidrBlock=192.168.#.0/24
AllocateAddress Domain=vpc
AssociateAddress AllocationId=@eipalloc NetworkInterfaceId=@eni
DisassociateAddress AssociationId=@eipassoc
ReleaseAddress AllocationId=@eipalloc
CreateNatGateway SubnetId=@subnet AllocationId=@eipalloc
CreateNatGateway SubnetId=@subnet ConnectivityType=private
DeleteNatGateway NatGatewayId=@nat
AssociateNatGatewayAddress NatGatewayId=@nat AllocationId.1=@eipalloc
DisassociateNatGatewayAddress NatGatewayId=@nat AssociationId.1=@eipassoc
AssignPrivateNatGatewayAddress NatGatewayId=@nat PrivateIpAddressCount=1
UnassignPrivateNatGatewayAddress NatGatewayId=@nat PrivateIpAddress.1=172.31.0.#
AuthorizeSecurityGroupIngress GroupId=@sg IpPermissions.1.IpProtocol=tcp IpPermissions.1.FromPort=8# IpPermissions.1.ToPort=9# IpPermissions.1.IpRanges.1.CidrIp=10.#.0.0/16
AuthorizeSecurityGroupEgress GroupId=@sg IpPermissions.1.IpProtocol=-1 IpPermissions.1.Groups.1.GroupId=@sg
AuthorizeSecurityGroupIngress GroupId=@sg IpProtocol=tcp FromPort=8# ToPort=9# CidrIp=10.#.0.0/16
RevokeSecurityGroupIngress GroupId=@sg IpPermissions.1.IpProtocol=tcp IpPermissions.1.FromPort=8# IpPermissions.1.ToPort=9# IpPermissions.1.IpRanges.1.CidrIp=10.#.0.0/16
RevokeSecurityGroupEgress GroupId=@sg SecurityGroupRuleId.1=@sgr
ModifySecurityGroupRules GroupId=@sg SecurityGroupRule.1.SecurityGroupRuleId=@sgr SecurityGroupRule.1.SecurityGroupRule.IpProtocol=udp SecurityGroupRule.1.SecurityGroupRule.FromPort=53 SecurityGroupRule.1.SecurityGroupRule.ToPort=53 SecurityGroupRule.1.SecurityGroupRule.CidrIpv4=10.0.0.0/8
UpdateSecurityGroupRuleDescriptionsIngress GroupId=@sg SecurityGroupRuleDescription.1.SecurityGroupRuleId=@sgr SecurityGroupRuleDescription.1.Description=d#
UpdateSecurityGroupRuleDescriptionsEgress GroupId=@sg SecurityGroupRuleDescription.1.SecurityGroupRuleId=@sgr SecurityGroupRuleDescription.1.Description=d#
ModifyInstanceMetadataDefaults HttpTokens=required|optional|no-preference HttpPutResponseHopLimit=#|-1
AssociateSecurityGroupVpc GroupId=@sg VpcId=@vpc
DisassociateSecurityGroupVpc GroupId=@sg VpcId=@vpc
ReplaceNetworkAclAssociation AssociationId=@aclassoc NetworkAclId=@acl
CreateNetworkAclEntry NetworkAclId=@acl RuleNumber=10# Protocol=6 RuleAction=allow|deny Egress=true|false CidrBlock=10.#.0.0/16 PortRange.From=80 PortRange.To=8#
ReplaceNetworkAclEntry NetworkAclId=@acl RuleNumber=10# Protocol=-1 RuleAction=allow|deny Egress=true|false CidrBlock=10.#.0.0/16
DeleteNetworkAclEntry NetworkAclId=@acl RuleNumber=10# Egress=true|false
CreateNetworkInterface SubnetId=@subnet
AttachNetworkInterface NetworkInterfaceId=@eni InstanceId=@i DeviceIndex=#
DetachNetworkInterface AttachmentId=@eni-attach
ModifyNetworkInterfaceAttribute NetworkInterfaceId=@eni SourceDestCheck.Value=true|false
ModifyNetworkInterfaceAttribute NetworkInterfaceId=@eni SecurityGroupId.1=@sg
AssignPrivateIpAddresses NetworkInterfaceId=@eni SecondaryPrivateIpAddressCount=1
UnassignPrivateIpAddresses NetworkInterfaceId=@eni PrivateIpAddress.1=172.31.0.#
AssociateSubnetCidrBlock SubnetId=@subnet Ipv6CidrBlock=2001:db8:0:#::/64
AssignIpv6Addresses NetworkInterfaceId=@eni Ipv6AddressCount=1
CreateManagedPrefixList PrefixListName=n# MaxEntries=5 AddressFamily=IPv4 Entry.1.Cidr=10.#.0.0/16
ModifyManagedPrefixList PrefixListId=@pl CurrentVersion=1|2 AddEntry.1.Cidr=10.1#.0.0/16
RestoreManagedPrefixListVersion PrefixListId=@pl CurrentVersion=2 PreviousVersion=1
DeleteManagedPrefixList PrefixListId=@pl
RunInstances ImageId=@ami MinCount=1 MaxCount=1 InstanceType=t3.micro
RunInstances ImageId=@ami MinCount=1 MaxCount=2 InstanceType=t3.micro SubnetId=@subnet
ModifyInstanceAttribute InstanceId=@i DisableApiTermination.Value=false
ModifyInstanceCreditSpecification InstanceCreditSpecification.1.InstanceId=@i InstanceCreditSpecification.1.CpuCredits=standard|unlimited
DeleteVolume VolumeId=@vol
DisassociateIamInstanceProfile AssociationId=@iip-assoc
AssociateIamInstanceProfile InstanceId=@i IamInstanceProfile.Name=n#
ReplaceIamInstanceProfileAssociation AssociationId=@iip-assoc IamInstanceProfile.Name=n#
CreateTags ResourceId.1=@vpc|@sg|@i|@eni Tag.1.Key=k# Tag.1.Value=v#
CreateRole RoleName=n# AssumeRolePolicyDocument={\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}
UpdateAssumeRolePolicy RoleName=n# PolicyDocument={\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"000000000000\"},\"Action\":\"sts:AssumeRole\"}]}
AddRoleToInstanceProfile InstanceProfileName=n# RoleName=n#
CreateInstanceProfile InstanceProfileName=n#
AssumeRole RoleArn=arn:aws:iam::000000000000:role/n# RoleSessionName=s#
UpdateAccessKey AccessKeyId=AKIAIOSFODNN7EXAMPLE Status=Active
CreateStack StackName=s# TemplateBody={\"Parameters\":{\"B\":{\"Type\":\"String\",\"Default\":\"10.9.0.0/16\"}},\"Resources\":{\"V\":{\"Type\":\"AWS::EC2::VPC\",\"Properties\":{\"CidrBlock\":{\"Ref\":\"B\"}}}},\"Outputs\":{\"O\":{\"Value\":{\"Ref\":\"V\"},\"Export\":{\"Name\":{\"Fn::Sub\":\"${AWS::StackName}-v\"}}}}}
CreateStack StackName=s# TemplateBody={\"Resources\":{\"A\":{\"Type\":\"AWS::EC2::EIP\"}},\"Outputs\":{\"O\":{\"Value\":{\"Fn::ImportValue\":\"s1-v\"}}}}
UpdateStack StackName=s# TemplateBody={\"Parameters\":{\"B\":{\"Type\":\"String\",\"Default\":\"10.9.0.0/16\"}},\"Resources\":{\"V\":{\"Type\":\"AWS::EC2::VPC\",\"Properties\":{\"CidrBlock\":{\"Ref\":\"B\"}}}},\"Outputs\":{\"O\":{\"Value\":{\"Ref\":\"V\"},\"Export\":{\"Name\":{\"Fn::Sub\":\"${AWS::StackName}-v\"}}}}}
UpdateStack StackName=s# TemplateBody={\"Resources\":{\"V\":{\"Type\":\"AWS::EC2::VPC\",\"Properties\":{\"CidrBlock\":\"10.9.0.0/16\",\"EnableDnsHostnames\":true}},\"S\":{\"Type\":\"AWS::EC2::Subnet\",\"Properties\":{\"VpcId\":{\"Ref\":\"V\"},\"CidrBlock\":\"10.9.1.0/24\"}}}}
UpdateStack StackName=s# UsePreviousTemplate=true Tags.member.1.Key=k# Tags.member.1.Value=v#
DeleteStack StackName=s#
DescribeStacks StackName=s#
DescribeStackEvents StackName=s#
DescribeStackResource StackName=s# LogicalResourceId=V
DescribeStackResources StackName=s#
ListStackResources StackName=s#
ListImports ExportName=s1-v
GetTemplate StackName=s#
GetTemplateSummary StackName=s#
GetTemplateSummary TemplateBody={\"Resources\":{\"V\":{\"Type\":\"AWS::EC2::VPC\",\"Properties\":{\"CidrBlock\":\"10.9.0.0/16\",\"EnableDnsHostnames\":true}},\"S\":{\"Type\":\"AWS::EC2::Subnet\",\"Properties\":{\"VpcId\":{\"Ref\":\"V\"},\"CidrBlock\":\"10.9.1.0/24\"}}}}
GetStackPolicy StackName=s#
SetStackPolicy StackName=s# StackPolicyBody={\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"Update:Modify\",\"Principal\":\"*\",\"Resource\":\"*\"}}
SetStackPolicy StackName=s# StackPolicyBody={}
ValidateTemplate TemplateBody={\"Parameters\":{\"B\":{\"Type\":\"String\",\"Default\":\"10.9.0.0/16\"}},\"Resources\":{\"V\":{\"Type\":\"AWS::EC2::VPC\",\"Properties\":{\"CidrBlock\":{\"Ref\":\"B\"}}}},\"Outputs\":{\"O\":{\"Value\":{\"Ref\":\"V\"},\"Export\":{\"Name\":{\"Fn::Sub\":\"${AWS::StackName}-v\"}}}}}
UpdateTerminationProtection StackName=s# EnableTerminationProtection=false
CreateChangeSet StackName=s# ChangeSetName=c# ChangeSetType=CREATE TemplateBody={\"Parameters\":{\"B\":{\"Type\":\"String\",\"Default\":\"10.9.0.0/16\"}},\"Resources\":{\"V\":{\"Type\":\"AWS::EC2::VPC\",\"Properties\":{\"CidrBlock\":{\"Ref\":\"B\"}}}},\"Outputs\":{\"O\":{\"Value\":{\"Ref\":\"V\"},\"Export\":{\"Name\":{\"Fn::Sub\":\"${AWS::StackName}-v\"}}}}}
CreateChangeSet StackName=s# ChangeSetName=c# TemplateBody={\"Resources\":{\"V\":{\"Type\":\"AWS::EC2::VPC\",\"Properties\":{\"CidrBlock\":\"10.9.0.0/16\",\"EnableDnsHostnames\":true}},\"S\":{\"Type\":\"AWS::EC2::Subnet\",\"Properties\":{\"VpcId\":{\"Ref\":\"V\"},\"CidrBlock\":\"10.9.1.0/24\"}}}}
DescribeChangeSet StackName=s# ChangeSetName=c#
ListChangeSets StackName=s#
ExecuteChangeSet StackName=s# ChangeSetName=c#
DeleteChangeSet StackName=s# ChangeSetName=c#
SignalResource StackName=s# LogicalResourceId=V UniqueId=u# Status=SUCCESS|FAILURE
DetectStackDrift StackName=s#
DetectStackResourceDrift StackName=s# LogicalResourceId=V
DescribeStackResourceDrifts StackName=s#
";

/// A request by one of the recipes of an operation. None if it has none.
pub fn request(maker: &mut Maker, operation: &str) -> Option<Pairs> {
    let mut fitting = Vec::new();
    for line in RECIPES.lines() {
        if line.split(' ').next() == Some(operation) {
            fitting.push(line);
        }
    }
    let recipe = *maker.one(&fitting)?;
    let parameters = recipe.split(' ').skip(1).map(|parameter| {
        let (name, values) = parameter.split_once('=').unwrap();
        // A document has its own bars and signs.
        if values.starts_with('{') {
            return (name.to_string(), values.to_string());
        }
        let values: Vec<&str> = values.split('|').collect();
        let value = *maker.one(&values).unwrap();
        let value = match value.strip_prefix('@') {
            Some(prefix) => maker.identifier(prefix),
            None => value.split('#').map(String::from).reduce(|a, b| format!("{a}{}{b}", maker.below(4))).unwrap(),
        };
        (name.to_string(), value)
    });
    Some(parameters.collect())
}
