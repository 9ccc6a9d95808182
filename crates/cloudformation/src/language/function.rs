//! The names of the intrinsic functions: which there are, where each may stand, and which are refused by name.

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
    ("Length", "Fn::Length"),
    ("ToJsonString", "Fn::ToJsonString"),
    ("Contains", "Fn::Contains"),
    ("EachMemberEquals", "Fn::EachMemberEquals"),
    ("EachMemberIn", "Fn::EachMemberIn"),
    ("RefAll", "Fn::RefAll"),
    ("ValueOf", "Fn::ValueOf"),
    ("ValueOfAll", "Fn::ValueOfAll"),
    ("Transform", "Fn::Transform"),
    ("GetStackOutput", "Fn::GetStackOutput"),
];

/// Functions of AWS that are not supported, and what to do without them.
pub const REFUSED: &[(&str, &str)] = &[
    ("Fn::GetStackOutput", "hand the value in as a parameter, or export it and take Fn::ImportValue"),
    ("Fn::Transform", "write out what the macro would make"),
];

/// The transform that brings further functions.
pub const EXTENSIONS: &str = "AWS::LanguageExtensions";

/// The functions that [`EXTENSIONS`] brings.
pub const OF_EXTENSIONS: &[&str] = &["Fn::Length", "Fn::ToJsonString"];

/// The functions that are known in the Rules section only, and give a value.
pub const OF_RULES: &[&str] = &["Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll"];

/// The functions that are known in the Rules section only, and give a condition.
pub const CONDITIONS_OF_RULES: &[&str] = &["Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn"];

/// What a loop's key begins with; the loop's name follows.
pub const FOR_EACH: &str = "Fn::ForEach::";

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

/// The long names of the functions that may stand anywhere.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    let elsewhere = |long: &str| {
        REFUSED.iter().any(|(name, _)| *name == long) || OF_RULES.contains(&long) || CONDITIONS_OF_RULES.contains(&long)
    };
    SHORT_TAGS.iter().map(|(_, long)| *long).filter(move |long| !elsewhere(long))
}
