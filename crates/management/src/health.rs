//! Whether the program runs, and whether it can work.

use crate::answer::Success;
use crate::document::ReadErrors;
use crate::extract::State;
use crate::state::ManagementState;
use axum::Json;
use axum::http::StatusCode;
use domain::directory::Freshness;
use serde::Serialize;
use store::Away;
use utoipa::ToSchema;

/// Whether the program runs
#[utoipa::path(get, path = "/healthz", tag = "Service", operation_id = "get_health",
    responses((status = 200, description = "It runs", body = Success, example = json!({"success": true})), ReadErrors))]
pub(crate) async fn get_health() -> Success {
    Success::DONE
}

/// Whether the gateway can work, and with what.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// True with 200: it does not answer before the gateway has a directory to decide by. False with 503.
    #[schema(example = true)]
    success: bool,
    /// Whether the control database can be used: `ok`, else `missing`, `replaced`, `locked`, `damaged`, `read_only`,
    /// `disk_full`, `slow` or `unreadable`. The gateway goes on without it, for as long as `max_staleness_seconds` allows;
    /// management operations answer 503.
    #[schema(example = "ok")]
    store: &'static str,
    /// The revision that the gateway decides by.
    #[schema(example = 41)]
    revision: i64,
    /// How long ago the directory that the gateway decides by was as new as the control database, for certain.
    #[schema(example = 0)]
    directory_age_seconds: u64,
}

/// Whether the program can work
///
/// The gateway has a directory to decide by. While the control database is away that is the last one known: the answer
/// says so, with its age. 503 once that is more than the setting `max_staleness_seconds`: the gateway refuses every call.
#[utoipa::path(get, path = "/readyz", tag = "Service", operation_id = "get_readiness",
    responses((status = 200, description = "It can", body = Readiness,
        example = json!({"success": true, "store": "ok", "revision": 41, "directory_age_seconds": 0})), ReadErrors,
        (status = 503, description = "The directory is older than the settings allow", body = Readiness,
        example = json!({"success": false, "store": "missing", "revision": 41, "directory_age_seconds": 3601}))))]
pub(crate) async fn get_readiness(State(state): State<ManagementState>) -> (StatusCode, Json<Readiness>) {
    let checked = state.store().check().await;
    let store = checked.map_or_else(|error| error.away().unwrap_or(Away::Unreadable).code(), |()| "ok");
    let directory = (state.parts.directory)();
    let (status, success) = match directory.freshness {
        Freshness::Fresh => (StatusCode::OK, true),
        Freshness::Stale => (StatusCode::SERVICE_UNAVAILABLE, false),
    };
    let (revision, directory_age_seconds) = (directory.revision.0, directory.age.as_secs());
    (status, Json(Readiness { success, store, revision, directory_age_seconds }))
}
