//! The addresses of an interface: how templates write them, and how they change under it.

use super::super::live::Live;
use super::super::schema::{Kind, Shape, Update, property};
use super::super::{Failure, Wrong};
use crate::stack::Account;
use croft_control::{AssignIpv6Addresses, AssignPrivateIpAddresses, UnassignIpv6Addresses, UnassignPrivateIpAddresses};
use croft_model::NetworkInterfaceId;
use croft_model::interface::NetworkInterface;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Of `PrivateIpAddresses`.
pub const PRIVATE_IP: Shape = Shape::free(&[
    property("Primary", Kind::Boolean).required(),
    property("PrivateIpAddress", Kind::Ipv4Address).required(),
]);

/// Of `Ipv6Addresses`.
pub const IPV6_ADDRESS: Shape = Shape::free(&[property("Ipv6Address", Kind::Ipv6Address).required()]);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrivateIp {
    primary: bool,
    private_ip_address: Ipv4Addr,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipv6Address {
    pub ipv6_address: Ipv6Addr,
}

/// The address marked as primary, and the others.
pub fn split(list: &[PrivateIp]) -> (Option<Ipv4Addr>, Vec<Ipv4Addr>) {
    let primary = list.iter().find(|ip| ip.primary).map(|ip| ip.private_ip_address);
    (primary, list.iter().filter(|ip| !ip.primary).map(|ip| ip.private_ip_address).collect())
}

/// The primary address of a list as it is written.
fn primary_of(list: Option<&Json>) -> Option<&Json> {
    let primary = |ip: &&Json| ip.get("Primary").and_then(Json::as_bool) == Some(true);
    list?.as_array()?.iter().find(primary)?.get("PrivateIpAddress")
}

/// Secondary addresses come and go; the primary one stays as long as the interface.
pub fn primary_change(old: Option<&Json>, new: Option<&Json>) -> Update {
    match primary_of(new) {
        Some(new) if primary_of(old) != Some(new) => Update::Replacement,
        _ => Update::InPlace,
    }
}

/// An interface has one primary address.
pub fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
    let list = properties.get("PrivateIpAddresses").and_then(Json::as_array);
    let list = list.map(Vec::as_slice).unwrap_or_default();
    let primaries = list.iter().filter(|ip| ip.get("Primary").and_then(Json::as_bool) == Some(true));
    let also = properties.get("PrivateIpAddress");
    // The same address in both places is one.
    let primaries = primaries.filter(|ip| also.is_none() || ip.get("PrivateIpAddress") != also).count();
    match primaries + usize::from(also.is_some()) {
        0 | 1 => Vec::new(),
        more => {
            let what = format!("an interface has one primary private address, and {more} are given");
            vec![("PrivateIpAddresses", what)]
        }
    }
}

/// The addresses beside the primary one that a template asks for.
pub struct Secondary {
    pub named: Vec<Ipv4Addr>,
    /// So many of Croft's choice.
    pub count: u32,
    pub ipv6: Vec<Ipv6Addr>,
    pub ipv6_count: Option<u32>,
}

impl Secondary {
    /// Takes away what is no longer asked for, then adds what is missing.
    pub fn bring<A: Account>(&self, account: &mut A, id: &NetworkInterfaceId, from: &Secondary) -> Result<(), Failure> {
        self.bring_ipv4(account, id, from)?;
        self.bring_ipv6(account, id, from)
    }

    fn bring_ipv4<A: Account>(
        &self,
        account: &mut A,
        id: &NetworkInterfaceId,
        from: &Secondary,
    ) -> Result<(), Failure> {
        let held = |account: &A| -> Vec<Ipv4Addr> {
            let cloud = account.cloud();
            let addresses = cloud.interfaces.get(id).map(|i| i.private_ips.clone()).unwrap_or_default();
            addresses.into_iter().skip(1).collect()
        };
        let there = held(account);
        let mut gone: Vec<_> =
            from.named.iter().filter(|ip| !self.named.contains(ip) && there.contains(ip)).copied().collect();
        // Of those that nobody named the last ones go first.
        let chosen = there.iter().rev().filter(|ip| !from.named.contains(ip) && !self.named.contains(ip));
        gone.extend(chosen.take(from.count.saturating_sub(self.count) as usize));
        if !gone.is_empty() {
            let (network_interface_id, private_ip_addresses) = (id.clone(), gone);
            account.run(UnassignPrivateIpAddresses { network_interface_id, private_ip_addresses })?;
        }
        let there = held(account);
        let added: Vec<_> = self.named.iter().filter(|ip| !there.contains(ip)).copied().collect();
        let more = self.count.saturating_sub(from.count);
        for (private_ip_addresses, count) in [(added, None), (Vec::new(), Some(more))] {
            if !private_ip_addresses.is_empty() || count.is_some_and(|count| count > 0) {
                account.run(AssignPrivateIpAddresses {
                    network_interface_id: id.clone(),
                    private_ip_addresses,
                    secondary_private_ip_address_count: count,
                    allow_reassignment: false,
                })?;
            }
        }
        Ok(())
    }

    fn bring_ipv6<A: Account>(
        &self,
        account: &mut A,
        id: &NetworkInterfaceId,
        from: &Secondary,
    ) -> Result<(), Failure> {
        if (&self.ipv6, self.ipv6_count) == (&from.ipv6, from.ipv6_count) {
            return Ok(());
        }
        let held = account.cloud().interfaces.get(id).map(|i| i.ipv6_addresses.clone()).unwrap_or_default();
        let mut gone: Vec<Ipv6Addr> = held.iter().filter(|ip| !self.ipv6.contains(ip)).copied().collect();
        if let Some(count) = self.ipv6_count {
            gone = held.iter().skip(count as usize).copied().collect();
        }
        if !gone.is_empty() {
            let (network_interface_id, ipv6_addresses) = (id.clone(), gone);
            account.run(UnassignIpv6Addresses { network_interface_id, ipv6_addresses })?;
        }
        let ipv6_addresses: Vec<_> = self.ipv6.iter().filter(|ip| !held.contains(ip)).copied().collect();
        let missing = self.ipv6_count.unwrap_or(0).saturating_sub(u32::try_from(held.len()).unwrap_or(u32::MAX));
        let ipv6_address_count = (missing > 0).then_some(missing);
        if !ipv6_addresses.is_empty() || ipv6_address_count.is_some() {
            let network_interface_id = id.clone();
            account.run(AssignIpv6Addresses { network_interface_id, ipv6_addresses, ipv6_address_count })?;
        }
        Ok(())
    }
}

/// The addresses that the properties speak of, as they are now.
pub fn live<'a>(live: Live<'a>, interface: &NetworkInterface, given: &Map<String, Json>) -> Live<'a> {
    let address = |(at, ip): (usize, &Ipv4Addr)| json!({ "Primary": at == 0, "PrivateIpAddress": ip.to_string() });
    // A list without a primary address lists secondary ones; those that were only counted are in none.
    let with_primary = primary_of(given.get("PrivateIpAddresses")).is_some();
    let all: Vec<Json> =
        interface.private_ips.iter().enumerate().skip(usize::from(!with_primary)).map(address).collect();
    let ipv6: Vec<Json> = interface.ipv6_addresses.iter().map(|ip| json!({ "Ipv6Address": ip.to_string() })).collect();
    let secondary = interface.private_ips.len().saturating_sub(1);
    let counted = given.contains_key("SecondaryPrivateIpAddressCount");
    let live = match counted {
        true => live.is("SecondaryPrivateIpAddressCount", secondary),
        false => live.is("PrivateIpAddresses", all),
    };
    live.is("Ipv6AddressCount", interface.ipv6_addresses.len())
        .is("Ipv6Addresses", ipv6)
        .may_be("PrivateIpAddress", interface.private_ips.first().map(ToString::to_string))
}
