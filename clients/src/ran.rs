//! A command that has ended.

use std::process::Command;

#[derive(Debug)]
pub struct Ran {
    /// As it was called.
    pub line: String,
    /// -1 if a signal ended it.
    pub code: i32,
    pub output: String,
    pub error: String,
}

impl Ran {
    /// Runs a command to its end.
    ///
    /// # Panics
    /// If it cannot be started.
    #[track_caller]
    pub fn of(command: &mut Command) -> Ran {
        let line = format!("{command:?}");
        let output = command.stdin(std::process::Stdio::null()).output().unwrap_or_else(|e| panic!("{line}: {e}"));
        Ran {
            line,
            code: output.status.code().unwrap_or(-1),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            error: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// # Panics
    /// If it ended with another code, with all it said.
    #[track_caller]
    pub fn code(self, expected: i32) -> Ran {
        assert_eq!(self.code, expected, "{}\n{}\n{}", self.line, self.output, self.error);
        self
    }

    /// # Panics
    /// If it failed, with all it said.
    #[track_caller]
    pub fn success(self) -> Ran {
        self.code(0)
    }

    /// # Panics
    /// If what it wrote is no JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.output)
            .unwrap_or_else(|e| panic!("{}: {e}\n{}{}", self.line, self.output, self.error))
    }
}
