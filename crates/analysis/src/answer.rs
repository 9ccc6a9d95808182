//! The answer: its shape is what `croft reach --json` prints.
//!
//! ```json
//! {
//!   "reachable": false, "predicted": false,
//!   "codes": ["ENI_SG_RULES_MISMATCH"],
//!   "source": {"interface": "eni-1", "address": "10.0.1.10", "port": 50123},
//!   "destination": {"interface": "eni-2", "address": "10.0.2.10", "port": 8080},
//!   "protocol": "tcp",
//!   "path": [{"direction": "request", "kind": "network_interface", "component": "eni-1", ...}],
//!   "blockers": [{"direction": "request", "code": "ENI_SG_RULES_MISMATCH", "component": "sg-2", ...}],
//!   "fix": {"steps": [{"commands": ["aws ec2 ..."], "template": "...", "change": {...}}], "opens": true}
//! }
//! ```

use std::net::Ipv4Addr;

use croft_model::NetworkInterfaceId;
use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::code::Code;
use crate::question::Transport;

/// What the engine says of a path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// A request and its reply both arrive. Here the same as `predicted`; who has probed as well puts in what was seen.
    pub reachable: bool,
    /// What the engine says.
    pub predicted: bool,
    /// The codes of the blockers, each once, the first blocker's first.
    pub codes: Vec<Code>,
    pub source: End,
    pub destination: End,
    pub protocol: Transport,
    /// The gates on the way there and back, as far as the packet gets.
    pub path: Vec<Hop>,
    /// What refuses: the first blocker first, then every other gate that would refuse (row WHY-1).
    pub blockers: Vec<Blocker>,
    /// The least change that opens the path; none if it is open or if nothing can.
    pub fix: Option<Fix>,
}

/// One end as the packet names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// None on the internet, or if nobody holds the address.
    pub interface: Option<NetworkInterfaceId>,
    /// The address that the source sends from, and sends to.
    pub address: Ipv4Addr,
    /// Of ICMP: the identifier at the source, 0 at the destination.
    pub port: u16,
}

/// There or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Request,
    Reply,
}

/// What a component of a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    NetworkInterface,
    SecurityGroup,
    NetworkAcl,
    Subnet,
    RouteTable,
    NatGateway,
    InternetGateway,
    Internet,
    Instance,
    Zone,
    Vpc,
}

/// One component that the packet meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    pub direction: Direction,
    pub kind: Kind,
    /// Its identifier; of several security groups all, with commas between them; `internet`.
    pub component: String,
    /// False where it refuses; what lies behind such a hop is what a packet would meet if it did not.
    pub passed: bool,
    /// The rules that matched: `sgr-…`, the number of a network ACL's entry or `*`, the destination of a route.
    pub rules: Vec<String>,
    /// What happens there, in a few words.
    pub note: String,
    /// The packet's addresses and ports behind this component.
    pub packet: Header,
}

/// Addresses and ports of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub source: Ipv4Addr,
    pub source_port: u16,
    pub destination: Ipv4Addr,
    pub destination_port: u16,
}

/// A gate that refuses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blocker {
    pub direction: Direction,
    pub code: Code,
    pub kind: Kind,
    /// What refuses: of several security groups the first.
    pub component: String,
    /// Everything that has a part in it: all groups of the interface, the interface, the subnet.
    pub components: Vec<String>,
    /// The number of the network ACL's entry or `*`, the destination of the route.
    pub rule: Option<String>,
    /// A sentence.
    pub message: String,
    /// Where a real packet is dropped. None if the packet arrives where it should not, and at gates that only the
    /// analysis reaches by passing over another one.
    pub drop: Option<ExpectedDrop>,
    /// The least change that opens this gate.
    pub fix: Vec<Step>,
    /// Why there is none.
    pub no_fix: Option<String>,
}

/// The drop counter that rises when a packet meets a blocker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedDrop {
    /// Such as `security_group_ingress`.
    pub reason: String,
    /// Its number.
    pub number: u32,
    /// The gate in the counter's key ...
    pub node: u32,
    /// ... and what that stands for.
    pub gate: Option<String>,
    /// The port that the packet comes from.
    pub port: u32,
}

/// The steps that open the path, in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    pub steps: Vec<Step>,
    /// The path is open when they are done. If not, something that these steps make (a new public address) must be
    /// known before the next can be told: do them and ask again.
    pub opens: bool,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// A sentence.
    pub summary: String,
    /// For a shell, in their order.
    pub commands: Vec<String>,
    /// A fragment of a CloudFormation template's `Resources`, in YAML. None where no template can say it.
    pub template: Option<String>,
    pub change: Change,
}
