//! Changes to a cloud that open a path: each as a value that can be applied, as commands and as a template.
//!
//! Identifiers of what a change makes are not known before it is made. So a change that rests on another's result says
//! what it means ("the internet gateway of this VPC"), and finds it when it is applied.

pub mod command;
pub mod template;

use std::net::Ipv4Addr;

use croft_control::*;
use croft_model::gateway::NatGatewayState;
use croft_model::group::{Direction, Peer};
use croft_model::network_acl::NetworkAclEntry;
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::*;
use serde::{Deserialize, Serialize};

use crate::answer::Step;

/// A change. In a step's `change` of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// One more rule in a security group.
    AllowInGroup {
        group: SecurityGroupId,
        direction: Direction,
        protocol: Protocol,
        ports: Ports,
        peer: Peer,
    },
    /// One more entry in a network ACL.
    CreateAclEntry {
        acl: NetworkAclId,
        entry: NetworkAclEntry,
    },
    /// Another entry under a number that is taken.
    ReplaceAclEntry {
        acl: NetworkAclId,
        entry: NetworkAclEntry,
    },
    /// `replace`: the table has a route for the destination already.
    Route {
        table: RouteTableId,
        destination: RouteDestination,
        to: Via,
        replace: bool,
    },
    DeleteRoute {
        table: RouteTableId,
        destination: RouteDestination,
    },
    /// Makes an internet gateway and attaches it.
    AttachInternetGateway {
        vpc: VpcId,
    },
    /// Allocates an Elastic IP and associates it.
    GiveElasticIp {
        interface: NetworkInterfaceId,
        private_ip: Ipv4Addr,
    },
    /// Makes a public NAT gateway with an Elastic IP of its own, and a route to it.
    CreateNatGateway {
        subnet: SubnetId,
        table: RouteTableId,
        destination: RouteDestination,
        replace: bool,
    },
    WaitForNatGateway {
        nat_gateway: NatGatewayId,
    },
    StartInstance {
        instance: InstanceId,
    },
    /// Croft's own (row AZ-2).
    RestoreZone {
        zone: String,
    },
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// Whichever is attached to the table's VPC.
    InternetGateway,
    NatGateway(NatGatewayId),
    /// Back to where the VPC's own route leads (row RT-2).
    Local,
}

/// Whoever can run commands: the daemon's writer, or a control in memory.
pub trait Runner {
    type Error: From<Error>;

    fn cloud(&self) -> Cloud;
    /// Runs a command of the account and region.
    fn run_in<R: Request>(&mut self, scope: &Scope, request: R) -> std::result::Result<R::Response, Self::Error>;
}

impl Change {
    /// Does it. What was done before an error stays done: each command stands for itself, as on AWS.
    pub fn apply<R: Runner>(&self, runner: &mut R) -> std::result::Result<(), R::Error> {
        let scope = self.scope(&runner.cloud());
        match self.clone() {
            Change::AllowInGroup { group, direction, protocol, ports, peer } => {
                let ip_permissions = vec![IpPermission { protocol, ports, peer, description: None }];
                let (group_id, tags) = (group, Tags::new());
                match direction {
                    Direction::Ingress => {
                        runner.run_in(&scope, AuthorizeSecurityGroupIngress { group_id, ip_permissions, tags })?;
                    }
                    Direction::Egress => {
                        runner.run_in(&scope, AuthorizeSecurityGroupEgress { group_id, ip_permissions, tags })?;
                    }
                }
            }
            Change::CreateAclEntry { acl, entry } => {
                runner.run_in(&scope, CreateNetworkAclEntry { network_acl_id: acl, entry })?;
            }
            Change::ReplaceAclEntry { acl, entry } => {
                runner.run_in(&scope, ReplaceNetworkAclEntry { network_acl_id: acl, entry })?;
            }
            Change::Route { table, destination, to, replace } => {
                let target = target(runner, &table, to)?;
                route(runner, &scope, table, destination, target, replace)?;
            }
            Change::DeleteRoute { table, destination } => {
                runner.run_in(&scope, DeleteRoute { route_table_id: table, destination })?;
            }
            Change::AttachInternetGateway { vpc } => {
                let gateway = runner.run_in(&scope, CreateInternetGateway { tags: Tags::new() })?;
                runner.run_in(&scope, AttachInternetGateway { internet_gateway_id: gateway.id, vpc_id: vpc })?;
            }
            Change::GiveElasticIp { interface, private_ip } => {
                let address = runner.run_in(&scope, AllocateAddress { tags: Tags::new() })?;
                runner.run_in(
                    &scope,
                    AssociateAddress {
                        allocation_id: address.id,
                        instance_id: None,
                        network_interface_id: Some(interface),
                        private_ip_address: Some(private_ip),
                        allow_reassociation: None,
                    },
                )?;
            }
            Change::CreateNatGateway { subnet, table, destination, replace } => {
                let address = runner.run_in(&scope, AllocateAddress { tags: Tags::new() })?;
                let gateway = runner.run_in(&scope, nat_gateway(subnet, address.id))?;
                route(runner, &scope, table, destination, RouteTarget::NatGateway(gateway.id), replace)?;
            }
            // Time does it, not a command.
            Change::WaitForNatGateway { .. } => {}
            Change::StartInstance { instance } => {
                runner.run_in(&scope, StartInstances { instance_ids: vec![instance] })?;
            }
            Change::RestoreZone { zone } => {
                runner.run_in(&scope, RestoreZone { zone_name: zone })?;
            }
        }
        Ok(())
    }

    /// Whose the resource is that it changes; what has no owner, such as a zone, is changed from home.
    pub fn scope(&self, cloud: &Cloud) -> Scope {
        let owner = match self {
            Change::AllowInGroup { group, .. } => cloud.security_groups.get(group).map(Scoped::scope),
            Change::CreateAclEntry { acl, .. } | Change::ReplaceAclEntry { acl, .. } => {
                cloud.network_acls.get(acl).map(Scoped::scope)
            }
            Change::Route { table, .. } | Change::DeleteRoute { table, .. } => {
                cloud.route_tables.get(table).map(Scoped::scope)
            }
            Change::AttachInternetGateway { vpc } => cloud.vpcs.get(vpc).map(Scoped::scope),
            Change::GiveElasticIp { interface, .. } => cloud.interfaces.get(interface).map(Scoped::scope),
            Change::CreateNatGateway { subnet, .. } => cloud.subnets.get(subnet).map(Scoped::scope),
            Change::WaitForNatGateway { nat_gateway } => cloud.nat_gateways.get(nat_gateway).map(Scoped::scope),
            Change::StartInstance { instance } => cloud.instances.get(instance).map(Scoped::scope),
            Change::RestoreZone { zone } => {
                let region = cloud.zones.get(zone).map(|z| z.region.clone());
                let account = cloud.home.account.clone();
                return region.map_or(cloud.home.clone(), |region| Scope { account, region });
            }
        };
        owner.unwrap_or(&cloud.home).clone()
    }

    /// The change in words, as commands and as a template's fragment. `cloud` is as it was before the first change of
    /// the same fix: what others of them make has no identifier yet.
    pub fn step(&self, cloud: &Cloud) -> Step {
        Step {
            summary: command::summary(self),
            commands: command::commands(self, cloud),
            template: template::fragment(self, cloud),
            change: self.clone(),
        }
    }
}

fn target<R: Runner>(runner: &R, table: &RouteTableId, to: Via) -> std::result::Result<RouteTarget, R::Error> {
    match to {
        Via::NatGateway(id) => Ok(RouteTarget::NatGateway(id)),
        Via::Local => Ok(RouteTarget::Local),
        Via::InternetGateway => {
            let cloud = runner.cloud();
            let gateway = cloud.route_tables.get(table).and_then(|table| cloud.internet_gateway_of(&table.vpc));
            gateway.map(|gateway| RouteTarget::InternetGateway(gateway.id.clone())).ok_or_else(|| {
                let message = format!("The VPC of {table} has no internet gateway: attach one first.");
                Error { code: "Gateway.NotAttached", message }.into()
            })
        }
    }
}

fn route<R: Runner>(
    runner: &mut R,
    scope: &Scope,
    route_table_id: RouteTableId,
    destination: RouteDestination,
    target: RouteTarget,
    replace: bool,
) -> std::result::Result<(), R::Error> {
    match replace {
        true => runner.run_in(scope, ReplaceRoute { route_table_id, destination, target }),
        false => runner.run_in(scope, CreateRoute { route_table_id, destination, target }),
    }
}

fn nat_gateway(subnet_id: SubnetId, allocation: AllocationId) -> CreateNatGateway {
    CreateNatGateway {
        subnet_id,
        connectivity_type: None,
        availability_mode: None,
        allocation_id: Some(allocation),
        private_ip_address: None,
        secondary_allocation_ids: Vec::new(),
        secondary_private_ip_addresses: Vec::new(),
        secondary_private_ip_address_count: None,
        tags: Tags::new(),
    }
}

/// A control in memory, where what a command begins is done at once: a NAT gateway is available, an instance runs.
#[derive(Clone, Debug)]
pub struct Trial {
    pub control: Control,
    pub context: Context,
}

impl Trial {
    /// Starts from a cloud and never touches it.
    pub fn new(cloud: &Cloud) -> Trial {
        let context = Context { scope: cloud.home.clone(), now: 0, bits: Bits::from_seed(cloud.version) };
        Trial { control: Control::new(cloud.clone()), context }
    }

    /// Runs a command of the home scope.
    pub fn run<R: Request>(&mut self, request: R) -> Result<R::Response> {
        let home = self.control.cloud().home.clone();
        self.run_in(&home, request)
    }

    /// Applies a change, and lets time pass.
    pub fn apply(&mut self, change: &Change) -> Result<()> {
        change.apply(self)?;
        let pending: Vec<NatGatewayId> = match change {
            Change::WaitForNatGateway { nat_gateway } => vec![nat_gateway.clone()],
            Change::CreateNatGateway { subnet, .. } => {
                let cloud = self.control.cloud();
                let gateways = cloud.nat_gateways.values().filter(|n| n.subnet == *subnet);
                gateways.filter(|n| n.state == NatGatewayState::Pending).map(|n| n.id.clone()).collect()
            }
            _ => Vec::new(),
        };
        let scope = change.scope(self.control.cloud());
        for nat_gateway_id in pending {
            self.run_in(&scope, ObserveNatGateway { nat_gateway_id, state: NatGatewayState::Available })?;
        }
        Ok(())
    }
}

impl Runner for Trial {
    type Error = Error;

    fn cloud(&self) -> Cloud {
        self.control.cloud().clone()
    }

    fn run_in<R: Request>(&mut self, scope: &Scope, request: R) -> Result<R::Response> {
        self.context.scope = scope.clone();
        self.control.run(request, &mut self.context)
    }
}
