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
    /// Most access profiles of a client. Clients that have more keep them.
    #[schema(example = 20)]
    profiles_per_client: u32,
    /// A console session ends when it was not used for so long.
    #[schema(example = 720)]
    session_idle_minutes: u32,
    /// A console session ends at the latest after so long.
    #[schema(example = 168)]
    session_life_hours: u32,
    /// The gateway refuses every call with 503 once it could not read the control database for so long; null: it goes on
    /// with what it last knew.
    #[schema(example = 3600)]
    max_staleness_seconds: Option<u32>,
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
            profiles_per_client: settings.profiles_per_client,
            session_idle_minutes: settings.session_idle_minutes,
            session_life_hours: settings.session_life_hours,
            max_staleness_seconds: settings.max_staleness_seconds,
        }
    }
}
