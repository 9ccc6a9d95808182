//! Egress-only internet gateways (row NET-9): kept and returned; no packet yet (row NET-13).

use crate::Transaction;
use crate::error::Result;
use crate::request::{Request, request};
use crate::tag::check_tags;
use croft_model::gateway::EgressOnlyInternetGateway;
use croft_model::*;

request! {
    pub struct CreateEgressOnlyInternetGateway {
        pub vpc_id: VpcId,
        #[serde(default)]
        pub tags: Tags,
    }

    /// Routes to it turn into black holes (row RT-4).
    pub struct DeleteEgressOnlyInternetGateway {
        pub egress_only_internet_gateway_id: EgressOnlyInternetGatewayId,
    }
}

impl Request for CreateEgressOnlyInternetGateway {
    type Response = EgressOnlyInternetGateway;

    fn run(self, tx: &mut Transaction<'_>) -> Result<EgressOnlyInternetGateway> {
        check_tags(&self.tags)?;
        tx.vpc(&self.vpc_id)?;
        let quota = tx.quotas().egress_only_internet_gateways_per_region;
        let have = tx.egress_only_internet_gateways().count();
        tx.room_for_one("EgressOnlyInternetGatewayLimitExceeded", "egress-only internet gateways", have, quota)?;
        let id = tx.fresh(|r| &r.egress_only_internet_gateways, EgressOnlyInternetGatewayId::from_bits);
        let gateway =
            EgressOnlyInternetGateway { id: id.clone(), scope: tx.scope.clone(), vpc: self.vpc_id, tags: self.tags };
        tx.cloud.egress_only_internet_gateways.insert(id, gateway.clone());
        Ok(gateway)
    }
}

impl Request for DeleteEgressOnlyInternetGateway {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        tx.egress_only_internet_gateway(&self.egress_only_internet_gateway_id)?;
        tx.cloud.egress_only_internet_gateways.remove(&self.egress_only_internet_gateway_id);
        Ok(())
    }
}
