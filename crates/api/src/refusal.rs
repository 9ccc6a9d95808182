//! Why a request was not let in, in the words of each family of AWS's services.

/// The request was not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Neither header nor query bears a signature.
    Unsigned,
    /// There is one, and it cannot be read.
    Incomplete(String),
    /// No such key, an inactive one, or a token that is not its own.
    UnknownKey,
    /// The session has ended.
    ExpiredToken,
    /// Signed too long ago, or in the future.
    Expired(String),
    WrongSignature(String),
}

/// Services that word their refusals alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Ec2,
    /// The query protocol and both REST ones.
    Query,
    /// JSON with a target header.
    Json,
}

impl Refusal {
    /// AWS's code.
    pub fn code(&self, family: Family) -> &'static str {
        match (self, family) {
            (Refusal::Unsigned, Family::Json) => "MissingAuthenticationTokenException",
            (Refusal::Unsigned, _) => "MissingAuthenticationToken",
            (Refusal::Incomplete(_), Family::Json) => "IncompleteSignatureException",
            (Refusal::Incomplete(_), _) => "IncompleteSignature",
            (Refusal::UnknownKey, Family::Ec2) => "AuthFailure",
            (Refusal::UnknownKey, Family::Query) => "InvalidClientTokenId",
            (Refusal::UnknownKey, Family::Json) => "UnrecognizedClientException",
            (Refusal::ExpiredToken, Family::Ec2) => "RequestExpired",
            (Refusal::ExpiredToken, Family::Query) => "ExpiredToken",
            (Refusal::ExpiredToken, Family::Json) => "ExpiredTokenException",
            (Refusal::Expired(_), Family::Ec2) => "RequestExpired",
            (Refusal::Expired(_) | Refusal::WrongSignature(_), Family::Json) => "InvalidSignatureException",
            (Refusal::Expired(_) | Refusal::WrongSignature(_), _) => "SignatureDoesNotMatch",
        }
    }

    pub fn message(&self, family: Family) -> String {
        match (self, family) {
            (Refusal::Unsigned, _) => "Request is missing Authentication Token".to_string(),
            (Refusal::UnknownKey, Family::Ec2) => {
                "AWS was not able to validate the provided access credentials".to_string()
            }
            (Refusal::UnknownKey, _) => "The security token included in the request is invalid.".to_string(),
            (Refusal::ExpiredToken, _) => "The security token included in the request is expired".to_string(),
            (Refusal::Incomplete(why) | Refusal::Expired(why) | Refusal::WrongSignature(why), _) => why.clone(),
        }
    }
}
