//! Settings as shown.

use domain::settings::Settings;
use serde::Serialize;
use utoipa::ToSchema;

/// Settings of the workspace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settings)]
pub(crate) struct SettingsView {
    /// The address under which callers reach the gateway, without a slash at the end; null: its first listener.
    #[schema(example = "https://api.example.com")]
    public_url: Option<String>,
    /// The path before every collection, without slashes at its ends; may be empty.
    #[schema(example = "acme")]
    prefix: String,
    /// Hosts under which collections are called without the prefix.
    #[schema(example = json!(["apis.acme.example"]))]
    custom_domains: Vec<String>,
    /// The zone in which calendar quotas run.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// Peers whose `X-Forwarded-For` is believed. As typed.
    #[schema(example = json!(["10.0.0.0/8"]))]
    trusted_proxies: Vec<String>,
    /// Private addresses that key sets may be fetched from. As typed.
    outbound_allowed: Vec<String>,
    /// Whether answers carry `X-RateLimit-*` besides `RateLimit`.
    rate_limit_headers: bool,
}

impl From<Settings> for SettingsView {
    fn from(settings: Settings) -> Self {
        Self {
            public_url: settings.public_url.map(String::from),
            prefix: settings.prefix.into(),
            custom_domains: settings.custom_domains.into_iter().map(String::from).collect(),
            time_zone: settings.time_zone.as_str().to_owned(),
            trusted_proxies: settings.trusted_proxies.iter().map(ToString::to_string).collect(),
            outbound_allowed: settings.outbound_allowed.iter().map(ToString::to_string).collect(),
            rate_limit_headers: settings.rate_limit_headers,
        }
    }
}
