//! What is said over the socket: one [`Request`] a connection, any number of [`Event`]s, one [`Reply`] or failure.

use crate::credentials::CredentialRow;
use crate::error::Failure;
use croft_model::credential::{AccessKeyId, Credential};
use croft_model::scope::AccountId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    Status,
    /// What `Up` would do; changes nothing.
    Plan(StackRequest),
    /// What `Up` of one after the other would change, in resources and in reachability; changes nothing.
    Difference(Vec<StackRequest>),
    /// Creates or updates a stack.
    Up(StackRequest),
    Down {
        stack: String,
    },
    /// Ends the work on a stack; what was begun is rolled back.
    Cancel {
        stack: String,
    },
    Stacks,
    StackEvents {
        stack: String,
    },
    Drift {
        stack: String,
    },
    /// Tells the handle of a wait condition something.
    Signal(SignalRequest),
    Ps,
    /// Descriptors: standard input, output and error of the command.
    Exec {
        name: String,
        command: Vec<String>,
    },
    /// Descriptor: where the log goes.
    Logs {
        name: String,
        follow: bool,
    },
    Reach(ReachRequest),
    Drops {
        follow: bool,
    },
    /// Descriptor: where the capture goes.
    Capture {
        name: String,
    },
    Zone {
        name: String,
        failed: bool,
    },
    Quota {
        name: String,
        value: u32,
    },
    Instance {
        name: String,
        run: bool,
    },
    AddCredential {
        /// None: the home account.
        account: Option<AccountId>,
        name: Option<String>,
    },
    Credentials,
    RemoveCredential {
        /// Its access key id, or its name.
        name: String,
    },
    /// Descriptor: where the state goes.
    Export {
        with_credentials: bool,
        /// No stacks and their events, nothing that is only remembered.
        #[serde(default)]
        resources_only: bool,
    },
    /// Descriptor: where the state comes from.
    Import,
    Stop {
        keep_fabric: bool,
    },
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StackRequest {
    pub name: String,
    /// The file's name, for diagnostics.
    pub file: String,
    pub template: String,
    pub parameters: BTreeMap<String, String>,
    /// None: as they are.
    #[serde(default)]
    pub tags: Option<BTreeMap<String, String>>,
    /// Leave out the resources whose types are not supported.
    #[serde(default)]
    pub skip_unsupported: bool,
    /// Leave what was made when a step fails.
    #[serde(default)]
    pub disable_rollback: bool,
    /// Answer as soon as the work is taken on.
    #[serde(default)]
    pub detach: bool,
    /// Templates of nested stacks: by the path or URL that names them.
    #[serde(default)]
    pub nested_templates: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignalRequest {
    pub stack: String,
    /// Of the handle, or of what has a creation policy.
    pub logical_id: String,
    pub success: bool,
    /// None: one that no other signal has.
    pub unique_id: Option<String>,
    pub data: String,
    pub reason: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReachRequest {
    /// A workload, an interface, an address, `internet` or `internet@ADDRESS`.
    pub source: String,
    pub destination: String,
    pub protocol: Transport,
    /// Not for ICMP.
    pub port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    Tcp,
    Udp,
    Icmp,
}

impl std::fmt::Display for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
            Transport::Icmp => "icmp",
        })
    }
}

/// One line from the daemon.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    Event(Event),
    Done(Reply),
    Failed(Failure),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Progress(Progress),
    /// Of a difference: so many pairs of ends have been asked about.
    Compared {
        done: usize,
        total: usize,
    },
    Drop(DropLine),
}

/// A resource of a stack took a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Progress {
    /// Milliseconds since 1970.
    pub time: u64,
    pub logical_id: String,
    pub resource_type: String,
    pub physical_id: Option<String>,
    /// As CloudFormation words it, such as `CREATE_COMPLETE`.
    pub status: String,
    pub reason: Option<String>,
    /// Of what is under way: what has to be told from outside, and how.
    #[serde(default)]
    pub awaits: Option<String>,
}

/// Packets that were dropped alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropLine {
    /// Such as `security_group_ingress`.
    pub reason: String,
    /// The resource that refused, where there is one: an interface, a subnet, a gateway.
    pub gate: Option<String>,
    /// Where the packet came from: a workload's name, an interface, `internet`.
    pub from: String,
    pub packets: u64,
    pub bytes: u64,
    /// Of a single packet as it happened: what it was.
    pub packet: Option<DroppedPacket>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedPacket {
    pub source: String,
    pub destination: String,
    pub protocol: String,
    pub source_port: u16,
    pub destination_port: u16,
    pub length: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Nothing,
    Status(Status),
    Plan(StackPlan),
    Difference(Box<DifferenceReport>),
    Stack(StackReport),
    Stacks(Vec<StackRow>),
    StackEvents(Vec<Progress>),
    Drift(DriftReport),
    Signalled(SignalReport),
    Listing(Listing),
    Exit {
        code: i32,
    },
    Reach(Box<crate::reach::ReachReport>),
    Drops(Vec<DropLine>),
    /// With its secret: the one time that it is told.
    Credential(Box<Credential>),
    Credentials(Vec<CredentialRow>),
    Removed(AccessKeyId),
    Imported {
        resources: usize,
    },
    /// The daemon ends once this is said.
    Stopping {
        keep_fabric: bool,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    pub pid: u32,
    pub version: String,
    pub state_dir: PathBuf,
    /// The fabric's; none with `--api-only`, where no packet flows.
    pub run_dir: Option<PathBuf>,
    /// What clients of AWS call the endpoint; none where the API is not served.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// The home region's name, such as `us-east-1`.
    pub region: String,
    /// The version of the cloud that was asked for ...
    pub desired: u64,
    /// ... and the one that the kernel's tables show.
    pub applied: u64,
    /// What keeps the host from being as desired, in sentences; empty when all is well.
    pub troubles: Vec<String>,
    /// Work on stacks that an earlier daemon left undone and this one took up, in sentences.
    #[serde(default)]
    pub resumed: Vec<String>,
}

/// What a template would do to a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackPlan {
    /// In the order in which they would happen.
    pub changes: Vec<PlannedChange>,
    /// Resources that are left out, because that was asked for.
    pub skipped: Vec<SkippedResource>,
    /// Outputs that are left out with them.
    pub skipped_outputs: Vec<String>,
    /// Parameters that keep what was the template's default before.
    pub kept_defaults: Vec<KeptDefault>,
}

/// A parameter that nobody gave, and the template's default has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptDefault {
    pub name: String,
    pub value: String,
    /// The template's now.
    pub default: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedResource {
    pub logical_id: String,
    pub resource_type: String,
    /// A sentence.
    pub because: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedChange {
    pub logical_id: String,
    pub resource_type: String,
    pub action: ChangeKind,
    /// Its identifier now; none if it is to be made.
    pub physical_id: Option<String>,
    /// Names of the properties that are the cause.
    pub properties: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Create,
    Update,
    Replace,
    /// It depends on what another resource becomes.
    MayReplace,
    Delete,
}

/// What templates would change: with `--json`, what `croft diff` prints. `docs/cloudformation.md` describes it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DifferenceReport {
    pub stacks: Vec<StackDifference>,
    pub reachability: croft_analysis::Difference,
    /// Names of the resources that it mentions, by identifier. Identifiers of what is to be made mean nothing.
    pub names: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StackDifference {
    pub stack: String,
    /// The stack is there: it would be updated.
    pub exists: bool,
    #[serde(flatten)]
    pub plan: StackPlan,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StackReport {
    pub name: String,
    /// As CloudFormation words it; `UNCHANGED` if there was nothing to do.
    pub status: String,
    pub outputs: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StackRow {
    pub name: String,
    pub id: String,
    /// As CloudFormation words it.
    pub status: String,
    pub reason: Option<String>,
    /// Those that it holds.
    pub resources: usize,
    /// Milliseconds since 1970.
    pub created: u64,
    pub updated: Option<u64>,
    /// Of a nested stack: the identifier of the one that it belongs to.
    pub parent: Option<String>,
    pub termination_protection: bool,
}

/// What of a stack is no longer as its template says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DriftReport {
    pub stack: String,
    /// Resources that differ or are gone.
    pub drifted: usize,
    pub resources: Vec<DriftRow>,
}

/// A signal that was kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignalReport {
    pub stack: String,
    /// Of what is told.
    pub logical_id: String,
    pub unique_id: String,
    pub success: bool,
    /// Nothing had been told under this id before.
    pub counts: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DriftRow {
    pub logical_id: String,
    pub resource_type: String,
    pub physical_id: Option<String>,
    /// `IN_SYNC`, `MODIFIED`, `DELETED`, `NOT_CHECKED`.
    pub status: croft_model::stack::DriftStatus,
    pub differences: Vec<croft_model::stack::PropertyDifference>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listing {
    pub desired: u64,
    pub applied: u64,
    pub workloads: Vec<Row>,
    pub troubles: Vec<String>,
}

/// A workload or an interface of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The Name tag, else the logical id; `STACK/NAME` where ambiguous.
    pub name: String,
    pub id: String,
    pub interface: Option<String>,
    pub address: Option<Ipv4Addr>,
    pub public_address: Option<Ipv4Addr>,
    pub subnet: Option<SubnetRow>,
    pub groups: Vec<GroupRow>,
    /// `pending`, `running`, `stopped` …; of an interface without a workload `available` or `in-use`.
    pub state: String,
    pub reason: Option<String>,
    pub stack: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SubnetRow {
    pub id: String,
    pub name: Option<String>,
    pub zone: String,
    /// Routed to an internet gateway (row RT-6).
    pub public: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GroupRow {
    pub id: String,
    pub name: String,
}
