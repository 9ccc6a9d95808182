//! A template's text, with the limits it has to keep before anything reads it.

use super::diagnostic::{Diagnostics, Position, Report};
use std::sync::Arc;

/// What the API takes (`TemplateBody`).
pub const MOST_BYTES_BY_API: usize = 51_200;
/// What is taken from a file (AWS takes as much from S3).
pub const MOST_BYTES: usize = 1_048_576;

/// A template that is text of a bearable size.
#[derive(Clone, Debug)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    /// Where each line begins, in bytes.
    lines: Arc<[u32]>,
}

impl Source {
    /// Refuses more than [`MOST_BYTES`], an empty file, and what is not UTF-8 text.
    pub fn new(name: &str, bytes: &[u8]) -> Result<Source, Diagnostics> {
        Source::with_limit(name, bytes, MOST_BYTES)
    }

    /// As [`Source::new`] with another limit, such as [`MOST_BYTES_BY_API`].
    pub fn with_limit(name: &str, bytes: &[u8], most: usize) -> Result<Source, Diagnostics> {
        let nothing = Source { name: name.into(), ..Source::nothing() };
        let mut report = Report::default();
        if bytes.len() > most {
            report.whole(
                format!("the template has {} bytes, and {most} are the most that is taken", bytes.len()),
                "split it into several stacks",
            );
            return Err(report.into_diagnostics(&nothing));
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}');
        let text = match std::str::from_utf8(bytes) {
            Err(error) => Err(error.valid_up_to()),
            Ok(text) => text.find(strange).map_or(Ok(text), Err),
        };
        match text {
            Err(offset) => {
                report.whole(
                    format!("this is not a text file: the byte at offset {offset} belongs to no UTF-8 text"),
                    "give a template in YAML or JSON",
                );
                Err(report.into_diagnostics(&nothing))
            }
            Ok(text) if text.trim().is_empty() => {
                report.whole("the template is empty", "give a template in YAML or JSON with a Resources section");
                Err(report.into_diagnostics(&nothing))
            }
            Ok(text) => {
                let ends = text.match_indices('\n').map(|(at, _)| at as u32 + 1);
                let lines = std::iter::once(0).chain(ends).collect();
                Ok(Source { name: name.into(), text: text.into(), lines })
            }
        }
    }

    /// A template without a text.
    pub fn nothing() -> Source {
        Source { name: "".into(), text: "".into(), lines: [].into() }
    }

    /// The file's name as it was handed in.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All of it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A line with its end; the first is number 0.
    fn line(&self, index: usize) -> Option<&str> {
        let start = *self.lines.get(index)? as usize;
        let end = self.lines.get(index + 1).map_or(self.text.len(), |end| *end as usize);
        self.text.get(start..end)
    }

    /// A line as diagnostics show it: without its end, and cut where it gets too long to be read.
    pub fn shown_line(&self, line: u32) -> Option<String> {
        let text = self.line(line.checked_sub(1)? as usize)?.trim_end();
        let shown: String = text.chars().map(|c| if c == '\t' { ' ' } else { c }).take(160).collect();
        (!shown.is_empty()).then_some(shown)
    }

    /// Where a text stands between two places, each occurrence in turn.
    pub fn places_of(&self, what: &str, from: Position, to: Position) -> Vec<Position> {
        let mut places = Vec::new();
        let first = from.line.saturating_sub(1) as usize;
        for index in first..to.line.max(from.line) as usize {
            let Some(line) = self.line(index) else { break };
            for (offset, _) in line.match_indices(what) {
                let column = line[..offset].chars().count() as u32 + 1;
                let at = Position { line: index as u32 + 1, column };
                if at >= from && at < to {
                    places.push(at);
                }
            }
        }
        places
    }
}
