//! JSON objects with one reading only: strict UTF-8, no name twice at any depth (also when written with escapes).
//!
//! Built on `serde_json`, which refuses lone surrogates, numbers too large for a double, raw control characters,
//! trailing data and nesting deeper than 127. Strings without escapes are kept as places in the text, not copied.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A claim or header parameter with another JSON type than the one asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mistyped;

/// A JSON object and the text that it was read from.
pub(super) struct Document {
    text: String,
    root: Object,
}

/// The members of an object, each name once.
pub(super) struct Object(Vec<(Text, Value)>);

/// A JSON value. What nothing asks for (the value of a boolean) is not kept.
pub(super) enum Value {
    Null,
    Bool,
    Number(f64),
    Text(Text),
    Array(Vec<Value>),
    Object(Object),
}

/// A string: a place in the text, or its own copy if it was written with escapes.
pub(super) enum Text {
    Place { start: usize, end: usize },
    Unescaped(Box<str>),
}

/// An object within its text, for reading.
#[derive(Clone, Copy)]
pub(super) struct View<'d> {
    text: &'d str,
    object: &'d Object,
}

impl Document {
    /// Reads the one JSON object that the bytes must be.
    pub(super) fn parse(bytes: Vec<u8>) -> Option<Self> {
        let text = String::from_utf8(bytes).ok()?;
        let mut deserializer = serde_json::Deserializer::from_str(&text);
        let value = Reader { text: &text }.deserialize(&mut deserializer).ok()?;
        deserializer.end().ok()?;
        match value {
            Value::Object(root) => Some(Self { text, root }),
            Value::Null | Value::Bool | Value::Number(_) | Value::Text(_) | Value::Array(_) => None,
        }
    }

    /// The object.
    pub(super) fn view(&self) -> View<'_> {
        View { text: &self.text, object: &self.root }
    }
}

impl<'d> View<'d> {
    /// The member with this name.
    pub(super) fn find(self, name: &str) -> Option<&'d Value> {
        self.object.0.iter().find(|(key, _)| key.read(self.text) == name).map(|(_, value)| value)
    }

    /// The member as a string, if there is one.
    pub(super) fn string(self, name: &str) -> Result<Option<&'d str>, Mistyped> {
        self.find(name).map(|value| self.read_string(value)).transpose()
    }

    /// The member as a number, if there is one.
    pub(super) fn number(self, name: &str) -> Result<Option<f64>, Mistyped> {
        match self.find(name) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(*number)),
            Some(Value::Null | Value::Bool | Value::Text(_) | Value::Array(_) | Value::Object(_)) => Err(Mistyped),
        }
    }

    /// The member as an array, if there is one.
    pub(super) fn array(self, name: &str) -> Result<Option<&'d [Value]>, Mistyped> {
        match self.find(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(Value::Null | Value::Bool | Value::Number(_) | Value::Text(_) | Value::Object(_)) => Err(Mistyped),
        }
    }

    /// A value of this text as a string.
    pub(super) fn read_string(self, value: &'d Value) -> Result<&'d str, Mistyped> {
        match value {
            Value::Text(text) => Ok(text.read(self.text)),
            Value::Null | Value::Bool | Value::Number(_) | Value::Array(_) | Value::Object(_) => Err(Mistyped),
        }
    }

    /// A value of this text as an object.
    pub(super) fn read_object(self, value: &'d Value) -> Result<Self, Mistyped> {
        match value {
            Value::Object(object) => Ok(Self { text: self.text, object }),
            Value::Null | Value::Bool | Value::Number(_) | Value::Text(_) | Value::Array(_) => Err(Mistyped),
        }
    }
}

impl Text {
    fn read<'d>(&'d self, text: &'d str) -> &'d str {
        match self {
            Self::Place { start, end } => text.get(*start..*end).expect("a place in this text"),
            Self::Unescaped(own) => own,
        }
    }
}

/// Reads one value of `text`; also its own visitor.
#[derive(Clone, Copy)]
struct Reader<'de> {
    text: &'de str,
}

/// Objects of up to this many members are searched for doubles pair by pair, larger ones by sorting.
const FEW_MEMBERS: usize = 16;

impl Reader<'_> {
    fn has_name_twice(self, members: &[(Text, Value)]) -> bool {
        let names = members.iter().map(|(name, _)| name.read(self.text));
        if members.len() <= FEW_MEMBERS {
            return names.clone().enumerate().any(|(place, name)| names.clone().skip(place + 1).any(|n| n == name));
        }
        let mut sorted: Vec<&str> = names.collect();
        sorted.sort_unstable();
        sorted.iter().zip(sorted.iter().skip(1)).any(|(one, next)| one == next)
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'de> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'de> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated names")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, _value: bool) -> Result<Value, E> {
        Ok(Value::Bool)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers are times; a double is exact for 285 million years of seconds"
    )]
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers are times; a double is exact for 285 million years of seconds"
    )]
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Value, E> {
        let start = value.as_ptr().addr() - self.text.as_ptr().addr();
        Ok(Value::Text(Text::Place { start, end: start + value.len() }))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(Text::Unescaped(value.into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Vec::with_capacity(8);
        while let Some(name) = map.next_key_seed(self)? {
            let Value::Text(name) = name else { return Err(A::Error::custom("a name must be a string")) };
            members.push((name, map.next_value_seed(self)?));
        }
        if self.has_name_twice(&members) {
            return Err(A::Error::custom("a name is there twice"));
        }
        Ok(Value::Object(Object(members)))
    }
}
