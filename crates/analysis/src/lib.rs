//! Questions about a cloud's network, answered by the engine that forwards its packets.
//!
//! [`reach`] predicts whether a connection can be opened, prints the path gate by gate, names what refuses by the codes
//! of AWS's Reachability Analyzer, and finds the least change that opens it (rows WHY-1, WHY-2). It decides nothing
//! itself: the verdicts are the engine's, over the tables that the compiler makes of the cloud.
#![forbid(unsafe_code)]

mod answer;
mod blocker;
mod change;
mod code;
mod ends;
mod fix;
mod path;
mod question;
mod reach;
mod trace;
mod world;

pub use answer::{Answer, Blocker, Direction, End, ExpectedDrop, Fix, Header, Hop, Kind, Step};
pub use change::{Change, Runner, Trial, Via};
pub use code::Code;
pub use question::{Endpoint, INTERNET_ADDRESS, ReachError, ReachQuestion, SOURCE_PORT, Transport};
pub use reach::reach;
