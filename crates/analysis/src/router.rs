//! What has a route table: a subnet for what leaves it (row RT-3), an internet gateway for what comes in (row RT-7).

use std::fmt;

use croft_control::Cloud;
use croft_model::route::RouteTable;
use croft_model::{InternetGatewayId, SubnetId, VpcId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Router {
    Subnet(SubnetId),
    Gateway(InternetGatewayId),
}

impl Router {
    pub(crate) fn table<'a>(&self, cloud: &'a Cloud) -> Option<&'a RouteTable> {
        match self {
            Router::Subnet(id) => cloud.route_table_of(cloud.subnets.get(id)?),
            Router::Gateway(id) => cloud.route_table_of_gateway(cloud.internet_gateways.get(id)?),
        }
    }

    pub(crate) fn vpc<'a>(&self, cloud: &'a Cloud) -> Option<&'a VpcId> {
        match self {
            Router::Subnet(id) => cloud.subnets.get(id).map(|subnet| &subnet.vpc),
            Router::Gateway(id) => cloud.internet_gateways.get(id)?.vpc.as_ref(),
        }
    }
}

impl fmt::Display for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Router::Subnet(id) => id.fmt(f),
            Router::Gateway(id) => id.fmt(f),
        }
    }
}
