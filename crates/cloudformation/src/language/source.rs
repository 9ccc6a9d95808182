//! A template's text, with the limits it has to keep before anything reads it.

use super::diagnostic::{Diagnostics, Position, Report};
use std::collections::HashMap;
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
    /// Of lines that are long: where every so many characters begin, in bytes from the line's begin.
    marks: Arc<HashMap<usize, Vec<u32>>>,
}

/// Characters from one mark of a long line to the next.
const STRIDE: usize = 256;
/// Characters of a line that are shown.
const SHOWN: u32 = 160;

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
                let lines: Vec<u32> = std::iter::once(0).chain(ends).collect();
                let marks = Arc::new(marks(text, &lines));
                Ok(Source { name: name.into(), text: text.into(), lines: lines.into(), marks })
            }
        }
    }

    /// A template without a text.
    pub fn nothing() -> Source {
        Source { name: "".into(), text: "".into(), lines: [].into(), marks: Arc::default() }
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

    /// A line as diagnostics show it: without its end, and of one that is too long to be read what is around the
    /// place, from [`first_shown`] on.
    pub fn shown_line(&self, at: Position) -> Option<String> {
        let index = at.line.checked_sub(1)? as usize;
        let text = self.line(index)?.get(self.offset(index, first_shown(at))..)?;
        let shown = text.chars().map(|c| if c == '\t' { ' ' } else { c }).take(SHOWN as usize);
        let shown = shown.collect::<String>().trim_end().to_string();
        (!shown.is_empty()).then_some(shown)
    }

    /// Where a column begins, in bytes from the line's begin; the line's end if it has less.
    fn offset(&self, index: usize, column: u32) -> usize {
        let line = self.line(index).unwrap_or_default();
        let before = column.saturating_sub(1) as usize;
        let marks = self.marks.get(&index).map_or(&[][..], Vec::as_slice);
        let passed = (before / STRIDE).min(marks.len());
        let mark = passed.checked_sub(1).and_then(|last| marks.get(last)).map_or(0, |mark| *mark as usize);
        let rest = line.get(mark..).unwrap_or_default();
        rest.char_indices().nth(before - passed * STRIDE).map_or(line.len(), |(offset, _)| mark + offset)
    }

    /// Where a text stands between two places, each occurrence in turn.
    pub fn places_of(&self, what: &str, from: Position, to: Position) -> Vec<Position> {
        let mut places = Vec::new();
        let first = from.line.saturating_sub(1) as usize;
        for index in first..to.line.max(from.line) as usize {
            let Some(line) = self.line(index) else { break };
            let number = index as u32 + 1;
            let first = if number == from.line { from.column } else { 1 };
            let begin = self.offset(index, first);
            let end = if number == to.line { self.offset(index, to.column) } else { line.len() };
            let Some(span) = line.get(begin..end.max(begin)) else { continue };
            let (mut column, mut passed) = (first, 0);
            // What is looked for may reach beyond the end, as long as it begins before.
            let reach = line.get(begin..(end + what.len()).min(line.len())).unwrap_or(span);
            for (offset, _) in reach.match_indices(what).take_while(|(offset, _)| *offset < span.len()) {
                column += reach[passed..offset].chars().count() as u32;
                passed = offset;
                places.push(Position { line: number, column });
            }
        }
        places
    }
}

/// The first column that is shown of a line with a place in it.
pub fn first_shown(at: Position) -> u32 {
    match at.column < SHOWN {
        true => 1,
        false => at.column - SHOWN / 2,
    }
}

fn marks(text: &str, lines: &[u32]) -> HashMap<usize, Vec<u32>> {
    let ends = lines.iter().skip(1).map(|end| *end as usize).chain([text.len()]);
    let lines = lines.iter().map(|begin| *begin as usize).zip(ends).enumerate();
    let long = lines.filter(|(_, (begin, end))| end - begin > STRIDE);
    long.map(|(index, (begin, end))| {
        let offsets = text[begin..end].char_indices().step_by(STRIDE).skip(1);
        (index, offsets.map(|(offset, _)| offset as u32).collect())
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_long_lines_are_found_by_their_columns() {
        let text = format!("a: [{}]\nb: ${{x}}\n", "'é${x}é',".repeat(1000));
        let source = Source::new("t", text.as_bytes()).expect("a text");
        let whole = source.places_of("${", Position { line: 1, column: 1 }, Position { line: 3, column: 1 });
        assert_eq!(whole.len(), 1001);
        let (first, last) = (Position { line: 1, column: 7 }, Position { line: 2, column: 4 });
        assert_eq!((whole[0], whole[1000]), (first, last));
        for (number, place) in whole[..1000].iter().enumerate() {
            assert_eq!(*place, Position { line: 1, column: 7 + 9 * number as u32 });
            let end = Position { column: place.column + 1, ..*place };
            assert_eq!(source.places_of("${", *place, end), [*place]);
            assert_eq!(source.places_of("${", end, Position { column: end.column + 1, ..end }), []);
        }
        let at = whole[999];
        let shown = source.shown_line(at).expect("a line");
        let caret: String = shown.chars().skip((at.column - first_shown(at)) as usize).take(4).collect();
        assert_eq!(caret, "${x}");
    }
}
