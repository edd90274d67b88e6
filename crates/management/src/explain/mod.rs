//! Explanations: why a request was, or would be, admitted or refused. The program gives the source; the checks run on
//! the gateway's own directory and counters.

pub(crate) mod described;
mod parties;
pub(crate) mod recorded;
mod view;

use crate::counters::Pending;
use crate::error::ApiError;
use crate::state::ManagementState;
use domain::client_certificate::ClientCertificate;
use domain::decide::Explanation;
use domain::limits::Readings;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::{ClientId, CollectionId, EndpointId, ProfileId, Revision};
use std::net::IpAddr;
use std::sync::Arc;

/// A request to explain.
#[derive(Clone)]
pub struct Described {
    /// Its method.
    pub method: String,
    /// Its path with an optional query, or a whole URL.
    pub url: String,
    /// Who sends it.
    pub credential: DescribedCredential,
    /// The client certificate of its connection.
    pub certificate: Option<Arc<ClientCertificate>>,
    /// Where it comes from; `None`: unknown.
    pub from: Option<IpAddr>,
    /// Length of its body.
    pub body_bytes: Option<u64>,
}

/// Who sends a described request.
#[derive(Clone)]
pub enum DescribedCredential {
    /// Nobody who says so.
    None,
    /// The value of the header `api-token`.
    Token(Secret),
    /// The value of the header `Authorization`.
    Authorization(Secret),
    /// This profile, without a credential.
    Profile(ProfileId),
}

/// What was recorded of a request.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its id.
    pub request_id: String,
    /// The id that a trusted proxy gave it.
    pub external_request_id: Option<String>,
    /// When it came.
    pub received_at: Timestamp,
    /// How long it took until the head of its answer.
    pub latency_micros: u64,
    /// Its method; `None` for one that is not served.
    pub method: Option<String>,
    /// Its path, without the query.
    pub path: String,
    /// Where it came from; the last good hop where that is unknown.
    pub source: IpAddr,
    /// The profile, where it was found.
    pub profile: Option<ProfileId>,
    /// Its client.
    pub client: Option<ClientId>,
    /// The collection that the path led to.
    pub collection: Option<CollectionId>,
    /// The endpoint that was chosen.
    pub endpoint: Option<EndpointId>,
    /// What the caller saw.
    pub status: u16,
    /// The true reason; `None`: it was forwarded and answered.
    pub denial: Option<domain::denial::Denial>,
    /// The directory that it was judged by.
    pub revision: Revision,
    /// What was left of each limit.
    pub limits: Readings,
}

/// Explains requests, and finds recent ones.
pub trait ExplanationSource: Send + Sync {
    /// What would become of a request now; a sentence where the description is none of a request.
    fn explain(&self, described: Described) -> Pending<'_, Result<Explanation, DescribeFault>>;

    /// A recent request, and what would become of it now; that is `None` where it cannot be run again.
    fn recorded(&self, request_id: String) -> Pending<'_, Option<(Recorded, Option<Explanation>)>>;
}

/// Why a description is none of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeFault {
    /// The field that is wrong.
    pub field: &'static str,
    /// The rule that it breaks.
    pub message: String,
}

/// Explains a described request as the API's JSON; else says what is wrong in words.
pub async fn described_json(state: &ManagementState, described: Described) -> Result<String, String> {
    to_json(view::of_described(state, described).await)
}

/// Explains a recent request as the API's JSON; else says what is wrong in words.
pub async fn recorded_json(state: &ManagementState, request_id: String) -> Result<String, String> {
    to_json(view::of_recorded(state, request_id).await)
}

fn to_json<T: serde::Serialize>(explained: Result<T, ApiError>) -> Result<String, String> {
    let explained = explained.map_err(|error| error.message())?;
    serde_json::to_string(&explained).map_err(|error| error.to_string())
}
