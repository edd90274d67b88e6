//! The management API: REST operations, sign-in, roles, and the OpenAPI document made from them.
//!
//! A request passes, from the outside in: request id, security headers, a catch for panics, the same-origin check,
//! the guard ([`auth`]: who calls, may they), then its operation. An operation reads its input ([`wire`], all faults
//! at once), calls the store (one transaction: rows, audit entry, revision), waits until the gateway workers use the
//! revision ([`changes`]), and answers. Any number of requests run at once. When the store is away they answer 503,
//! when the gateway does not confirm a change in time, 503 with the revision.
//!
//! SQL stands in `store`, the wire format of errors in `error.rs`, all routes in `router.rs`.

mod activity_logs;
mod answer;
mod api_clients;
mod api_collections;
mod api_endpoints;
mod api_keys;
mod api_policies;
mod auth;
mod cert_bundles;
mod changes;
mod counters;
mod document;
mod error;
pub mod explain;
mod extract;
mod folders;
#[doc(hidden)]
pub mod fuzzing;
mod headers;
mod health;
mod idempotency;
pub mod issue;
mod jwt_view;
mod listing;
mod management_tokens;
mod members;
mod metrics;
mod mtls_view;
mod named;
mod nodes;
mod projects;
mod request_id;
mod router;
mod search;
mod sessions;
mod settings;
mod setup;
mod shown_once;
mod state;
mod terms;
mod users;
mod v1;
mod versions;
mod webhooks;
mod wire;
pub mod workspace;

pub use changes::{Changes, Commit};
pub use counters::{CounterFault, CounterSource, Lease, Pending, ProfileCounts, QuotaCount, RateCount, SubjectCounts};
pub use document::openapi_json;
pub use nodes::{NodeFacts, nodes_json};
pub use router::router;
pub use state::{DirectoryState, ManagementState, Parts};
