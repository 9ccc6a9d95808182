//! Can it reach it? The engine's prediction, and a real probe beside it.
//!
//! The prediction says at which gate a closed path is refused and which drop counter rises there; the probe sends a
//! real packet and watches that very counter. So prediction and probe agree on more than a yes or no, and where they do
//! not, that is said first.

use crate::daemon::Inner;
use crate::error::Error;
use crate::host::Host;
use crate::naming::Resources;
use crate::probe::frame::{Frame, Link};
use crate::probe::icmp::Icmp;
use crate::probe::tcp::Tcp;
use crate::probe::udp::Udp;
use crate::probe::{self, Attempt, Counters, Seen};
use crate::protocol::{ReachRequest, Transport};
use croft_analysis::{self as question, ReachQuestion};
use croft_analysis::{Answer, ExpectedDrop, Kind};
use croft_control::Cloud;
use croft_engine::DropReason;
use croft_engine::tables::DropKey;
use croft_policy::Ports;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::sync::PoisonError;

/// The answer of `croft reach`: with `--json`, this very structure. `docs/reach.md` describes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReachReport {
    /// What the engine says: `predicted`, `codes`, `path`, `blockers`, `fix`. `reachable` is what was seen.
    #[serde(flatten)]
    pub answer: Answer,
    /// What real packets say: a request and its reply both arrived.
    pub probed: bool,
    /// Prediction and probe agree, down to the gate that refuses.
    pub agree: bool,
    /// What proves the probe's verdict.
    pub evidence: String,
    /// Names of the resources in it, by identifier.
    pub names: BTreeMap<String, String>,
}

/// What the probe found.
struct Finding {
    open: bool,
    /// Whether it is what was predicted, the gate included.
    as_predicted: bool,
    evidence: String,
}

impl Inner {
    /// Asks the engine, then sends packets.
    pub fn reach(&self, request: &ReachRequest) -> Result<ReachReport, Error> {
        // The counters are read for this probe's packets; another one's would be taken for them.
        let host = self.host()?;
        let _alone = host.probing.lock().unwrap_or_else(PoisonError::into_inner);
        let cloud = self.cloud();
        let ports = host.agent.with_network(|network| network.ports().clone());
        let mut answer = self.predict(&cloud, &ports, request)?;
        let finding = self.probe(&cloud, &ports, request, &answer)?;
        answer.reachable = finding.open;
        let names = Resources::of(&cloud).mentioned(&answer);
        Ok(ReachReport {
            probed: finding.open,
            agree: finding.open == answer.predicted && finding.as_predicted,
            evidence: finding.evidence,
            names,
            answer,
        })
    }

    fn predict(&self, cloud: &Cloud, ports: &Ports, request: &ReachRequest) -> Result<Answer, Error> {
        let protocol = match request.protocol {
            Transport::Tcp => question::Transport::Tcp,
            Transport::Udp => question::Transport::Udp,
            Transport::Icmp => question::Transport::Icmp,
        };
        let port = match (request.protocol, request.port) {
            (Transport::Icmp, _) => 0,
            (_, Some(port)) => port,
            (protocol, None) => return Err(Error::Invalid(format!("{protocol} needs a port"))),
        };
        let source = self.endpoint(&request.source)?;
        let destination = self.endpoint(&request.destination)?;
        Ok(croft_analysis::reach(cloud, ports, &ReachQuestion { source, destination, protocol, port })?)
    }

    fn probe(&self, cloud: &Cloud, ports: &Ports, request: &ReachRequest, answer: &Answer) -> Result<Finding, Error> {
        let host = self.host()?;
        let expected = answer.blockers.first().and_then(|b| b.drop.clone());
        let from = match &answer.source.interface {
            Some(id) => match self.site(cloud, id) {
                Some(site) => site,
                None => return Ok(silent(answer, &request.source)),
            },
            None => self.internet()?,
        };
        let far = match &answer.destination.interface {
            Some(id) => self.site(cloud, id),
            None => Some(self.internet()?),
        };
        // What the far end itself is called: behind a public address there is a private one.
        let far_address = answer.destination.interface.as_ref().and_then(|id| {
            let interface = cloud.interfaces.get(id)?;
            let sent_to = answer.destination.address;
            let held = interface.private_ips.iter().copied();
            held.clone()
                .find(|a| *a == sent_to)
                .or_else(|| held.clone().find(|a| cloud.public_ip(interface, *a) == Some(sent_to)))
        });
        let far_address = far_address.unwrap_or(answer.destination.address);
        let unsendable = answer.source.interface.is_none() && !is_public(answer.destination.address);
        let target = answer.destination.address;
        let source = from.end(answer.source.address);
        let port = answer.destination.port;
        // A host of the internet answers only where the fabric lets it: its end needs no listener of ours to exist,
        // but ours makes every port answer.
        let listener = far.as_ref().map(|site| site.end(far_address));
        let fail = |error: io::Error| Error::Invalid(format!("the probe could not be sent: {error}"));
        let mut attempt: Box<dyn Attempt> = if unsendable {
            let uplink = host.fabric.uplink();
            let link = Link { place: &from, source_mac: uplink.mac, destination_mac: uplink.router_mac };
            let source = (answer.source.address, answer.source.port);
            Box::new(Frame::open(link, request.protocol, source, (target, port)).map_err(fail)?)
        } else {
            match request.protocol {
                Transport::Tcp => Box::new(Tcp::open(source, target, port, listener).map_err(fail)?),
                Transport::Udp => Box::new(Udp::open(source, target, port, listener).map_err(fail)?),
                Transport::Icmp => Box::new(Icmp::open(source, target).map_err(fail)?),
            }
        };
        let watched = Watched::new(host, ports, answer, expected.as_ref())?;
        let seen = probe::run(attempt.as_mut(), || watched.look(host)).map_err(fail)?;
        Ok(self.judge(answer, expected.as_ref(), seen))
    }

    fn judge(&self, answer: &Answer, expected: Option<&ExpectedDrop>, seen: Seen) -> Finding {
        let milliseconds = |d: std::time::Duration| format!("{:.2} ms", d.as_secs_f64() * 1000.0);
        let predicted_gate = || {
            expected.map_or(String::new(), |e| {
                let gate = e.gate.as_ref().map_or(String::new(), |g| format!(" at {g}"));
                format!("{}{gate}", e.reason)
            })
        };
        // Where no counter was named, any kind of silence is as predicted.
        let unnamed = !answer.predicted && expected.is_none();
        match seen {
            Seen::Reply(after) => {
                Finding { open: true, as_predicted: true, evidence: format!("reply after {}", milliseconds(after)) }
            }
            Seen::Refused(after) => Finding {
                open: true,
                as_predicted: true,
                evidence: format!("request and refusal both arrived, after {}", milliseconds(after)),
            },
            Seen::Dropped => {
                Finding { open: false, as_predicted: true, evidence: format!("dropped: {}", predicted_gate()) }
            }
            Seen::DroppedElsewhere(key) => {
                let gate = self.gate(key.node).map_or(String::new(), |g| format!(" at {g}"));
                let instead = if expected.is_some() { format!(", not {}", predicted_gate()) } else { String::new() };
                let reason = crate::drops::reason(key.reason);
                Finding { open: false, as_predicted: unnamed, evidence: format!("dropped: {reason}{gate}{instead}") }
            }
            Seen::Nothing => Finding {
                open: false,
                as_predicted: unnamed,
                evidence: format!("neither a reply nor a drop within {:.1} s", probe::BOUND.as_secs_f64()),
            },
        }
    }

    /// Applies the least change that opens a path, again until it is open: some changes can be told only once the
    /// ones before them are made. Gives the commands that stand for them.
    pub fn fix(&self, request: &ReachRequest) -> Result<Vec<String>, Error> {
        /// A path has fewer gates than this.
        const ROUNDS: usize = 8;
        let mut commands = Vec::new();
        for _ in 0..ROUNDS {
            let cloud = self.cloud();
            let ports = self.host()?.agent.with_network(|network| network.ports().clone());
            let answer = self.predict(&cloud, &ports, request)?;
            if answer.predicted {
                return Ok(commands);
            }
            let impossible = || {
                let why = answer.blockers.iter().find_map(|b| b.no_fix.clone());
                Error::Invalid(why.unwrap_or_else(|| "no change is known that opens this path".to_string()))
            };
            let fix = answer.fix.as_ref().filter(|fix| !fix.steps.is_empty()).ok_or_else(impossible)?;
            for step in &fix.steps {
                step.change.apply(&mut &*self.keeper)?;
                self.settle();
                commands.extend(step.commands.iter().cloned());
            }
        }
        Err(Error::Invalid(format!("the path is still closed after {ROUNDS} rounds of changes")))
    }
}

/// The drop counters as they stood, and which of them may be the probe's.
struct Watched {
    before: BTreeMap<DropKey, u64>,
    expected: Option<DropKey>,
    ports: Vec<u32>,
}

impl Watched {
    fn new(host: &Host, ports: &Ports, answer: &Answer, expected: Option<&ExpectedDrop>) -> Result<Watched, Error> {
        let port = |id| ports.interfaces.get(id).copied();
        let ends = [&answer.source.interface, &answer.destination.interface];
        let ends = ends.into_iter().map(|id| id.as_ref().map_or(Some(ports.uplink.port), port));
        Ok(Watched {
            before: host.fabric.drops()?.into_iter().map(|(key, count)| (key, count.packets)).collect(),
            expected: expected.map(|e| DropKey { reason: e.number, node: e.node, port: e.port }),
            ports: ends.flatten().collect(),
        })
    }

    fn look(&self, host: &Host) -> Counters {
        // Counters that cannot be read are counters that do not rise: the probe says so when its time is up.
        let Ok(now) = host.fabric.drops() else { return Counters::Quiet };
        let rose = now.into_iter().filter(|(key, count)| count.packets > *self.before.get(key).unwrap_or(&0));
        let mut other = Counters::Quiet;
        for (key, _) in rose {
            // In a failed zone not even ARP is answered: that drop is counted before any gate is reached.
            let arp = DropKey { node: 0, ..key };
            let silenced = key == arp && key.reason == DropReason::ZoneFailed as u32;
            if self.expected.is_some_and(|e| e == key || (silenced && DropKey { node: 0, ..e } == arp)) {
                return Counters::Expected;
            }
            if self.ports.contains(&key.port) && !background(key.reason) {
                other = Counters::Other(key);
            }
        }
        other
    }
}

/// What every kernel sends now and then without being asked.
fn background(reason: u32) -> bool {
    let reason = DropReason::from_number(reason);
    matches!(reason, Some(DropReason::Arp | DropReason::Ipv6 | DropReason::Multicast | DropReason::NotIp))
}

/// A source that does not run sends nothing.
fn silent(answer: &Answer, source: &str) -> Finding {
    let known = answer.blockers.iter().any(|b| matches!(b.kind, Kind::Instance | Kind::NetworkInterface));
    Finding {
        open: false,
        as_predicted: known || !answer.predicted,
        evidence: format!("{source} does not run: nothing was sent"),
    }
}

/// Could a host on the internet send there?
pub fn is_public(address: std::net::Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    !(address.is_private() || address.is_loopback() || address.is_link_local() || address.is_multicast() || shared)
}
