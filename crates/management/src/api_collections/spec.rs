//! An OpenAPI document as sent: a text in JSON or YAML, or the document itself as JSON object.

use crate::wire::{Faults, Json, Schemas, Wire, request, words};
use domain::endpoint::Endpoint;
use domain::openapi::{Document, Format, Import, ImportError, ImportedEndpoint, MAX_OPERATIONS};
use serde::{Serialize, Serializer};
use std::collections::HashSet;
use store::{FaultKind, NewEndpoint};
use tokio::sync::Semaphore;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};

/// One document is read at a time: a large YAML text takes up to seventy times its size while it is read.
static TURN: Semaphore = Semaphore::const_new(1);

request! {
    /// An OpenAPI 3.0 or 3.1 document.
    pub(crate) struct OpenApiSpec {
        /// The document as text; JSON also as object.
        content: Content, required;
        /// How the text is written: `json` (the default) or `yaml`.
        format: Option<Format>;
        /// The operations to take, as "METHOD /path" (at most 5,000); the document is read as if it had no others.
        /// Default and null: all that can be endpoints.
        only: Option<Vec<String>>;
    }
}

/// A document as sent, of the right outer form.
#[derive(Debug)]
pub(crate) enum Content {
    /// A text.
    Text(String),
    /// An object, written out again as it was sent.
    Object(String),
}

impl Wire for Content {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        match json {
            Json::Text(text) | Json::Raw(text) if text.trim().is_empty() => {
                faults.bad("", "can't be blank");
                None
            }
            Json::Text(text) | Json::Raw(text) => Some(Self::Text(text.clone())),
            Json::Object(_) => {
                let text = serde_json::to_string(&AsSent(json));
                if text.is_err() {
                    faults.bad("", "can't be read");
                }
                text.ok().map(Self::Object)
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::List(_) => {
                faults.bad("", "must be a string or an object");
                None
            }
        }
    }

    fn schema() -> RefOr<Schema> {
        let of = |kind| ObjectBuilder::new().schema_type(SchemaType::Type(kind));
        OneOfBuilder::new().item(of(Type::String)).item(of(Type::Object)).into()
    }
}

/// Writes JSON with repeated names kept, so that they are found and refused.
struct AsSent<'j>(&'j Json);

impl Serialize for AsSent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(number) => number.serialize(serializer),
            Json::Text(text) | Json::Raw(text) => serializer.serialize_str(text),
            Json::List(items) => serializer.collect_seq(items.iter().map(AsSent)),
            Json::Object(members) => serializer.collect_map(members.iter().map(|(name, value)| (name, AsSent(value)))),
        }
    }
}

impl Wire for Format {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let text = String::read(json, faults)?;
        let format = Self::parse(&text);
        if format.is_none() {
            faults.bad("", "must be one of json, yaml");
        }
        format
    }

    fn schema() -> RefOr<Schema> {
        words(Self::ALL.into_iter().map(Self::as_str))
    }
}

/// A document that can be read; made from [`OpenApiSpec`].
#[derive(Debug)]
pub(crate) struct Source {
    text: String,
    format: Format,
    only: Option<Vec<String>>,
}

impl Wire for Source {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let input = <OpenApiSpec as Wire>::read(json, faults)?;
        let format_given = !input.format.is_empty();
        let format = input.format.flat();
        let only = input.only.flat();
        match input.content.value()? {
            Content::Text(text) if format_given => Some(Self { text, format: format?, only }),
            Content::Text(text) => Some(Self { text, format: Format::Json, only }),
            Content::Object(text) => {
                if format == Some(Format::Yaml) {
                    faults.bad("format", "must be json where the content is an object");
                }
                Some(Self { text, format: Format::Json, only })
            }
        }
    }

    fn schema() -> RefOr<Schema> {
        <OpenApiSpec as Wire>::schema()
    }

    fn collect(schemas: &mut Schemas) {
        OpenApiSpec::collect(schemas);
    }
}

impl Source {
    /// Reads the document, away from the threads that answer; what is wrong with it is noted at its content.
    pub(crate) async fn import(mut self, faults: &mut Faults) -> Option<Import> {
        let _turn = TURN.acquire().await;
        let only = self.only.take();
        let read = tokio::task::spawn_blocking(move || self.read_document()).await;
        let fault = match read {
            Ok(Ok(import)) => return Some(choose(import, only.as_deref(), faults)),
            Ok(Err(fault)) => fault,
            // A document that makes the reader panic is one that cannot be read.
            Err(_) => (FaultKind::Bad, "can't be read".to_owned()),
        };
        faults.within("openapi_spec", |faults| faults.add("content", fault.0, fault.1));
        None
    }

    fn read_document(&self) -> Result<Import, (FaultKind, String)> {
        let document = Document::parse(&self.text, self.format).map_err(|error| (FaultKind::Bad, error.to_string()))?;
        Import::read(&document).map_err(|error| match error {
            ImportError::NothingUsable(_) => (FaultKind::Missing, error.to_string()),
            ImportError::NotOpenApi
            | ImportError::Swagger
            | ImportError::OtherVersion(_)
            | ImportError::TooManyOperations => (FaultKind::Bad, error.to_string()),
        })
    }
}

/// Leaves of the operations those that were asked for; notes what is asked for and not there.
fn choose(mut import: Import, only: Option<&[String]>, faults: &mut Faults) -> Import {
    let Some(only) = only else { return import };
    let known: HashSet<_> = import.endpoints.iter().map(imported_label).collect();
    faults.within("openapi_spec", |faults| {
        if only.is_empty() {
            faults.bad("only", "names no operation");
        }
        if only.len() > MAX_OPERATIONS {
            return faults.bad("only", format!("has more than {MAX_OPERATIONS} entries"));
        }
        for (at, _) in only.iter().enumerate().filter(|(_, wanted)| !known.contains(*wanted)) {
            faults.impossible(&format!("only[{at}]"), "is no operation of the document that can be an endpoint");
        }
    });
    let wanted: HashSet<_> = only.iter().collect();
    import.endpoints.retain(|endpoint| wanted.contains(&imported_label(endpoint)));
    import.failed.clear();
    import
}

/// Imported endpoints as the store takes them: inactive.
pub(super) fn new_endpoints(imported: Vec<ImportedEndpoint>) -> Vec<NewEndpoint> {
    let new = |endpoint: ImportedEndpoint| NewEndpoint {
        name: endpoint.name,
        method: endpoint.method,
        path: endpoint.path,
        description: endpoint.description,
        upstream_path: None,
        active: false,
    };
    imported.into_iter().map(new).collect()
}

/// An operation as an import names it.
pub(super) fn imported_label(endpoint: &ImportedEndpoint) -> String {
    format!("{} /{}", endpoint.method.as_str(), endpoint.path)
}

/// An endpoint as an import names it.
pub(super) fn label(endpoint: &Endpoint) -> String {
    format!("{} /{}", endpoint.method.as_str(), endpoint.path)
}
