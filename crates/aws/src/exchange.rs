//! A request and an answer, apart from any server.

use croft_model::Scope;

/// What a client sent.
#[derive(Clone, Debug, Default)]
pub struct HttpRequest {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// As sent: escaped, without the query.
    pub path: String,
    /// As sent: escaped, without the question mark.
    pub query: String,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// The first header of a name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Who asks, once the server knows.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Account and region, from the credentials and the signature's scope.
    pub scope: Scope,
    /// The service that the signature names, such as `ec2`; none if it names none.
    pub service: Option<String>,
    /// Whose key it was.
    pub principal: Principal,
    pub request_id: String,
}

/// Whose credentials signed a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Such as `arn:aws:iam::000000000000:root`.
    pub arn: String,
    /// The unique id: the account of a root user, `AIDA…` of a user, `AROA…:session` of a role's session.
    pub user_id: String,
    pub access_key_id: String,
}

/// What the server wants to know of an answer beside its bytes: for the log and the metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub response: HttpResponse,
    /// Such as `ec2`; none where none could be told.
    pub service: Option<&'static str>,
    /// None where the request named none that AWS has.
    pub operation: Option<&'static str>,
    /// The error's code; none of a success.
    pub error: Option<String>,
}
