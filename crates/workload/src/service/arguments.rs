//! Words and `--option value` pairs.

use super::Failure;
use std::{collections::VecDeque, time::Duration};

/// Time limit of a client, and of an upstream of the HTTP service, unless `--timeout` says otherwise.
const TIMEOUT: Duration = Duration::from_secs(3);
const TIMEOUT_MAXIMUM: f64 = 3600.0;

pub(super) struct Arguments {
    words: VecDeque<String>,
    options: Vec<(String, String)>,
}

impl Arguments {
    pub(super) fn parse(args: Vec<String>) -> Result<Self, Failure> {
        let (mut words, mut options) = (VecDeque::new(), Vec::new());
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            match arg.strip_prefix("--") {
                None => words.push_back(arg),
                // What comes after `--` is words, even if it begins with a dash.
                Some("") => words.extend(args.by_ref()),
                Some(name) => match name.split_once('=') {
                    Some((name, value)) => options.push((name.to_owned(), value.to_owned())),
                    None => {
                        let value = args.next().ok_or_else(|| Failure::Usage(format!("--{name} needs a value")))?;
                        options.push((name.to_owned(), value));
                    }
                },
            }
        }
        Ok(Self { words, options })
    }

    pub(super) fn positional(&mut self, what: &str) -> Result<String, Failure> {
        self.words.pop_front().ok_or_else(|| Failure::Usage(format!("{what} is missing")))
    }

    /// All values of an option, in their order.
    pub(super) fn all(&mut self, name: &str) -> Vec<String> {
        self.options.extract_if(.., |(option, _)| option == name).map(|(_, value)| value).collect()
    }

    pub(super) fn required(&mut self, name: &str) -> Result<String, Failure> {
        self.all(name).pop().ok_or_else(|| Failure::Usage(format!("--{name} is missing")))
    }

    pub(super) fn port_option(&mut self) -> Result<u16, Failure> {
        port(&self.required("port")?)
    }

    pub(super) fn port(&mut self) -> Result<u16, Failure> {
        port(&self.positional("a port")?)
    }

    pub(super) fn timeout(&mut self) -> Result<Duration, Failure> {
        let Some(text) = self.all("timeout").pop() else { return Ok(TIMEOUT) };
        match text.parse::<f64>() {
            Ok(seconds) if seconds > 0.0 && seconds <= TIMEOUT_MAXIMUM => Ok(Duration::from_secs_f64(seconds)),
            _ => Err(Failure::Usage(format!("--timeout {text:?}: seconds above 0, at most {TIMEOUT_MAXIMUM}"))),
        }
    }

    /// Refuses what was given and not asked for.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match (self.words.front(), self.options.first()) {
            (Some(word), _) => Err(Failure::Usage(format!("{word:?} is one word too many"))),
            (_, Some((name, _))) => Err(Failure::Usage(format!("there is no option --{name} here"))),
            _ => Ok(()),
        }
    }
}

fn port(text: &str) -> Result<u16, Failure> {
    match text.parse() {
        Ok(0) | Err(_) => Err(Failure::Usage(format!("{text:?} is no port; one is 1 to 65535"))),
        Ok(port) => Ok(port),
    }
}
