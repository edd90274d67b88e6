//! An access profile as the older API shows it.

use crate::answer::Time;
use crate::api_keys::Issued;
use serde::Serialize;
use store::ProfileRow;
use utoipa::ToSchema;

/// An access profile, with the terms in force for it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessProfileV1 {
    /// Its id.
    #[schema(example = 9)]
    id: i64,
    /// Unique in its client, case aside.
    #[schema(example = "Web shop")]
    name: String,
    /// The client it belongs to.
    #[schema(example = 4)]
    api_client_id: i64,
    /// Granted collections.
    #[schema(example = json!([7]))]
    api_collection_ids: Vec<i64>,
    /// The policy; null: no limits.
    #[schema(example = 3)]
    api_policy_id: Option<i64>,
    /// When not empty, only these may call. As typed.
    ip_allow_list: Vec<String>,
    /// These may not call. As typed.
    ip_deny_list: Vec<String>,
    /// How it authenticates.
    #[schema(example = "token")]
    auth_type: &'static str,
    /// For `jwt`: the kind of key.
    jwt_method: Option<&'static str>,
    /// Whether it is switched on.
    active: bool,
    /// The auth token or client secret, or the key id, only in the answers that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// When it was made.
    created_at: Time,
    /// When it was last changed.
    updated_at: Time,
}

impl AccessProfileV1 {
    /// Shows a row with the credential that it got just now, if it did.
    pub(crate) fn showing(row: ProfileRow, issued: &Issued) -> Self {
        let secret = issued.shown(&row.profile).map(ToOwned::to_owned);
        let is_new = row.profile.credentials.iter().any(|own| own.id == issued.fresh.identifier.id);
        let identifier = row.profile.identifier().filter(|_| is_new).map(ToString::to_string);
        Self { secret: secret.or(identifier), ..Self::from(row) }
    }
}

impl From<ProfileRow> for AccessProfileV1 {
    fn from(row: ProfileRow) -> Self {
        let ProfileRow { profile, effective_terms, policy, collections, .. } = row;
        Self {
            id: profile.id.0,
            name: profile.name.to_string(),
            api_client_id: profile.client_id.0,
            api_collection_ids: collections.iter().map(|collection| collection.id.0).collect(),
            api_policy_id: policy.map(|policy| policy.id.0),
            ip_allow_list: profile.ip_allow_list.iter().map(ToString::to_string).collect(),
            ip_deny_list: profile.ip_deny_list.iter().map(ToString::to_string).collect(),
            auth_type: effective_terms.as_ref().map_or("token", |terms| terms.method.as_str()),
            jwt_method: effective_terms.and_then(|terms| Some(terms.jwt?.family?.as_str())),
            active: profile.active,
            secret: None,
            created_at: profile.created_at.into(),
            updated_at: profile.updated_at.into(),
        }
    }
}
