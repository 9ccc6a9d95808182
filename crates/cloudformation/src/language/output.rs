//! The Outputs section.

use super::expression::Expression;
use super::node::Name;

/// What a stack tells once it is up.
#[derive(Clone, Debug)]
pub struct Output {
    pub name: Name,
    pub value: Expression,
    pub description: Option<String>,
    pub export: Option<Expression>,
    /// Told only if this condition holds.
    pub condition: Option<Name>,
}
