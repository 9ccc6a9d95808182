//! Reads JSON with positions. Strict: what RFC 8259 does not allow is an error at its place.

use super::diagnostic::{Position, Report, Said};
use super::node::{Entry, MOST_DEPTH, Name, Node, NodeKind};

/// Does the text look like JSON rather than YAML?
pub fn looks_like(text: &str) -> bool {
    let rest = text.trim_start();
    rest.strip_prefix('{').is_some_and(|inner| matches!(inner.trim_start().chars().next(), None | Some('"' | '}')))
}

/// Reads one value. None: the text could not be read to its end, and the report says why.
pub fn read(text: &str, report: &mut Report) -> Option<Node> {
    let mut reader = Reader { rest: text.chars().peekable(), at: Position { line: 1, column: 1 } };
    let result = reader.value(0).and_then(|node| {
        reader.space();
        match reader.peek() {
            None => Ok(node),
            Some(c) => Err(reader.wrong(format!("{c:?} behind the end of the template"), "remove it")),
        }
    });
    match result {
        Ok(node) => Some(node),
        Err((at, message, advice)) => {
            let said = "Template format error: JSON not well-formed.";
            report.say(Said::whole(said), at, format!("this is not JSON: {message}"), advice);
            None
        }
    }
}

type Wrong = (Position, String, &'static str);

struct Reader<'t> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    at: Position,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<char> {
        self.rest.peek().copied()
    }

    fn step(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            self.at = Position { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some(c)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.step();
        }
    }

    fn wrong(&self, message: String, advice: &'static str) -> Wrong {
        (self.at, message, advice)
    }

    fn unexpected(&mut self, wanted: &str, advice: &'static str) -> Wrong {
        match self.peek() {
            Some(c) => self.wrong(format!("{c:?} where {wanted} should be"), advice),
            None => self.wrong(format!("the text ends where {wanted} should be"), advice),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, Wrong> {
        self.space();
        let at = self.at;
        if depth > MOST_DEPTH {
            return Err(self.wrong(format!("nested deeper than {MOST_DEPTH} levels"), "make it flatter"));
        }
        let mut plain = false;
        let kind = match self.peek() {
            Some('{') => NodeKind::Map(self.map(depth)?),
            Some('[') => NodeKind::List(self.list(depth)?),
            Some('"') => NodeKind::Text(self.string()?),
            Some('-' | '0'..='9') => {
                plain = true;
                NodeKind::Text(self.number()?)
            }
            Some('a'..='z') => {
                plain = true;
                self.word()?
            }
            _ => return Err(self.unexpected("a value", "write a value, or remove the comma before it")),
        };
        Ok(Node { at, end: self.at, plain, kind })
    }

    fn map(&mut self, depth: usize) -> Result<Vec<Entry>, Wrong> {
        self.step();
        let mut entries = Vec::new();
        self.space();
        if self.peek() == Some('}') {
            self.step();
            return Ok(entries);
        }
        loop {
            self.space();
            let at = self.at;
            if self.peek() != Some('"') {
                return Err(self.unexpected("a quoted key", "quote the key; no comma stands before a closing brace"));
            }
            let key = Name { text: self.string()?, at };
            self.space();
            if self.peek() != Some(':') {
                return Err(self.unexpected("a colon", "put a colon between key and value"));
            }
            self.step();
            let value = self.value(depth + 1)?;
            entries.push(Entry { key, value });
            self.space();
            match self.peek() {
                Some(',') => self.step(),
                Some('}') => {
                    self.step();
                    return Ok(entries);
                }
                _ => return Err(self.unexpected("a comma or a closing brace", "put a comma between two entries")),
            };
        }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Wrong> {
        self.step();
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(']') {
            self.step();
            return Ok(items);
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(',') => self.step(),
                Some(']') => {
                    self.step();
                    return Ok(items);
                }
                _ => return Err(self.unexpected("a comma or a closing bracket", "put a comma between two values")),
            };
        }
    }

    fn string(&mut self) -> Result<String, Wrong> {
        self.step();
        let mut text = String::new();
        loop {
            match self.peek() {
                None | Some('\n') => return Err(self.unexpected("a closing quote", "close the text on its line")),
                Some('"') => {
                    self.step();
                    return Ok(text);
                }
                Some('\\') => {
                    self.step();
                    text.push(self.escape()?);
                }
                Some(c) if c < ' ' => return Err(self.unexpected("a printable character", "write it as an escape")),
                Some(c) => {
                    self.step();
                    text.push(c);
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Wrong> {
        let advice = "a backslash stands before one of \" \\ / b f n r t u";
        let Some(c) = self.peek() else { return Err(self.unexpected("an escape", advice)) };
        let plain = match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                self.step();
                return self.unicode();
            }
            _ => return Err(self.unexpected("an escape", advice)),
        };
        self.step();
        Ok(plain)
    }

    fn unicode(&mut self) -> Result<char, Wrong> {
        let first = self.four_digits()?;
        let code = if (0xd800..0xdc00).contains(&first) && self.peek() == Some('\\') {
            self.step();
            if self.peek() != Some('u') {
                return Err(self.unexpected("the second half of a surrogate pair", "write both halves"));
            }
            self.step();
            let second = self.four_digits()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(self.unexpected("the second half of a surrogate pair", "write both halves"));
            }
            0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code)
            .ok_or_else(|| self.wrong(format!("no character has the code {code:x}"), "correct the escape"))
    }

    fn four_digits(&mut self) -> Result<u32, Wrong> {
        let mut code = 0;
        for _ in 0..4 {
            match self.peek().and_then(|c| c.to_digit(16)) {
                Some(digit) => code = code * 16 + digit,
                None => return Err(self.unexpected("a hexadecimal digit", "\\u is followed by four of them")),
            }
            self.step();
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<String, Wrong> {
        let start = self.at;
        let mut text = String::new();
        while let Some(c @ ('-' | '+' | '.' | 'e' | 'E' | '0'..='9')) = self.peek() {
            text.push(c);
            self.step();
        }
        match serde_json::from_str::<serde_json::Number>(&text) {
            Ok(_) => Ok(text),
            Err(_) => Err((start, format!("{text} is not a number"), "correct it, or quote it")),
        }
    }

    fn word(&mut self) -> Result<NodeKind, Wrong> {
        let start = self.at;
        let mut text = String::new();
        while let Some(c @ 'a'..='z') = self.peek() {
            text.push(c);
            self.step();
        }
        match text.as_str() {
            "true" | "false" => Ok(NodeKind::Text(text)),
            "null" => Ok(NodeKind::Null),
            _ => Err((start, format!("{text} is not a value"), "quote it")),
        }
    }
}
