//! Reservations of a subnet's addresses.

use super::filter::{FilterOf, Filters};
use super::listing::{Listed, Page, after, one};
use super::tag::{self, Tag, TagSpecifications};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::subnet::{ReservationType, Subnet, SubnetCidrReservation};
use croft_model::{SubnetCidrReservationId, Tags};
use imbl::OrdMap;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] =
    operations![CreateSubnetCidrReservation, DeleteSubnetCidrReservation, GetSubnetCidrReservations];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateSubnetCidrReservation {
    subnet_id: String,
    cidr: String,
    reservation_type: ReservationType,
    description: Option<String>,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateSubnetCidrReservationOutput {
    subnet_cidr_reservation: ReservationOutput,
}

impl Operation for CreateSubnetCidrReservation {
    const NAME: &'static str = "CreateSubnetCidrReservation";
    type Output = CreateSubnetCidrReservationOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateSubnetCidrReservationOutput, Fault> {
        let cidr = self.cidr.parse().map_err(|_| {
            let why = "This is not a valid CIDR block.";
            Fault::invalid_value(format!("Value ({}) for parameter cidr is invalid. {why}", self.cidr))
        })?;
        let reservation = call.run(croft_control::CreateSubnetCidrReservation {
            subnet_id: self.subnet_id.parse()?,
            cidr,
            reservation_type: self.reservation_type,
            description: self.description,
            tags: self.tag_specifications.of("subnet-cidr-reservation")?,
        })?;
        Ok(CreateSubnetCidrReservationOutput { subnet_cidr_reservation: ReservationOutput::of(&reservation) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteSubnetCidrReservation {
    subnet_cidr_reservation_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteSubnetCidrReservationOutput {
    deleted_subnet_cidr_reservation: ReservationOutput,
}

impl Operation for DeleteSubnetCidrReservation {
    const NAME: &'static str = "DeleteSubnetCidrReservation";
    type Output = DeleteSubnetCidrReservationOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DeleteSubnetCidrReservationOutput, Fault> {
        let subnet_cidr_reservation_id = self.subnet_cidr_reservation_id.parse()?;
        let gone = call.run(croft_control::DeleteSubnetCidrReservation { subnet_cidr_reservation_id })?;
        Ok(DeleteSubnetCidrReservationOutput { deleted_subnet_cidr_reservation: ReservationOutput::of(&gone) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetSubnetCidrReservations {
    subnet_id: String,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetSubnetCidrReservationsOutput {
    subnet_ipv4_cidr_reservations: Vec<ReservationOutput>,
    subnet_ipv6_cidr_reservations: Vec<ReservationOutput>,
    next_token: Option<String>,
}

impl Operation for GetSubnetCidrReservations {
    const NAME: &'static str = "GetSubnetCidrReservations";
    type Output = GetSubnetCidrReservationsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetSubnetCidrReservationsOutput, Fault> {
        let cloud = call.cloud();
        let subnet: &Subnet = one(&cloud, call.scope, &self.subnet_id)?;
        let judge = self.filters.judge(SubnetCidrReservation::FILTERS)?;
        let here = cloud.subnet_cidr_reservations_in(call.scope).filter(|r| r.subnet == subnet.id);
        let here = here.filter(|r| judge.holds(&cloud, r, &r.tags));
        let Page { items, next_token } =
            after(here, self.max_results, self.next_token.as_deref(), |r| r.id.to_string())?;
        let (ipv4, ipv6): (Vec<_>, Vec<_>) = items.into_iter().partition(|r| matches!(r.block, IpNet::V4(_)));
        Ok(GetSubnetCidrReservationsOutput {
            subnet_ipv4_cidr_reservations: ipv4.into_iter().map(ReservationOutput::of).collect(),
            subnet_ipv6_cidr_reservations: ipv6.into_iter().map(ReservationOutput::of).collect(),
            next_token,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReservationOutput {
    subnet_cidr_reservation_id: String,
    subnet_id: String,
    cidr: String,
    reservation_type: ReservationType,
    owner_id: String,
    description: Option<String>,
    tags: Vec<Tag>,
}

impl ReservationOutput {
    fn of(reservation: &SubnetCidrReservation) -> ReservationOutput {
        ReservationOutput {
            subnet_cidr_reservation_id: reservation.id.to_string(),
            subnet_id: reservation.subnet.to_string(),
            cidr: reservation.block.to_string(),
            reservation_type: reservation.kind,
            owner_id: reservation.scope.account.to_string(),
            description: reservation.description.clone(),
            tags: tag::shown(&reservation.tags),
        }
    }
}

impl Listed for SubnetCidrReservation {
    type Id = SubnetCidrReservationId;
    const FILTERS: &'static [FilterOf<SubnetCidrReservation>] = &[
        ("reservationType", |_, reservation, found| {
            found.text(match reservation.kind {
                ReservationType::Prefix => "prefix",
                ReservationType::Explicit => "explicit",
            });
        }),
        ("subnet-id", |_, reservation, found| found.text(reservation.subnet.as_str())),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<SubnetCidrReservationId, SubnetCidrReservation> {
        &cloud.subnet_cidr_reservations
    }
    fn id(&self) -> &SubnetCidrReservationId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}
