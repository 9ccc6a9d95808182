//! Questions about a cloud's network, answered by the engine that forwards its packets.
//!
//! [`reach`] predicts whether a connection can be opened, prints the path gate by gate, names what refuses by the codes
//! of AWS's Reachability Analyzer, and finds the least change that opens it (rows WHY-1, WHY-2). It decides nothing
//! itself: the verdicts are the engine's, over the tables that the compiler makes of the cloud.
//!
//! [`difference`] asks the same engine about two versions of a cloud: which paths open, and which close (row WHY-5).
#![forbid(unsafe_code)]

mod answer;
mod blocker;
mod change;
mod code;
mod difference;
mod ends;
mod fix;
mod path;
mod question;
mod reach;
mod router;
mod trace;
mod world;

pub use answer::{Answer, Blocker, Direction, End, ExpectedDrop, Fix, Header, Hop, Kind, Step};
pub use change::{Change, Runner, Trial, Via};
pub use code::Code;
pub use difference::{
    Because, Bounds, Closed, Difference, Examined, OpeningRule, Party, PathChange, Subject, TrafficRange, difference,
};
pub use question::{Endpoint, INTERNET_ADDRESS, ReachError, ReachQuestion, SOURCE_PORT, Transport};
pub use reach::reach;
