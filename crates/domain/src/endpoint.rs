//! An endpoint: one callable method and path in a collection.

use crate::ids::{CollectionId, EndpointId};
use crate::method::EndpointMethod;
use crate::path::CanonicalPath;
use crate::text::{Description, Name};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

/// One segment of an endpoint's path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Matches exactly this text, in canonical form.
    Literal(Box<str>),
    /// `{name}`: matches one segment that is not empty.
    Parameter(Box<str>),
    /// `{name...}`: matches what is left, also nothing. Last only.
    Rest(Box<str>),
}

/// The path of an endpoint below its collection, without leading slash; empty means the collection's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointPath {
    text: Box<str>,
    segments: Box<[Segment]>,
}

impl EndpointPath {
    /// Longest path, in bytes.
    pub const MAX_BYTES: usize = 2048;

    /// Checks a path as typed; one leading slash is dropped.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let text = text.strip_prefix('/').unwrap_or(text);
        if text.len() > Self::MAX_BYTES {
            return Err(format!("is too long (maximum is {} bytes)", Self::MAX_BYTES));
        }
        if text.is_empty() {
            return Ok(Self { text: "".into(), segments: Box::default() });
        }
        let raw: Vec<&str> = text.split('/').collect();
        let mut segments = Vec::with_capacity(raw.len());
        let mut names = BTreeSet::new();
        for (at, part) in raw.iter().enumerate() {
            let segment = parse_segment(part, at + 1 == raw.len())?;
            if let Segment::Parameter(name) | Segment::Rest(name) = &segment
                && !names.insert(name.clone())
            {
                return Err(format!("names the parameter {name} twice"));
            }
            segments.push(segment);
        }
        let path = Self { text: join(&segments).into(), segments: segments.into() };
        // Escaping may have made it longer than it was typed.
        if path.text.len() > Self::MAX_BYTES {
            return Err(format!("is too long (maximum is {} bytes, escapes counted)", Self::MAX_BYTES));
        }
        Ok(path)
    }

    /// The path as shown and stored.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its segments.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The path with parameter names left out: two endpoints of one method may not share it.
    pub fn shape(&self) -> String {
        let shape: Vec<_> = self.segments.iter().map(shape_of).collect();
        shape.join("/")
    }

    /// Names of its parameters.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Parameter(name) | Segment::Rest(name) => Some(&**name),
        })
    }
}

impl fmt::Display for EndpointPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for EndpointPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for EndpointPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

fn shape_of(segment: &Segment) -> String {
    match segment {
        Segment::Literal(text) => text.to_string(),
        Segment::Parameter(_) => "{}".to_owned(),
        Segment::Rest(_) => "{...}".to_owned(),
    }
}

fn join(segments: &[Segment]) -> String {
    let parts: Vec<_> = segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => text.to_string(),
            Segment::Parameter(name) => format!("{{{name}}}"),
            Segment::Rest(name) => format!("{{{name}...}}"),
        })
        .collect();
    parts.join("/")
}

fn parse_segment(part: &str, last: bool) -> Result<Segment, String> {
    if let Some(inner) = part.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
        return match inner.strip_suffix("...") {
            Some(_) if !last => Err("may have {name...} only as its last segment".to_owned()),
            Some(name) => Ok(Segment::Rest(parameter_name(name)?)),
            None => Ok(Segment::Parameter(parameter_name(inner)?)),
        };
    }
    if part.contains(['{', '}']) {
        return Err(format!("has {part:?}: a parameter must be a whole segment, as in /orders/{{id}}"));
    }
    if part.is_empty() && !last {
        return Err("has an empty segment".to_owned());
    }
    if part.contains('?') {
        return Err("must not hold a query".to_owned());
    }
    if part.is_empty() {
        return Ok(Segment::Literal("".into()));
    }
    let escaped = format!("/{}", escape_for_path(part));
    let path = CanonicalPath::parse(escaped.as_bytes())
        .map_err(|fault| format!("has a segment that cannot be called: {fault}"))?;
    Ok(Segment::Literal(path.as_str().get(1..).unwrap_or_default().into()))
}

/// Escapes what owners may type but a URL cannot hold: non-ASCII text and spaces.
fn escape_for_path(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn parameter_name(name: &str) -> Result<Box<str>, String> {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    if name.is_empty() || name.len() > 64 || !plain || name.contains("..") {
        return Err(format!("has a parameter {name:?}: its name may hold 1 to 64 of A-Z a-z 0-9 _ - ."));
    }
    Ok(name.into())
}

/// Where an endpoint's calls go below the upstream's base URL, instead of the path as called: literals and the
/// endpoint's own parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamPath(EndpointPath);

impl UpstreamPath {
    /// Checks a rewrite against the endpoint's path: it may use only parameters that the path has.
    pub fn parse(text: &str, path: &EndpointPath) -> Result<Self, String> {
        let rewrite = EndpointPath::parse(text)?;
        for name in rewrite.parameters() {
            if !path.parameters().any(|known| known == name) {
                return Err(format!("uses {{{name}}}, which the endpoint's path does not have"));
            }
        }
        Ok(Self(rewrite))
    }

    /// The rewrite as shown and stored.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Its segments.
    pub fn segments(&self) -> &[Segment] {
        self.0.segments()
    }
}

/// An endpoint as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// The collection it belongs to.
    pub collection_id: CollectionId,
    /// What people call it.
    pub name: Name,
    /// Unique together with the path's shape.
    pub method: EndpointMethod,
    /// Path below the collection.
    pub path: EndpointPath,
    /// Optional free text.
    pub description: Option<Description>,
    /// Optional rewrite.
    pub upstream_path: Option<UpstreamPath>,
    /// Whether it can be called. New ones start inactive.
    pub active: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(EndpointPath::parse(text).ok().as_ref().map(EndpointPath::as_str), expected, "{text}");
    }

    #[test]
    fn paths_are_kept_in_canonical_form() {
        check("/orders/{id}", Some("orders/{id}"));
        check("orders/", Some("orders/"));
        check("", Some(""));
        check("/", Some(""));
        check("{rest...}", Some("{rest...}"));
        check("%61b/é", Some("ab/%C3%A9"));
        check("a b", Some("a%20b"));
    }

    #[test]
    fn paths_that_cannot_be_called_are_refused() {
        for text in [
            "a//b",
            "a/../b",
            "a/%2e%2e",
            "a%2fb",
            "{rest...}/a",
            "{a}/{a}",
            "x{a}",
            "{}",
            "{...}",
            "a?b=1",
            "a/{b",
            "//a",
            "a#b",
            "a\\b",
            "{a b}",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn rewrites_use_only_known_parameters() {
        let path = EndpointPath::parse("orders/{id}/{rest...}").unwrap();
        assert!(UpstreamPath::parse("v1/{id}/x/{rest...}", &path).is_ok());
        assert!(UpstreamPath::parse("v1/{other}", &path).is_err());
        assert_eq!(path.shape(), "orders/{}/{...}");
    }
}
