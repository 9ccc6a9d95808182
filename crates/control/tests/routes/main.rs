//! Rows RT-2 to RT-7 as the API enforces them.

#[path = "../world/mod.rs"]
mod world;

mod gateway;
mod of_subnets;

use croft_control::*;
use croft_model::interface::NetworkInterface;
use croft_model::subnet::Subnet;
use croft_model::vpc::Vpc;
use croft_model::*;
use world::World;

struct Net {
    w: World,
    vpc: Vpc,
    subnet: Subnet,
    table: RouteTableId,
    igw: InternetGatewayId,
    interface: NetworkInterface,
}

fn net() -> Net {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    let table = table(&mut w, &vpc);
    let igw = w.gateway(&vpc);
    let interface = w.interface(&subnet);
    Net { w, vpc, subnet, table, igw, interface }
}

fn table(w: &mut World, vpc: &Vpc) -> RouteTableId {
    w.run(CreateRouteTable { vpc_id: vpc.id.clone(), tags: Tags::new() }).id
}
