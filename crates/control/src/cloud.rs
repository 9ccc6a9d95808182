//! What the region holds. Cheap to clone: its maps share what did not change, so a reader keeps a snapshot for as
//! long as it likes while the writer goes on.

use croft_model::address::Address;
use croft_model::gateway::{InternetGateway, NatGateway};
use croft_model::group::SecurityGroup;
use croft_model::instance::Instance;
use croft_model::interface::NetworkInterface;
use croft_model::network_acl::NetworkAcl;
use croft_model::prefix_list::PrefixList;
use croft_model::quota::Quotas;
use croft_model::route::{RouteTable, RouteTarget};
use croft_model::stack::Stack;
use croft_model::subnet::Subnet;
use croft_model::vpc::Vpc;
use croft_model::zone::Zone;
use croft_model::*;
use imbl::OrdMap;
use std::net::Ipv4Addr;

/// One region of one account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cloud {
    /// Such as `us-east-1`.
    pub name: String,
    /// Twelve digits.
    pub account: String,
    /// Rises by one with every command that changed something.
    pub version: u64,
    pub quotas: Quotas,
    pub zones: Vec<Zone>,
    pub vpcs: OrdMap<VpcId, Vpc>,
    pub subnets: OrdMap<SubnetId, Subnet>,
    pub internet_gateways: OrdMap<InternetGatewayId, InternetGateway>,
    pub nat_gateways: OrdMap<NatGatewayId, NatGateway>,
    pub addresses: OrdMap<AllocationId, Address>,
    pub route_tables: OrdMap<RouteTableId, RouteTable>,
    pub security_groups: OrdMap<SecurityGroupId, SecurityGroup>,
    pub network_acls: OrdMap<NetworkAclId, NetworkAcl>,
    pub interfaces: OrdMap<NetworkInterfaceId, NetworkInterface>,
    pub instances: OrdMap<InstanceId, Instance>,
    pub prefix_lists: OrdMap<PrefixListId, PrefixList>,
    /// By name.
    pub stacks: OrdMap<String, Stack>,
}

impl Cloud {
    /// An empty region with zones `a`, `b` and `c` and AWS's quotas (rows AZ-1, NET-10).
    pub fn new(name: &str, account: &str) -> Cloud {
        let zones = ["a", "b", "c"].iter().enumerate().map(|(n, letter)| Zone {
            name: format!("{name}{letter}"),
            id: format!("{}-az{}", zone_id_prefix(name), n + 1),
            failed: false,
        });
        Cloud { name: name.into(), account: account.into(), zones: zones.collect(), ..Cloud::default() }
    }

    /// The table that routes a subnet: its own association, else the VPC's main table (row RT-3).
    pub fn route_table_of(&self, subnet: &Subnet) -> Option<&RouteTable> {
        let id = match &subnet.route_table {
            Some((_, id)) => id,
            None => &self.vpcs.get(&subnet.vpc)?.main_route_table,
        };
        self.route_tables.get(id)
    }

    /// The internet gateway attached to a VPC.
    pub fn internet_gateway_of(&self, vpc: &VpcId) -> Option<&InternetGateway> {
        self.internet_gateways.values().find(|g| g.vpc.as_ref() == Some(vpc))
    }

    /// The public address of one private address of an interface: an Elastic IP, else the one given at launch, which
    /// belongs to the primary address (rows NET-6, IGW-4).
    pub fn public_ip(&self, interface: &NetworkInterface, private: Ipv4Addr) -> Option<Ipv4Addr> {
        let elastic = self.addresses.values().find_map(|a| {
            let on = a.association.as_ref()?;
            (on.interface == interface.id && on.private_ip == private).then_some(a.public_ip)
        });
        elastic.or_else(|| interface.auto_public_ip.filter(|_| interface.private_ips.first() == Some(&private)))
    }

    /// Does the target of a route of this VPC still carry packets? If not, the route is a `blackhole` (row RT-4).
    pub fn target_is_active(&self, vpc: &VpcId, target: &RouteTarget) -> bool {
        match target {
            RouteTarget::Local => true,
            RouteTarget::InternetGateway(id) => {
                self.internet_gateways.get(id).is_some_and(|g| g.vpc.as_ref() == Some(vpc))
            }
            RouteTarget::NatGateway(id) => self.nat_gateways.get(id).is_some_and(|n| {
                use croft_model::gateway::NatGatewayState::*;
                matches!(n.state, Pending | Available)
            }),
            RouteTarget::NetworkInterface(id) => self.interfaces.get(id).is_some_and(|i| i.attachment.is_some()),
        }
    }

    /// Has the zone failed (row AZ-2)?
    pub fn zone_failed(&self, zone: &str) -> bool {
        self.zones.iter().any(|z| z.name == zone && z.failed)
    }

    /// Is the subnet public? Exactly when its table routes to an internet gateway (row RT-6).
    pub fn is_public(&self, subnet: &Subnet) -> bool {
        self.route_table_of(subnet)
            .is_some_and(|t| t.routes.iter().any(|r| matches!(r.target, RouteTarget::InternetGateway(_))))
    }
}

/// `us-east-1` → `use1`: how AWS begins a zone's identifier.
fn zone_id_prefix(cloud: &str) -> String {
    let mut parts = cloud.split('-');
    let place = parts.next().unwrap_or_default();
    let rest = parts.map(|part| match part {
        "northeast" => "ne",
        "northwest" => "nw",
        "southeast" => "se",
        "southwest" => "sw",
        number if number.starts_with(|c: char| c.is_ascii_digit()) => number,
        direction => direction.get(..1).unwrap_or(direction),
    });
    place.to_string() + &rest.collect::<String>()
}
