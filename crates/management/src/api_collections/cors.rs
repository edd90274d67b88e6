//! Cross-origin rules as sent.

use crate::wire::{Faults, Field, Json, Schemas, Wire, integer, request};
use domain::cors::{Cors, HeaderName, Origin};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

request! {
    /// Which web pages of other origins may call.
    pub(crate) struct CorsInput {
        /// Origins as browsers send them, one or more, or `*` alone for any: 1 to 50.
        origins: Vec<Origin>, required;
        /// Request headers besides the always allowed ones (api-token, authorization, content-type): at most 50.
        headers: Option<Vec<HeaderName>>;
        /// Answer headers that pages may read besides the always readable ones: at most 50.
        expose: Option<Vec<HeaderName>>;
        /// How long a browser may keep the answer to a preflight: 0 to 86,400 seconds, default 600.
        max_age_seconds: Option<MaxAge>;
    }
}

/// Cross-origin rules.
#[derive(Debug, Clone)]
pub(crate) struct CorsValue(pub(crate) Cors);

impl Wire for CorsValue {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let input = <CorsInput as Wire>::read(json, faults)?;
        let any_with_others = |origins: &Vec<Origin>| origins.len() > 1 && origins.contains(&Origin::Any);
        if let Field::Given(origins) = &input.origins {
            match origins {
                none if none.is_empty() => faults.bad("origins", "can't be blank"),
                many if many.len() > Cors::MAX_ENTRIES => faults.bad("origins", "has too many entries (maximum is 50)"),
                mixed if any_with_others(mixed) => faults.bad("origins", "* must stand alone"),
                _ => {}
            }
        }
        for (name, list) in [("headers", &input.headers), ("expose", &input.expose)] {
            if let Field::Given(Some(list)) = list
                && list.len() > Cors::MAX_ENTRIES
            {
                faults.bad(name, "has too many entries (maximum is 50)");
            }
        }
        Some(Self(Cors {
            origins: input.origins.value()?,
            headers: input.headers.flat().unwrap_or_default(),
            expose: input.expose.flat().unwrap_or_default(),
            max_age_seconds: input.max_age_seconds.flat().map_or(Cors::DEFAULT_MAX_AGE_SECONDS, |age| age.0),
        }))
    }

    fn schema() -> RefOr<Schema> {
        <CorsInput as Wire>::schema()
    }

    fn collect(schemas: &mut Schemas) {
        CorsInput::collect(schemas);
    }
}

/// Seconds that a preflight's answer is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MaxAge(u32);

impl Wire for MaxAge {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let seconds = i64::read(json, faults)?;
        let age = u32::try_from(seconds).ok().filter(|seconds| *seconds <= Cors::MAX_AGE_SECONDS);
        if age.is_none() {
            faults.bad("", "must be 0 to 86400 seconds");
        }
        age.map(Self)
    }

    fn schema() -> RefOr<Schema> {
        integer(0, Cors::MAX_AGE_SECONDS.into())
    }
}
