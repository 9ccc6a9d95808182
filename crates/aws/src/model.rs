//! AWS's service models: names, shapes and traits, as the decoders, encoders and checks read them.
//!
//! The files under `models/` are made by `cargo xtask aws-models`. Each is parsed once, when its service is first
//! used, into one arena of shapes that refer to each other by number.

mod raw;

use crate::pattern::Pattern;
use std::collections::{HashMap, HashSet};

/// A service as AWS describes it.
#[derive(Debug)]
pub struct Model {
    /// Such as `EC2`.
    pub service_id: &'static str,
    /// Such as `2016-11-15`.
    pub api_version: &'static str,
    pub protocol: Protocol,
    /// What a signature's scope calls the service, such as `ec2`.
    pub signing_name: &'static str,
    /// What stands before the operation in `X-Amz-Target`.
    pub target_prefix: Option<&'static str>,
    pub xml_namespace: &'static str,
    operations: HashMap<&'static str, OperationModel>,
    others: HashSet<&'static str>,
    shapes: Vec<Shape>,
    /// By the code that goes over the wire.
    errors: HashMap<&'static str, ErrorModel>,
}

/// How requests and answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// EC2's own form: flat lists, capitalised location names.
    Ec2,
    /// Forms with `.member.` lists; XML answers in a `…Result`.
    Query,
    /// The operation in `X-Amz-Target`, JSON both ways.
    Json {
        /// `1.0` or `1.1`.
        version: &'static str,
    },
    RestJson,
    RestXml,
}

#[derive(Debug)]
pub struct OperationModel {
    pub name: &'static str,
    pub method: &'static str,
    /// Path and query as a template, such as `/2015-03-31/functions/{FunctionName}`.
    pub uri: &'static str,
    /// HTTP status of an answer.
    pub status: u16,
    pub input: Option<ShapeId>,
    pub output: Option<ShapeId>,
    /// The element that a rest-xml body is wrapped in.
    pub input_name: Option<&'static str>,
    pub input_namespace: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
pub struct ErrorModel {
    /// The shape's name, which the JSON protocols use as the type.
    pub shape: &'static str,
    pub status: u16,
    /// Is the sender to blame?
    pub sender: bool,
}

/// A shape's place in its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShapeId(u32);

#[derive(Debug)]
pub struct Shape {
    pub name: &'static str,
    pub kind: Kind,
}

#[derive(Debug)]
pub enum Kind {
    Structure(Structure),
    List(List),
    Map(Map),
    String(Text),
    /// 32 bits.
    Integer(Bounds),
    /// 64 bits.
    Long(Bounds),
    Float(Bounds),
    Double(Bounds),
    Boolean,
    Timestamp(Option<TimestampFormat>),
    Blob(Bounds),
}

#[derive(Debug)]
pub struct Structure {
    /// Sorted by name.
    pub members: Vec<Member>,
    /// The member that is the whole body, in the REST protocols.
    pub payload: Option<&'static str>,
}

#[derive(Debug)]
pub struct Member {
    pub name: &'static str,
    pub shape: ShapeId,
    pub required: bool,
    pub location: Location,
    pub location_name: Option<&'static str>,
    pub query_name: Option<&'static str>,
    pub flattened: bool,
    pub timestamp_format: Option<TimestampFormat>,
    pub idempotency_token: bool,
    pub xml_attribute: bool,
    pub xml_namespace: Option<Namespace>,
    pub json_value: bool,
}

/// An XML namespace that an element declares.
#[derive(Clone, Copy, Debug)]
pub struct Namespace {
    pub prefix: Option<&'static str>,
    pub uri: &'static str,
}

/// Where a member stands in a request or answer of the REST protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    Body,
    Uri,
    QueryString,
    Header,
    /// All headers that begin with the location name.
    Headers,
    StatusCode,
}

#[derive(Debug)]
pub struct List {
    pub element: ShapeId,
    pub element_name: Option<&'static str>,
    pub flattened: bool,
    pub bounds: Bounds,
}

#[derive(Debug)]
pub struct Map {
    pub key: ShapeId,
    pub value: ShapeId,
    pub key_name: Option<&'static str>,
    pub value_name: Option<&'static str>,
    pub flattened: bool,
    pub bounds: Bounds,
}

#[derive(Debug)]
pub struct Text {
    /// Empty where any value will do.
    pub values: Vec<&'static str>,
    pub bounds: Bounds,
    pub pattern: Option<Pattern>,
}

/// Of a number its value; of a text its characters; of a list its elements.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    pub min: Option<f64>,
    pub max: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampFormat {
    Iso8601,
    Rfc822,
    UnixTimestamp,
}

/// A committed model is not what the code expects. Found by the first test that uses the service.
#[derive(Debug, thiserror::Error)]
#[error("AWS model: {0}")]
pub struct ModelError(String);

impl Model {
    /// Reads a file of `models/`.
    pub fn parse(text: &'static str) -> Result<Model, ModelError> {
        raw::read(text)
    }

    pub fn operation(&self, name: &str) -> Option<&OperationModel> {
        self.operations.get(name)
    }

    pub fn operations(&self) -> impl Iterator<Item = &OperationModel> {
        self.operations.values()
    }

    /// The name of an operation that AWS has, whether Croft has it or not.
    pub fn known(&self, name: &str) -> Option<&'static str> {
        self.operation(name).map(|operation| operation.name).or_else(|| self.other(name))
    }

    /// The name of an operation that AWS has and Croft knows by name only.
    pub fn other(&self, name: &str) -> Option<&'static str> {
        self.others.get(name).copied()
    }

    pub fn shape(&self, id: ShapeId) -> &Shape {
        // Numbers are handed out by `raw::read`, one for each place of the arena.
        &self.shapes[id.0 as usize]
    }

    pub fn shapes(&self) -> impl Iterator<Item = &Shape> {
        self.shapes.iter()
    }

    /// The members of a structure; none of anything else.
    pub fn members(&self, id: ShapeId) -> &[Member] {
        match &self.shape(id).kind {
            Kind::Structure(structure) => &structure.members,
            _ => &[],
        }
    }

    /// What the model says of an error that goes over the wire with this code.
    pub fn error(&self, code: &str) -> Option<&ErrorModel> {
        self.errors.get(code)
    }
}

impl Structure {
    pub fn member(&self, name: &str) -> Option<&Member> {
        let at = self.members.binary_search_by(|m| m.name.cmp(name)).ok()?;
        self.members.get(at)
    }
}

impl Bounds {
    /// Does `value` lie within?
    pub fn hold(&self, value: f64) -> bool {
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }
}
