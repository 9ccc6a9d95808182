//! `AWS::EC2::Route` (rows RT-1, RT-2, RT-4).

use super::live::Live;
use super::schema::{Kind, Shape, property, refused};
use super::*;
use croft_control::{CreateRoute, DeleteRoute, ReplaceRoute};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::{
    EgressOnlyInternetGatewayId, InstanceId, NatGatewayId, NetworkInterfaceId, PrefixListId, RouteTableId,
};
use ipnet::{Ipv4Net, Ipv6Net};
use serde::Deserialize;

pub struct Route;

const PROPERTIES: &[Property] = &[
    refused("CarrierGatewayId", "carrier gateways are not supported"),
    refused("CoreNetworkArn", "Cloud WAN is not supported"),
    property("DestinationCidrBlock", Kind::Ipv4Block).replaces(),
    property("DestinationIpv6CidrBlock", Kind::Ipv6Block).replaces(),
    property("DestinationPrefixListId", Kind::Id("pl")).replaces(),
    property("EgressOnlyInternetGatewayId", Kind::Id("eigw")),
    property("GatewayId", Kind::Gateway),
    property("InstanceId", Kind::Id("i")),
    refused("LocalGatewayId", "Outposts are not supported"),
    property("NatGatewayId", Kind::Id("nat")),
    property("NetworkInterfaceId", Kind::Id("eni")),
    refused("OdbNetworkArn", "Oracle networks are not supported"),
    property("RouteTableId", Kind::Id("rtb")).required().replaces(),
    refused("TransitGatewayId", "transit gateways are not supported yet"),
    refused("VpcEndpointId", "VPC endpoints are not supported yet"),
    refused("VpcPeeringConnectionId", "peering connections are not supported yet"),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    destination_cidr_block: Option<Ipv4Net>,
    destination_ipv6_cidr_block: Option<Ipv6Net>,
    destination_prefix_list_id: Option<PrefixListId>,
    egress_only_internet_gateway_id: Option<EgressOnlyInternetGatewayId>,
    gateway_id: Option<String>,
    instance_id: Option<InstanceId>,
    nat_gateway_id: Option<NatGatewayId>,
    network_interface_id: Option<NetworkInterfaceId>,
    route_table_id: RouteTableId,
}

impl Properties {
    fn destination(&self) -> Result<RouteDestination, Failure> {
        match (self.destination_cidr_block, self.destination_ipv6_cidr_block, &self.destination_prefix_list_id) {
            (Some(block), ..) => Ok(RouteDestination::Cidr(block.trunc())),
            (_, Some(block), _) => Ok(RouteDestination::Ipv6Cidr(block.trunc())),
            (_, _, Some(list)) => Ok(RouteDestination::PrefixList(list.clone())),
            (None, None, None) => Err(Failure::Properties("the route has no destination".to_string())),
        }
    }

    fn target<A: Account>(&self, account: &A) -> Result<RouteTarget, Failure> {
        if let Some(id) = &self.nat_gateway_id {
            return Ok(RouteTarget::NatGateway(id.clone()));
        }
        if let Some(id) = &self.network_interface_id {
            return Ok(RouteTarget::NetworkInterface(id.clone()));
        }
        if let Some(id) = &self.instance_id {
            let cloud = account.cloud();
            return Ok(cloud.route_target_of_instance(&cloud.home, id)?);
        }
        if let Some(id) = &self.egress_only_internet_gateway_id {
            return Ok(RouteTarget::EgressOnlyInternetGateway(id.clone()));
        }
        match self.gateway_id.as_deref() {
            Some("local") => Ok(RouteTarget::Local),
            Some(id) if id.starts_with("vgw-") => {
                Err(Failure::Properties(format!("GatewayId is {id}: virtual private gateways are not supported")))
            }
            Some(id) => Ok(RouteTarget::InternetGateway(id.parse()?)),
            None => Err(Failure::Properties("the route has no target".to_string())),
        }
    }
}

impl Handler for Route {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::Route",
        shape: Shape {
            properties: PROPERTIES,
            exactly_one: &[
                &["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"],
                &["GatewayId", "NatGatewayId", "NetworkInterfaceId", "InstanceId", "EgressOnlyInternetGatewayId"],
            ],
            at_most_one: &[],
        },
        attributes: &["CidrBlock"],
        refused_attributes: &[],
        which: Which::Route,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let destination = properties.destination()?;
        let said = match &destination {
            RouteDestination::Cidr(block) => block.to_string(),
            RouteDestination::Ipv6Cidr(block) => block.to_string(),
            RouteDestination::PrefixList(id) => id.to_string(),
        };
        let target = properties.target(account)?;
        let id = format!("{}|{said}", properties.route_table_id);
        account.run(CreateRoute { route_table_id: properties.route_table_id, destination, target })?;
        Ok(id)
    }

    fn update<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let (destination, target) = (properties.destination()?, properties.target(account)?);
        account.run(ReplaceRoute { route_table_id: properties.route_table_id, destination, target })?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, _: &str, properties: &Map<String, Json>) -> Result<(), Failure> {
        let properties: Properties = read(properties)?;
        let destination = properties.destination()?;
        account.run(DeleteRoute { route_table_id: properties.route_table_id, destination })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let table = cloud.route_tables.get(&id.split_once('|')?.0.parse::<RouteTableId>().ok()?)?;
        let destination = read::<Properties>(properties).ok()?.destination().ok()?;
        let target = match table.routes.iter().find(|r| r.destination == destination) {
            Some(route) => &route.target,
            // The table's own route, put back to where it leads by itself.
            None if properties.get("GatewayId").and_then(Json::as_str) == Some("local") => &RouteTarget::Local,
            None => return None,
        };
        let gateway = match target {
            RouteTarget::Local => Some("local".to_string()),
            RouteTarget::InternetGateway(id) => Some(id.to_string()),
            _ => None,
        };
        let interface = match target {
            RouteTarget::NetworkInterface(id) => Some(id),
            _ => None,
        };
        let attachment = interface.and_then(|id| cloud.interfaces.get(id)).and_then(|i| i.attachment.as_ref());
        let nat = match target {
            RouteTarget::NatGateway(id) => Some(id.to_string()),
            _ => None,
        };
        let egress_only = match target {
            RouteTarget::EgressOnlyInternetGateway(id) => Some(id.to_string()),
            _ => None,
        };
        Live::beside(properties)
            .may_be("EgressOnlyInternetGatewayId", egress_only)
            .may_be("GatewayId", gateway)
            .may_be("InstanceId", attachment.map(|a| a.instance.to_string()))
            .may_be("NatGatewayId", nat)
            .may_be("NetworkInterfaceId", interface.map(ToString::to_string))
            .done()
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "CidrBlock").then(|| Known::Text(id.split_once('|').map_or(id, |(_, to)| to).to_string()))
    }
}
