//! Explanations as shown. The values never hold a credential.

use super::parties::Parties;
use super::{Described, Recorded};
use crate::answer::Time;
use crate::error::ApiError;
use crate::state::ManagementState;
use domain::decide::{Explanation, ExplanationRow, RowOutcome};
use domain::denial::Denial;
use domain::limits::{LimitKind, LimitReading};
use domain::{ClientId, CollectionId, EndpointId, ProfileId};
use serde::Serialize;
use store::{FaultKind, StoreError};
use utoipa::ToSchema;

/// What would become of a request now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
pub(crate) struct ExplanationView {
    /// `admitted` or `refused`.
    #[schema(example = "refused")]
    outcome: &'static str,
    /// The status that the caller would see; null if it would be forwarded.
    #[schema(example = 403)]
    status: Option<u16>,
    /// The true reason.
    #[schema(example = "ip_not_allowed")]
    reason: Option<&'static str>,
    /// The number of the check that would stop it.
    #[schema(example = 6)]
    check: Option<u8>,
    /// Seconds until one such call would be admitted, where a limit is used up.
    retry_after_seconds: Option<u64>,
    /// Revision of the directory that it was run on.
    #[schema(example = 42)]
    revision: i64,
    /// Whose request it is.
    client: Option<Subject>,
    /// Whose request it is.
    profile: Option<Subject>,
    /// Where the path leads.
    collection: Option<Subject>,
    /// The endpoint that was chosen.
    endpoint: Option<Subject>,
    /// Every check in order.
    checks: Vec<CheckView>,
}

/// Something that a request has to do with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedObject)]
pub(crate) struct Subject {
    /// Its id.
    id: i64,
    /// Its name; null if it is gone.
    name: Option<String>,
}

/// One check.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedCheck)]
pub(crate) struct CheckView {
    /// Its place in the documented order.
    #[schema(example = 6)]
    number: u8,
    /// Its name.
    #[schema(value_type = String, example = "source_address")]
    check: domain::denial::Check,
    /// `passed`, `stopped` or `not_reached`.
    #[schema(example = "stopped")]
    outcome: &'static str,
    /// Where it stopped the request: the reason.
    #[schema(example = "ip_not_allowed")]
    reason: Option<&'static str>,
    /// Where it stopped the request: the reason in words.
    explanation: Option<&'static str>,
    /// What it compared.
    values: Vec<ValueView>,
    /// Where it stopped the request: what to change.
    what_to_change: Option<&'static str>,
}

/// A value that a check compared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedValue)]
pub(crate) struct ValueView {
    /// What it is.
    #[schema(example = "source")]
    name: &'static str,
    /// The value.
    #[schema(example = "203.0.113.7")]
    value: String,
}

/// A recent request: what was recorded, and what would become of it now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordedExplanation {
    /// What was recorded.
    recorded: RecordedView,
    /// What would become of it now; null where it cannot be run again.
    now: Option<ExplanationView>,
}

/// What was recorded of a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordedRequest)]
pub(crate) struct RecordedView {
    /// Its id.
    request_id: String,
    /// The id that a trusted proxy gave it.
    external_request_id: Option<String>,
    /// When it came.
    received_at: Time,
    /// Milliseconds until the head of its answer.
    latency_ms: f64,
    /// Its method.
    method: Option<String>,
    /// Its path, without the query.
    path: String,
    /// Where it came from.
    source: String,
    /// Whose it was.
    client: Option<Subject>,
    /// Whose it was.
    profile: Option<Subject>,
    /// Where its path led.
    collection: Option<Subject>,
    /// The endpoint that was chosen.
    endpoint: Option<Subject>,
    /// What the caller saw.
    status: u16,
    /// The check that stopped it.
    check: Option<u8>,
    /// The true reason; null if it was forwarded and answered.
    reason: Option<&'static str>,
    /// The reason in words.
    explanation: Option<&'static str>,
    /// What to change.
    what_to_change: Option<&'static str>,
    /// The directory that it was judged by.
    revision: i64,
    /// What was left of each limit.
    limits: Vec<LimitView>,
}

/// What was left of a limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordedLimit)]
pub(crate) struct LimitView {
    /// `rate`, `quota`, `client-rate` or `client-quota`.
    name: &'static str,
    /// Calls per window or period.
    limit: u32,
    /// Calls that were left.
    remaining: u32,
}

const NO_RECENT_REQUEST: ApiError = ApiError::NotFound { what: "a recent request with this id" };

/// Explains a described request.
pub(crate) async fn of_described(state: &ManagementState, described: Described) -> Result<ExplanationView, ApiError> {
    let outcome = state.parts.explanations.explain(described).await;
    let explanation = outcome.map_err(|fault| ApiError::fault(fault.field, FaultKind::Bad, fault.message))?;
    Parties::of_explanation(&explanation).require_seen(state).await?;
    show(state, explanation).await
}

/// Explains a recent request.
pub(crate) async fn of_recorded(state: &ManagementState, request_id: String) -> Result<RecordedExplanation, ApiError> {
    let found = state.parts.explanations.recorded(request_id).await;
    let (recorded, now) = found.ok_or(NO_RECENT_REQUEST)?;
    let parties = Parties { client: recorded.client, profile: recorded.profile, collection: recorded.collection };
    parties.require_seen(state).await?;
    if parties.is_nobodys() && !state.store().scope().is_all() {
        return Err(NO_RECENT_REQUEST);
    }
    if let Some(now) = &now {
        Parties::of_explanation(now).require_seen(state).await?;
    }
    let now = match now {
        Some(explanation) => Some(show(state, explanation).await?),
        None => None,
    };
    Ok(RecordedExplanation { recorded: show_recorded(state, recorded).await?, now })
}

async fn show(state: &ManagementState, explanation: Explanation) -> Result<ExplanationView, ApiError> {
    let Explanation { revision, denial, profile, client, collection, endpoint, wait_nanos, rows } = explanation;
    Ok(ExplanationView {
        outcome: if denial.is_some() { "refused" } else { "admitted" },
        status: denial.map(Denial::status),
        reason: denial.map(Denial::code),
        check: denial.map(|denial| denial.check().number()),
        retry_after_seconds: wait_nanos.map(|nanos| nanos.div_ceil(1_000_000_000)),
        revision: revision.0,
        client: client_of(state, client).await?,
        profile: profile_of(state, profile).await?,
        collection: collection_of(state, collection).await?,
        endpoint: endpoint_of(state, endpoint).await?,
        checks: rows.into_iter().map(|row| CheckView::new(row, denial)).collect(),
    })
}

impl CheckView {
    fn new(row: ExplanationRow, denial: Option<Denial>) -> Self {
        let denial = denial.filter(|_| row.outcome == RowOutcome::Stopped);
        Self {
            number: row.check.number(),
            check: row.check,
            outcome: row.outcome.as_str(),
            reason: denial.map(Denial::code),
            explanation: denial.map(Denial::log_text),
            values: row.values.into_iter().map(|value| ValueView { name: value.name, value: value.value }).collect(),
            what_to_change: denial.map(Denial::help),
        }
    }
}

async fn show_recorded(state: &ManagementState, recorded: Recorded) -> Result<RecordedView, ApiError> {
    let Recorded { denial, .. } = recorded;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds for people")]
    let latency_ms = recorded.latency_micros as f64 / 1000.0;
    Ok(RecordedView {
        request_id: recorded.request_id,
        external_request_id: recorded.external_request_id,
        received_at: recorded.received_at.into(),
        latency_ms,
        method: recorded.method,
        path: recorded.path,
        source: recorded.source.to_string(),
        client: client_of(state, recorded.client).await?,
        profile: profile_of(state, recorded.profile).await?,
        collection: collection_of(state, recorded.collection).await?,
        endpoint: endpoint_of(state, recorded.endpoint).await?,
        status: recorded.status,
        check: denial.map(|denial| denial.check().number()),
        reason: denial.map(Denial::code),
        explanation: denial.map(Denial::log_text),
        what_to_change: denial.map(Denial::help),
        revision: recorded.revision.0,
        limits: recorded.limits.iter().map(LimitView::new).collect(),
    })
}

impl LimitView {
    fn new(reading: &LimitReading) -> Self {
        let name = match reading.kind {
            LimitKind::Rate => "rate",
            LimitKind::ClientRate => "client-rate",
            LimitKind::Quota => "quota",
            LimitKind::ClientQuota => "client-quota",
        };
        Self { name, limit: reading.limit, remaining: reading.remaining }
    }
}

async fn client_of(state: &ManagementState, id: Option<ClientId>) -> Result<Option<Subject>, ApiError> {
    let Some(id) = id else { return Ok(None) };
    named(id.0, state.store().get_client(id).await, |row| row.client.name.to_string())
}

async fn profile_of(state: &ManagementState, id: Option<ProfileId>) -> Result<Option<Subject>, ApiError> {
    let Some(id) = id else { return Ok(None) };
    named(id.0, state.store().get_profile(id).await, |row| row.profile.name.to_string())
}

async fn collection_of(state: &ManagementState, id: Option<CollectionId>) -> Result<Option<Subject>, ApiError> {
    let Some(id) = id else { return Ok(None) };
    named(id.0, state.store().get_collection(id).await, |row| row.collection.name.to_string())
}

async fn endpoint_of(state: &ManagementState, id: Option<EndpointId>) -> Result<Option<Subject>, ApiError> {
    let Some(id) = id else { return Ok(None) };
    named(id.0, state.store().get_endpoint(id).await, |row| row.endpoint.name.to_string())
}

/// What is gone meanwhile has no name.
fn named<R>(
    id: i64,
    found: Result<R, StoreError>,
    name: impl FnOnce(R) -> String,
) -> Result<Option<Subject>, ApiError> {
    match found {
        Ok(row) => Ok(Some(Subject { id, name: Some(name(row)) })),
        Err(StoreError::NotFound { .. }) => Ok(Some(Subject { id, name: None })),
        Err(error) => Err(error.into()),
    }
}
