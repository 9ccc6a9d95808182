//! What users, roles, policies and instance profiles have in common: names, paths, identifiers, quotas, refusals.

use crate::error::{Error, Result};
use crate::tag::is_mark;
use crate::{Cloud, Transaction};
use croft_model::iam::*;
use croft_model::{AccountId, Tags};
use imbl::OrdMap;

/// The quota of an account or of one identity; AWS's defaults.
pub(crate) struct IamQuota {
    /// As it stands in the message.
    pub(crate) name: &'static str,
    pub(crate) most: usize,
}

macro_rules! quotas { ($($name:ident: $text:literal = $most:literal;)*) => { $(
    pub(crate) const $name: IamQuota = IamQuota { name: $text, most: $most };
)* } }

quotas! {
    USERS: "UsersPerAccount" = 5000;
    ROLES: "RolesPerAccount" = 1000;
    POLICIES: "PoliciesPerAccount" = 1500;
    INSTANCE_PROFILES: "InstanceProfilesPerAccount" = 1000;
    POLICIES_PER_USER: "PoliciesPerUser" = 10;
    POLICIES_PER_ROLE: "PoliciesPerRole" = 10;
    POLICY_SIZE: "PolicySize" = 6144;
    TRUST_POLICY_SIZE: "ACLSizePerRole" = 2048;
    ACCESS_KEYS_PER_USER: "AccessKeysPerUser" = 2;
    ROLES_PER_PROFILE: "InstanceSessionsPerInstanceProfile" = 1;
}

impl IamQuota {
    /// Refuses what would go beyond it.
    pub(crate) fn allow(&self, wanted: usize) -> Result<()> {
        match wanted <= self.most {
            true => Ok(()),
            false => Err(limit(format!("Cannot exceed quota for {}: {}", self.name, self.most))),
        }
    }
}

pub(crate) fn limit(message: impl Into<String>) -> Error {
    Error::new("LimitExceeded", message)
}

pub(crate) fn no_such(message: impl Into<String>) -> Error {
    Error::new("NoSuchEntity", message)
}

pub(crate) fn exists(message: impl Into<String>) -> Error {
    Error::new("EntityAlreadyExists", message)
}

pub(crate) fn conflict(message: impl Into<String>) -> Error {
    Error::new("DeleteConflict", message)
}

pub(crate) fn invalid_input(message: impl Into<String>) -> Error {
    Error::new("InvalidInput", message)
}

fn validation(value: &str, member: &str, constraint: &str) -> Error {
    Error::new(
        "ValidationError",
        format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {constraint}"
        ),
    )
}

/// Letters, digits and `_+=,.@-`, at most `longest`. `member` as AWS spells it in the message, such as `roleName`.
pub(crate) fn check_name(member: &str, name: &str, longest: usize) -> Result<()> {
    if name.is_empty() || name.chars().count() > longest {
        return Err(validation(name, member, &format!("have length between 1 and {longest}")));
    }
    match name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)) {
        true => Ok(()),
        false => Err(validation(name, member, "satisfy regular expression pattern: [\\w+=,.@-]+")),
    }
}

/// A path begins and ends with a slash; `/` where none was given.
pub(crate) fn check_path(path: Option<String>) -> Result<String> {
    let path = path.unwrap_or_else(|| "/".into());
    let legal = path.starts_with('/')
        && path.ends_with('/')
        && path.len() <= 512
        && path != "//"
        && path.bytes().all(|b| (0x21..=0x7e).contains(&b));
    match legal {
        true => Ok(path),
        false => Err(validation(&path, "path", "begin and end with / and contain only ASCII characters")),
    }
}

pub(crate) fn check_description(description: Option<&str>) -> Result<()> {
    match description {
        Some(text) if text.chars().count() > 1000 => {
            Err(validation(text, "description", "have length less than or equal to 1000"))
        }
        _ => Ok(()),
    }
}

const MOST_TAGS: usize = 50;

/// Tags of an identity: keys differ in more than case. `of` as it stands in the quota's name, such as `Role`.
pub(crate) fn check_iam_tags(tags: &Tags, of: &str) -> Result<()> {
    let mut keys = std::collections::BTreeSet::new();
    for (key, value) in tags {
        let legal = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
        if key.is_empty() || key.chars().count() > 128 || !key.chars().all(legal) {
            return Err(validation(key, "tags.member.key", "be 1 to 128 letters, digits, spaces and _.:/=+-@"));
        }
        if value.chars().count() > 256 || !value.chars().all(legal) {
            return Err(validation(value, "tags.member.value", "be at most 256 letters, digits, spaces and _.:/=+-@"));
        }
        if key.to_lowercase().starts_with("aws:") && !is_mark(key) {
            return Err(invalid_input("Tag keys that begin with aws: are reserved for AWS."));
        }
        if !keys.insert(key.to_lowercase()) {
            return Err(invalid_input("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
        }
    }
    match tags.keys().filter(|key| !is_mark(key)).count() > MOST_TAGS {
        true => Err(limit(format!("Cannot exceed quota for TagsPer{of}: {MOST_TAGS}"))),
        false => Ok(()),
    }
}

/// The resources of an account in one of the maps, in the order of their names.
pub(crate) fn of_account<'a, V: Clone>(
    map: &'a OrdMap<IamKey, V>,
    account: &AccountId,
) -> impl Iterator<Item = &'a V> + use<'a, V> {
    let account = account.clone();
    map.range(IamKey::new(&account, "")..).take_while(move |(key, _)| *key.account() == account).map(|(_, v)| v)
}

/// A prefix of four letters and 17 characters of AWS's alphabet.
pub(crate) fn unique_id(tx: &mut Transaction<'_>, prefix: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bits = tx.bits.draw();
    let mut id = prefix.to_string();
    for _ in 0..17 {
        id.push(char::from(ALPHABET[(bits & 31) as usize]));
        bits >>= 5;
    }
    id
}

macro_rules! accessors { ($($one:ident, $one_mut:ident, $all:ident: $type:ty = $field:ident, $missing:literal;)*) => {
    impl Cloud {
        $(
            /// By name in an account; `NoSuchEntity` if it is not there.
            pub fn $one(&self, account: &AccountId, name: &str) -> Result<&$type> {
                self.$field
                    .get(&IamKey::new(account, name))
                    .ok_or_else(|| no_such(format!($missing, name = name)))
            }

            /// All of an account, in the order of their names.
            pub fn $all(&self, account: &AccountId) -> impl Iterator<Item = &$type> {
                of_account(&self.$field, account)
            }
        )*
    }

    impl Transaction<'_> { $(
        pub(crate) fn $one_mut(&mut self, name: &str) -> Result<&mut $type> {
            let key = IamKey::new(&self.scope.account, name);
            self.cloud.$field.get_mut(&key).ok_or_else(|| no_such(format!($missing, name = name)))
        }
    )* }
} }

accessors! {
    iam_user, iam_user_mut, iam_users: User = users, "The user with name {name} cannot be found.";
    iam_role, iam_role_mut, iam_roles: Role = roles, "The role with name {name} cannot be found.";
    instance_profile, instance_profile_mut, instance_profiles_of: InstanceProfile = instance_profiles,
        "Instance Profile {name} cannot be found.";
}

impl Cloud {
    /// All of an account, in the order of their names.
    pub fn managed_policies_of(&self, account: &AccountId) -> impl Iterator<Item = &ManagedPolicy> {
        of_account(&self.managed_policies, account)
    }
}

/// What holds of the identities of every cloud: each under its own key, and nothing refers to what is not there.
pub(crate) fn check_iam(cloud: &Cloud, mut broken: impl FnMut(String)) {
    let mut keys = |key: &IamKey, own: &IamKey, name: &str| {
        if key != own || *key != IamKey::new(key.account(), name) {
            broken(format!("{name} of IAM is kept under {key}"));
        }
    };
    for (key, user) in &cloud.users {
        keys(key, &user.key, &user.name);
    }
    for (key, role) in &cloud.roles {
        keys(key, &role.key, &role.name);
    }
    for (key, policy) in &cloud.managed_policies {
        keys(key, &policy.key, &policy.name);
    }
    for (key, profile) in &cloud.instance_profiles {
        keys(key, &profile.key, &profile.name);
    }
    for profile in cloud.instance_profiles.values() {
        if let Some(role) = profile.role.as_ref().filter(|role| !cloud.roles.contains_key(*role)) {
            broken(format!("instance profile {} names the role {role}, which is not there", profile.key));
        }
    }
    let users = cloud.users.values().map(|u| (&u.key, &u.policies));
    for (key, policies) in users.chain(cloud.roles.values().map(|r| (&r.key, &r.policies))) {
        for arn in policies.attached.iter().chain(&policies.permissions_boundary) {
            if cloud.policy_by_arn(key.account(), arn).is_err() {
                broken(format!("{key} bears the policy {arn}, which is not there"));
            }
        }
    }
    for policy in cloud.managed_policies.values() {
        let sound = (1..=5).contains(&policy.versions.len())
            && policy.versions.iter().any(|v| v.number == policy.default_version)
            && policy.versions.iter().all(|v| v.number < policy.next_version);
        if !sound {
            broken(format!("policy {} has no sound versions", policy.key));
        }
    }
}
