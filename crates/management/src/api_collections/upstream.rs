//! An upstream as sent: an object, or its base URL alone.

use super::upstream_auth::AuthValue;
use crate::wire::{Faults, Json, Schemas, Wire, integer, request};
use domain::upstream::{
    BaseUrl, CaCertificates, HealthCheck, HealthPath, ServerName, Upstream, UpstreamHttp, UpstreamTimeouts,
    UpstreamTls, UpstreamUrls,
};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{OneOfBuilder, Schema};

request! {
    /// The HTTP service behind a collection. Replaced whole: what is left out takes its default; only the secret of
    /// `auth` may stay.
    pub(crate) struct UpstreamInput {
        /// Its base URLs: http or https, 1 to 16, each once. Calls go to the one with the fewest requests under way.
        urls: Vec<BaseUrl>, required;
        /// How the gateway authenticates there; default and null: not at all.
        auth: Option<AuthValue>;
        /// Waits.
        timeouts_ms: Option<TimeoutsValue>;
        /// TLS towards https URLs. Certificates are always verified.
        tls: Option<TlsValue>;
        /// The version of HTTP: http1 (default) or http2.
        http: Option<UpstreamHttp>;
        /// Active checks of its addresses; default and null: none.
        health_check: Option<HealthCheckValue>;
        /// Most calls under way to it at once, on one node; default and null: no bound of its own.
        max_in_flight: Option<MaxInFlight>;
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
    /// TLS towards an upstream.
    pub(crate) struct TlsInput {
        /// The only authorities that are trusted, as PEM, at most 256 KiB and 50 certificates; null: the system's.
        ca: Option<CaCertificates>;
        /// The name that the certificate must be for; null: the URL's host.
        server_name: Option<ServerName>;
    }
}

request! {
    /// A request that is sent to each address now and then; 200 to 399 is a good answer.
    pub(crate) struct HealthCheckInput {
        /// What is asked for, at the root of the host: a path, with a query if need be.
        path: HealthPath, required;
        /// Between two checks of one address; default 10,000.
        interval_ms: Option<IntervalMs>;
        /// For the head of the answer, connecting included; default 2,000.
        timeout_ms: Option<CheckTimeoutMs>;
        /// Bad answers in a row after which an address gets no calls; default 3.
        unhealthy_after: Option<InARow>;
        /// Good answers in a row after which it gets calls again; default 2.
        healthy_after: Option<InARow>;
    }
}

/// Reads a whole number of `min` to `max`.
fn bounded<N: TryFrom<i64>>(json: &Json, min: i64, max: i64, faults: &mut Faults) -> Option<N> {
    let read = i64::read(json, faults)?;
    let valid = if (min..=max).contains(&read) { N::try_from(read).ok() } else { None };
    if valid.is_none() {
        faults.bad("", format!("must be {min} to {max}"));
    }
    valid
}

/// Reads a wait of 1 to `max` milliseconds.
pub(super) fn millis(json: &Json, max: u32, faults: &mut Faults) -> Option<u32> {
    bounded(json, 1, max.into(), faults)
}

macro_rules! numbers {
    ($($(#[doc = $doc:literal])* $name:ident: $type:ty, $min:expr, $max:expr;)+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name($type);

        impl Wire for $name {
            fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
                bounded(json, i64::from($min), i64::from($max), faults).map(Self)
            }

            fn schema() -> RefOr<Schema> {
                integer(i64::from($min), i64::from($max))
            }
        }
    )+};
}

numbers! {
    /// Wait for a connection.
    ConnectMs: u32, 1, UpstreamTimeouts::MAX.connect;
    /// Wait for the first byte.
    ResponseMs: u32, 1, UpstreamTimeouts::MAX.response;
    /// Wait between two parts of a stream.
    IdleMs: u32, 1, UpstreamTimeouts::MAX.idle;
    /// Calls at once.
    MaxInFlight: u32, 1, Upstream::MAX_IN_FLIGHT;
    /// Time between two checks.
    IntervalMs: u32, HealthCheck::INTERVAL_MS.0, HealthCheck::INTERVAL_MS.1;
    /// Wait for the answer to a check.
    CheckTimeoutMs: u32, HealthCheck::TIMEOUT_MS.0, HealthCheck::TIMEOUT_MS.1;
    /// Answers in a row.
    InARow: u8, 1, HealthCheck::MAX_IN_A_ROW;
}

/// Declares a value that is read from a request of its own: `Value(Domain) from Input, |input| ...`.
macro_rules! values {
    ($($(#[doc = $doc:literal])* $name:ident($type:ty) from $input:ident, $make:expr;)+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone)]
        pub(crate) struct $name($type);

        impl Wire for $name {
            fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
                let make: fn($input) -> Option<$type> = $make;
                make(<$input as Wire>::read(json, faults)?).map(Self)
            }

            fn schema() -> RefOr<Schema> {
                <$input as Wire>::schema()
            }

            fn collect(schemas: &mut Schemas) {
                $input::collect(schemas);
            }
        }
    )+};
}

values! {
    /// Timeouts.
    TimeoutsValue(UpstreamTimeouts) from TimeoutsInput, |input| {
        let default = UpstreamTimeouts::default();
        Some(UpstreamTimeouts {
            connect: input.connect.value().map_or(default.connect, |wait| wait.0),
            response: input.response.value().map_or(default.response, |wait| wait.0),
            idle: input.idle.value().map_or(default.idle, |wait| wait.0),
        })
    };
    /// TLS.
    TlsValue(UpstreamTls) from TlsInput, |input| {
        Some(UpstreamTls { ca: input.ca.flat(), server_name: input.server_name.flat() })
    };
    /// Active checks.
    HealthCheckValue(HealthCheck) from HealthCheckInput, |input| {
        let default = HealthCheck::of(input.path.value()?);
        Some(HealthCheck {
            interval_ms: input.interval_ms.flat().map_or(default.interval_ms, |wait| wait.0),
            timeout_ms: input.timeout_ms.flat().map_or(default.timeout_ms, |wait| wait.0),
            unhealthy_after: input.unhealthy_after.flat().map_or(default.unhealthy_after, |count| count.0),
            healthy_after: input.healthy_after.flat().map_or(default.healthy_after, |count| count.0),
            ..default
        })
    };
}

/// An upstream read from an [`UpstreamInput`] or from a base URL alone.
#[derive(Debug, Clone)]
pub(crate) struct UpstreamValue(pub(crate) Upstream);

impl Wire for UpstreamValue {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        if let Json::Text(_) | Json::Raw(_) = json {
            return BaseUrl::read(json, faults).map(|url| Self(Upstream::at(url)));
        }
        let input = <UpstreamInput as Wire>::read(json, faults)?;
        let urls = match UpstreamUrls::new(input.urls.value()?) {
            Ok(urls) => urls,
            Err(fault) => {
                faults.bad("urls", fault);
                return None;
            }
        };
        Some(Self(Upstream {
            urls,
            timeouts_ms: input.timeouts_ms.flat().map(|waits| waits.0).unwrap_or_default(),
            tls: input.tls.flat().map(|tls| tls.0).unwrap_or_default(),
            http: input.http.flat().unwrap_or_default(),
            health_check: input.health_check.flat().map(|check| check.0),
            max_in_flight: input.max_in_flight.flat().map(|most| most.0),
            auth: input.auth.flat().map(|auth| auth.0).unwrap_or_default(),
        }))
    }

    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new().item(<UpstreamInput as Wire>::schema()).item(BaseUrl::schema()).into()
    }

    fn collect(schemas: &mut Schemas) {
        UpstreamInput::collect(schemas);
    }
}
