//! One fetch of one source: for an issuer the discovery document (`OpenID` Connect Discovery 1.0, 4) and then the set
//! that it names; else the set alone.

use super::entry::Kept;
use super::fault::{Document, KeySetFault};
use domain::cidr::CidrSet;
use domain::jwt::{self, KeySet};
use domain::terms::KeySource;
use domain::time::Timestamp;
use outbound::{Fetched, Fetcher, Limits};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Bounds of one request. A fetch of an issuer makes two.
pub(crate) const LIMITS: Limits =
    Limits { body_bytes: 65_536, total: Duration::from_secs(5), connect: Duration::from_secs(3) };

/// How it is fetched.
pub(super) struct Guarded {
    pub(super) fetcher: Fetcher,
    /// Private addresses that may be gone to.
    pub(super) allowed: CidrSet,
    pub(super) limits: Limits,
}

/// A set that was fetched.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) set: Arc<KeySet>,
    pub(super) text: Arc<str>,
    pub(super) fresh_for: Option<Duration>,
}

impl Found {
    pub(super) fn kept(self, fetched_at: Timestamp) -> Kept {
        Kept { set: self.set, text: self.text, fetched_at }
    }
}

/// What we read of a discovery document. Each name may be there once.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// Fetches and reads.
pub(super) async fn fetch(guarded: Guarded, source: KeySource) -> Result<Found, KeySetFault> {
    let url = match &source {
        KeySource::JwksUri(url) => parse(url)?,
        KeySource::Issuer(issuer) => guarded.discover(issuer).await?,
    };
    let answer = guarded.get(Document::KeySet, &url).await?;
    let set = KeySet::parse(&answer.body)?;
    let text = std::str::from_utf8(&answer.body).map_err(|_| jwt::KeySetFault::Malformed)?;
    Ok(Found { set: Arc::new(set), text: text.into(), fresh_for: answer.fresh_for })
}

impl Guarded {
    /// Where the issuer says its keys are.
    async fn discover(&self, issuer: &str) -> Result<Url, KeySetFault> {
        let configured = parse(issuer)?;
        if configured.query().is_some() || configured.fragment().is_some() {
            return Err(KeySetFault::IssuerForm);
        }
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        let url = parse(&format!("{base}/.well-known/openid-configuration"))?;
        let answer = self.get(Document::Discovery, &url).await?;
        let found: Discovery = serde_json::from_slice(&answer.body).map_err(|_| KeySetFault::NotDiscovery)?;
        if found.issuer != issuer {
            return Err(KeySetFault::OtherIssuer);
        }
        Url::parse(&found.jwks_uri).map_err(|_| KeySetFault::NotDiscovery)
    }

    async fn get(&self, document: Document, url: &Url) -> Result<Fetched, KeySetFault> {
        let answer = self.fetcher.get(url, &self.allowed, self.limits).await;
        match answer.map_err(|fault| KeySetFault::Fetch { document, fault })? {
            answer if answer.status == 200 => Ok(answer),
            answer => Err(KeySetFault::Status { document, status: answer.status }),
        }
    }
}

fn parse(url: &str) -> Result<Url, KeySetFault> {
    Url::parse(url).map_err(|_| KeySetFault::NotAUrl)
}
