//! What a template would make, change, replace and delete: shown, and asked for.

use crate::failure::Failure;
use croft_daemon::protocol::{ChangeKind, KeptDefault, PlannedChange, StackPlan};
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};

/// A line for each change and for what is left out, then one that counts them.
pub fn text(stack: &str, plan: &StackPlan) -> String {
    let mut out = String::new();
    let changes = &plan.changes;
    let width = |of: fn(&PlannedChange) -> &str| changes.iter().map(|c| of(c).len()).max().unwrap_or(0);
    let (types, names) = (width(|c| &c.resource_type), width(|c| &c.logical_id));
    for change in changes {
        let mark = match change.action {
            ChangeKind::Create => "+ create     ",
            ChangeKind::Update => "~ update     ",
            ChangeKind::Replace => "± replace    ",
            ChangeKind::MayReplace => "± may replace",
            ChangeKind::Delete => "- delete     ",
        };
        let (kind, name) = (&change.resource_type, &change.logical_id);
        let line = format!("  {mark}  {kind:<types$}  {name:<names$}  {}", change.properties.join(", "));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    for skipped in &plan.skipped {
        let _ = writeln!(
            out,
            "  ! left out     {:<types$}  {:<names$}  {}",
            skipped.resource_type, skipped.logical_id, skipped.because
        );
    }
    for output in &plan.skipped_outputs {
        let _ = writeln!(out, "  ! left out     output {output}");
    }
    for KeptDefault { name, value, default } in &plan.kept_defaults {
        let _ = writeln!(
            out,
            "  ! keeps        parameter {name} = {value}: the template's default is {default} now, which --parameter {name}={default} takes"
        );
    }
    let count = |kinds: &[ChangeKind]| changes.iter().filter(|c| kinds.contains(&c.action)).count();
    let _ = writeln!(
        out,
        "stack {stack}: {} to create, {} to update, {} to replace, {} to delete",
        count(&[ChangeKind::Create]),
        count(&[ChangeKind::Update]),
        count(&[ChangeKind::Replace, ChangeKind::MayReplace]),
        count(&[ChangeKind::Delete])
    );
    out
}

/// Asks on the terminal; without one it takes `--yes`.
pub fn confirm(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(format!("{question} Nobody can be asked, there is no terminal: say --yes to go on")));
    }
    eprint!("{question} [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use croft_daemon::protocol::SkippedResource;

    fn change(action: ChangeKind, logical_id: &str, properties: &[&str]) -> PlannedChange {
        PlannedChange {
            logical_id: logical_id.to_string(),
            resource_type: "AWS::EC2::VPC".to_string(),
            action,
            physical_id: None,
            properties: properties.iter().map(|p| p.to_string()).collect(),
        }
    }

    #[test]
    fn each_change_has_a_line_with_the_properties_that_cause_it() {
        let changes = [
            change(ChangeKind::Create, "A", &[]),
            change(ChangeKind::Replace, "Longer", &["CidrBlock", "Tags"]),
            change(ChangeKind::MayReplace, "B", &["VpcId"]),
        ];
        let skipped = SkippedResource {
            logical_id: "Bucket".into(),
            resource_type: "AWS::S3::Bucket".into(),
            because: "the type is not supported".into(),
        };
        let kept = KeptDefault { name: "Port".into(), value: "80".into(), default: "8080".into() };
        let plan = StackPlan {
            changes: changes.to_vec(),
            skipped: vec![skipped],
            skipped_outputs: vec!["Arn".into()],
            kept_defaults: vec![kept],
        };
        let text = text("shop", &plan);
        assert_eq!(
            text,
            "  + create       AWS::EC2::VPC  A
  ± replace      AWS::EC2::VPC  Longer  CidrBlock, Tags
  ± may replace  AWS::EC2::VPC  B       VpcId
  ! left out     AWS::S3::Bucket  Bucket  the type is not supported
  ! left out     output Arn
  ! keeps        parameter Port = 80: the template's default is 8080 now, which --parameter Port=8080 takes
stack shop: 1 to create, 0 to update, 2 to replace, 0 to delete
"
        );
    }
}
