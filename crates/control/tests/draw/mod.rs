//! Draws commands that have a chance: mostly with identifiers that exist, now and then with others.

use croft_control::*;
use croft_model::group::{Direction, Peer};
use croft_model::network_acl::NetworkAclEntry;
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::*;
use imbl::OrdMap;
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;
use std::str::FromStr;

mod block;
mod cloud;
mod compute;
mod credentials;
mod filters;
mod launch;
mod network;

pub struct Draw(u64);

macro_rules! drawn { ($($weight:literal $name:ident)*) => {
    /// Every command by name.
    pub const ALL: &[&str] = &[$(stringify!($name)),*];
    const WEIGHTS: &[u64] = &[$($weight),*];
} }

drawn! {
    4 CreateVpc 1 DeleteVpc 2 AssociateVpcCidrBlock 2 DisassociateVpcCidrBlock 1 ModifyVpcAttribute 1 CreateDefaultVpc
    1 OpenRegion 1 ModifyVpcTenancy 3 CreateDefaultSubnet 4 AssociateSubnetCidrBlock 1 DisassociateSubnetCidrBlock
    3 CreateSubnetCidrReservation 1 DeleteSubnetCidrReservation
    2 CreateDhcpOptions 1 DeleteDhcpOptions 2 AssociateDhcpOptions
    1 CreateEgressOnlyInternetGateway 1 DeleteEgressOnlyInternetGateway
    1 ModifyVpcBlockPublicAccessOptions 2 CreateVpcBlockPublicAccessExclusion 1 ModifyVpcBlockPublicAccessExclusion
    1 DeleteVpcBlockPublicAccessExclusion
    8 CreateSubnet 2 DeleteSubnet 2 ModifySubnetAttribute
    3 CreateInternetGateway 1 DeleteInternetGateway 6 AttachInternetGateway 2 DetachInternetGateway
    8 AllocateAddress 2 RecoverAddress 2 ModifyAddressAttribute 1 ResetAddressAttribute 3 ReleaseAddress 8 AssociateAddress 3 DisassociateAddress
    8 CreateNatGateway 2 DeleteNatGateway 3 AssociateNatGatewayAddress 3 DisassociateNatGatewayAddress
    3 AssignPrivateNatGatewayAddress 3 UnassignPrivateNatGatewayAddress
    4 CreateRouteTable 3 DeleteRouteTable 4 AssociateRouteTable 2 DisassociateRouteTable 3 ReplaceRouteTableAssociation
    6 AssociateGatewayRouteTable
    10 CreateRoute 6 ReplaceRoute 4 DeleteRoute
    5 CreateSecurityGroup 4 DeleteSecurityGroup 4 AssociateSecurityGroupVpc 2 DisassociateSecurityGroupVpc
    8 AuthorizeSecurityGroupIngress 4 AuthorizeSecurityGroupEgress 4 RevokeSecurityGroupIngress
    3 RevokeSecurityGroupEgress 4 ModifySecurityGroupRules 2 UpdateSecurityGroupRuleDescriptionsIngress
    2 UpdateSecurityGroupRuleDescriptionsEgress
    3 CreateNetworkAcl 2 DeleteNetworkAcl 6 CreateNetworkAclEntry 3 ReplaceNetworkAclEntry 3 DeleteNetworkAclEntry
    3 ReplaceNetworkAclAssociation
    6 CreateNetworkInterface 4 DeleteNetworkInterface 4 ModifyNetworkInterfaceAttribute
    5 AttachNetworkInterface 3 DetachNetworkInterface 4 AssignPrivateIpAddresses 3 UnassignPrivateIpAddresses
    4 AssignIpv6Addresses 3 UnassignIpv6Addresses
    8 RunInstances 4 StopInstances 4 StartInstances 2 RebootInstances 3 TerminateInstances
    4 ModifyInstanceAttribute 1 ModifyInstanceMetadataOptions 1 ModifyInstanceMetadataDefaults 1 ModifyInstanceCreditSpecification
    1 ModifyInstanceMaintenanceOptions 1 ModifyPrivateDnsNameOptions 1 MonitorInstances 1 UnmonitorInstances
    2 AssociateIamInstanceProfile 1 DisassociateIamInstanceProfile 1 ReplaceIamInstanceProfileAssociation
    1 CreateKeyPair 1 DeleteKeyPair 3 DeleteVolume 1 CreateInstanceProfile
    1 CreateLaunchTemplate 2 CreateLaunchTemplateVersion 1 ModifyLaunchTemplate 1 DeleteLaunchTemplate
    1 DeleteLaunchTemplateVersions
    2 CreateManagedPrefixList 4 ModifyManagedPrefixList 2 RestoreManagedPrefixListVersion
    2 DeleteManagedPrefixList
    2 CreateTags 2 DeleteTags
    2 CreateCredential 1 DeleteCredential 1 SetCredentialActive
    1 FailZone 1 RestoreZone 2 SetQuota 20 ObserveInstance 5 ObserveAttachment 10 ObserveNatGateway
    4 PutStack 1 ForgetStack 1 ForgetStackHistory 3 PutStackResource 1 ForgetStackResource 3 AddStackEvent 2 PutChangeSet 1 ForgetChangeSet
    2 PutDriftDetection 2 OpenStackSignals 1 CloseStackSignals 2 SendStackSignal 1 SignalStackResource
    6 Idempotent
}

impl Draw {
    pub fn from_seed(seed: u64) -> Draw {
        Draw(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) | 1)
    }

    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, n: u64) -> u64 {
        (self.bits() >> 11) % n
    }

    fn often(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        if of.is_empty() {
            return None;
        }
        of.get(self.below(of.len() as u64) as usize).cloned()
    }

    /// Of a map, or one that is not there.
    fn id<K: Ord + Clone + FromStr, V: Clone>(&mut self, map: &OrdMap<K, V>, prefix: &str) -> K
    where
        K::Err: std::fmt::Debug,
    {
        let keys: Vec<_> = map.keys().cloned().collect();
        let known = if self.often(98) { self.one(&keys) } else { None };
        known.unwrap_or_else(|| format!("{prefix}-{}", self.below(9)).parse().unwrap())
    }

    fn maybe<T>(&mut self, percent: u64, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.often(percent) { Some(draw(self)) } else { None }
    }

    fn some<T>(&mut self, most: u64, mut draw: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| draw(self)).collect()
    }

    fn tags(&mut self) -> Tags {
        let tag = |d: &mut Self| (format!("k{}", d.below(3)), format!("v{}", d.below(2)));
        self.some(2, tag).into_iter().collect()
    }

    fn block(&mut self, from: u8, to: u8) -> Ipv4Net {
        let bits = from + self.below(u64::from(to - from) + 1) as u8;
        let address = Ipv4Addr::new(10, self.below(3) as u8, self.below(4) as u8, self.below(4) as u8 * 64);
        Ipv4Net::new(address, bits).unwrap()
    }

    fn address(&mut self, cloud: &Cloud) -> Ipv4Addr {
        let subnets: Vec<_> = cloud.subnets.values().map(|s| s.block.network()).collect();
        let base = self.one(&subnets).unwrap_or(Ipv4Addr::new(10, 0, 0, 0));
        (u32::from(base) + self.below(20) as u32).into()
    }

    fn ipv6(&mut self, cloud: &Cloud) -> Ipv6Choice {
        let blocks: Vec<_> = cloud.subnets.values().filter_map(|s| Some(s.ipv6_cidr_block.as_ref()?.block)).collect();
        let near = |d: &mut Draw| {
            let base = d.one(&blocks).map_or("2001:db8::".parse().unwrap(), |b| b.network());
            (u128::from(base) + 3 + u128::from(d.below(20))).into()
        };
        match self.below(4) {
            0 => Ipv6Choice { addresses: self.some(2, near), ..Ipv6Choice::default() },
            1 => Ipv6Choice { count: Some(self.below(3) as u32), primary: self.often(10), ..Ipv6Choice::default() },
            _ => Ipv6Choice::default(),
        }
    }

    fn direction(&mut self) -> Direction {
        if self.often(50) { Direction::Ingress } else { Direction::Egress }
    }

    fn protocol(&mut self) -> (Protocol, Ports) {
        let from = self.below(4) as u16 * 40;
        let ports = Ports::Range { from, to: from + self.below(3) as u16 * 10 };
        match self.below(8) {
            0 => (Protocol::All, Ports::All),
            1 => (Protocol::Number(1), Ports::Icmp { kind: 8, code: self.maybe(50, |d| d.below(2) as u8) }),
            2 => (Protocol::Number(50), Ports::All),
            3 => (Protocol::Number(17), ports),
            4 => (Protocol::Number(1), ports),
            _ => (Protocol::Number(6), ports),
        }
    }

    fn peer(&mut self, cloud: &Cloud) -> Peer {
        match self.below(5) {
            0 => Peer::Ipv6("2001:db8::/32".parse().unwrap()),
            1 | 2 => Peer::Group(self.id(&cloud.security_groups, "sg")),
            3 if self.often(10) => Peer::PrefixList("pl-63a5400a".parse().unwrap()),
            3 => Peer::PrefixList(self.id(&cloud.prefix_lists, "pl")),
            _ => Peer::Ipv4(self.block(0, 32)),
        }
    }

    fn permissions(&mut self, cloud: &Cloud) -> Vec<IpPermission> {
        self.some(3, |d| {
            let (protocol, ports) = d.protocol();
            IpPermission { protocol, ports, peer: d.peer(cloud), description: None }
        })
    }

    /// Of a rule that is there, mostly.
    fn known(&mut self, cloud: &Cloud, group: &SecurityGroupId, direction: Direction) -> Vec<IpPermission> {
        let rules = cloud.security_groups.get(group).map(|g| g.rules.clone()).unwrap_or_default();
        let rules: Vec<_> = rules.into_iter().filter(|r| r.direction == direction).collect();
        match self.one(&rules) {
            Some(rule) => {
                vec![IpPermission { protocol: rule.protocol, ports: rule.ports, peer: rule.peer, description: None }]
            }
            None => self.permissions(cloud),
        }
    }

    fn destination(&mut self, cloud: &Cloud) -> RouteDestination {
        let subnets: Vec<_> = cloud.subnets.values().map(|s| s.block).collect();
        match self.below(6) {
            0 => RouteDestination::PrefixList(self.id(&cloud.prefix_lists, "pl")),
            1 => RouteDestination::Cidr(Ipv4Net::default()),
            2 if self.often(30) => {
                let blocks: Vec<_> = cloud.vpcs.values().flat_map(|v| &v.cidr_blocks).map(|b| b.block).collect();
                RouteDestination::Cidr(self.one(&blocks).unwrap_or_default())
            }
            2 => RouteDestination::Cidr(self.one(&subnets).unwrap_or_default()),
            3 => RouteDestination::Cidr(self.block(8, 32)),
            4 if self.often(50) => RouteDestination::Ipv6Cidr("2001:db8::/32".parse().unwrap()),
            n => RouteDestination::Cidr(Ipv4Net::new(Ipv4Addr::new(192, 0, n as u8, 0), 24).unwrap()),
        }
    }

    fn target(&mut self, cloud: &Cloud) -> RouteTarget {
        match self.below(7) {
            0 => RouteTarget::Local,
            1 | 2 => RouteTarget::NatGateway(self.id(&cloud.nat_gateways, "nat")),
            3 | 4 => RouteTarget::NetworkInterface(self.id(&cloud.interfaces, "eni")),
            _ => RouteTarget::InternetGateway(self.id(&cloud.internet_gateways, "igw")),
        }
    }

    /// A route that is there, mostly.
    fn route(&mut self, cloud: &Cloud) -> (RouteTableId, RouteDestination) {
        let routes: Vec<_> = cloud
            .route_tables
            .values()
            .flat_map(|t| t.routes.iter().map(|r| (t.id.clone(), r.destination.clone())))
            .collect();
        match self.one(&routes) {
            Some(route) if self.often(80) => route,
            _ => (self.id(&cloud.route_tables, "rtb"), self.destination(cloud)),
        }
    }

    fn acl_entry(&mut self) -> NetworkAclEntry {
        let (protocol, ports) = self.protocol();
        NetworkAclEntry {
            number: self.below(6) as u16 * 100,
            direction: self.direction(),
            protocol,
            ports,
            cidr: self.block(0, 32).into(),
            allow: self.often(70),
        }
    }

    fn launch_interface(&mut self, cloud: &Cloud, device_index: u16) -> InstanceNetworkInterface {
        let existing = self.maybe(25, |d| d.id(&cloud.interfaces, "eni"));
        InstanceNetworkInterface {
            device_index,
            subnet_id: if existing.is_some() { None } else { Some(self.id(&cloud.subnets, "subnet")) },
            network_interface_id: existing,
            groups: vec![],
            description: None,
            private_ip_address: None,
            private_ip_addresses: vec![],
            secondary_private_ip_address_count: None,
            ipv6: Ipv6Choice::default(),
            associate_public_ip_address: self.maybe(15, |d| d.often(50)),
            delete_on_termination: self.maybe(30, |d| d.often(50)),
        }
    }

    fn association(&mut self, cloud: &Cloud) -> AddressAssociationId {
        let all: Vec<_> =
            cloud.addresses.values().filter_map(|a| a.association.as_ref().map(|on| on.id.clone())).collect();
        self.one(&all).unwrap_or_else(|| "eipassoc-0".parse().unwrap())
    }

    fn nat(&mut self, cloud: &Cloud, public: bool) -> NatGatewayId {
        let fits: Vec<_> = cloud.nat_gateways.values().filter(|n| n.public == public).map(|n| n.id.clone()).collect();
        match self.one(&fits) {
            Some(id) if self.often(90) => id,
            _ => self.id(&cloud.nat_gateways, "nat"),
        }
    }

    fn free_allocation(&mut self, cloud: &Cloud) -> AllocationId {
        let free: Vec<_> = cloud.addresses.values().filter(|a| a.association.is_none()).map(|a| a.id.clone()).collect();
        match self.one(&free) {
            Some(id) if self.often(85) => id,
            _ => self.id(&cloud.addresses, "eipalloc"),
        }
    }

    /// Mostly the home scope.
    pub fn scope(&mut self) -> Scope {
        let other = match self.below(25) {
            0 => Scope::new("111111111111", "us-east-1"),
            1 => Scope::new("000000000000", "eu-west-3"),
            _ => Ok(Scope::default()),
        };
        other.unwrap()
    }

    pub fn command(&mut self, cloud: &Cloud) -> Command {
        let mut at = self.below(WEIGHTS.iter().sum());
        let mut name = ALL[0];
        for (candidate, weight) in ALL.iter().zip(WEIGHTS) {
            name = candidate;
            match at.checked_sub(*weight) {
                Some(rest) => at = rest,
                None => break,
            }
        }
        self.named(name, cloud)
    }
}
