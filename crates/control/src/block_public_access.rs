//! Block public access: a region's setting, and what is excluded from it.

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use crate::{Cloud, Transaction};
use croft_model::block_public_access::*;
use croft_model::interface::{InterfaceKind, NetworkInterface};
use croft_model::subnet::Subnet;
use croft_model::*;

request! {
    pub struct ModifyVpcBlockPublicAccessOptions {
        pub internet_gateway_block_mode: InternetGatewayBlockMode,
    }

    pub struct CreateVpcBlockPublicAccessExclusion {
        pub of: Excluded,
        pub internet_gateway_exclusion_mode: ExclusionMode,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct ModifyVpcBlockPublicAccessExclusion {
        pub exclusion_id: BlockPublicAccessExclusionId,
        pub internet_gateway_exclusion_mode: ExclusionMode,
    }

    /// It stays listed as deleted for about an hour.
    pub struct DeleteVpcBlockPublicAccessExclusion {
        pub exclusion_id: BlockPublicAccessExclusionId,
    }
}

impl Cloud {
    /// What block public access keeps from the internet gateway for this subnet: the region's setting, less what the
    /// subnet, or else its VPC, is excluded from.
    pub fn internet_gateway_block_mode(&self, subnet: &Subnet) -> InternetGatewayBlockMode {
        let of = Excluded::Subnet(subnet.id.clone());
        let exclusion = self.exclusion_of(&subnet.scope, &of).map(|e| e.mode);
        match exclusion {
            Some(mode) => self.region_block_mode(&subnet.scope).with(mode),
            None => self.vpc_block_mode(&subnet.scope, &subnet.vpc),
        }
    }

    /// The same for a VPC as a whole.
    pub fn vpc_block_mode(&self, scope: &Scope, vpc: &VpcId) -> InternetGatewayBlockMode {
        let mode = self.region_block_mode(scope);
        match mode {
            InternetGatewayBlockMode::Off => mode,
            _ => {
                let exclusion = self.exclusion_of(scope, &Excluded::Vpc(vpc.clone()));
                exclusion.map_or(mode, |e| mode.with(e.mode))
            }
        }
    }

    /// Does block public access keep the interface from the internet gateway? NAT gateways let only answers in, so
    /// ingress alone is not blocked at theirs.
    pub fn is_internet_blocked(&self, interface: &NetworkInterface) -> bool {
        let Some(subnet) = self.subnets.get(&interface.subnet) else { return false };
        match self.internet_gateway_block_mode(subnet) {
            InternetGatewayBlockMode::Off => false,
            InternetGatewayBlockMode::BlockBidirectional => true,
            InternetGatewayBlockMode::BlockIngress => interface.kind == InterfaceKind::Interface,
        }
    }

    fn region_block_mode(&self, scope: &Scope) -> InternetGatewayBlockMode {
        self.settings.get(scope).map(|s| s.block_public_access.mode).unwrap_or_default()
    }

    fn exclusion_of(&self, scope: &Scope, of: &Excluded) -> Option<&BlockPublicAccessExclusion> {
        let mut all = self.block_public_access_exclusions.values();
        all.find(|e| e.scope == *scope && e.of == *of && e.applies())
    }
}

impl Transaction<'_> {
    /// What is gone is no longer excluded from anything.
    pub(crate) fn forget_exclusion(&mut self, of: &Excluded) {
        let ids: Vec<_> = self.block_public_access_exclusions().filter(|e| e.of == *of).map(|e| e.id.clone()).collect();
        for id in ids {
            self.cloud.block_public_access_exclusions.remove(&id);
        }
    }

    /// Takes deleted exclusions off the list when they have been on it long enough.
    fn forget_deleted_exclusions(&mut self) {
        let now = self.now;
        let old = |e: &&BlockPublicAccessExclusion| e.deleted.is_some_and(|d| now.saturating_sub(d) > LISTED_FOR);
        let ids: Vec<_> = self.block_public_access_exclusions().filter(old).map(|e| e.id.clone()).collect();
        for id in ids {
            self.cloud.block_public_access_exclusions.remove(&id);
        }
    }
}

/// How long a deleted exclusion stays listed, in seconds.
const LISTED_FOR: u64 = 3600;

impl Request for ModifyVpcBlockPublicAccessOptions {
    type Response = BlockPublicAccess;

    fn run(self, tx: &mut Transaction<'_>) -> Result<BlockPublicAccess> {
        let now = tx.now;
        let options = &mut tx.settings_mut().block_public_access;
        *options = BlockPublicAccess { mode: self.internet_gateway_block_mode, updated: Some(now) };
        Ok(options.clone())
    }
}

impl Request for CreateVpcBlockPublicAccessExclusion {
    type Response = BlockPublicAccessExclusion;

    fn run(self, tx: &mut Transaction<'_>) -> Result<BlockPublicAccessExclusion> {
        check_tags(&self.tags)?;
        match &self.of {
            Excluded::Vpc(id) => tx.vpc(id).map(|_| ())?,
            Excluded::Subnet(id) => tx.subnet(id).map(|_| ())?,
        }
        tx.forget_deleted_exclusions();
        if let Some(other) = tx.cloud.exclusion_of(&tx.scope, &self.of) {
            return Err(Error::invalid(format!("An exclusion for the resource exists already: {}.", other.id)));
        }
        let quota = tx.quotas().block_public_access_exclusions_per_region;
        let have = tx.block_public_access_exclusions().filter(|e| e.applies()).count();
        let code = "VpcBlockPublicAccessExclusionLimitExceeded";
        tx.room_for_one(code, "VPC block public access exclusions", have, quota)?;
        let id = tx.fresh(|r| &r.block_public_access_exclusions, BlockPublicAccessExclusionId::from_bits);
        let exclusion = BlockPublicAccessExclusion {
            id: id.clone(),
            scope: tx.scope.clone(),
            of: self.of,
            mode: self.internet_gateway_exclusion_mode,
            state: ExclusionState::CreateComplete,
            created: tx.now,
            updated: tx.now,
            deleted: None,
            tags: self.tags,
        };
        tx.cloud.block_public_access_exclusions.insert(id, exclusion.clone());
        Ok(exclusion)
    }
}

impl Request for ModifyVpcBlockPublicAccessExclusion {
    type Response = BlockPublicAccessExclusion;

    fn run(self, tx: &mut Transaction<'_>) -> Result<BlockPublicAccessExclusion> {
        let now = tx.now;
        let exclusion = live(tx, &self.exclusion_id, "modified")?;
        exclusion.mode = self.internet_gateway_exclusion_mode;
        exclusion.state = ExclusionState::UpdateComplete;
        exclusion.updated = now;
        Ok(exclusion.clone())
    }
}

impl Request for DeleteVpcBlockPublicAccessExclusion {
    type Response = BlockPublicAccessExclusion;

    fn run(self, tx: &mut Transaction<'_>) -> Result<BlockPublicAccessExclusion> {
        let now = tx.now;
        let exclusion = live(tx, &self.exclusion_id, "deleted")?;
        exclusion.state = ExclusionState::DeleteComplete;
        exclusion.updated = now;
        exclusion.deleted = Some(now);
        Ok(exclusion.clone())
    }
}

fn live<'a>(
    tx: &'a mut Transaction<'_>,
    id: &BlockPublicAccessExclusionId,
    done: &str,
) -> Result<&'a mut BlockPublicAccessExclusion> {
    let exclusion = tx.block_public_access_exclusion_mut(id)?;
    match exclusion.applies() {
        true => Ok(exclusion),
        false => Err(Error::invalid(format!("{id} is in delete-complete state and cannot be {done}"))),
    }
}
