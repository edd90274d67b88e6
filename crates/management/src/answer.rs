//! Answers: envelopes, times, and the headers that go with them.

use axum::Json;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use domain::Revision;
use domain::time::Timestamp;
use serde::{Serialize, Serializer};
use store::{Page, PageQuery};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// Header that names the revision a change made.
pub(crate) const PORTCULLIS_REVISION: &str = "portcullis-revision";
/// Header that names how many rows a bare list has on all pages.
pub(crate) const X_TOTAL_COUNT: &str = "x-total-count";

/// The answer to a change that the local gateway workers use already.
pub(crate) struct Changed<T> {
    /// The revision it made.
    pub(crate) revision: Revision,
    /// The body.
    pub(crate) body: T,
}

impl<T: IntoResponse> IntoResponse for Changed<T> {
    fn into_response(self) -> Response {
        let mut response = self.body.into_response();
        response.headers_mut().insert(PORTCULLIS_REVISION, HeaderValue::from(self.revision.0));
        response
    }
}

/// One object: `{"data": {...}}`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Data<T> {
    /// The object.
    pub(crate) data: T,
}

impl<T: Serialize> IntoResponse for Data<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// A page of a list: `{"data": [...], "count", "page", "per_page"}`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListOf<T> {
    /// The rows of this page.
    pub(crate) data: Vec<T>,
    /// How many rows there are on all pages.
    #[schema(example = 1)]
    pub(crate) count: i64,
    /// This page, from 1.
    #[schema(example = 1)]
    pub(crate) page: u32,
    /// Rows of a page.
    #[schema(example = 100)]
    pub(crate) per_page: u32,
}

impl<T> ListOf<T> {
    /// The answer for this page.
    pub(crate) fn new<R>(query: &PageQuery, page: Page<R>, row: impl FnMut(R) -> T) -> Self {
        Self {
            data: page.items.into_iter().map(row).collect(),
            count: page.total,
            page: query.page,
            per_page: query.per_page,
        }
    }
}

impl<T: Serialize> IntoResponse for ListOf<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// A page of a list as bare array, its total in `X-Total-Count`.
pub(crate) struct BareList<T> {
    rows: Vec<T>,
    total: i64,
}

impl<T> BareList<T> {
    /// The answer for this page.
    pub(crate) fn new<R>(page: Page<R>, row: impl FnMut(R) -> T) -> Self {
        Self { rows: page.items.into_iter().map(row).collect(), total: page.total }
    }
}

impl<T: Serialize> IntoResponse for BareList<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.rows).into_response();
        response.headers_mut().insert(X_TOTAL_COUNT, HeaderValue::from(self.total));
        response
    }
}

/// `{"success": true}`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Success {
    /// Always true.
    #[schema(example = true)]
    pub(crate) success: bool,
}

impl Success {
    /// The one value.
    pub(crate) const DONE: Self = Self { success: true };
}

impl IntoResponse for Success {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// A time as shown: ISO 8601 UTC with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Timestamp);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = jiff::Timestamp::from_microsecond(self.0.0).map_err(serde::ser::Error::custom)?;
        serializer.collect_str(&at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("ISO 8601, UTC, milliseconds"))
            .examples([serde_json::json!("2026-11-24T06:00:00.000Z")])
            .into()
    }
}

impl ToSchema for Time {
    fn name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_iso_8601_with_milliseconds() {
        let text = serde_json::to_string(&Time(Timestamp(1_764_000_000_123_456))).unwrap();
        assert_eq!(text, "\"2025-11-24T16:00:00.123Z\"");
        assert_eq!(serde_json::to_string(&Time(Timestamp(0))).unwrap(), "\"1970-01-01T00:00:00.000Z\"");
    }
}
