//! What is wrong with a request, in the words that most services share.

use crate::fault::Fault;
use crate::violation::{Step, Violation, Wrong};

/// One error for all violations: `unknown` is the code for what the model does not know, `invalid` for the rest.
pub(super) fn fault(violations: &[Violation], unknown: &'static str, invalid: &'static str) -> Option<Fault> {
    if let Some(violation) = violations.iter().find(|v| v.what == Wrong::Unknown) {
        return Some(Fault::new(unknown, format!("The parameter {} is not recognized", violation.dotted())));
    }
    let said: Vec<String> = violations.iter().map(sentence).collect();
    let count = match said.len() {
        0 => return None,
        1 => "1 validation error".to_string(),
        n => format!("{n} validation errors"),
    };
    Some(Fault::new(invalid, format!("{count} detected: {}", said.join("; "))))
}

fn sentence(violation: &Violation) -> String {
    let at = place(violation);
    let fails = |value: &str, must: String| {
        format!("Value '{value}' at '{at}' failed to satisfy constraint: Member must {must}")
    };
    match &violation.what {
        Wrong::Missing => format!("Value null at '{at}' failed to satisfy constraint: Member must not be null"),
        Wrong::Unknown => format!("'{at}' is not recognized"),
        Wrong::Type { value, expected } => fails(value, format!("be a valid {expected}")),
        Wrong::NotInEnum { value, allowed } => {
            fails(value, format!("satisfy enum value set: [{}]", allowed.join(", ")))
        }
        Wrong::Pattern { value, pattern } => fails(value, format!("satisfy regular expression pattern: {pattern}")),
        Wrong::Character => format!("Value at '{at}' failed to satisfy constraint: Member must hold valid characters"),
        Wrong::OutOfBounds { value, min, max, length } => {
            let what = if *length { "have length" } else { "have value" };
            match (min, max) {
                (Some(min), _) if below(value, *min, *length) => {
                    fails(value, format!("{what} greater than or equal to {min}"))
                }
                (_, Some(max)) => fails(value, format!("{what} less than or equal to {max}")),
                (min, None) => fails(value, format!("{what} greater than or equal to {}", min.unwrap_or_default())),
            }
        }
    }
}

fn below(value: &str, min: f64, length: bool) -> bool {
    match length {
        true => (value.chars().count() as f64) < min,
        false => value.parse::<f64>().is_ok_and(|value| value < min),
    }
}

/// `roleName`, `tags.1.member.key`: names begin small there, and elements are called members.
fn place(violation: &Violation) -> String {
    let mut out = String::new();
    for step in &violation.at {
        if !out.is_empty() {
            out.push('.');
        }
        match step {
            Step::Member(name) => {
                let mut letters = name.chars();
                out.extend(letters.next().into_iter().flat_map(char::to_lowercase));
                out.push_str(letters.as_str());
            }
            Step::Element(n) => out.push_str(&format!("{n}.member")),
            Step::Key(key) => out.push_str(key),
        }
    }
    out
}
