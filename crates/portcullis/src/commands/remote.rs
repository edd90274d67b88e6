//! The management API of a server elsewhere.

use crate::cli::Remote;
use crate::failure::Failure;
use crate::settings::secret_of_environment;
use anyhow::{Context as _, anyhow};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder, redirect};
use serde_json::Value;
use std::time::Duration;
use url::{Host, Url};

/// A big workspace takes its time.
const WITHIN: Duration = Duration::from_mins(10);

/// A server elsewhere, with the token for it.
pub(super) struct Server {
    base: Url,
    token: String,
    client: Client,
}

/// The server that was named; `None`: the one on this machine is meant.
pub(super) fn server(remote: &Remote) -> Result<Option<Server>, Failure> {
    let Some(address) = &remote.server else { return Ok(None) };
    let base = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(base) = base else {
        return Err(Failure::usage(format!("--server {address}: must be an http or https URL")));
    };
    let is_here = match base.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    if base.scheme() == "http" && !is_here && !remote.allow_http {
        let message = "the token would go over http, where anybody on the way can read it: use https, or --allow-http";
        return Err(Failure::usage(format!("--server {address}: {message}")));
    }
    let Some(token) = secret_of_environment("PORTCULLIS_TOKEN").filter(|token| !token.trim().is_empty()) else {
        return Err(Failure::usage("--server: put a management token into PORTCULLIS_TOKEN"));
    };
    let client = Client::builder()
        .timeout(WITHIN)
        .redirect(redirect::Policy::none())
        .build()
        .context("cannot prepare the connection to the server")?;
    Ok(Some(Server { base, token: token.trim().to_owned(), client }))
}

impl Server {
    fn url(&self, path: &str, query: &[(&str, bool)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url.query_pairs_mut().extend_pairs(query.iter().map(|(name, value)| (*name, value.to_string())));
        if query.is_empty() {
            url.set_query(None);
        }
        url
    }

    /// The workspace as YAML.
    pub(super) async fn export(&self, passphrase: Option<String>) -> anyhow::Result<String> {
        let url = self.url("/api/workspace", &[("with_secrets", passphrase.is_some())]);
        let request = self.client.get(url).header(ACCEPT, "application/yaml");
        self.send(with_passphrase(request, passphrase)?).await
    }

    /// What a document changes, or would change, as JSON.
    pub(super) async fn apply(
        &self,
        document: String,
        query: &[(&str, bool)],
        passphrase: Option<String>,
    ) -> anyhow::Result<String> {
        let url = self.url("/api/workspace", query);
        let request = self.client.post(url).header(CONTENT_TYPE, "application/yaml").body(document);
        let answer = self.send(with_passphrase(request, passphrase)?).await?;
        data_of(&answer)
    }

    /// The nodes, as the management API lists them.
    pub(super) async fn nodes(&self) -> anyhow::Result<String> {
        let answer = self.send(self.client.get(self.url("/api/nodes", &[]))).await?;
        data_of(&answer)
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<String> {
        let mut token = HeaderValue::from_str(&format!("Bearer {}", self.token)).context("PORTCULLIS_TOKEN")?;
        token.set_sensitive(true);
        let base = &self.base;
        let answer = request.header(AUTHORIZATION, token).send().await;
        let answer = answer.map_err(|error| anyhow!("cannot reach {base}: {}", cause_of(error)))?;
        let status = answer.status();
        let text = answer.text().await.with_context(|| format!("{base} broke off"))?;
        if status.is_success() {
            return Ok(text);
        }
        let problem: Value = serde_json::from_str(&text).unwrap_or_default();
        Err(problem_in_words(&problem).unwrap_or_else(|| anyhow!("{base} answers {status}")))
    }
}

/// The last cause, which says why; those before it say how the library is built.
fn cause_of(error: reqwest::Error) -> String {
    let error = anyhow::Error::new(error.without_url());
    error.root_cause().to_string()
}

fn with_passphrase(request: RequestBuilder, passphrase: Option<String>) -> anyhow::Result<RequestBuilder> {
    let Some(passphrase) = passphrase else { return Ok(request) };
    let mut value =
        HeaderValue::from_bytes(passphrase.as_bytes()).context("the passphrase has characters that cannot be sent")?;
    value.set_sensitive(true);
    Ok(request.header("Portcullis-Passphrase", value))
}

fn data_of(answer: &str) -> anyhow::Result<String> {
    let answer: Value = serde_json::from_str(answer).context("the server answered nothing of use")?;
    Ok(answer.get("data").context("the server answered nothing of use")?.to_string())
}

/// Every problem of an answer, one a line.
fn problem_in_words(problem: &Value) -> Option<anyhow::Error> {
    let lines: Vec<String> = problem
        .get("errors")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .flat_map(|(field, messages)| {
            let messages = messages.as_array().into_iter().flatten().filter_map(Value::as_str);
            messages.map(move |message| format!("  {field}: {message}")).collect::<Vec<_>>()
        })
        .collect();
    if lines.is_empty() {
        return problem.get("message").and_then(Value::as_str).map(|message| anyhow!(message.to_owned()));
    }
    let plural = if lines.len() == 1 { "" } else { "s" };
    Some(anyhow!("{} problem{plural} in the workspace:\n{}", lines.len(), lines.join("\n")))
}
