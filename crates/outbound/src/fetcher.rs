//! One guarded request: a GET, or a form or JSON that is posted.

use crate::error::{FetchError, SetupError};
use crate::form::Form;
use crate::freshness;
use crate::target::{self, Resolver};
use crate::tls;
use bytes::{Bytes, BytesMut};
use domain::cidr::CidrSet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving as Resolved};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, Response, redirect, retry};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

const USER_AGENT: &str = concat!("Portcullis/", env!("CARGO_PKG_VERSION"));

/// What a fetcher works with. The default is right for production.
pub struct FetcherConfig {
    /// Root certificates that are trusted besides the system's.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// How names are resolved.
    pub resolver: Resolver,
}

impl Default for FetcherConfig {
    fn default() -> Self {
        Self { extra_roots: Vec::new(), resolver: target::system_resolver() }
    }
}

/// Bounds of one fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest body that is taken.
    pub body_bytes: usize,
    /// From the call to the last byte, resolving included.
    pub total: Duration,
    /// For the connection, TLS included.
    pub connect: Duration,
}

/// An answer, whatever its status: redirects are answers too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The HTTP status.
    pub status: u16,
    /// The body as it came.
    pub body: Bytes,
    /// How long the answer says it stays fresh, from now on: `Cache-Control: max-age` less `Age`.
    pub fresh_for: Option<Duration>,
}

/// JSON to be posted. Not `Debug`: it may hold what is not for logs.
#[derive(Clone, Copy)]
pub struct Message<'m> {
    /// Headers besides those of every request.
    pub headers: &'m [(&'static str, &'m str)],
    /// The text.
    pub body: &'m str,
}

/// Fetches URLs that people typed. A clone shares everything.
#[derive(Clone)]
pub struct Fetcher {
    tls: Arc<ClientConfig>,
    resolver: Resolver,
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").finish_non_exhaustive()
    }
}

impl Fetcher {
    /// Reads the system's root certificates: call it off the request path.
    pub fn new(config: &FetcherConfig) -> Result<Self, SetupError> {
        let tls = Arc::new(tls::client_config(&config.extra_roots)?);
        let fetcher = Self { tls, resolver: Arc::clone(&config.resolver) };
        // What could fail in a client's set-up fails here and not at the first fetch.
        fetcher.client(Vec::new(), Duration::from_secs(1))?;
        Ok(fetcher)
    }

    /// Fetches a URL. `allowed`: the private addresses that it may go to. Dropping the future ends the fetch.
    pub async fn get(&self, url: &Url, allowed: &CidrSet, limits: Limits) -> Result<Fetched, FetchError> {
        self.within(url, allowed, limits, |client| client.get(url.clone())).await
    }

    /// Fetches a URL with a bearer token, where there is one.
    pub async fn get_as(
        &self,
        url: &Url,
        bearer: Option<&str>,
        allowed: &CidrSet,
        limits: Limits,
    ) -> Result<Fetched, FetchError> {
        let request = |client: &Client| {
            let get = client.get(url.clone()).header(ACCEPT, "application/json");
            match bearer {
                Some(token) => get.bearer_auth(token),
                None => get,
            }
        };
        self.within(url, allowed, limits, request).await
    }

    /// Posts a form, under the same rules, and gives the answer. It is sent once: a connection that breaks is not tried
    /// again.
    pub async fn post_form(
        &self,
        url: &Url,
        form: &Form<'_>,
        allowed: &CidrSet,
        limits: Limits,
    ) -> Result<Fetched, FetchError> {
        let request = |client: &Client| {
            let post = client.post(url.clone()).header(ACCEPT, "application/json");
            let post = match form.authorization() {
                Some(value) => post.header(AUTHORIZATION, value),
                None => post,
            };
            post.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.body())
        };
        self.within(url, allowed, limits, request).await
    }

    /// Posts JSON, under the same rules, and gives the status of the answer alone: nothing else of it is read. It is sent
    /// once: a connection that breaks is not tried again.
    pub async fn post_json(
        &self,
        url: &Url,
        message: &Message<'_>,
        allowed: &CidrSet,
        limits: Limits,
    ) -> Result<u16, FetchError> {
        let request = |client: &Client| {
            let post = client.post(url.clone()).header(CONTENT_TYPE, "application/json");
            let post = message.headers.iter().fold(post, |post, (name, value)| post.header(*name, *value));
            post.body(message.body.to_owned())
        };
        let answer = self.answer(url, allowed, limits, request);
        Ok(timeout(limits.total, answer).await.unwrap_or(Err(FetchError::Timeout))?.status().as_u16())
    }

    async fn within(
        &self,
        url: &Url,
        allowed: &CidrSet,
        limits: Limits,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Fetched, FetchError> {
        let answer = self.at_leisure(url, allowed, limits, request);
        timeout(limits.total, answer).await.unwrap_or(Err(FetchError::Timeout))
    }

    async fn at_leisure(
        &self,
        url: &Url,
        allowed: &CidrSet,
        limits: Limits,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Fetched, FetchError> {
        let answer = self.answer(url, allowed, limits, request).await?;
        let encoded = answer.headers().get_all(CONTENT_ENCODING).into_iter().any(|encoding| encoding != "identity");
        if encoded {
            return Err(FetchError::Encoded);
        }
        let status = answer.status().as_u16();
        let fresh_for = freshness::fresh_for(answer.headers());
        Ok(Fetched { status, body: body(answer, limits.body_bytes).await?, fresh_for })
    }

    /// The answer up to its body.
    async fn answer(
        &self,
        url: &Url,
        allowed: &CidrSet,
        limits: Limits,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Response, FetchError> {
        let addresses = target::permitted_addresses(url, allowed, &self.resolver).await?;
        let client = self.client(addresses, limits.connect).map_err(|error| failure(&error))?;
        request(&client).send().await.map_err(|error| failure(&error))
    }

    /// A client of its own for each fetch: it can connect to these addresses only.
    fn client(&self, addresses: Vec<SocketAddr>, connect_timeout: Duration) -> reqwest::Result<Client> {
        let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]);
        Client::builder()
            .tls_backend_preconfigured(ClientConfig::clone(&self.tls))
            .dns_resolver(Arc::new(Pinned(addresses)))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .http1_only()
            .pool_max_idle_per_host(0)
            .connect_timeout(connect_timeout)
            .user_agent(USER_AGENT)
            .default_headers(headers)
            .build()
    }
}

/// Answers with what was resolved and judged before, whatever it is asked. (An IP address as host is not asked for;
/// it was judged itself.)
struct Pinned(Vec<SocketAddr>);

impl Resolve for Pinned {
    fn resolve(&self, _name: Name) -> Resolved {
        let addresses: Addrs = Box::new(self.0.clone().into_iter());
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

async fn body(mut answer: Response, limit_bytes: usize) -> Result<Bytes, FetchError> {
    let too_large = FetchError::TooLarge { limit_bytes };
    if answer.content_length().is_some_and(|length| length > limit_bytes as u64) {
        return Err(too_large);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| failure(&error))? {
        if chunk.len() > limit_bytes - body.len() {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Sorts the client's errors; their texts stay behind.
fn failure(error: &reqwest::Error) -> FetchError {
    match tls_fault(error) {
        Some(rustls::Error::InvalidCertificate(_)) => FetchError::Certificate,
        Some(_) => FetchError::Tls,
        None if error.is_timeout() => FetchError::Timeout,
        None if error.is_connect() => FetchError::Unreachable,
        None => FetchError::Broken,
    }
}

/// The error of the TLS library among the causes. An I/O error's `source` passes over what it wraps.
fn tls_fault<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => tls_fault(wrapped),
        None => tls_fault(error.source()?),
    }
}
