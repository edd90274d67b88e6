//! Check 3 for JSON Web Tokens (RFC 7519): which profile a token names, and whether it is that profile's.
//!
//! The name is read before anything is verified; nothing else of the token is believed until its signature was
//! verified with the settings of the profile that it names. A verified token is remembered with the versions of
//! profile, client and key set; on each use they are compared, so a change is in force at once.

use super::credential_genuine::{Found, Identity, Unidentified, identity_of, look_up, method};
use super::verified::{VerifiedCache, VerifiedToken};
use super::{Asker, Wait};
use crate::access_profile::CredentialKind;
use crate::denial::Denial;
use crate::directory::{Directory, KeySetEntry};
use crate::jwt::{KeyChoiceFault, MAX_TOKEN_BYTES, TokenFault, UnverifiedToken, VerifyingKey};
use crate::terms::{AuthMethod, JwtTerms};
use crate::token::TokenDigest;

pub(super) fn identify<'d>(
    directory: &'d Directory,
    text: &[u8],
    asker: &mut Asker<'_, impl VerifiedCache>,
) -> Result<Identity<'d>, Unidentified<'d>> {
    if text.len() > MAX_TOKEN_BYTES {
        return Err(Denial::JwtTooLarge.into());
    }
    let digest = TokenDigest::of(text);
    if let Some(identity) = remembered(directory, &digest, asker) {
        return Ok(identity);
    }
    let token = UnverifiedToken::parse(text).map_err(denial)?;
    let found = named_profile(directory, &token, asker)?;
    let identity = found.identity;
    let jwt = identity.terms.and_then(|terms| terms.jwt.as_deref());
    let jwt = jwt.ok_or_else(|| identity.refused(Denial::CredentialWrongMethod))?;
    let (key, key_set_version) = choose_key(directory, jwt, &token, &identity, asker)?;
    if !asker.verified.may_verify(asker.source, asker.now.monotonic) {
        return Err(identity.refused(Denial::JwtTooManyFailures));
    }
    let verified = token.verify(key, &jwt.rules, asker.now.wall).map_err(|fault| {
        if fault == TokenFault::SignatureInvalid {
            asker.verified.note_failure(asker.source, asker.now.monotonic);
        }
        identity.refused(denial(fault))
    })?;
    // An OpenID Connect issuer that is in use is one that the token must name.
    if let Some(issuer) = jwt.issuer_in_use()
        && token.issuer().map_err(|fault| identity.refused(denial(fault)))? != Some(issuer)
    {
        return Err(identity.refused(Denial::JwtIssuerRefused));
    }
    let versions = [identity.profile.version(), identity.client.version(), key_set_version];
    let entry = VerifiedToken {
        profile: identity.profile.id(),
        credential: found.credential.id,
        versions,
        verified_at: asker.now,
        expires_at: verified.expires_at,
    };
    asker.verified.keep(digest, entry);
    Ok(identity)
}

/// A token that was verified not long ago, against what is still in force.
fn remembered<'d>(
    directory: &'d Directory,
    digest: &TokenDigest,
    asker: &mut Asker<'_, impl VerifiedCache>,
) -> Option<Identity<'d>> {
    let entry = asker.verified.find(digest).filter(|entry| entry.is_fresh(asker.now))?;
    let profile = directory.profile(entry.profile)?;
    profile.live_credential(entry.credential, asker.now.wall)?;
    let identity = identity_of(directory, profile, Some(entry.credential)).ok()?;
    let jwt = identity.terms.and_then(|terms| terms.jwt.as_deref())?;
    let key_set = jwt.key_source().map(|source| directory.key_set(&source).map(|entry| entry.version));
    // A key set that is gone matches nothing.
    let key_set_version = match key_set {
        None => 0,
        Some(version) => version?,
    };
    (entry.versions == [profile.version(), identity.client.version(), key_set_version]).then_some(identity)
}

/// The profile that a token names. Nothing of it is verified yet.
fn named_profile<'d>(
    directory: &'d Directory,
    token: &UnverifiedToken<'_>,
    asker: &Asker<'_, impl VerifiedCache>,
) -> Result<Found<'d>, Unidentified<'d>> {
    let claim = if directory.has_issuer_claims() {
        token.issuer().map_err(denial)?.and_then(|issuer| directory.claim_of_issuer(issuer))
    } else {
        None
    };
    let key = token.profile_key(claim).map_err(denial)?;
    let found = look_up(directory, &TokenDigest::of(key.as_bytes()), asker.now.wall)?;
    let is_jwt = matches!(method(found.identity.terms), AuthMethod::Jwt | AuthMethod::Oidc);
    if !is_jwt || found.credential.kind != CredentialKind::KeyId {
        return Err(found.identity.refused(Denial::CredentialWrongMethod));
    }
    Ok(found)
}

/// The key that a token is to be verified with, and the version of the set that it comes from.
fn choose_key<'d>(
    directory: &'d Directory,
    jwt: &'d JwtTerms,
    token: &UnverifiedToken<'_>,
    identity: &Identity<'d>,
    asker: &Asker<'_, impl VerifiedCache>,
) -> Result<(&'d VerifyingKey, u64), Unidentified<'d>> {
    let Some(source) = jwt.key_source() else {
        return match &jwt.key {
            Some(key) => Ok((key, 0)),
            None => Err(identity.refused(Denial::JwtKeysUnavailable)),
        };
    };
    let wait_or = |denial| {
        if asker.waited.for_keys { identity.refused(denial) } else { Unidentified::Wait(Wait::Keys(source.clone())) }
    };
    let Some(KeySetEntry { set, version }) = directory.key_set(&source) else {
        return Err(wait_or(Denial::JwtKeysUnavailable));
    };
    match set.select(token.kid(), token.algorithm()) {
        Ok(key) => Ok((key, *version)),
        Err(KeyChoiceFault::UnknownKid) => Err(wait_or(Denial::JwtKeyUnknown)),
        Err(KeyChoiceFault::NoUsableKey | KeyChoiceFault::SeveralKeys) => Err(identity.refused(Denial::JwtKeyUnknown)),
    }
}

/// The reason for a token that was not accepted.
fn denial(fault: TokenFault) -> Denial {
    match fault {
        TokenFault::TooLarge => Denial::JwtTooLarge,
        TokenFault::Malformed => Denial::JwtMalformed,
        TokenFault::AlgorithmRefused => Denial::JwtAlgorithmRefused,
        TokenFault::ProfileUnnamed => Denial::JwtProfileUnnamed,
        TokenFault::SignatureInvalid => Denial::JwtSignatureInvalid,
        TokenFault::Expired => Denial::JwtExpired,
        TokenFault::NotYetValid | TokenFault::IssuedInFuture => Denial::JwtNotYetValid,
        TokenFault::ClaimMissing => Denial::JwtClaimMissing,
        TokenFault::ClaimMistyped => Denial::JwtClaimMistyped,
        TokenFault::IssuerRefused => Denial::JwtIssuerRefused,
        TokenFault::AudienceRefused => Denial::JwtAudienceRefused,
    }
}
