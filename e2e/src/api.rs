//! The management API as a script would use it: JSON, a bearer token, every answer kept whole.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(30);

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header fields.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// Reads an answer to its end.
    pub(crate) async fn read(response: Response) -> Result<Self> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.context("read the body")?;
        Ok(Self { status, headers, text })
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A header field's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body of an answer that must be 200.
    pub fn good(self) -> Result<Value> {
        if self.status != 200 {
            bail!("answered {}: {}", self.status, self.text);
        }
        Ok(self.json())
    }

    /// The fields that a problem names.
    pub fn fields(&self) -> Vec<String> {
        let body = self.json();
        let fields = body.get("errors").and_then(Value::as_object);
        fields.map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
    }
}

/// A client of the management API.
#[derive(Clone)]
pub struct Api {
    client: Client,
    base: String,
    token: String,
}

impl Api {
    /// Speaks to `management`; an empty token sends none.
    pub fn new(management: SocketAddr, token: &str) -> Self {
        let token = token.to_owned();
        Self { client: client(), base: format!("http://{management}"), token }
    }

    /// The token it sends.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Where it speaks to.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(self.request(Method::GET, path)).await
    }

    /// POST with JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// PUT with JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    /// PUT without a body: enable, disable, refresh.
    pub async fn act(&self, path: &str) -> Result<Answer> {
        self.send(self.request(Method::PUT, path)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Result<Answer> {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Any request, with the token if there is one; finish it with `send`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer> {
        Answer::read(request.send().await.context("management API")?).await
    }
}

/// A client that keeps no connections: each request is a new caller.
pub(crate) fn client() -> Client {
    client_from(None)
}

/// The same from one source address.
pub(crate) fn client_from(source: Option<std::net::IpAddr>) -> Client {
    // The client wants a TLS library, though nothing here speaks TLS. A second installation changes nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .timeout(LIMIT)
        .pool_max_idle_per_host(0)
        .redirect(reqwest::redirect::Policy::none())
        .local_address(source)
        .build()
        .expect("a client without TLS has nothing that could fail")
}
