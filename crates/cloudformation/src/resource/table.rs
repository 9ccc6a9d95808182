//! Every resource type that is supported.

use super::cloudformation::{nested_stack, wait_condition, wait_condition_handle};
use super::iam::{
    access_key, instance_profile, managed_policy, policy, role, role_policy, service_linked_role, user, user_policy,
};
use super::*;

macro_rules! types { ($($which:ident = $module:ident,)*) => {
    /// Which type.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Which { $($which,)* }

    static ALL: &[ResourceType] = &[$($module::$which::TYPE,)*];

    impl Which {
        /// See [`Handler::check`].
        pub fn check(self, properties: &Map<String, Json>) -> Vec<Wrong> {
            match self { $(Which::$which => $module::$which::check(properties),)* }
        }

        /// See [`Handler::preflight`].
        pub fn preflight(self, properties: &Map<String, Json>) -> Vec<Wrong> {
            match self { $(Which::$which => $module::$which::preflight(properties),)* }
        }

        /// See [`Handler::create`].
        pub fn create<A: Account>(self, account: &mut A, new: &New) -> Result<String, Failure> {
            match self { $(Which::$which => $module::$which::create(account, new),)* }
        }

        /// See [`Handler::patience`].
        pub fn patience(self, properties: &Map<String, Json>) -> Duration {
            match self { $(Which::$which => $module::$which::patience(properties),)* }
        }

        /// See [`Handler::late`].
        pub fn late(self, cloud: &Cloud, id: &str) -> String {
            match self { $(Which::$which => $module::$which::late(cloud, id),)* }
        }

        /// See [`Handler::made`].
        pub fn made(self, cloud: &Cloud, id: &str) -> Settled {
            match self { $(Which::$which => $module::$which::made(cloud, id),)* }
        }

        /// See [`Handler::update`].
        pub fn update<A: Account>(
            self,
            account: &mut A,
            id: &str,
            old: &Map<String, Json>,
            new: &New,
        ) -> Result<String, Failure> {
            match self { $(Which::$which => $module::$which::update(account, id, old, new),)* }
        }

        /// See [`Handler::moves`].
        pub fn moves(self, old: &Map<String, Json>, new: &Map<String, Json>) -> bool {
            match self { $(Which::$which => $module::$which::moves(old, new),)* }
        }

        /// See [`Handler::proceed`].
        pub fn proceed<A: Account>(
            self,
            account: &mut A,
            id: &str,
            old: Option<&Map<String, Json>>,
            new: &New,
        ) -> Result<Settled, Failure> {
            match self { $(Which::$which => $module::$which::proceed(account, id, old, new),)* }
        }

        /// See [`Handler::delete`]; deleting what is not there is no failure.
        pub fn delete<A: Account>(
            self,
            account: &mut A,
            id: &str,
            properties: &Map<String, Json>,
        ) -> Result<(), Failure> {
            let result = match self { $(Which::$which => $module::$which::delete(account, id, properties),)* };
            match result {
                Err(failure) if failure.is_not_found() => Ok(()),
                result => result,
            }
        }

        /// See [`Handler::gone`].
        pub fn gone(self, cloud: &Cloud, id: &str) -> Settled {
            match self { $(Which::$which => $module::$which::gone(cloud, id),)* }
        }

        /// See [`Handler::reference`].
        pub fn reference(self, cloud: &Cloud, id: &str) -> Option<Known> {
            match self { $(Which::$which => $module::$which::reference(cloud, id),)* }
        }

        /// See [`Handler::live`].
        pub fn live(self, cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
            match self { $(Which::$which => $module::$which::live(cloud, id, properties),)* }
        }

        /// See [`Handler::attribute`].
        pub fn attribute(self, cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
            match self { $(Which::$which => $module::$which::attribute(cloud, id, name),)* }
        }
    }
} }

types! {
    BlockPublicAccessExclusion = block_public_access_exclusion,
    BlockPublicAccessOptions = block_public_access_options,
    DhcpOptions = dhcp_options,
    EgressOnlyInternetGateway = egress_only_internet_gateway,
    Eip = eip,
    EipAssociation = eip_association,
    GatewayRouteTableAssociation = gateway_route_table_association,
    Instance = instance,
    InternetGateway = internet_gateway,
    KeyPair = key_pair,
    LaunchTemplate = launch_template,
    NatGateway = nat_gateway,
    NetworkAcl = network_acl,
    NetworkAclEntry = network_acl_entry,
    NetworkInterface = network_interface,
    NetworkInterfaceAttachment = network_interface_attachment,
    PrefixList = prefix_list,
    Route = route,
    RouteTable = route_table,
    SecurityGroup = security_group,
    SecurityGroupEgress = security_group_egress,
    SecurityGroupIngress = security_group_ingress,
    SecurityGroupVpcAssociation = security_group_vpc_association,
    Subnet = subnet,
    SubnetCidrBlock = subnet_cidr_block,
    SubnetNetworkAclAssociation = subnet_network_acl_association,
    SubnetRouteTableAssociation = subnet_route_table_association,
    Vpc = vpc,
    VpcCidrBlock = vpc_cidr_block,
    VpcDhcpOptionsAssociation = vpc_dhcp_options_association,
    VpcGatewayAttachment = vpc_gateway_attachment,
    AccessKey = access_key,
    CdkMetadata = cdk_metadata,
    InstanceProfile = instance_profile,
    ManagedPolicy = managed_policy,
    NestedStack = nested_stack,
    Policy = policy,
    Role = role,
    RolePolicy = role_policy,
    ServiceLinkedRole = service_linked_role,
    User = user,
    UserPolicy = user_policy,
    WaitCondition = wait_condition,
    WaitConditionHandle = wait_condition_handle,
}

/// The type of a name such as `AWS::EC2::VPC`.
pub fn find(name: &str) -> Option<&'static ResourceType> {
    ALL.iter().find(|of| of.name == name)
}

/// Names of all types.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    ALL.iter().map(|of| of.name)
}
