//! Every request in one enum: what is logged, sent over a socket, drawn at random in tests.

use crate::address_attribute::*;
use crate::attachment::*;
use crate::block_public_access::*;
use crate::client_token::*;
use crate::credential::*;
use crate::default_vpc::*;
use crate::dhcp_options::*;
use crate::egress_only_internet_gateway::*;
use crate::elastic_ip::*;
use crate::gateway_route_table::AssociateGatewayRouteTable;
use crate::iam::*;
use crate::instance::*;
use crate::interface::*;
use crate::interface_attribute::*;
use crate::internet_gateway::*;
use crate::ipv6_address::*;
use crate::key_pair::*;
use crate::launch_template::*;
use crate::nat_gateway::*;
use crate::nat_gateway_address::*;
use crate::network_acl::*;
use crate::observation::*;
use crate::prefix_list::*;
use crate::private_address::*;
use crate::quota::*;
use crate::request::Request;
use crate::route::*;
use crate::route_table::*;
use crate::security_group::*;
use crate::security_group_rule::*;
use crate::security_group_rule_change::*;
use crate::security_group_vpc_association::*;
use crate::stack::*;
use crate::stack_history::*;
use crate::stack_signal::*;
use crate::subnet::*;
use crate::subnet_cidr_block::*;
use crate::subnet_cidr_reservation::*;
use crate::tag::*;
use crate::volume::*;
use crate::vpc::*;
use crate::vpc_cidr_block::*;
use crate::zone::*;
use crate::{Result, Transaction};
use serde::{Deserialize, Serialize};

/// A request that is one of the [`Command`]s.
pub trait Answered: Request + Into<Command> {
    /// Its own response out of a command's. None if it is another's.
    fn answer(response: Response) -> Option<Self::Response>;
}

macro_rules! commands { ($($name:ident)*) => {
    /// As JSON, `{"CreateVpc": {"cidr_block": "10.0.0.0/16"}}`.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Command { $($name($name)),* }

    /// What the request of the same name answers.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub enum Response { $($name(<$name as Request>::Response)),* }

    impl Command {
        /// The operation's name.
        pub fn name(&self) -> &'static str {
            match self { $(Command::$name(_) => stringify!($name)),* }
        }
    }

    impl Request for Command {
        type Response = Response;

        fn run(self, transaction: &mut Transaction<'_>) -> Result<Response> {
            match self { $(Command::$name(request) => request.run(transaction).map(Response::$name)),* }
        }
    }

    $(impl From<$name> for Command {
        fn from(request: $name) -> Command { Command::$name(request) }
    })*

    $(impl Answered for $name {
        fn answer(response: Response) -> Option<Self::Response> {
            match response {
                Response::$name(response) => Some(response),
                _ => None,
            }
        }
    })*
} }

commands! {
    CreateVpc DeleteVpc AssociateVpcCidrBlock DisassociateVpcCidrBlock ModifyVpcAttribute ModifyVpcTenancy
    CreateDefaultVpc CreateDefaultSubnet OpenRegion
    CreateSubnet DeleteSubnet ModifySubnetAttribute AssociateSubnetCidrBlock DisassociateSubnetCidrBlock
    CreateSubnetCidrReservation DeleteSubnetCidrReservation
    CreateDhcpOptions DeleteDhcpOptions AssociateDhcpOptions
    ModifyVpcBlockPublicAccessOptions CreateVpcBlockPublicAccessExclusion ModifyVpcBlockPublicAccessExclusion
    DeleteVpcBlockPublicAccessExclusion
    CreateEgressOnlyInternetGateway DeleteEgressOnlyInternetGateway
    CreateInternetGateway DeleteInternetGateway AttachInternetGateway DetachInternetGateway
    AllocateAddress RecoverAddress ReleaseAddress AssociateAddress DisassociateAddress
    ModifyAddressAttribute ResetAddressAttribute
    CreateNatGateway DeleteNatGateway AssociateNatGatewayAddress DisassociateNatGatewayAddress
    AssignPrivateNatGatewayAddress UnassignPrivateNatGatewayAddress
    CreateRouteTable DeleteRouteTable AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation
    AssociateGatewayRouteTable
    CreateRoute ReplaceRoute DeleteRoute
    CreateSecurityGroup DeleteSecurityGroup AssociateSecurityGroupVpc DisassociateSecurityGroupVpc
    AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress
    ModifySecurityGroupRules UpdateSecurityGroupRuleDescriptionsIngress UpdateSecurityGroupRuleDescriptionsEgress
    CreateNetworkAcl DeleteNetworkAcl CreateNetworkAclEntry ReplaceNetworkAclEntry DeleteNetworkAclEntry
    ReplaceNetworkAclAssociation
    CreateNetworkInterface DeleteNetworkInterface ModifyNetworkInterfaceAttribute
    AttachNetworkInterface DetachNetworkInterface AssignPrivateIpAddresses UnassignPrivateIpAddresses
    AssignIpv6Addresses UnassignIpv6Addresses
    RunInstances StopInstances StartInstances RebootInstances TerminateInstances
    ModifyInstanceAttribute ModifyInstanceMetadataOptions ModifyInstanceMetadataDefaults ModifyInstanceCreditSpecification
    ModifyInstanceMaintenanceOptions ModifyPrivateDnsNameOptions MonitorInstances UnmonitorInstances
    AssociateIamInstanceProfile DisassociateIamInstanceProfile ReplaceIamInstanceProfileAssociation
    CreateKeyPair DeleteKeyPair DeleteVolume
    CreateLaunchTemplate CreateLaunchTemplateVersion ModifyLaunchTemplate DeleteLaunchTemplate DeleteLaunchTemplateVersions
    CreateManagedPrefixList ModifyManagedPrefixList RestoreManagedPrefixListVersion DeleteManagedPrefixList
    CreateTags DeleteTags
    CreateCredential DeleteCredential SetCredentialActive
    CreateUser UpdateUser DeleteUser CreateAccessKey UpdateAccessKey DeleteAccessKey
    CreateRole UpdateRole UpdateAssumeRolePolicy DeleteRole CreateServiceLinkedRole DeleteServiceLinkedRole
    CreatePolicy DeletePolicy CreatePolicyVersion SetDefaultPolicyVersion DeletePolicyVersion
    AttachUserPolicy DetachUserPolicy AttachRolePolicy DetachRolePolicy
    PutUserPolicy DeleteUserPolicy PutRolePolicy DeleteRolePolicy
    PutUserPermissionsBoundary DeleteUserPermissionsBoundary
    PutRolePermissionsBoundary DeleteRolePermissionsBoundary
    CreateInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile DeleteInstanceProfile
    TagUser UntagUser TagRole UntagRole TagPolicy UntagPolicy TagInstanceProfile UntagInstanceProfile
    AssumeRole GetSessionToken
    FailZone RestoreZone SetQuota ObserveInstance ObserveAttachment ObserveNatGateway
    PutStack ForgetStack ForgetStackHistory PutStackResource ForgetStackResource AddStackEvent PutChangeSet ForgetChangeSet
    PutDriftDetection OpenStackSignals CloseStackSignals SendStackSignal SignalStackResource
    Idempotent
}
