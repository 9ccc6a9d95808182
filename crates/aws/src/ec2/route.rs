//! Routes.

use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::route::{RouteDestination, RouteTable, RouteTarget};
use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![CreateRoute, ReplaceRoute, DeleteRoute];

/// The three ways of naming a destination, of which a request takes one.
struct Destination {
    cidr_block: Option<String>,
    ipv6_cidr_block: Option<String>,
    prefix_list_id: Option<String>,
}

impl Destination {
    fn read(self) -> Result<RouteDestination, Fault> {
        let wrong = |parameter: &str, text: &str| {
            Fault::invalid_value(format!(
                "Value ({text}) for parameter {parameter} is invalid. This is not a valid CIDR block."
            ))
        };
        match (self.cidr_block, self.ipv6_cidr_block, self.prefix_list_id) {
            (Some(text), None, None) => {
                let block: Ipv4Net = text.parse().map_err(|_| wrong("destinationCidrBlock", &text))?;
                Ok(RouteDestination::Cidr(block))
            }
            (None, Some(text), None) => {
                let block: Ipv6Net = text.parse().map_err(|_| wrong("destinationIpv6CidrBlock", &text))?;
                Ok(RouteDestination::Ipv6Cidr(block))
            }
            (None, None, Some(id)) => Ok(RouteDestination::PrefixList(id.parse()?)),
            (None, None, None) => Err(Fault::missing("destinationCidrBlock")),
            _ => Err(Fault::invalid_combination(
                "The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock, destinationPrefixListId",
            )),
        }
    }
}

/// The ways of naming a target, of which a request takes one.
struct Target {
    gateway_id: Option<String>,
    egress_only_internet_gateway_id: Option<String>,
    instance_id: Option<String>,
    nat_gateway_id: Option<String>,
    network_interface_id: Option<String>,
    local_target: Option<bool>,
}

impl Target {
    fn read(self, call: &Call<'_>) -> Result<RouteTarget, Fault> {
        let mut named = Vec::new();
        if let Some(id) = self.gateway_id {
            named.push(gateway(id)?);
        }
        if let Some(id) = self.egress_only_internet_gateway_id {
            named.push(RouteTarget::EgressOnlyInternetGateway(id.parse()?));
        }
        if let Some(id) = self.instance_id {
            named.push(call.cloud().route_target_of_instance(call.scope, &id.parse()?)?);
        }
        if let Some(id) = self.nat_gateway_id {
            named.push(RouteTarget::NatGateway(id.parse()?));
        }
        if let Some(id) = self.network_interface_id {
            named.push(RouteTarget::NetworkInterface(id.parse()?));
        }
        if self.local_target == Some(true) {
            named.push(RouteTarget::Local);
        }
        const ONE: &str = "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, instanceId, egressOnlyInternetGatewayId";
        match (named.pop(), named.pop()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(Fault::new("MissingParameter", ONE)),
            (Some(_), Some(_)) => Err(Fault::invalid_combination(ONE)),
        }
    }
}

/// `GatewayId` names gateways of several kinds.
fn gateway(id: String) -> Result<RouteTarget, Fault> {
    match id.split('-').next() {
        Some("local") => Ok(RouteTarget::Local),
        // Neither kind can be made yet, so none exists.
        Some("vgw" | "vpce") => {
            Err(Fault::new("InvalidGatewayID.NotFound", format!("The gateway ID '{id}' does not exist")))
        }
        _ => Ok(RouteTarget::InternetGateway(id.parse()?)),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateRoute {
    route_table_id: String,
    destination_cidr_block: Option<String>,
    destination_ipv6_cidr_block: Option<String>,
    destination_prefix_list_id: Option<String>,
    gateway_id: Option<String>,
    egress_only_internet_gateway_id: Option<String>,
    instance_id: Option<String>,
    nat_gateway_id: Option<String>,
    network_interface_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRouteOutput {
    #[serde(rename = "Return")]
    done: bool,
}

impl Operation for CreateRoute {
    const NAME: &'static str = "CreateRoute";
    type Output = CreateRouteOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateRouteOutput, Fault> {
        let destination = Destination {
            cidr_block: self.destination_cidr_block,
            ipv6_cidr_block: self.destination_ipv6_cidr_block,
            prefix_list_id: self.destination_prefix_list_id,
        };
        let target = Target {
            gateway_id: self.gateway_id,
            egress_only_internet_gateway_id: self.egress_only_internet_gateway_id,
            instance_id: self.instance_id,
            nat_gateway_id: self.nat_gateway_id,
            network_interface_id: self.network_interface_id,
            local_target: None,
        };
        call.run(croft_control::CreateRoute {
            route_table_id: self.route_table_id.parse()?,
            destination: destination.read()?,
            target: target.read(call)?,
        })?;
        Ok(CreateRouteOutput { done: true })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ReplaceRoute {
    route_table_id: String,
    destination_cidr_block: Option<String>,
    destination_ipv6_cidr_block: Option<String>,
    destination_prefix_list_id: Option<String>,
    gateway_id: Option<String>,
    egress_only_internet_gateway_id: Option<String>,
    instance_id: Option<String>,
    nat_gateway_id: Option<String>,
    network_interface_id: Option<String>,
    local_target: Option<bool>,
}

impl Operation for ReplaceRoute {
    const NAME: &'static str = "ReplaceRoute";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let destination = Destination {
            cidr_block: self.destination_cidr_block,
            ipv6_cidr_block: self.destination_ipv6_cidr_block,
            prefix_list_id: self.destination_prefix_list_id,
        };
        let target = Target {
            gateway_id: self.gateway_id,
            egress_only_internet_gateway_id: self.egress_only_internet_gateway_id,
            instance_id: self.instance_id,
            nat_gateway_id: self.nat_gateway_id,
            network_interface_id: self.network_interface_id,
            local_target: self.local_target,
        };
        call.run(croft_control::ReplaceRoute {
            route_table_id: self.route_table_id.parse()?,
            destination: destination.read()?,
            target: target.read(call)?,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteRoute {
    route_table_id: String,
    destination_cidr_block: Option<String>,
    destination_ipv6_cidr_block: Option<String>,
    destination_prefix_list_id: Option<String>,
}

impl Operation for DeleteRoute {
    const NAME: &'static str = "DeleteRoute";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let destination = Destination {
            cidr_block: self.destination_cidr_block,
            ipv6_cidr_block: self.destination_ipv6_cidr_block,
            prefix_list_id: self.destination_prefix_list_id,
        };
        call.run(croft_control::DeleteRoute {
            route_table_id: self.route_table_id.parse()?,
            destination: destination.read()?,
        })
    }
}

/// A route as AWS shows it.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteOutput {
    pub destination_cidr_block: Option<String>,
    pub destination_ipv6_cidr_block: Option<String>,
    pub destination_prefix_list_id: Option<String>,
    pub egress_only_internet_gateway_id: Option<String>,
    pub gateway_id: Option<String>,
    pub instance_id: Option<String>,
    instance_owner_id: Option<String>,
    pub nat_gateway_id: Option<String>,
    network_interface_id: Option<String>,
    pub origin: &'static str,
    pub state: &'static str,
}

/// The routes of a table: the `local` ones for every block of its VPC (row RT-2), then those that were made.
pub fn all(cloud: &Cloud, table: &RouteTable) -> Vec<RouteOutput> {
    let vpc = cloud.vpcs.get(&table.vpc);
    let local = |block: Option<String>, ipv6: Option<String>| RouteOutput {
        destination_cidr_block: block,
        destination_ipv6_cidr_block: ipv6,
        gateway_id: Some("local".to_string()),
        origin: "CreateRouteTable",
        state: "active",
        ..RouteOutput::default()
    };
    let mut out = Vec::new();
    let is_replaced = |to: &RouteDestination| table.routes.iter().any(|r| r.destination == *to);
    let mut replaced = Vec::new();
    for block in vpc.iter().flat_map(|v| &v.cidr_blocks) {
        match RouteDestination::Cidr(block.block) {
            to if is_replaced(&to) => replaced.push(to),
            _ => out.push(local(Some(block.block.to_string()), None)),
        }
    }
    for block in vpc.iter().flat_map(|v| &v.ipv6_cidr_blocks) {
        match RouteDestination::Ipv6Cidr(block.block) {
            to if is_replaced(&to) => replaced.push(to),
            _ => out.push(local(None, Some(block.block.to_string()))),
        }
    }
    for route in &table.routes {
        let origin = if replaced.contains(&route.destination) { "CreateRouteTable" } else { "CreateRoute" };
        let mut shown = RouteOutput { origin, ..RouteOutput::default() };
        match &route.destination {
            RouteDestination::Cidr(block) => shown.destination_cidr_block = Some(block.to_string()),
            RouteDestination::Ipv6Cidr(block) => shown.destination_ipv6_cidr_block = Some(block.to_string()),
            RouteDestination::PrefixList(id) => shown.destination_prefix_list_id = Some(id.to_string()),
        }
        match &route.target {
            RouteTarget::Local => shown.gateway_id = Some("local".to_string()),
            RouteTarget::InternetGateway(id) => shown.gateway_id = Some(id.to_string()),
            RouteTarget::NatGateway(id) => shown.nat_gateway_id = Some(id.to_string()),
            RouteTarget::EgressOnlyInternetGateway(id) => {
                shown.egress_only_internet_gateway_id = Some(id.to_string());
            }
            RouteTarget::NetworkInterface(id) => {
                let attachment = cloud.interfaces.get(id).and_then(|i| i.attachment.as_ref());
                shown.instance_id = attachment.map(|a| a.instance.to_string());
                shown.instance_owner_id = attachment.map(|_| table.scope.account.to_string());
                shown.network_interface_id = Some(id.to_string());
            }
        }
        shown.state = match cloud.target_is_active(&table.vpc, &route.target) {
            true => "active",
            false => "blackhole",
        };
        out.push(shown);
    }
    out
}
