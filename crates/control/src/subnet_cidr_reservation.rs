//! Parts of a subnet from which no address is given out unasked.

use crate::Transaction;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use croft_model::subnet::{ReservationType, SubnetCidrReservation};
use croft_model::vpc::{overlap, overlap_ipv6};
use croft_model::*;
use ipnet::{IpNet, Ipv4Net};

request! {
    pub struct CreateSubnetCidrReservation {
        pub subnet_id: SubnetId,
        pub cidr: IpNet,
        pub reservation_type: ReservationType,
        pub description: Option<String>,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct DeleteSubnetCidrReservation {
        pub subnet_cidr_reservation_id: SubnetCidrReservationId,
    }
}

const LONGEST_DESCRIPTION: usize = 255;

impl Request for CreateSubnetCidrReservation {
    type Response = SubnetCidrReservation;

    fn run(self, tx: &mut Transaction<'_>) -> Result<SubnetCidrReservation> {
        check_tags(&self.tags)?;
        let block = self.cidr.trunc();
        let subnet = tx.subnet(&self.subnet_id)?;
        let inside = match block {
            IpNet::V4(block) => subnet.block.contains(&block),
            IpNet::V6(block) => subnet.ipv6_cidr_block.as_ref().is_some_and(|b| b.block.contains(&block)),
        };
        if !inside {
            return Err(Error::invalid_value("cidr", block, format!("It lies outside of the subnet '{}'.", subnet.id)));
        }
        if self.description.as_ref().is_some_and(|d| d.len() > LONGEST_DESCRIPTION) {
            return Err(Error::invalid(format!("The description has more than {LONGEST_DESCRIPTION} characters.")));
        }
        let shares = |other: &IpNet| match (other, &block) {
            (IpNet::V4(a), IpNet::V4(b)) => overlap(*a, *b),
            (IpNet::V6(a), IpNet::V6(b)) => overlap_ipv6(*a, *b),
            _ => false,
        };
        let mut others = tx.subnet_cidr_reservations().filter(|r| r.subnet == self.subnet_id);
        if let Some(other) = others.find(|r| shares(&r.block)) {
            let why = format!("It overlaps with another reservation, {} ({}).", other.id, other.block);
            return Err(Error::invalid_value("cidr", block, why));
        }
        drop(others);
        let reservation = SubnetCidrReservation {
            id: tx.fresh(|r| &r.subnet_cidr_reservations, SubnetCidrReservationId::from_bits),
            scope: tx.scope.clone(),
            subnet: self.subnet_id,
            block,
            kind: self.reservation_type,
            description: self.description,
            tags: self.tags,
        };
        tx.cloud.subnet_cidr_reservations.insert(reservation.id.clone(), reservation.clone());
        Ok(reservation)
    }
}

impl Request for DeleteSubnetCidrReservation {
    /// What it was.
    type Response = SubnetCidrReservation;

    fn run(self, tx: &mut Transaction<'_>) -> Result<SubnetCidrReservation> {
        let gone = tx.subnet_cidr_reservation(&self.subnet_cidr_reservation_id)?.clone();
        tx.cloud.subnet_cidr_reservations.remove(&gone.id);
        Ok(gone)
    }
}

impl Transaction<'_> {
    /// What is reserved of a subnet's IPv4 addresses.
    pub(crate) fn reserved_blocks(&self, subnet: &SubnetId) -> Vec<Ipv4Net> {
        let here = self.subnet_cidr_reservations().filter(|r| r.subnet == *subnet);
        here.filter_map(|r| match r.block {
            IpNet::V4(block) => Some(block),
            IpNet::V6(_) => None,
        })
        .collect()
    }
}
