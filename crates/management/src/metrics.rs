//! Metrics, as the program gives them.

use crate::document::ReadErrors;
use crate::extract::State;
use crate::state::ManagementState;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

/// The `OpenMetrics` text format, version 1.0.0.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Metrics
///
/// Numbers of this node for Prometheus, in the `OpenMetrics` text format. No label comes from a caller.
#[utoipa::path(get, path = "/metrics", tag = "Service", operation_id = "get_metrics",
    responses((status = 200, description = "The metrics", body = String, content_type = "application/openmetrics-text",
        example = "# HELP portcullis_connections Open connections of callers.\n# TYPE portcullis_connections gauge\nportcullis_connections{worker=\"0\"} 3\n# EOF\n"),
        ReadErrors))]
pub(crate) async fn get_metrics(State(state): State<ManagementState>) -> Response {
    ([(CONTENT_TYPE, OPEN_METRICS)], (state.parts.metrics)()).into_response()
}
