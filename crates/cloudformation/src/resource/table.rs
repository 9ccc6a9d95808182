//! Every resource type that is supported.

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

        /// See [`Handler::create`].
        pub fn create<A: Account>(self, account: &mut A, new: &New) -> Result<String, Failure> {
            match self { $(Which::$which => $module::$which::create(account, new),)* }
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

        /// See [`Handler::attribute`].
        pub fn attribute(self, cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
            match self { $(Which::$which => $module::$which::attribute(cloud, id, name),)* }
        }
    }
} }

types! {
    Eip = eip,
    EipAssociation = eip_association,
    Instance = instance,
    InternetGateway = internet_gateway,
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
    Subnet = subnet,
    SubnetNetworkAclAssociation = subnet_network_acl_association,
    SubnetRouteTableAssociation = subnet_route_table_association,
    Vpc = vpc,
    VpcCidrBlock = vpc_cidr_block,
    VpcGatewayAttachment = vpc_gateway_attachment,
}

/// The type of a name such as `AWS::EC2::VPC`.
pub fn find(name: &str) -> Option<&'static ResourceType> {
    ALL.iter().find(|of| of.name == name)
}

/// Names of all types.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    ALL.iter().map(|of| of.name)
}
