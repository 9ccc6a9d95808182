//! A subnet as AWS shows and filters it.

use crate::ec2::arn::arn;
use crate::ec2::block_public_access::BlockPublicAccessStates;
use crate::ec2::filter::FilterOf;
use crate::ec2::listing::Listed;
use crate::ec2::tag::{self, Tag};
use croft_control::Cloud;
use croft_model::subnet::{HostnameType, Subnet, SubnetIpv6CidrBlock};
use croft_model::{SubnetId, Tags};
use imbl::OrdMap;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubnetOutput {
    availability_zone: String,
    availability_zone_id: Option<String>,
    available_ip_address_count: u32,
    cidr_block: String,
    default_for_az: bool,
    map_public_ip_on_launch: bool,
    map_customer_owned_ip_on_launch: bool,
    state: &'static str,
    subnet_id: String,
    vpc_id: String,
    owner_id: String,
    assign_ipv6_address_on_creation: bool,
    ipv6_cidr_block_association_set: Vec<SubnetIpv6CidrBlockAssociation>,
    tags: Vec<Tag>,
    subnet_arn: String,
    enable_dns64: bool,
    ipv6_native: bool,
    private_dns_name_options_on_launch: PrivateDnsNameOptionsOnLaunch,
    block_public_access_states: BlockPublicAccessStates,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PrivateDnsNameOptionsOnLaunch {
    hostname_type: HostnameType,
    enable_resource_name_dns_a_record: bool,
    #[serde(rename = "EnableResourceNameDnsAAAARecord")]
    enable_resource_name_dns_aaaa_record: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubnetIpv6CidrBlockAssociation {
    association_id: String,
    ipv6_cidr_block: String,
    ipv6_cidr_block_state: SubnetCidrBlockState,
    ipv6_address_attribute: &'static str,
    ip_source: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SubnetCidrBlockState {
    state: &'static str,
}

const ASSOCIATED: &str = "associated";

impl SubnetIpv6CidrBlockAssociation {
    pub fn associating(block: &SubnetIpv6CidrBlock) -> SubnetIpv6CidrBlockAssociation {
        SubnetIpv6CidrBlockAssociation::of(block, "associating")
    }

    pub fn associated(block: &SubnetIpv6CidrBlock) -> SubnetIpv6CidrBlockAssociation {
        SubnetIpv6CidrBlockAssociation::of(block, ASSOCIATED)
    }

    pub fn disassociating(block: &SubnetIpv6CidrBlock) -> SubnetIpv6CidrBlockAssociation {
        SubnetIpv6CidrBlockAssociation::of(block, "disassociating")
    }

    fn of(block: &SubnetIpv6CidrBlock, state: &'static str) -> SubnetIpv6CidrBlockAssociation {
        SubnetIpv6CidrBlockAssociation {
            association_id: block.association.to_string(),
            ipv6_cidr_block: block.block.to_string(),
            ipv6_cidr_block_state: SubnetCidrBlockState { state },
            ipv6_address_attribute: "public",
            ip_source: "amazon",
        }
    }
}

impl SubnetOutput {
    pub fn of(cloud: &Cloud, subnet: &Subnet) -> SubnetOutput {
        let ipv6 = subnet.ipv6_cidr_block.iter();
        SubnetOutput {
            availability_zone: subnet.zone.clone(),
            availability_zone_id: cloud.zones.get(&subnet.zone).map(|z| z.id.clone()),
            available_ip_address_count: cloud.available_ip_address_count(subnet),
            cidr_block: subnet.block.to_string(),
            default_for_az: subnet.default_for_az,
            map_public_ip_on_launch: subnet.map_public_ip_on_launch,
            map_customer_owned_ip_on_launch: false,
            state: "available",
            subnet_id: subnet.id.to_string(),
            vpc_id: subnet.vpc.to_string(),
            owner_id: subnet.scope.account.to_string(),
            assign_ipv6_address_on_creation: subnet.assign_ipv6_address_on_creation,
            ipv6_cidr_block_association_set: ipv6.map(SubnetIpv6CidrBlockAssociation::associated).collect(),
            tags: tag::shown(&subnet.tags),
            subnet_arn: subnet_arn(subnet),
            enable_dns64: subnet.enable_dns64,
            ipv6_native: false,
            private_dns_name_options_on_launch: PrivateDnsNameOptionsOnLaunch {
                hostname_type: subnet.private_dns.hostname_type,
                enable_resource_name_dns_a_record: subnet.private_dns.resource_name_a_record,
                enable_resource_name_dns_aaaa_record: subnet.private_dns.resource_name_aaaa_record,
            },
            block_public_access_states: BlockPublicAccessStates::of(cloud.internet_gateway_block_mode(subnet)),
        }
    }
}

fn subnet_arn(subnet: &Subnet) -> String {
    arn(&subnet.scope, "subnet", &subnet.id)
}

fn hostname_type(subnet: &Subnet) -> &'static str {
    match subnet.private_dns.hostname_type {
        HostnameType::IpName => "ip-name",
        HostnameType::ResourceName => "resource-name",
    }
}

/// Filters under their names and the older ones that clients still use.
impl Listed for Subnet {
    type Id = SubnetId;
    const FILTERS: &'static [FilterOf<Subnet>] = &[
        ("availability-zone", |_, subnet, found| found.text(&subnet.zone)),
        ("availabilityZone", |_, subnet, found| found.text(&subnet.zone)),
        ("availability-zone-id", |cloud, subnet, found| {
            cloud.zones.get(&subnet.zone).into_iter().for_each(|z| found.text(&z.id));
        }),
        ("availabilityZoneId", |cloud, subnet, found| {
            cloud.zones.get(&subnet.zone).into_iter().for_each(|z| found.text(&z.id));
        }),
        ("available-ip-address-count", |cloud, subnet, found| found.show(cloud.available_ip_address_count(subnet))),
        ("cidr", |_, subnet, found| found.show(subnet.block)),
        ("cidr-block", |_, subnet, found| found.show(subnet.block)),
        ("cidrBlock", |_, subnet, found| found.show(subnet.block)),
        ("customer-owned-ipv4-pool", |_, _, _| {}),
        ("default-for-az", |_, subnet, found| found.flag(subnet.default_for_az)),
        ("defaultForAz", |_, subnet, found| found.flag(subnet.default_for_az)),
        ("enable-dns64", |_, subnet, found| found.flag(subnet.enable_dns64)),
        ("enable-lni-at-device-index", |_, _, _| {}),
        ("ipv6-cidr-block-association.association-id", |_, subnet, found| {
            subnet.ipv6_cidr_block.iter().for_each(|b| found.text(b.association.as_str()));
        }),
        ("ipv6-cidr-block-association.ipv6-cidr-block", |_, subnet, found| {
            subnet.ipv6_cidr_block.iter().for_each(|b| found.show(b.block));
        }),
        ("ipv6-cidr-block-association.state", |_, subnet, found| {
            subnet.ipv6_cidr_block.iter().for_each(|_| found.text(ASSOCIATED));
        }),
        ("ipv6-native", |_, _, found| found.flag(false)),
        ("map-customer-owned-ip-on-launch", |_, _, found| found.flag(false)),
        ("map-public-ip-on-launch", |_, subnet, found| found.flag(subnet.map_public_ip_on_launch)),
        ("outpost-arn", |_, _, _| {}),
        ("owner-id", |_, subnet, found| found.text(subnet.scope.account.as_str())),
        ("private-dns-name-options-on-launch.hostname-type", |_, subnet, found| found.text(hostname_type(subnet))),
        ("private-dns-name-options-on-launch.enable-resource-name-dns-a-record", |_, subnet, found| {
            found.flag(subnet.private_dns.resource_name_a_record);
        }),
        ("private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record", |_, subnet, found| {
            found.flag(subnet.private_dns.resource_name_aaaa_record);
        }),
        ("state", |_, _, found| found.text("available")),
        ("subnet-arn", |_, subnet, found| found.text(&subnet_arn(subnet))),
        ("subnet-id", |_, subnet, found| found.text(subnet.id.as_str())),
        ("vpc-id", |_, subnet, found| found.text(subnet.vpc.as_str())),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<SubnetId, Subnet> {
        &cloud.subnets
    }
    fn id(&self) -> &SubnetId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}
