//! The internet gateway: 1:1 translation between private and public address (row IGW-1).

use super::*;

impl Walk {
    /// Out: the source becomes its public address. To another public address of the fabric it comes back in
    /// (row IGW-3).
    #[inline(never)]
    pub(crate) fn igw_out<T: Tables>(&mut self, tables: &T) -> Hop {
        let gateway = self.node;
        let private = self.tuple.source;
        let Some(public) = self.public_of(tables, private) else {
            return self.drop_at(gateway, DropReason::NoPublicAddress);
        };
        if self.outer_source == private {
            self.outer_source = public;
        } else {
            let Some(outer) = self.public_of(tables, self.outer_source) else {
                return self.drop_at(gateway, DropReason::NoPublicAddress);
            };
            self.outer_source = outer;
        }
        self.tuple.source = public;
        self.sender_known = 0;
        tables.saw(self, Event::PublicSource { gateway, private, public });
        self.crossed(MTU_INTERNET);
        self.subnet = 0;
        self.at_nat = 0;
        if tables.private(&self.tuple.destination).is_some() {
            tables.saw(self, Event::Hairpin { gateway, public: self.tuple.destination });
            self.hop = IGW_IN;
            return Ok(());
        }
        if self.tuple.destination.is_private() {
            return self.drop_at(gateway, DropReason::PrivateDestination);
        }
        let Some(uplink) = tables.uplink() else { return self.drop_at(gateway, DropReason::NoInterface) };
        if uplink.port == 0 || uplink.port == self.port {
            return self.drop_at(gateway, DropReason::NoInterface);
        }
        self.action.port = uplink.port;
        self.action.destination_mac = uplink.mac;
        self.action.source_mac = uplink.router_mac;
        self.hop = DONE;
        self.key = ConnKey::new(uplink.port, &self.tuple.reversed());
        self.look_at_destination(tables);
        self.destination.alive = self.source.alive;
        tables.saw(self, Event::ToInternet { port: uplink.port });
        Ok(())
    }

    /// In: delivered to the holder of the public address, whatever its subnet's route table says (row IGW-2), unless the
    /// gateway has a table of its own.
    #[inline(never)]
    pub(crate) fn igw_in<T: Tables>(&mut self, tables: &T) -> Hop {
        let public = self.tuple.destination;
        let Some(private) = tables.private(&public) else {
            return self.drop_at(0, DropReason::UnknownPublicAddress);
        };
        let (address, vpc, gateway, table) = (private.address, private.vpc, private.gateway, private.route_table);
        if gateway == 0 {
            return self.drop_at(0, DropReason::NoInternetGateway);
        }
        self.vpc = vpc;
        self.tuple.destination = address;
        self.owner_asked = 0;
        tables.saw(self, Event::PrivateDestination { gateway, private: address, public });
        self.crossed(MTU_INTERNET);
        match table {
            0 => self.go_to_owner(tables, gateway),
            _ => self.route_in(tables, gateway, table),
        }
    }

    /// By the gateway's own table: to the holder, or to an appliance, which needs a public address (row RT-7).
    #[inline(always)]
    fn route_in<T: Tables>(&mut self, tables: &T, gateway: u32, table: u32) -> Hop {
        let destination = self.tuple.destination;
        let Some(route) = tables.route(&RouteKey { table, destination }) else {
            return self.drop_at(gateway, DropReason::NoRoute);
        };
        let route = *route;
        tables.saw(self, Event::RoutedByGateway { gateway, table, destination, route });
        match route.kind {
            ROUTE_LOCAL => self.go_to_owner(tables, gateway),
            ROUTE_INTERFACE => {
                let Some((node, flags)) = tables.interface(route.node).map(|i| (i.node, i.flags)) else {
                    return self.drop_at(gateway, DropReason::NoInterface);
                };
                if flags & IF_PUBLIC == 0 {
                    return self.drop_at(node, DropReason::NoPublicAddress);
                }
                self.go_to(ENTER, route.node)
            }
            _ => self.drop_at(gateway, DropReason::Blackhole),
        }
    }

    #[inline(always)]
    fn public_of<T: Tables>(&self, tables: &T, private: Ip) -> Option<Ip> {
        tables.public(&VpcAddress { vpc: self.vpc, address: private }).map(|p| p.address)
    }
}
