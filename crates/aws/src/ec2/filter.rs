//! `Filters`: names that an operation documents, values with wildcards; all filters must hold, of each one value.

use crate::fault::Fault;
use croft_control::Cloud;
use croft_model::Tags;
use serde::Deserialize;
use std::cell::Cell;
use std::fmt::{Display, Write};

/// The parameter `Filters`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Filters(Vec<Filter>);

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Filter {
    name: String,
    #[serde(default)]
    values: Vec<String>,
}

/// A filter that AWS documents for an operation: its name, and which values an item has for it.
///
/// `tag:KEY` and `tag-key` are in no table: every item with tags has them.
pub type FilterOf<T> = (&'static str, fn(&Cloud, &T, &mut Match<'_>));

/// AWS takes no more values in one request.
const MOST_VALUES: usize = 200;

/// Filters whose names are known, ready to be asked of many items.
pub struct Judge<T: 'static> {
    filters: Vec<(Subject<T>, Vec<Pattern>)>,
    /// Where values are written that are no text: one for all items, as there may be a hundred thousand.
    buffer: Cell<String>,
}

enum Subject<T: 'static> {
    Values(fn(&Cloud, &T, &mut Match<'_>)),
    Tag(String),
    TagKey,
}

impl Filters {
    /// # Errors
    /// `InvalidParameterValue` for a filter that is not in the table or has no values, `FilterLimitExceeded`.
    pub fn judge<T>(&self, table: &'static [FilterOf<T>]) -> Result<Judge<T>, Fault> {
        if self.0.iter().map(|f| f.values.len()).sum::<usize>() > MOST_VALUES {
            let message = format!("The maximum length for a filter value list is {MOST_VALUES}");
            return Err(Fault::new("FilterLimitExceeded", message));
        }
        let judge = |filter: &Filter| {
            let name = filter.name.as_str();
            let subject = match (name.strip_prefix("tag:"), table.iter().find(|(known, _)| *known == name)) {
                (Some(key), _) => Subject::Tag(key.to_string()),
                (None, Some((_, values))) => Subject::Values(*values),
                (None, None) if name == "tag-key" => Subject::TagKey,
                (None, None) => return Err(Fault::invalid_value(format!("The filter '{name}' is invalid"))),
            };
            if filter.values.is_empty() {
                return Err(Fault::invalid_value(format!("The filter '{name}' has no values")));
            }
            Ok((subject, filter.values.iter().map(|v| Pattern::new(v)).collect()))
        };
        let filters = self.0.iter().map(judge).collect::<Result<_, _>>()?;
        Ok(Judge { filters, buffer: Cell::default() })
    }
}

impl<T> Judge<T> {
    /// Do all filters hold of an item?
    pub fn holds(&self, cloud: &Cloud, item: &T, tags: &Tags) -> bool {
        self.filters.iter().all(|(subject, patterns)| {
            let mut found = Match { patterns, matched: false, buffer: self.buffer.take() };
            match subject {
                Subject::Values(values) => values(cloud, item, &mut found),
                Subject::Tag(key) => tags.get(key).into_iter().for_each(|value| found.text(value)),
                Subject::TagKey => tags.keys().for_each(|key| found.text(key)),
            }
            self.buffer.set(found.buffer);
            found.matched
        })
    }
}

/// Takes the values that an item has for a filter and remembers whether one of them is wanted.
pub struct Match<'a> {
    patterns: &'a [Pattern],
    matched: bool,
    buffer: String,
}

impl Match<'_> {
    pub fn text(&mut self, value: &str) {
        self.matched = self.matched || self.patterns.iter().any(|p| p.matches(value));
    }

    pub fn show(&mut self, value: impl Display) {
        if self.matched {
            return;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        // Writing into a String does not fail.
        let _ = write!(buffer, "{value}");
        self.text(&buffer);
        self.buffer = buffer;
    }

    /// `true` or `false`.
    pub fn flag(&mut self, value: bool) {
        self.text(if value { "true" } else { "false" });
    }
}

/// A wanted value: `*` stands for any characters, `?` for one, `\` takes the meaning from the next.
struct Pattern {
    parts: Vec<Part>,
    /// The value itself, where it has no wildcards: most have none.
    plain: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Any,
    One,
    Is(char),
}

impl Pattern {
    fn new(text: &str) -> Pattern {
        let mut parts = Vec::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            parts.push(match letter {
                '*' => Part::Any,
                '?' => Part::One,
                '\\' => Part::Is(letters.next().unwrap_or('\\')),
                other => Part::Is(other),
            });
        }
        let plain = parts.iter().map(|part| if let Part::Is(c) = part { Some(*c) } else { None }).collect();
        Pattern { parts, plain }
    }

    fn matches(&self, value: &str) -> bool {
        if let Some(plain) = &self.plain {
            return plain == value;
        }
        let value: Vec<char> = value.chars().collect();
        let (mut at, mut of) = (0, 0);
        // Where to go on after the last `*`: the part behind it, and how much of the value it has swallowed.
        let mut back: Option<(usize, usize)> = None;
        while of < value.len() {
            match self.parts.get(at) {
                Some(Part::Any) => {
                    back = Some((at + 1, of));
                    at += 1;
                }
                Some(part) if *part == Part::One || value.get(of).is_some_and(|c| *part == Part::Is(*c)) => {
                    at += 1;
                    of += 1;
                }
                _ => match &mut back {
                    Some((behind, swallowed)) => {
                        *swallowed += 1;
                        (at, of) = (*behind, *swallowed);
                    }
                    None => return false,
                },
            }
        }
        self.parts.iter().skip(at).all(|part| *part == Part::Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        for (pattern, value, expected) in [
            ("a", "a", true),
            ("a", "A", false),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("*b*", "abc", true),
            ("*a*b*c*", "xaybzc", true),
            ("*ab", "aab", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "", true),
            ("?", "", false),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("*\\?", "what?", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(value), expected, "{pattern} {value}");
        }
    }
}
