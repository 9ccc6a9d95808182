//! What network interfaces are described by.

use super::super::filter::{FilterOf, Match};
use super::super::listing::Listed;
use super::output::*;
use crate::timestamp;
use croft_control::Cloud;
use croft_model::interface::{Attachment, InterfaceKind, NetworkInterface};
use croft_model::{NetworkInterfaceId, Tags};
use imbl::OrdMap;

impl Listed for NetworkInterface {
    type Id = NetworkInterfaceId;
    const FILTERS: &'static [FilterOf<NetworkInterface>] = &[
        ("addresses.association.allocation-id", |cloud, i, found| every(cloud, i, found, allocation)),
        ("addresses.association.association-id", |cloud, i, found| every(cloud, i, found, association)),
        ("addresses.association.owner-id", |cloud, i, found| every(cloud, i, found, owner)),
        ("addresses.association.public-dns-name", |cloud, i, found| every(cloud, i, found, name)),
        ("addresses.association.public-ip", |cloud, i, found| every(cloud, i, found, public_ip)),
        ("addresses.primary", |_, i, found| {
            found.flag(true);
            if i.private_ips.len() > 1 {
                found.flag(false);
            }
        }),
        ("addresses.private-ip-address", |_, i, found| i.private_ips.iter().for_each(|ip| found.show(ip))),
        ("association.allocation-id", |cloud, i, found| first(cloud, i, found, allocation)),
        ("association.association-id", |cloud, i, found| first(cloud, i, found, association)),
        ("association.ip-owner-id", |cloud, i, found| first(cloud, i, found, owner)),
        ("association.public-dns-name", |cloud, i, found| first(cloud, i, found, name)),
        ("association.public-ip", |cloud, i, found| first(cloud, i, found, public_ip)),
        ("attachment.attach-time", |_, i, found| attached(i, found, |a, found| found.text(&time(a)))),
        ("attachment.attachment-id", |_, i, found| match i.kind {
            InterfaceKind::NatGateway(_) => found.text(&service_attachment(i)),
            InterfaceKind::Interface => attached(i, found, |a, found| found.text(a.id.as_str())),
        }),
        ("attachment.delete-on-termination", |_, i, found| match i.kind {
            InterfaceKind::NatGateway(_) => found.flag(false),
            InterfaceKind::Interface => attached(i, found, |a, found| found.flag(a.delete_on_termination)),
        }),
        ("attachment.device-index", |_, i, found| match i.kind {
            InterfaceKind::NatGateway(_) => found.text("1"),
            InterfaceKind::Interface => attached(i, found, |a, found| found.show(a.device_index)),
        }),
        ("attachment.instance-id", |_, i, found| attached(i, found, |a, found| found.text(a.instance.as_str()))),
        ("attachment.instance-owner-id", |_, i, found| match i.kind {
            InterfaceKind::NatGateway(_) => found.text(SERVICE),
            InterfaceKind::Interface if i.attachment.is_some() => found.text(i.scope.account.as_str()),
            InterfaceKind::Interface => {}
        }),
        ("attachment.status", |_, i, found| attachment_status(i).into_iter().for_each(|s| found.text(s))),
        ("availability-zone", |cloud, i, found| zone_of(cloud, i).into_iter().for_each(|(name, _)| found.text(name))),
        ("availability-zone-id", |cloud, i, found| zone_of(cloud, i).into_iter().for_each(|(_, id)| found.text(id))),
        ("description", |_, i, found| found.text(&i.description)),
        ("group-id", |_, i, found| i.groups.iter().for_each(|id| found.text(id.as_str()))),
        ("group-name", |cloud, i, found| {
            i.groups.iter().filter_map(|id| cloud.security_groups.get(id)).for_each(|g| found.text(&g.name));
        }),
        ("interface-type", |_, i, found| found.text(interface_type(i))),
        ("ipv6-addresses.ipv6-address", |_, i, found| i.ipv6_addresses.iter().for_each(|ip| found.show(ip))),
        ("mac-address", |_, i, found| found.text(&mac(i))),
        ("network-interface-id", |_, i, found| found.text(i.id.as_str())),
        ("operator.managed", |_, _, found| found.flag(false)),
        // Of managed interfaces only, and there are none.
        ("operator.principal", |_, _, _| {}),
        ("owner-id", |_, i, found| found.text(i.scope.account.as_str())),
        ("private-dns-name", |cloud, i, found| {
            i.private_ips.iter().filter_map(|ip| private_name(cloud, i, *ip)).for_each(|name| found.text(&name));
        }),
        ("private-ip-address", |_, i, found| i.private_ips.iter().for_each(|ip| found.show(ip))),
        ("requester-id", |_, i, found| found.text(requester(i))),
        ("requester-managed", |_, i, found| found.flag(i.kind != InterfaceKind::Interface)),
        ("source-dest-check", |_, i, found| found.flag(source_dest_check(i))),
        ("status", |_, i, found| found.text(status(i))),
        ("subnet-id", |_, i, found| found.text(i.subnet.as_str())),
        ("vpc-id", |_, i, found| found.text(i.vpc.as_str())),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<NetworkInterfaceId, NetworkInterface> {
        &cloud.interfaces
    }
    fn id(&self) -> &NetworkInterfaceId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}

/// A value of the public address that a private one has.
type Of = fn(AssociationOutput) -> Option<String>;

fn every(cloud: &Cloud, interface: &NetworkInterface, found: &mut Match<'_>, of: Of) {
    let all = interface.private_ips.iter().filter_map(|ip| AssociationOutput::of(cloud, interface, *ip));
    all.filter_map(of).for_each(|value| found.text(&value));
}

fn first(cloud: &Cloud, interface: &NetworkInterface, found: &mut Match<'_>, of: Of) {
    let primary = interface.private_ips.first();
    let one = primary.and_then(|ip| AssociationOutput::of(cloud, interface, *ip));
    one.and_then(of).into_iter().for_each(|value| found.text(&value));
}

fn allocation(association: AssociationOutput) -> Option<String> {
    association.allocation_id
}

fn association(association: AssociationOutput) -> Option<String> {
    association.association_id
}

fn owner(association: AssociationOutput) -> Option<String> {
    Some(association.ip_owner_id)
}

fn name(association: AssociationOutput) -> Option<String> {
    Some(association.public_dns_name)
}

fn public_ip(association: AssociationOutput) -> Option<String> {
    Some(association.public_ip)
}

fn attached(interface: &NetworkInterface, found: &mut Match<'_>, of: fn(&Attachment, &mut Match<'_>)) {
    if let Some(attachment) = &interface.attachment {
        of(attachment, found);
    }
}

fn time(attachment: &Attachment) -> String {
    timestamp::iso8601_millis(i64::try_from(attachment.attached).unwrap_or(i64::MAX).saturating_mul(1000))
}
