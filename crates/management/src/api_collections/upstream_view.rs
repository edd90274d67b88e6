//! An upstream as shown: without its secret.

use domain::upstream::{AuthWay, HealthCheck, Upstream, UpstreamTimeouts, UpstreamTls};
use serde::Serialize;
use utoipa::ToSchema;

/// An upstream.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Upstream)]
pub(crate) struct UpstreamView {
    /// Base URLs.
    #[schema(example = json!(["https://10.0.0.5:8443/base", "https://10.0.0.6:8443/base"]))]
    urls: Vec<String>,
    /// How the gateway authenticates there.
    auth: AuthView,
    /// Waits in milliseconds.
    timeouts_ms: TimeoutsView,
    /// TLS towards https URLs; certificates are always verified.
    tls: TlsView,
    /// The version of HTTP: `http1` or `http2`.
    #[schema(example = "http1")]
    http: &'static str,
    /// How its addresses are checked; null: by the calls alone.
    health_check: Option<HealthCheckView>,
    /// Most calls under way to it at once, on one node; null: no bound of its own.
    max_in_flight: Option<u32>,
}

/// How the gateway authenticates at an upstream. Secrets are never shown.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = UpstreamAuthShown)]
pub(crate) struct AuthView {
    /// `none`, `header`, `basic`, `query` or `oauth2`.
    #[schema(example = "header")]
    r#type: &'static str,
    /// Name of the header or query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "x-api-key")]
    name: Option<String>,
    /// User of HTTP Basic.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// The token endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_url: Option<String>,
    /// The client's id there.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// The scope that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// How the client shows its secret: `basic` or `body`.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_auth: Option<&'static str>,
}

/// Waits towards an upstream in milliseconds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UpstreamTimeouts)]
pub(crate) struct TimeoutsView {
    /// For a connection.
    #[schema(example = 3000)]
    connect: u32,
    /// For the first byte of the answer.
    #[schema(example = 30000)]
    response: u32,
    /// Between two parts of a stream.
    #[schema(example = 60000)]
    idle: u32,
}

/// TLS towards an upstream.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UpstreamTls)]
pub(crate) struct TlsView {
    /// The only authorities that are trusted, as PEM; null: the system's.
    ca: Option<String>,
    /// The name that the certificate must be for; null: the URL's host.
    server_name: Option<String>,
}

/// Active checks of an upstream's addresses.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HealthCheck)]
pub(crate) struct HealthCheckView {
    /// What is asked for, at the root of the host.
    #[schema(example = "/healthz")]
    path: String,
    /// Between two checks of one address.
    #[schema(example = 10000)]
    interval_ms: u32,
    /// For the head of the answer.
    #[schema(example = 2000)]
    timeout_ms: u32,
    /// Bad answers in a row after which an address gets no calls.
    #[schema(example = 3)]
    unhealthy_after: u8,
    /// Good answers in a row after which it gets calls again.
    #[schema(example = 2)]
    healthy_after: u8,
}

impl From<Upstream> for UpstreamView {
    fn from(upstream: Upstream) -> Self {
        let UpstreamTimeouts { connect, response, idle } = upstream.timeouts_ms;
        let UpstreamTls { ca, server_name } = upstream.tls;
        Self {
            urls: upstream.urls.iter().map(ToString::to_string).collect(),
            auth: AuthView::new(upstream.auth.way),
            timeouts_ms: TimeoutsView { connect, response, idle },
            tls: TlsView { ca: ca.map(String::from), server_name: server_name.map(String::from) },
            http: upstream.http.as_str(),
            health_check: upstream.health_check.map(HealthCheckView::new),
            max_in_flight: upstream.max_in_flight,
        }
    }
}

impl AuthView {
    fn new(way: AuthWay) -> Self {
        let shown = Self { r#type: way.as_str(), ..Self::default() };
        match way {
            AuthWay::None => shown,
            AuthWay::Header { name } => Self { name: Some(name.into()), ..shown },
            AuthWay::Basic { user } => Self { user: Some(user.into()), ..shown },
            AuthWay::Query { name } => Self { name: Some(name.into()), ..shown },
            AuthWay::OAuth2(client) => Self {
                token_url: Some(client.token_url.into()),
                client_id: Some(client.client_id.into()),
                scope: client.scope.map(String::from),
                client_auth: Some(client.client_auth.as_str()),
                ..shown
            },
        }
    }
}

impl HealthCheckView {
    fn new(check: HealthCheck) -> Self {
        let HealthCheck { path, interval_ms, timeout_ms, unhealthy_after, healthy_after } = check;
        Self { path: path.into(), interval_ms, timeout_ms, unhealthy_after, healthy_after }
    }
}
