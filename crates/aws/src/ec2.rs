//! Amazon EC2: the operations of VPCs and what lies in them. A file a resource, and a file each for what all of them
//! share: [filters](filter), [listing and paging](listing), [tags](tag).

pub mod account_attribute;
pub mod address;
pub mod address_attribute;
pub mod arn;
pub mod attribute;
pub mod availability_zone;
pub mod block_public_access;
pub mod block_public_access_exclusion;
pub mod dhcp_options;
pub mod egress_only_internet_gateway;
pub mod filter;
pub mod group_identifier;
pub(crate) mod identifier;
pub mod image;
pub mod instance;
pub mod instance_type;
pub mod internet_gateway;
pub mod ip_permission;
pub mod key_pair;
pub mod launch_template;
pub mod listing;
pub mod nat_gateway;
pub mod nat_gateway_address;
pub mod network_acl;
pub mod network_acl_entry;
pub mod network_interface;
pub mod network_interface_address;
pub mod network_interface_attachment;
pub mod network_interface_attribute;
pub mod prefix_list;
pub mod prefix_list_content;
pub mod region;
pub mod resource_tag;
pub mod route;
pub mod route_table;
pub mod route_table_association;
pub mod security_group;
pub mod security_group_authorize;
pub mod security_group_rule;
pub mod security_group_vpc;
pub mod security_group_vpc_association;
pub mod subnet;
pub mod subnet_attribute;
pub mod subnet_cidr_block;
pub mod subnet_cidr_reservation;
pub mod tag;
pub mod volume;
pub mod vpc;
pub mod vpc_attribute;
pub mod vpc_cidr_block;

use crate::operation::Entry;

/// Every operation of EC2 that Croft has.
pub const OPERATIONS: &[&[Entry]] = &[
    account_attribute::OPERATIONS,
    address::OPERATIONS,
    address_attribute::OPERATIONS,
    availability_zone::OPERATIONS,
    block_public_access::OPERATIONS,
    block_public_access_exclusion::OPERATIONS,
    dhcp_options::OPERATIONS,
    egress_only_internet_gateway::OPERATIONS,
    image::OPERATIONS,
    instance::OPERATIONS,
    instance_type::OPERATIONS,
    internet_gateway::OPERATIONS,
    key_pair::OPERATIONS,
    launch_template::OPERATIONS,
    nat_gateway::OPERATIONS,
    nat_gateway_address::OPERATIONS,
    network_acl::OPERATIONS,
    network_acl_entry::OPERATIONS,
    network_interface::OPERATIONS,
    network_interface_address::OPERATIONS,
    network_interface_attachment::OPERATIONS,
    network_interface_attribute::OPERATIONS,
    prefix_list::OPERATIONS,
    prefix_list_content::OPERATIONS,
    region::OPERATIONS,
    resource_tag::OPERATIONS,
    route::OPERATIONS,
    route_table::OPERATIONS,
    route_table_association::OPERATIONS,
    security_group::OPERATIONS,
    security_group_authorize::OPERATIONS,
    security_group_rule::OPERATIONS,
    security_group_vpc::OPERATIONS,
    security_group_vpc_association::OPERATIONS,
    subnet::OPERATIONS,
    subnet_attribute::OPERATIONS,
    subnet_cidr_block::OPERATIONS,
    subnet_cidr_reservation::OPERATIONS,
    volume::OPERATIONS,
    vpc::OPERATIONS,
    vpc_attribute::OPERATIONS,
    vpc_cidr_block::OPERATIONS,
];
