//! What groups of operations have in common: roles, conditions of changes, headers of answers.

use crate::auth::{Needs, needs};
use crate::versions::{is_versioned, makes_versioned, names_versioned};
use axum::http::Method;
use serde_json::{Value, json};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, Header, RefOr, Required};

/// The extension that names the least role which may call an operation.
const ROLE: &str = "x-required-role";

/// Adds to an operation what follows from its method, its path and who may call it.
pub(super) fn add_common(method: &Method, path: &str, operation: &mut Operation) {
    match needs(method, path) {
        Some(Needs::Open) => operation.security = Some(vec![SecurityRequirement::default()]),
        Some(Needs::Role(role)) => {
            let extensions = operation.extensions.get_or_insert_with(Extensions::default);
            extensions.insert(ROLE.to_owned(), Value::from(role.as_str()));
            add_conditions(method, path, operation);
        }
        // A route that nobody may call: a test finds it.
        None => {}
    }
    add_headers(method, path, operation);
}

/// `*`, or entity tags as we give them, one or more.
const IF_MATCH: &str = r#"^(\*|(W/)?"[0-9A-Za-z]*"(, ?(W/)?"[0-9A-Za-z]*")*)$"#;

fn add_conditions(method: &Method, path: &str, operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    let changes = *method == Method::PUT || *method == Method::DELETE || *method == Method::POST;
    if changes && names_versioned(path) {
        let about = "Only while the object has one of these ETags, else 409. `*`: any";
        let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some(IF_MATCH));
        parameters.push(RefOr::T(header_parameter("If-Match", about, schema, "\"41\"")));
    }
    if *method == Method::POST {
        let about = "The same request sent again within 24 hours under the same key is not carried out again: it gets the \
                     first answer, secrets masked, with `Idempotency-Replayed: true`. Another request under it: 409";
        let example = "3f1c6a52-7d3c-4b7a-9d2b-5f0c7e1a2b3c";
        let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
        parameters.push(RefOr::T(header_parameter("Idempotency-Key", about, schema, example)));
    }
}

fn header_parameter(name: &str, about: &str, schema: ObjectBuilder, example: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .description(Some(about))
        .required(Required::False)
        .schema(Some(schema))
        .example(Some(json!(example)))
        .build()
}

fn add_headers(method: &Method, path: &str, operation: &mut Operation) {
    let Some(RefOr::T(answer)) = operation.responses.responses.get_mut("200") else { return };
    let lists = answer.content.values().any(is_list);
    let mut add = |name: &str, header: Header| answer.headers.insert(name.to_owned(), RefOr::T(header));
    if lists {
        add("X-Total-Count", header(Type::Integer, "Rows on all pages", json!(1)));
    }
    let reads = *method == Method::GET;
    if (is_versioned(path) && (reads || *method == Method::PUT)) || (*method == Method::POST && makes_versioned(path)) {
        add("ETag", header(Type::String, "The revision that last changed the object, for `If-Match`", json!("\"41\"")));
    }
    if *method == Method::POST {
        let about =
            "Whether this is the answer to an earlier request under the same Idempotency-Key; absent: it is not";
        add("Idempotency-Replayed", header(Type::String, about, json!("true")));
    }
    if !reads {
        let about = "The revision that the change made; absent where nothing was changed";
        add("Portcullis-Revision", header(Type::Integer, about, json!(42)));
    }
}

fn is_list(content: &RefOr<Content>) -> bool {
    match content {
        RefOr::T(content) => matches!(content.schema, Some(RefOr::T(Schema::Array(_)))),
        RefOr::Ref(_) => false,
    }
}

fn header(kind: Type, about: &str, example: Value) -> Header {
    let schema = ObjectBuilder::new().schema_type(kind);
    HeaderBuilder::new().schema(Some(schema)).description(Some(about)).example(Some(example)).build()
}
