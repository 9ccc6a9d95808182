//! From a struct to a document, with serde.

use super::{NoDocument, Node};
use serde::ser::{self, Impossible, Serialize};
use serde_json::Number;
use std::borrow::Cow;
use std::fmt::Display;

/// Its texts go to the end of the document's.
pub(super) struct Serializer<'t> {
    pub text: &'t mut String,
}

/// A list that is being written.
pub(super) struct List<'t> {
    text: &'t mut String,
    nodes: Vec<Node>,
}

/// A structure or a map that is being written.
pub(super) struct Fields<'t> {
    text: &'t mut String,
    fields: Vec<(Cow<'static, str>, Node)>,
    /// Of an entry whose value is to come.
    key: Option<String>,
}

impl ser::Error for NoDocument {
    fn custom<T: Display>(what: T) -> Self {
        NoDocument(what.to_string())
    }
}

fn refuse<T>(what: &str) -> Result<T, NoDocument> {
    Err(NoDocument(what.to_string()))
}

macro_rules! numbers { ($($name:ident: $type:ty),*) => { $(
    fn $name(self, value: $type) -> Result<Node, NoDocument> {
        Ok(Node::Number(Number::from(value)))
    }
)* } }

impl<'t> ser::Serializer for Serializer<'t> {
    type Ok = Node;
    type Error = NoDocument;
    type SerializeSeq = List<'t>;
    type SerializeTuple = List<'t>;
    type SerializeTupleStruct = Impossible<Node, NoDocument>;
    type SerializeTupleVariant = Impossible<Node, NoDocument>;
    type SerializeMap = Fields<'t>;
    type SerializeStruct = Fields<'t>;
    type SerializeStructVariant = Impossible<Node, NoDocument>;

    numbers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    }

    fn serialize_bool(self, value: bool) -> Result<Node, NoDocument> {
        Ok(Node::Bool(value))
    }

    fn serialize_f32(self, value: f32) -> Result<Node, NoDocument> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<Node, NoDocument> {
        Ok(Number::from_f64(value).map_or(Node::Null, Node::Number))
    }

    fn serialize_char(self, value: char) -> Result<Node, NoDocument> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<Node, NoDocument> {
        let start = self.text.len();
        self.text.push_str(value);
        Ok(Node::Text(start..self.text.len()))
    }

    /// Straight into the text.
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<Node, NoDocument> {
        use std::fmt::Write;
        let start = self.text.len();
        write!(self.text, "{value}").map_err(|_| NoDocument("a text that cannot be written".to_string()))?;
        Ok(Node::Text(start..self.text.len()))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Node, NoDocument> {
        refuse("bytes")
    }

    fn serialize_none(self) -> Result<Node, NoDocument> {
        Ok(Node::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Node, NoDocument> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Node, NoDocument> {
        Ok(Node::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Node, NoDocument> {
        Ok(Node::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Node, NoDocument> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Node, NoDocument> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Node, NoDocument> {
        refuse(name)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List<'t>, NoDocument> {
        Ok(List { text: self.text, nodes: Vec::with_capacity(length.unwrap_or_default()) })
    }

    fn serialize_tuple(self, length: usize) -> Result<List<'t>, NoDocument> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, NoDocument> {
        refuse(name)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NoDocument> {
        refuse(name)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Fields<'t>, NoDocument> {
        Ok(Fields { text: self.text, fields: Vec::with_capacity(length.unwrap_or_default()), key: None })
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Fields<'t>, NoDocument> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NoDocument> {
        refuse(name)
    }
}

impl ser::SerializeSeq for List<'_> {
    type Ok = Node;
    type Error = NoDocument;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoDocument> {
        self.nodes.push(value.serialize(Serializer { text: self.text })?);
        Ok(())
    }

    fn end(self) -> Result<Node, NoDocument> {
        Ok(Node::List(self.nodes))
    }
}

impl ser::SerializeTuple for List<'_> {
    type Ok = Node;
    type Error = NoDocument;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoDocument> {
        ser::SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Node, NoDocument> {
        ser::SerializeSeq::end(self)
    }
}

impl Fields<'_> {
    /// Of two fields of one name the later holds.
    fn sorted(mut self) -> Node {
        if !self.fields.is_sorted_by(|(one, _), (next, _)| one < next) {
            self.fields.reverse();
            self.fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            self.fields.dedup_by(|(other, _), (one, _)| one == other);
        }
        Node::Fields(self.fields)
    }
}

impl ser::SerializeStruct for Fields<'_> {
    type Ok = Node;
    type Error = NoDocument;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), NoDocument> {
        let node = value.serialize(Serializer { text: self.text })?;
        self.fields.push((Cow::Borrowed(name), node));
        Ok(())
    }

    fn end(self) -> Result<Node, NoDocument> {
        Ok(self.sorted())
    }
}

impl ser::SerializeMap for Fields<'_> {
    type Ok = Node;
    type Error = NoDocument;

    /// A key is a text, or is written as one, as in JSON.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NoDocument> {
        let mut text = String::new();
        self.key = Some(match key.serialize(Serializer { text: &mut text })? {
            Node::Text(_) => text,
            Node::Number(number) => number.to_string(),
            Node::Bool(yes) => yes.to_string(),
            Node::Null | Node::List(_) | Node::Fields(_) => return refuse("a key that is no text"),
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoDocument> {
        let node = value.serialize(Serializer { text: self.text })?;
        self.fields.push((Cow::Owned(self.key.take().unwrap_or_default()), node));
        Ok(())
    }

    fn end(self) -> Result<Node, NoDocument> {
        Ok(self.sorted())
    }
}
