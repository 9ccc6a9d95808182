//! Makes one mistake in a request that the model allows.

use super::{Maker, Pairs, wire_name};
use croft_aws::model::{Kind, Member, Model, Protocol};

/// What sort of mistake, each of which has a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    Unknown,
    Missing,
    Character,
    /// Of the wrong type, in no enumeration, too long, too short, too large, too small.
    Value,
}

/// Longer than any bound of a model that a request in a test can go beyond.
const LONG: usize = 3000;

/// Enumerations that are not judged by the model.
const OPEN: [&str; 2] = ["InstanceType", "NetworkInterfaceCreationType"];

/// Makes one; none where the operation has no place for the one that was drawn.
pub fn mistake(maker: &mut Maker, model: &Model, operation: &str, pairs: &mut Pairs) -> Option<Mistake> {
    let members = model.members(model.operation(operation)?.input?);
    let ec2 = model.protocol == Protocol::Ec2;
    let name = |m: &Member| wire_name(ec2, m.query_name, m.location_name, m.name);
    match maker.below(4) {
        0 => {
            let wrong = *maker.one(&["Colour", "Colour.1", "Filter.1.Colour", "A.B.C.D.E.F.1", "DryRunn"])?;
            // Filters are a parameter of EC2; elsewhere the name itself is unknown.
            let clash = wrong.starts_with("Filter") && pairs.iter().any(|(n, _)| n.starts_with("Filter"));
            let has_filters = members.iter().any(|m| name(m) == "Filter");
            if clash || has_filters && wrong.starts_with("Filter") && !ec2 {
                return None;
            }
            pairs.push((wrong.into(), "x".into()));
            Some(Mistake::Unknown)
        }
        1 => {
            let required: Vec<&Member> = members.iter().filter(|m| m.required).collect();
            let name = name(maker.one(&required)?);
            pairs.retain(|(n, _)| *n != name && !n.starts_with(&format!("{name}.")));
            Some(Mistake::Missing)
        }
        2 => {
            let texts: Vec<&Member> = members
                .iter()
                .filter(|m| matches!(&model.shape(m.shape).kind, Kind::String(t) if t.values.is_empty()))
                .collect();
            let name = name(maker.one(&texts)?);
            replace(pairs, &name, "a\u{1}b");
            Some(Mistake::Character)
        }
        _ => {
            let member = maker.one(members)?;
            let value = match &model.shape(member.shape).kind {
                Kind::Boolean => (*maker.one(&["yes", "1", ""])?).to_string(),
                Kind::Integer(bounds) | Kind::Long(bounds) => match (maker.below(3), bounds.max, bounds.min) {
                    (0, Some(max), _) => (max as i64 + 1).to_string(),
                    (1, _, Some(min)) => (min as i64 - 1).to_string(),
                    _ => (*maker.one(&["many", "1.5", "99999999999999999999", ""])?).to_string(),
                },
                Kind::Float(_) | Kind::Double(_) => "much".into(),
                Kind::Timestamp(_) => "soon".into(),
                // Whether such a value exists is for the operation to say.
                Kind::String(_) if OPEN.contains(&model.shape(member.shape).name) => return None,
                Kind::String(text) if !text.values.is_empty() => "no-such-value".into(),
                Kind::String(text) => match text.bounds.max {
                    Some(max) if (max as usize) < LONG => "a".repeat(max as usize + 1),
                    _ => return None,
                },
                Kind::Structure(_) | Kind::List(_) => "neither".into(),
                Kind::Map(_) | Kind::Blob(_) => return None,
            };
            replace(pairs, &name(member), &value);
            Some(Mistake::Value)
        }
    }
}

fn replace(pairs: &mut Pairs, name: &str, value: &str) {
    pairs.retain(|(n, _)| n != name && !n.starts_with(&format!("{name}.")));
    pairs.push((name.to_string(), value.to_string()));
}
