//! The language of `lab.txt`, which `labs/README.md` describes: one statement a line.

use croft_daemon::protocol::Transport;

/// A lab as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    pub title: String,
    pub shows: String,
    pub phases: Vec<Phase>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    pub name: String,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub line: usize,
    pub statement: Statement,
    /// The comment behind it, printed beside an expectation.
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    Template { file: String, parameters: Vec<(String, String)> },
    Down,
    Ready { name: String, port: u16, protocol: Transport },
    Zone { name: String, failed: bool },
    Instance { name: String, run: bool },
    Quota { name: String, value: u32 },
    Advance { seconds: u64 },
    Fix(Path),
    Path { path: Path, expected: Expected },
    Http { source: String, destination: String, port: u16, path: String, contains: Vec<String> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    pub source: String,
    pub destination: String,
    pub port: Option<u16>,
    pub protocol: Transport,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    Open,
    Closed { code: Option<String>, at: Option<String>, reply: bool },
}

/// A line that is not a statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ScriptError {
    pub line: usize,
    pub what: String,
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} -> {}", self.source, self.destination)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "/{}", self.protocol)
    }
}

/// Reads a whole script.
pub fn parse(text: &str) -> Result<Script, ScriptError> {
    let mut script = Script::default();
    for (index, whole) in text.lines().enumerate() {
        let line = index + 1;
        let (code, why) = split_comment(whole);
        if code.is_empty() {
            continue;
        }
        let error = |what: String| ScriptError { line, what };
        let (word, rest) = code.split_once(char::is_whitespace).unwrap_or((code, ""));
        let rest = rest.trim();
        match word {
            "title" => script.title = rest.to_string(),
            "shows" => {
                if !script.shows.is_empty() {
                    script.shows.push(' ');
                }
                script.shows.push_str(rest);
            }
            "phase" => script.phases.push(Phase { name: rest.to_string(), steps: Vec::new() }),
            _ => {
                let statement = statement(word, rest, code).map_err(error)?;
                let phase = script
                    .phases
                    .last_mut()
                    .ok_or_else(|| error("a statement before the first `phase`".to_string()))?;
                phase.steps.push(Step { line, statement, why: why.to_string() });
            }
        }
    }
    if script.title.is_empty() {
        return Err(ScriptError { line: 1, what: "a lab begins with `title TEXT`".to_string() });
    }
    Ok(script)
}

/// A comment begins at the start of a line or behind white space.
fn split_comment(line: &str) -> (&str, &str) {
    let start = line.char_indices().find(|(i, c)| {
        *c == '#'
            && line[..*i].chars().next_back().is_none_or(char::is_whitespace)
            && quotes(&line[..*i]).is_multiple_of(2)
    });
    match start {
        Some((at, _)) => (line[..at].trim(), line[at + 1..].trim()),
        None => (line.trim(), ""),
    }
}

fn quotes(text: &str) -> usize {
    text.matches('"').count()
}

fn statement(word: &str, rest: &str, code: &str) -> Result<Statement, String> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    match (word, words.as_slice()) {
        ("template", [file, parameters @ ..]) => {
            let parameters = parameters.iter().map(|p| {
                p.split_once('=').map(|(k, v)| (k.to_string(), v.to_string())).ok_or(format!("{p:?} is not KEY=VALUE"))
            });
            Ok(Statement::Template { file: file.to_string(), parameters: parameters.collect::<Result<_, _>>()? })
        }
        ("down", []) => Ok(Statement::Down),
        ("ready", [end]) => match end_of_path(end)? {
            (name, Some(port), protocol) if protocol != Transport::Icmp => {
                Ok(Statement::Ready { name, port, protocol })
            }
            _ => Err("`ready` takes NAME:PORT/tcp or NAME:PORT/udp".to_string()),
        },
        ("zone", [how @ ("fail" | "restore"), name]) => {
            Ok(Statement::Zone { name: name.to_string(), failed: *how == "fail" })
        }
        (how @ ("stop" | "start"), [name]) => Ok(Statement::Instance { name: name.to_string(), run: how == "start" }),
        ("quota", [name, value]) => Ok(Statement::Quota { name: name.to_string(), value: number(value)? }),
        ("advance", [seconds]) => Ok(Statement::Advance { seconds: number(seconds)? }),
        ("fix", _) => {
            let (path, rest) = path(rest)?;
            if rest.is_empty() { Ok(Statement::Fix(path)) } else { Err(format!("{rest:?} behind the path")) }
        }
        ("http", _) => http(rest),
        _ if code.contains("->") => {
            let (path, rest) = path(code)?;
            Ok(Statement::Path { path, expected: expected(&rest)? })
        }
        _ => Err(format!("{code:?} is no statement: labs/README.md lists them")),
    }
}

/// `SRC -> DST:PORT/PROTOCOL`, and the words behind it.
fn path(text: &str) -> Result<(Path, Vec<&str>), String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [source, "->", end, rest @ ..] = words.as_slice() else {
        return Err(format!("{text:?} is not SRC -> DST:PORT/PROTOCOL"));
    };
    let (destination, port, protocol) = end_of_path(end)?;
    if port.is_none() != (protocol == Transport::Icmp) {
        return Err(format!("{end:?}: tcp and udp need a port, icmp has none"));
    }
    Ok((Path { source: source.to_string(), destination, port, protocol }, rest.to_vec()))
}

/// `DST:PORT/PROTOCOL` or `DST/icmp`.
fn end_of_path(text: &str) -> Result<(String, Option<u16>, Transport), String> {
    let (end, protocol) = text.rsplit_once('/').ok_or(format!("{text:?} lacks /tcp, /udp or /icmp"))?;
    let protocol = match protocol {
        "tcp" => Transport::Tcp,
        "udp" => Transport::Udp,
        "icmp" => Transport::Icmp,
        other => return Err(format!("{other:?} is not tcp, udp or icmp")),
    };
    match end.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() => Ok((name.to_string(), Some(number(port)?), protocol)),
        _ => Ok((end.to_string(), None, protocol)),
    }
}

fn expected(words: &[&str]) -> Result<Expected, String> {
    match words {
        ["open"] => Ok(Expected::Open),
        ["closed", rest @ ..] => {
            let (mut code, mut at, mut reply) = (None, None, false);
            let mut rest = rest.iter();
            while let Some(word) = rest.next() {
                match *word {
                    "reply" => reply = true,
                    "at" => at = Some(rest.next().ok_or("`at` needs a resource")?.to_string()),
                    word if code.is_none()
                        && word.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit()) =>
                    {
                        code = Some(word.to_string());
                    }
                    word => return Err(format!("{word:?} behind `closed`: CODE, `at RESOURCE` or `reply`")),
                }
            }
            Ok(Expected::Closed { code, at, reply })
        }
        _ => Err("an expectation ends in `open` or `closed …`".to_string()),
    }
}

/// `SRC -> DST:PORT/PATH contains "TEXT" …`
fn http(rest: &str) -> Result<Statement, String> {
    let form = || format!("{rest:?} is not SRC -> DST:PORT/PATH contains \"TEXT\" …");
    let (request, texts) = rest.split_once(" contains ").ok_or_else(form)?;
    let words: Vec<&str> = request.split_whitespace().collect();
    let [source, "->", target] = words.as_slice() else { return Err(form()) };
    let (end, path) = target.split_once('/').map_or((*target, String::from("/")), |(e, p)| (e, format!("/{p}")));
    let (destination, port) = end.rsplit_once(':').ok_or_else(form)?;
    let contains: Vec<String> = texts.split('"').skip(1).step_by(2).map(str::to_string).collect();
    if contains.is_empty() || !quotes(texts).is_multiple_of(2) {
        return Err(form());
    }
    Ok(Statement::Http {
        source: source.to_string(),
        destination: destination.to_string(),
        port: number(port)?,
        path,
        contains,
    })
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text:?} is not a number that fits here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> Result<Statement, String> {
        let script = parse(&format!("title t\nphase p\n{line}\n")).map_err(|e| e.to_string())?;
        Ok(script.phases[0].steps[0].statement.clone())
    }

    #[test]
    fn every_statement_of_the_readme_is_read() {
        let readme = include_str!("../../../../labs/README.md");
        let example: Vec<&str> = readme.lines().filter(|l| l.starts_with("    ")).map(str::trim).collect();
        let start = example.iter().position(|l| l.starts_with("title")).unwrap();
        let end = example.iter().position(|l| l.starts_with("SRC")).unwrap();
        let script = parse(&example[start..end].join("\n")).unwrap();
        assert_eq!(script.phases.len(), 2);
        assert_eq!(script.phases[0].steps.len(), 6);
        for line in [
            "template broken.yaml A=1 B=2",
            "down",
            "zone fail us-east-1a",
            "zone restore us-east-1a",
            "stop app-a",
            "start app-a",
            "quota routes_per_table 2",
            "advance 350",
        ] {
            one(line).unwrap();
        }
    }

    #[test]
    fn expectations_carry_code_resource_and_direction() {
        assert_eq!(
            one("a -> ${Eip}:443/tcp closed SUBNET_ACL_RESTRICTION at DataAcl reply # ACL-4: no ephemeral rule")
                .unwrap(),
            Statement::Path {
                path: Path {
                    source: "a".into(),
                    destination: "${Eip}".into(),
                    port: Some(443),
                    protocol: Transport::Tcp
                },
                expected: Expected::Closed {
                    code: Some("SUBNET_ACL_RESTRICTION".into()),
                    at: Some("DataAcl".into()),
                    reply: true
                },
            }
        );
        let step = parse("title t\nphase p\na -> b/icmp open   # ACL-3: all\n").unwrap().phases[0].steps[0].clone();
        assert_eq!((step.line, step.why.as_str()), (3, "ACL-3: all"));
    }

    #[test]
    fn http_contains_texts_with_spaces_and_hashes() {
        assert_eq!(
            one(r##"http internet -> alb-a:443/health contains "client ${Eip}:" "a #1" # all tiers"##).unwrap(),
            Statement::Http {
                source: "internet".into(),
                destination: "alb-a".into(),
                port: 443,
                path: "/health".into(),
                contains: vec!["client ${Eip}:".into(), "a #1".into()],
            }
        );
    }

    #[test]
    fn a_wrong_line_says_its_number_and_what_is_wrong() {
        for line in [
            "a -> b:80 open",
            "a -> b/tcp open",
            "a -> b:80/icmp open",
            "a -> b:99999/tcp open",
            "a -> b:80/tcp maybe",
            "a -> b:80/tcp closed at",
            "http a -> b:80/ contains nothing",
            "destroy everything",
            "zone explode us-east-1a",
        ] {
            let error = one(line).unwrap_err();
            assert!(error.starts_with("line 3: "), "{line}: {error}");
        }
    }
}
