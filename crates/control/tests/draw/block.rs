//! IPv6 blocks, reservations, DHCP options, egress-only gateways, block public access.

use super::Draw;
use croft_control::*;
use croft_model::block_public_access::{Excluded, ExclusionMode, InternetGatewayBlockMode};
use croft_model::dhcp_options::DhcpConfiguration;
use croft_model::subnet::ReservationType;
use croft_model::*;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

impl Draw {
    /// A /64 of a block of the VPC, mostly.
    pub(super) fn ipv6_block(&mut self, cloud: &Cloud, vpc: &VpcId) -> Ipv6Net {
        let of = cloud.vpcs.get(vpc).into_iter();
        let all: Vec<_> = of.flat_map(|v| &v.ipv6_cidr_blocks).map(|b| b.block).collect();
        let whole = self.one(&all).unwrap_or_else(|| "2001:db8::/56".parse().unwrap());
        let subnet = u128::from(whole.network()) | (u128::from(self.below(3)) << 64);
        Ipv6Net::new(subnet.into(), if self.often(90) { 64 } else { 63 }).unwrap()
    }

    fn reserved(&mut self, cloud: &Cloud, subnet: &SubnetId) -> IpNet {
        let Some(subnet) = cloud.subnets.get(subnet) else { return self.block(24, 32).into() };
        match &subnet.ipv6_cidr_block {
            Some(own) if self.often(30) => Ipv6Net::new(own.block.network(), 80).unwrap().into(),
            _ => {
                let first = u32::from(subnet.block.network()) + self.below(4) as u32 * 8;
                Ipv4Net::new(first.into(), 29 + self.below(4) as u8).unwrap().into()
            }
        }
    }

    pub(super) fn named_block(&mut self, name: &str, cloud: &Cloud) -> Command {
        let subnet_id = self.id(&cloud.subnets, "subnet");
        let vpc_id = self.id(&cloud.vpcs, "vpc");
        let exclusion_id = self.id(&cloud.block_public_access_exclusions, "vpcbpa-exclude");
        let internet_gateway_exclusion_mode =
            self.one(&[ExclusionMode::AllowBidirectional, ExclusionMode::AllowEgress]).unwrap();
        match name {
            "ModifyVpcTenancy" => {
                let tenancy = if self.often(80) { "default" } else { "dedicated" };
                ModifyVpcTenancy { vpc_id, instance_tenancy: tenancy.into() }.into()
            }
            "CreateDefaultSubnet" => {
                let zone = self.one(&["us-east-1a", "us-east-1b", "mars-1a"]).unwrap();
                CreateDefaultSubnet { availability_zone: zone.into() }.into()
            }
            "AssociateSubnetCidrBlock" => {
                let of = cloud.subnets.get(&subnet_id).map_or(vpc_id, |s| s.vpc.clone());
                AssociateSubnetCidrBlock { subnet_id, ipv6_cidr_block: self.ipv6_block(cloud, &of) }.into()
            }
            "DisassociateSubnetCidrBlock" => {
                let own = cloud.subnets.values().filter_map(|s| s.ipv6_cidr_block.as_ref());
                let all: Vec<_> = own.map(|b| b.association.clone()).collect();
                let association_id = self.one(&all).unwrap_or_else(|| "subnet-cidr-assoc-0".parse().unwrap());
                DisassociateSubnetCidrBlock { association_id }.into()
            }
            "CreateSubnetCidrReservation" => CreateSubnetCidrReservation {
                cidr: self.reserved(cloud, &subnet_id),
                subnet_id,
                reservation_type: self.one(&[ReservationType::Prefix, ReservationType::Explicit]).unwrap(),
                description: self.maybe(50, |_| "kept".into()),
                tags: self.tags(),
            }
            .into(),
            "DeleteSubnetCidrReservation" => {
                let id = self.id(&cloud.subnet_cidr_reservations, "scr");
                DeleteSubnetCidrReservation { subnet_cidr_reservation_id: id }.into()
            }
            "CreateDhcpOptions" => {
                let keys = ["domain-name", "domain-name-servers", "netbios-node-type", "moons"];
                let values = ["example.com", "10.0.0.2", "2", "AmazonProvidedDNS"];
                let option = |d: &mut Draw| DhcpConfiguration {
                    key: d.one(&keys).unwrap().into(),
                    values: vec![d.one(&values).unwrap().into()],
                };
                CreateDhcpOptions { dhcp_configurations: self.some(2, option), tags: self.tags() }.into()
            }
            "DeleteDhcpOptions" => {
                DeleteDhcpOptions { dhcp_options_id: self.id(&cloud.dhcp_options_sets, "dopt") }.into()
            }
            "AssociateDhcpOptions" => {
                let dhcp_options_id = self.maybe(80, |d| d.id(&cloud.dhcp_options_sets, "dopt"));
                AssociateDhcpOptions { dhcp_options_id, vpc_id }.into()
            }
            "CreateEgressOnlyInternetGateway" => CreateEgressOnlyInternetGateway { vpc_id, tags: self.tags() }.into(),
            "DeleteEgressOnlyInternetGateway" => {
                let id = self.id(&cloud.egress_only_internet_gateways, "eigw");
                DeleteEgressOnlyInternetGateway { egress_only_internet_gateway_id: id }.into()
            }
            "ModifyVpcBlockPublicAccessOptions" => {
                use InternetGatewayBlockMode::*;
                let mode = self.one(&[Off, BlockBidirectional, BlockIngress]).unwrap();
                ModifyVpcBlockPublicAccessOptions { internet_gateway_block_mode: mode }.into()
            }
            "CreateVpcBlockPublicAccessExclusion" => CreateVpcBlockPublicAccessExclusion {
                of: if self.often(50) { Excluded::Vpc(vpc_id) } else { Excluded::Subnet(subnet_id) },
                internet_gateway_exclusion_mode,
                tags: self.tags(),
            }
            .into(),
            "ModifyVpcBlockPublicAccessExclusion" => {
                ModifyVpcBlockPublicAccessExclusion { exclusion_id, internet_gateway_exclusion_mode }.into()
            }
            "DeleteVpcBlockPublicAccessExclusion" => DeleteVpcBlockPublicAccessExclusion { exclusion_id }.into(),
            other => panic!("{other} is in the list and is not drawn"),
        }
    }
}
