//! NAT gateways (rows NAT-1, NAT-4, NAT-5, NAT-7).

use crate::Transaction;
use crate::error::{Error, Identified, Result};
use crate::interface::{Ipv6Choice, NewInterface};
use crate::observation::forget_the_gone;
use crate::request::{Request, request};
use crate::tag::check_tags;
use croft_model::gateway::{NatGateway, NatGatewayState};
use croft_model::interface::{IdleTimeouts, InterfaceKind};
use croft_model::*;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConnectivityType {
    Public,
    /// Row NAT-5.
    Private,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AvailabilityMode {
    Zonal,
    /// Refused (row NAT-7).
    Regional,
}

request! {
    /// What cannot come up (no internet gateway, an address that is taken, a full subnet) comes as a gateway in state
    /// `Failed`, as on AWS.
    pub struct CreateNatGateway {
        pub subnet_id: SubnetId,
        /// Public if absent.
        pub connectivity_type: Option<ConnectivityType>,
        pub availability_mode: Option<AvailabilityMode>,
        /// The primary Elastic IP of a public gateway.
        pub allocation_id: Option<AllocationId>,
        /// Its primary private address.
        pub private_ip_address: Option<Ipv4Addr>,
        /// Further Elastic IPs, each on a private address of its own.
        #[serde(default)]
        pub secondary_allocation_ids: Vec<AllocationId>,
        #[serde(default)]
        pub secondary_private_ip_addresses: Vec<Ipv4Addr>,
        /// For a private gateway, instead of naming them.
        pub secondary_private_ip_address_count: Option<u32>,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct DeleteNatGateway {
        pub nat_gateway_id: NatGatewayId,
    }
}

/// What a gateway ever has, whatever the quota (row NAT-1).
pub(crate) const MOST_ADDRESSES: usize = 8;

impl Request for CreateNatGateway {
    type Response = NatGateway;

    fn run(self, tx: &mut Transaction<'_>) -> Result<NatGateway> {
        if self.availability_mode == Some(AvailabilityMode::Regional) {
            return Err(Error::unsupported("A NAT gateway with AvailabilityMode regional"));
        }
        check_tags(&self.tags)?;
        let public = self.connectivity_type != Some(ConnectivityType::Private);
        let subnet = tx.subnet(&self.subnet_id)?.clone();
        let allocations: Vec<_> = self.allocation_id.iter().chain(&self.secondary_allocation_ids).cloned().collect();
        match (public, &self.allocation_id) {
            (true, None) => return Err(Error::missing("AllocationId")),
            (false, _) if !allocations.is_empty() => {
                return Err(Error::combination("A private NAT gateway takes no Elastic IP address."));
            }
            _ => {}
        }
        if public && self.secondary_private_ip_address_count.is_some() {
            return Err(Error::combination(
                "secondaryPrivateIpAddressCount is for private NAT gateways; a public one has a private address for each Elastic IP.",
            ));
        }
        if public && self.secondary_private_ip_addresses.len() > self.secondary_allocation_ids.len() {
            return Err(Error::combination("More secondary private addresses than secondary Elastic IPs."));
        }
        let count = self.secondary_private_ip_address_count.unwrap_or(0);
        let secondary = match public {
            true => self.secondary_allocation_ids.len(),
            false => self.secondary_private_ip_addresses.len().saturating_add(count as usize),
        };
        tx.check_nat_addresses(public, secondary.saturating_add(1))?;
        tx.check_nat_quota(&subnet.zone)?;
        forget_the_gone(tx);

        let id = tx.fresh(|r| &r.nat_gateways, NatGatewayId::from_bits);
        let mut gateway = NatGateway {
            id: id.clone(),
            scope: tx.scope.clone(),
            vpc: subnet.vpc.clone(),
            subnet: subnet.id.clone(),
            public,
            state: NatGatewayState::Pending,
            // That of a gateway which fails names nothing.
            interface: tx.fresh(|r| &r.interfaces, NetworkInterfaceId::from_bits),
            addresses: vec![],
            created: tx.now,
            deleted: None,
            tags: self.tags,
        };
        if let Some(failed) = tx.cannot_come_up(&subnet.vpc, &allocations) {
            gateway.state = failed;
            tx.cloud.nat_gateways.insert(id, gateway.clone());
            return Ok(gateway);
        }
        let unnamed = secondary.saturating_sub(self.secondary_private_ip_addresses.len());
        let new = NewInterface {
            subnet: subnet.id.clone(),
            description: format!("Interface for NAT Gateway {id}"),
            groups: vec![],
            primary: self.private_ip_address,
            secondary: self.secondary_private_ip_addresses,
            secondary_count: u32::try_from(unnamed).unwrap_or(u32::MAX),
            ipv6: Ipv6Choice::default(),
            idle: IdleTimeouts::default(),
            kind: InterfaceKind::NatGateway(id.clone()),
            tags: Tags::new(),
        };
        match tx.create_interface(new) {
            Ok(interface) => gateway.interface = interface,
            Err(e) if e.code == "InsufficientFreeAddressesInSubnet" => {
                gateway.state = NatGatewayState::Failed {
                    code: e.code.into(),
                    message: "Subnet has insufficient free addresses to create this NAT gateway".into(),
                };
                tx.cloud.nat_gateways.insert(id, gateway.clone());
                return Ok(gateway);
            }
            Err(e) => return Err(e),
        }
        let private_ips = tx.interface(&gateway.interface)?.private_ips.clone();
        let mut allocations = allocations.into_iter();
        for private_ip in private_ips {
            let address = tx.gateway_address(&gateway.interface, private_ip, allocations.next())?;
            gateway.addresses.push(address);
        }
        tx.cloud.nat_gateways.insert(id, gateway.clone());
        Ok(gateway)
    }
}

impl Transaction<'_> {
    /// Gateways that come up, are up or go down count (row NET-10).
    fn check_nat_quota(&self, zone: &str) -> Result<()> {
        use NatGatewayState::{Available, Deleting, Pending};
        let here = |n: &&NatGateway| self.cloud.subnets.get(&n.subnet).is_some_and(|s| s.zone == zone);
        let counts = |n: &&NatGateway| matches!(n.state, Pending | Available | Deleting);
        let have = self.nat_gateways().filter(counts).filter(here).count();
        let quota = self.quotas().nat_gateways_per_zone;
        match have < quota as usize {
            true => Ok(()),
            false => Err(Error::limit("NatGatewayLimitExceeded", "NAT Gateways in the availability zone", quota)),
        }
    }

    /// May a gateway have so many addresses (row NAT-1)?
    pub(crate) fn check_nat_addresses(&self, public: bool, addresses: usize) -> Result<()> {
        let quota = self.quotas().elastic_ips_per_nat_gateway;
        if public && addresses > quota as usize {
            return Err(Error::limit("AddressLimitExceeded", "Elastic IP addresses of a NAT gateway", quota));
        }
        match addresses > MOST_ADDRESSES {
            true => Err(Error::limit("PrivateIpAddressLimitExceeded", "private addresses of a NAT gateway", 8)),
            false => Ok(()),
        }
    }
}

impl Transaction<'_> {
    /// The reason why a gateway comes up failed, in the words of AWS's `FailureMessage`.
    fn cannot_come_up(&self, vpc: &VpcId, allocations: &[AllocationId]) -> Option<NatGatewayState> {
        let failed = |code: &str, message: String| Some(NatGatewayState::Failed { code: code.into(), message });
        let mut seen = Vec::new();
        for id in allocations {
            match self.address(id) {
                Err(_) => {
                    let message = format!("Elastic IP address {id} could not be associated with this NAT gateway");
                    return failed("InvalidAllocationID.NotFound", message);
                }
                Ok(address) if address.association.is_some() || seen.contains(&id) => {
                    let message = format!("Elastic IP address {id} is already associated");
                    return failed("Resource.AlreadyAssociated", message);
                }
                Ok(_) => seen.push(id),
            }
        }
        match !allocations.is_empty() && self.cloud.internet_gateway_of(vpc).is_none() {
            true => failed("Gateway.NotAttached", format!("Network {vpc} has no Internet gateway attached")),
            false => None,
        }
    }

    /// Named addresses and so many more on a gateway's interface.
    pub(crate) fn assign_to_gateway(
        &mut self,
        interface: &NetworkInterfaceId,
        named: &[Ipv4Addr],
        count: usize,
    ) -> Result<Vec<Ipv4Addr>> {
        let subnet = self.interface(interface)?.subnet.clone();
        self.check_free(&subnet, named)?;
        let mut added = named.to_vec();
        added.extend(self.free_addresses_beside(&subnet, named, count)?);
        self.interface_mut(interface)?.private_ips.extend(&added);
        Ok(added)
    }
}

impl Request for DeleteNatGateway {
    /// It is deleted when the agent has seen it go; routes to it are black holes from now on (row RT-4).
    type Response = NatGatewayId;

    fn run(self, tx: &mut Transaction<'_>) -> Result<NatGatewayId> {
        let now = tx.now;
        let gateway = tx.nat_gateway_mut(&self.nat_gateway_id)?;
        match gateway.state {
            NatGatewayState::Pending | NatGatewayState::Available => gateway.state = NatGatewayState::Deleting,
            NatGatewayState::Failed { .. } => {
                gateway.state = NatGatewayState::Deleted;
                gateway.deleted = Some(now);
            }
            NatGatewayState::Deleting => {}
            NatGatewayState::Deleted => return Err(self.nat_gateway_id.not_found()),
        }
        Ok(self.nat_gateway_id)
    }
}
