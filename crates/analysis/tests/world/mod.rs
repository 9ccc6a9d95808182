//! Small regions made by commands.
#![allow(dead_code)] // Each test file uses its part of it.

pub mod random;

use std::net::Ipv4Addr;
use std::sync::Arc;

use croft_analysis::*;
use croft_cloudformation::Template;
use croft_cloudformation::stack::{Asked, Deletion, Given, Host, Memory, Options, StackError, Stacks};
use croft_control::{Cloud, *};
use croft_model::group::{self, Peer};
use croft_model::instance::InstanceState;
use croft_model::network_acl::NetworkAclEntry;
use croft_model::protocol::{Ports as PortRange, Protocol};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::subnet::Subnet;
use croft_model::*;
use croft_policy::Ports;
use ipnet::Ipv4Net;

#[derive(Clone)]
pub struct World {
    pub trial: Trial,
    /// Decides the identifiers that stacks draw.
    seed: u64,
}

pub fn net(text: &str) -> Ipv4Net {
    text.parse().unwrap()
}

pub fn everything() -> RouteDestination {
    RouteDestination::Cidr(net("0.0.0.0/0"))
}

pub fn anybody() -> Peer {
    Peer::Ipv4(net("0.0.0.0/0"))
}

impl World {
    pub fn new() -> World {
        World::seeded(0)
    }

    /// One whose stacks get other identifiers.
    pub fn seeded(seed: u64) -> World {
        World { trial: Trial::new(&Cloud::new(croft_model::Scope::default())), seed }
    }

    pub fn cloud(&self) -> &Cloud {
        self.trial.control.cloud()
    }

    pub fn run<R: Request>(&mut self, request: R) -> R::Response {
        self.trial.run(request).unwrap()
    }

    pub fn vpc(&mut self, cidr: &str) -> VpcId {
        self.run(CreateVpc {
            cidr_block: net(cidr),
            instance_tenancy: None,
            amazon_provided_ipv6_cidr_block: false,
            tags: Tags::new(),
        })
        .id
    }

    pub fn subnet(&mut self, vpc: &VpcId, cidr: &str, zone: &str) -> Subnet {
        let availability_zone = Some(zone.to_string());
        self.run(CreateSubnet {
            vpc_id: vpc.clone(),
            cidr_block: net(cidr),
            availability_zone,
            ipv6_cidr_block: None,
            tags: Tags::new(),
        })
    }

    /// A table of its own for a subnet.
    pub fn table(&mut self, subnet: &Subnet) -> RouteTableId {
        let table = self.run(CreateRouteTable { vpc_id: subnet.vpc.clone(), tags: Tags::new() }).id;
        self.run(AssociateRouteTable { route_table_id: table.clone(), subnet_id: subnet.id.clone() });
        table
    }

    pub fn route(&mut self, table: &RouteTableId, destination: RouteDestination, target: RouteTarget) {
        self.run(CreateRoute { route_table_id: table.clone(), destination, target });
    }

    pub fn internet_gateway(&mut self, vpc: &VpcId) -> InternetGatewayId {
        let id = self.run(CreateInternetGateway { tags: Tags::new() }).id;
        self.run(AttachInternetGateway { internet_gateway_id: id.clone(), vpc_id: vpc.clone() });
        id
    }

    /// A subnet with a table that leads to the internet gateway, which is made if there is none.
    pub fn public_subnet(&mut self, vpc: &VpcId, cidr: &str, zone: &str) -> (Subnet, RouteTableId) {
        let gateway = match self.cloud().internet_gateway_of(vpc).map(|g| g.id.clone()) {
            Some(id) => id,
            None => self.internet_gateway(vpc),
        };
        let subnet = self.subnet(vpc, cidr, zone);
        let table = self.table(&subnet);
        self.route(&table, everything(), RouteTarget::InternetGateway(gateway));
        (subnet, table)
    }

    pub fn group(&mut self, vpc: &VpcId, name: &str) -> SecurityGroupId {
        let (group_name, vpc_id) = (name.to_string(), Some(vpc.clone()));
        self.run(CreateSecurityGroup { group_name, description: "made by a test".into(), vpc_id, tags: Tags::new() }).id
    }

    pub fn allow_in(&mut self, group: &SecurityGroupId, protocol: u8, port: u16, peer: Peer) {
        let ports = PortRange::Range { from: port, to: port };
        let permission = IpPermission { protocol: Protocol::Number(protocol), ports, peer, description: None };
        self.run(AuthorizeSecurityGroupIngress {
            group_id: group.clone(),
            ip_permissions: vec![permission],
            tags: Tags::new(),
        });
    }

    /// Takes the rule that a new group has for what goes out.
    pub fn nothing_out(&mut self, group: &SecurityGroupId) {
        let rules = self.cloud().security_groups[group].rules.iter();
        let rules = rules.filter(|r| r.direction == group::Direction::Egress).map(|r| r.id.clone()).collect();
        self.run(RevokeSecurityGroupEgress {
            group_id: group.clone(),
            ip_permissions: vec![],
            security_group_rule_ids: rules,
        });
    }

    pub fn try_instance(
        &mut self,
        subnet: &Subnet,
        groups: &[SecurityGroupId],
        address: Option<Ipv4Addr>,
    ) -> Result<NetworkInterfaceId> {
        let launched = self.trial.run(RunInstances {
            image_id: "ami-0c02fb55956c7d316".into(),
            subnet_id: Some(subnet.id.clone()),
            security_group_ids: groups.to_vec(),
            private_ip_address: address,
            ..RunInstances::default()
        })?;
        let instance = launched[0].clone();
        self.trial.run(ObserveInstance {
            instance_id: instance.id,
            generation: instance.generation,
            state: InstanceState::Running,
            reason: None,
        })?;
        Ok(instance.interfaces[0].clone())
    }

    pub fn instance(&mut self, subnet: &Subnet, groups: &[&SecurityGroupId]) -> NetworkInterfaceId {
        let groups: Vec<_> = groups.iter().map(|g| (*g).clone()).collect();
        self.try_instance(subnet, &groups, None).unwrap()
    }

    pub fn instance_of(&self, interface: &NetworkInterfaceId) -> InstanceId {
        self.cloud().interfaces[interface].attachment.as_ref().unwrap().instance.clone()
    }

    pub fn address_of(&self, interface: &NetworkInterfaceId) -> Ipv4Addr {
        self.cloud().interfaces[interface].private_ips[0]
    }

    pub fn elastic_ip(&mut self, interface: &NetworkInterfaceId) -> Ipv4Addr {
        let address = self.run(AllocateAddress { tags: Tags::new() });
        self.run(AssociateAddress {
            allocation_id: address.id,
            instance_id: None,
            network_interface_id: Some(interface.clone()),
            private_ip_address: None,
            allow_reassociation: None,
        });
        address.public_ip
    }

    pub fn nat_gateway(&mut self, subnet: &Subnet) -> NatGatewayId {
        let allocation = self.run(AllocateAddress { tags: Tags::new() }).id;
        let gateway = self.run(CreateNatGateway {
            subnet_id: subnet.id.clone(),
            connectivity_type: None,
            availability_mode: None,
            allocation_id: Some(allocation),
            private_ip_address: None,
            secondary_allocation_ids: vec![],
            secondary_private_ip_addresses: vec![],
            secondary_private_ip_address_count: None,
            tags: Tags::new(),
        });
        let state = croft_model::gateway::NatGatewayState::Available;
        self.run(ObserveNatGateway { nat_gateway_id: gateway.id.clone(), state });
        gateway.id
    }

    pub fn network_acl(&mut self, subnet: &Subnet) -> NetworkAclId {
        let acl = self.run(CreateNetworkAcl { vpc_id: subnet.vpc.clone(), tags: Tags::new() }).id;
        let association_id = self.cloud().subnets[&subnet.id].network_acl.0.clone();
        self.run(ReplaceNetworkAclAssociation { association_id, network_acl_id: acl.clone() });
        acl
    }

    pub fn acl_entry(&mut self, acl: &NetworkAclId, entry: NetworkAclEntry) {
        self.run(CreateNetworkAclEntry { network_acl_id: acl.clone(), entry });
    }

    pub fn ask(&self, source: Endpoint, destination: Endpoint, protocol: Transport, port: u16) -> Answer {
        let question = ReachQuestion { source, destination, protocol, port };
        reach(self.cloud(), &Ports::default(), &question).unwrap()
    }

    /// Applies the fix of an answer, and asks again until the path is open. Gives the last answer.
    pub fn mend(&mut self, question: &ReachQuestion) -> Answer {
        let mut log = Vec::new();
        for _ in 0..10 {
            let answer = reach(self.cloud(), &Ports::default(), question).unwrap();
            let Some(fix) = answer.fix.clone().filter(|_| !answer.predicted) else { return answer };
            for step in &fix.steps {
                log.push(step.summary.clone());
                self.trial.apply(&step.change).unwrap();
            }
            let again = reach(self.cloud(), &Ports::default(), question).unwrap();
            assert!(again.predicted || !fix.opens, "{question:?}: {answer:#?}\nthen {again:#?}");
        }
        panic!("no end of fixes for {question:?}: {log:#?}");
    }

    /// Applies a fix by a stack of the fragments of its steps. False: it has a step that no template can say.
    pub fn mend_by_template(&mut self, fix: &Fix) -> bool {
        let Some(fragments) = fix.steps.iter().map(|step| step.template.as_deref()).collect::<Option<Vec<_>>>() else {
            return false;
        };
        let mut text = "Resources:\n".to_string();
        for line in fragments.iter().flat_map(|fragment| fragment.lines()) {
            text += &format!("  {line}\n");
        }
        self.up("fix", "fix.yaml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        true
    }

    /// TCP between two interfaces.
    pub fn tcp(&self, source: &NetworkInterfaceId, destination: &NetworkInterfaceId, port: u16) -> Answer {
        let (source, destination) = (source.clone(), destination.clone());
        self.ask(Endpoint::Interface(source), Endpoint::Interface(destination), Transport::Tcp, port)
    }
}

/// Stacks on the cloud: what is waited for happens at once.
impl World {
    /// Lends the cloud to those who work on stacks.
    fn stacks<T>(
        &mut self,
        work: impl FnOnce(&Stacks, &Scope) -> std::result::Result<T, StackError>,
    ) -> std::result::Result<T, StackError> {
        let (home, version) = (self.cloud().home.clone(), self.cloud().version);
        let memory = Arc::new(Memory::new(self.cloud().clone(), self.seed << 32 | version));
        let stacks = Stacks::new(Arc::clone(&memory) as Arc<dyn Host>, Options::default());
        let done = work(&stacks, &home);
        stacks.stop();
        memory.settle();
        self.trial = Trial::new(&memory.cloud());
        done
    }

    /// Creates or updates a stack.
    pub fn up(&mut self, name: &str, file: &str, template: &str) -> std::result::Result<(), StackError> {
        self.up_with(name, file, template, &[])
    }

    /// With parameters, `NAME=VALUE` each.
    pub fn up_with(
        &mut self,
        name: &str,
        file: &str,
        template: &str,
        parameters: &[&str],
    ) -> std::result::Result<(), StackError> {
        let given = |text: &&str| text.split_once('=').map(|(name, value)| (name.to_string(), Given::from(value)));
        let parameters = parameters.iter().map(|text| given(text).unwrap_or_else(|| panic!("{text}"))).collect();
        let read = Template::parse(file, template.as_bytes())?;
        let (template, file) = (Some(template.to_string()), file.to_string());
        let asked = Asked { template, file, parameters, keep_parameters: true, ..Asked::default() };
        let held = self.cloud().stack(&self.cloud().home, name).is_some();
        self.stacks(|stacks, home| {
            let begun = match held {
                true => stacks.update_if_changed(home, name, &asked)?,
                false => Some(stacks.create(home, name, &asked)?),
            };
            begun.map_or(Ok(()), |begun| stacks.finish(&begun)?.result(Some(&read)).map(drop))
        })
    }

    pub fn down(&mut self, name: &str) -> std::result::Result<(), StackError> {
        self.stacks(|stacks, home| match stacks.delete(home, name, &Deletion::default())? {
            Some(begun) => stacks.finish(&begun)?.result(None).map(drop),
            None => Ok(()),
        })
    }
}

/// An entry for TCP ports.
pub fn tcp_entry(
    number: u16,
    direction: group::Direction,
    cidr: &str,
    from: u16,
    to: u16,
    allow: bool,
) -> NetworkAclEntry {
    let ports = PortRange::Range { from, to };
    NetworkAclEntry { number, direction, protocol: Protocol::Number(6), ports, cidr: net(cidr).into(), allow }
}

/// Asserts that the path is closed by this first blocker, that a fix is proposed, and that it opens the path.
#[track_caller]
pub fn closed_and_mended(world: &mut World, question: &ReachQuestion, code: Code, component: &str) -> Answer {
    let answer = reach(world.cloud(), &Ports::default(), question).unwrap();
    assert!(!answer.predicted, "{answer:#?}");
    assert_eq!((answer.blockers[0].code, answer.blockers[0].component.as_str()), (code, component), "{answer:#?}");
    assert_eq!(answer.codes[0], code);
    assert!(answer.fix.as_ref().is_some_and(|fix| fix.opens), "{answer:#?}");
    let mended = world.mend(question);
    assert!(mended.predicted && mended.blockers.is_empty() && mended.fix.is_none(), "{mended:#?}");
    answer
}

pub fn tcp_question(source: Endpoint, destination: Endpoint, port: u16) -> ReachQuestion {
    ReachQuestion { source, destination, protocol: Transport::Tcp, port }
}
