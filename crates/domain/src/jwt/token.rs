//! A JWT (RFC 7519): whose it says it is, and whether it is good for a key, rules and a time.

use super::algorithm::Algorithm;
use super::compact::CompactJws;
use super::fault::TokenFault;
use super::json::{Document, Mistyped, Value, View};
use super::key::VerifyingKey;
use super::rules::ClaimRules;
use crate::time::Timestamp;

/// Claims that name a profile where no custom claim does, in their order; the header's `kid` comes after them.
const PROFILE_CLAIMS: [&str; 3] = ["https://www.workato.com/sub", "workato_sub", "sub"];

/// A well-formed token of which nothing is proven.
pub struct UnverifiedToken<'a> {
    jws: CompactJws<'a>,
    claims: Document,
}

/// What remains of a good token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// `exp` without leeway: nothing may be remembered longer. A time too far away to count is the last one there is.
    pub expires_at: Option<Timestamp>,
}

impl From<Mistyped> for TokenFault {
    fn from(_: Mistyped) -> Self {
        Self::ClaimMistyped
    }
}

impl<'a> UnverifiedToken<'a> {
    /// Reads a token: a [`CompactJws`] whose payload is a JSON object without repeated names.
    pub fn parse(token: &'a [u8]) -> Result<Self, TokenFault> {
        let mut jws = CompactJws::parse(token)?;
        let claims = Document::parse(jws.take_payload()).ok_or(TokenFault::Malformed)?;
        Ok(Self { jws, claims })
    }

    /// The algorithm that the header names.
    pub fn algorithm(&self) -> Algorithm {
        self.jws.algorithm()
    }

    /// The key that the header names.
    pub fn kid(&self) -> Option<&str> {
        self.jws.kid()
    }

    /// Who the token says issued it; a fault if `iss` is no string.
    pub fn issuer(&self) -> Result<Option<&str>, TokenFault> {
        Ok(self.claims.view().string("iss")?)
    }

    /// The API key that the token names. The first of the custom claim, `https://www.workato.com/sub`, `workato_sub`,
    /// `sub` and the header's `kid` that is present and not empty decides alone; another JSON type there is a fault and
    /// never passed over.
    pub fn profile_key(&self, custom_claim: Option<&str>) -> Result<&str, TokenFault> {
        for name in custom_claim.into_iter().chain(PROFILE_CLAIMS) {
            if let Some(key) = self.claims.view().string(name)?.filter(|key| !key.is_empty()) {
                return Ok(key);
            }
        }
        self.kid().filter(|key| !key.is_empty()).ok_or(TokenFault::ProfileUnnamed)
    }

    /// Checks everything: the algorithm, the signature, then the claims at the time `wall`.
    pub fn verify(&self, key: &VerifyingKey, rules: &ClaimRules, wall: Timestamp) -> Result<Verified, TokenFault> {
        self.verify_signature(key, rules)?;
        self.verify_claims(rules, wall)
    }

    /// Checks that key and rules allow the algorithm and that the signature is the key's.
    pub fn verify_signature(&self, key: &VerifyingKey, rules: &ClaimRules) -> Result<(), TokenFault> {
        if !rules.allows(self.algorithm()) || !key.permits(self.algorithm()) {
            return Err(TokenFault::AlgorithmRefused);
        }
        if self.jws.is_signed_by(key) { Ok(()) } else { Err(TokenFault::SignatureInvalid) }
    }

    /// Checks the claims, whose signature must have been checked before.
    pub fn verify_claims(&self, rules: &ClaimRules, wall: Timestamp) -> Result<Verified, TokenFault> {
        let claims = RegisteredClaims::read(self.claims.view())?;
        claims.check_times(rules.leeway_micros(), wall.0)?;
        let is_missing = |name: &String| matches!(self.claims.view().find(name), None | Some(Value::Null));
        if rules.required_claims.iter().any(is_missing) {
            return Err(TokenFault::ClaimMissing);
        }
        claims.check_issuer(&rules.allowed_issuers)?;
        claims.check_audience(&rules.allowed_audiences)?;
        Ok(Verified { expires_at: claims.expires.map(Timestamp) })
    }
}

/// The registered claims (RFC 7519 4.1), typed. Times are microseconds since 1970.
struct RegisteredClaims<'t> {
    issuer: Option<&'t str>,
    audiences: Option<Vec<&'t str>>,
    expires: Option<i64>,
    not_before: Option<i64>,
    issued: Option<i64>,
}

impl<'t> RegisteredClaims<'t> {
    fn read(claims: View<'t>) -> Result<Self, Mistyped> {
        let time = |name| Ok(claims.number(name)?.map(micros));
        claims.string("sub")?;
        claims.string("jti")?;
        Ok(Self {
            issuer: claims.string("iss")?,
            audiences: read_audiences(claims)?,
            expires: time("exp")?,
            not_before: time("nbf")?,
            issued: time("iat")?,
        })
    }

    fn check_times(&self, leeway: i64, now: i64) -> Result<(), TokenFault> {
        let latest_start = now.saturating_add(leeway);
        if self.expires.is_some_and(|end| end.saturating_add(leeway) <= now) {
            Err(TokenFault::Expired)
        } else if self.not_before.is_some_and(|start| start > latest_start) {
            Err(TokenFault::NotYetValid)
        } else if self.issued.is_some_and(|start| start > latest_start) {
            Err(TokenFault::IssuedInFuture)
        } else {
            Ok(())
        }
    }

    fn check_issuer(&self, allowed: &[String]) -> Result<(), TokenFault> {
        if allowed.is_empty() {
            return Ok(());
        }
        let issuer = self.issuer.ok_or(TokenFault::ClaimMissing)?;
        if allowed.iter().any(|one| one == issuer) { Ok(()) } else { Err(TokenFault::IssuerRefused) }
    }

    fn check_audience(&self, allowed: &[String]) -> Result<(), TokenFault> {
        if allowed.is_empty() {
            return Ok(());
        }
        let audiences = self.audiences.as_ref().ok_or(TokenFault::ClaimMissing)?;
        let is_allowed = |audience: &&str| allowed.iter().any(|one| one == audience);
        if audiences.iter().any(is_allowed) { Ok(()) } else { Err(TokenFault::AudienceRefused) }
    }
}

/// `aud`: a string, or an array of strings.
fn read_audiences(claims: View<'_>) -> Result<Option<Vec<&str>>, Mistyped> {
    match claims.find("aud") {
        None => Ok(None),
        Some(Value::Array(items)) => {
            items.iter().map(|item| claims.read_string(item)).collect::<Result<_, _>>().map(Some)
        }
        Some(one) => Ok(Some(vec![claims.read_string(one)?])),
    }
}

/// Seconds with a fraction as microseconds; times out of range become the first or the last there is.
#[expect(clippy::cast_possible_truncation, reason = "a cast from a double saturates, which is what is wanted")]
fn micros(seconds: f64) -> i64 {
    (seconds * 1e6) as i64
}
