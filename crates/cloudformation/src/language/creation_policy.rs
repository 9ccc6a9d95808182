//! `CreationPolicy`: how many signals a resource waits for before it counts as made, and for how long.

use super::diagnostic::{Position, Report};
use super::expression::{Compiler, Expression};
use super::node::Node;
use super::section::Section;

/// As the template writes it.
#[derive(Clone, Debug)]
pub struct CreationPolicy {
    pub at: Position,
    pub count: Option<Expression>,
    pub timeout: Option<Expression>,
}

/// What a resource waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signals {
    /// Of success.
    pub count: u32,
    pub timeout_seconds: u64,
}

/// What AWS takes if nothing is said.
pub const DEFAULT: Signals = Signals { count: 1, timeout_seconds: 300 };

/// The longest that AWS waits: twelve hours.
pub const MOST_SECONDS: u64 = 12 * 3600;

/// Types that can wait for signals.
const TYPES: &[&str] = &["AWS::CloudFormation::WaitCondition", "AWS::EC2::Instance"];

const KEYS: &[&str] = &["AutoScalingCreationPolicy", "ResourceSignal", "StartFleet"];

/// Reads the attribute of a resource of a type.
pub fn read(node: &Node, of: Option<&str>, compiler: &mut Compiler) -> Option<CreationPolicy> {
    let section = Section::open(node, node.at, "a CreationPolicy", KEYS, compiler.report)?;
    for refused in ["AutoScalingCreationPolicy", "StartFleet"] {
        if let Some(node) = section.optional(refused) {
            let what = format!("{refused} is not supported");
            section.report.advise(node.at, what, "it belongs to types that are not supported: remove it");
        }
    }
    if let Some(of) = of.filter(|of| !TYPES.contains(of)) {
        let what = format!("{of} takes no CreationPolicy");
        section.report.advise(node.at, what, format!("{} take one", TYPES.join(" and ")));
        return None;
    }
    let Some(signal) = section.optional("ResourceSignal") else {
        section.report.advise(node.at, "ResourceSignal is missing", "a CreationPolicy says which signals to wait for");
        return None;
    };
    let section = Section::open(signal, signal.at, "a ResourceSignal", &["Count", "Timeout"], compiler.report)?;
    let (count, timeout) = (section.optional("Count"), section.optional("Timeout"));
    let count = count.map(|node| compiler.expression(node));
    let timeout = timeout.map(|node| compiler.expression(node));
    Some(CreationPolicy { at: node.at, count, timeout })
}

/// Seconds of a duration as ISO 8601 writes them: `PT15M`, `PT1H30M`, `PT90S`. None: it is none.
pub fn seconds(text: &str) -> Option<u64> {
    let (days, time) = text.strip_prefix('P')?.split_once('T').unwrap_or((text.strip_prefix('P')?, ""));
    let mut total: u64 = match days.strip_suffix('D') {
        Some(days) => days.parse::<u64>().ok()?.checked_mul(86_400)?,
        None if days.is_empty() => 0,
        None => return None,
    };
    let (mut digits, mut units) = (String::new(), "HMS");
    for letter in time.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let at = units.find(letter)?;
        let length = match letter {
            'H' => 3600,
            'M' => 60,
            _ => 1,
        };
        total = total.checked_add(digits.parse::<u64>().ok()?.checked_mul(length)?)?;
        digits.clear();
        units = &units[at + 1..];
    }
    (digits.is_empty() && text.len() > 2 && !text.ends_with('T')).then_some(total)
}

/// What is wrong with a timeout, reported; else its seconds.
pub fn timeout(text: &str, at: Position, report: &mut Report) -> u64 {
    match seconds(text) {
        Some(seconds) if seconds <= MOST_SECONDS => seconds,
        Some(_) => {
            report.advise(at, format!("Timeout is {text:?}"), "twelve hours, PT12H, are the most");
            DEFAULT.timeout_seconds
        }
        None => {
            report.advise(at, format!("Timeout is a duration, and this is {text:?}"), "write it as PT15M or PT1H30M");
            DEFAULT.timeout_seconds
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, expected) in
            [("PT15M", 900), ("PT1H30M", 5400), ("PT90S", 90), ("PT0S", 0), ("P1D", 86_400), ("P1DT1S", 86_401)]
        {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in ["", "P", "PT", "15M", "PT15", "PT1M1H", "PTM", "P1DT", "PT1X", "PT99999999999999999999S"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
