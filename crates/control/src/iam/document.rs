//! The form of a policy document. `MalformedPolicyDocument`, in AWS's words, says what is wrong with it.

use crate::error::{Error, Result};
use serde_json::{Map, Value};

/// What a document is for: it decides which elements a statement must and must not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DocumentKind {
    /// Of a user, a role or a managed policy: names resources and no principal.
    Identity,
    /// Of a role, who may assume it: names principals and no resource.
    Trust,
}

pub(crate) fn malformed(message: impl Into<String>) -> Error {
    Error::new("MalformedPolicyDocument", message)
}

fn syntax() -> Error {
    malformed("Syntax errors in policy.")
}

const ELEMENTS: &[&str] = &["Version", "Id", "Statement"];
const STATEMENT: &[&str] =
    &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// Judges a document.
pub(crate) fn check_document(text: &str, kind: DocumentKind) -> Result<()> {
    // What AWS answers where the text is no JSON object.
    let legacy = || match kind {
        DocumentKind::Identity => syntax(),
        DocumentKind::Trust => malformed("This policy contains invalid Json"),
    };
    let document: Map<String, Value> = serde_json::from_str(text).map_err(|_| legacy())?;
    if document.keys().any(|key| !ELEMENTS.contains(&key.as_str())) {
        return Err(syntax());
    }
    match document.get("Version") {
        None => {}
        Some(Value::String(version)) if version == "2012-10-17" || version == "2008-10-17" => {}
        Some(_) => return Err(malformed("Policy document must be version 2012-10-17 or greater.")),
    }
    let statements = match document.get("Statement") {
        Some(Value::Array(all)) if !all.is_empty() => all.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return Err(syntax()),
    };
    let mut sids = std::collections::BTreeSet::new();
    for statement in statements {
        let statement = statement.as_object().ok_or_else(syntax)?;
        check_statement(statement, kind)?;
        if let Some(sid) = statement.get("Sid") {
            let sid = sid.as_str().ok_or_else(syntax)?;
            if kind == DocumentKind::Identity && !sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return Err(malformed(
                    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
                ));
            }
            if !sid.is_empty() && !sids.insert(sid) {
                return Err(malformed("Statement IDs (SID) in a single policy must be unique."));
            }
        }
    }
    Ok(())
}

fn check_statement(statement: &Map<String, Value>, kind: DocumentKind) -> Result<()> {
    if statement.keys().any(|key| !STATEMENT.contains(&key.as_str())) {
        return Err(syntax());
    }
    match statement.get("Effect").map(Value::as_str) {
        Some(Some("Allow" | "Deny")) => {}
        None => return Err(malformed("Missing required field Effect")),
        Some(_) => return Err(syntax()),
    }
    if statement.get("Condition").is_some_and(|c| !is_condition(c)) {
        return Err(syntax());
    }
    let has = |element: &str| statement.contains_key(element);
    match kind {
        DocumentKind::Identity => {
            if let Some(element) = ["Principal", "NotPrincipal"].into_iter().find(|e| has(e)) {
                return Err(malformed(format!("Policy document should not specify a principal: {element}.")));
            }
            for action in either(statement, "Action", "NotAction", "Policy statement must contain actions.")? {
                check_action(action)?;
            }
            for resource in either(statement, "Resource", "NotResource", "Policy statement must contain resources.")? {
                let parts = resource.splitn(6, ':').count();
                if resource != "*" && (!resource.starts_with("arn:") || (parts < 6 && !resource.contains('*'))) {
                    return Err(malformed(format!("Resource {resource} must be in ARN format or \"*\".")));
                }
            }
        }
        DocumentKind::Trust => {
            if let Some(element) = ["Resource", "NotResource"].into_iter().find(|e| has(e)) {
                return Err(malformed(format!("Has prohibited field {element}")));
            }
            let actions = either(statement, "Action", "NotAction", "Missing required field Action")?;
            if actions.iter().any(|a| !a.to_ascii_lowercase().starts_with("sts:")) {
                return Err(malformed("AssumeRole policy may only specify STS AssumeRole actions."));
            }
            match (statement.get("Principal"), statement.get("NotPrincipal")) {
                (Some(principal), None) | (None, Some(principal)) => check_principal(principal)?,
                (None, None) => return Err(malformed("Missing required field Principal")),
                _ => return Err(syntax()),
            }
        }
    }
    Ok(())
}

/// The texts of one of two elements that exclude each other.
fn either<'a>(statement: &'a Map<String, Value>, one: &str, not: &str, missing: &str) -> Result<Vec<&'a str>> {
    let value = match (statement.get(one), statement.get(not)) {
        (Some(value), None) | (None, Some(value)) => value,
        (None, None) => return Err(malformed(missing)),
        _ => return Err(syntax()),
    };
    let all = texts(value).ok_or_else(syntax)?;
    match all.is_empty() {
        true => Err(malformed(missing)),
        false => Ok(all),
    }
}

/// A text, or a list of them.
fn texts(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(all) => all.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn check_action(action: &str) -> Result<()> {
    let fits = action.split_once(':').is_some_and(|(vendor, name)| {
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '*' || c == '?';
        !vendor.is_empty() && vendor.chars().all(legal) && !name.is_empty()
    });
    match fits || action == "*" {
        true => Ok(()),
        false => Err(malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")),
    }
}

/// Operator to key to values.
fn is_condition(condition: &Value) -> bool {
    let scalar = |v: &Value| v.is_string() || v.is_boolean() || v.is_number();
    let values = |v: &Value| scalar(v) || v.as_array().is_some_and(|all| all.iter().all(scalar));
    condition.as_object().is_some_and(|operators| {
        operators.values().all(|keys| keys.as_object().is_some_and(|keys| keys.values().all(values)))
    })
}

fn check_principal(principal: &Value) -> Result<()> {
    if principal.as_str() == Some("*") {
        return Ok(());
    }
    let kinds = principal.as_object().filter(|kinds| !kinds.is_empty()).ok_or_else(syntax)?;
    for (kind, value) in kinds {
        for text in texts(value).ok_or_else(syntax)? {
            let fits = match kind.as_str() {
                "AWS" => is_aws_principal(text),
                "Service" => text.contains('.') && !text.contains([' ', '*']),
                "Federated" => !text.is_empty(),
                "CanonicalUser" => text.bytes().all(|b| b.is_ascii_alphanumeric()),
                _ => return Err(syntax()),
            };
            if !fits {
                return Err(malformed(format!("Invalid principal in policy: \"{kind}\":\"{text}\"")));
            }
        }
    }
    Ok(())
}

/// `*`, an account, the unique identifier of a user or role, or an ARN of IAM or STS.
fn is_aws_principal(text: &str) -> bool {
    let is_account = |t: &str| t.len() == 12 && t.bytes().all(|b| b.is_ascii_digit());
    if text == "*" || is_account(text) {
        return true;
    }
    if text.len() == 21 && (text.starts_with("AROA") || text.starts_with("AIDA")) {
        return text.bytes().all(|b| b.is_ascii_alphanumeric());
    }
    let parts: Vec<_> = text.splitn(6, ':').collect();
    match parts[..] {
        ["arn", "aws" | "aws-cn" | "aws-us-gov", service @ ("iam" | "sts"), "", account, rest]
            if is_account(account) =>
        {
            let kinds: &[&str] = match service {
                "iam" => &["user/", "role/"],
                _ => &["assumed-role/", "federated-user/"],
            };
            (service == "iam" && rest == "root")
                || kinds
                    .iter()
                    .any(|k| rest.strip_prefix(k).is_some_and(|name| !name.is_empty() && !name.contains('*')))
        }
        _ => false,
    }
}

/// The ARNs of users and roles that a trust policy names.
pub(crate) fn trusted_arns(text: &str) -> Vec<String> {
    let Ok(document) = serde_json::from_str::<Value>(text) else { return vec![] };
    let statements = match &document["Statement"] {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    let principals = statements.into_iter().flat_map(|s| [&s["Principal"]["AWS"], &s["NotPrincipal"]["AWS"]]);
    principals.filter_map(texts).flatten().map(str::to_string).filter(|t| t.starts_with("arn:")).collect()
}

/// How long a document counts: blanks do not.
pub(crate) fn size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str, kind: DocumentKind) -> String {
        match check_document(text, kind) {
            Ok(()) => String::new(),
            Err(error) => {
                assert_eq!(error.code, "MalformedPolicyDocument");
                error.message
            }
        }
    }

    #[test]
    fn identity_policies() {
        let with = |statement: &str| {
            message(&format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#), DocumentKind::Identity)
        };
        for good in [
            r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
            r#"[{"Sid":"A1","Effect":"Deny","NotAction":["s3:Get*","ec2:RunInstances"],"Resource":["arn:aws:s3:::bucket/*"]}]"#,
            r#"{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::b","Condition":{"Bool":{"aws:SecureTransport":true}}}"#,
            r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/${aws:username}"}"#,
        ] {
            assert_eq!(with(good), "", "{good}");
        }
        for (bad, says) in [
            ("[]", "Syntax errors"),
            ("[1]", "Syntax errors"),
            (r#"{"Action":"*","Resource":"*"}"#, "Effect"),
            (r#"{"Effect":"Maybe","Action":"*","Resource":"*"}"#, "Syntax errors"),
            (r#"{"Effect":"Allow","Resource":"*"}"#, "must contain actions"),
            (r#"{"Effect":"Allow","Action":[],"Resource":"*"}"#, "must contain actions"),
            (r#"{"Effect":"Allow","Action":"*"}"#, "must contain resources"),
            (r#"{"Effect":"Allow","Action":"*","NotAction":"s3:*","Resource":"*"}"#, "Syntax errors"),
            (r#"{"Effect":"Allow","Action":"RunInstances","Resource":"*"}"#, "prefaced by a vendor"),
            (r#"{"Effect":"Allow","Action":"s3:*","Resource":"bucket"}"#, "ARN format"),
            (r#"{"Effect":"Allow","Action":"s3:*","Resource":{"Ref":"x"}}"#, "Syntax errors"),
            (r#"{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}"#, "should not specify a principal"),
            (r#"{"Effect":"Allow","Action":"*","Resource":"*","Colour":"red"}"#, "Syntax errors"),
            (r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":"x"}}"#, "Syntax errors"),
            (r#"{"Sid":"a-b","Effect":"Allow","Action":"*","Resource":"*"}"#, "alpha-numeric"),
        ] {
            assert!(with(bad).contains(says), "{bad}: {}", with(bad));
        }
        let twice = r#"[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}]"#;
        assert!(with(twice).contains("must be unique"));
        let old = r#"{"Version":"2010-01-01","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        assert!(message(old, DocumentKind::Identity).contains("version 2012-10-17"));
        assert!(message("{", DocumentKind::Identity).contains("Syntax errors"));
    }

    #[test]
    fn trust_policies() {
        let with = |rest: &str| {
            let text = format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole"{rest}}}]}}"#);
            message(&text, DocumentKind::Trust)
        };
        for good in [
            r#""*""#,
            r#"{"Service":"ec2.amazonaws.com"}"#,
            r#"{"Service":["ec2.amazonaws.com","ecs-tasks.amazonaws.com"],"AWS":"123456789012"}"#,
            r#"{"AWS":["arn:aws:iam::123456789012:root","arn:aws:iam::123456789012:role/a/b"]}"#,
            r#"{"AWS":"arn:aws:sts::123456789012:assumed-role/a/b"}"#,
            r#"{"Federated":"cognito-identity.amazonaws.com"}"#,
        ] {
            assert_eq!(with(&format!(r#","Principal":{good}"#)), "", "{good}");
        }
        for (bad, says) in [
            ("", "Missing required field Principal"),
            (r#","Principal":{"AWS":"arn:aws:iam::123456789012:role/*"}"#, "Invalid principal"),
            (r#","Principal":{"AWS":"bob"}"#, "Invalid principal"),
            (r#","Principal":{"Service":"ec2"}"#, "Invalid principal"),
            (r#","Principal":{"Robot":"x"}"#, "Syntax errors"),
            (r#","Principal":{}"#, "Syntax errors"),
            (r#","Principal":"*","Resource":"*""#, "Has prohibited field Resource"),
        ] {
            assert!(with(bad).contains(says), "{bad}: {}", with(bad));
        }
        let other = r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Principal":"*"}}"#;
        assert!(message(other, DocumentKind::Trust).contains("only specify STS"));
        assert!(message("x", DocumentKind::Trust).contains("invalid Json"));
    }
}
