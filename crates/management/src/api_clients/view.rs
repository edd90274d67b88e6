//! A client as shown, with its default terms.

use crate::answer::Time;
use crate::api_keys::Key;
use crate::jwt_view::JwtView;
use crate::mtls_view::MtlsView;
use crate::named::NamedView;
use serde::Serialize;
use store::ClientRow;
use utoipa::ToSchema;

/// A client with its default terms.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Client {
    /// Its id.
    #[schema(example = 4)]
    id: i64,
    /// Unique in the workspace, case aside.
    #[schema(example = "Northwind Traders")]
    name: String,
    /// Free text.
    description: Option<String>,
    /// The project it belongs to.
    #[schema(example = 1)]
    project_id: i64,
    /// Contact.
    email: Option<String>,
    /// While false none of its profiles can call anything.
    enabled: bool,
    /// Whether it has no default terms: each profile has its own.
    is_legacy: bool,
    /// Default terms: how callers authenticate.
    #[schema(example = "token")]
    auth_type: &'static str,
    /// Default terms: how tokens are verified.
    #[serde(flatten)]
    jwt: JwtView,
    /// Default terms: what is asked of client certificates.
    #[serde(flatten)]
    mtls: MtlsView,
    /// Default terms: granted collections.
    api_collection_ids: Vec<i64>,
    /// The same with their names.
    api_collections: Vec<NamedView>,
    /// Default terms: the policy; null: no limits.
    api_policy_id: Option<i64>,
    /// The same with its name, as a list.
    api_policies: Vec<NamedView>,
    /// A policy counted once over all its profiles; null: none.
    shared_api_policy_id: Option<i64>,
    /// Profiles that are switched on.
    #[schema(example = 2)]
    active_api_keys_count: i64,
    /// All profiles.
    #[schema(example = 3)]
    total_api_keys_count: i64,
    /// Where its logo is, 128 pixels a side.
    #[schema(example = "/api/v2/api_clients/4/logo?size=128&v=1")]
    logo: Option<String>,
    /// Where its logo is, 256 pixels a side.
    #[schema(example = "/api/v2/api_clients/4/logo?size=256&v=1")]
    logo_2x: Option<String>,
    /// When it was made.
    created_at: Time,
    /// When it was last changed.
    updated_at: Time,
}

/// A new client with its first profiles, whose credentials are shown in this one answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClientCreated {
    /// The client.
    #[serde(flatten)]
    pub(crate) client: Client,
    /// Its profiles, in the order sent.
    pub(crate) api_keys: Vec<Key>,
}

impl From<ClientRow> for Client {
    fn from(row: ClientRow) -> Self {
        let ClientRow { client, active_profiles, total_profiles, policy, collections, .. } = row;
        let logo = |size: u16| {
            client.logo_version.map(|version| format!("/api/v2/api_clients/{}/logo?size={size}&v={version}", client.id))
        };
        Self {
            id: client.id.0,
            project_id: client.project_id.0,
            enabled: client.enabled,
            is_legacy: client.default_terms.is_none(),
            auth_type: client.default_terms.as_ref().map_or("token", |terms| terms.method.as_str()),
            jwt: JwtView::new(client.default_terms.as_ref()),
            mtls: MtlsView::new(client.default_terms.as_ref()),
            api_collection_ids: collections.iter().map(|collection| collection.id.0).collect(),
            api_collections: collections.into_iter().map(|collection| NamedView::new(collection, |id| id.0)).collect(),
            api_policy_id: policy.as_ref().map(|policy| policy.id.0),
            api_policies: policy.into_iter().map(|policy| NamedView::new(policy, |id| id.0)).collect(),
            shared_api_policy_id: client.shared_policy_id.map(|id| id.0),
            active_api_keys_count: active_profiles,
            total_api_keys_count: total_profiles,
            logo: logo(128),
            logo_2x: logo(256),
            created_at: client.created_at.into(),
            updated_at: client.updated_at.into(),
            name: client.name.to_string(),
            description: client.description.map(|text| text.to_string()),
            email: client.email.map(|email| email.to_string()),
        }
    }
}
