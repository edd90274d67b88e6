//! The OpenAPI document, made from the routes.

mod common;
mod example;
pub(crate) mod page;

use crate::error::Problem;
use crate::router::operations;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use common::add_common;
use example::{add_examples, schemas_of};
use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::schema::{Object, Schema};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, InfoBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, OpenApi as _};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const ABOUT: &str = "One API for console, command line and scripts. Sign in with `Authorization: Bearer pcm_...` (a \
management token) or the console's session cookie. Unknown fields and parameters are refused by name. PUT changes the \
fields it carries: absent means unchanged, null cleared, lists are replaced whole. Every change is in force on all \
gateway workers before its answer, which names the revision in `Portcullis-Revision`.";

/// The document's head: title, tags, how to sign in.
pub(crate) fn head() -> OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(
        components(schemas(Problem)),
        tags(
            (name = "Set-up and sign-in", description = "First start, console sessions, who I am"),
            (name = "Members", description = "Who signs in to the console, and what each may do and see"),
            (name = "Management tokens", description = "What scripts and command lines authenticate with"),
            (name = "Projects", description = "What members see of a workspace; folders are their other name"),
            (name = "API collections", description = "Sets of endpoints published under one path, and their upstream"),
            (name = "Endpoints", description = "Callable methods and paths of a collection"),
            (name = "Clients", description = "Groups of users of the APIs, with their default terms"),
            (name = "Access profiles", description = "API consumers of a client; called API keys in v2"),
            (name = "Access policies", description = "Rate limits and usage quotas that profiles are under"),
            (name = "Certificate bundles", description = "Authorities whose client certificates are trusted (mutual TLS)"),
            (name = "Webhooks", description = "Receivers that are told of events, and what was sent to them"),
            (name = "Explain", description = "Why a request was, or would be, admitted or refused"),
            (name = "Audit log", description = "Who changed what, when, from where, before and after"),
            (name = "Nodes", description = "What serves, by which revision, and the calls of quotas that it holds"),
            (name = "Search", description = "Over everything that has a name, and recent requests"),
            (name = "Settings", description = "What holds for the whole workspace"),
            (name = "Workspace", description = "Everything as one document: export, compare, apply"),
            (name = "Version 1", description = "Clients and access profiles in the shape of the older API"),
            (name = "Service", description = "Health and this document"),
        )
    )]
    struct Head;

    let mut openapi = Head::openapi();
    openapi.info =
        InfoBuilder::new().title("Portcullis management API").version(VERSION).description(Some(ABOUT)).build();
    let components = openapi.components.get_or_insert_default();
    let bearer = Http::builder().scheme(HttpAuthScheme::Bearer).description(Some("A management token")).build();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    let cookie = ApiKeyValue::with_description("portcullis_session", "A console session");
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let none: [&str; 0] = [];
    openapi.security = Some(vec![SecurityRequirement::new("token", none), SecurityRequirement::new("session", none)]);
    openapi
}

/// The document as committed: indented, in a stable order, with a line break at the end.
pub fn openapi_json() -> String {
    let mut openapi = operations().into_openapi();
    for (name, schema) in openapi.components.iter_mut().flat_map(|components| &mut components.schemas) {
        if let RefOr::T(Schema::Object(object)) = schema {
            require_what_is_always_there(name, object);
        }
    }
    let schemas = schemas_of(openapi.components.as_ref());
    for (path, item) in &mut openapi.paths.paths {
        for (method, operation) in operations_of(item) {
            add_common(&method, path, operation);
            add_examples(operation, &schemas);
        }
    }
    // What cannot be written is caught by the test that reads the document.
    let mut text = openapi.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Fields of answers that are there only sometimes, by schema.
const SOMETIMES: &[(&str, &str)] = &[
    ("AccessProfileV1", "secret"),
    ("UpstreamAuthShown", "name"),
    ("UpstreamAuthShown", "user"),
    ("UpstreamAuthShown", "token_url"),
    ("UpstreamAuthShown", "client_id"),
    ("UpstreamAuthShown", "scope"),
    ("UpstreamAuthShown", "client_auth"),
];

/// Answers carry all their fields, null ones too. Requests (no other properties allowed) say themselves what they need.
fn require_what_is_always_there(name: &str, object: &mut Object) {
    if object.additional_properties.is_some() {
        return;
    }
    let always = object.properties.keys().filter(|field| !SOMETIMES.contains(&(name, field.as_str())));
    object.required = always.cloned().collect();
}

/// Operations that a question holds for, as method and path.
pub(crate) fn operations_where(openapi: &OpenApi, holds: impl Fn(&Operation) -> bool) -> HashSet<(Method, String)> {
    let mut found = HashSet::new();
    for (path, item) in &openapi.paths.paths {
        for (method, operation) in operations_of(&mut item.clone()) {
            if holds(operation) {
                found.insert((method, path.clone()));
            }
        }
    }
    found
}

/// Whether an operation takes query parameters; all others refuse any.
pub(crate) fn takes_query(operation: &Operation) -> bool {
    operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => matches!(parameter.parameter_in, ParameterIn::Query),
        RefOr::Ref(_) => false,
    })
}

fn operations_of(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, item.get.as_mut()),
        (Method::POST, item.post.as_mut()),
        (Method::PUT, item.put.as_mut()),
        (Method::DELETE, item.delete.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation?)))
}

/// This document
///
/// OpenAPI 3.1, made from the code that answers.
#[utoipa::path(get, path = "/api/openapi.json", tag = "Service", operation_id = "get_openapi",
    responses(
        (status = 200, description = "The document", content_type = "application/json", body = Object,
            example = json!({"openapi": "3.1.0"})),
        ReadErrors,
    ))]
pub(crate) async fn get_openapi() -> Response {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let document = DOCUMENT.get_or_init(openapi_json).as_str();
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], document).into_response()
}

/// Error answers of operations that only read.
pub(crate) struct ReadErrors;

impl IntoResponses for ReadErrors {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        problems(&[
            (400, "A parameter is malformed or unknown"),
            (401, "Not signed in"),
            (403, "The role does not permit it"),
            (404, "Not there, or not to be seen"),
            (503, "The store is not available"),
        ])
    }
}

/// Error answers of lists that know filters which this version does not have.
pub(crate) struct FilterErrors;

impl IntoResponses for FilterErrors {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let mut all = ReadErrors::responses();
        all.extend(problems(&[(422, "A filter is not available in this version")]));
        all
    }
}

/// Error answers of operations that change something.
pub(crate) struct ChangeErrors;

impl IntoResponses for ChangeErrors {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        problems(&[
            (400, "The input breaks rules; every fault at its field"),
            (401, "Not signed in"),
            (403, "The role does not permit it, or a browser sent it for another site"),
            (404, "Not there, or not to be seen"),
            (409, "Clashes with what is there, or is still in use"),
            (413, "The body is too large"),
            (415, "The body has another content type"),
            (422, "Refers to what is not there, or is not possible in this version"),
            (503, "The store is not available, or the gateway has not confirmed the change"),
        ])
    }
}

/// Error answers of signing in.
pub(crate) struct SignInErrors;

impl IntoResponses for SignInErrors {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let mut all = ChangeErrors::responses();
        all.remove("404");
        all.extend(problems(&[(401, "Wrong e-mail address or password"), (429, "Too many attempts")]));
        all
    }
}

/// Error answers of operations that send browsers on.
pub(crate) struct RedirectErrors;

impl IntoResponses for RedirectErrors {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        problems(&[(400, "A parameter is unknown"), (503, "The store is not available")])
    }
}

fn problems(list: &[(u16, &str)]) -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
    list.iter()
        .map(|(status, description)| {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            let response =
                ResponseBuilder::new().description(*description).content("application/problem+json", content).build();
            (status.to_string(), RefOr::T(response))
        })
        .collect()
}
