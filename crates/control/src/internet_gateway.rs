//! Internet gateways (rows IGW-1, IGW-4, RT-7).

use crate::Transaction;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use croft_model::gateway::InternetGateway;
use croft_model::*;

request! {
    pub struct CreateInternetGateway {
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct DeleteInternetGateway {
        pub internet_gateway_id: InternetGatewayId,
    }

    pub struct AttachInternetGateway {
        pub internet_gateway_id: InternetGatewayId,
        pub vpc_id: VpcId,
    }

    pub struct DetachInternetGateway {
        pub internet_gateway_id: InternetGatewayId,
        pub vpc_id: VpcId,
    }
}

impl Request for CreateInternetGateway {
    type Response = InternetGateway;

    fn run(self, tx: &mut Transaction<'_>) -> Result<InternetGateway> {
        check_tags(&self.tags)?;
        let quota = tx.quotas().internet_gateways_per_region;
        let have = tx.internet_gateways().count();
        tx.room_for_one("InternetGatewayLimitExceeded", "internet gateways", have, quota)?;
        Ok(insert(tx, self.tags))
    }
}

pub(crate) fn insert(tx: &mut Transaction<'_>, tags: Tags) -> InternetGateway {
    let id = tx.fresh(|r| &r.internet_gateways, InternetGatewayId::from_bits);
    let gateway = InternetGateway { id: id.clone(), scope: tx.scope.clone(), vpc: None, route_table: None, tags };
    tx.cloud.internet_gateways.insert(id, gateway.clone());
    gateway
}

impl Request for DeleteInternetGateway {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let gateway = tx.internet_gateway(&self.internet_gateway_id)?;
        if let Some(vpc) = &gateway.vpc {
            return Err(Error::in_use("internetGateway", &gateway.id, vpc));
        }
        tx.cloud.internet_gateways.remove(&self.internet_gateway_id);
        Ok(())
    }
}

impl Request for AttachInternetGateway {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        tx.vpc(&self.vpc_id)?;
        let gateway = tx.internet_gateway(&self.internet_gateway_id)?;
        if let Some(vpc) = &gateway.vpc {
            return Err(Error::new(
                "Resource.AlreadyAssociated",
                format!("resource {} is already attached to network {vpc}", gateway.id),
            ));
        }
        if let Some(other) = tx.cloud.internet_gateway_of(&self.vpc_id) {
            return Err(Error::invalid(format!(
                "Network {} already has an internet gateway attached: {}",
                self.vpc_id, other.id
            )));
        }
        tx.internet_gateway_mut(&self.internet_gateway_id)?.vpc = Some(self.vpc_id);
        Ok(())
    }
}

impl Request for DetachInternetGateway {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let vpc = &self.vpc_id;
        tx.vpc(vpc)?;
        let gateway = tx.internet_gateway(&self.internet_gateway_id)?;
        if gateway.vpc.as_ref() != Some(vpc) {
            return Err(Error::new(
                "Gateway.NotAttached",
                format!("resource {} is not attached to network {vpc}", self.internet_gateway_id),
            ));
        }
        if let Some((association, table)) = &gateway.route_table {
            return Err(Error::dependency(format!(
                "Route table {table} is associated with {}. Please remove the association {association} before detaching the gateway.",
                gateway.id
            )));
        }
        let mapped = tx.interfaces().filter(|i| i.vpc == *vpc).find_map(|i| {
            let mut private = i.private_ips.iter();
            private.find_map(|p| tx.cloud.public_ip(i, *p))
        });
        if let Some(address) = mapped {
            return Err(Error::dependency(format!(
                "Network {vpc} has some mapped public address(es), such as {address}. Please unmap those public address(es) before detaching the gateway."
            )));
        }
        tx.internet_gateway_mut(&self.internet_gateway_id)?.vpc = None;
        Ok(())
    }
}
