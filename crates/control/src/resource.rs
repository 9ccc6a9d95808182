//! Resources as data: what changed, what the store writes, what a replay reads.
//!
//! The changes of a command are not recorded by hand while it runs: they are the difference between the cloud
//! before and after, which the persistent maps give in time proportional to what changed. So no command can forget
//! one.

use crate::Cloud;
use crate::index::Derived;
use croft_model::address::Address;
use croft_model::block_public_access::BlockPublicAccessExclusion;
use croft_model::client_token::ClientToken;
use croft_model::credential::Credential;
use croft_model::dhcp_options::DhcpOptions;
use croft_model::gateway::{EgressOnlyInternetGateway, InternetGateway, NatGateway};
use croft_model::group::SecurityGroup;
use croft_model::iam::{DeletionTask, InstanceProfile, ManagedPolicy, Role, User};
use croft_model::instance::Instance;
use croft_model::interface::NetworkInterface;
use croft_model::key_pair::KeyPair;
use croft_model::launch_template::LaunchTemplate;
use croft_model::network_acl::NetworkAcl;
use croft_model::prefix_list::PrefixList;
use croft_model::route::RouteTable;
use croft_model::settings::RegionSettings;
use croft_model::stack::{ChangeSet, DriftDetection, Stack, StackEvent, StackResource, StackSignals};
use croft_model::subnet::{Subnet, SubnetCidrReservation};
use croft_model::volume::Volume;
use croft_model::vpc::Vpc;
use croft_model::zone::Zone;
use croft_model::{AccountId, RegionName, Scope};
use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use serde::{Deserialize, Serialize};

/// The home region and its account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub name: RegionName,
    pub account: AccountId,
}

/// One resource became this, or is no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "few at a time and short-lived; nearly all are Put")]
pub enum Change {
    Put(Resource),
    Delete(Kind, String),
}

macro_rules! scope {
    ($credential:ident Credential) => {{
        let _ = $credential;
        None
    }};
    ($zone:ident Zone) => {{
        let _ = $zone;
        None
    }};
    ($of_account:ident InstanceProfile) => {{
        let _ = $of_account;
        None
    }};
    ($of_account:ident ManagedPolicy) => {{
        let _ = $of_account;
        None
    }};
    ($of_account:ident Role) => {{
        let _ = $of_account;
        None
    }};
    ($of_account:ident User) => {{
        let _ = $of_account;
        None
    }};
    ($of_account:ident DeletionTask) => {{
        let _ = $of_account;
        None
    }};
    ($resource:ident $kind:ident) => {
        Some(&$resource.scope)
    };
}

macro_rules! resources { (
    single { $($single:ident($single_type:ty)),* $(,)? }
    map { $($kind:ident($type:ident) in $field:ident by [$($key:tt)*]),* $(,)? }
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

        /// Whose it is; none of what is everybody's: the identity and zones.
        pub fn scope(&self) -> Option<&Scope> {
            match self {
                $(Resource::$single(_) => None,)*
                $(Resource::$kind(r) => scope!(r $kind),)*
            }
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

        /// What it is kept under: its identifier; of the identity, of which there is one, `region`.
        pub fn id(&self) -> String {
            match self {
                Resource::Identity(_) => "region".to_string(),
                $(Resource::$kind(r) => r.$($key)*.to_string(),)*
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
                    self.home = Scope { account: identity.account, region: identity.name };
                }
                $( Resource::$kind(r) => { self.$field.insert(r.$($key)*.clone(), r); } )*
            }
        }

        fn delete(&mut self, kind: Kind, id: &str) {
            match kind {
                Kind::Identity => {}
                $( Kind::$kind => remove(&mut self.$field, id), )*
            }
        }
    }
} }

resources! {
    single { Identity(Identity) }
    map {
        RegionSettings(RegionSettings) in settings by [scope],
        Zone(Zone) in zones by [name],
        Vpc(Vpc) in vpcs by [id],
        Subnet(Subnet) in subnets by [id],
        SubnetCidrReservation(SubnetCidrReservation) in subnet_cidr_reservations by [id],
        DhcpOptions(DhcpOptions) in dhcp_options_sets by [id],
        BlockPublicAccessExclusion(BlockPublicAccessExclusion) in block_public_access_exclusions by [id],
        EgressOnlyInternetGateway(EgressOnlyInternetGateway) in egress_only_internet_gateways by [id],
        InternetGateway(InternetGateway) in internet_gateways by [id],
        NatGateway(NatGateway) in nat_gateways by [id],
        Address(Address) in addresses by [id],
        RouteTable(RouteTable) in route_tables by [id],
        SecurityGroup(SecurityGroup) in security_groups by [id],
        NetworkAcl(NetworkAcl) in network_acls by [id],
        NetworkInterface(NetworkInterface) in interfaces by [id],
        Instance(Instance) in instances by [id],
        PrefixList(PrefixList) in prefix_lists by [id],
        Volume(Volume) in volumes by [id],
        KeyPair(KeyPair) in key_pairs by [id],
        LaunchTemplate(LaunchTemplate) in launch_templates by [id],
        Stack(Stack) in stacks by [id],
        StackResource(StackResource) in stack_resources by [key()],
        StackEvent(StackEvent) in stack_events by [key()],
        ChangeSet(ChangeSet) in change_sets by [id],
        DriftDetection(DriftDetection) in drift_detections by [id],
        StackSignals(StackSignals) in stack_signals by [key],
        ClientToken(ClientToken) in client_tokens by [key()],
        Credential(Credential) in credentials by [access_key_id],
        User(User) in users by [key],
        Role(Role) in roles by [key],
        ManagedPolicy(ManagedPolicy) in managed_policies by [key],
        InstanceProfile(InstanceProfile) in instance_profiles by [key],
        DeletionTask(DeletionTask) in deletion_tasks by [id],
    }
}

impl Cloud {
    /// What turns this cloud into `after`. The version is not part of it.
    pub fn changes_to(&self, after: &Cloud) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.home != after.home {
            let identity = Identity { name: after.home.region.clone(), account: after.home.account.clone() };
            changes.push(Change::Put(Resource::Identity(identity)));
        }
        self.map_changes(after, &mut changes);
        changes
    }

    /// Takes over what another cloud went through, or what a store kept. No rule is judged again.
    pub fn replay(&mut self, version: u64, changes: impl IntoIterator<Item = Change>) {
        self.derived = Derived::default();
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
