//! Runs a lab's script against a daemon in this very process.

use crate::failure::Failure;
use crate::lab::file::{Expected, Path, Script, Statement, Step};
use crate::lab::report::{LabReport, PhaseReport, Row};
use crate::lab::source::Source;
use crate::signal::Interrupted;
use croft_analysis::Direction;
use croft_daemon::daemon::Daemon;
use croft_daemon::naming::{Resources, short};
use croft_daemon::protocol::{Event, ReachRequest, StackRequest};
use croft_daemon::socket::Caller;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// What a service gets to come up, and a page to be as expected.
const PATIENCE: Duration = Duration::from_secs(20);

/// A lab under way.
pub struct Run<'a> {
    pub source: &'a Source,
    pub script: &'a Script,
    pub daemon: &'a Daemon,
    pub interrupted: &'a Interrupted,
    /// Told what happens as it happens.
    pub say: &'a mut dyn FnMut(&str),
}

impl Run<'_> {
    /// Does every step. A step that cannot be done ends the lab; an expectation that fails does not.
    pub fn run(&mut self) -> Result<LabReport, Failure> {
        let mut phases = Vec::new();
        for phase in &self.script.phases {
            let mut report = PhaseReport { name: phase.name.clone(), rows: Vec::new(), actions: Vec::new() };
            for step in &phase.steps {
                if self.interrupted.now() {
                    return Err(Failure::new("interrupted: the world is taken down"));
                }
                let done = self.step(step, &mut report);
                done.map_err(|f| Failure {
                    message: format!("{}/lab.txt line {}: {}", self.source.place, step.line, f.message),
                    ..f
                })?;
            }
            (self.say)(&report.text());
            phases.push(report);
        }
        let ok = phases.iter().flat_map(|p| &p.rows).all(|row| row.agree);
        Ok(LabReport { lab: self.source.name.clone(), title: self.script.title.clone(), ok, phases })
    }

    fn step(&mut self, step: &Step, report: &mut PhaseReport) -> Result<(), Failure> {
        match &step.statement {
            Statement::Template { file, parameters } => {
                let action = self.template(file, parameters)?;
                report.actions.push(action);
            }
            Statement::Down => {
                let stack = self.daemon.down(&self.source.name, &Lasting(self.interrupted))?;
                report.actions.push(format!("the stack is taken down: {}", stack.status));
            }
            Statement::Ready { name, port, protocol } => {
                let began = Instant::now();
                while !self.daemon.listens(name, *port, *protocol)? {
                    if began.elapsed() > PATIENCE || self.interrupted.now() {
                        return Err(Failure::new(format!("nothing listens on {name}:{port}/{protocol}")));
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
            Statement::Zone { name, failed } => {
                self.daemon.set_zone(name, *failed)?;
                report.actions.push(format!("zone {name} {}", if *failed { "fails" } else { "is restored" }));
            }
            Statement::Instance { name, run } => {
                self.daemon.run_instance(name, *run)?;
                report.actions.push(format!("{name} {}", if *run { "is started" } else { "is stopped" }));
            }
            Statement::Quota { name, value } => {
                self.daemon.set_quota(name, *value)?;
                report.actions.push(format!("quota {name} = {value}"));
            }
            Statement::Advance { seconds } => {
                self.daemon.advance(Duration::from_secs(*seconds))?;
                report.actions.push(format!("{seconds} seconds pass"));
            }
            Statement::Fix(path) => {
                let actions = self.fix(path)?;
                report.actions.extend(actions);
            }
            Statement::Path { path, expected } => {
                let row = self.path(step, path, expected)?;
                report.rows.push(row);
            }
            Statement::Http { source, destination, port, path, contains } => {
                let contains = contains.iter().map(|t| self.expand(t)).collect::<Result<Vec<_>, _>>()?;
                let (source, destination) = (self.expand(source)?, self.expand(destination)?);
                report.rows.push(self.http(step, &source, &destination, *port, path, &contains));
            }
        }
        Ok(())
    }

    fn template(&mut self, file: &str, parameters: &[(String, String)]) -> Result<String, Failure> {
        let text = self.source.files.get(file).ok_or_else(|| {
            let files: Vec<&str> = self.source.files.keys().map(String::as_str).collect();
            Failure::new(format!("there is no {file}: the lab has {}", files.join(", ")))
        })?;
        let request = StackRequest {
            name: self.source.name.clone(),
            file: format!("{}/{file}", self.source.place),
            template: text.clone(),
            parameters: parameters.iter().cloned().collect(),
            ..StackRequest::default()
        };
        let began = Instant::now();
        let stack = self.daemon.up(&request, &Lasting(self.interrupted))?;
        Ok(format!("{file}: {} in {:.1} s", stack.status, began.elapsed().as_secs_f64()))
    }

    fn fix(&mut self, path: &Path) -> Result<Vec<String>, Failure> {
        let request = self.request(path)?;
        let before = self.daemon.reach(&request)?;
        if before.answer.reachable {
            return Err(Failure::new(format!("{path} is open already: there is nothing to fix")));
        }
        Ok(self.daemon.fix(&request)?.into_iter().map(|command| format!("$ {command}")).collect())
    }

    fn request(&self, path: &Path) -> Result<ReachRequest, Failure> {
        Ok(ReachRequest {
            source: self.expand(&path.source)?,
            destination: self.expand(&path.destination)?,
            protocol: path.protocol,
            port: path.port,
        })
    }

    fn path(&mut self, step: &Step, path: &Path, expected: &Expected) -> Result<Row, Failure> {
        let report = self.daemon.reach(&self.request(path)?)?;
        let answer = &report.answer;
        let first = answer.blockers.first().filter(|_| !answer.predicted);
        let mut differences = Vec::new();
        let open = matches!(expected, Expected::Open);
        if answer.predicted != open {
            differences.push(format!("the engine predicts {}", word(answer.predicted)));
        }
        if report.probed != open {
            differences.push(format!("the packets say {}: {}", word(report.probed), report.evidence));
        } else if !report.agree {
            differences.push(format!("prediction and probe disagree: {}", report.evidence));
        }
        if let (Expected::Closed { code, at, reply }, Some(blocker)) = (expected, first) {
            let found = blocker.code.to_string();
            if code.as_ref().is_some_and(|code| *code != found) {
                differences.push(format!("the first blocker is {found}"));
            }
            if let Some(at) = at {
                let at = self.expand(at)?;
                let resources = Resources::of(&self.daemon.cloud());
                let refusing = blocker.components.iter().chain([&blocker.component]);
                let names: BTreeSet<String> = refusing.flat_map(|id| resources.all(id)).collect();
                if !names.contains(&at) {
                    let names: Vec<String> = names.into_iter().collect();
                    differences.push(format!("it is refused at {}", names.join(", ")));
                }
            }
            let on_reply = blocker.direction == Direction::Reply;
            if on_reply != *reply && (*reply || code.is_some()) {
                let which = if on_reply { "reply" } else { "request" };
                differences.push(format!("it is the {which} that is refused"));
            }
        }
        Ok(Row {
            line: step.line,
            path: path.to_string(),
            expected: expected_text(expected),
            predicted: match first {
                Some(blocker) => format!("closed {}", blocker.code),
                None => word(answer.predicted).to_string(),
            },
            measured: format!("{} ({})", word(report.probed), short(&report.evidence, &report.names)),
            blocker: first.map(|b| short(&b.message, &report.names)),
            agree: differences.is_empty(),
            difference: (!differences.is_empty()).then(|| differences.join("; ")),
            why: step.why.clone(),
        })
    }

    fn http(
        &mut self,
        step: &Step,
        source: &str,
        destination: &str,
        port: u16,
        path: &str,
        contains: &[String],
    ) -> Row {
        let began = Instant::now();
        let (body, missing) = loop {
            let body = self.daemon.http(source, destination, port, path).map_err(|e| e.to_string());
            let missing: Vec<&String> = match &body {
                Ok(body) => contains.iter().filter(|text| !body.contains(*text)).collect(),
                Err(_) => contains.iter().collect(),
            };
            if missing.is_empty() || began.elapsed() > PATIENCE || self.interrupted.now() {
                break (body, missing.into_iter().cloned().collect::<Vec<_>>());
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        let quoted: Vec<String> = contains.iter().map(|text| format!("{text:?}")).collect();
        let difference = match &body {
            _ if missing.is_empty() => None,
            Ok(body) => Some(format!("the answer lacks {missing:?}: {body:?}")),
            Err(error) => Some(error.clone()),
        };
        Row {
            line: step.line,
            path: format!("http {source} -> {destination}:{port}{path}"),
            expected: format!("contains {}", quoted.join(" ")),
            predicted: "-".to_string(),
            measured: if missing.is_empty() { "it does".to_string() } else { "it does not".to_string() },
            blocker: None,
            agree: difference.is_none(),
            difference,
            why: step.why.clone(),
        }
    }

    /// `${LogicalId}` is what `Ref` gives, `${LogicalId.Attribute}` what `Fn::GetAtt` gives.
    fn expand(&self, text: &str) -> Result<String, Failure> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) =
                after.split_once('}').ok_or_else(|| Failure::new(format!("{text:?}: a `${{` without its `}}`")))?;
            expanded.push_str(before);
            expanded.push_str(&self.daemon.stack_value(&self.source.name, name)?);
            rest = behind;
        }
        expanded.push_str(rest);
        Ok(expanded)
    }
}

/// A stack that comes up is rolled back at Ctrl-C.
struct Lasting<'a>(&'a Interrupted);

impl Caller for Lasting<'_> {
    fn event(&self, _: Event) {}

    fn gone(&self) -> bool {
        self.0.now()
    }
}

fn word(open: bool) -> &'static str {
    if open { "open" } else { "closed" }
}

fn expected_text(expected: &Expected) -> String {
    match expected {
        Expected::Open => "open".to_string(),
        Expected::Closed { code, at, reply } => {
            let mut text = "closed".to_string();
            for part in [code.clone(), at.as_ref().map(|at| format!("at {at}")), reply.then(|| "reply".to_string())] {
                text.extend(part.map(|part| format!(" {part}")));
            }
            text
        }
    }
}
