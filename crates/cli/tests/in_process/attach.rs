//! Interfaces and addresses that come to a running instance and leave it: the packets follow (row NET-4).

use crate::{PAIR, start, up};
use croft_control::*;
use croft_daemon::daemon::Daemon;
use croft_model::interface::AttachmentStatus;
use croft_model::{AttachmentId, InstanceId, NetworkInterfaceId, SubnetId, Tags};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Longer than anything here takes on a machine under load.
const PATIENCE: Duration = Duration::from_secs(20);

struct World {
    daemon: Daemon,
    _home: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        let home = tempfile::tempdir().unwrap();
        let daemon = start(home.path(), true);
        up(&daemon, PAIR);
        World { daemon, _home: home }
    }

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(&self, name: &str) -> T {
        self.daemon.stack_value("test", name).unwrap().parse().unwrap()
    }

    /// The links in an instance's namespace.
    fn devices(&self, instance: &InstanceId) -> BTreeSet<String> {
        let read = || std::fs::read_to_string("/proc/thread-self/net/dev").unwrap();
        let text = self.daemon.host().unwrap().fabric().in_namespace(instance.as_str(), read).unwrap();
        text.lines().filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned())).collect()
    }

    /// Asks the service at an address from the client's own stack for its page.
    fn answers(&self, address: Ipv4Addr) -> bool {
        let client = self.daemon.instance("client").unwrap();
        let ask = || -> std::io::Result<String> {
            let wait = Duration::from_secs(1);
            let mut stream = TcpStream::connect_timeout(&SocketAddr::from((address, 8080)), wait)?;
            stream.set_read_timeout(Some(wait))?;
            stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
            let mut page = String::new();
            stream.read_to_string(&mut page)?;
            Ok(page)
        };
        self.daemon
            .host()
            .unwrap()
            .fabric()
            .in_namespace(client.as_str(), ask)
            .unwrap()
            .is_ok_and(|page| page.contains(" 200 "))
    }

    #[track_caller]
    fn until(&self, what: &str, holds: impl Fn(&World) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < PATIENCE, "{what}: it does not come about");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// An interface with the server's groups.
    fn interface(&self, subnet: &SubnetId) -> (NetworkInterfaceId, Ipv4Addr) {
        let groups = vec![self.id("ServerGroup")];
        let request = CreateNetworkInterface { groups, ..CreateNetworkInterface::in_subnet(subnet.clone()) };
        let made = self.daemon.keeper().run(request).unwrap();
        (made.id, made.private_ips[0])
    }

    /// Attaches an interface and waits until it was seen.
    fn attach(&self, interface: &NetworkInterfaceId, instance: &InstanceId, device_index: u16) -> AttachmentId {
        let request = AttachNetworkInterface {
            network_interface_id: interface.clone(),
            instance_id: instance.clone(),
            device_index,
        };
        let attachment = self.daemon.keeper().run(request).unwrap();
        let seen = self.daemon.keeper().wait(PATIENCE, |cloud| {
            let there = cloud.interfaces[interface].attachment.as_ref()?;
            (there.status == AttachmentStatus::Attached).then_some(())
        });
        assert!(
            seen.is_some(),
            "{interface} is not seen in {instance}: {:?}",
            self.daemon.host().unwrap().agent().troubles()
        );
        attachment
    }
}

#[test]
fn net_4_an_interface_comes_to_a_running_instance_and_goes() {
    let world = World::new();
    let server = world.daemon.instance("server").unwrap();
    let cloud = world.daemon.cloud();
    let first = &cloud.interfaces[&cloud.instances[&server].interfaces[0]];
    let near = first.subnet.clone();
    world.until("the service listens", |w| w.answers(first.private_ips[0]));
    // One in the subnet of the first, and one in another, so that the answers must leave by the right one.
    let vpc = cloud.vpcs[&first.vpc].clone();
    let block = vpc.cidr_blocks[0].block.subnets(28).unwrap().last().unwrap();
    let far = CreateSubnet {
        vpc_id: vpc.id.clone(),
        cidr_block: block,
        availability_zone: Some(cloud.subnets[&near].zone.clone()),
        ipv6_cidr_block: None,
        tags: Tags::new(),
    };
    let far = world.daemon.keeper().run(far).unwrap().id;
    for (device_index, subnet) in [(1, near), (2, far)] {
        let (interface, address) = world.interface(&subnet);
        assert!(!world.answers(address), "nobody is there yet");
        let attachment = world.attach(&interface, &server, device_index);
        let device = format!("eth{device_index}");
        assert!(world.devices(&server).contains(&device), "it was said to be there");
        assert!(world.answers(address), "it answers on {device}");
        assert!(world.answers(first.private_ips[0]), "and on the first one as before");

        let more = AssignPrivateIpAddresses {
            network_interface_id: interface.clone(),
            private_ip_addresses: vec![],
            secondary_private_ip_address_count: Some(1),
            allow_reassignment: false,
        };
        let more = world.daemon.keeper().run(more).unwrap();
        world.until("a secondary address answers", |w| w.answers(more[0]));
        let less =
            UnassignPrivateIpAddresses { network_interface_id: interface.clone(), private_ip_addresses: more.clone() };
        world.daemon.keeper().run(less).unwrap();
        assert!(!world.answers(more[0]), "it is gone as soon as that is answered");

        world.daemon.keeper().run(DetachNetworkInterface { attachment_id: attachment }).unwrap();
        assert!(!world.answers(address), "no packet reaches it from the moment of the answer");
        world.until("the device is gone", |w| !w.devices(&server).contains(&device));
        assert!(world.answers(first.private_ips[0]));
        world.daemon.keeper().run(DeleteNetworkInterface { network_interface_id: interface }).unwrap();
    }
    assert!(
        world.daemon.host().unwrap().agent().troubles().is_empty(),
        "{:?}",
        world.daemon.host().unwrap().agent().troubles()
    );
}

#[test]
fn net_4_an_interface_moves_to_another_instance_with_its_address() {
    let world = World::new();
    let (server, client) = (world.daemon.instance("server").unwrap(), world.daemon.instance("client").unwrap());
    let cloud = world.daemon.cloud();
    let subnet = cloud.interfaces[&cloud.instances[&server].interfaces[0]].subnet.clone();
    let (interface, address) = world.interface(&subnet);
    let attachment = world.attach(&interface, &client, 1);
    assert!(!world.answers(address), "the client serves nothing");
    world.daemon.keeper().run(DetachNetworkInterface { attachment_id: attachment }).unwrap();
    world.attach(&interface, &server, 1);
    assert!(!world.devices(&client).contains("eth1"));
    world.until("it answers from its new place", |w| w.answers(address));
}
