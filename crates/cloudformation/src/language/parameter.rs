//! Parameters: their types, and what a value has to be to be taken.

use super::diagnostic::{Position, Report, Said};
use super::evaluate::Known;
use super::nearest::listed;
use super::node::{Name, Node, NodeKind};
use super::parameter_type::{self, Of, ParameterType, TYPES};
use super::section::Section;
use fancy_regex::Regex;

/// A parameter as the template declares it.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: Name,
    pub kind: ParameterType,
    pub default: Option<String>,
    pub allowed_values: Vec<String>,
    pub allowed_pattern: Option<Pattern>,
    /// In characters.
    pub length: (Option<u64>, Option<u64>),
    pub range: (Option<f64>, Option<f64>),
    /// Its value is never shown.
    pub no_echo: bool,
    pub description: Option<String>,
    /// What to say when a value is refused, in the words of the template's author.
    pub constraint: Option<String>,
}

/// `AllowedPattern`, which the whole value has to match.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As the template writes it.
    pub text: String,
    regex: Regex,
}

/// Longer values are refused (in bytes).
pub const MOST_BYTES: usize = 4096;

const KEYS: &[&str] = &[
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

impl Parameter {
    /// Reads one entry of the Parameters section. None: the report says why.
    pub fn read(name: &Name, node: &Node, large: &mut LargePatterns, report: &mut Report) -> Option<Parameter> {
        let mut section = Section::open(node, name.at, "a parameter", KEYS, report)?;
        let kind = kind(&mut section)?;
        let default = section.optional("Default").and_then(|node| default(node, section.report));
        let parameter = Parameter {
            name: name.clone(),
            kind,
            default,
            allowed_values: section.texts("AllowedValues"),
            allowed_pattern: pattern(&mut section, kind.list, large),
            length: (section.number("MinLength"), section.number("MaxLength")),
            range: (section.number("MinValue"), section.number("MaxValue")),
            no_echo: section.text("NoEcho").is_some_and(|t| t.eq_ignore_ascii_case("true")),
            description: section.text("Description"),
            constraint: section.text("ConstraintDescription"),
        };
        if let Some(default) = &parameter.default {
            let at = section.optional("Default").map_or(name.at, |n| n.at);
            parameter.check(default, at, report);
        }
        Some(parameter)
    }

    /// What `Ref` gives where nothing else is said, as far as it is known without a cloud.
    pub fn by_default(&self) -> Known {
        match &self.default {
            Some(default) if !self.kind.stored => self.known(default),
            _ => Known::Later,
        }
    }

    /// What `Ref` gives of a value.
    pub fn known(&self, value: &str) -> Known {
        match self.kind.list {
            true => Known::List(split(value)),
            false => Known::Text(value.to_string()),
        }
    }

    /// Reports what is wrong with a value, which for a list is all its values with commas between.
    pub fn check(&self, value: &str, at: Position, report: &mut Report) {
        let name = &self.name.text;
        if value.len() > MOST_BYTES {
            let what =
                format!("the value of the parameter {name} has {} bytes, and {MOST_BYTES} are the most", value.len());
            report.advise(at, what, "make it shorter");
            return;
        }
        for item in self.items(value) {
            if let Some((wrong, said)) = self.wrong(&item) {
                let shown = if self.no_echo { "the value".to_string() } else { format!("{item:?}") };
                let what = format!("{shown} cannot be the parameter {name}: {wrong}");
                match &self.constraint {
                    Some(words) => {
                        let said = format!("Parameter '{name}' failed to satisfy constraint: {words}");
                        report.say(Said::whole(said), at, what, words.clone());
                    }
                    None => report.error_said(Said::whole(format!("Parameter '{name}' {said}")), at, what),
                }
                if wrong.starts_with(TOO_LONG) {
                    return;
                }
            }
        }
    }

    /// The values of a list parameter, or the one value of another.
    pub fn items(&self, value: &str) -> Vec<String> {
        match self.kind.list && !self.kind.stored {
            true => split(value),
            false => vec![value.to_string()],
        }
    }

    /// What is wrong with a value, in our words and in AWS's.
    fn wrong(&self, item: &str) -> Option<(String, String)> {
        let both = |ours: String, aws: String| Some((ours, aws));
        if self.kind.of == Of::Number {
            let Some(number) = item.trim().parse::<f64>().ok().filter(|n| n.is_finite()) else {
                return both("it is not a number".to_string(), "must be a number".to_string());
            };
            if let Some(least) = self.range.0.filter(|least| number < *least) {
                return both(format!("it is less than {least}"), format!("must be a number not less than {least}"));
            }
            if let Some(most) = self.range.1.filter(|most| number > *most) {
                return both(format!("it is more than {most}"), format!("must be a number not greater than {most}"));
            }
        }
        let characters = item.chars().count() as u64;
        if let Some(least) = self.length.0.filter(|least| characters < *least) {
            let aws = format!("must contain at least {least} characters");
            return both(format!("it has less than {least} characters"), aws);
        }
        if let Some(most) = self.length.1.filter(|most| characters > *most) {
            let aws = format!("must contain at most {most} characters");
            return both(format!("it has more than {most} characters"), aws);
        }
        if !self.allowed_values.is_empty() && !self.allowed_values.iter().any(|v| self.same(v, item)) {
            let listed = listed(&self.allowed_values);
            return both(format!("it can be {listed}"), "must be one of AllowedValues".to_string());
        }
        let pattern = self.allowed_pattern.as_ref()?;
        match pattern.regex.is_match(item) {
            Ok(true) => None,
            Ok(false) => {
                both(format!("it does not match {}", pattern.text), format!("must match pattern {}", pattern.text))
            }
            Err(_) => both(format!("{TOO_LONG} {}", pattern.text), format!("must match pattern {}", pattern.text)),
        }
    }

    /// Numbers are compared as numbers: `1.0` is `1`.
    fn same(&self, one: &str, other: &str) -> bool {
        let number = |text: &str| text.trim().parse::<f64>().ok();
        one == other || self.kind.of == Of::Number && number(one).is_some_and(|n| number(other) == Some(n))
    }
}

/// The items between commas.
fn split(value: &str) -> Vec<String> {
    match value.trim().is_empty() {
        true => Vec::new(),
        false => value.split(',').map(|item| item.trim().to_string()).collect(),
    }
}

fn kind(section: &mut Section) -> Option<ParameterType> {
    let node = section.required("Type")?;
    let Some(text) = node.text() else {
        section.report.error(node.at, "Type is the name of a parameter type");
        return None;
    };
    let found = parameter_type::find(text);
    if found.is_none() {
        let names = TYPES.iter().map(|t| t.name);
        let said = Said::whole(format!("Template format error: Unrecognized parameter type: {text}"));
        section.report.suggest_said(said, node.at, format!("there is no parameter type {text}"), text, names);
    }
    found
}

fn default(node: &Node, report: &mut Report) -> Option<String> {
    if node.text().is_none() {
        let said = Said::whole("Template format error: Every Default member must be a string.");
        let what = format!("Default is a text, and this is {}", node.what());
        let advice = match node.kind {
            NodeKind::List(_) => "write a list as one text with commas between",
            _ => "write a text",
        };
        report.say(said, node.at, what, advice);
    }
    node.text().map(str::to_string)
}

/// How far a pattern is followed back before it is given up, and for one item of a list: patterns come from templates.
const MOST_BACKTRACKS: usize = 20_000;
const MOST_BACKTRACKS_OF_AN_ITEM: usize = 2_000;
const TOO_LONG: &str = "it takes too long to match it with";
/// In bytes, of a pattern that has been made ready: of any, and of a few.
const MOST_PATTERN: usize = 128 << 10;
const MOST_LARGE_PATTERN: usize = 1 << 20;
const MOST_LARGE_PATTERNS: usize = 4;

/// How many patterns of a template are large: to make one ready takes its time.
#[derive(Debug, Default)]
pub struct LargePatterns(usize);

fn pattern(section: &mut Section, list: bool, large: &mut LargePatterns) -> Option<Pattern> {
    let text = section.text("AllowedPattern")?;
    let whole = format!("^(?:{})$", ascii(&text));
    let build = |most: usize| {
        fancy_regex::RegexBuilder::new(&whole)
            .backtrack_limit(if list { MOST_BACKTRACKS_OF_AN_ITEM } else { MOST_BACKTRACKS })
            .delegate_size_limit(most)
            .max_prog_size(most / 8)
            .build()
    };
    let mut built = build(MOST_PATTERN);
    if built.is_err() && large.0 < MOST_LARGE_PATTERNS {
        large.0 += 1;
        built = build(MOST_LARGE_PATTERN);
    }
    if built.is_err() {
        let at = section.optional("AllowedPattern").map_or(section.at, |n| n.at);
        let what = format!("AllowedPattern {text:?} is not a regular expression that is supported");
        section.report.advise(at, what, "look at its brackets and repetitions; a very large one is not taken either");
    }
    Some(Pattern { text, regex: built.ok()? })
}

/// The pattern with the classes `\d`, `\s` and `\w` and their opposites written out: they are those of Java, of ASCII
/// alone.
fn ascii(pattern: &str) -> String {
    let mut written = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        let class = match (c, rest.as_str().chars().next()) {
            ('\\', Some('d')) => "[0-9]",
            ('\\', Some('D')) => "[^0-9]",
            ('\\', Some('s')) => "[ \\t\\n\\x0B\\f\\r]",
            ('\\', Some('S')) => "[^ \\t\\n\\x0B\\f\\r]",
            ('\\', Some('w')) => "[0-9A-Z_a-z]",
            ('\\', Some('W')) => "[^0-9A-Z_a-z]",
            // What is escaped is taken with it.
            ('\\', Some(escaped)) => {
                written.extend([c, escaped]);
                rest.next();
                continue;
            }
            _ => {
                written.push(c);
                continue;
            }
        };
        written.push_str(class);
        rest.next();
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(pattern: &str, value: &str) -> bool {
        let regex = Regex::new(&format!("^(?:{})$", ascii(pattern))).expect("a pattern");
        regex.is_match(value).expect("soon")
    }

    #[test]
    fn classes_are_of_ascii_alone() {
        for (pattern, right, wrong) in [
            ("\\d{1,3}\\.\\d{1,3}", "10.0", "10x0"),
            ("\\w+", "a_9", "ä"),
            ("[\\w\\s\\d.-]{0,255}", "a b-c.9", "a/b"),
            ("[^\\s]+", "ab", "a b"),
            ("\\D\\S\\W", "ab-", "1b-"),
            ("\\\\d", "\\d", "7"),
            ("\\[\\d\\]", "[7]", "7"),
            ("(?=.*\\d)[a-z\\d]*", "a1", "a"),
        ] {
            assert!(taken(pattern, right), "{pattern} takes {right}");
            assert!(!taken(pattern, wrong), "{pattern} does not take {wrong}");
        }
        assert!(!taken("\\d", "٣"));
    }
}
