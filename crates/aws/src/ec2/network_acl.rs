//! Network ACLs and which subnets they guard.

use super::filter::{FilterOf, Filters};
use super::listing::{Listed, Query, select};
use super::network_acl_entry::{self, NetworkAclEntryOutput};
use super::tag::{self, Tag, TagSpecifications};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::network_acl::NetworkAcl;
use croft_model::subnet::Subnet;
use croft_model::{NetworkAclId, Tags};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] =
    operations![CreateNetworkAcl, DeleteNetworkAcl, DescribeNetworkAcls, ReplaceNetworkAclAssociation];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateNetworkAcl {
    vpc_id: String,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateNetworkAclOutput {
    network_acl: NetworkAclOutput,
    client_token: Option<String>,
}

impl Operation for CreateNetworkAcl {
    const NAME: &'static str = "CreateNetworkAcl";
    type Output = CreateNetworkAclOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateNetworkAclOutput, Fault> {
        let acl = call.run(croft_control::CreateNetworkAcl {
            vpc_id: self.vpc_id.parse()?,
            tags: self.tag_specifications.of("network-acl")?,
        })?;
        let client_token = call.client_token().map(String::from);
        Ok(CreateNetworkAclOutput { network_acl: NetworkAclOutput::of(&call.cloud(), &acl), client_token })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteNetworkAcl {
    network_acl_id: String,
}

impl Operation for DeleteNetworkAcl {
    const NAME: &'static str = "DeleteNetworkAcl";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.run(croft_control::DeleteNetworkAcl { network_acl_id: self.network_acl_id.parse()? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ReplaceNetworkAclAssociation {
    association_id: String,
    network_acl_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplaceNetworkAclAssociationOutput {
    new_association_id: String,
}

impl Operation for ReplaceNetworkAclAssociation {
    const NAME: &'static str = "ReplaceNetworkAclAssociation";
    type Output = ReplaceNetworkAclAssociationOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ReplaceNetworkAclAssociationOutput, Fault> {
        let association = call.run(croft_control::ReplaceNetworkAclAssociation {
            association_id: self.association_id.parse()?,
            network_acl_id: self.network_acl_id.parse()?,
        })?;
        Ok(ReplaceNetworkAclAssociationOutput { new_association_id: association.to_string() })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeNetworkAcls {
    #[serde(default)]
    network_acl_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNetworkAclsOutput {
    network_acls: Vec<NetworkAclOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeNetworkAcls {
    const NAME: &'static str = "DescribeNetworkAcls";
    type Output = DescribeNetworkAclsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeNetworkAclsOutput, Fault> {
        let cloud = call.cloud();
        let query = Query {
            ids: &self.network_acl_ids,
            filters: &self.filters,
            max_results: self.max_results,
            next_token: self.next_token.as_deref(),
        };
        let page = select::<NetworkAcl>(&cloud, call.scope, query)?;
        Ok(DescribeNetworkAclsOutput {
            network_acls: page.items.into_iter().map(|acl| NetworkAclOutput::of(&cloud, acl)).collect(),
            next_token: page.next_token,
        })
    }
}

/// The subnets that an ACL guards.
fn guarded<'a>(cloud: &'a Cloud, acl: &'a NetworkAcl) -> impl Iterator<Item = &'a Subnet> {
    cloud.subnets.values().filter(|s| s.network_acl.1 == acl.id)
}

impl Listed for NetworkAcl {
    type Id = NetworkAclId;
    const FILTERS: &'static [FilterOf<NetworkAcl>] = &[
        ("association.association-id", |cloud, acl, found| {
            guarded(cloud, acl).for_each(|s| found.text(s.network_acl.0.as_str()));
        }),
        ("association.network-acl-id", |cloud, acl, found| {
            guarded(cloud, acl).for_each(|s| found.text(s.network_acl.1.as_str()));
        }),
        ("association.subnet-id", |cloud, acl, found| guarded(cloud, acl).for_each(|s| found.text(s.id.as_str()))),
        ("default", |_, acl, found| found.flag(acl.is_default)),
        ("entry.cidr", |cloud, acl, found| {
            network_acl_entry::all(cloud, acl).iter().filter_map(|e| e.cidr_block.as_ref()).for_each(|c| found.text(c));
        }),
        ("entry.egress", |cloud, acl, found| {
            network_acl_entry::all(cloud, acl).iter().for_each(|e| found.flag(e.egress));
        }),
        ("entry.icmp.code", |cloud, acl, found| {
            let entries = network_acl_entry::all(cloud, acl);
            entries.iter().filter_map(|e| e.icmp_type_code.as_ref()).for_each(|icmp| found.show(icmp.code));
        }),
        ("entry.icmp.type", |cloud, acl, found| {
            let entries = network_acl_entry::all(cloud, acl);
            entries.iter().filter_map(|e| e.icmp_type_code.as_ref()).for_each(|icmp| found.show(icmp.kind));
        }),
        ("entry.ipv6-cidr", |cloud, acl, found| {
            let entries = network_acl_entry::all(cloud, acl);
            entries.iter().filter_map(|e| e.ipv6_cidr_block.as_ref()).for_each(|c| found.text(c));
        }),
        ("entry.port-range.from", |cloud, acl, found| {
            let entries = network_acl_entry::all(cloud, acl);
            entries.iter().filter_map(|e| e.port_range.as_ref()).for_each(|ports| found.show(ports.from));
        }),
        ("entry.port-range.to", |cloud, acl, found| {
            let entries = network_acl_entry::all(cloud, acl);
            entries.iter().filter_map(|e| e.port_range.as_ref()).for_each(|ports| found.show(ports.to));
        }),
        // By name and by number: AWS documents the names, and shows the numbers.
        ("entry.protocol", |_, acl, found| {
            for entry in &acl.entries {
                found.show(entry.protocol);
                found.text(&entry.protocol.number());
            }
            found.text("-1");
        }),
        ("entry.rule-action", |cloud, acl, found| {
            network_acl_entry::all(cloud, acl).iter().for_each(|e| found.text(e.rule_action));
        }),
        ("entry.rule-number", |cloud, acl, found| {
            network_acl_entry::all(cloud, acl).iter().for_each(|e| found.show(e.rule_number));
        }),
        ("network-acl-id", |_, acl, found| found.text(acl.id.as_str())),
        ("owner-id", |_, acl, found| found.text(acl.scope.account.as_str())),
        ("vpc-id", |_, acl, found| found.text(acl.vpc.as_str())),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<NetworkAclId, NetworkAcl> {
        &cloud.network_acls
    }
    fn id(&self) -> &NetworkAclId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}

/// An ACL as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAclOutput {
    associations: Vec<NetworkAclAssociation>,
    entries: Vec<NetworkAclEntryOutput>,
    is_default: bool,
    network_acl_id: String,
    tags: Vec<Tag>,
    vpc_id: String,
    owner_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkAclAssociation {
    network_acl_association_id: String,
    network_acl_id: String,
    subnet_id: String,
}

impl NetworkAclOutput {
    pub fn of(cloud: &Cloud, acl: &NetworkAcl) -> NetworkAclOutput {
        let association = |subnet: &Subnet| NetworkAclAssociation {
            network_acl_association_id: subnet.network_acl.0.to_string(),
            network_acl_id: acl.id.to_string(),
            subnet_id: subnet.id.to_string(),
        };
        NetworkAclOutput {
            associations: guarded(cloud, acl).map(association).collect(),
            entries: network_acl_entry::all(cloud, acl),
            is_default: acl.is_default,
            network_acl_id: acl.id.to_string(),
            tags: tag::shown(&acl.tags),
            vpc_id: acl.vpc.to_string(),
            owner_id: acl.scope.account.to_string(),
        }
    }
}
