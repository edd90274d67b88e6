//! How values stand in a document.

use crate::access_policy::{OnStoreFailure, RateLimit, UsageQuota};
use crate::certificate::Authorities;
use crate::endpoint::UpstreamPath;
use crate::method::EndpointMethod;
use crate::text::Slug;
use crate::time::Timestamp;
use crate::upstream::{HealthCheck, Upstream, UpstreamAuth, UpstreamHttp, UpstreamTimeouts, UpstreamTls, UpstreamUrls};
use crate::webhook::{WebhookEvent, WebhookUrl};
use jiff::civil::Date;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
pub(super) fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
pub(super) fn is_default_fail_mode(mode: &OnStoreFailure) -> bool {
    *mode == OnStoreFailure::default()
}

fn limit<S: Serializer>(serializer: S, limit: u32, interval: &str) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_struct("Limit", 2)?;
    object.serialize_field("limit", &limit)?;
    object.serialize_field("interval", interval)?;
    object.end()
}

#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
pub(super) fn rate<S: Serializer>(rate: &Option<RateLimit>, serializer: S) -> Result<S::Ok, S::Error> {
    match rate {
        Some(rate) => limit(serializer, rate.limit(), rate.interval().as_str()),
        None => serializer.serialize_none(),
    }
}

#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
pub(super) fn quota<S: Serializer>(quota: &Option<UsageQuota>, serializer: S) -> Result<S::Ok, S::Error> {
    match quota {
        Some(quota) => limit(serializer, quota.limit(), quota.interval().as_str()),
        None => serializer.serialize_none(),
    }
}

pub(super) fn pem<S: Serializer>(authorities: &Authorities, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&authorities.to_pem())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
pub(super) fn method<S: Serializer>(method: &EndpointMethod, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.as_str())
}

#[expect(clippy::ref_option, reason = "serde hands over references")]
pub(super) fn upstream_path<S: Serializer>(path: &Option<UpstreamPath>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(UpstreamPath::as_str).serialize(serializer)
}

/// ISO 8601, to the microsecond where there is one.
#[expect(clippy::ref_option, reason = "serde hands over references")]
pub(super) fn moment<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    let moment = |at: &Timestamp| jiff::Timestamp::from_microsecond(at.0).unwrap_or_default().to_string();
    at.as_ref().map(moment).serialize(serializer)
}

#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
pub(super) fn day<S: Serializer>(day: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
    day.map(|day| day.to_string()).serialize(serializer)
}

pub(super) fn webhook_url<S: Serializer>(url: &WebhookUrl, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(url.as_str())
}

pub(super) fn webhook_events<S: Serializer>(events: &[WebhookEvent], serializer: S) -> Result<S::Ok, S::Error> {
    let mut texts: Vec<_> = events.iter().map(|event| event.as_str()).collect();
    texts.sort_unstable();
    texts.dedup();
    texts.serialize(serializer)
}

pub(super) fn sorted<S: Serializer>(paths: &[Slug], serializer: S) -> Result<S::Ok, S::Error> {
    let mut texts: Vec<_> = paths.iter().map(Slug::as_str).collect();
    texts.sort_unstable();
    texts.dedup();
    texts.serialize(serializer)
}

/// An upstream without what is as by default.
pub(super) fn upstream<S: Serializer>(upstream: &Upstream, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Written<'a> {
        urls: &'a UpstreamUrls,
        #[serde(skip_serializing_if = "Option::is_none")]
        auth: Option<&'a UpstreamAuth>,
        #[serde(skip_serializing_if = "Option::is_none")]
        timeouts_ms: Option<&'a UpstreamTimeouts>,
        #[serde(skip_serializing_if = "Option::is_none")]
        tls: Option<&'a UpstreamTls>,
        #[serde(skip_serializing_if = "Option::is_none")]
        http: Option<UpstreamHttp>,
        #[serde(skip_serializing_if = "Option::is_none")]
        health_check: Option<&'a HealthCheck>,
        #[serde(skip_serializing_if = "Option::is_none")]
        max_in_flight: Option<u32>,
    }
    let Upstream { urls, timeouts_ms, tls, http, health_check, max_in_flight, auth } = upstream;
    Written {
        urls,
        auth: (auth.way.secret_field().is_some()).then_some(auth),
        timeouts_ms: (*timeouts_ms != UpstreamTimeouts::default()).then_some(timeouts_ms),
        tls: (*tls != UpstreamTls::default()).then_some(tls),
        http: (*http != UpstreamHttp::default()).then_some(*http),
        health_check: health_check.as_ref(),
        max_in_flight: *max_in_flight,
    }
    .serialize(serializer)
}
