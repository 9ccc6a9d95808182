//! What is wrong with a template: where, in which resource, and what to do about it.

use super::nearest;
use super::source::first_shown;
use std::fmt;

/// A place in the template. Lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// None: the file as a whole.
    pub at: Option<Position>,
    /// The resource, parameter, condition or output it is about.
    pub logical_id: Option<String>,
    /// A sentence without its full stop.
    pub message: String,
    /// What to do next, if there is more to say than the message does.
    pub advice: Option<String>,
    /// What AWS says of it, if that is known.
    pub said: Option<Said>,
    /// The line of the template at `at`.
    pub text: Option<String>,
}

/// AWS's own words for an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// All of it.
    Whole(String),
    /// One name of several that AWS gathers in brackets: before, the name, behind.
    Gathered(&'static str, String, &'static str),
}

impl Said {
    /// A whole sentence.
    pub fn whole(text: impl Into<String>) -> Option<Said> {
        Some(Said::Whole(text.into()))
    }

    /// A `Ref`, a `DependsOn` or the like in a block (`Resources`, `Outputs`) names nothing.
    pub fn unresolved(name: &str, block: &str) -> Option<Said> {
        let behind = match block {
            "Resources" => " in the Resources block of the template",
            "Outputs" => " in the Outputs block of the template",
            _ => ". Cannot reference resources in the Conditions block of the template",
        };
        let before = match block {
            "Resources" | "Outputs" => "Template format error: Unresolved resource dependencies ",
            _ => "Template format error: Unresolved dependencies ",
        };
        Some(Said::Gathered(before, name.to_string(), behind))
    }
}

/// Everything that is wrong with one template, in the order of its lines. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics {
    file: String,
    list: Vec<Diagnostic>,
    /// Found beyond those listed.
    more: usize,
}

/// More than these are counted, not listed.
pub const MOST_LISTED: usize = 50;

impl Diagnostics {
    /// The file's name as it was handed in.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// In the order of their places.
    pub fn list(&self) -> &[Diagnostic] {
        &self.list
    }

    /// One message, as AWS's API answers: AWS's words where they are known, then every error with its place.
    pub fn api_message(&self) -> String {
        let place = |d: &Diagnostic| d.at.map_or(String::new(), |at| format!("{}:{}: ", at.line, at.column));
        let told = |d: &Diagnostic| {
            let id = d.logical_id.as_ref().map_or(String::new(), |id| format!("{id}: "));
            let advice = d.advice.as_ref().map_or(String::new(), |advice| format!("; {advice}"));
            format!("{}{id}{}{advice}", place(d), d.message)
        };
        let details: Vec<String> = self.list.iter().map(told).collect();
        let more = match self.more {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let head = match self.list.iter().find_map(|d| d.said.as_ref()) {
            None => "Template error:".to_string(),
            Some(Said::Whole(text)) => text.clone(),
            Some(Said::Gathered(before, _, behind)) => {
                let mut names: Vec<&str> = Vec::new();
                for diagnostic in &self.list {
                    match &diagnostic.said {
                        Some(Said::Gathered(b, name, e))
                            if (b, e) == (before, behind) && !names.contains(&name.as_str()) =>
                        {
                            names.push(name);
                        }
                        _ => {}
                    }
                }
                format!("{before}[{}]{behind}", names.join(", "))
            }
        };
        format!("{head} ({}{more})", details.join(" | "))
    }
}

impl std::error::Error for Diagnostics {}

impl fmt::Display for Diagnostics {
    /// `file:line:column: LogicalId: message; advice`, the line itself below it, a blank line between two.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.list.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:", self.file)?;
            if let Some(at) = diagnostic.at {
                write!(f, "{}:{}:", at.line, at.column)?;
            }
            if let Some(id) = &diagnostic.logical_id {
                write!(f, " {id}:")?;
            }
            write!(f, " {}", diagnostic.message)?;
            if let Some(advice) = &diagnostic.advice {
                write!(f, "; {advice}")?;
            }
            if let (Some(at), Some(text)) = (diagnostic.at, &diagnostic.text) {
                let number = at.line.to_string();
                let pad = " ".repeat(number.len());
                let before = " ".repeat(at.column.saturating_sub(first_shown(at)) as usize);
                write!(f, "\n  {number} | {text}\n  {pad} | {before}^")?;
            }
        }
        if self.more > 0 {
            write!(f, "\n{}: {} more errors are not listed", self.file, self.more)?;
        }
        Ok(())
    }
}

/// Gathers diagnostics while a template is read.
#[derive(Debug, Default)]
pub struct Report {
    list: Vec<Diagnostic>,
    subject: Option<String>,
    /// Found beyond [`MOST_KEPT`].
    more: usize,
}

/// More than these are counted, not kept: a hostile file shall not cost memory or time.
const MOST_KEPT: usize = 200;
/// In bytes: a message names what stands in the file, which may be a megabyte. A circle of 500 resources is told whole.
const MOST_OF_A_TEXT: usize = 8192;
const MOST_OF_A_NAME: usize = 255;

/// The text, cut where it gets too long.
fn short(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
    text
}

impl Report {
    /// What follows is about this resource, parameter, condition or output.
    pub fn about(&mut self, logical_id: Option<&str>) {
        self.subject = logical_id.map(|id| short(id.to_string(), MOST_OF_A_NAME));
    }

    /// Something is wrong at a place.
    pub fn error(&mut self, at: Position, message: impl Into<String>) {
        self.push(Some(at), message.into(), None, None);
    }

    /// Something is wrong at a place, and this is what AWS says.
    pub fn error_said(&mut self, said: Option<Said>, at: Position, message: impl Into<String>) {
        self.push(Some(at), message.into(), None, said);
    }

    /// Something is wrong at a place, this is what to do, and this is what AWS says.
    pub fn say(&mut self, said: Option<Said>, at: Position, message: impl Into<String>, advice: impl Into<String>) {
        self.push(Some(at), message.into(), Some(advice.into()), said);
    }

    /// Something is wrong at a place, and this is what to do.
    pub fn advise(&mut self, at: Position, message: impl Into<String>, advice: impl Into<String>) {
        self.push(Some(at), message.into(), Some(advice.into()), None);
    }

    /// A name at a place is none of the legal ones.
    pub fn suggest<'a>(
        &mut self,
        at: Position,
        message: impl Into<String>,
        name: &str,
        legal: impl IntoIterator<Item = &'a str> + Clone,
    ) {
        self.suggest_said(None, at, message, name, legal);
    }

    /// The same, with what AWS says.
    pub fn suggest_said<'a>(
        &mut self,
        said: Option<Said>,
        at: Position,
        message: impl Into<String>,
        name: &str,
        legal: impl IntoIterator<Item = &'a str> + Clone,
    ) {
        match self.list.len() < MOST_KEPT {
            true => self.push(Some(at), message.into(), Some(nearest::advice(name, legal)), said),
            false => self.more += 1,
        }
    }

    /// Something is wrong with the file as a whole.
    pub fn whole(&mut self, message: impl Into<String>, advice: impl Into<String>) {
        self.push(None, message.into(), Some(advice.into()), None);
    }

    /// Something is wrong with the file as a whole, and this is what AWS says.
    pub fn whole_said(&mut self, said: Option<Said>, message: impl Into<String>, advice: impl Into<String>) {
        self.push(None, message.into(), Some(advice.into()), said);
    }

    /// Has anything been found?
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How much has been found.
    pub fn len(&self) -> usize {
        self.list.len() + self.more
    }

    fn push(&mut self, at: Option<Position>, message: String, advice: Option<String>, said: Option<Said>) {
        if self.list.len() >= MOST_KEPT {
            self.more += 1;
            return;
        }
        let logical_id = self.subject.clone();
        let (message, advice) = (short(message, MOST_OF_A_TEXT), advice.map(|text| short(text, MOST_OF_A_TEXT)));
        let said = said.map(|said| match said {
            Said::Whole(text) => Said::Whole(short(text, MOST_OF_A_TEXT)),
            Said::Gathered(before, name, behind) => Said::Gathered(before, short(name, MOST_OF_A_NAME), behind),
        });
        let diagnostic = Diagnostic { at, logical_id, message, advice, said, text: None };
        if !self.list.contains(&diagnostic) {
            self.list.push(diagnostic);
        }
    }

    /// The value if nothing was found, else what was found with the lines of the template.
    pub fn finish<T>(self, source: &super::source::Source, value: T) -> Result<T, Diagnostics> {
        if self.list.is_empty() {
            return Ok(value);
        }
        Err(self.into_diagnostics(source))
    }

    /// What was found. Call it only if something was.
    pub fn into_diagnostics(self, source: &super::source::Source) -> Diagnostics {
        let mut list = self.list;
        list.sort_by_key(|d| d.at);
        let more = list.len().saturating_sub(MOST_LISTED) + self.more;
        list.truncate(MOST_LISTED);
        for diagnostic in &mut list {
            diagnostic.text = diagnostic.at.and_then(|at| source.shown_line(at));
        }
        Diagnostics { file: source.name().to_string(), list, more }
    }
}
