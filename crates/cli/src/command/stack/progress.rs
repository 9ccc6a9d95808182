//! A stack's work as it goes on: a line for each step that ended, with the time that it took, and for each that waits for
//! somebody to tell it something; on a terminal also one line below that says what is under way.

use croft_daemon::protocol::Progress;
use croft_model::calendar::Moment;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often the line below is written anew.
const TICK: Duration = Duration::from_millis(200);
/// Names that the line below shows.
const SHOWN: usize = 3;

/// Shows steps. What it shows goes to standard error with `--json`, whose output is for programs.
pub struct Live {
    shared: Arc<Mutex<Shown>>,
    ticker: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

struct Shown {
    steps: Steps,
    to_stderr: bool,
    terminal: bool,
}

/// What is under way.
#[derive(Default)]
pub struct Steps {
    begun: BTreeMap<String, (u64, Instant)>,
    ended: usize,
}

impl Live {
    pub fn new(json: bool) -> Live {
        let terminal = if json { std::io::stderr().is_terminal() } else { std::io::stdout().is_terminal() };
        let shared = Arc::new(Mutex::new(Shown { steps: Steps::default(), to_stderr: json, terminal }));
        let ticker = terminal.then(|| {
            let (end, ended) = mpsc::channel();
            let shared = shared.clone();
            let ticker = std::thread::spawn(move || {
                while ended.recv_timeout(TICK) == Err(mpsc::RecvTimeoutError::Timeout) {
                    shared.lock().unwrap_or_else(PoisonError::into_inner).below();
                }
            });
            (end, ticker)
        });
        Live { shared, ticker }
    }

    pub fn step(&self, progress: &Progress) {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).step(progress);
    }

    /// A sentence between the steps.
    pub fn say(&self, sentence: &str) {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).print(sentence);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some((end, ticker)) = self.ticker.take() {
            drop(end);
            let _ = ticker.join();
            self.shared.lock().unwrap_or_else(PoisonError::into_inner).write("\r\x1b[K");
        }
    }
}

impl Shown {
    fn step(&mut self, progress: &Progress) {
        if let Some(line) = self.steps.line(progress) {
            self.print(&line);
        }
    }

    fn print(&self, line: &str) {
        let clear = if self.terminal { "\r\x1b[K" } else { "" };
        self.write(&format!("{clear}{line}\n"));
    }

    fn below(&self) {
        if let Some(line) = self.steps.under_way(Instant::now()) {
            self.write(&format!("\r\x1b[K{line}"));
        }
    }

    /// Whoever reads it may have hung up; the work goes on.
    fn write(&self, text: &str) {
        let _ = match self.to_stderr {
            true => std::io::stderr().write_all(text.as_bytes()),
            false => std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush()),
        };
    }
}

impl Steps {
    /// The line of a step that ended, or that waits for somebody. One that only began has none: the line below shows it.
    pub fn line(&mut self, progress: &Progress) -> Option<String> {
        let name = &progress.logical_id;
        if progress.status.ends_with("_IN_PROGRESS") && progress.resource_type != STACK {
            self.begun.entry(name.clone()).or_insert((progress.time, Instant::now()));
            return progress.awaits.as_ref().map(|awaits| told(progress, "", &[awaits]));
        }
        let took = self.begun.remove(name).map(|(began, _)| progress.time.saturating_sub(began));
        self.ended += usize::from(took.is_some());
        let took = took.map(|ms| format!("{:.1} s", ms as f64 / 1000.0)).unwrap_or_default();
        let more: Vec<&String> = [&progress.physical_id, &progress.reason].into_iter().flatten().collect();
        Some(told(progress, &took, &more))
    }

    fn under_way(&self, now: Instant) -> Option<String> {
        let mut longest: Vec<(&String, &Instant)> = self.begun.iter().map(|(name, (_, began))| (name, began)).collect();
        longest.sort_by_key(|(_, began)| **began);
        let shown = longest
            .iter()
            .take(SHOWN)
            .map(|(name, began)| format!("{name} ({} s)", now.saturating_duration_since(**began).as_secs()));
        let shown: Vec<String> = shown.collect();
        let more = if longest.len() > SHOWN { format!(" and {} more", longest.len() - SHOWN) } else { String::new() };
        (!longest.is_empty()).then(|| format!("{} done, waiting for {}{more}", self.ended, shown.join(", ")))
    }
}

fn told(progress: &Progress, took: &str, more: &[&String]) -> String {
    let (clock, status, kind) = (moment(progress.time).clock(), &progress.status, &progress.resource_type);
    let mut line = format!("{clock}  {took:>7}  {status:<28} {kind:<42} {}", progress.logical_id);
    for more in more {
        line.push_str("  ");
        line.push_str(more);
    }
    line
}

const STACK: &str = "AWS::CloudFormation::Stack";

/// Milliseconds since 1970 as day and time, in UTC: `2026-01-31 23:59:59`.
pub fn date(time: u64) -> String {
    let moment = moment(time);
    format!("{} {}", moment.date(), moment.clock())
}

/// Of milliseconds since 1970.
fn moment(time: u64) -> Moment {
    Moment::of((time / 1000) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(name: &str, status: &str, time: u64) -> Progress {
        Progress {
            time,
            logical_id: name.to_string(),
            resource_type: "AWS::EC2::VPC".to_string(),
            physical_id: Some("vpc-1".to_string()),
            status: status.to_string(),
            reason: None,
            awaits: None,
        }
    }

    #[test]
    fn what_waits_for_somebody_says_so_and_is_still_under_way() {
        let mut steps = Steps::default();
        let awaits = Some("awaits a word".to_string());
        let line = steps.line(&Progress { awaits, ..progress("Wait", "CREATE_IN_PROGRESS", 1000) }).unwrap();
        assert!(line.ends_with("Wait  awaits a word"), "{line}");
        assert!(steps.under_way(Instant::now()).is_some());
    }

    #[test]
    fn a_step_has_one_line_with_the_time_that_it_took() {
        let mut steps = Steps::default();
        assert_eq!(steps.line(&progress("Vpc", "CREATE_IN_PROGRESS", 3_600_000)), None);
        // Once more with its identifier.
        assert_eq!(steps.line(&progress("Vpc", "CREATE_IN_PROGRESS", 3_600_500)), None);
        assert_eq!(steps.under_way(Instant::now()).unwrap(), "0 done, waiting for Vpc (0 s)");
        let line = steps.line(&progress("Vpc", "CREATE_COMPLETE", 3_601_250)).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words, ["01:00:01", "1.2", "s", "CREATE_COMPLETE", "AWS::EC2::VPC", "Vpc", "vpc-1"]);
        assert_eq!(steps.under_way(Instant::now()), None);
        // What begins and ends at once.
        assert!(steps.line(&progress("Old", "DELETE_COMPLETE", 3_601_250)).unwrap().contains("DELETE_COMPLETE"));
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (951_868_800, "2000-03-01 00:00:00"),
            (1_767_225_599, "2025-12-31 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(date(seconds * 1000), text);
        }
    }
}
