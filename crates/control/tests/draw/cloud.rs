//! Prefix lists, tags, and what Croft adds: zones, quotas, observations, stacks.

use super::Draw;
use croft_control::*;
use croft_model::gateway::NatGatewayState;
use croft_model::prefix_list::{AddressFamily, PrefixListEntry};
use croft_model::stack::Stack;

impl Draw {
    pub(super) fn named_other(&mut self, name: &str, cloud: &Cloud) -> Command {
        let list = self.id(&cloud.prefix_lists, "pl");
        let zone_name = self.one(&["us-east-1a", "us-east-1b", "mars-1a"]).unwrap().to_string();
        let entry = |d: &mut Self| PrefixListEntry {
            cidr: if d.often(5) { "2001:db8::/32".parse().unwrap() } else { d.block(20, 28).into() },
            description: None,
        };
        match name {
            "CreateManagedPrefixList" => CreateManagedPrefixList {
                prefix_list_name: "l".into(),
                address_family: if self.often(90) { AddressFamily::Ipv4 } else { AddressFamily::Ipv6 },
                max_entries: self.below(40) as u32,
                entries: self.some(3, entry),
                tags: self.tags(),
            }
            .into(),
            "ModifyManagedPrefixList" => {
                let grow = self.often(40);
                let have = cloud.prefix_lists.get(&list).map(|l| l.entries.clone()).unwrap_or_default();
                ModifyManagedPrefixList {
                    prefix_list_id: list,
                    current_version: self.maybe(10, |d| d.below(4)),
                    prefix_list_name: None,
                    max_entries: grow.then(|| self.below(70) as u32),
                    add_entries: if grow { vec![] } else { self.some(2, entry) },
                    remove_entries: if grow {
                        vec![]
                    } else {
                        self.some(1, |d| d.one(&have)).into_iter().flatten().map(|e| e.cidr).collect()
                    },
                }
                .into()
            }
            "RestoreManagedPrefixListVersion" => {
                let held = cloud.prefix_lists.get(&list).map(|l| (l.version, l.earlier.keys().copied().collect()));
                let (version, earlier): (u64, Vec<u64>) = held.unwrap_or_default();
                RestoreManagedPrefixListVersion {
                    prefix_list_id: list,
                    previous_version: self.one(&earlier).unwrap_or(1),
                    current_version: if self.often(80) { version } else { 1 },
                }
                .into()
            }
            "DeleteManagedPrefixList" => DeleteManagedPrefixList { prefix_list_id: list }.into(),
            "CreateCredential" | "DeleteCredential" | "SetCredentialActive" => self.named_credential(name, cloud),
            "CreateTags" => {
                CreateTags { resource_ids: vec![self.id(&cloud.vpcs, "vpc").to_string()], tags: self.tags() }.into()
            }
            "DeleteTags" => DeleteTags {
                resource_ids: vec![self.id(&cloud.vpcs, "vpc").to_string()],
                tags: [("k0".to_string(), None)].into(),
            }
            .into(),
            "FailZone" => FailZone { zone_name }.into(),
            "RestoreZone" => RestoreZone { zone_name }.into(),
            "SetQuota" => {
                let names = ["vpcs_per_region", "elastic_ips_per_region", "rules_per_security_group", "moons"];
                SetQuota { name: self.one(&names).unwrap().into(), value: 5 + self.below(60) as u32 }.into()
            }
            "ObserveNatGateway" => ObserveNatGateway {
                nat_gateway_id: self.id(&cloud.nat_gateways, "nat"),
                state: self
                    .one(&[
                        NatGatewayState::Available,
                        NatGatewayState::Available,
                        NatGatewayState::Deleted,
                        NatGatewayState::Failed { code: "InternalError".into(), message: "no".into() },
                    ])
                    .unwrap(),
            }
            .into(),
            "PutStack" => PutStack {
                stack: Stack {
                    name: self.one(&["web", "app", "1"]).unwrap().into(),
                    scope: Default::default(),
                    id: "arn".into(),
                    status: "CREATE_COMPLETE".into(),
                    status_reason: None,
                    template: String::new(),
                    parameters: [].into(),
                    resources: vec![],
                    outputs: vec![],
                    tags: self.tags(),
                    created: 0,
                    updated: None,
                },
            }
            .into(),
            "DeleteStack" => DeleteStack { stack_name: self.one(&["web", "app", "db"]).unwrap().into() }.into(),
            other => self.named_block(other, cloud),
        }
    }
}
