//! Names of resources over all of AWS.

use croft_model::Scope;
use std::fmt::Display;

/// Such as `arn:aws:ec2:us-east-1:000000000000:security-group/sg-1`.
pub fn arn(scope: &Scope, kind: &str, id: impl Display) -> String {
    let partition = partition(scope.region.as_str());
    format!("arn:{partition}:ec2:{}:{}:{kind}/{id}", scope.region, scope.account)
}

/// AWS is three: most regions, China's, and those of the government of the United States.
pub fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
