//! Every request in one enum: what is logged, sent over a socket, drawn at random in tests.

use crate::attachment::*;
use crate::default_vpc::*;
use crate::elastic_ip::*;
use crate::instance::*;
use crate::interface::*;
use crate::internet_gateway::*;
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
use crate::stack::*;
use crate::subnet::*;
use crate::tag::*;
use crate::vpc::*;
use crate::zone::*;
use crate::{Result, Transaction};
use serde::{Deserialize, Serialize};

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
} }

commands! {
    CreateVpc DeleteVpc AssociateVpcCidrBlock DisassociateVpcCidrBlock ModifyVpcAttribute CreateDefaultVpc
    CreateSubnet DeleteSubnet ModifySubnetAttribute
    CreateInternetGateway DeleteInternetGateway AttachInternetGateway DetachInternetGateway
    AllocateAddress ReleaseAddress AssociateAddress DisassociateAddress
    CreateNatGateway DeleteNatGateway AssociateNatGatewayAddress DisassociateNatGatewayAddress
    AssignPrivateNatGatewayAddress UnassignPrivateNatGatewayAddress
    CreateRouteTable DeleteRouteTable AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation
    CreateRoute ReplaceRoute DeleteRoute
    CreateSecurityGroup DeleteSecurityGroup
    AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress
    CreateNetworkAcl DeleteNetworkAcl CreateNetworkAclEntry ReplaceNetworkAclEntry DeleteNetworkAclEntry
    ReplaceNetworkAclAssociation
    CreateNetworkInterface DeleteNetworkInterface ModifyNetworkInterfaceAttribute
    AttachNetworkInterface DetachNetworkInterface AssignPrivateIpAddresses UnassignPrivateIpAddresses
    RunInstances StopInstances StartInstances TerminateInstances
    CreateManagedPrefixList ModifyManagedPrefixList DeleteManagedPrefixList
    CreateTags DeleteTags
    FailZone RestoreZone SetQuota ObserveInstance ObserveNatGateway PutStack DeleteStack
}
