//! The names that every template knows.

/// Pseudo parameters.
pub const NAMES: &[&str] = &[
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// Is it one of them?
pub fn is_pseudo(name: &str) -> bool {
    NAMES.contains(&name)
}
