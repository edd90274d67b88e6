//! All routes of the management API on one screen. What each needs of its caller: `auth/permission.rs`.

use crate::auth::{Guard, guard, is_reserved};
use crate::document;
use crate::error::ApiError;
use crate::headers::{json_charset, no_store, security_headers};
use crate::idempotency::idempotency;
use crate::request_id::with_request_id;
use crate::state::{ManagementState, Whole};
use crate::versions::versions;
use crate::{
    activity_logs, api_clients, api_collections, api_endpoints, api_keys, api_policies, cert_bundles, explain, folders,
    health, management_tokens, members, metrics, nodes, projects, search, sessions, settings, setup, users, v1,
    webhooks, workspace,
};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::sync::Arc;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The operations, with their documents.
pub(crate) fn operations() -> OpenApiRouter<Whole> {
    OpenApiRouter::with_openapi(document::head())
        .routes(routes!(health::get_health))
        .routes(routes!(health::get_readiness))
        .routes(routes!(metrics::get_metrics))
        .routes(routes!(document::get_openapi))
        .routes(routes!(document::page::get_docs))
        .routes(routes!(setup::get::get_setup, setup::complete::complete_setup))
        .routes(routes!(sessions::list::list_sessions, sessions::create::create_session))
        .routes(routes!(sessions::oidc::begin::begin_oidc_sign_in))
        .routes(routes!(sessions::oidc::callback::end_oidc_sign_in))
        .routes(routes!(sessions::delete::delete_session))
        .routes(routes!(users::me::get_me))
        .routes(routes!(users::password::change_password))
        .routes(routes!(users::totp::enable_totp, users::totp::disable_totp))
        .routes(routes!(members::list::list_members, members::create::create_member))
        .routes(routes!(members::get::get_member, members::update::update_member, members::delete::delete_member))
        .routes(routes!(members::reset::reset_member_password))
        .routes(routes!(management_tokens::list::list_tokens, management_tokens::create::create_token))
        .routes(routes!(management_tokens::get::get_token, management_tokens::delete::delete_token))
        .routes(routes!(projects::list::list_projects, projects::create::create_project))
        .routes(routes!(projects::get::get_project, projects::update::update_project, projects::delete::delete_project))
        .routes(routes!(folders::list::list_folders, folders::create::create_folder))
        .routes(routes!(api_policies::list::list_policies, api_policies::create::create_policy))
        .routes(routes!(
            api_policies::get::get_policy,
            api_policies::update::update_policy,
            api_policies::delete::delete_policy
        ))
        .routes(routes!(cert_bundles::list::list_cert_bundles, cert_bundles::create::create_cert_bundle))
        .routes(routes!(cert_bundles::preview::preview_cert_bundle))
        .routes(routes!(
            cert_bundles::get::get_cert_bundle,
            cert_bundles::update::update_cert_bundle,
            cert_bundles::delete::delete_cert_bundle
        ))
        .routes(routes!(api_collections::list::list_collections, api_collections::create::create_collection))
        .routes(routes!(api_collections::preview::preview_collection))
        .routes(routes!(
            api_collections::get::get_collection,
            api_collections::update::update_collection,
            api_collections::delete::delete_collection
        ))
        .routes(routes!(api_collections::switch::enable_collection))
        .routes(routes!(api_collections::switch::disable_collection))
        .routes(routes!(api_collections::import::import_collection))
        .routes(routes!(api_collections::export::export_collection))
        .routes(routes!(api_endpoints::create::create_endpoint))
        .routes(routes!(api_endpoints::list::list_endpoints))
        .routes(routes!(
            api_endpoints::get::get_endpoint,
            api_endpoints::update::update_endpoint,
            api_endpoints::delete::delete_endpoint
        ))
        .routes(routes!(api_endpoints::switch::enable_endpoint))
        .routes(routes!(api_endpoints::switch::disable_endpoint))
        .routes(routes!(api_endpoints::trying::try_endpoint))
        .routes(routes!(api_clients::list::list_clients, api_clients::create::create_client))
        .routes(routes!(
            api_clients::get::get_client,
            api_clients::update::update_client,
            api_clients::delete::delete_client
        ))
        .routes(routes!(api_clients::switch::enable_client))
        .routes(routes!(api_clients::switch::disable_client))
        .routes(routes!(api_clients::logo::get_logo, api_clients::logo::put_logo, api_clients::logo::delete_logo))
        .routes(routes!(api_keys::list::list_keys, api_keys::create::create_key))
        .routes(routes!(api_keys::get::get_key, api_keys::update::update_key, api_keys::delete::delete_key))
        .routes(routes!(api_keys::switch::enable_key))
        .routes(routes!(api_keys::switch::disable_key))
        .routes(routes!(api_keys::refresh::refresh_key))
        .routes(routes!(api_keys::refresh::finish_overlap))
        .routes(routes!(api_keys::counters::get_counters))
        .routes(routes!(api_keys::counters::grant_quota))
        .routes(routes!(api_keys::counters::reset_counters))
        .routes(routes!(v1::clients::list::list_clients_v1, v1::clients::create::create_client_v1))
        .routes(routes!(
            v1::access_profiles::list::list_access_profiles_v1,
            v1::access_profiles::create::create_access_profile_v1
        ))
        .routes(routes!(
            v1::access_profiles::get::get_access_profile_v1,
            v1::access_profiles::update::update_access_profile_v1,
            v1::access_profiles::delete::delete_access_profile_v1
        ))
        .routes(routes!(v1::access_profiles::switch::enable_access_profile_v1))
        .routes(routes!(v1::access_profiles::switch::disable_access_profile_v1))
        .routes(routes!(v1::access_profiles::refresh::refresh_access_profile_v1))
        .routes(routes!(explain::described::explain_request))
        .routes(routes!(explain::recorded::explain_recent_request))
        .routes(routes!(activity_logs::list::list_activity_logs))
        .routes(routes!(search::search))
        .routes(routes!(nodes::list::list_nodes))
        .routes(routes!(nodes::leases::list_leases))
        .routes(routes!(nodes::give_back::return_leases))
        .routes(routes!(webhooks::list::list_webhooks, webhooks::create::create_webhook))
        .routes(routes!(webhooks::get::get_webhook, webhooks::update::update_webhook, webhooks::delete::delete_webhook))
        .routes(routes!(webhooks::test::test_webhook))
        .routes(routes!(webhooks::deliveries::list_webhook_deliveries))
        .routes(routes!(webhooks::retry::retry_webhook_delivery))
        .routes(routes!(settings::get::get_settings, settings::update::update_settings))
        .routes(routes!(
            settings::oidc::get::get_oidc_settings,
            settings::oidc::update::update_oidc_settings,
            settings::oidc::delete::delete_oidc_settings
        ))
        .routes(routes!(workspace::export::export_workspace, workspace::apply::apply_workspace))
}

/// The management listener's router: the API, and the console's files everywhere else.
pub fn router(state: ManagementState, console: Router) -> Router {
    let (api, openapi) = operations().split_for_parts();
    let gate = Guard {
        state: state.clone(),
        operations: Arc::new(document::operations_where(&openapi, |_| true)),
        with_query: Arc::new(document::operations_where(&openapi, document::takes_query)),
    };
    api.fallback(move |request: Request| elsewhere(console.clone(), request))
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .with_state(Whole(state.clone()))
        .layer(from_fn_with_state(state.clone(), idempotency))
        .layer(from_fn_with_state(state, versions))
        .layer(from_fn_with_state(gate, guard))
        .layer(CsrfLayer::new().with_rejection_response(|_: ProtectionError| ApiError::CrossSite.into_response()))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(from_fn(json_charset))
        .layer(from_fn(no_store))
        .layer(from_fn(security_headers))
        .layer(from_fn(with_request_id))
}

/// Paths without an operation: the console's, unless they are ours.
async fn elsewhere(console: Router, request: Request) -> Response {
    if is_reserved(request.uri().path()) {
        return ApiError::NotFound { what: "this path" }.into_response();
    }
    match console.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// A panic costs one request. What it said goes to the log.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands over the payload")]
fn answer_panic(payload: Box<dyn Any + Send>) -> Response {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
    ApiError::internal(format!("an operation panicked: {text}")).into_response()
}
