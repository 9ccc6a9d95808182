//! The files as they are written, and the arena made from them.

use super::*;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct RawModel<'a> {
    #[serde(borrow)]
    metadata: RawMetadata<'a>,
    #[serde(borrow)]
    operations: BTreeMap<&'a str, RawOperation<'a>>,
    #[serde(borrow)]
    shapes: BTreeMap<&'a str, RawShape<'a>>,
    #[serde(borrow)]
    others: Vec<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMetadata<'a> {
    api_version: &'a str,
    endpoint_prefix: &'a str,
    json_version: Option<&'a str>,
    protocol: &'a str,
    service_id: &'a str,
    signing_name: Option<&'a str>,
    target_prefix: Option<&'a str>,
    xml_namespace: Option<&'a str>,
}

#[derive(Deserialize)]
struct RawOperation<'a> {
    #[serde(borrow)]
    http: RawHttp<'a>,
    #[serde(borrow)]
    input: Option<RawReference<'a>>,
    #[serde(borrow)]
    output: Option<RawReference<'a>>,
    #[serde(default, borrow)]
    errors: Vec<RawReference<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawHttp<'a> {
    method: &'a str,
    request_uri: &'a str,
    response_code: Option<u16>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawReference<'a> {
    shape: &'a str,
    location: Option<&'a str>,
    location_name: Option<&'a str>,
    query_name: Option<&'a str>,
    #[serde(default)]
    flattened: bool,
    timestamp_format: Option<&'a str>,
    #[serde(default)]
    idempotency_token: bool,
    #[serde(default)]
    xml_attribute: bool,
    #[serde(borrow)]
    xml_namespace: Option<RawNamespace<'a>>,
    #[serde(default)]
    jsonvalue: bool,
}

#[derive(Deserialize)]
struct RawNamespace<'a> {
    prefix: Option<&'a str>,
    uri: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawShape<'a> {
    r#type: &'a str,
    #[serde(default, borrow)]
    members: BTreeMap<&'a str, RawReference<'a>>,
    #[serde(borrow)]
    member: Option<RawReference<'a>>,
    #[serde(borrow)]
    key: Option<RawReference<'a>>,
    #[serde(borrow)]
    value: Option<RawReference<'a>>,
    #[serde(default, borrow)]
    required: Vec<&'a str>,
    #[serde(default, borrow)]
    r#enum: Vec<&'a str>,
    min: Option<f64>,
    max: Option<f64>,
    pattern: Option<String>,
    #[serde(default)]
    flattened: bool,
    payload: Option<&'a str>,
    timestamp_format: Option<&'a str>,
    #[serde(borrow)]
    error: Option<RawError<'a>>,
    #[serde(default)]
    fault: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawError<'a> {
    code: Option<&'a str>,
    http_status_code: Option<u16>,
    sender_fault: Option<bool>,
}

/// The numbers of the shapes by name.
type Numbers = HashMap<&'static str, ShapeId>;

pub(super) fn read(text: &'static str) -> Result<Model, ModelError> {
    let raw: RawModel = serde_json::from_str(text).map_err(|e| ModelError(e.to_string()))?;
    let numbers: Numbers = (0..).zip(raw.shapes.keys()).map(|(n, name)| (*name, ShapeId(n))).collect();
    let metadata = raw.metadata;
    let protocol = match (metadata.protocol, metadata.json_version) {
        ("ec2", _) => Protocol::Ec2,
        ("query", _) => Protocol::Query,
        ("json", Some(version)) => Protocol::Json { version },
        ("rest-json", _) => Protocol::RestJson,
        ("rest-xml", _) => Protocol::RestXml,
        (other, _) => return Err(ModelError(format!("protocol {other}"))),
    };
    let mut errors = HashMap::new();
    for reference in raw.operations.values().flat_map(|o| &o.errors) {
        let shape = raw.shapes.get(reference.shape).ok_or_else(|| ModelError(reference.shape.to_string()))?;
        let error = shape.error.as_ref();
        let status = error.and_then(|e| e.http_status_code).unwrap_or(if shape.fault { 500 } else { 400 });
        let sender = error.and_then(|e| e.sender_fault).unwrap_or(status < 500);
        let code = error.and_then(|e| e.code).unwrap_or(reference.shape);
        errors.insert(code, ErrorModel { shape: reference.shape, status, sender });
    }
    let shapes = raw.shapes.into_iter().map(|(name, raw)| Ok(Shape { name, kind: kind(raw, &numbers)? }));
    let shapes = shapes.collect::<Result<_, ModelError>>()?;
    let operations = raw.operations.into_iter().map(|(name, raw)| Ok((name, operation(name, raw, &numbers)?)));
    Ok(Model {
        service_id: metadata.service_id,
        api_version: metadata.api_version,
        protocol,
        signing_name: metadata.signing_name.unwrap_or(metadata.endpoint_prefix),
        target_prefix: metadata.target_prefix,
        xml_namespace: metadata.xml_namespace.unwrap_or_default(),
        operations: operations.collect::<Result<_, ModelError>>()?,
        others: raw.others.into_iter().collect(),
        shapes,
        errors,
    })
}

fn operation(name: &'static str, raw: RawOperation<'static>, numbers: &Numbers) -> Result<OperationModel, ModelError> {
    let id = |r: &Option<RawReference<'static>>| r.as_ref().map(|r| number(r.shape, numbers)).transpose();
    Ok(OperationModel {
        name,
        method: raw.http.method,
        uri: raw.http.request_uri,
        status: raw.http.response_code.unwrap_or(200),
        input: id(&raw.input)?,
        output: id(&raw.output)?,
        input_name: raw.input.as_ref().and_then(|r| r.location_name),
        input_namespace: raw.input.as_ref().and_then(|r| r.xml_namespace.as_ref()).map(|n| n.uri),
    })
}

fn number(shape: &str, numbers: &Numbers) -> Result<ShapeId, ModelError> {
    numbers.get(shape).copied().ok_or_else(|| ModelError(format!("no shape {shape}")))
}

fn kind(raw: RawShape<'static>, numbers: &Numbers) -> Result<Kind, ModelError> {
    let bounds = Bounds { min: raw.min, max: raw.max };
    let part = |r: Option<RawReference<'static>>| -> Result<(ShapeId, Option<&'static str>), ModelError> {
        let r = r.ok_or_else(|| ModelError("a list or map without elements".into()))?;
        Ok((number(r.shape, numbers)?, r.location_name))
    };
    Ok(match raw.r#type {
        "structure" => {
            let required = raw.required;
            let members = raw.members.into_iter().map(|(name, r)| member(name, r, required.contains(&name), numbers));
            Kind::Structure(Structure { members: members.collect::<Result<_, _>>()?, payload: raw.payload })
        }
        "list" => {
            let (element, element_name) = part(raw.member)?;
            Kind::List(List { element, element_name, flattened: raw.flattened, bounds })
        }
        "map" => {
            let (key, key_name) = part(raw.key)?;
            let (value, value_name) = part(raw.value)?;
            Kind::Map(Map { key, value, key_name, value_name, flattened: raw.flattened, bounds })
        }
        "string" => Kind::String(Text { values: raw.r#enum, bounds, pattern: raw.pattern.map(Pattern::new) }),
        "integer" => Kind::Integer(bounds),
        "long" => Kind::Long(bounds),
        "float" => Kind::Float(bounds),
        "double" => Kind::Double(bounds),
        "boolean" => Kind::Boolean,
        "timestamp" => Kind::Timestamp(raw.timestamp_format.map(timestamp_format).transpose()?),
        "blob" => Kind::Blob(bounds),
        other => return Err(ModelError(format!("type {other}"))),
    })
}

fn member(
    name: &'static str,
    raw: RawReference<'static>,
    required: bool,
    numbers: &Numbers,
) -> Result<Member, ModelError> {
    Ok(Member {
        name,
        shape: number(raw.shape, numbers)?,
        required,
        location: match raw.location {
            None => Location::Body,
            Some("uri") => Location::Uri,
            Some("querystring") => Location::QueryString,
            Some("header") => Location::Header,
            Some("headers") => Location::Headers,
            Some("statusCode") => Location::StatusCode,
            Some(other) => return Err(ModelError(format!("location {other}"))),
        },
        location_name: raw.location_name,
        query_name: raw.query_name,
        flattened: raw.flattened,
        timestamp_format: raw.timestamp_format.map(timestamp_format).transpose()?,
        idempotency_token: raw.idempotency_token,
        xml_attribute: raw.xml_attribute,
        xml_namespace: raw.xml_namespace.map(|n| Namespace { prefix: n.prefix, uri: n.uri }),
        json_value: raw.jsonvalue,
    })
}

fn timestamp_format(name: &str) -> Result<TimestampFormat, ModelError> {
    match name {
        "iso8601" => Ok(TimestampFormat::Iso8601),
        "rfc822" => Ok(TimestampFormat::Rfc822),
        "unixTimestamp" => Ok(TimestampFormat::UnixTimestamp),
        other => Err(ModelError(format!("timestamp format {other}"))),
    }
}
