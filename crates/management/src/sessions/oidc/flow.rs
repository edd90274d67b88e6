//! A sign-in under way: what must be the same when the browser comes back. It is kept in the browser, sealed with our key
//! and bound to the path; nothing of it is kept here.

use crate::error::ApiError;
use aws_lc_rs::digest;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use store::Store;

const NAME: &str = "portcullis_oidc";
/// How long a person may take at the provider: ten minutes.
const LIFE_SECONDS: i64 = 600;

/// A sign-in under way. Not `Debug`: whoever has it can end the sign-in.
#[derive(Serialize, Deserialize)]
pub(super) struct Flow {
    /// Comes back in the query.
    pub(super) state: String,
    /// Comes back in the ID token.
    pub(super) nonce: String,
    /// Proves to the provider that we began (PKCE).
    pub(super) verifier: String,
    /// Where it was begun.
    pub(super) issuer: String,
    /// When, in microseconds.
    began: i64,
}

impl Flow {
    /// A new one.
    pub(super) fn begin(issuer: &str, now: Timestamp) -> Result<Self, ApiError> {
        Ok(Self {
            state: random_text()?,
            nonce: random_text()?,
            verifier: random_text()?,
            issuer: issuer.to_owned(),
            began: now.0,
        })
    }

    /// What the provider is told of the verifier.
    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, self.verifier.as_bytes()))
    }

    /// `Set-Cookie` that keeps it in the browser.
    pub(super) fn cookie(&self, store: &Store) -> Result<HeaderValue, ApiError> {
        let text = serde_json::to_vec(self).map_err(|error| ApiError::internal(error.to_string()))?;
        let sealed = URL_SAFE_NO_PAD.encode(store.seal_sign_in(&text)?);
        let attributes = format!("Path=/api/sessions/oidc; HttpOnly; SameSite=Lax; Max-Age={LIFE_SECONDS}");
        let value = HeaderValue::from_str(&format!("{NAME}={sealed}; {attributes}"));
        let mut value = value.map_err(|_| ApiError::internal("a sealed cookie is no header value"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// The one that the browser brings back; `None`: none, too old, not ours, or several.
    pub(super) fn read(headers: &HeaderMap, store: &Store, now: Timestamp) -> Option<Self> {
        let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value);
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let sealed = URL_SAFE_NO_PAD.decode(value).ok()?;
        let flow: Self = serde_json::from_slice(&store.open_sign_in(&sealed).ok()?).ok()?;
        let age = now.0.saturating_sub(flow.began);
        (0..LIFE_SECONDS * 1_000_000).contains(&age).then_some(flow)
    }
}

/// `Set-Cookie` that ends it.
pub(super) fn cleared_cookie() -> HeaderValue {
    HeaderValue::from_static("portcullis_oidc=; Path=/api/sessions/oidc; HttpOnly; SameSite=Lax; Max-Age=0")
}

/// 256 random bits; 43 characters, as RFC 7636, 4.1 asks for at least.
fn random_text() -> Result<String, ApiError> {
    let mut random = [0; 32];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| ApiError::internal("no random bytes to be had"))?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}
