//! Route tables and what they route: subnets (row RT-3), gateways (row RT-7).

use crate::error::{Error, Identified, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use crate::{Transaction, gateway_route_table};
use croft_model::route::RouteTable;
use croft_model::*;

request! {
    pub struct CreateRouteTable {
        pub vpc_id: VpcId,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct DeleteRouteTable {
        pub route_table_id: RouteTableId,
    }

    pub struct AssociateRouteTable {
        pub route_table_id: RouteTableId,
        pub subnet_id: SubnetId,
    }

    pub struct DisassociateRouteTable {
        pub association_id: RouteTableAssociationId,
    }

    /// Also with a gateway's association, and with a VPC's main one, to make another table the main one.
    pub struct ReplaceRouteTableAssociation {
        pub association_id: RouteTableAssociationId,
        pub route_table_id: RouteTableId,
    }
}

impl Request for CreateRouteTable {
    type Response = RouteTable;

    fn run(self, tx: &mut Transaction<'_>) -> Result<RouteTable> {
        check_tags(&self.tags)?;
        tx.vpc(&self.vpc_id)?;
        let have = tx.route_tables().filter(|t| t.vpc == self.vpc_id).count();
        let quota = tx.quotas().route_tables_per_vpc;
        tx.room_for_one("RouteTableLimitExceeded", "route tables in the VPC", have, quota)?;
        let id = tx.fresh(|r| &r.route_tables, RouteTableId::from_bits);
        let table =
            RouteTable { id: id.clone(), scope: tx.scope.clone(), vpc: self.vpc_id, routes: vec![], tags: self.tags };
        tx.cloud.route_tables.insert(id, table.clone());
        Ok(table)
    }
}

impl Request for DeleteRouteTable {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = &self.route_table_id;
        let table = tx.route_table(id)?;
        if tx.vpc(&table.vpc)?.main_route_table == *id {
            return Err(Error::in_use("routeTable", id, format!("{} as its main table", table.vpc)));
        }
        if let Some(subnet) = tx.subnets().find(|s| s.route_table.as_ref().is_some_and(|(_, t)| t == id)) {
            return Err(Error::in_use("routeTable", id, &subnet.id));
        }
        if let Some(gateway) = gateway_route_table::user(tx, id) {
            return Err(Error::in_use("routeTable", id, &gateway.id));
        }
        tx.cloud.route_tables.remove(id);
        Ok(())
    }
}

impl Request for AssociateRouteTable {
    type Response = RouteTableAssociationId;

    fn run(self, tx: &mut Transaction<'_>) -> Result<RouteTableAssociationId> {
        let table = tx.route_table(&self.route_table_id)?;
        let subnet = tx.subnet(&self.subnet_id)?;
        if table.vpc != subnet.vpc {
            return Err(Error::different_networks(
                format!("route table {}", table.id),
                format!("subnet {}", subnet.id),
            ));
        }
        match &subnet.route_table {
            Some((association, table)) if *table == self.route_table_id => return Ok(association.clone()),
            Some((association, table)) => {
                return Err(Error::new(
                    "Resource.AlreadyAssociated",
                    format!(
                        "the specified association for route table {} conflicts with an existing association: {association} with {table}",
                        self.route_table_id
                    ),
                ));
            }
            None => {}
        }
        let association = RouteTableAssociationId::from_bits(tx.bits.draw());
        tx.subnet_mut(&self.subnet_id)?.route_table = Some((association.clone(), self.route_table_id));
        Ok(association)
    }
}

/// What an association of a route table belongs to.
enum Associated {
    Subnet(SubnetId),
    Gateway(InternetGatewayId),
    MainOf(VpcId),
}

fn associated(tx: &Transaction<'_>, id: &RouteTableAssociationId) -> Result<Associated> {
    let mut subnets = tx.subnets();
    if let Some(subnet) = subnets.find(|s| s.route_table.as_ref().is_some_and(|(a, _)| a == id)) {
        return Ok(Associated::Subnet(subnet.id.clone()));
    }
    let mut gateways = tx.internet_gateways();
    if let Some(gateway) = gateways.find(|g| g.route_table.as_ref().is_some_and(|(a, _)| a == id)) {
        return Ok(Associated::Gateway(gateway.id.clone()));
    }
    let vpc = tx.vpcs().find(|v| v.main_route_table_association == *id);
    vpc.map(|v| Associated::MainOf(v.id.clone())).ok_or_else(|| id.not_found())
}

impl Request for DisassociateRouteTable {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        match associated(tx, &self.association_id)? {
            Associated::Subnet(subnet) => {
                tx.subnet_mut(&subnet)?.route_table = None;
                Ok(())
            }
            Associated::Gateway(gateway) => {
                tx.internet_gateway_mut(&gateway)?.route_table = None;
                Ok(())
            }
            Associated::MainOf(_) => Err(Error::invalid(format!(
                "cannot disassociate the main route table association {}",
                self.association_id
            ))),
        }
    }
}

impl Request for ReplaceRouteTableAssociation {
    /// A new one: the old one is gone.
    type Response = RouteTableAssociationId;

    fn run(self, tx: &mut Transaction<'_>) -> Result<RouteTableAssociationId> {
        let place = associated(tx, &self.association_id)?;
        let vpc = match &place {
            Associated::Subnet(subnet) => Some(tx.subnet(subnet)?.vpc.clone()),
            Associated::Gateway(gateway) => tx.internet_gateway(gateway)?.vpc.clone(),
            Associated::MainOf(vpc) => Some(vpc.clone()),
        };
        let table = tx.route_table(&self.route_table_id)?;
        if let Some(vpc) = vpc.filter(|vpc| table.vpc != *vpc) {
            return Err(Error::different_networks(format!("route table {}", table.id), format!("network {vpc}")));
        }
        let mut draw = || RouteTableAssociationId::from_bits(tx.bits.draw());
        match place {
            Associated::Subnet(subnet) => {
                let association = draw();
                tx.subnet_mut(&subnet)?.route_table = Some((association.clone(), self.route_table_id));
                Ok(association)
            }
            Associated::Gateway(gateway) => gateway_route_table::replace(tx, &gateway, self.route_table_id),
            Associated::MainOf(vpc) => {
                let association = draw();
                let vpc = tx.vpc_mut(&vpc)?;
                vpc.main_route_table = self.route_table_id;
                vpc.main_route_table_association = association.clone();
                Ok(association)
            }
        }
    }
}
