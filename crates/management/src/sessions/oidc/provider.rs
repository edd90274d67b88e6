//! What is asked of the provider: its discovery document, tokens for a code, its keys, and what it knows of the user.

use super::fault::OidcFault;
use crate::state::ManagementState;
use domain::cidr::CidrSet;
use domain::jwt::KeySet;
use domain::secret::Secret;
use domain::time::Timestamp;
use outbound::{FetchError, Fetched, Form, Limits};
use serde::Deserialize;
use serde_json::Value;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use store::SignInProvider;
use tokio::sync::Semaphore;
use url::Url;

/// Bounds of one request.
const LIMITS: Limits = Limits { body_bytes: 65_536, total: Duration::from_secs(5), connect: Duration::from_secs(3) };
/// Sign-ins that ask a provider at once.
const AT_ONCE: usize = 8;
/// How long a discovery document is kept.
const KEEP_MICROS: i64 = 5 * 60 * 1_000_000;

/// What is kept of providers between sign-ins.
pub(crate) struct Providers {
    turns: Semaphore,
    last: Mutex<Option<(String, Timestamp, Discovery)>>,
}

impl Default for Providers {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE), last: Mutex::default() }
    }
}

/// What we read of a discovery document. Each name may be there once.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

/// What a code is changed for. Not `Debug`: tokens.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) id_token: String,
    pub(super) access_token: Option<String>,
}

/// A provider that may be asked, few at once.
pub(super) struct Asking<'s> {
    state: &'s ManagementState,
    provider: SignInProvider,
    allowed: CidrSet,
    _turn: tokio::sync::SemaphorePermit<'s>,
}

impl<'s> Asking<'s> {
    /// Begins to ask.
    pub(super) fn begin(
        state: &'s ManagementState,
        provider: SignInProvider,
        allowed: CidrSet,
    ) -> Result<Self, OidcFault> {
        let turn = state.providers.turns.try_acquire().map_err(|_| OidcFault::Busy)?;
        Ok(Self { state, provider, allowed, _turn: turn })
    }

    /// Where things are.
    pub(super) async fn discover(&self) -> Result<Discovery, OidcFault> {
        let (issuer, now) = (&self.provider.settings.issuer, self.state.now());
        let kept = self.state.providers.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((of, at, found)) = kept
            && of == *issuer
            && (0..KEEP_MICROS).contains(&now.0.saturating_sub(at.0))
        {
            return Ok(found);
        }
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        let url = parse(&format!("{base}/.well-known/openid-configuration"))?;
        let answer = self.get("discovery document", &url, None).await?;
        let found: Discovery = serde_json::from_slice(&answer.body)
            .map_err(|_| OidcFault::Invalid("the discovery document lacks what a sign-in needs"))?;
        if found.issuer != *issuer {
            return Err(OidcFault::Invalid("the discovery document names another issuer"));
        }
        let last = (issuer.clone(), now, found.clone());
        *self.state.providers.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
        Ok(found)
    }

    /// Changes a code for tokens.
    pub(super) async fn exchange(
        &self,
        discovery: &Discovery,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
    ) -> Result<Tokens, OidcFault> {
        let client_id = self.provider.settings.client_id.as_str();
        let secret = self.provider.client_secret.as_ref().map(Secret::expose);
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        let basic = secret.filter(|_| discovery.takes_basic()).map(|secret| (client_id, secret));
        if basic.is_none() {
            fields.push(("client_id", client_id));
            fields.extend(secret.map(|secret| ("client_secret", secret)));
        }
        let url = parse(&discovery.token_endpoint)?;
        let form = Form { fields: &fields, basic };
        let answer = self.state.parts.fetcher.post_form(&url, &form, &self.allowed, LIMITS).await;
        let answer = match good("token endpoint", answer) {
            Err(OidcFault::Status { status: 400..=499, .. }) => {
                return Err(OidcFault::Invalid("the provider refused the code or our credentials"));
            }
            other => other?,
        };
        serde_json::from_slice(&answer.body)
            .map_err(|_| OidcFault::Invalid("the token endpoint answered without an ID token"))
    }

    /// The provider's keys, now.
    pub(super) async fn keys(&self, discovery: &Discovery) -> Result<KeySet, OidcFault> {
        let answer = self.get("key set", &parse(&discovery.jwks_uri)?, None).await?;
        KeySet::parse(&answer.body).map_err(|_| OidcFault::Invalid("the key set of the provider cannot be read"))
    }

    /// What the provider knows of the user besides the ID token; null where it does not tell.
    pub(super) async fn user_info(&self, discovery: &Discovery, tokens: &Tokens) -> Result<Value, OidcFault> {
        let (Some(endpoint), Some(token)) = (&discovery.userinfo_endpoint, &tokens.access_token) else {
            return Ok(Value::Null);
        };
        let answer = self.get("userinfo endpoint", &parse(endpoint)?, Some(token)).await?;
        serde_json::from_slice(&answer.body)
            .map_err(|_| OidcFault::Invalid("the userinfo endpoint did not answer JSON"))
    }

    async fn get(&self, what: &'static str, url: &Url, bearer: Option<&str>) -> Result<Fetched, OidcFault> {
        let fetcher = &self.state.parts.fetcher;
        good(what, fetcher.get_as(url, bearer, &self.allowed, LIMITS).await)
    }
}

impl Discovery {
    /// Where browsers go: https, or http on a loopback address.
    pub(super) fn authorization_endpoint(&self) -> Result<Url, OidcFault> {
        let url = parse(&self.authorization_endpoint)?;
        let is_loopback = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_loopback => Ok(url),
            _ => Err(OidcFault::Invalid("the authorization endpoint is no https address")),
        }
    }

    /// What holds where nothing is said (`OpenID` Connect Discovery 1.0, 3).
    fn takes_basic(&self) -> bool {
        let ways = &self.token_endpoint_auth_methods_supported;
        ways.is_empty() || ways.iter().any(|way| way == "client_secret_basic")
    }
}

fn good(what: &'static str, answer: Result<Fetched, FetchError>) -> Result<Fetched, OidcFault> {
    match answer.map_err(|fault| OidcFault::Fetch { what, fault })? {
        answer if answer.status == 200 => Ok(answer),
        answer => Err(OidcFault::Status { what, status: answer.status }),
    }
}

fn parse(url: &str) -> Result<Url, OidcFault> {
    Url::parse(url).map_err(|_| OidcFault::Invalid("an address of the provider is no URL"))
}
