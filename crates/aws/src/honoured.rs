//! The parameters that an operation honours, asked of its struct.
//!
//! A derived `Deserialize` tells the names of a struct's fields before it reads a value. So a struct is read from
//! nothing: at the end of a path its fields are noted and the reading is given up, on the way to it there is one field.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};
use std::fmt;

/// How far down the parameters of an operation are looked for.
const DEPTH: usize = 6;

/// The members of the model's input that `O` has a field for, with dots down to them and elements without their number.
pub fn honoured<O: DeserializeOwned>() -> Vec<String> {
    let mut found = Vec::new();
    below::<O>(&mut Vec::new(), &mut found);
    found
}

fn below<O: DeserializeOwned>(path: &mut Vec<&'static str>, found: &mut Vec<String>) {
    let mut fields: &'static [&'static str] = &[];
    // It is always given up: there are no values.
    drop(O::deserialize(Place { path, fields: &mut fields }));
    for field in fields {
        path.push(field);
        found.push(path.join("."));
        if path.len() < DEPTH {
            below::<O>(path, found);
        }
        path.pop();
    }
}

/// Somewhere among an operation's parameters.
struct Place<'a> {
    /// What still leads down.
    path: &'a [&'static str],
    /// Where the fields of the struct at its end are noted.
    fields: &'a mut &'static [&'static str],
}

impl<'de> Deserializer<'de> for Place<'_> {
    type Error = GivenUp;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, GivenUp> {
        Err(GivenUp)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, GivenUp> {
        match self.path.split_first() {
            Some((first, path)) => {
                let value = Some(Place { path, fields: self.fields });
                visitor.visit_map(OneField { name: Some(first), value })
            }
            None => {
                *self.fields = fields;
                Err(GivenUp)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, GivenUp> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, GivenUp> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, GivenUp> {
        visitor.visit_seq(OneElement(Some(self)))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct map enum identifier ignored_any
    }
}

struct OneField<'a> {
    name: Option<&'static str>,
    value: Option<Place<'a>>,
}

impl<'de> MapAccess<'de> for OneField<'_> {
    type Error = GivenUp;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, GivenUp> {
        self.name.take().map(|name| seed.deserialize(StrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, GivenUp> {
        seed.deserialize(self.value.take().ok_or(GivenUp)?)
    }
}

struct OneElement<'a>(Option<Place<'a>>);

impl<'de> SeqAccess<'de> for OneElement<'_> {
    type Error = GivenUp;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, GivenUp> {
        self.0.take().map(|place| seed.deserialize(place)).transpose()
    }
}

/// There is nothing to read.
#[derive(Debug)]
struct GivenUp;

impl std::error::Error for GivenUp {}

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no value")
    }
}

impl Error for GivenUp {
    fn custom<T: fmt::Display>(_: T) -> Self {
        GivenUp
    }
}

#[cfg(test)]
mod tests {
    #![allow(dead_code, reason = "the structs are only asked for their fields")]

    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct Operation {
        needed: String,
        #[serde(rename = "Tokens", default)]
        others: Tokens,
        #[serde(default)]
        parts: Vec<Part>,
        tenancy: Option<Tenancy>,
        last: Option<Part>,
    }

    #[derive(Default, Deserialize)]
    #[serde(transparent)]
    struct Tokens(Vec<String>);

    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct Part {
        flag: bool,
        deeper: Vec<Deeper>,
    }

    #[derive(Deserialize)]
    struct Deeper {
        end: u8,
    }

    #[derive(Deserialize)]
    enum Tenancy {
        Default,
    }

    #[test]
    fn a_struct_is_asked_for_its_fields() {
        let part = |of: &str| ["", ".Flag", ".Deeper", ".Deeper.end"].map(|under| format!("{of}{under}"));
        let mut expected = vec!["Needed".to_string(), "Tokens".into()];
        expected.extend(part("Parts"));
        expected.push("Tenancy".into());
        expected.extend(part("Last"));
        assert_eq!(honoured::<Operation>(), expected);
    }
}
