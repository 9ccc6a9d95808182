//! Patterns of AWS's models. They are written for Java's engine; [`Pattern::matches`] says what that engine would.

use regex::Regex;
use std::sync::OnceLock;

/// Compiled when first used.
#[derive(Debug)]
pub struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub fn new(text: String) -> Pattern {
        Pattern { text, compiled: OnceLock::new() }
    }

    /// As the model has it, for messages.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Does the whole of `value` match? A pattern that cannot be compiled here takes everything; a test lists those.
    pub fn matches(&self, value: &str) -> bool {
        self.regex().is_none_or(|regex| regex.is_match(value))
    }

    /// None if Rust's engine, which has no looking ahead, cannot do it.
    pub fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&format!("^(?s:{})$", translated(&self.text))).ok()).as_ref()
    }
}

/// Java's `\uXXXX` as `\x{XXXX}`; pairs of surrogates and their range as the characters they stand for.
fn translated(pattern: &str) -> String {
    let pattern = pattern.replace("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\x{10000}-\\x{10FFFF}");
    let pattern = pattern.replace("\\u10000-\\u10FFFF", "\\x{10000}-\\x{10FFFF}");
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.as_str();
    while let Some(at) = rest.find("\\u") {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        match escape.get(2..6).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())) {
            Some(hex) => {
                out.push_str(&format!("\\x{{{hex}}}"));
                rest = &escape[6..];
            }
            None => {
                out.push_str("\\u");
                rest = &escape[2..];
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_value_must_match() {
        let pattern = Pattern::new("[\\w+=,.@-]+".into());
        assert!(pattern.matches("user@example"));
        assert!(!pattern.matches("user name"));
        assert!(!pattern.matches(""));
    }

    #[test]
    fn escapes_of_java_are_understood() {
        let pattern = Pattern::new("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+".into());
        assert!(pattern.matches("a\tb\né"));
        assert!(!pattern.matches("snow ☃"));
        assert!(Pattern::new("(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)".into()).matches("/path/"));
    }
}
