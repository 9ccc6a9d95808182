//! Elastic IP addresses.

use super::filter::{FilterOf, Filters};
use super::listing::{Listed, Query, select};
use super::network_interface::ipv4;
use super::tag::{self, Tag, TagSpecifications};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::address::Address;
use croft_model::interface::NetworkInterface;
use croft_model::{AllocationId, InstanceId, Scope, Tags};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] =
    operations![AllocateAddress, ReleaseAddress, AssociateAddress, DisassociateAddress, DescribeAddresses];

/// The one pool that there is: AWS's own.
const POOL: &str = "amazon";
/// The one domain that is left.
const DOMAIN: &str = "vpc";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AllocateAddress {
    domain: Option<String>,
    address: Option<String>,
    public_ipv4_pool: Option<String>,
    network_border_group: Option<String>,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AllocateAddressOutput {
    allocation_id: String,
    public_ipv4_pool: &'static str,
    network_border_group: String,
    domain: &'static str,
    public_ip: String,
}

impl Operation for AllocateAddress {
    const NAME: &'static str = "AllocateAddress";
    type Output = AllocateAddressOutput;

    fn run(self, call: &mut Call<'_>) -> Result<AllocateAddressOutput, Fault> {
        if let Some(other) = self.domain.filter(|domain| domain != DOMAIN) {
            return Err(Fault::unsupported(format!("An address of domain {other}")));
        }
        if let Some(other) = self.public_ipv4_pool.filter(|pool| pool != POOL) {
            let message = format!("The public IPv4 pool ID '{other}' does not exist");
            return Err(Fault::new("InvalidPublicIpv4PoolID.NotFound", message));
        }
        border_group(call.scope, self.network_border_group)?;
        let tags = self.tag_specifications.of("elastic-ip")?;
        let address = match self.address {
            Some(wanted) => call.run(croft_control::RecoverAddress { address: ipv4(&wanted)?, tags })?,
            None => call.run(croft_control::AllocateAddress { tags })?,
        };
        Ok(AllocateAddressOutput {
            allocation_id: address.id.to_string(),
            public_ipv4_pool: POOL,
            network_border_group: address.scope.region.to_string(),
            domain: DOMAIN,
            public_ip: address.public_ip.to_string(),
        })
    }
}

/// The region is its own only border group: there are no Local Zones.
fn border_group(scope: &Scope, named: Option<String>) -> Result<(), Fault> {
    match named.filter(|group| scope.region != group.as_str()) {
        Some(other) => Err(Fault::invalid_value(format!(
            "Value ({other}) for parameter networkBorderGroup is invalid. The network border group of this region is {}.",
            scope.region
        ))),
        None => Ok(()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ReleaseAddress {
    allocation_id: Option<String>,
    public_ip: Option<String>,
    network_border_group: Option<String>,
}

impl Operation for ReleaseAddress {
    const NAME: &'static str = "ReleaseAddress";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        border_group(call.scope, self.network_border_group)?;
        let allocation_id = match (self.allocation_id, self.public_ip) {
            (Some(_), Some(_)) => {
                return Err(Fault::invalid_combination(
                    "You may specify public IP or allocation id, but not both in the same call",
                ));
            }
            (Some(id), None) => id.parse()?,
            (None, Some(ip)) => {
                by_public_ip(&call.cloud(), call.scope, &ip)?;
                return Err(Fault::invalid_value(
                    "You must specify an allocation id when releasing a VPC elastic IP address",
                ));
            }
            (None, None) => return Err(Fault::missing("AllocationId")),
        };
        call.run(croft_control::ReleaseAddress { allocation_id })
    }
}

/// The allocation of a public address.
///
/// # Errors
/// `InvalidAddress.NotFound` if the caller has not got it.
fn by_public_ip(cloud: &Cloud, scope: &Scope, text: &str) -> Result<AllocationId, Fault> {
    let wanted = ipv4(text)?;
    let mut all = cloud.addresses.values().filter(|a| a.scope == *scope);
    let found = all.find(|a| a.public_ip == wanted);
    found
        .map(|a| a.id.clone())
        .ok_or_else(|| Fault::new("InvalidAddress.NotFound", format!("Address '{wanted}' not found.")))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssociateAddress {
    allocation_id: Option<String>,
    instance_id: Option<String>,
    public_ip: Option<String>,
    network_interface_id: Option<String>,
    private_ip_address: Option<String>,
    allow_reassociation: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateAddressOutput {
    association_id: String,
}

impl Operation for AssociateAddress {
    const NAME: &'static str = "AssociateAddress";
    type Output = AssociateAddressOutput;

    fn run(self, call: &mut Call<'_>) -> Result<AssociateAddressOutput, Fault> {
        let allocation_id = match (self.allocation_id, self.public_ip) {
            (Some(_), Some(_)) => {
                return Err(Fault::invalid_combination(
                    "You may specify public IP or allocation id, but not both in the same call",
                ));
            }
            (Some(id), None) => id.parse()?,
            (None, Some(ip)) => by_public_ip(&call.cloud(), call.scope, &ip)?,
            (None, None) => return Err(Fault::missing("AllocationId")),
        };
        let association = call.run(croft_control::AssociateAddress {
            allocation_id,
            instance_id: self.instance_id.map(|id| id.parse()).transpose()?,
            network_interface_id: self.network_interface_id.map(|id| id.parse()).transpose()?,
            private_ip_address: self.private_ip_address.map(|ip| ipv4(&ip)).transpose()?,
            allow_reassociation: self.allow_reassociation,
        })?;
        Ok(AssociateAddressOutput { association_id: association.to_string() })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DisassociateAddress {
    association_id: Option<String>,
    public_ip: Option<String>,
}

impl Operation for DisassociateAddress {
    const NAME: &'static str = "DisassociateAddress";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let association_id = match (self.association_id, self.public_ip) {
            (Some(_), Some(_)) => {
                return Err(Fault::invalid_combination(
                    "You may specify public IP or association id, but not both in the same call",
                ));
            }
            (Some(id), None) => id.parse()?,
            (None, Some(ip)) => {
                by_public_ip(&call.cloud(), call.scope, &ip)?;
                return Err(Fault::invalid_value(
                    "You must specify an association id when unmapping an address from a VPC instance",
                ));
            }
            (None, None) => return Err(Fault::missing("AssociationId")),
        };
        call.run(croft_control::DisassociateAddress { association_id })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeAddresses {
    #[serde(default)]
    public_ips: Vec<String>,
    #[serde(default)]
    allocation_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAddressesOutput {
    addresses: Vec<AddressOutput>,
}

impl Operation for DescribeAddresses {
    const NAME: &'static str = "DescribeAddresses";
    type Output = DescribeAddressesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeAddressesOutput, Fault> {
        let cloud = call.cloud();
        let mut ids = self.allocation_ids;
        for ip in &self.public_ips {
            ids.push(by_public_ip(&cloud, call.scope, ip)?.to_string());
        }
        let query = Query { ids: &ids, filters: &self.filters, max_results: None, next_token: None };
        let page = select::<Address>(&cloud, call.scope, query)?;
        Ok(DescribeAddressesOutput {
            addresses: page.items.into_iter().map(|a| AddressOutput::of(&cloud, a)).collect(),
        })
    }
}

impl Listed for Address {
    type Id = AllocationId;
    const FILTERS: &'static [FilterOf<Address>] = &[
        ("allocation-id", |_, a, found| found.text(a.id.as_str())),
        ("association-id", |_, a, found| a.association.iter().for_each(|on| found.text(on.id.as_str()))),
        ("domain", |_, _, found| found.text(DOMAIN)),
        ("instance-id", |cloud, a, found| instance(cloud, a).into_iter().for_each(|id| found.text(id.as_str()))),
        ("network-border-group", |_, a, found| found.text(a.scope.region.as_str())),
        ("network-interface-id", |_, a, found| {
            a.association.iter().for_each(|on| found.text(on.interface.as_str()));
        }),
        ("network-interface-owner-id", |_, a, found| {
            if a.association.is_some() {
                found.text(a.scope.account.as_str());
            }
        }),
        ("private-ip-address", |_, a, found| a.association.iter().for_each(|on| found.show(on.private_ip))),
        ("public-ip", |_, a, found| found.show(a.public_ip)),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<AllocationId, Address> {
        &cloud.addresses
    }
    fn id(&self) -> &AllocationId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}

fn interface<'a>(cloud: &'a Cloud, address: &Address) -> Option<&'a NetworkInterface> {
    cloud.interfaces.get(&address.association.as_ref()?.interface)
}

fn instance<'a>(cloud: &'a Cloud, address: &Address) -> Option<&'a InstanceId> {
    Some(&interface(cloud, address)?.attachment.as_ref()?.instance)
}

/// An Elastic IP as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddressOutput {
    allocation_id: String,
    association_id: Option<String>,
    domain: &'static str,
    instance_id: Option<String>,
    network_border_group: String,
    network_interface_id: Option<String>,
    network_interface_owner_id: Option<String>,
    private_ip_address: Option<String>,
    public_ip: String,
    public_ipv4_pool: &'static str,
    tags: Vec<Tag>,
}

impl AddressOutput {
    pub fn of(cloud: &Cloud, address: &Address) -> AddressOutput {
        let on = address.association.as_ref();
        AddressOutput {
            allocation_id: address.id.to_string(),
            association_id: on.map(|on| on.id.to_string()),
            domain: DOMAIN,
            instance_id: instance(cloud, address).map(ToString::to_string),
            network_border_group: address.scope.region.to_string(),
            network_interface_id: on.map(|on| on.interface.to_string()),
            network_interface_owner_id: on.map(|_| address.scope.account.to_string()),
            private_ip_address: on.map(|on| on.private_ip.to_string()),
            public_ip: address.public_ip.to_string(),
            public_ipv4_pool: POOL,
            tags: tag::shown(&address.tags),
        }
    }
}
