//! Prefix lists, tags, and what Croft adds: zones, quotas, observations, stacks.

use super::Draw;
use croft_control::*;
use croft_model::gateway::NatGatewayState;
use croft_model::prefix_list::{AddressFamily, PrefixListEntry};
use croft_model::stack::{
    ChangeSet, ChangeSetKind, DriftDetection, DriftStatus, ExecutionStatus, Stack, StackEvent, StackResource,
    StackVersion, Status,
};

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
            "PutStack" => {
                let (name, unique) = (self.one(&["web", "app", "1"]).unwrap(), self.one(&["a", "b"]).unwrap());
                let status = self.one(&[Status::CreateComplete, Status::UpdateInProgress, Status::DeleteComplete]);
                let version = StackVersion { tags: self.tags(), ..StackVersion::default() };
                PutStack { stack: Stack::new(&cloud.home, name, unique, status.unwrap(), version, 0) }.into()
            }
            "ForgetStackHistory" => ForgetStackHistory { before: self.below(2) }.into(),
            "ForgetStack" => ForgetStack { stack_id: self.stack(cloud) }.into(),
            "PutStackResource" => PutStackResource { resource: self.stack_resource(cloud) }.into(),
            "ForgetStackResource" => ForgetStackResource { stack_id: self.stack(cloud), number: self.below(3) }.into(),
            "AddStackEvent" => AddStackEvent {
                event: StackEvent {
                    scope: Default::default(),
                    stack_id: self.stack(cloud),
                    stack_name: "web".into(),
                    number: 0,
                    event_id: "e".into(),
                    time: 0,
                    logical_id: "web".into(),
                    physical_id: None,
                    kind: "AWS::CloudFormation::Stack".into(),
                    status: Status::CreateComplete,
                    reason: None,
                    plain: None,
                    properties: None,
                    client_request_token: None,
                },
            }
            .into(),
            "PutChangeSet" => PutChangeSet { change_set: self.change_set(cloud) }.into(),
            "ForgetChangeSet" => {
                ForgetChangeSet { change_set_id: self.one(&["one", "two"]).unwrap().to_string() }.into()
            }
            "PutDriftDetection" => PutDriftDetection {
                detection: DriftDetection {
                    id: self.one(&["one", "two"]).unwrap().to_string(),
                    scope: Default::default(),
                    stack_id: self.stack(cloud),
                    status: "DETECTION_COMPLETE".into(),
                    reason: None,
                    drift: Some(DriftStatus::InSync),
                    drifted_resources: 0,
                    time: 0,
                },
            }
            .into(),
            "OpenStackSignals" => OpenStackSignals {
                key: self.one(&["one", "two"]).unwrap().to_string(),
                stack_id: self.stack(cloud),
                logical_id: "H".into(),
            }
            .into(),
            "CloseStackSignals" => CloseStackSignals { key: self.one(&["one", "two"]).unwrap().to_string() }.into(),
            "SendStackSignal" => SendStackSignal {
                key: self.one(&["one", "two"]).unwrap().to_string(),
                unique_id: self.one(&["a", "b", ""]).unwrap().to_string(),
                success: true,
                data: "d".into(),
                reason: String::new(),
            }
            .into(),
            "SignalStackResource" => SignalStackResource {
                stack_name: self.stack(cloud),
                logical_resource_id: "V".into(),
                unique_id: "a".into(),
                success: false,
            }
            .into(),
            other => self.named_block(other, cloud),
        }
    }

    fn stack(&mut self, cloud: &Cloud) -> String {
        let ids: Vec<String> = cloud.stacks.keys().cloned().chain(["arn".to_string()]).collect();
        self.one(&ids).unwrap().clone()
    }

    fn stack_resource(&mut self, cloud: &Cloud) -> StackResource {
        StackResource {
            scope: Default::default(),
            stack_id: self.stack(cloud),
            number: self.below(3),
            logical_id: "V".into(),
            kind: "AWS::EC2::VPC".into(),
            physical_id: self.one(&[None, Some("vpc-1".to_string())]).unwrap(),
            status: Status::CreateInProgress,
            status_reason: None,
            changed: 0,
            properties: Default::default(),
            hidden: Default::default(),
            deletion_policy: None,
            update_replace_policy: None,
            needs: vec![],
            made: true,
            replaced: false,
            before: None,
            until: None,
            drift: None,
        }
    }

    fn change_set(&mut self, cloud: &Cloud) -> ChangeSet {
        ChangeSet {
            id: self.one(&["one", "two"]).unwrap().to_string(),
            scope: Default::default(),
            name: "first".into(),
            stack_id: self.stack(cloud),
            stack_name: "web".into(),
            kind: ChangeSetKind::Update,
            description: None,
            status: "CREATE_COMPLETE".into(),
            status_reason: None,
            execution_status: ExecutionStatus::Available,
            version: StackVersion::default(),
            on_failure: None,
            changes: Default::default(),
            base: 0,
            created: 0,
            client_token: None,
        }
    }
}
