//! Stack policies: which resources an update may change in place, replace or delete.
//!
//! A stack with a policy protects everything that no statement allows, and a statement that denies counts more than
//! one that allows. A policy is held against updates only: not against deletions and rollbacks.

mod glob;

use super::error::StackError;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// None: an empty document, which protects nothing.
    statements: Option<Vec<Statement>>,
}

/// What an update does with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Modify,
    Replace,
    Delete,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Statement {
    allows: bool,
    actions: Choice,
    /// None: it speaks of no resource.
    resources: Option<Choice>,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Choice {
    These(Vec<String>),
    AllBut(Vec<String>),
}

/// The resource's type is one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    /// With `*` and `?`.
    like: bool,
    types: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    statement: Option<OneOrMany<Written>>,
    #[serde(rename = "Version")]
    _version: Option<String>,
    #[serde(rename = "Id")]
    _id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Written {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    principal: Everybody,
    action: Option<OneOrMany<Action>>,
    not_action: Option<OneOrMany<Action>>,
    resource: Option<OneOrMany<Resource>>,
    not_resource: Option<OneOrMany<Resource>>,
    #[serde(default)]
    condition: BTreeMap<Operator, OfType>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

#[derive(Deserialize)]
enum Effect {
    Allow,
    Deny,
}

/// A policy is for whoever updates the stack.
#[derive(Deserialize)]
enum Everybody {
    #[serde(rename = "*")]
    Everybody,
}

#[derive(Clone, Copy, Deserialize)]
enum Action {
    #[serde(rename = "Update:*")]
    All,
    #[serde(rename = "Update:Modify")]
    Modify,
    #[serde(rename = "Update:Replace")]
    Replace,
    #[serde(rename = "Update:Delete")]
    Delete,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Resource(String);

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
enum Operator {
    StringEquals,
    StringLike,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct OfType {
    resource_type: OneOrMany<String>,
}

/// What the name of a resource stands behind.
const LOGICAL_ID: &str = "LogicalResourceId/";

impl TryFrom<String> for Resource {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Resource, &'static str> {
        match text == "*" || text.starts_with(LOGICAL_ID) {
            true => Ok(Resource(text)),
            false => Err("no resource"),
        }
    }
}

impl<T> OneOrMany<T> {
    fn list(self) -> Vec<T> {
        match self {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}

impl Act {
    fn as_str(self) -> &'static str {
        match self {
            Act::Modify => "Update:Modify",
            Act::Replace => "Update:Replace",
            Act::Delete => "Update:Delete",
        }
    }
}

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Action::All => "Update:*",
            Action::Modify => Act::Modify.as_str(),
            Action::Replace => Act::Replace.as_str(),
            Action::Delete => Act::Delete.as_str(),
        }
    }
}

impl Choice {
    /// None: neither is given.
    fn of(these: Option<Vec<String>>, all_but: Option<Vec<String>>) -> Result<Option<Choice>, Invalid> {
        match (these, all_but) {
            (Some(_), Some(_)) => Err(Invalid),
            (Some(these), None) => Ok(Some(Choice::These(these))),
            (None, Some(others)) => Ok(Some(Choice::AllBut(others))),
            (None, None) => Ok(None),
        }
    }

    fn has(&self, value: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| glob::matches(pattern, value));
        match self {
            Choice::These(these) => any(these),
            Choice::AllBut(others) => !any(others),
        }
    }

    fn written(&self) -> &[String] {
        match self {
            Choice::These(list) | Choice::AllBut(list) => list,
        }
    }
}

/// It is no stack policy.
struct Invalid;

impl Written {
    fn read(self) -> Result<Statement, Invalid> {
        let actions = |list: Option<OneOrMany<Action>>| {
            list.map(|list| list.list().into_iter().map(|action| action.as_str().to_string()).collect())
        };
        let resources =
            |list: Option<OneOrMany<Resource>>| list.map(|list| list.list().into_iter().map(|r| r.0).collect());
        let condition = |(operator, of): (Operator, OfType)| Condition {
            like: operator == Operator::StringLike,
            types: of.resource_type.list(),
        };
        let Everybody::Everybody = self.principal;
        Ok(Statement {
            allows: matches!(self.effect, Effect::Allow),
            actions: Choice::of(actions(self.action), actions(self.not_action))?.ok_or(Invalid)?,
            resources: Choice::of(resources(self.resource), resources(self.not_resource))?,
            conditions: self.condition.into_iter().map(condition).collect(),
        })
    }
}

impl Statement {
    fn speaks_of(&self, act: Act, resource: &str, resource_type: &str) -> bool {
        let holds = |condition: &Condition| match condition.like {
            true => condition.types.iter().any(|pattern| glob::matches(pattern, resource_type)),
            false => condition.types.iter().any(|name| name == resource_type),
        };
        self.actions.has(act.as_str())
            && self.resources.as_ref().is_some_and(|resources| resources.has(resource))
            && self.conditions.iter().all(holds)
    }
}

impl Policy {
    /// Reads a policy. `ids` tells the logical ids of the template that it is for; `which` is what AWS calls it.
    ///
    /// # Errors
    /// AWS's `ValidationError` for what is none, and for one that names a resource that the template has not.
    pub fn read(text: &str, which: &str, ids: &dyn Fn(&str) -> bool) -> Result<Policy, StackError> {
        let invalid = |why: &str| StackError::invalid(format!("Error validating {which}: {why}"));
        let policy = Policy::parse(text).map_err(|Invalid| invalid("Invalid stack policy"))?;
        if let Some((name, _)) = policy.names().find(|(name, id)| !name.contains(['*', '?']) && !ids(id)) {
            return Err(invalid(&format!(
                "Unknown logical id '{name}' in statement {{}} - stack policies can only be applied to logical ids referenced in the template"
            )));
        }
        Ok(policy)
    }

    /// The policy that an update of a stack is held against. None: it has none.
    pub fn of(stack: &croft_model::stack::Stack) -> Option<Policy> {
        // One that could not be read would have been refused; were it there, nothing would be allowed.
        let nothing = Policy { statements: Some(Vec::new()) };
        stack.policy().map(|text| Policy::parse(text).unwrap_or(nothing))
    }

    fn parse(text: &str) -> Result<Policy, Invalid> {
        // By way of a value: a member that stands twice is none of serde's errors there, as it is none on AWS.
        let json: Json = serde_json::from_str(text).map_err(|_| Invalid)?;
        let document: Document = serde_json::from_value(json).map_err(|_| Invalid)?;
        let statements = document.statement.map(|list| list.list().into_iter().map(Written::read).collect());
        Ok(Policy { statements: statements.transpose()? })
    }

    /// The names of resources as they are written, each with its logical id.
    fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let written = self.statements.iter().flatten().filter_map(|statement| statement.resources.as_ref());
        let written = written.flat_map(|resources| resources.written());
        written.filter_map(|name| Some((name.as_str(), name.strip_prefix(LOGICAL_ID)?)))
    }

    /// May an update do this with a resource?
    ///
    /// # Errors
    /// Why not, as AWS's events tell it.
    pub fn judge(&self, act: Act, logical_id: &str, resource_type: &str) -> Result<(), String> {
        let Some(statements) = &self.statements else { return Ok(()) };
        let resource = format!("{LOGICAL_ID}{logical_id}");
        let speak = statements.iter().filter(|statement| statement.speaks_of(act, &resource, resource_type));
        let (allow, deny): (Vec<&Statement>, Vec<&Statement>) = speak.partition(|statement| statement.allows);
        if deny.is_empty() {
            return if allow.is_empty() { Err("Action not allowed by stack policy".to_string()) } else { Ok(()) };
        }
        let denials = deny.iter().enumerate().map(|(index, statement)| {
            let written = |choice: &Choice| choice.written().join(", ");
            let resources = statement.resources.as_ref().map(written).unwrap_or_default();
            let actions = written(&statement.actions);
            format!("Statement [#{}] does not allow [{actions}] for resource [{resources}];", index + 1)
        });
        Err(format!("Action denied by stack policy: {}", denials.collect::<Vec<_>>().join(" ")))
    }
}

#[cfg(test)]
mod tests;
