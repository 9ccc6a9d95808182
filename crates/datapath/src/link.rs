//! Links, addresses, routes and neighbours of one namespace: what Croft needs of netlink, and no more.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
    os::fd::RawFd,
};

use netlink_packet_route::{
    AddressFamily, RouteNetlinkMessage as Message,
    address::{AddressAttribute, AddressMessage},
    link::{InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo, LinkMessage, State},
    neighbour::{NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState},
    route::{
        RouteAddress, RouteAttribute, RouteFlags, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
    },
    rule::{RuleAction, RuleAttribute, RuleMessage},
};

use crate::{
    FabricError,
    netlink::{Mode, Netlink},
};

/// A link as the kernel lists it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link {
    pub(crate) index: u32,
    pub(crate) name: String,
    /// The free text Croft keeps the interface's name in.
    pub(crate) alias: Option<String>,
    pub(crate) mac: [u8; 6],
    pub(crate) mtu: u32,
    pub(crate) up: bool,
    /// It has a carrier, and the kernel has seen to it: what is sent by it arrives. See [`crate::carrier`].
    pub(crate) carries: bool,
}

/// One end of a veth pair to be made.
pub(crate) struct VethEnd<'a> {
    pub(crate) name: &'a str,
    pub(crate) mac: [u8; 6],
    pub(crate) mtu: u32,
    /// Where it is made: an open namespace, or the socket's own.
    pub(crate) namespace: Option<RawFd>,
}

impl VethEnd<'_> {
    /// The pair of this end and the other one.
    pub(crate) fn pair(&self, far: &VethEnd<'_>) -> LinkMessage {
        let mut peer = LinkMessage::default();
        peer.attributes = far.attributes();
        let mut link = LinkMessage::default();
        link.attributes = self.attributes();
        link.attributes.push(LinkAttribute::LinkInfo(vec![
            LinkInfo::Kind(InfoKind::Veth),
            LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(peer))),
        ]));
        link
    }

    fn attributes(&self) -> Vec<LinkAttribute> {
        let mut list = vec![
            LinkAttribute::IfName(self.name.into()),
            LinkAttribute::Address(self.mac.to_vec()),
            LinkAttribute::Mtu(self.mtu),
        ];
        list.extend(self.namespace.map(LinkAttribute::NetNsFd));
        list
    }
}

/// A route.
pub(crate) struct RouteSpec {
    pub(crate) destination: Ipv4Addr,
    pub(crate) prefix: u8,
    pub(crate) device: u32,
    pub(crate) gateway: Option<Ipv4Addr>,
    /// Every address of the destination is the namespace's own.
    pub(crate) local: bool,
    /// The source that is used where the program chose none.
    pub(crate) source: Option<Ipv4Addr>,
    /// Of several routes with one destination the one with the lowest metric counts.
    pub(crate) metric: u32,
    /// Routing table, the main one if `None`.
    pub(crate) table: Option<u32>,
}

impl Netlink {
    /// All links, by name.
    pub(crate) fn links(&mut self) -> Result<BTreeMap<String, Link>, FabricError> {
        let answers = self.dump(Message::GetLink(LinkMessage::default()), || "list the links".into())?;
        Ok(answers
            .into_iter()
            .filter_map(|m| match m {
                Message::NewLink(l) => Some(read_link(&l)),
                _ => None,
            })
            .map(|l| (l.name.clone(), l))
            .collect())
    }

    /// The link of that name, if there is one.
    pub(crate) fn link(&mut self, name: &str) -> Result<Option<Link>, FabricError> {
        let mut wanted = LinkMessage::default();
        wanted.attributes.push(LinkAttribute::IfName(name.into()));
        match self.get(Message::GetLink(wanted), || format!("look up the link {name}")) {
            Ok(answers) => Ok(answers.into_iter().find_map(|m| match m {
                Message::NewLink(l) => Some(read_link(&l)),
                _ => None,
            })),
            Err(e) if e.is_not_found() => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Makes a veth pair in one step; both ends are down.
    pub(crate) fn add_veth(&mut self, near: &VethEnd<'_>, far: &VethEnd<'_>) -> Result<(), FabricError> {
        self.request(Message::NewLink(near.pair(far)), Mode::Create, || {
            format!("make the veth pair {} – {}", near.name, far.name)
        })
    }

    /// Brings a link up and sets its alias.
    pub(crate) fn set_up(&mut self, index: u32, alias: Option<&str>) -> Result<(), FabricError> {
        let mut link = LinkMessage::default();
        link.header.index = index;
        link.header.flags = LinkFlags::Up;
        link.header.change_mask = LinkFlags::Up;
        link.attributes.extend(alias.map(|a| LinkAttribute::IfAlias(a.into())));
        self.request(Message::SetLink(link), Mode::Plain, || format!("bring the link {index} up"))
    }

    /// Sets MAC and MTU.
    pub(crate) fn set_mac_and_mtu(&mut self, index: u32, mac: [u8; 6], mtu: u32) -> Result<(), FabricError> {
        let mut link = LinkMessage::default();
        link.header.index = index;
        link.attributes = vec![LinkAttribute::Address(mac.to_vec()), LinkAttribute::Mtu(mtu)];
        self.request(Message::SetLink(link), Mode::Plain, || format!("change the link {index}"))
    }

    /// Removes a link (of a pair: both ends).
    pub(crate) fn remove_link(&mut self, index: u32) -> Result<(), FabricError> {
        let mut link = LinkMessage::default();
        link.header.index = index;
        self.request(Message::DelLink(link), Mode::Plain, || format!("remove the link {index}"))
    }

    /// The IPv4 addresses of a link with their prefixes.
    pub(crate) fn addresses(&mut self, index: u32) -> Result<BTreeSet<(Ipv4Addr, u8)>, FabricError> {
        let mut all = AddressMessage::default();
        all.header.family = AddressFamily::Inet;
        let answers = self.dump(Message::GetAddress(all), || "list the addresses".into())?;
        Ok(answers
            .into_iter()
            .filter_map(|m| match m {
                Message::NewAddress(a) if a.header.index == index => {
                    let local = a.attributes.iter().find_map(|x| match x {
                        AddressAttribute::Local(IpAddr::V4(v4)) => Some(*v4),
                        _ => None,
                    })?;
                    Some((local, a.header.prefix_len))
                }
                _ => None,
            })
            .collect())
    }

    pub(crate) fn add_address(&mut self, index: u32, address: Ipv4Addr, prefix: u8) -> Result<(), FabricError> {
        self.request(Message::NewAddress(address_message(index, address, prefix)), Mode::Replace, || {
            format!("give the link {index} the address {address}/{prefix}")
        })
    }

    pub(crate) fn remove_address(&mut self, index: u32, address: Ipv4Addr, prefix: u8) -> Result<(), FabricError> {
        self.request(Message::DelAddress(address_message(index, address, prefix)), Mode::Plain, || {
            format!("take the address {address}/{prefix} from the link {index}")
        })
    }

    pub(crate) fn set_route(&mut self, route: &RouteSpec) -> Result<(), FabricError> {
        let mut m = RouteMessage::default();
        m.header.address_family = AddressFamily::Inet;
        m.header.destination_prefix_length = route.prefix;
        m.header.table = RouteHeader::RT_TABLE_MAIN;
        m.header.protocol = RouteProtocol::Static;
        (m.header.kind, m.header.scope) = match (route.local, route.gateway) {
            (true, _) => (RouteType::Local, RouteScope::Host),
            (false, None) => (RouteType::Unicast, RouteScope::Link),
            (false, Some(_)) => (RouteType::Unicast, RouteScope::Universe),
        };
        if route.prefix > 0 {
            m.attributes.push(RouteAttribute::Destination(RouteAddress::Inet(route.destination)));
        }
        m.attributes.push(RouteAttribute::Oif(route.device));
        if let Some(gateway) = route.gateway {
            m.header.flags = RouteFlags::Onlink;
            m.attributes.push(RouteAttribute::Gateway(RouteAddress::Inet(gateway)));
        }
        m.attributes.extend(route.source.map(|s| RouteAttribute::PrefSource(RouteAddress::Inet(s))));
        if let Some(table) = route.table {
            m.header.table = RouteHeader::RT_TABLE_UNSPEC;
            m.attributes.push(RouteAttribute::Table(table));
        }
        if route.metric > 0 {
            m.attributes.push(RouteAttribute::Priority(route.metric));
        }
        self.request(Message::NewRoute(m), Mode::Replace, || {
            format!("route {}/{} to the link {}", route.destination, route.prefix, route.device)
        })
    }

    /// What comes from `source` looks into `table` before the main one.
    pub(crate) fn set_source_table(&mut self, source: Ipv4Addr, table: u32) -> Result<(), FabricError> {
        let rule = rule_message(source, table);
        match self.request(Message::NewRule(rule), Mode::Create, || format!("send what comes from {source} to a table"))
        {
            Err(FabricError::Netlink { error, .. }) if error.raw_os_error() == Some(libc::EEXIST) => Ok(()),
            other => other,
        }
    }

    /// Source and table of every rule that [`Self::set_source_table`] has made here.
    pub(crate) fn source_tables(&mut self) -> Result<BTreeSet<(Ipv4Addr, u32)>, FabricError> {
        let mut all = RuleMessage::default();
        all.header.family = AddressFamily::Inet;
        let answers = self.dump(Message::GetRule(all), || "list the routing rules".into())?;
        Ok(answers
            .into_iter()
            .filter_map(|m| match m {
                Message::NewRule(rule) => read_rule(&rule),
                _ => None,
            })
            .collect())
    }

    /// Takes such a rule away.
    pub(crate) fn remove_source_table(&mut self, source: Ipv4Addr, table: u32) -> Result<(), FabricError> {
        let rule = rule_message(source, table);
        self.request(Message::DelRule(rule), Mode::Plain, || format!("treat what comes from {source} like the rest"))
    }

    /// A neighbour that is known for good, so nobody asks for it by ARP.
    pub(crate) fn set_neighbour(&mut self, index: u32, address: Ipv4Addr, mac: [u8; 6]) -> Result<(), FabricError> {
        let mut m = NeighbourMessage::default();
        m.header.family = AddressFamily::Inet;
        m.header.ifindex = index;
        m.header.state = NeighbourState::Permanent;
        m.header.kind = RouteType::Unicast;
        m.attributes = vec![
            NeighbourAttribute::Destination(NeighbourAddress::Inet(address)),
            NeighbourAttribute::LinkLayerAddress(mac.to_vec()),
        ];
        self.request(Message::NewNeighbour(m), Mode::Replace, || format!("set the neighbour {address}"))
    }
}

fn address_message(index: u32, address: Ipv4Addr, prefix: u8) -> AddressMessage {
    let mut m = AddressMessage::default();
    m.header.family = AddressFamily::Inet;
    m.header.prefix_len = prefix;
    m.header.index = index;
    m.attributes = vec![AddressAttribute::Local(address.into()), AddressAttribute::Address(address.into())];
    m
}

/// Its priority is the table's number, which nothing else uses.
fn rule_message(source: Ipv4Addr, table: u32) -> RuleMessage {
    let mut m = RuleMessage::default();
    m.header.family = AddressFamily::Inet;
    m.header.src_len = 32;
    m.header.action = RuleAction::ToTable;
    m.attributes =
        vec![RuleAttribute::Source(source.into()), RuleAttribute::Table(table), RuleAttribute::Priority(table)];
    m
}

fn read_rule(message: &RuleMessage) -> Option<(Ipv4Addr, u32)> {
    let (mut source, mut table, mut priority) = (None, None, None);
    for attribute in &message.attributes {
        match attribute {
            RuleAttribute::Source(IpAddr::V4(address)) => source = Some(*address),
            RuleAttribute::Table(number) => table = Some(*number),
            RuleAttribute::Priority(number) => priority = Some(*number),
            _ => {}
        }
    }
    (table == priority).then_some((source?, table?))
}

fn read_link(message: &LinkMessage) -> Link {
    let mut link =
        Link { index: message.header.index, up: message.header.flags.contains(LinkFlags::Up), ..Link::default() };
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(n) => link.name.clone_from(n),
            LinkAttribute::IfAlias(a) => link.alias = Some(a.clone()),
            LinkAttribute::Mtu(m) => link.mtu = *m,
            LinkAttribute::OperState(s) => link.carries = *s == State::Up,
            LinkAttribute::Address(a) => {
                if let Ok(mac) = <[u8; 6]>::try_from(&a[..]) {
                    link.mac = mac;
                }
            }
            _ => {}
        }
    }
    link
}
