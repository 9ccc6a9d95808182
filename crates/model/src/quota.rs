//! Quotas are data with AWS's defaults and can be raised (row NET-10).

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quotas {
    pub vpcs_per_region: u32,
    pub cidr_blocks_per_vpc: u32,
    pub ipv6_cidr_blocks_per_vpc: u32,
    pub subnets_per_vpc: u32,
    pub internet_gateways_per_region: u32,
    pub egress_only_internet_gateways_per_region: u32,
    pub nat_gateways_per_zone: u32,
    pub elastic_ips_per_region: u32,
    pub elastic_ips_per_nat_gateway: u32,
    pub route_tables_per_vpc: u32,
    pub routes_per_table: u32,
    pub security_groups_per_region: u32,
    pub rules_per_security_group: u32,
    pub security_groups_per_interface: u32,
    pub network_acls_per_vpc: u32,
    pub entries_per_network_acl: u32,
    pub interfaces_per_region: u32,
    pub private_ips_per_interface: u32,
    pub prefix_lists_per_region: u32,
    pub dhcp_options_per_region: u32,
    pub block_public_access_exclusions_per_region: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Quotas {
            vpcs_per_region: 5,
            cidr_blocks_per_vpc: 5,
            ipv6_cidr_blocks_per_vpc: 5,
            subnets_per_vpc: 200,
            internet_gateways_per_region: 5,
            egress_only_internet_gateways_per_region: 5,
            nat_gateways_per_zone: 5,
            elastic_ips_per_region: 5,
            elastic_ips_per_nat_gateway: 2,
            route_tables_per_vpc: 200,
            routes_per_table: 500,
            security_groups_per_region: 2500,
            rules_per_security_group: 60,
            security_groups_per_interface: 5,
            network_acls_per_vpc: 200,
            entries_per_network_acl: 20,
            interfaces_per_region: 5000,
            private_ips_per_interface: 50,
            prefix_lists_per_region: 100,
            dhcp_options_per_region: 200,
            block_public_access_exclusions_per_region: 50,
        }
    }
}
