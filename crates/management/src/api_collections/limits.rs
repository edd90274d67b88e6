//! Bounds of one call, as sent.

use crate::wire::{Faults, Json, Schemas, Wire, integer, request};
use domain::api_collection::CollectionLimits;
use domain::upstream::UpstreamTimeouts;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Largest number that JSON carries exactly everywhere.
const MAX_BODY_BYTES: i64 = (1 << 53) - 1;

/// Bytes of a request body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyBytes(u64);

impl Wire for BodyBytes {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let bytes = i64::read(json, faults)?;
        match u64::try_from(bytes) {
            Ok(valid) if bytes <= MAX_BODY_BYTES => Some(Self(valid)),
            Ok(_) | Err(_) => {
                faults.bad("", format!("must be 0 to {MAX_BODY_BYTES}"));
                None
            }
        }
    }

    fn schema() -> RefOr<Schema> {
        integer(0, MAX_BODY_BYTES)
    }
}

/// Milliseconds that an answer may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResponseMs(u32);

impl Wire for ResponseMs {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        super::upstream::millis(json, UpstreamTimeouts::MAX.response, faults).map(Self)
    }

    fn schema() -> RefOr<Schema> {
        integer(1, UpstreamTimeouts::MAX.response.into())
    }
}

request! {
    /// Bounds of one call. What is left out takes its default.
    pub(crate) struct LimitsInput {
        /// Largest request body in bytes; default 5 MiB, null: unlimited.
        body_bytes: Option<BodyBytes>;
        /// Longest time to the head of the answer, in milliseconds; default and null: the upstream's own alone.
        response_ms: Option<ResponseMs>;
    }
}

/// Limits read from [`LimitsInput`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct LimitsValue(pub(crate) CollectionLimits);

impl Wire for LimitsValue {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let input = <LimitsInput as Wire>::read(json, faults)?;
        let default = CollectionLimits::default();
        Some(Self(CollectionLimits {
            body_bytes: input.body_bytes.value().map_or(default.body_bytes, |bytes| bytes.map(|bytes| bytes.0)),
            response_ms: input.response_ms.flat().map(|millis| millis.0),
        }))
    }

    fn schema() -> RefOr<Schema> {
        <LimitsInput as Wire>::schema()
    }

    fn collect(schemas: &mut Schemas) {
        LimitsInput::collect(schemas);
    }
}
