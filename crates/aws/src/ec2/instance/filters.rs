//! The filters of `DescribeInstances`.

use super::super::filter::{FilterOf, Match};
use super::interface::{interface, private_name, public_name};
use super::output::{block_devices, profile, state_reason, tenancy};
use crate::timestamp::iso8601_millis;
use croft_control::Cloud;
use croft_model::image::{self, Image};
use croft_model::instance::Instance;
use croft_model::instance_type;
use croft_model::interface::{AttachmentStatus, NetworkInterface};
use croft_model::subnet::Subnet;
use croft_model::vpc::Vpc;
use std::net::Ipv4Addr;

type Found<'m> = Match<'m>;

fn primary<'c>(cloud: &'c Cloud, instance: &Instance) -> Option<&'c NetworkInterface> {
    cloud.interfaces.get(instance.interfaces.first()?)
}

fn subnet<'c>(cloud: &'c Cloud, instance: &Instance) -> Option<&'c Subnet> {
    cloud.subnets.get(&primary(cloud, instance)?.subnet)
}

fn vpc<'c>(cloud: &'c Cloud, instance: &Instance) -> Option<&'c Vpc> {
    cloud.vpcs.get(&primary(cloud, instance)?.vpc)
}

fn image_of(instance: &Instance) -> Option<&'static Image> {
    image::of(&instance.image)
}

fn private(cloud: &Cloud, instance: &Instance) -> Option<Ipv4Addr> {
    primary(cloud, instance)?.private_ips.first().copied()
}

fn public(cloud: &Cloud, instance: &Instance) -> Option<Ipv4Addr> {
    let primary = primary(cloud, instance)?;
    cloud.public_ip(primary, *primary.private_ips.first()?)
}

fn time(found: &mut Found<'_>, seconds: u64) {
    found.text(&iso8601_millis(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000)));
}

fn option(found: &mut Found<'_>, value: Option<impl std::fmt::Display>) {
    value.into_iter().for_each(|value| found.show(value));
}

fn word(found: &mut Found<'_>, on: bool) {
    found.text(if on { "enabled" } else { "disabled" });
}

/// Every interface of the instance in turn.
fn each<'c>(cloud: &'c Cloud, instance: &'c Instance) -> impl Iterator<Item = &'c NetworkInterface> {
    instance.interfaces.iter().filter_map(|id| cloud.interfaces.get(id))
}

/// The public addresses of every private address of every interface.
fn associations<'c>(
    cloud: &'c Cloud,
    instance: &'c Instance,
    primary_only: bool,
) -> impl Iterator<Item = (&'c NetworkInterface, Ipv4Addr)> {
    each(cloud, instance).flat_map(move |i| {
        let many = if primary_only { 1 } else { i.private_ips.len() };
        i.private_ips.iter().take(many).filter_map(move |ip| Some((i, cloud.public_ip(i, *ip)?)))
    })
}

/// The Elastic IPs on the instance.
fn elastic<'c>(
    cloud: &'c Cloud,
    instance: &'c Instance,
    primary_only: bool,
) -> impl Iterator<Item = &'c croft_model::address::Address> {
    cloud.addresses_in(&instance.scope).filter(move |a| {
        a.association.as_ref().is_some_and(|on| {
            let interface = cloud.interfaces.get(&on.interface);
            instance.interfaces.contains(&on.interface)
                && (!primary_only || interface.is_some_and(|i| i.private_ips.first() == Some(&on.private_ip)))
        })
    })
}

fn owner(interface: &NetworkInterface, public: Ipv4Addr) -> &str {
    match interface.auto_public_ip == Some(public) {
        true => "amazon",
        false => interface.scope.account.as_str(),
    }
}

/// What Croft's instances never have: no value is ever found.
fn none(_: &Cloud, _: &Instance, _: &mut Found<'_>) {}

pub(super) const FILTERS: &[FilterOf<Instance>] = &[
    ("affinity", none),
    ("architecture", |_, i, found| {
        let of_type = || instance_type::of(&i.instance_type).map(|t| t.architecture());
        let architecture = image_of(i).map(|image| image.architecture).or_else(of_type);
        found.text(architecture.map_or("x86_64", |a| a.as_str()));
    }),
    ("availability-zone", |c, i, found| option(found, subnet(c, i).map(|s| &s.zone))),
    ("availability-zone-id", |c, i, found| {
        option(found, subnet(c, i).and_then(|s| c.zones.get(&s.zone)).map(|z| &z.id))
    }),
    ("block-device-mapping.attach-time", |c, i, found| {
        block_devices(c, i).iter().for_each(|d| time(found, d.ebs.attach_time / 1000));
    }),
    ("block-device-mapping.delete-on-termination", |c, i, found| {
        block_devices(c, i).iter().for_each(|d| found.flag(d.ebs.delete_on_termination));
    }),
    ("block-device-mapping.device-name", |c, i, found| {
        block_devices(c, i).iter().for_each(|d| found.text(&d.device_name));
    }),
    ("block-device-mapping.status", |c, i, found| block_devices(c, i).iter().for_each(|d| found.text(d.ebs.status))),
    ("block-device-mapping.volume-id", |_, i, found| i.volumes.iter().for_each(|v| found.text(v.as_str()))),
    ("boot-mode", |_, i, found| option(found, image_of(i).map(|image| image.boot.as_str()))),
    ("capacity-reservation-id", none),
    ("capacity-reservation-specification.capacity-reservation-preference", |_, _, found| found.text("open")),
    ("capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id", none),
    ("capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn", none),
    ("client-token", |_, i, found| option(found, i.launch.client_token.as_ref())),
    ("current-instance-boot-mode", |c, i, found| {
        found.text(super::InstanceOutput::of(c, i).current_instance_boot_mode)
    }),
    ("dns-name", |c, i, found| option(found, public(c, i).map(|ip| public_name(vpc(c, i), &i.scope, ip)))),
    ("ebs-optimized", |_, i, found| found.flag(i.options.ebs_optimized)),
    ("ena-support", |_, _, found| found.flag(true)),
    ("enclave-options.enabled", |_, i, found| found.flag(i.options.enclave)),
    ("hibernation-options.configured", |_, i, found| found.flag(i.options.hibernation)),
    ("host-id", none),
    ("hypervisor", |_, _, found| found.text("xen")),
    ("iam-instance-profile.arn", |_, i, found| option(found, profile(i).map(|p| p.arn))),
    ("iam-instance-profile.id", |_, i, found| option(found, profile(i).map(|p| p.id))),
    ("iam-instance-profile.name", |_, i, found| option(found, i.instance_profile.as_ref())),
    ("image-id", |_, i, found| found.text(&i.image)),
    ("instance-id", |_, i, found| found.text(i.id.as_str())),
    ("instance-lifecycle", none),
    ("instance-state-code", |_, i, found| found.show(i.state.code())),
    ("instance-state-name", |_, i, found| found.text(i.state.as_str())),
    ("instance-type", |_, i, found| found.text(&i.instance_type)),
    ("instance.group-id", |c, i, found| {
        primary(c, i).into_iter().flat_map(|p| &p.groups).for_each(|g| found.text(g.as_str()));
    }),
    ("instance.group-name", |c, i, found| {
        let groups = primary(c, i).into_iter().flat_map(|p| &p.groups);
        groups.filter_map(|g| c.security_groups.get(g)).for_each(|g| found.text(&g.name));
    }),
    ("ip-address", |c, i, found| option(found, public(c, i))),
    ("ipv6-address", |c, i, found| {
        primary(c, i).into_iter().flat_map(|p| &p.ipv6_addresses).for_each(|ip| found.show(ip));
    }),
    ("kernel-id", none),
    ("key-name", |_, i, found| option(found, i.key_name.as_ref())),
    ("launch-index", |_, i, found| found.show(i.launch.index)),
    ("launch-time", |_, i, found| time(found, i.launched)),
    ("maintenance-options.auto-recovery", |_, i, found| switch(found, i.options.auto_recovery)),
    ("metadata-options.http-endpoint", |_, i, found| word(found, i.metadata.endpoint)),
    ("metadata-options.http-protocol-ipv4", |_, i, found| word(found, i.metadata.endpoint)),
    ("metadata-options.http-protocol-ipv6", |_, i, found| word(found, i.metadata.ipv6)),
    ("metadata-options.http-put-response-hop-limit", |_, i, found| found.show(i.metadata.hop_limit)),
    ("metadata-options.http-tokens", |_, i, found| {
        found.text(if i.metadata.tokens_required { "required" } else { "optional" });
    }),
    ("metadata-options.instance-metadata-tags", |_, i, found| word(found, i.metadata.instance_tags)),
    ("metadata-options.state", |_, _, found| found.text("applied")),
    ("monitoring-state", |_, i, found| word(found, i.options.monitoring)),
    ("network-interface.addresses.association.allocation-id", |c, i, found| {
        elastic(c, i, false).for_each(|a| found.text(a.id.as_str()));
    }),
    ("network-interface.addresses.association.association-id", |c, i, found| {
        elastic(c, i, false).filter_map(|a| a.association.as_ref()).for_each(|on| found.text(on.id.as_str()));
    }),
    ("network-interface.addresses.association.carrier-ip", none),
    ("network-interface.addresses.association.customer-owned-ip", none),
    ("network-interface.addresses.association.ip-owner-id", |c, i, found| {
        associations(c, i, false).for_each(|(interface, ip)| found.text(owner(interface, ip)));
    }),
    ("network-interface.addresses.association.public-dns-name", |c, i, found| {
        associations(c, i, false).for_each(|(_, ip)| found.text(&public_name(vpc(c, i), &i.scope, ip)));
    }),
    ("network-interface.addresses.association.public-ip", |c, i, found| {
        associations(c, i, false).for_each(|(_, ip)| found.show(ip));
    }),
    ("network-interface.addresses.primary", |c, i, found| {
        each(c, i).for_each(|n| n.private_ips.iter().enumerate().for_each(|(at, _)| found.flag(at == 0)));
    }),
    ("network-interface.addresses.private-dns-name", |c, i, found| {
        let all = each(c, i).flat_map(|n| &n.private_ips);
        all.for_each(|ip| option(found, private_name(vpc(c, i), &i.scope, *ip)));
    }),
    ("network-interface.addresses.private-ip-address", |c, i, found| {
        each(c, i).flat_map(|n| &n.private_ips).for_each(|ip| found.show(ip));
    }),
    ("network-interface.association.allocation-id", |c, i, found| {
        elastic(c, i, true).for_each(|a| found.text(a.id.as_str()));
    }),
    ("network-interface.association.association-id", |c, i, found| {
        elastic(c, i, true).filter_map(|a| a.association.as_ref()).for_each(|on| found.text(on.id.as_str()));
    }),
    ("network-interface.association.carrier-ip", none),
    ("network-interface.association.customer-owned-ip", none),
    ("network-interface.association.ip-owner-id", |c, i, found| {
        associations(c, i, true).for_each(|(interface, ip)| found.text(owner(interface, ip)));
    }),
    ("network-interface.association.public-dns-name", |c, i, found| {
        associations(c, i, true).for_each(|(_, ip)| found.text(&public_name(vpc(c, i), &i.scope, ip)));
    }),
    ("network-interface.association.public-ip", |c, i, found| {
        associations(c, i, true).for_each(|(_, ip)| found.show(ip));
    }),
    ("network-interface.attachment.attach-time", |c, i, found| {
        each(c, i).filter_map(|n| n.attachment.as_ref()).for_each(|a| time(found, a.attached));
    }),
    ("network-interface.attachment.attachment-id", |c, i, found| {
        each(c, i).filter_map(|n| n.attachment.as_ref()).for_each(|a| found.text(a.id.as_str()));
    }),
    ("network-interface.attachment.delete-on-termination", |c, i, found| {
        each(c, i).filter_map(|n| n.attachment.as_ref()).for_each(|a| found.flag(a.delete_on_termination));
    }),
    ("network-interface.attachment.device-index", |c, i, found| {
        each(c, i).filter_map(|n| n.attachment.as_ref()).for_each(|a| found.show(a.device_index));
    }),
    ("network-interface.attachment.instance-id", |c, i, found| each(c, i).for_each(|_| found.text(i.id.as_str()))),
    ("network-interface.attachment.instance-owner-id", |c, i, found| {
        each(c, i).for_each(|_| found.text(i.scope.account.as_str()));
    }),
    ("network-interface.attachment.network-card-index", |c, i, found| each(c, i).for_each(|_| found.text("0"))),
    ("network-interface.attachment.status", |c, i, found| {
        each(c, i).filter_map(|n| n.attachment.as_ref()).for_each(|a| {
            found.text(match a.status {
                AttachmentStatus::Attaching => "attaching",
                AttachmentStatus::Attached => "attached",
            });
        });
    }),
    ("network-interface.availability-zone", |c, i, found| {
        each(c, i).filter_map(|n| c.subnets.get(&n.subnet)).for_each(|s| found.text(&s.zone));
    }),
    ("network-interface.deny-all-igw-traffic", |c, i, found| each(c, i).for_each(|_| found.flag(false))),
    ("network-interface.description", |c, i, found| each(c, i).for_each(|n| found.text(&n.description))),
    ("network-interface.group-id", |c, i, found| {
        each(c, i).flat_map(|n| &n.groups).for_each(|g| found.text(g.as_str()));
    }),
    ("network-interface.group-name", |c, i, found| {
        let groups = each(c, i).flat_map(|n| &n.groups).filter_map(|g| c.security_groups.get(g));
        groups.for_each(|g| found.text(&g.name));
    }),
    ("network-interface.ipv4-prefixes.ipv4-prefix", none),
    ("network-interface.ipv6-address", |c, i, found| {
        each(c, i).flat_map(|n| &n.ipv6_addresses).for_each(|ip| found.show(ip));
    }),
    ("network-interface.ipv6-addresses.ipv6-address", |c, i, found| {
        each(c, i).flat_map(|n| &n.ipv6_addresses).for_each(|ip| found.show(ip));
    }),
    ("network-interface.ipv6-addresses.is-primary-ipv6", |c, i, found| {
        let shown = each(c, i).map(|n| interface(c, n));
        shown.flat_map(|n| n.ipv6_addresses).for_each(|a| found.flag(a.is_primary_ipv6));
    }),
    ("network-interface.ipv6-native", |c, i, found| each(c, i).for_each(|_| found.flag(false))),
    ("network-interface.ipv6-prefixes.ipv6-prefix", none),
    ("network-interface.mac-address", |c, i, found| {
        each(c, i).for_each(|n| found.text(&n.mac.map(|b| format!("{b:02x}")).join(":")));
    }),
    ("network-interface.network-interface-id", |_, i, found| {
        i.interfaces.iter().for_each(|n| found.text(n.as_str()));
    }),
    ("network-interface.operator.managed", |c, i, found| each(c, i).for_each(|_| found.flag(false))),
    ("network-interface.operator.principal", none),
    ("network-interface.outpost-arn", none),
    ("network-interface.owner-id", |c, i, found| each(c, i).for_each(|n| found.text(n.scope.account.as_str()))),
    ("network-interface.private-dns-name", |c, i, found| {
        let primaries = each(c, i).filter_map(|n| n.private_ips.first());
        primaries.for_each(|ip| option(found, private_name(vpc(c, i), &i.scope, *ip)));
    }),
    ("network-interface.private-ip-address", |c, i, found| {
        each(c, i).filter_map(|n| n.private_ips.first()).for_each(|ip| found.show(ip));
    }),
    ("network-interface.public-dns-name", |c, i, found| {
        associations(c, i, true).for_each(|(_, ip)| found.text(&public_name(vpc(c, i), &i.scope, ip)));
    }),
    ("network-interface.requester-id", none),
    ("network-interface.requester-managed", |c, i, found| each(c, i).for_each(|_| found.flag(false))),
    ("network-interface.status", |c, i, found| each(c, i).for_each(|_| found.text("in-use"))),
    ("network-interface.source-dest-check", |c, i, found| each(c, i).for_each(|n| found.flag(n.source_dest_check))),
    ("network-interface.subnet-id", |c, i, found| each(c, i).for_each(|n| found.text(n.subnet.as_str()))),
    ("network-interface.tag-key", |c, i, found| {
        each(c, i).flat_map(|n| n.tags.keys()).for_each(|key| found.text(key));
    }),
    ("network-interface.tag-value", |c, i, found| {
        each(c, i).flat_map(|n| n.tags.values()).for_each(|value| found.text(value));
    }),
    ("network-interface.vpc-id", |c, i, found| each(c, i).for_each(|n| found.text(n.vpc.as_str()))),
    ("network-performance-options.bandwidth-weighting", |_, _, found| found.text("default")),
    ("operator.managed", |_, _, found| found.flag(false)),
    ("operator.principal", none),
    ("outpost-arn", none),
    ("owner-id", |_, i, found| found.text(i.scope.account.as_str())),
    ("placement-group-name", none),
    ("placement-partition-number", none),
    ("platform", |_, i, found| {
        let windows = image_of(i).is_some_and(|image| image.platform == image::Platform::Windows);
        // AWS documents the small letters and shows the large one.
        [("windows", windows), ("Windows", windows)].iter().filter(|(_, w)| *w).for_each(|(name, _)| found.text(name));
    }),
    ("platform-details", |_, i, found| option(found, image_of(i).map(|image| image.platform.details()))),
    ("private-dns-name", |c, i, found| found.text(&super::InstanceOutput::of(c, i).private_dns_name)),
    ("private-dns-name-options.enable-resource-name-dns-a-record", |_, i, found| {
        found.flag(i.options.private_dns.resource_name_a_record);
    }),
    ("private-dns-name-options.enable-resource-name-dns-aaaa-record", |_, i, found| {
        found.flag(i.options.private_dns.resource_name_aaaa_record);
    }),
    ("private-dns-name-options.hostname-type", |_, i, found| {
        use croft_model::instance::HostnameType;
        found.text(match i.options.private_dns.hostname_type {
            HostnameType::IpName => "ip-name",
            HostnameType::ResourceName => "resource-name",
        });
    }),
    ("private-ip-address", |c, i, found| option(found, private(c, i))),
    ("product-code", none),
    ("product-code.type", none),
    ("ramdisk-id", none),
    ("reason", |_, i, found| found.text(i.transition_reason())),
    ("requester-id", none),
    ("reservation-id", |_, i, found| option(found, i.launch.reservation.as_ref())),
    ("root-device-name", |_, i, found| found.text(image_of(i).map_or("/dev/xvda", |image| image.root_device))),
    ("root-device-type", |_, _, found| found.text("ebs")),
    ("source-dest-check", |c, i, found| option(found, primary(c, i).map(|n| n.source_dest_check))),
    ("spot-instance-request-id", none),
    ("state-reason-code", |_, i, found| option(found, state_reason(i).map(|r| r.code))),
    ("state-reason-message", |_, i, found| option(found, state_reason(i).map(|r| r.message))),
    ("subnet-id", |c, i, found| option(found, primary(c, i).map(|n| &n.subnet))),
    ("tenancy", |c, i, found| found.text(tenancy(i, vpc(c, i)))),
    ("tpm-support", none),
    ("usage-operation", |_, i, found| option(found, image_of(i).map(|image| image.platform.usage_operation()))),
    ("usage-operation-update-time", |_, i, found| time(found, i.launched)),
    ("virtualization-type", |_, _, found| found.text("hvm")),
    ("vpc-id", |c, i, found| option(found, primary(c, i).map(|n| &n.vpc))),
];

fn switch(found: &mut Found<'_>, value: croft_model::instance::Switch) {
    found.text(match value {
        croft_model::instance::Switch::Default => "default",
        croft_model::instance::Switch::Disabled => "disabled",
    });
}
