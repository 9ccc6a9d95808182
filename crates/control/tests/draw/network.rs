//! VPCs, subnets, gateways, addresses, routes.

use super::Draw;
use croft_control::*;
use croft_model::*;

impl Draw {
    pub(super) fn named(&mut self, name: &str, cloud: &Cloud) -> Command {
        match name {
            "CreateVpc" => CreateVpc {
                cidr_block: self.block(15, 22),
                instance_tenancy: None,
                amazon_provided_ipv6_cidr_block: self.often(80),
                tags: self.tags(),
            }
            .into(),
            "Idempotent" => {
                let name = self.one(&["CreateVpc", "AllocateAddress", "CreateNatGateway", "RunInstances"]).unwrap();
                Idempotent {
                    operation: name.into(),
                    token: format!("t{}", self.below(30)),
                    parameters: format!("p{}", self.below(10) / 9),
                    command: Box::new(self.named(name, cloud)),
                }
                .into()
            }
            "DeleteVpc" => DeleteVpc { vpc_id: self.id(&cloud.vpcs, "vpc") }.into(),
            "AssociateVpcCidrBlock" => {
                let ipv6 = self.often(30);
                AssociateVpcCidrBlock {
                    vpc_id: self.id(&cloud.vpcs, "vpc"),
                    cidr_block: (!ipv6).then(|| self.block(16, 24)),
                    amazon_provided_ipv6_cidr_block: ipv6,
                }
                .into()
            }
            "DisassociateVpcCidrBlock" => {
                let ipv6 = cloud.vpcs.values().flat_map(|v| &v.ipv6_cidr_blocks).map(|b| b.association.clone());
                let ipv4 = cloud.vpcs.values().flat_map(|v| &v.cidr_blocks).map(|b| b.association.clone());
                let all: Vec<_> = ipv4.chain(ipv6).collect();
                let association_id = self.one(&all).unwrap_or_else(|| "vpc-cidr-assoc-0".parse().unwrap());
                DisassociateVpcCidrBlock { association_id }.into()
            }
            "ModifyVpcAttribute" => ModifyVpcAttribute {
                vpc_id: self.id(&cloud.vpcs, "vpc"),
                enable_dns_support: self.maybe(50, |d| d.often(50)),
                enable_dns_hostnames: self.maybe(50, |d| d.often(50)),
                enable_network_address_usage_metrics: self.maybe(50, |d| d.often(50)),
            }
            .into(),
            "CreateDefaultVpc" => CreateDefaultVpc {}.into(),
            "OpenRegion" => OpenRegion {}.into(),
            "CreateSubnet" => {
                let vpc_id = self.id(&cloud.vpcs, "vpc");
                let has_ipv6 = cloud.vpcs.get(&vpc_id).is_some_and(|v| !v.ipv6_cidr_blocks.is_empty());
                CreateSubnet {
                    ipv6_cidr_block: self.maybe(if has_ipv6 { 90 } else { 5 }, |d| d.ipv6_block(cloud, &vpc_id)),
                    vpc_id,
                    cidr_block: self.block(22, 29),
                    availability_zone: self.one(&["us-east-1a", "us-east-1b"]).map(String::from),
                    tags: self.tags(),
                }
                .into()
            }
            "DeleteSubnet" => {
                let default: Vec<_> = cloud.subnets.values().filter(|s| s.default_for_az).map(|s| &s.id).collect();
                let default = self.one(&default).filter(|_| self.often(40)).cloned();
                DeleteSubnet { subnet_id: default.unwrap_or_else(|| self.id(&cloud.subnets, "subnet")) }.into()
            }
            "ModifySubnetAttribute" => ModifySubnetAttribute {
                subnet_id: self.id(&cloud.subnets, "subnet"),
                attributes: SubnetAttributes {
                    map_public_ip_on_launch: Some(self.often(70)),
                    assign_ipv6_address_on_creation: self.maybe(20, |d| d.often(70)),
                    enable_resource_name_dns_aaaa_record_on_launch: self.maybe(10, |d| d.often(50)),
                    ..SubnetAttributes::default()
                },
            }
            .into(),
            "CreateInternetGateway" => CreateInternetGateway { tags: self.tags() }.into(),
            "DeleteInternetGateway" => {
                DeleteInternetGateway { internet_gateway_id: self.id(&cloud.internet_gateways, "igw") }.into()
            }
            "AttachInternetGateway" => AttachInternetGateway {
                internet_gateway_id: self.id(&cloud.internet_gateways, "igw"),
                vpc_id: self.id(&cloud.vpcs, "vpc"),
            }
            .into(),
            "DetachInternetGateway" => {
                let id = self.id(&cloud.internet_gateways, "igw");
                let vpc = cloud.internet_gateways.get(&id).and_then(|g| g.vpc.clone());
                let vpc_id = vpc.unwrap_or_else(|| self.id(&cloud.vpcs, "vpc"));
                DetachInternetGateway { internet_gateway_id: id, vpc_id }.into()
            }
            "AllocateAddress" => AllocateAddress { tags: self.tags() }.into(),
            "RecoverAddress" => {
                let address = std::net::Ipv4Addr::new(198, 18, 0, self.below(40) as u8);
                RecoverAddress { address, tags: self.tags() }.into()
            }
            "ModifyAddressAttribute" => ModifyAddressAttribute {
                allocation_id: self.id(&cloud.addresses, "eipalloc"),
                domain_name: self.maybe(90, |d| if d.often(80) { "mail.example.com".into() } else { "-".into() }),
            }
            .into(),
            "ResetAddressAttribute" => {
                ResetAddressAttribute { allocation_id: self.id(&cloud.addresses, "eipalloc") }.into()
            }
            "ReleaseAddress" => ReleaseAddress { allocation_id: self.id(&cloud.addresses, "eipalloc") }.into(),
            "AssociateAddress" => {
                let by_instance = self.often(40);
                AssociateAddress {
                    allocation_id: self.id(&cloud.addresses, "eipalloc"),
                    instance_id: by_instance.then(|| self.id(&cloud.instances, "i")),
                    network_interface_id: (!by_instance || self.often(5)).then(|| self.id(&cloud.interfaces, "eni")),
                    private_ip_address: self.maybe(20, |d| d.address(cloud)),
                    allow_reassociation: self.maybe(50, |d| d.often(50)),
                }
                .into()
            }
            "DisassociateAddress" => DisassociateAddress { association_id: self.association(cloud) }.into(),
            "CreateNatGateway" => {
                let public = self.often(70);
                CreateNatGateway {
                    subnet_id: self.id(&cloud.subnets, "subnet"),
                    connectivity_type: (!public).then_some(ConnectivityType::Private),
                    availability_mode: self.maybe(5, |_| AvailabilityMode::Regional),
                    allocation_id: (public || self.often(5)).then(|| self.free_allocation(cloud)),
                    private_ip_address: self.maybe(10, |d| d.address(cloud)),
                    secondary_allocation_ids: if public { self.some(1, |d| d.free_allocation(cloud)) } else { vec![] },
                    secondary_private_ip_addresses: vec![],
                    secondary_private_ip_address_count: if public {
                        None
                    } else {
                        self.maybe(50, |d| d.below(9) as u32)
                    },
                    tags: self.tags(),
                }
                .into()
            }
            "DeleteNatGateway" => DeleteNatGateway { nat_gateway_id: self.id(&cloud.nat_gateways, "nat") }.into(),
            "AssociateNatGatewayAddress" => AssociateNatGatewayAddress {
                nat_gateway_id: self.nat(cloud, true),
                allocation_ids: vec![self.free_allocation(cloud)],
                private_ip_addresses: vec![],
            }
            .into(),
            "DisassociateNatGatewayAddress" => {
                let id = self.nat(cloud, true);
                let on = cloud.nat_gateways.get(&id).and_then(|n| n.addresses.last()?.allocation.clone());
                let on = on.and_then(|a| cloud.addresses.get(&a)?.association.clone()).map(|a| a.id);
                let association = on.unwrap_or_else(|| self.association(cloud));
                DisassociateNatGatewayAddress { nat_gateway_id: id, association_ids: vec![association] }.into()
            }
            "AssignPrivateNatGatewayAddress" => AssignPrivateNatGatewayAddress {
                nat_gateway_id: self.nat(cloud, false),
                private_ip_addresses: self.some(1, |d| d.address(cloud)),
                private_ip_address_count: self.maybe(70, |d| d.below(3) as u32),
            }
            .into(),
            "UnassignPrivateNatGatewayAddress" => {
                let id = self.nat(cloud, false);
                let held = cloud.nat_gateways.get(&id).and_then(|n| n.addresses.last().map(|a| a.private_ip));
                let address = held.unwrap_or_else(|| self.address(cloud));
                UnassignPrivateNatGatewayAddress { nat_gateway_id: id, private_ip_addresses: vec![address] }.into()
            }
            "CreateRouteTable" => CreateRouteTable { vpc_id: self.id(&cloud.vpcs, "vpc"), tags: self.tags() }.into(),
            "DeleteRouteTable" => DeleteRouteTable { route_table_id: self.id(&cloud.route_tables, "rtb") }.into(),
            "AssociateRouteTable" => AssociateRouteTable {
                route_table_id: self.id(&cloud.route_tables, "rtb"),
                subnet_id: self.id(&cloud.subnets, "subnet"),
            }
            .into(),
            "AssociateGatewayRouteTable" => AssociateGatewayRouteTable {
                route_table_id: self.id(&cloud.route_tables, "rtb"),
                gateway_id: self.id(&cloud.internet_gateways, "igw"),
            }
            .into(),
            "DisassociateRouteTable" => DisassociateRouteTable { association_id: self.table_association(cloud) }.into(),
            "ReplaceRouteTableAssociation" => ReplaceRouteTableAssociation {
                association_id: self.table_association(cloud),
                route_table_id: self.id(&cloud.route_tables, "rtb"),
            }
            .into(),
            "CreateRoute" => CreateRoute {
                route_table_id: self.id(&cloud.route_tables, "rtb"),
                destination: self.destination(cloud),
                target: self.target(cloud),
            }
            .into(),
            "ReplaceRoute" => {
                let (route_table_id, destination) = self.route(cloud);
                ReplaceRoute { route_table_id, destination, target: self.target(cloud) }.into()
            }
            "DeleteRoute" => {
                let (route_table_id, destination) = self.route(cloud);
                DeleteRoute { route_table_id, destination }.into()
            }
            _ => self.named_filter(name, cloud),
        }
    }

    fn table_association(&mut self, cloud: &Cloud) -> RouteTableAssociationId {
        let main = cloud.vpcs.values().map(|v| v.main_route_table_association.clone());
        let own = cloud.subnets.values().filter_map(|s| s.route_table.as_ref().map(|(id, _)| id.clone()));
        let gateways =
            cloud.internet_gateways.values().filter_map(|g| g.route_table.as_ref().map(|(id, _)| id.clone()));
        let all: Vec<_> = main.chain(own).chain(gateways).collect();
        self.one(&all).unwrap_or_else(|| "rtbassoc-0".parse().unwrap())
    }
}
