//! An upstream as sent: an object, or its base URL alone.

use crate::wire::{Faults, Json, NotAvailable, Schemas, Wire, integer, request};
use domain::upstream::{BaseUrl, Upstream, UpstreamTimeouts};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{OneOfBuilder, Schema};

/// Ways to authenticate at an upstream that come with a later version.
const LATER_AUTH: [&str; 4] = ["header", "basic", "query", "oauth2"];

request! {
    /// The HTTP service behind a collection. Replaced whole: what is left out takes its default.
    pub(crate) struct UpstreamInput {
        /// Its base URL: http or https. One in this version.
        urls: Vec<BaseUrl>, required;
        /// How the gateway authenticates there. This version: `{"type": "none"}`.
        auth: Option<NoAuth>;
        /// Waits.
        timeouts_ms: Option<TimeoutsValue>;
        /// Not available in this version: null.
        tls: NotAvailable;
    }
}

request! {
    /// Waits towards an upstream, in milliseconds. What is left out takes its default.
    pub(crate) struct TimeoutsInput {
        /// For a connection; default 3,000.
        connect: ConnectMs;
        /// For the first byte of the answer; default 30,000.
        response: ResponseMs;
        /// Between two parts of a stream; default 60,000.
        idle: IdleMs;
    }
}

request! {
    /// How the gateway authenticates at the upstream.
    pub(crate) struct UpstreamAuth {
        /// This version: `none`.
        r#type: String, required;
    }
}

/// Reads a wait of 1 to `max` milliseconds.
pub(super) fn millis(json: &Json, max: u32, faults: &mut Faults) -> Option<u32> {
    let read = i64::read(json, faults)?;
    let valid = u32::try_from(read).ok().filter(|millis| (1..=max).contains(millis));
    if valid.is_none() {
        faults.bad("", format!("must be 1 to {max}"));
    }
    valid
}

macro_rules! waits {
    ($($(#[doc = $doc:literal])* $name:ident: $max:ident;)+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name(u32);

        impl Wire for $name {
            fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
                millis(json, UpstreamTimeouts::MAX.$max, faults).map(Self)
            }

            fn schema() -> RefOr<Schema> {
                integer(1, UpstreamTimeouts::MAX.$max.into())
            }
        }
    )+};
}

waits! {
    /// Wait for a connection.
    ConnectMs: connect;
    /// Wait for the first byte.
    ResponseMs: response;
    /// Wait between two parts of a stream.
    IdleMs: idle;
}

/// Timeouts read from [`TimeoutsInput`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeoutsValue(UpstreamTimeouts);

impl Wire for TimeoutsValue {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let input = <TimeoutsInput as Wire>::read(json, faults)?;
        let default = UpstreamTimeouts::default();
        Some(Self(UpstreamTimeouts {
            connect: input.connect.value().map_or(default.connect, |wait| wait.0),
            response: input.response.value().map_or(default.response, |wait| wait.0),
            idle: input.idle.value().map_or(default.idle, |wait| wait.0),
        }))
    }

    fn schema() -> RefOr<Schema> {
        <TimeoutsInput as Wire>::schema()
    }

    fn collect(schemas: &mut Schemas) {
        TimeoutsInput::collect(schemas);
    }
}

/// `{"type": "none"}`; the other ways come with a later version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoAuth;

impl Wire for NoAuth {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let members = if let Json::Object(members) = json { members.as_slice() } else { &[] };
        let kind = members.iter().find(|(name, _)| name == "type").map(|(_, value)| value);
        if let Some(Json::Text(kind)) = kind
            && LATER_AUTH.contains(&kind.as_str())
        {
            faults.not_available("");
            return None;
        }
        let input = <UpstreamAuth as Wire>::read(json, faults)?;
        if input.r#type.value()? != "none" {
            faults.bad("type", "must be one of none, header, basic, query, oauth2");
            return None;
        }
        Some(Self)
    }

    fn schema() -> RefOr<Schema> {
        <UpstreamAuth as Wire>::schema()
    }

    fn collect(schemas: &mut Schemas) {
        UpstreamAuth::collect(schemas);
    }
}

/// An upstream read from an [`UpstreamInput`] or from a base URL alone.
#[derive(Debug, Clone)]
pub(crate) struct UpstreamValue(pub(crate) Upstream);

impl Wire for UpstreamValue {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        if let Json::Text(_) | Json::Raw(_) = json {
            let url = BaseUrl::read(json, faults)?;
            return Some(Self(Upstream { url, timeouts_ms: UpstreamTimeouts::default() }));
        }
        let input = <UpstreamInput as Wire>::read(json, faults)?;
        let mut urls = input.urls.value()?;
        if urls.len() > 1 {
            faults.impossible("urls", "more than one is not available in this version");
            return None;
        }
        let Some(url) = urls.pop() else {
            faults.bad("urls", "can't be blank");
            return None;
        };
        let timeouts_ms = input.timeouts_ms.flat().map(|waits| waits.0).unwrap_or_default();
        Some(Self(Upstream { url, timeouts_ms }))
    }

    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new().item(<UpstreamInput as Wire>::schema()).item(BaseUrl::schema()).into()
    }

    fn collect(schemas: &mut Schemas) {
        UpstreamInput::collect(schemas);
    }
}
