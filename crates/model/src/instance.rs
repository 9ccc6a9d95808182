//! Instances: a program behind an interface (row EC2-1).

mod options;

use crate::*;
use serde::{Deserialize, Serialize};

pub use options::*;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    pub id: InstanceId,
    #[serde(default)]
    pub scope: Scope,
    pub image: String,
    pub instance_type: String,
    /// By device index; the first is the primary one.
    pub interfaces: Vec<NetworkInterfaceId>,
    /// Decoded; run as a script at first start.
    pub user_data: Option<String>,
    pub key_name: Option<String>,
    /// Its name.
    pub instance_profile: Option<String>,
    /// Of the profile, as long as there is one.
    #[serde(default)]
    pub profile_association: Option<ProfileAssociation>,
    #[serde(default)]
    pub launch: Launch,
    #[serde(default)]
    pub options: InstanceOptions,
    #[serde(default)]
    pub metadata: MetadataOptions,
    /// Attached to it, in the order of their devices; the root volume first.
    #[serde(default)]
    pub volumes: Vec<VolumeId>,
    pub desired: DesiredState,
    pub state: InstanceState,
    /// As AWS words it: `User initiated (2026-11-21 10:00:00 GMT)`, or `Server.InternalError: ...`.
    pub state_reason: Option<String>,
    /// Seconds since 1970.
    pub launched: u64,
    /// When it was terminated: it stays listed for about an hour.
    #[serde(default)]
    pub terminated: Option<u64>,
    /// Rises with every start: a workload of an older one is not this instance's.
    pub generation: u64,
    pub tags: Tags,
}

/// The launch that made it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// All instances of one request share it.
    pub reservation: Option<ReservationId>,
    /// Its place in the reservation.
    pub index: u32,
    pub client_token: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileAssociation {
    pub id: ProfileAssociationId,
    /// Of the profile as it was then: it may be deleted while the instance goes on.
    pub profile_arn: String,
    pub profile_id: String,
    /// Seconds since 1970.
    pub since: u64,
}

impl Instance {
    /// AWS's `StateReason`: code and message.
    pub fn reason(&self) -> Option<(&str, &str)> {
        let text = self.state_reason.as_deref()?;
        if text.starts_with(USER_INITIATED) {
            let reason = "Client.UserInitiatedShutdown";
            return Some((reason, "Client.UserInitiatedShutdown: User initiated shutdown"));
        }
        let code = text.split_once(": ").map_or(text, |(code, _)| code);
        Some((code, text))
    }

    /// AWS's `StateTransitionReason`: empty unless a request brought the state about.
    pub fn transition_reason(&self) -> &str {
        self.state_reason.as_deref().filter(|text| text.starts_with(USER_INITIATED)).unwrap_or_default()
    }
}

/// How the reason of a state begins that a request brought about.
pub const USER_INITIATED: &str = "User initiated";

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DesiredState {
    Running,
    Stopped,
    Terminated,
}

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InstanceState {
    Pending,
    Running,
    Stopping,
    Stopped,
    ShuttingDown,
    Terminated,
}

impl InstanceState {
    /// As AWS names it.
    pub fn as_str(self) -> &'static str {
        match self {
            InstanceState::Pending => "pending",
            InstanceState::Running => "running",
            InstanceState::Stopping => "stopping",
            InstanceState::Stopped => "stopped",
            InstanceState::ShuttingDown => "shutting-down",
            InstanceState::Terminated => "terminated",
        }
    }

    /// As AWS numbers it.
    pub fn code(self) -> u8 {
        match self {
            InstanceState::Pending => 0,
            InstanceState::Running => 16,
            InstanceState::ShuttingDown => 32,
            InstanceState::Terminated => 48,
            InstanceState::Stopping => 64,
            InstanceState::Stopped => 80,
        }
    }
}
