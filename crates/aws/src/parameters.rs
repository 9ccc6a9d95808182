//! From decoded parameters to an operation's struct.
//!
//! A deserializer with errors of its own, so that a parameter that AWS has and the struct has not can be told from one
//! that is missing or wrong, wherever it stands.

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::{Deserializer, forward_to_deserialize_any};
use serde_json::{Map, Value};
use std::fmt;

/// Why parameters do not fit a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// AWS has it and the operation has not. With dots down to it, elements without their number.
    Unknown(String),
    /// The model can do without and the operation cannot.
    Missing(String),
    /// The type that it is read into refuses it.
    Invalid { at: String, why: String },
}

/// Fills `T` from parameters as a decoder gave them.
pub fn read<T: DeserializeOwned>(parameters: Value) -> Result<T, Unfit> {
    T::deserialize(Parameter(parameters))
}

impl Unfit {
    fn under(self, name: &str) -> Unfit {
        let join = |rest: String| if rest.is_empty() { name.to_string() } else { format!("{name}.{rest}") };
        match self {
            Unfit::Unknown(at) => Unfit::Unknown(join(at)),
            Unfit::Missing(at) => Unfit::Missing(join(at)),
            Unfit::Invalid { at, why } => Unfit::Invalid { at: join(at), why },
        }
    }
}

impl std::error::Error for Unfit {}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Unknown(at) => write!(f, "unknown parameter {at}"),
            Unfit::Missing(at) => write!(f, "missing parameter {at}"),
            Unfit::Invalid { at, why } => write!(f, "invalid parameter {at}: {why}"),
        }
    }
}

impl Error for Unfit {
    fn custom<T: fmt::Display>(why: T) -> Self {
        Unfit::Invalid { at: String::new(), why: why.to_string() }
    }
    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Unfit::Unknown(field.to_string())
    }
    fn missing_field(field: &'static str) -> Self {
        Unfit::Missing(field.to_string())
    }
}

struct Parameter(Value);

impl<'de> IntoDeserializer<'de, Unfit> for Parameter {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Parameter {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(yes) => visitor.visit_bool(yes),
            Value::Number(n) => match (n.as_i64(), n.as_f64()) {
                (Some(n), _) => visitor.visit_i64(n),
                (None, n) => visitor.visit_f64(n.unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(elements) => visitor.visit_seq(Elements(elements.into_iter())),
            Value::Object(fields) => visitor.visit_map(Fields { fields: fields.into_iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(Variant(name)),
            Value::Object(fields) => {
                let fields = Fields { fields: fields.into_iter(), value: None };
                visitor.visit_enum(MapAccessDeserializer::new(fields))
            }
            other => Err(Unfit::custom(format!("{other} is no name"))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct Elements(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Elements {
    type Error = Unfit;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unfit> {
        self.0.next().map(|value| seed.deserialize(Parameter(value))).transpose()
    }
}

struct Fields {
    fields: <Map<String, Value> as IntoIterator>::IntoIter,
    value: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        let Some((name, value)) = self.fields.next() else { return Ok(None) };
        let key = seed.deserialize(Parameter(Value::String(name.clone())))?;
        self.value = Some((name, value));
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        let (name, value) = self.value.take().unwrap_or_default();
        seed.deserialize(Parameter(value)).map_err(|unfit| unfit.under(&name))
    }
}

/// An enumeration's value, written as its name.
struct Variant(String);

impl<'de> EnumAccess<'de> for Variant {
    type Error = Unfit;
    type Variant = <StringDeserializer<Unfit> as EnumAccess<'de>>::Variant;
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), Unfit> {
        let name: StringDeserializer<Unfit> = self.0.into_deserializer();
        name.variant_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct Operation {
        needed: String,
        count: Option<u32>,
        #[serde(default)]
        parts: Vec<Part>,
        tenancy: Option<Tenancy>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct Part {
        flag: bool,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Tenancy {
        Default,
    }

    #[test]
    fn a_struct_is_filled() {
        let parameters = json!({"Needed": "x", "Count": 3, "Parts": [{"Flag": true}], "Tenancy": "default"});
        let expected = Operation {
            needed: "x".into(),
            count: Some(3),
            parts: vec![Part { flag: true }],
            tenancy: Some(Tenancy::Default),
        };
        assert_eq!(read(parameters), Ok(expected));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let refused = |parameters| read::<Operation>(parameters).unwrap_err();
        assert_eq!(refused(json!({})), Unfit::Missing("Needed".into()));
        assert_eq!(refused(json!({"Needed": "", "Other": 1})), Unfit::Unknown("Other".into()));
        assert_eq!(
            refused(json!({"Needed": "", "Parts": [{"Flag": true, "Deep": {}}]})),
            Unfit::Unknown("Parts.Deep".into())
        );
        assert!(matches!(refused(json!({"Needed": "", "Count": -1})), Unfit::Invalid { at, .. } if at == "Count"));
    }
}
