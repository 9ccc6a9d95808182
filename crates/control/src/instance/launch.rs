//! A launch: instances with their interfaces and volumes, all or none (rows NET-6, EC2-1).

use crate::Transaction;
use crate::error::{Error, Result};
use crate::instance::attribute::MetadataOptionsChange;
use crate::instance::fit::{check_architecture, check_cpu, credits};
use crate::interface::{Ipv6Choice, NewInterface};
use crate::request::{Request, request};
use crate::tag::check_tags;
use crate::volume::BlockDevice;
use croft_model::image::{self, Image};
use croft_model::instance::*;
use croft_model::instance_type::InstanceType;
use croft_model::interface::InterfaceKind;
use croft_model::subnet::Subnet;
use croft_model::*;
use std::net::Ipv4Addr;

request! {
    /// As many instances as there is room for, `max_count` at most and `min_count` at least, or none.
    #[derive(Default)]
    pub struct RunInstances {
        /// One of [`croft_model::image::all`].
        pub image_id: String,
        /// `t3.micro` if absent; it changes nothing in the network.
        pub instance_type: Option<String>,
        /// One if absent.
        pub min_count: Option<u32>,
        /// As many as `min_count` if absent.
        pub max_count: Option<u32>,
        /// A default subnet if absent.
        pub subnet_id: Option<SubnetId>,
        /// By name; it must be the subnet's, or has a default subnet.
        pub availability_zone: Option<String>,
        #[serde(default)]
        pub security_group_ids: Vec<SecurityGroupId>,
        /// Groups of the default VPC by name, in place of identifiers.
        #[serde(default)]
        pub security_groups: Vec<String>,
        pub private_ip_address: Option<Ipv4Addr>,
        /// Of the primary interface.
        #[serde(default)]
        pub ipv6: Ipv6Choice,
        /// Instead of subnet, groups and address.
        #[serde(default)]
        pub network_interfaces: Vec<InstanceNetworkInterface>,
        /// Decoded; a script.
        pub user_data: Option<String>,
        pub key_name: Option<String>,
        /// Its name.
        pub iam_instance_profile: Option<String>,
        #[serde(default)]
        pub block_devices: Vec<BlockDevice>,
        #[serde(default)]
        pub options: InstanceOptions,
        /// What is absent is as the image has it.
        #[serde(default)]
        pub metadata_options: MetadataOptionsChange,
        pub client_token: Option<String>,
        /// What it was launched from, which AWS writes down in two tags.
        pub launch_template: Option<(LaunchTemplateId, u64)>,
        #[serde(default)]
        pub tags: Tags,
        #[serde(default)]
        pub volume_tags: Tags,
        #[serde(default)]
        pub interface_tags: Tags,
    }

    /// AWS's `InstanceNetworkInterfaceSpecification`: an interface that exists, or one to be made.
    pub struct InstanceNetworkInterface {
        pub device_index: u16,
        /// One that exists: nothing below but `delete_on_termination` goes with it.
        pub network_interface_id: Option<NetworkInterfaceId>,
        pub subnet_id: Option<SubnetId>,
        #[serde(default)]
        pub groups: Vec<SecurityGroupId>,
        pub description: Option<String>,
        pub private_ip_address: Option<Ipv4Addr>,
        /// Secondary ones.
        #[serde(default)]
        pub private_ip_addresses: Vec<Ipv4Addr>,
        pub secondary_private_ip_address_count: Option<u32>,
        #[serde(default)]
        pub ipv6: Ipv6Choice,
        /// What the subnet says if absent (row NET-6).
        pub associate_public_ip_address: Option<bool>,
        /// Yes for one that is made, no for one that existed, if absent.
        pub delete_on_termination: Option<bool>,
    }
}

/// In bytes, before encoding.
pub(crate) const LARGEST_USER_DATA: usize = 16 * 1024;
/// Of one request.
const MOST_INSTANCES: u32 = 1000;

/// What AWS writes on an instance that was launched from a template.
const TEMPLATE_ID: &str = "aws:ec2launchtemplate:id";
const TEMPLATE_VERSION: &str = "aws:ec2launchtemplate:version";

impl InstanceNetworkInterface {
    /// One to be made, at device index 0.
    pub fn primary(subnet_id: Option<SubnetId>, groups: Vec<SecurityGroupId>) -> Self {
        InstanceNetworkInterface {
            device_index: 0,
            network_interface_id: None,
            subnet_id,
            groups,
            description: None,
            private_ip_address: None,
            private_ip_addresses: vec![],
            secondary_private_ip_address_count: None,
            ipv6: Ipv6Choice::default(),
            associate_public_ip_address: None,
            delete_on_termination: None,
        }
    }

    /// Only one instance can have it.
    fn is_unique(&self) -> bool {
        self.network_interface_id.is_some()
            || self.private_ip_address.is_some()
            || !self.private_ip_addresses.is_empty()
            || !self.ipv6.addresses.is_empty()
    }
}

impl Request for RunInstances {
    /// In the order of their launch indexes.
    type Response = Vec<Instance>;

    fn run(mut self, tx: &mut Transaction<'_>) -> Result<Vec<Instance>> {
        for tags in [&self.tags, &self.volume_tags, &self.interface_tags] {
            check_tags(tags)?;
        }
        let (image, kind) = self.check(tx)?;
        let least = self.min_count.unwrap_or(1);
        let most = self.max_count.unwrap_or(least);
        if least == 0 || most < least {
            return Err(Error::invalid(format!(
                "Invalid value '{least}' for minCount, with '{most}' for maxCount: both are at least 1, and minCount is not above maxCount."
            )));
        }
        if least > MOST_INSTANCES {
            let message =
                format!("You have requested more instances ({least}) than one request may launch: {MOST_INSTANCES}.");
            return Err(Error::new("InstanceLimitExceeded", message));
        }
        let interfaces = self.interfaces(tx)?;
        if most > 1 && interfaces.iter().any(InstanceNetworkInterface::is_unique) {
            return Err(Error::combination(
                "A network interface that exists, or a private address, can be given to one instance only.",
            ));
        }
        self.options.credits = credits(kind, self.options.credits)?;
        check_cpu(kind, self.options.cpu)?;
        if let Some((id, version)) = &self.launch_template {
            self.tags.insert(TEMPLATE_ID.into(), id.to_string());
            self.tags.insert(TEMPLATE_VERSION.into(), version.to_string());
        }
        let reservation = ReservationId::from_bits(tx.bits.draw());
        let mut launched = Vec::new();
        for index in 0..most.min(MOST_INSTANCES) {
            let before = tx.cloud.clone();
            let launch =
                Launch { reservation: Some(reservation.clone()), index, client_token: self.client_token.clone() };
            match self.one(tx, image, kind, &interfaces, launch) {
                Ok(instance) => launched.push(instance),
                Err(e) if index >= least && e.code == "InsufficientFreeAddressesInSubnet" => {
                    tx.cloud = before;
                    break;
                }
                Err(e) => return Err(e),
            }
        }
        Ok(launched)
    }
}

impl RunInstances {
    /// What can be said before anything is made.
    fn check(&self, tx: &Transaction<'_>) -> Result<(&'static Image, &'static InstanceType)> {
        let image = image::of(&self.image_id).ok_or_else(|| no_image(&self.image_id))?;
        let kind = tx.instance_type(self.instance_type.as_deref().unwrap_or(instance_type::DEFAULT))?;
        check_architecture(kind, image)?;
        if let Some(name) = &self.key_name {
            tx.check_key_name(name)?;
        }
        if self.user_data.as_ref().is_some_and(|d| d.len() > LARGEST_USER_DATA) {
            return Err(Error::invalid(format!("User data is limited to {LARGEST_USER_DATA} bytes")));
        }
        if self.options.hibernation && self.options.enclave {
            return Err(Error::combination("Hibernation and enclaves cannot be enabled on the same instance."));
        }
        Ok((image, kind))
    }

    /// The interfaces by device index, each launch-level parameter in its place.
    fn interfaces(&self, tx: &Transaction<'_>) -> Result<Vec<InstanceNetworkInterface>> {
        let mut interfaces = self.network_interfaces.clone();
        let groups = self.groups(tx)?;
        if interfaces.is_empty() {
            let subnet = match (&self.subnet_id, &self.availability_zone) {
                (Some(id), Some(zone)) => {
                    let subnet = tx.subnet(id)?;
                    if subnet.zone != *zone {
                        return Err(Error::invalid_value(
                            "availabilityZone",
                            zone,
                            format!("The subnet '{id}' is in the availability zone {}.", subnet.zone),
                        ));
                    }
                    Some(id.clone())
                }
                (Some(id), None) => Some(id.clone()),
                (None, Some(zone)) => Some(tx.default_subnet_in(zone)?.id),
                (None, None) => None,
            };
            let (private_ip_address, ipv6) = (self.private_ip_address, self.ipv6.clone());
            let one = InstanceNetworkInterface::primary(subnet, groups);
            interfaces.push(InstanceNetworkInterface { private_ip_address, ipv6, ..one });
        } else if self.subnet_id.is_some()
            || !groups.is_empty()
            || self.private_ip_address.is_some()
            || self.ipv6 != Ipv6Choice::default()
        {
            return Err(Error::combination(
                "Network interfaces and an instance-level subnet ID, security groups, private address or IPv6 addresses may not be specified on the same request",
            ));
        }
        interfaces.sort_by_key(|i| i.device_index);
        if interfaces.first().is_none_or(|i| i.device_index != 0) {
            return Err(Error::invalid("An instance needs a network interface with device index 0."));
        }
        if interfaces.len() > 1 && interfaces.iter().any(|i| i.associate_public_ip_address == Some(true)) {
            return Err(Error::combination(
                "The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.",
            ));
        }
        Ok(interfaces)
    }

    /// By identifier, or by name among those of the default VPC.
    fn groups(&self, tx: &Transaction<'_>) -> Result<Vec<SecurityGroupId>> {
        if self.security_groups.is_empty() {
            return Ok(self.security_group_ids.clone());
        }
        if !self.security_group_ids.is_empty() {
            return Err(Error::combination("Security groups may be named by identifiers or by names, not by both."));
        }
        if self.subnet_id.is_some() {
            return Err(Error::combination("The parameter groupName cannot be used with the parameter subnet"));
        }
        let vpc = &tx.default_vpc()?.id;
        let of_name = |name: &String| {
            let found = tx.security_groups().find(|g| g.vpc == *vpc && g.name == *name).map(|g| g.id.clone());
            found.ok_or_else(|| {
                let message = format!("The security group '{name}' does not exist in default VPC '{vpc}'");
                Error::new("InvalidGroup.NotFound", message)
            })
        };
        self.security_groups.iter().map(of_name).collect()
    }

    fn one(
        &self,
        tx: &mut Transaction<'_>,
        image: &Image,
        kind: &InstanceType,
        interfaces: &[InstanceNetworkInterface],
        launch: Launch,
    ) -> Result<Instance> {
        let mut metadata = tx.cloud.metadata_defaults(&tx.scope).over(image.metadata_options());
        self.metadata_options.apply(&mut metadata)?;
        let id = tx.fresh(|r| &r.instances, InstanceId::from_bits);
        let instance = Instance {
            id: id.clone(),
            scope: tx.scope.clone(),
            image: self.image_id.clone(),
            instance_type: kind.name.clone(),
            interfaces: vec![],
            user_data: self.user_data.clone(),
            key_name: self.key_name.clone(),
            instance_profile: None,
            profile_association: None,
            launch,
            options: self.options.clone(),
            metadata,
            volumes: vec![],
            desired: DesiredState::Running,
            state: InstanceState::Pending,
            state_reason: None,
            launched: tx.now,
            terminated: None,
            generation: 1,
            tags: self.tags.clone(),
        };
        tx.cloud.instances.insert(id.clone(), instance);
        let mut zone = None;
        for spec in interfaces {
            let interface = tx.launch_interface(&id, spec.clone(), &self.interface_tags)?;
            let here = tx.zone_of(&interface)?.to_string();
            if *zone.get_or_insert_with(|| here.clone()) != here {
                return Err(Error::combination(
                    "All network interfaces of an instance must lie in the same availability zone.",
                ));
            }
        }
        let zone = zone.unwrap_or_default();
        if let Some(asked) = self.availability_zone.as_ref().filter(|asked| **asked != zone) {
            let why = format!("The network interfaces are in the availability zone {zone}.");
            return Err(Error::invalid_value("availabilityZone", asked, why));
        }
        tx.launch_volumes(&id, image, &zone, &self.block_devices, &self.volume_tags)?;
        if self.iam_instance_profile.is_some() {
            tx.set_profile(&id, self.iam_instance_profile.clone())?;
        }
        tx.give_public_address(&id)?;
        tx.instance(&id).cloned()
    }
}

/// Nothing on the list bears this identifier.
pub fn no_image(id: &str) -> Error {
    let legal = id.strip_prefix("ami-").is_some_and(|rest| {
        matches!(rest.len(), 8 | 17) && rest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    });
    match legal {
        true => Error::new("InvalidAMIID.NotFound", format!("The image id '[{id}]' does not exist")),
        false => Error::new("InvalidAMIID.Malformed", format!("Invalid id: \"{id}\" (expecting \"ami-...\")")),
    }
}

impl Transaction<'_> {
    /// Makes or takes one interface of a new instance and attaches it.
    fn launch_interface(
        &mut self,
        id: &InstanceId,
        spec: InstanceNetworkInterface,
        tags: &Tags,
    ) -> Result<NetworkInterfaceId> {
        let index = spec.device_index;
        if let Some(existing) = spec.network_interface_id {
            let further = spec.subnet_id.is_some()
                || !spec.groups.is_empty()
                || spec.private_ip_address.is_some()
                || !spec.private_ip_addresses.is_empty()
                || spec.secondary_private_ip_address_count.is_some()
                || spec.ipv6 != Ipv6Choice::default()
                || spec.associate_public_ip_address == Some(true);
            if further {
                return Err(Error::combination(format!(
                    "A network interface that exists ({existing}) brings its subnet, groups and addresses; they may not be specified with it."
                )));
            }
            self.attach(&existing, id, index, spec.delete_on_termination.unwrap_or(false))?;
            return Ok(existing);
        }
        let subnet = match spec.subnet_id {
            Some(id) => self.subnet(&id)?.clone(),
            None => self.default_subnet()?,
        };
        for id in &spec.groups {
            if !self.security_group(id)?.is_usable_in(&subnet.vpc) {
                return Err(Error::new(
                    "InvalidParameter",
                    format!("Security group {id} and subnet {} belong to different networks.", subnet.id),
                ));
            }
        }
        let groups = self.groups_or_default(&subnet.vpc, spec.groups).map_err(|e| match e.code {
            // AWS has a code of its own for it at launch.
            "SecurityGroupsPerInterfaceLimitExceeded" => Error { code: "SecurityGroupsPerInstanceLimitExceeded", ..e },
            _ => e,
        })?;
        let interface = self.create_interface(NewInterface {
            groups,
            subnet: subnet.id,
            description: spec.description.unwrap_or_default(),
            primary: spec.private_ip_address,
            secondary: spec.private_ip_addresses,
            secondary_count: spec.secondary_private_ip_address_count.unwrap_or(0),
            ipv6: spec.ipv6,
            idle: croft_model::interface::IdleTimeouts::default(),
            kind: InterfaceKind::Interface,
            tags: tags.clone(),
        })?;
        let public = spec.associate_public_ip_address.unwrap_or(subnet.map_public_ip_on_launch);
        self.interface_mut(&interface)?.public_ip_at_start = public && index == 0;
        self.attach(&interface, id, index, spec.delete_on_termination.unwrap_or(true))?;
        Ok(interface)
    }

    /// The default subnet of a zone.
    fn default_subnet_in(&self, zone: &str) -> Result<Subnet> {
        let known = self.cloud.zones.get(zone).is_some_and(|z| z.region == self.scope.region);
        if !known {
            return Err(Error::invalid(format!("Invalid availability zone: [{zone}]")));
        }
        let vpc = &self.default_vpc()?.id;
        let mut subnets = self.subnets();
        let found = subnets.find(|s| s.vpc == *vpc && s.default_for_az && s.zone == zone).cloned();
        found.ok_or_else(|| Error::new("MissingInput", format!("No default subnet for availability zone: '{zone}'.")))
    }
}
