//! Quotas are data and can be changed (row NET-10). What exists above a lowered quota stays.

use crate::Transaction;
use crate::error::{Error, Result};
use crate::nat_gateway::MOST_ADDRESSES;
use crate::request::{Request, request};
use croft_model::quota::Quotas;
use serde_json::Value;

request! {
    pub struct SetQuota {
        /// A field of [`Quotas`], such as `vpcs_per_region`.
        pub name: String,
        pub value: u32,
    }
}

/// AWS's bounds that no quota passes: groups of an interface, rules times groups (row SG-8).
const MOST_GROUPS_PER_INTERFACE: u32 = 16;
const MOST_RULES_PER_INTERFACE: u64 = 1000;

impl Request for SetQuota {
    type Response = Quotas;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Quotas> {
        let unreadable = |e: serde_json::Error| Error::new("InternalError", format!("The quotas cannot be read: {e}"));
        let mut all = serde_json::to_value(tx.quotas()).map_err(unreadable)?;
        match all.get_mut(&self.name) {
            Some(quota) => *quota = Value::from(self.value),
            None => {
                let names: Vec<_> =
                    all.as_object().into_iter().flat_map(|all| all.keys().map(String::as_str)).collect();
                let why = format!("The quotas are {}.", names.join(", "));
                return Err(Error::invalid_value("quotaName", self.name, why));
            }
        }
        let quotas: Quotas = serde_json::from_value(all).map_err(unreadable)?;
        check(&quotas, &self.name, self.value)?;
        tx.settings_mut().quotas = quotas;
        Ok(quotas)
    }
}

fn check(quotas: &Quotas, name: &str, value: u32) -> Result<()> {
    let refuse = |why: String| Err(Error::invalid_value(name, value, why));
    let per_interface = u64::from(quotas.rules_per_security_group) * u64::from(quotas.security_groups_per_interface);
    if quotas.security_groups_per_interface > MOST_GROUPS_PER_INTERFACE {
        return refuse(format!("An interface has at most {MOST_GROUPS_PER_INTERFACE} security groups."));
    }
    if per_interface > MOST_RULES_PER_INTERFACE {
        return refuse(format!(
            "Rules per security group times security groups per interface is at most {MOST_RULES_PER_INTERFACE}; it would be {per_interface}."
        ));
    }
    if quotas.elastic_ips_per_nat_gateway as usize > MOST_ADDRESSES {
        return refuse(format!("A NAT gateway has at most {MOST_ADDRESSES} addresses."));
    }
    Ok(())
}
