//! A document as a tree: read from JSON or YAML with everything bounded and no name given twice.

use super::{MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_VALUES};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// YAML 1.1/1.2 as OpenAPI uses it.
    Yaml,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 2] = [Self::Json, Self::Yaml];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Yaml => "yaml",
        }
    }

    /// Reads the API's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }
}

/// Why a text is not a document. The messages are our own: a parser's words are never shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// More bytes than a document may have.
    #[error("is too large (maximum is {} MiB)", MAX_DOCUMENT_BYTES / 1024 / 1024)]
    TooLarge,
    /// The text breaks the format's grammar at this place.
    #[error("is not valid {format} (line {line}, column {column})")]
    Syntax {
        /// "JSON" or "YAML".
        format: &'static str,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A map holds a name twice.
    #[error("gives the name {0:?} twice in one object")]
    Repeated(String),
    /// Nested too deep.
    #[error("is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Too many values, aliases counted as often as they are used.
    #[error("holds more than {MAX_VALUES} values")]
    TooManyValues,
    /// A YAML tag, which OpenAPI does not use.
    #[error("holds a YAML tag")]
    Tag,
}

/// A value of a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// A text.
    Text(Box<str>),
    /// A number, as text (YAML writes `openapi: 3.1` without quotes).
    Number(Box<str>),
    /// true, false, null.
    Other,
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the document.
    Map(Vec<(Box<str>, Node)>),
}

impl Node {
    /// A member of a map.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.members()?.iter().find(|(key, _)| **key == *name).map(|(_, value)| value)
    }

    /// The members of a map.
    pub(super) fn members(&self) -> Option<&[(Box<str>, Self)]> {
        match self {
            Self::Map(members) => Some(members),
            Self::Text(_) | Self::Number(_) | Self::Other | Self::List(_) => None,
        }
    }

    /// An item of a list.
    pub(super) fn item(&self, at: usize) -> Option<&Self> {
        match self {
            Self::List(items) => items.get(at),
            Self::Text(_) | Self::Number(_) | Self::Other | Self::Map(_) => None,
        }
    }

    /// A text, not a number.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Other | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// A text, or a number as it would be written.
    pub(super) fn text_or_number(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Other | Self::List(_) | Self::Map(_) => None,
        }
    }
}

/// A document that keeps to all bounds. It need not be an OpenAPI document yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Document(pub(super) Node);

impl Document {
    /// Reads a text.
    pub fn parse(text: &str, format: Format) -> Result<Self, DocumentError> {
        if text.len() > MAX_DOCUMENT_BYTES {
            return Err(DocumentError::TooLarge);
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match format {
            Format::Json => {
                let mut parser = serde_json::Deserializer::from_str(text);
                read(|reader| {
                    let node = reader.value(0).deserialize(&mut parser)?;
                    parser.end().map(|()| node)
                })
                .map_err(|(own, error)| own.unwrap_or_else(|| syntax("JSON", error.line(), error.column())))
            }
            Format::Yaml => {
                refuse_bracket_towers(text)?;
                let parser = yaml_serde::Deserializer::from_str(text);
                read(|reader| reader.value(0).deserialize(parser)).map_err(|(own, error)| {
                    let place = error.location().map_or((1, 1), |place| (place.line(), place.column()));
                    own.unwrap_or_else(|| syntax("YAML", place.0, place.1))
                })
            }
        }
    }

    /// Takes a document that came as a JSON value.
    pub fn from_value(value: serde_json::Value) -> Result<Self, DocumentError> {
        read(|reader| reader.value(0).deserialize(value))
            .map_err(|(own, _)| own.unwrap_or_else(|| syntax("JSON", 1, 1)))
    }
}

fn syntax(format: &'static str, line: usize, column: usize) -> DocumentError {
    DocumentError::Syntax { format, line: line.max(1), column: column.max(1) }
}

/// The YAML scanner looks at each bracket opened in the last 1,024 bytes of a line again for each token, as it may begin
/// a key. A tower of them costs a thousandfold, so it is refused before the scanner starts; brackets in texts count
/// too, but that many do not stand together.
fn refuse_bracket_towers(text: &str) -> Result<(), DocumentError> {
    let blocks = text.as_bytes().split(|&byte| byte == b'\n').flat_map(|line| line.chunks(1024));
    for block in blocks {
        let mut open: usize = 0;
        for byte in block {
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            if open > 2 * MAX_DEPTH {
                return Err(DocumentError::TooDeep);
            }
        }
    }
    Ok(())
}

/// Runs a parser; on failure gives our own reason, if there is one, beside the parser's.
fn read<E>(parse: impl FnOnce(&mut Reader) -> Result<Node, E>) -> Result<Document, (Option<DocumentError>, E)> {
    let mut reader = Reader { values_left: MAX_VALUES, fault: None };
    parse(&mut reader).map(Document).map_err(|error| (reader.fault.take(), error))
}

/// What is left of the bounds, and which one was broken.
struct Reader {
    values_left: usize,
    fault: Option<DocumentError>,
}

impl Reader {
    fn value(&mut self, depth: usize) -> ValueSeed<'_> {
        ValueSeed { reader: self, depth }
    }

    /// Keeps our reason and stops the parser.
    fn stop<E: serde::de::Error>(&mut self, fault: DocumentError) -> E {
        self.fault = Some(fault);
        E::custom("stopped")
    }
}

/// Reads one value at a depth.
struct ValueSeed<'r> {
    reader: &'r mut Reader,
    depth: usize,
}

impl ValueSeed<'_> {
    fn count<E: serde::de::Error>(&mut self) -> Result<(), E> {
        match self.reader.values_left.checked_sub(1) {
            Some(left) => {
                self.reader.values_left = left;
                Ok(())
            }
            None => Err(self.reader.stop(DocumentError::TooManyValues)),
        }
    }

    fn enter<E: serde::de::Error>(&mut self) -> Result<(), E> {
        self.count()?;
        if self.depth >= MAX_DEPTH { Err(self.reader.stop(DocumentError::TooDeep)) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: serde::de::Error>(mut self, _: bool) -> Result<Node, E> {
        self.count().map(|()| Node::Other)
    }

    fn visit_unit<E: serde::de::Error>(mut self) -> Result<Node, E> {
        self.count().map(|()| Node::Other)
    }

    fn visit_none<E: serde::de::Error>(mut self) -> Result<Node, E> {
        self.count().map(|()| Node::Other)
    }

    fn visit_i64<E: serde::de::Error>(mut self, number: i64) -> Result<Node, E> {
        self.count().map(|()| Node::Number(number.to_string().into()))
    }

    fn visit_u64<E: serde::de::Error>(mut self, number: u64) -> Result<Node, E> {
        self.count().map(|()| Node::Number(number.to_string().into()))
    }

    fn visit_f64<E: serde::de::Error>(mut self, number: f64) -> Result<Node, E> {
        self.count().map(|()| Node::Number(format!("{number:?}").into()))
    }

    fn visit_str<E: serde::de::Error>(mut self, text: &str) -> Result<Node, E> {
        self.count().map(|()| Node::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Node, A::Error> {
        self.enter()?;
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self.reader.value(self.depth + 1))? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Node, A::Error> {
        self.enter()?;
        let mut names: HashSet<Box<str>> = HashSet::new();
        let mut members = Vec::new();
        while let Some(name) = map.next_key_seed(KeySeed)? {
            if !names.insert(name.clone()) {
                let shown: String = name.chars().take(60).collect();
                return Err(self.reader.stop(DocumentError::Repeated(shown)));
            }
            let value = map.next_value_seed(self.reader.value(self.depth + 1))?;
            members.push((name, value));
        }
        Ok(Node::Map(members))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Node, A::Error> {
        Err(self.reader.stop(DocumentError::Tag))
    }
}

/// Reads a name: a text, or what YAML takes for a number or a truth value (`200:`, `on:`).
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Box<str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Box<str>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Box<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Box<str>, E> {
        Ok(text.into())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Box<str>, E> {
        Ok(value.to_string().into())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Box<str>, E> {
        Ok(number.to_string().into())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Box<str>, E> {
        Ok(number.to_string().into())
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Box<str>, E> {
        Ok(format!("{number:?}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, format: Format, expected: &Result<(), DocumentError>) {
        assert_eq!(&Document::parse(text, format).map(|_| ()), expected);
    }

    fn bad(format: &'static str, line: usize, column: usize) -> Result<(), DocumentError> {
        Err(DocumentError::Syntax { format, line, column })
    }

    #[test]
    fn both_formats_give_the_same_tree() {
        let json = r#"{"a": {"b": [1, 2.5, true, null, "x"]}, "200": {}}"#;
        let yaml = "a:\n  b: [1, 2.5, true, null, x]\n200: {}\n";
        let json = Document::parse(json, Format::Json).unwrap();
        assert_eq!(json, Document::parse(yaml, Format::Yaml).unwrap());
        let value = serde_json::json!({"a": {"b": [1, 2.5, true, null, "x"]}});
        assert_eq!(Document::from_value(value).unwrap().0.get("a"), json.0.get("a"));
    }

    #[test]
    fn members_keep_the_order_of_the_document() {
        let Document(node) = Document::parse(r#"{"b": 1, "a": 2}"#, Format::Json).unwrap();
        let names: Vec<_> = node.members().unwrap().iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["b", "a"]);
    }

    #[test]
    fn broken_texts_are_refused_with_their_place() {
        check("", Format::Json, &bad("JSON", 1, 1));
        check("{\n  \"a\": }", Format::Json, &bad("JSON", 2, 8));
        check("{} {}", Format::Json, &bad("JSON", 1, 4));
        check("a: [1", Format::Yaml, &bad("YAML", 2, 1));
        assert!(Document::parse("a: 1\n---\nb: 2\n", Format::Yaml).is_err());
        assert!(Document::parse("\u{0}", Format::Yaml).is_err());
    }

    #[test]
    fn repeated_names_are_refused() {
        let repeated = || Err(DocumentError::Repeated("a".into()));
        check(r#"{"x": {"a": 1, "\u0061": 2}}"#, Format::Json, &repeated());
        check("x:\n  a: 1\n  'a': 2\n", Format::Yaml, &repeated());
        check("1: x\n\"1\": y\n", Format::Yaml, &Err(DocumentError::Repeated("1".into())));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        for format in Format::ALL {
            check(&nested(MAX_DEPTH), format, &Ok(()));
            check(&nested(MAX_DEPTH + 1), format, &Err(DocumentError::TooDeep));
            check(&"[".repeat(4_000_000), format, &Err(DocumentError::TooDeep));
        }
    }

    #[test]
    fn size_and_values_are_bounded() {
        for format in Format::ALL {
            check(&" ".repeat(MAX_DOCUMENT_BYTES + 1), format, &Err(DocumentError::TooLarge));
            check(&format!("[{}1]", "1,".repeat(MAX_VALUES)), format, &Err(DocumentError::TooManyValues));
        }
    }

    #[test]
    fn aliases_are_counted_as_often_as_they_are_used() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let items = vec![format!("*a{}", level - 1); 9].join(", ");
            text.extend(["a", &level.to_string(), ": &a", &level.to_string(), " [", &items, "]\n"]);
        }
        assert!(Document::parse(&text, Format::Yaml).is_err());
        check("a: &a {b: 1}\nc: *a\n", Format::Yaml, &Ok(()));
        assert!(Document::parse("a: &a [*a]\n", Format::Yaml).is_err());
    }

    #[test]
    fn yaml_tags_are_refused() {
        check("a: !thing {b: 1}\n", Format::Yaml, &Err(DocumentError::Tag));
    }
}
