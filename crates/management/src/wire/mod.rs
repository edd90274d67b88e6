//! What comes over the wire: strict JSON and query strings, read into values that cannot be wrong.
//!
//! A request is declared once with [`request!`]; parser and OpenAPI schema are made from that one declaration.
//! Reading never stops at the first fault: wrong types, broken rules, repeated and unknown names are all noted in
//! [`Faults`], each at its path. What a field may hold is said by its type, which implements [`Wire`].

mod faults;
mod field;
mod json;
mod request;
mod schema;
mod values;

pub(crate) use faults::Faults;
pub(crate) use field::Field;
pub(crate) use json::Json;
pub(crate) use request::{ObjectReader, Property, Request, into_params, object_schema, request};
pub(crate) use schema::{described, integer, text, words};
pub(crate) use values::{Cursor, NotAvailable, PageNumber, PerPage, SearchText};

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Schemas by name, as utoipa collects them.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

/// A value that can be read from a request, and its schema.
pub(crate) trait Wire: Sized {
    /// Reads the value; notes a fault at the present path and gives `None` if it is not acceptable.
    fn read(json: &Json, faults: &mut Faults) -> Option<Self>;

    /// Its schema, or a reference to it.
    fn schema() -> RefOr<Schema>;

    /// Adds the named schemas that [`Wire::schema`] refers to.
    fn collect(_schemas: &mut Schemas) {}
}
