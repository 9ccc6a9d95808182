//! What a lab found: a row for each expectation, and a table of them.

use crate::table::Table;
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct LabReport {
    pub lab: String,
    pub title: String,
    /// Expected, predicted and measured agree in every row.
    pub ok: bool,
    pub phases: Vec<PhaseReport>,
}

#[derive(Clone, Debug, Serialize)]
pub struct PhaseReport {
    pub name: String,
    pub rows: Vec<Row>,
    /// What was done, in sentences.
    pub actions: Vec<String>,
}

/// One expectation and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub line: usize,
    pub path: String,
    pub expected: String,
    pub predicted: String,
    pub measured: String,
    /// For a closed path: what refuses it.
    pub blocker: Option<String>,
    pub agree: bool,
    /// Where they do not agree: how.
    pub difference: Option<String>,
    pub why: String,
}

impl PhaseReport {
    /// The table that people read.
    pub fn text(&self) -> String {
        let mut text = format!("\n{}\n", self.name);
        for action in &self.actions {
            text.push_str(&format!("  {action}\n"));
        }
        if self.rows.is_empty() {
            return text;
        }
        let mut table = Table::new(&["", "PATH", "EXPECTED", "PREDICTED", "MEASURED", "BLOCKER"]);
        for row in &self.rows {
            table.row(vec![
                if row.agree { "ok" } else { "NO" }.to_string(),
                row.path.clone(),
                row.expected.clone(),
                row.predicted.clone(),
                row.measured.clone(),
                row.blocker.clone().unwrap_or_default(),
            ]);
        }
        text.push('\n');
        text.push_str(&table.to_string());
        for row in self.rows.iter().filter(|row| !row.agree) {
            let difference = row.difference.as_deref().unwrap_or("they differ");
            text.push_str(&format!("line {}: {}: {difference}\n", row.line, row.path));
        }
        text
    }
}

impl LabReport {
    pub fn summary(&self) -> String {
        let rows = self.phases.iter().flat_map(|p| &p.rows);
        let (all, good) = rows.fold((0, 0), |(all, good), row| (all + 1, good + usize::from(row.agree)));
        match self.ok {
            true => format!("{}: {all} expectations, all agree with prediction and measurement", self.lab),
            false => format!("{}: {good} of {all} expectations agree with prediction and measurement", self.lab),
        }
    }
}
