//! The settings as shown: the secret never.

use crate::sessions::oidc::redirect_uri;
use crate::users::roles;
use serde::Serialize;
use store::{Role, SignInProvider};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Where members sign in, and what its groups mean here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OidcSettings {
    /// Whether members may sign in there.
    #[schema(example = true)]
    enabled: bool,
    /// What the sign-in page calls it.
    #[schema(example = "Example SSO")]
    name: String,
    /// Its issuer.
    #[schema(example = "https://sso.example.com")]
    issuer: String,
    /// Who we are there.
    #[schema(example = "portcullis")]
    client_id: String,
    /// Whether we have a secret there.
    #[schema(example = true)]
    has_client_secret: bool,
    /// What is asked for.
    #[schema(example = json!(["openid", "email", "profile"]))]
    scopes: Vec<String>,
    /// The claim that lists a user's groups.
    #[schema(example = "groups")]
    group_claim: String,
    /// What groups mean here; the highest role of a user's groups counts.
    group_roles: Vec<GroupRoleView>,
    /// For users without such a group; null: they are refused.
    #[schema(schema_with = optional_roles)]
    default_role: Option<&'static str>,
    /// Where browsers find the console; null: the management address.
    #[schema(example = "https://portcullis.example.com")]
    console_url: Option<String>,
    /// To be registered at the provider.
    #[schema(example = "https://portcullis.example.com/api/sessions/oidc/callback")]
    redirect_uri: String,
}

/// What a group means here.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GroupRole)]
pub(crate) struct GroupRoleView {
    /// The group.
    #[schema(example = "ops")]
    group: String,
    /// What its users may do.
    #[schema(schema_with = roles)]
    role: &'static str,
}

fn optional_roles() -> RefOr<Schema> {
    <Option<Role> as crate::wire::Wire>::schema()
}

impl OidcSettings {
    /// Shows them. `management_url`: where browsers come to unless something else is set.
    pub(crate) fn new(provider: SignInProvider, management_url: &str) -> Self {
        let SignInProvider { settings, client_secret } = provider;
        let roles = settings.group_roles.into_iter();
        Self {
            enabled: settings.enabled,
            name: settings.name,
            issuer: settings.issuer,
            client_id: settings.client_id,
            has_client_secret: client_secret.is_some(),
            scopes: settings.scopes,
            group_claim: settings.group_claim,
            group_roles: roles.map(|entry| GroupRoleView { group: entry.group, role: entry.role.0.as_str() }).collect(),
            default_role: settings.default_role.map(|word| word.0.as_str()),
            redirect_uri: redirect_uri(settings.console_url.as_deref().unwrap_or(management_url)),
            console_url: settings.console_url,
        }
    }
}
