//! Sixty-four clients at once, each creating, attaching, detaching and deleting what the others stand on too.

use crate::place::{Folder, made};
use croft_api_client::Client;
use std::collections::BTreeMap;
use std::sync::Barrier;

const CLIENTS: usize = 64;
const STEPS: usize = 24;

#[test]
fn sixty_four_clients_leave_no_dangling_reference() {
    let folder = Folder::new();
    let server = folder.serve(&["--durability", "normal"]);
    let mut client = server.client();
    let vpc = made(&mut client, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId");
    let gateway = made(&mut client, "CreateInternetGateway", &[], "internetGatewayId");
    made(&mut client, "AttachInternetGateway", &[("VpcId", &vpc), ("InternetGatewayId", &gateway)], "return");
    let subnet = made(&mut client, "CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", "10.0.0.0/20")], "subnetId");
    let launch = [
        ("ImageId", "ami-0c0f7000000000001"),
        ("InstanceType", "m5.4xlarge"),
        ("MinCount", "8"),
        ("MaxCount", "8"),
        ("SubnetId", subnet.as_str()),
    ];
    let answer = client.ec2("RunInstances", &launch).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    let instances: Vec<String> = answer.texts("instanceId").into_iter().map(str::to_string).collect();
    assert_eq!(instances.len(), 8);

    let together = Barrier::new(CLIENTS);
    let codes: Vec<BTreeMap<String, usize>> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|n| {
                let mut one = One {
                    client: client.clone(),
                    seed: n as u64 * 7919 + 1,
                    number: n,
                    vpc: &vpc,
                    subnet: &subnet,
                    instances: &instances,
                    codes: BTreeMap::new(),
                };
                let together = &together;
                scope.spawn(move || {
                    together.wait();
                    one.live();
                    one.codes
                })
            })
            .collect();
        clients.into_iter().map(|c| c.join().unwrap()).collect()
    });
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    for (code, count) in codes.into_iter().flatten() {
        *all.entry(code).or_default() += count;
    }
    println!("{all:?}");
    // The export judges every reference.
    let cloud = folder.exported();
    let done = |action: &str| all.get(action).copied().unwrap_or(0);
    for action in [
        "CreateNetworkInterface",
        "AttachNetworkInterface",
        "DetachNetworkInterface",
        "DeleteNetworkInterface",
        "CreateSecurityGroup",
        "DeleteSecurityGroup",
        "AllocateAddress",
        "ReleaseAddress",
    ] {
        assert!(done(action) > 0, "{action} never succeeded: {all:?}");
    }
    assert!(cloud.interfaces.values().all(|i| cloud.subnets.contains_key(&i.subnet)));
    assert_eq!(all.keys().find(|code| code.contains("InternalError")), None);
    let kept = cloud.version;
    server.kill();
    let again = folder.serve(&[]);
    let back = folder.exported();
    assert!(back.interfaces == cloud.interfaces && back.security_groups == cloud.security_groups, "after {kept}");
    drop(again);
}

/// One of the crowd.
struct One<'a> {
    client: Client,
    seed: u64,
    number: usize,
    vpc: &'a str,
    subnet: &'a str,
    instances: &'a [String],
    /// How often each operation succeeded, and each code was answered.
    codes: BTreeMap<String, usize>,
}

impl One<'_> {
    fn live(&mut self) {
        for step in 0..STEPS {
            let instance = self.instances[self.below(self.instances.len())].clone();
            let device = (1 + self.below(7)).to_string();
            let name = format!("g-{}-{step}", self.number);
            let Some(group) = self.call(
                "CreateSecurityGroup",
                &[("GroupName", &name), ("GroupDescription", "x"), ("VpcId", self.vpc)],
                "groupId",
            ) else {
                continue;
            };
            let with = [("SubnetId", self.subnet), ("SecurityGroupId.1", group.as_str())];
            let interface = self.call("CreateNetworkInterface", &with, "networkInterfaceId");
            if let Some(interface) = interface {
                let at = [
                    ("NetworkInterfaceId", interface.as_str()),
                    ("InstanceId", instance.as_str()),
                    ("DeviceIndex", device.as_str()),
                ];
                let attachment = self.call("AttachNetworkInterface", &at, "attachmentId");
                if self.below(4) == 0
                    && let Some(address) = self.call("AllocateAddress", &[("Domain", "vpc")], "allocationId")
                {
                    let on = [("AllocationId", address.as_str()), ("NetworkInterfaceId", interface.as_str())];
                    let association = self.call("AssociateAddress", &on, "associationId");
                    // Refused while it is in use.
                    self.call("ReleaseAddress", &[("AllocationId", &address)], "return");
                    if let Some(association) = association {
                        self.call("DisassociateAddress", &[("AssociationId", &association)], "return");
                    }
                    self.call("ReleaseAddress", &[("AllocationId", &address)], "return");
                }
                // Refused while the interface has it, and that is the point.
                self.call("DeleteSecurityGroup", &[("GroupId", &group)], "return");
                if let Some(attachment) = attachment {
                    self.call("DetachNetworkInterface", &[("AttachmentId", &attachment)], "return");
                }
                if self.below(8) > 0 {
                    self.call("DeleteNetworkInterface", &[("NetworkInterfaceId", &interface)], "return");
                }
            }
            self.call("DeleteSecurityGroup", &[("GroupId", &group)], "return");
        }
    }

    fn call(&mut self, action: &str, parameters: &[(&str, &str)], element: &str) -> Option<String> {
        let answer = self.client.ec2(action, parameters).unwrap();
        assert!(answer.status < 500, "{action} {parameters:?}: {}", answer.body);
        let word = match answer.code() {
            None => action.to_string(),
            Some(code) => format!("{action}:{code}"),
        };
        *self.codes.entry(word).or_default() += 1;
        answer.text(element).filter(|_| answer.status == 200).map(str::to_string)
    }

    fn below(&mut self, n: usize) -> usize {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) as usize % n
    }
}
