//! Every account and region of a Croft. Cheap to clone: its maps share what did not change, so a reader keeps a
//! snapshot for as long as it likes while the writer goes on.

use crate::index::Derived;
use croft_model::address::Address;
use croft_model::block_public_access::BlockPublicAccessExclusion;
use croft_model::client_token::ClientToken;
use croft_model::credential::{AccessKeyId, Credential};
use croft_model::dhcp_options::DhcpOptions;
use croft_model::gateway::{EgressOnlyInternetGateway, InternetGateway, NatGateway};
use croft_model::group::SecurityGroup;
use croft_model::iam::{DeletionTask, IamKey, InstanceProfile, ManagedPolicy, Role, User};
use croft_model::instance::Instance;
use croft_model::interface::NetworkInterface;
use croft_model::key_pair::KeyPair;
use croft_model::launch_template::LaunchTemplate;
use croft_model::network_acl::NetworkAcl;
use croft_model::prefix_list::PrefixList;
use croft_model::quota::Quotas;
use croft_model::route::{RouteTable, RouteTarget};
use croft_model::settings::RegionSettings;
use croft_model::stack::{ChangeSet, DriftDetection, Stack, StackEvent, StackResource, StackSignals};
use croft_model::subnet::{Subnet, SubnetCidrReservation};
use croft_model::volume::Volume;
use croft_model::vpc::Vpc;
use croft_model::zone::Zone;
use croft_model::*;
use imbl::OrdMap;
use std::net::Ipv4Addr;

/// The resources of all scopes, each with its own. Identifiers are unique over all of them, and so are public
/// addresses; a look-up for a caller takes the caller's scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cloud {
    /// Where a command goes that names no scope: the command line's.
    pub home: Scope,
    /// Rises by one with every command that changed something.
    pub version: u64,
    pub settings: OrdMap<Scope, RegionSettings>,
    /// By name.
    pub zones: OrdMap<String, Zone>,
    pub vpcs: OrdMap<VpcId, Vpc>,
    pub subnets: OrdMap<SubnetId, Subnet>,
    pub subnet_cidr_reservations: OrdMap<SubnetCidrReservationId, SubnetCidrReservation>,
    pub dhcp_options_sets: OrdMap<DhcpOptionsId, DhcpOptions>,
    pub block_public_access_exclusions: OrdMap<BlockPublicAccessExclusionId, BlockPublicAccessExclusion>,
    pub internet_gateways: OrdMap<InternetGatewayId, InternetGateway>,
    pub egress_only_internet_gateways: OrdMap<EgressOnlyInternetGatewayId, EgressOnlyInternetGateway>,
    pub nat_gateways: OrdMap<NatGatewayId, NatGateway>,
    pub addresses: OrdMap<AllocationId, Address>,
    pub route_tables: OrdMap<RouteTableId, RouteTable>,
    pub security_groups: OrdMap<SecurityGroupId, SecurityGroup>,
    pub network_acls: OrdMap<NetworkAclId, NetworkAcl>,
    pub interfaces: OrdMap<NetworkInterfaceId, NetworkInterface>,
    pub instances: OrdMap<InstanceId, Instance>,
    pub prefix_lists: OrdMap<PrefixListId, PrefixList>,
    pub volumes: OrdMap<VolumeId, Volume>,
    pub key_pairs: OrdMap<KeyPairId, KeyPair>,
    pub launch_templates: OrdMap<LaunchTemplateId, LaunchTemplate>,
    /// By identifier.
    pub stacks: OrdMap<String, Stack>,
    /// By stack and number.
    pub stack_resources: OrdMap<String, StackResource>,
    /// By stack and number.
    pub stack_events: OrdMap<String, StackEvent>,
    pub change_sets: OrdMap<String, ChangeSet>,
    pub drift_detections: OrdMap<String, DriftDetection>,
    /// By the key that is told.
    pub stack_signals: OrdMap<String, StackSignals>,
    /// By scope, operation and token.
    pub client_tokens: OrdMap<String, ClientToken>,
    /// Of all accounts: whoever signs is told from them.
    pub credentials: OrdMap<AccessKeyId, Credential>,
    pub users: OrdMap<IamKey, User>,
    pub roles: OrdMap<IamKey, Role>,
    pub managed_policies: OrdMap<IamKey, ManagedPolicy>,
    pub instance_profiles: OrdMap<IamKey, InstanceProfile>,
    pub deletion_tasks: OrdMap<String, DeletionTask>,
    /// What would take a search; only what a [`Control`](crate::Control) holds has it.
    pub(crate) derived: Derived,
}

impl Cloud {
    /// An empty cloud; the home region has its zones (row AZ-1).
    pub fn new(home: Scope) -> Cloud {
        let mut cloud = Cloud { home: home.clone(), ..Cloud::default() };
        cloud.make_zones(&home.region);
        cloud
    }

    /// Gives a region that has no zones yet its zones `a`, `b` and `c` (row AZ-1).
    pub(crate) fn make_zones(&mut self, region: &RegionName) {
        if self.zones_in(region).next().is_some() {
            return;
        }
        for (n, letter) in ["a", "b", "c"].iter().enumerate() {
            let name = format!("{region}{letter}");
            let id = format!("{}-az{}", zone_id_prefix(region.as_str()), n + 1);
            self.zones.insert(name.clone(), Zone { name, region: region.clone(), id, failed: false });
        }
    }

    /// The zones of a region, by name.
    pub fn zones_in(&self, region: &RegionName) -> impl Iterator<Item = &Zone> {
        self.zones.values().filter(move |z| z.region == *region)
    }

    /// Names of a region's zones; of a region that nobody has used yet, those that it will have.
    pub fn zones_of(&self, region: &RegionName) -> Vec<String> {
        let names: Vec<String> = self.zones_in(region).map(|zone| zone.name.clone()).collect();
        match names.is_empty() {
            true => ["a", "b", "c"].iter().map(|letter| format!("{region}{letter}")).collect(),
            false => names,
        }
    }

    /// What an account may have in a region: AWS's defaults unless they were changed (row NET-10).
    pub fn quotas(&self, scope: &Scope) -> Quotas {
        self.settings.get(scope).map(|s| s.quotas).unwrap_or_default()
    }

    /// The same cloud as somebody in a scope sees it, whose home that scope is. To look at, not to keep.
    pub fn seen_from(&self, scope: &Scope) -> Cloud {
        Cloud { home: scope.clone(), ..self.clone() }
    }

    /// The table that routes a subnet: its own association, else the VPC's main table (row RT-3).
    pub fn route_table_of(&self, subnet: &Subnet) -> Option<&RouteTable> {
        let id = match &subnet.route_table {
            Some((_, id)) => id,
            None => &self.vpcs.get(&subnet.vpc)?.main_route_table,
        };
        self.route_tables.get(id)
    }

    /// The table that routes what comes in through an internet gateway; without one it goes to whoever holds the
    /// address (row RT-7).
    pub fn route_table_of_gateway(&self, gateway: &InternetGateway) -> Option<&RouteTable> {
        let (_, id) = gateway.route_table.as_ref()?;
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
            RouteTarget::EgressOnlyInternetGateway(id) => self.egress_only_internet_gateways.contains_key(id),
        }
    }

    /// Has the zone failed (row AZ-2)?
    pub fn zone_failed(&self, zone: &str) -> bool {
        self.zones.get(zone).is_some_and(|z| z.failed)
    }

    /// Is the subnet public? Exactly when its table routes to an internet gateway (row RT-6).
    pub fn is_public(&self, subnet: &Subnet) -> bool {
        self.route_table_of(subnet)
            .is_some_and(|t| t.routes.iter().any(|r| matches!(r.target, RouteTarget::InternetGateway(_))))
    }
}

macro_rules! in_scope { ($($name:ident: $type:ty = $field:ident;)*) => {
    /// What one account has in one region.
    impl Cloud {
        $(pub fn $name<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = &'a $type> {
            self.$field.values().filter(move |r| r.scope == *scope)
        })*
    }
} }

in_scope! {
    vpcs_in: Vpc = vpcs;
    subnets_in: Subnet = subnets;
    subnet_cidr_reservations_in: SubnetCidrReservation = subnet_cidr_reservations;
    dhcp_options_sets_in: DhcpOptions = dhcp_options_sets;
    block_public_access_exclusions_in: BlockPublicAccessExclusion = block_public_access_exclusions;
    egress_only_internet_gateways_in: EgressOnlyInternetGateway = egress_only_internet_gateways;
    internet_gateways_in: InternetGateway = internet_gateways;
    nat_gateways_in: NatGateway = nat_gateways;
    addresses_in: Address = addresses;
    route_tables_in: RouteTable = route_tables;
    security_groups_in: SecurityGroup = security_groups;
    network_acls_in: NetworkAcl = network_acls;
    interfaces_in: NetworkInterface = interfaces;
    instances_in: Instance = instances;
    prefix_lists_in: PrefixList = prefix_lists;
    volumes_in: Volume = volumes;
    key_pairs_in: KeyPair = key_pairs;
    launch_templates_in: LaunchTemplate = launch_templates;
    change_sets_in: ChangeSet = change_sets;
    drift_detections_in: DriftDetection = drift_detections;
}

/// `us-east-1` → `use1`: how AWS begins a zone's identifier.
fn zone_id_prefix(region: &str) -> String {
    let mut parts = region.split('-');
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
