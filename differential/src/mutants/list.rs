//! The list.

use super::Mutant;

macro_rules! mutants { ($($file:literal { $($mistake:literal: $right:literal => $wrong:literal;)* })*) => {
    /// All mistakes, in the order of their numbers, which begin at 1.
    pub const MUTANTS: &[Mutant] = &[$($(
        Mutant { mistake: $mistake, file: $file, right: $right, wrong: $wrong },
    )*)*];
} }

mutants! {
    "walk/leave.rs" {
        "a failed zone does not stop what leaves it": "interface.flags & IF_ZONE_FAILED != 0" => "false";
        "any address may be sent from": "!self.holds(tables, &interface, self.outer_source)" => "false";
        "link-local services are ordinary addresses": "is_service(&interface, self.tuple.destination)" => "false";
        "an ICMP error about nothing known may leave":
            "self.came.is(F_ERROR) && self.source.alive == 0" => "false";
        "egress rules are asked about the sender":
            "policy::judge_groups(tables, interface.egress_set, remote, protocol, port, membership)"
            => "policy::judge_groups(tables, interface.egress_set, interface.address, protocol, port, membership)";
        "an open port is open to every protocol":
            "interface.flags & open_bit(protocol, IF_EGRESS_OPEN_TCP, IF_EGRESS_OPEN_UDP)"
            => "interface.flags & IF_EGRESS_OPEN_TCP";
        "egress flows are never untracked":
            "(judged.wide() && interface.flags & open != 0) as u32" => "0";
        "egress rules decide nothing": "Ok(judged.allows())" => "Ok(true)";
    }
    "walk/depart.rs" {
        "neighbours meet the network ACL and the route table": "contains(&subnet, destination)" => "false";
        "the egress ACL decides nothing":
            "!self.acl(tables, here, subnet.egress_acl, Direction::Egress)" => "false";
        "the ingress ACL decides nothing":
            "!self.acl(tables, subnet, entered.ingress_acl, Direction::Ingress)" => "false";
        "the ingress ACL judges neighbours too": "subnet == self.subnet" => "false";
        "a route to an interface is a black hole":
            "self.go_to(ENTER, route.node)" => "self.drop_at(here, DropReason::Blackhole)";
    }
    "walk/enter.rs" {
        "a packet may come back to where it came from": "port == self.port" => "false";
        "a failed zone does not stop what enters it": "interface.flags & IF_ZONE_FAILED != 0" => "false";
        "any address is taken":
            "!self.holds(tables, &interface, self.tuple.destination)" => "false";
        "ingress rules are asked for every packet": "self.destination.known()" => "false";
        "ingress flows are never untracked":
            "(judged.wide() && interface.flags & open != 0) as u32" => "0";
        "a source carries no groups": "return self.sender_membership;" => "return 0;";
        "an ICMP error about nothing known may enter":
            "self.came.is(F_ERROR) && self.destination.alive == 0" => "false";
    }
    "walk/igw.rs" {
        "the internet gateway leaves the source of an error as it is":
            "self.outer_source = outer;" => "";
        "a packet to a public address of the fabric goes out":
            "tables.private(&self.tuple.destination).is_some()" => "false";
        "a detached internet gateway still lets in": "gateway == 0" => "false";
        "what comes in is never routed":
            "self.route_in(tables, gateway, table)" => "self.go_to_owner(tables, gateway)";
        "an appliance needs no public address": "flags & IF_PUBLIC == 0" => "false";
        "nobody's private addresses are on the internet": "self.tuple.destination.is_private()" => "false";
    }
    "walk/nat_in.rs" {
        "a translation outlives its route":
            "!self.leads_here(tables, &claim.origin)" => "false";
        "a translation outlives its connection":
            "!nat::holds(tables, &key, &claim, self.now)" => "false";
        "a failed zone does not stop a NAT gateway's answers": "gateway.flags & NAT_ZONE_FAILED != 0" => "false";
        "any query answers any other": "origin.reversed().kind != self.tuple.kind" => "false";
    }
    "walk/nat_out.rs" {
        "every packet gets a port of its own": "has && self.has_claim(tables)" => "false";
        "a translation never idles out": "!self.source.translation_idled_out(self.now)" => "true";
        "a translation stays although its address has gone":
            "nat::address_of(gateway, self.source.nat_address).is_some()" => "true";
        "a NAT gateway takes TCP in the middle": "Err(DropReason::NatIdle)" => "Ok(())";
    }
    "walk/finish.rs" {
        "nothing is too big": "size > mtu as u32" => "false";
        "an RST opens a connection": "self.came.is(F_CLOSE) && self.source.alive == 0" => "false";
        "an interface may fill the table": "limit == 0 || tables.used(port) < limit as u64" => "true";
        "a share of dead connections stays full": "!take_own(tables, self.now, port, &mut self.reclaim)" => "true";
        "a dropped packet leaves its entry behind": "remove(tables, &self.key, counted);" => "";
        "a closing connection is not noticed": "c.flags |= closing;" => "";
        "translated flows may be untracked":
            "if self.source_untracked == 0 || self.nat != 0 { CONN_TRACKED } else { 0 }"
            => "if self.source_untracked == 0 { CONN_TRACKED } else { 0 }";
        "a connection that is opened again keeps its age": "walk.source.alive == 0" => "false";
        "a NAT gateway forgets with the groups": "c.nat != walk.nat" => "true";
    }
    "walk.rs" {
        "a SYN does not open a closing connection again":
            "self.came.is(F_SYN) && !self.came.is(F_ERROR) && status.flags & CONN_CLOSING != 0" => "false";
        "the first gateway is free": "self.action.ttl_cost += 1;" => "";
        "every path is as wide as the VPC": "mtu < self.action.mtu" => "false";
    }
    "connection.rs" {
        "a connection idles out by one direction alone": "far.last > self.last" => "false";
        "established TCP is never seen": "self.packets > 0 && self.peer_packets > 0" => "false";
        "a UDP stream begins with the first answer":
            "self.packets >= 2 && self.peer_packets >= 2" => "self.packets >= 1 && self.peer_packets >= 1";
        "untracked flows are known": "self.alive != 0 && self.flags & CONN_TRACKED != 0" => "self.alive != 0";
        "entries speak for connections that have left them": "c.peer(named) == *key" => "true";
        "a FIN of the other side is not noticed": "self.flags |= far.flags & CONN_CLOSING;" => "";
        "dead connections keep their room":
            "!dead(tables, &room.key, now, &mut room.peer, &mut room.status)" => "true";
    }
    "packet/known.rs" {
        "a SYN takes the short way": "t[13] & SYN != 0 && t[13] & (ACK | FIN | RST) != ACK" => "false";
    }
    "short_way.rs" {
        "a change of policy waits for the flow to idle": "c.epoch != clock.epoch" => "false";
        "a FIN on the short way is not noticed": "c.flags |= CONN_CLOSING;" => "";
        "the short way does not look at the clock": "now >= c.last.wrapping_add(PATIENCE)" => "false";
        "the short way takes any size": "known.length > c.mtu as u32 && known.size(segment()) > c.mtu as u32" => "false";
        "every flow finds its slot": "slot.key != key" => "false";
        "packets on the short way keep nothing alive": "c.last = now;" => "";
    }
    "flow/cache.rs" {
        "what the flow cache has counted is lost": "tables.conn(key, |c| slot.add_to(c));" => "";
        "a flow keeps its slot whatever becomes of its entry": "self.synced = 0;" => "";
        "a FIN that the flow cache has seen is not noticed": "conn.flags |= self.conn.flags & CONN_CLOSING;" => "";
        "the flow cache does not look at the clock": "now < self.synced.wrapping_add(FRESH)" => "true";
    }
    "nat.rs" {
        "half of the ports are enough": "place / addresses % NAT_PORTS" => "place / addresses % (NAT_PORTS / 2)";
        "a translation lives by one direction": "last = last.max(other);" => "";
    }
    "policy.rs" {
        "a class without the port allows": "bits.unwrap_or(0)" => "bits.unwrap_or(VERDICT_ALLOW)";
        "set 0 denies": "set == 0" => "false";
        "the last port of a span is denied": "port <= span.last" => "port < span.last";
        "spans are of any protocol": "span.protocol == protocol" => "true";
        "what a rule allows to a group is not asked": "judged.allows() || !asks" => "true";
        "ICMP is judged as TCP to port 0": "(ICMP, came.icmp)" => "(TCP, 0)";
        "protocols without a rule of their own are denied": "bits.is_none() && bit == OPEN_REST" => "false";
    }
    "arp.rs" {
        "anybody's address may ask": "!holder(Ip::v4_bytes(from)).is_some_and(|o| o.kind == OWNER_INTERFACE && o.node == port)" => "false";
        "a neighbour's MAC is the router's": "mac = neighbour.mac;" => "";
    }
    "rewrite.rs" {
        "the time to live may end at a gateway": "ttl > ttl_cost" => "true";
        "ports inside of an ICMP error stay": "inner[20..22].copy_from_slice(&new.destination_port.to_be_bytes());" => "";
        "UDP gets a checksum that it did not have": "old.protocol == UDP && check != 0" => "old.protocol == UDP";
    }
    "packet/parse.rs" {
        "a length longer than the frame is believed": "length < 20 || length + IP as u32 > packet.frame_length()" => "length < 20";
        "a TCP header longer than the packet is believed": "header < 20 || 20 + header > parsed.length" => "header < 20";
        "an ICMP error may be about somebody else's packet": "inner.source != parsed.tuple.destination" => "false";
    }
}
