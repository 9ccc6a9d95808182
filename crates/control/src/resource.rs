//! Resources as data: what changed, what the store writes, what a replay reads.
//!
//! The changes of a command are not recorded by hand while it runs: they are the difference between the region
//! before and after, which the persistent maps give in time proportional to what changed. So no command can forget
//! one.

use crate::Cloud;
use croft_model::address::Address;
use croft_model::gateway::{InternetGateway, NatGateway};
use croft_model::group::SecurityGroup;
use croft_model::instance::Instance;
use croft_model::interface::NetworkInterface;
use croft_model::network_acl::NetworkAcl;
use croft_model::prefix_list::PrefixList;
use croft_model::quota::Quotas;
use croft_model::route::RouteTable;
use croft_model::stack::Stack;
use croft_model::subnet::Subnet;
use croft_model::vpc::Vpc;
use croft_model::zone::Zone;
use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use serde::{Deserialize, Serialize};

/// The region's own name and account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub name: String,
    pub account: String,
}

/// One resource became this, or is no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "few at a time and short-lived; nearly all are Put")]
pub enum Change {
    Put(Resource),
    Delete(Kind, String),
}

macro_rules! resources { (
    single { $($single:ident($single_type:ty)),* $(,)? }
    map { $($kind:ident($type:ident) in $field:ident by $key:ident),* $(,)? }
) => {
    /// What sort of resource.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
    pub enum Kind { $($single,)* $($kind,)* }

    impl Kind {
        pub const ALL: &[Kind] = &[$(Kind::$single,)* $(Kind::$kind,)*];

        /// The name it is stored under.
        pub fn as_str(self) -> &'static str {
            match self { $(Kind::$single => stringify!($single),)* $(Kind::$kind => stringify!($kind),)* }
        }
    }

    /// Any resource.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Resource { $($single($single_type),)* $($kind($type),)* }

    impl Resource {
        pub fn kind(&self) -> Kind {
            match self { $(Resource::$single(_) => Kind::$single,)* $(Resource::$kind(_) => Kind::$kind,)* }
        }

        /// As JSON without its kind, the way the store keeps it.
        pub fn to_json(&self) -> serde_json::Result<String> {
            match self {
                $(Resource::$single(r) => serde_json::to_string(r),)*
                $(Resource::$kind(r) => serde_json::to_string(r),)*
            }
        }

        /// Back from what [`Resource::to_json`] wrote.
        pub fn from_json(kind: Kind, text: &str) -> serde_json::Result<Resource> {
            Ok(match kind {
                $(Kind::$single => Resource::$single(serde_json::from_str(text)?),)*
                $(Kind::$kind => Resource::$kind(serde_json::from_str(text)?),)*
            })
        }

        /// Its identifier; of quotas and identity, of which there is one each, `region`; of a zone or stack the name.
        pub fn id(&self) -> String {
            match self {
                Resource::Identity(_) | Resource::Quotas(_) => "region".to_string(),
                Resource::Zone(zone) => zone.name.clone(),
                $(Resource::$kind(r) => r.$key.to_string(),)*
            }
        }
    }

    impl Cloud {
        fn map_changes(&self, after: &Cloud, changes: &mut Vec<Change>) {
            $( map_changes(&self.$field, &after.$field, Kind::$kind, Resource::$kind, changes); )*
        }

        fn put(&mut self, resource: Resource) {
            match resource {
                Resource::Identity(identity) => {
                    self.name = identity.name;
                    self.account = identity.account;
                }
                Resource::Quotas(quotas) => self.quotas = quotas,
                Resource::Zone(zone) => match self.zones.iter_mut().find(|z| z.name == zone.name) {
                    Some(old) => *old = zone,
                    None => {
                        self.zones.push(zone);
                        self.zones.sort_by(|a, b| a.name.cmp(&b.name));
                    }
                },
                $( Resource::$kind(r) => { self.$field.insert(r.$key.clone(), r); } )*
            }
        }

        fn delete(&mut self, kind: Kind, id: &str) {
            match kind {
                Kind::Identity | Kind::Quotas => {}
                Kind::Zone => self.zones.retain(|z| z.name != id),
                $( Kind::$kind => remove(&mut self.$field, id), )*
            }
        }
    }
} }

resources! {
    single { Identity(Identity), Quotas(Quotas), Zone(Zone) }
    map {
        Vpc(Vpc) in vpcs by id,
        Subnet(Subnet) in subnets by id,
        InternetGateway(InternetGateway) in internet_gateways by id,
        NatGateway(NatGateway) in nat_gateways by id,
        Address(Address) in addresses by id,
        RouteTable(RouteTable) in route_tables by id,
        SecurityGroup(SecurityGroup) in security_groups by id,
        NetworkAcl(NetworkAcl) in network_acls by id,
        NetworkInterface(NetworkInterface) in interfaces by id,
        Instance(Instance) in instances by id,
        PrefixList(PrefixList) in prefix_lists by id,
        Stack(Stack) in stacks by name,
    }
}

impl Cloud {
    /// What turns this region into `after`. The version is not part of it.
    pub fn changes_to(&self, after: &Cloud) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.name != after.name || self.account != after.account {
            let identity = Identity { name: after.name.clone(), account: after.account.clone() };
            changes.push(Change::Put(Resource::Identity(identity)));
        }
        if self.quotas != after.quotas {
            changes.push(Change::Put(Resource::Quotas(after.quotas.clone())));
        }
        for zone in &after.zones {
            if !self.zones.contains(zone) {
                changes.push(Change::Put(Resource::Zone(zone.clone())));
            }
        }
        for zone in &self.zones {
            if !after.zones.iter().any(|z| z.name == zone.name) {
                changes.push(Change::Delete(Kind::Zone, zone.name.clone()));
            }
        }
        self.map_changes(after, &mut changes);
        changes
    }

    /// Takes over what another region went through, or what a store kept. No rule is judged again.
    pub fn replay(&mut self, version: u64, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            match change {
                Change::Put(resource) => self.put(resource),
                Change::Delete(kind, id) => self.delete(kind, &id),
            }
        }
        self.version = version;
    }
}

fn map_changes<K, V>(
    before: &OrdMap<K, V>,
    after: &OrdMap<K, V>,
    kind: Kind,
    resource: fn(V) -> Resource,
    changes: &mut Vec<Change>,
) where
    K: Ord + Clone + std::fmt::Display,
    V: Clone + PartialEq,
{
    for item in before.diff(after) {
        changes.push(match item {
            DiffItem::Add(_, new) | DiffItem::Update { new: (_, new), .. } => Change::Put(resource(new.clone())),
            DiffItem::Remove(id, _) => Change::Delete(kind, id.to_string()),
        });
    }
}

fn remove<K: Ord + Clone + std::str::FromStr, V: Clone>(map: &mut OrdMap<K, V>, id: &str) {
    if let Ok(id) = id.parse::<K>() {
        map.remove(&id);
    }
}
