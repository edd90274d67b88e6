//! `PUT /api/settings/oidc`

use super::{GroupRoles, OidcSettings, PlainText, Scopes};
use crate::answer::{Changed, Data};
use crate::auth::{Caller, SentSecret};
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::state::ManagementState;
use crate::terms::FetchUrl;
use crate::wire::request;
use domain::gateway_url::PublicUrl;
use store::{ProviderUpdate, Role, RoleWord};

request! {
    /// What to change: what is left out stays. The first time `issuer` and `client_id` must be there.
    pub(crate) struct OidcChange {
        /// Whether members may sign in there; at first they may.
        enabled: bool;
        /// What the sign-in page calls it.
        name: PlainText;
        /// The issuer, byte by byte as in its discovery document: https; http only on a loopback address. Another issuer
        /// without a `client_secret` has none.
        issuer: FetchUrl;
        /// Who we are there.
        client_id: PlainText;
        /// Our secret there, never shown; null: none, PKCE alone.
        client_secret: Option<SentSecret>;
        /// What is asked for, whole; `openid` is added. At first `openid`, `email`, `profile`.
        scopes: Scopes;
        /// The claim that lists a user's groups; at first `groups`.
        group_claim: PlainText;
        /// What groups mean here, whole. The highest role of a user's groups counts.
        group_roles: GroupRoles;
        /// The role of users without such a group; null: they are refused.
        default_role: Option<Role>;
        /// Where browsers find the console, if not at the management address: http or https, without path.
        console_url: Option<PublicUrl>;
    }
}

/// Change where members sign in
///
/// For owners: groups can make owners. Register the answer's `redirect_uri` at the provider.
#[utoipa::path(put, path = "/api/settings/oidc", tag = "Settings", operation_id = "update_oidc_settings",
    request_body(content = OidcChange, example = json!({
        "issuer": "https://sso.example.com", "client_id": "portcullis", "client_secret": "a secret",
        "group_roles": [{"group": "ops", "role": "operator"}], "default_role": "viewer"
    })),
    responses((status = 200, description = "The changed settings", body = Data<OidcSettings>), ChangeErrors))]
pub(crate) async fn update_oidc_settings(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<OidcChange>,
) -> Result<Changed<Data<OidcSettings>>, ApiError> {
    let Body { input, faults } = body;
    let update = faults.finish(|| {
        Some(ProviderUpdate {
            enabled: input.enabled.value(),
            name: input.name.value().map(|text| text.0),
            issuer: input.issuer.value().map(|url| url.0),
            client_id: input.client_id.value().map(|text| text.0),
            client_secret: input.client_secret.value().map(|secret| secret.map(|secret| secret.0)),
            scopes: input.scopes.value().map(|scopes| scopes.0),
            group_claim: input.group_claim.value().map(|text| text.0),
            group_roles: input.group_roles.value().map(|roles| roles.0),
            default_role: input.default_role.value().map(|role| role.map(RoleWord)),
            console_url: input.console_url.value().map(|url| url.map(|url| url.as_str().to_owned())),
        })
    })?;
    let committed = state.store().update_sign_in_provider(&caller.actor, state.now(), update).await?;
    let url = &state.parts.management_url;
    Ok(ManagementState::answer_at_once(committed, |provider| Data { data: OidcSettings::new(provider, url) }))
}
