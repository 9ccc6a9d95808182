//! What is wrong with a request by the model alone, before anybody looks at what it asks.

use std::fmt;

/// One thing wrong at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    pub at: Vec<Step>,
    pub what: Wrong,
}

/// One step from the request down to a place in it. Names are the model's or the wire's, as the protocol wishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Member(String),
    /// From 1.
    Element(usize),
    Key(String),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Wrong {
    Missing,
    Unknown,
    Type {
        value: String,
        expected: &'static str,
    },
    NotInEnum {
        value: String,
        allowed: Vec<&'static str>,
    },
    /// Of a number its value, of anything else its length.
    OutOfBounds {
        value: String,
        min: Option<f64>,
        max: Option<f64>,
        length: bool,
    },
    Pattern {
        value: String,
        pattern: String,
    },
    /// A character that XML cannot hold.
    Character,
}

impl Violation {
    /// `Filter.1.Name`.
    pub fn dotted(&self) -> String {
        let steps: Vec<String> = self.at.iter().map(Step::to_string).collect();
        steps.join(".")
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Member(name) | Step::Key(name) => f.write_str(name),
            Step::Element(n) => write!(f, "{n}"),
        }
    }
}

/// Where a decoder stands, and what it has found wrong so far.
#[derive(Debug, Default)]
pub struct Findings {
    at: Vec<Step>,
    pub violations: Vec<Violation>,
}

/// No request is told of more: a list of thousands of wrong elements stays a short answer.
const MOST: usize = 20;

impl Findings {
    pub fn within<T>(&mut self, step: Step, look: impl FnOnce(&mut Findings) -> T) -> T {
        self.at.push(step);
        let found = look(self);
        self.at.pop();
        found
    }

    pub fn add(&mut self, what: Wrong) {
        if self.violations.len() < MOST {
            self.violations.push(Violation { at: self.at.clone(), what });
        }
    }

    pub fn missing(&mut self, member: &str) {
        self.within(Step::Member(member.to_string()), |f| f.add(Wrong::Missing));
    }
}
