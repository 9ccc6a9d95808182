//! The names of the intrinsic functions: those that are there, and those that are refused by name.

/// Short tag to long name.
pub const SHORT_TAGS: &[(&str, &str)] = &[
    ("Ref", "Ref"),
    ("Condition", "Condition"),
    ("GetAtt", "Fn::GetAtt"),
    ("Sub", "Fn::Sub"),
    ("Select", "Fn::Select"),
    ("GetAZs", "Fn::GetAZs"),
    ("Join", "Fn::Join"),
    ("Split", "Fn::Split"),
    ("Cidr", "Fn::Cidr"),
    ("If", "Fn::If"),
    ("Equals", "Fn::Equals"),
    ("And", "Fn::And"),
    ("Or", "Fn::Or"),
    ("Not", "Fn::Not"),
    ("FindInMap", "Fn::FindInMap"),
    ("Base64", "Fn::Base64"),
    ("ImportValue", "Fn::ImportValue"),
    ("Transform", "Fn::Transform"),
    ("GetStackOutput", "Fn::GetStackOutput"),
];

/// Functions of AWS that are not supported, and what to do without them.
pub const REFUSED: &[(&str, &str)] = &[
    ("Fn::ImportValue", "hand the value in as a parameter"),
    ("Fn::GetStackOutput", "hand the value in as a parameter"),
    ("Fn::Transform", "write out what the macro would make"),
    ("Fn::Length", "write the number"),
    ("Fn::ToJsonString", "write the JSON as a text"),
];

/// The long name of a short tag.
pub fn long_name(short: &str) -> Option<&'static str> {
    SHORT_TAGS.iter().find(|(name, _)| *name == short).map(|(_, long)| *long)
}

/// Is a map with this as its only key a function?
pub fn is_function(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}

/// What gives a condition, not a value.
pub fn gives_condition(key: &str) -> bool {
    matches!(key, "Condition" | "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not")
}

/// The long names of the functions that are there.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    let refused = |long: &str| REFUSED.iter().any(|(name, _)| *name == long);
    SHORT_TAGS.iter().map(|(_, long)| *long).filter(move |long| !refused(long))
}
