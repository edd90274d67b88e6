//! Import: one endpoint per operation, and the list of operations that cannot be one.
//!
//! Servers of single paths and operations are not looked at: a collection has one upstream.

use super::MAX_OPERATIONS;
use super::document::{Document, Node};
use super::reference::resolve;
use super::server::ServerUrl;
use crate::endpoint::EndpointPath;
use crate::method::EndpointMethod;
use crate::text::{Description, Name, Version};
use std::collections::HashMap;

/// Names of operations in a path item (OpenAPI 3.1, 4.8.9).
const OPERATIONS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// What was found in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// `info.title`, as far as it can be a name.
    pub title: Option<Name>,
    /// `info.description`.
    pub description: Option<Description>,
    /// The first ten characters of `info.version`.
    pub version: Option<Version>,
    /// The upstream that the document names.
    pub server: ServerUrl,
    /// What can be endpoints, in the order of the document; at least one.
    pub endpoints: Vec<ImportedEndpoint>,
    /// What cannot, and why.
    pub failed: Vec<FailedOperation>,
}

/// An operation that can be an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedEndpoint {
    /// Its summary, else its `operationId`, else "METHOD path".
    pub name: Name,
    /// Its method.
    pub method: EndpointMethod,
    /// Its path below the collection.
    pub path: EndpointPath,
    /// Its description.
    pub description: Option<Description>,
}

/// An operation, or a whole path, that cannot be an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedOperation {
    /// "GET /orders", or the path alone.
    pub action: String,
    /// Why, for after the action.
    pub reason: String,
}

impl std::fmt::Display for FailedOperation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.action, self.reason)
    }
}

/// Why nothing can be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Not an OpenAPI document at all.
    #[error("is not an OpenAPI document: it has no \"openapi\" version")]
    NotOpenApi,
    /// The format before OpenAPI 3.
    #[error("is a Swagger 2.0 document: convert it to OpenAPI 3.0 or 3.1 first")]
    Swagger,
    /// Another OpenAPI version.
    #[error("is OpenAPI {0:?}: only 3.0 and 3.1 can be imported")]
    OtherVersion(String),
    /// Too many operations.
    #[error("has more than {MAX_OPERATIONS} operations")]
    TooManyOperations,
    /// No operation can be an endpoint.
    #[error("has no operation that can be an endpoint{}", first_reason(.0))]
    NothingUsable(Vec<FailedOperation>),
}

fn first_reason(failed: &[FailedOperation]) -> String {
    match failed {
        [] => String::new(),
        [only] => format!(" ({only})"),
        [first, rest @ ..] => format!(" ({first}, and {} more)", rest.len()),
    }
}

impl Import {
    /// Takes the endpoints out of a document.
    pub fn read(document: &Document) -> Result<Self, ImportError> {
        let Document(root) = document;
        check_version(root)?;
        let mut found = Found::default();
        for (path, item) in root.get("paths").and_then(Node::members).unwrap_or_default() {
            if !path.starts_with("x-") {
                found.take_path(root, path, item)?;
            }
        }
        if found.endpoints.is_empty() {
            return Err(ImportError::NothingUsable(found.failed));
        }
        let info = |name: &str| root.get("info").and_then(|info| info.get(name));
        Ok(Self {
            title: info("title").and_then(Node::text).and_then(cut_name),
            description: info("description").and_then(Node::text).and_then(cut_description),
            version: info("version").and_then(Node::text_or_number).and_then(Version::from_info_version),
            server: ServerUrl::read(root),
            endpoints: found.endpoints,
            failed: found.failed,
        })
    }
}

fn check_version(root: &Node) -> Result<(), ImportError> {
    if root.get("swagger").is_some() {
        return Err(ImportError::Swagger);
    }
    let version = root.get("openapi").and_then(Node::text_or_number).ok_or(ImportError::NotOpenApi)?;
    let known = ["3.0", "3.1"].into_iter().filter_map(|known| version.strip_prefix(known));
    if known.into_iter().any(|rest| rest.is_empty() || rest.starts_with('.')) {
        return Ok(());
    }
    Err(ImportError::OtherVersion(version.chars().take(20).collect()))
}

#[derive(Default)]
struct Found {
    endpoints: Vec<ImportedEndpoint>,
    failed: Vec<FailedOperation>,
    /// Method and shape of each endpoint, and the action that made it.
    taken: HashMap<(EndpointMethod, String), String>,
}

impl Found {
    fn take_path(&mut self, root: &Node, path: &str, item: &Node) -> Result<(), ImportError> {
        let referred = match resolve(root, item) {
            Ok(referred) => referred,
            Err(reason) => return self.fail(shorten(path), reason),
        };
        let Some(members) = referred.members() else { return self.fail(shorten(path), "is not an object".to_owned()) };
        if members.iter().any(|(name, _)| &**name == "<<") {
            return self.fail(shorten(path), "uses a YAML merge key".to_owned());
        }
        // Operations beside a `$ref` add to those referred to.
        let beside = if std::ptr::eq(referred, item) { &[] } else { item.members().unwrap_or_default() };
        for (name, operation) in
            members.iter().filter(|(name, _)| !beside.iter().any(|(own, _)| own == name)).chain(beside)
        {
            if OPERATIONS.contains(&&**name) {
                self.take_operation(path, name, operation)?;
            }
        }
        Ok(())
    }

    fn take_operation(&mut self, path: &str, method: &str, operation: &Node) -> Result<(), ImportError> {
        let action = format!("{} {}", method.to_ascii_uppercase(), shorten(path));
        if operation.members().is_none() {
            return self.fail(action, "is not an object".to_owned());
        }
        match endpoint(path, method, operation) {
            Err(reason) => self.fail(action, reason),
            Ok(endpoint) => {
                let key = (endpoint.method, endpoint.path.shape());
                if let Some(first) = self.taken.get(&key) {
                    let reason = format!("is the same as {first}");
                    return self.fail(action, reason);
                }
                self.taken.insert(key, action);
                self.endpoints.push(endpoint);
                self.check_count()
            }
        }
    }

    fn fail(&mut self, action: String, reason: String) -> Result<(), ImportError> {
        self.failed.push(FailedOperation { action, reason });
        self.check_count()
    }

    fn check_count(&self) -> Result<(), ImportError> {
        if self.endpoints.len() + self.failed.len() > MAX_OPERATIONS {
            return Err(ImportError::TooManyOperations);
        }
        Ok(())
    }
}

fn endpoint(path: &str, method: &str, operation: &Node) -> Result<ImportedEndpoint, String> {
    let method = EndpointMethod::parse(method).ok_or("this method cannot be an endpoint")?;
    if !path.starts_with('/') {
        return Err("its path does not begin with /".to_owned());
    }
    let parsed = EndpointPath::parse(path).map_err(|reason| format!("its path {reason}"))?;
    let named = |member: &str| operation.get(member).and_then(Node::text).and_then(cut_name);
    let name = named("summary").or_else(|| named("operationId"));
    let name = name.or_else(|| cut_name(&format!("{method} {path}", method = method.as_str())));
    Ok(ImportedEndpoint {
        name: name.ok_or("it has no name")?,
        method,
        path: parsed,
        description: operation.get("description").and_then(Node::text).and_then(cut_description),
    })
}

/// A text as a name: control characters as spaces, cut to what fits; `None` where nothing is left.
fn cut_name(text: &str) -> Option<Name> {
    let plain = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    let cut: String = plain.take(Name::MAX_CHARS).collect();
    Name::parse(&cut).ok()
}

fn cut_description(text: &str) -> Option<Description> {
    let keep = |c: &char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    let cut: String = text.trim().chars().filter(keep).take(Description::MAX_CHARS).collect();
    Description::parse(&cut).ok().filter(|description| !description.as_str().is_empty())
}

fn shorten(path: &str) -> String {
    let mut chars = path.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = chars.by_ref().take(120).collect();
    if chars.next().is_some() {
        short.push_str("...");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::super::document::Format;
    use super::*;
    use serde_json::{Value, json};

    fn read(paths: &Value) -> Result<Import, ImportError> {
        let value = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths});
        Import::read(&Document::from_value(value).unwrap())
    }

    #[track_caller]
    fn check(paths: &Value, endpoints: &[(&str, &str, &str)], failed: &[&str]) {
        let (found, missed) = match read(paths) {
            Ok(import) => (import.endpoints, import.failed),
            Err(ImportError::NothingUsable(failed)) => (Vec::new(), failed),
            Err(error) => panic!("{error}"),
        };
        let found: Vec<_> = found.iter().map(|e| (e.name.as_str(), e.method.as_str(), e.path.as_str())).collect();
        assert_eq!(found, endpoints);
        let missed: Vec<_> = missed.iter().map(ToString::to_string).collect();
        assert_eq!(missed, failed);
    }

    #[test]
    fn each_operation_is_an_endpoint() {
        check(
            &json!({
                "/orders": {
                    "parameters": [], "summary": "Orders", "x-a": {},
                    "get": {"summary": "  List orders\n", "operationId": "list"},
                    "post": {"operationId": "create"},
                    "head": {}, "put": {}, "delete": {}, "options": {}, "patch": {}
                },
                "/orders/{id}": {"get": {"summary": " "}},
                "x-extension": {"get": {}}
            }),
            &[
                ("DELETE /orders", "DELETE", "orders"),
                ("List orders", "GET", "orders"),
                ("HEAD /orders", "HEAD", "orders"),
                ("OPTIONS /orders", "OPTIONS", "orders"),
                ("PATCH /orders", "PATCH", "orders"),
                ("create", "POST", "orders"),
                ("PUT /orders", "PUT", "orders"),
                ("GET /orders/{id}", "GET", "orders/{id}"),
            ],
            &[],
        );
    }

    #[test]
    fn what_cannot_be_an_endpoint_is_listed() {
        check(
            &json!({
                "/a": {"trace": {}, "get": {}},
                "/b/{id}.json": {"get": {}},
                "/c?x=1": {"get": {}},
                "/d/{id}": {"get": {}}, "/d/{other}": {"get": {}, "put": {}},
                "/e": [], "/f": {"get": 1}, "g": {"get": {}}, "/h/../i": {"get": {}},
            }),
            &[("GET /a", "GET", "a"), ("GET /d/{id}", "GET", "d/{id}"), ("PUT /d/{other}", "PUT", "d/{other}")],
            &[
                "TRACE /a: this method cannot be an endpoint",
                "GET /b/{id}.json: its path has \"{id}.json\": a parameter must be a whole segment, as in /orders/{id}",
                "GET /c?x=1: its path must not hold a query",
                "GET /d/{other}: is the same as GET /d/{id}",
                "/e: is not an object",
                "GET /f: is not an object",
                "GET /h/../i: its path has a segment that cannot be called: a dot segment",
                "GET g: its path does not begin with /",
            ],
        );
        check(&json!({}), &[], &[]);
    }

    #[test]
    fn path_items_may_be_references() {
        let text = r##"
openapi: 3.1
info: { title: T, version: 2.0, description: "About\nit" }
paths:
  /b: { $ref: "#/components/pathItems/Shared", post: { summary: Own } }
  /a: { $ref: "#/paths/~1b" }
  /c: { $ref: "other.yaml" }
  /d: { <<: { get: {} } }
components:
  pathItems:
    Shared: { get: { summary: Shared }, post: { summary: Hidden } }
"##;
        let import = Import::read(&Document::parse(text, Format::Yaml).unwrap()).unwrap();
        let found: Vec<_> = import.endpoints.iter().map(|e| (e.name.as_str(), e.path.as_str())).collect();
        assert_eq!(found, [("Shared", "b"), ("Own", "b"), ("Shared", "a"), ("Hidden", "a")]);
        let failed: Vec<_> = import.failed.iter().map(|failed| failed.action.as_str()).collect();
        assert_eq!(failed, ["/c", "/d"]);
        assert_eq!(import.version.unwrap().as_str(), "2.0");
        assert_eq!(import.description.unwrap().as_str(), "About\nit");
        assert_eq!(import.server, ServerUrl::Absent);
    }

    #[test]
    fn texts_are_cut_to_what_fits() {
        let import = read(&json!({"/a": {"get": {
            "summary": "n".repeat(300), "description": "d\u{0}".repeat(5_000),
        }}}));
        let endpoint = import.unwrap().endpoints.remove(0);
        assert_eq!(endpoint.name.as_str(), "n".repeat(255));
        assert_eq!(endpoint.description.unwrap().as_str(), "d".repeat(4096));
    }

    #[track_caller]
    fn check_error(value: Value, expected: &str) {
        let error = Import::read(&Document::from_value(value).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn what_is_not_an_openapi_3_document_is_refused() {
        check_error(json!({}), "is not an OpenAPI document: it has no \"openapi\" version");
        check_error(json!([1]), "is not an OpenAPI document: it has no \"openapi\" version");
        check_error(json!({"openapi": {}}), "is not an OpenAPI document: it has no \"openapi\" version");
        check_error(
            json!({"swagger": "2.0", "paths": {}}),
            "is a Swagger 2.0 document: convert it to OpenAPI 3.0 or 3.1 first",
        );
        check_error(json!({"openapi": "3.2.0"}), "is OpenAPI \"3.2.0\": only 3.0 and 3.1 can be imported");
        check_error(json!({"openapi": "3.10"}), "is OpenAPI \"3.10\": only 3.0 and 3.1 can be imported");
        check_error(json!({"openapi": "3.0.3"}), "has no operation that can be an endpoint");
        check_error(
            json!({"openapi": "3.0.3", "paths": {"/a": {"trace": {}}}}),
            "has no operation that can be an endpoint (TRACE /a: this method cannot be an endpoint)",
        );
    }

    #[test]
    fn operations_are_bounded() {
        let paths = |count: usize| (0..count).map(|n| (format!("/p{n}"), json!({"get": {}}))).collect::<Value>();
        assert_eq!(read(&paths(MAX_OPERATIONS)).unwrap().endpoints.len(), MAX_OPERATIONS);
        assert_eq!(read(&paths(MAX_OPERATIONS + 1)).unwrap_err(), ImportError::TooManyOperations);
    }
}
