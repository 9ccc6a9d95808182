//! DHCP option sets: kept and returned.

use crate::Transaction;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use croft_model::dhcp_options::{AMAZON_PROVIDED_DNS, DhcpConfiguration, DhcpOptions};
use croft_model::*;
use std::net::IpAddr;

request! {
    pub struct CreateDhcpOptions {
        pub dhcp_configurations: Vec<DhcpConfiguration>,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct DeleteDhcpOptions {
        pub dhcp_options_id: DhcpOptionsId,
    }

    pub struct AssociateDhcpOptions {
        /// None is AWS's `default`: no options.
        pub dhcp_options_id: Option<DhcpOptionsId>,
        pub vpc_id: VpcId,
    }
}

/// AWS takes so many servers of a kind.
const MOST_SERVERS: usize = 4;

/// Seconds, as AWS bounds them.
const LEASE: std::ops::RangeInclusive<u64> = 140..=2_147_483_647;

fn check_configuration(option: &DhcpConfiguration) -> Result<()> {
    let refuse = |value: &str, why: &str| Err(Error::invalid_value(&option.key, value, why));
    let Some(first) = option.values.first() else { return refuse("", "An option has a value.") };
    let is_address = |v: &String| v.parse::<IpAddr>().is_ok();
    match option.key.as_str() {
        "domain-name-servers" if option.values.iter().any(|v| v == AMAZON_PROVIDED_DNS) => Ok(()),
        "domain-name-servers" | "ntp-servers" | "netbios-name-servers" => {
            if option.values.len() > MOST_SERVERS {
                return refuse(&option.values.join(", "), "There are at most four servers.");
            }
            match option.values.iter().find(|v| !is_address(v)) {
                Some(other) => refuse(other, "It is no IP address."),
                None => Ok(()),
            }
        }
        "domain-name" => Ok(()),
        "netbios-node-type" if option.values.len() == 1 && ["1", "2", "4", "8"].contains(&first.as_str()) => Ok(()),
        "netbios-node-type" => refuse(first, "It is 1, 2, 4 or 8."),
        "ipv6-address-preferred-lease-time" => match first.parse::<u64>() {
            Ok(seconds) if LEASE.contains(&seconds) && option.values.len() == 1 => Ok(()),
            _ => refuse(first, "It is between 140 and 2147483647 seconds."),
        },
        other => Err(Error::invalid(format!(
            "Value ({other}) for parameter dhcpConfiguration is invalid. Unknown DHCP option."
        ))),
    }
}

impl Request for CreateDhcpOptions {
    type Response = DhcpOptions;

    fn run(self, tx: &mut Transaction<'_>) -> Result<DhcpOptions> {
        check_tags(&self.tags)?;
        if self.dhcp_configurations.is_empty() {
            return Err(Error::missing("dhcpConfiguration"));
        }
        for (at, option) in self.dhcp_configurations.iter().enumerate() {
            check_configuration(option)?;
            if self.dhcp_configurations.iter().skip(at + 1).any(|other| other.key == option.key) {
                return Err(Error::invalid(format!("The DHCP option {} is given twice.", option.key)));
            }
        }
        let (have, quota) = (tx.dhcp_options_sets().count(), tx.quotas().dhcp_options_per_region);
        tx.room_for_one("DhcpOptionsLimitExceeded", "DHCP option sets", have, quota)?;
        Ok(insert(tx, self.dhcp_configurations, self.tags))
    }
}

fn insert(tx: &mut Transaction<'_>, configurations: Vec<DhcpConfiguration>, tags: Tags) -> DhcpOptions {
    let id = tx.fresh(|r| &r.dhcp_options_sets, DhcpOptionsId::from_bits);
    let options = DhcpOptions { id: id.clone(), scope: tx.scope.clone(), configurations, tags };
    tx.cloud.dhcp_options_sets.insert(id, options.clone());
    options
}

/// What a new VPC gets: the region's default set, made again if it was deleted. None where the account has not opened
/// the region.
pub(crate) fn default_set(tx: &mut Transaction<'_>) -> Option<DhcpOptionsId> {
    let known = tx.cloud.settings.get(&tx.scope)?.default_dhcp_options.clone()?;
    match tx.cloud.dhcp_options_sets.contains_key(&known) {
        true => Some(known),
        false => Some(make_default_set(tx)),
    }
}

pub(crate) fn make_default_set(tx: &mut Transaction<'_>) -> DhcpOptionsId {
    let configurations = DhcpOptions::default_configurations(&tx.scope.region);
    let id = insert(tx, configurations, Tags::new()).id;
    tx.settings_mut().default_dhcp_options = Some(id.clone());
    id
}

impl Request for DeleteDhcpOptions {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = &self.dhcp_options_id;
        tx.dhcp_options(id)?;
        if let Some(vpc) = tx.vpcs().find(|v| v.dhcp_options.as_ref() == Some(id)) {
            return Err(Error::in_use("dhcpOptions", id, &vpc.id));
        }
        tx.cloud.dhcp_options_sets.remove(id);
        Ok(())
    }
}

impl Request for AssociateDhcpOptions {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        if let Some(id) = &self.dhcp_options_id {
            tx.dhcp_options(id)?;
        }
        tx.vpc_mut(&self.vpc_id)?.dhcp_options = self.dhcp_options_id;
        Ok(())
    }
}
