//! The Rules section: what has to be true of the parameters before anything is made.

use super::condition::Condition;
use super::diagnostic::{Report, Said};
use super::evaluate::Scope;
use super::expression::Compiler;
use super::node::{Entry, Name, Node, NodeKind};
use super::section::Section;

/// One entry of the section.
#[derive(Clone, Debug)]
pub struct Rule {
    pub name: Name,
    /// The assertions count only if it holds.
    pub condition: Option<Condition>,
    pub assertions: Vec<Assertion>,
}

/// What a rule wants to be true.
#[derive(Clone, Debug)]
pub struct Assertion {
    pub assert: Condition,
    /// In the words of the template's author.
    pub description: Option<String>,
}

/// Reads one entry. None: the report says why.
pub fn read(name: &Name, node: &Node, compiler: &mut Compiler) -> Option<Rule> {
    let mut section = Section::open(node, name.at, "a rule", &["Assertions", "RuleCondition"], compiler.report)?;
    let condition = section.optional("RuleCondition");
    let assertions = section.required("Assertions")?;
    let NodeKind::List(items) = &assertions.kind else {
        let what = format!("Assertions is a list, and this is {}", assertions.what());
        section.report.error(assertions.at, what);
        return None;
    };
    let mut read = Vec::new();
    for item in items {
        let keys = &["Assert", "AssertDescription"];
        let Some(mut section) = Section::open(item, item.at, "an assertion", keys, compiler.report) else { continue };
        let description = section.text("AssertDescription");
        let assert = section.required("Assert");
        let assert = assert.and_then(|node| compiler.condition(node));
        read.extend(assert.map(|assert| Assertion { assert, description }));
    }
    let condition = match condition {
        Some(node) => Some(compiler.condition(node)?),
        None => None,
    };
    Some(Rule { name: name.clone(), condition, assertions: read })
}

/// Reads the section.
pub fn read_all(entries: &[Entry], compiler: &mut Compiler) -> Vec<Rule> {
    let mut rules = Vec::new();
    for Entry { key, value } in entries {
        compiler.report.about(Some(&key.text));
        rules.extend(read(key, value, compiler));
    }
    rules
}

/// Reports every assertion that does not hold.
pub fn judge(rules: &[Rule], scope: &Scope, report: &mut Report) {
    for rule in rules {
        report.about(Some(&rule.name.text));
        if rule.condition.as_ref().is_some_and(|condition| !scope.holds(condition, report)) {
            continue;
        }
        for assertion in &rule.assertions {
            let found = report.len();
            if scope.holds(&assertion.assert, report) || report.len() > found {
                continue;
            }
            let words = assertion.description.clone().unwrap_or_else(|| "an assertion does not hold".to_string());
            let said = Said::whole(format!("Template validation error: Rule {}: {words}", rule.name.text));
            let what = format!("the rule {} is broken: {words}", rule.name.text);
            report.say(said, assertion.assert.at, what, "give other parameters");
        }
    }
    report.about(None);
}
