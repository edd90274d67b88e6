//! Commands that work on a store: through the control socket of the server that holds it, else on the store itself.
//!
//! One line of JSON each way over `DATA_DIR/control.sock` (0600, in a directory that only its owner may enter).

mod client;
mod server;
mod token;
mod workspace;

pub(crate) use client::{open, perform};
pub(crate) use server::{Control, Executive, send_reply};
use token::create_token;
pub(crate) use token::{TokenOrder, parse_end, role_rule};
pub(crate) use workspace::ApplyOrder;

use anyhow::Context as _;
use domain::client_certificate::ClientCertificate;
use domain::ids::ProfileId;
use domain::secret::Secret;
use domain::text::Email;
use domain::time::Timestamp;
use management::ManagementState;
use management::explain::{Described, DescribedCredential, described_json, recorded_json};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use store::{Actor, Store};

/// What a command asks for.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// A management token.
    CreateToken(TokenOrder),
    /// A one-time set-up link.
    SetupLink { email: Option<String> },
    /// An explanation of a recent request, as the management API's JSON.
    ExplainRecorded { request_id: String },
    /// An explanation of a described request, as the management API's JSON.
    ExplainDescribed(ExplainDescribed),
    /// The workspace as YAML, with its secrets where there is a passphrase.
    ExportWorkspace { passphrase: Option<String> },
    /// A workspace document, to be compared or applied.
    ApplyWorkspace(ApplyOrder),
    /// The state of the server.
    Status,
    /// The listening sockets, the lock and the rate windows, for a process that takes over.
    TakeOver { protocol: u32 },
}

/// A request to explain.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainDescribed {
    /// Its method.
    pub(crate) method: String,
    /// Its path or URL.
    pub(crate) url: String,
    /// The value of the header `api-token`.
    pub(crate) token: Option<String>,
    /// The value of the header `Authorization`.
    pub(crate) authorization: Option<String>,
    /// The profile that sends it, instead of a credential.
    pub(crate) profile: Option<i64>,
    /// The client certificate of its connection, in PEM.
    #[serde(default)]
    pub(crate) certificate: Option<String>,
    /// Where it comes from.
    pub(crate) from: IpAddr,
}

/// What it gets: the text to print, or one line that says what went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// To be printed on standard output.
    Done(String),
    /// To be printed on standard error.
    Failed(String),
}

/// Carries a request out on an open store.
pub(crate) async fn carry_out(
    store: &Store,
    now: Timestamp,
    management_url: &str,
    own_listeners: &[SocketAddr],
    request: Request,
) -> anyhow::Result<Secret> {
    let actor = Actor::system("command line");
    match request {
        Request::CreateToken(order) => create_token(store, &actor, now, order).await,
        Request::SetupLink { email } => {
            let email = email.map(|text| Email::parse(&text)).transpose();
            let email = email.map_err(|error| anyhow::anyhow!("--email {error}"))?;
            setup_link(store, &actor, now, management_url, email).await
        }
        Request::ExportWorkspace { passphrase } => workspace::export(store, passphrase).await,
        Request::ApplyWorkspace(order) => workspace::apply_offline(store, own_listeners, order).await,
        Request::ExplainRecorded { .. } | Request::ExplainDescribed(_) | Request::Status | Request::TakeOver { .. } => {
            anyhow::bail!("this needs a running server")
        }
    }
}

/// Carries a request out that the running server's parts are needed for.
pub(crate) async fn run_here(state: &ManagementState, request: Request) -> anyhow::Result<Secret> {
    match request {
        Request::ApplyWorkspace(order) => workspace::apply_running(state, order).await,
        Request::Status => workspace::status(state).await,
        Request::ExplainRecorded { request_id } => explained(recorded_json(state, request_id).await),
        Request::ExplainDescribed(described) => explained(described_json(state, described.try_into()?).await),
        Request::CreateToken(_)
        | Request::SetupLink { .. }
        | Request::ExportWorkspace { .. }
        | Request::TakeOver { .. } => anyhow::bail!("this needs no running server"),
    }
}

fn explained(explanation: Result<String, String>) -> anyhow::Result<Secret> {
    explanation.map(Secret::new).map_err(anyhow::Error::msg)
}

impl TryFrom<ExplainDescribed> for Described {
    type Error = anyhow::Error;

    fn try_from(described: ExplainDescribed) -> anyhow::Result<Self> {
        let credential = match (described.token, described.authorization, described.profile) {
            (Some(token), _, _) => DescribedCredential::Token(Secret::new(token)),
            (None, Some(value), _) => DescribedCredential::Authorization(Secret::new(value)),
            (None, None, Some(id)) => DescribedCredential::Profile(ProfileId(id)),
            (None, None, None) => DescribedCredential::None,
        };
        let ExplainDescribed { method, url, certificate, from, .. } = described;
        let certificate = certificate.map(|pem| client_certificate(&pem)).transpose()?;
        Ok(Self { method, url, credential, certificate, from: Some(from), body_bytes: None })
    }
}

/// A certificate with its chain, as somebody described it.
fn client_certificate(pem: &str) -> anyhow::Result<Arc<ClientCertificate>> {
    let found = ClientCertificate::from_pem(pem).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        anyhow::anyhow!("the client certificate: {first}")
    })?;
    found.context("the client certificate: there is none in the file")
}

/// A link that makes the owner, or resets the password of the member with this address.
pub(crate) async fn setup_link(
    store: &Store,
    actor: &Actor,
    now: Timestamp,
    management_url: &str,
    email: Option<Email>,
) -> anyhow::Result<Secret> {
    let token = management::issue::setup_link(store, actor, now, email).await.context("cannot make a set-up link")?;
    Ok(Secret::new(management::issue::setup_url(management_url, &token)))
}
