//! Credentials of profiles: which kinds a method needs, storing them, ending them. Of secrets only the digest is stored.
//!
//! A credential that ends leaves a tombstone, its digest, for [`TOMBSTONE_MICROS`].

use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use domain::access_profile::{Credential, CredentialKind};
use domain::key_id::KeyId;
use domain::terms::AuthMethod;
use domain::time::Timestamp;
use domain::token::TokenDigest;
use domain::{CredentialId, ProfileId};
use std::collections::BTreeSet;

/// How long the digest of a credential that ended is kept: 90 days.
pub(super) const TOMBSTONE_MICROS: i64 = 90 * 24 * 3_600_000_000;

const INSERT_CREDENTIAL: &str = "insert into credentials (id, profile_id, kind, digest, identifier, last4, created_at) \
     values ($1, $2, $3, $4, $5, $6, $7)";
const DELETE_TOMBSTONE: &str = "delete from revoked_credentials where digest = $1";
const FIND_BY_DIGEST: &str = "select id from credentials where digest = $1";
const INSERT_TOMBSTONE: &str = "insert into revoked_credentials (digest, profile_id, ended_at) \
     select digest, profile_id, $2 from credentials where id = $1 \
     on conflict (digest) do update set profile_id = excluded.profile_id, ended_at = excluded.ended_at";
const KEEP_LAST_USE: &str = "update access_profiles set last_used_at = u.last_used_at \
     from credential_uses u join credentials cr on cr.id = u.id \
     where u.id = $1 and access_profiles.id = cr.profile_id \
     and coalesce(access_profiles.last_used_at, 0) < u.last_used_at";
const DELETE_CREDENTIAL: &str = "delete from credentials where id = $1";
const CREDENTIALS_OF: &str = "select id from credentials where profile_id = $1";
const LOAD_REVOKED: &str = "select digest from revoked_credentials";

/// A secret to store: an auth token, or a client secret of OAuth 2.0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSecret {
    /// A random number, never used before.
    pub id: CredentialId,
    /// SHA-256 of the secret.
    pub digest: TokenDigest,
    /// The last four characters of the secret.
    pub last4: String,
}

/// An identifier to store: a key id, or a client id of OAuth 2.0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIdentifier {
    /// A random number, never used before.
    pub id: CredentialId,
    /// The identifier.
    pub identifier: KeyId,
}

/// Just generated credentials. A change stores those that the method of the profile needs and drops the rest: the
/// credentials of the profile that it answers say which, by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreshCredentials {
    /// A secret, for `token` and `oauth2`.
    pub secret: NewSecret,
    /// An identifier, for `jwt`, `oidc` and `oauth2`.
    pub identifier: NewIdentifier,
}

/// What an owner chose in the place of generated credentials.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Chosen<'a> {
    pub(super) auth_token: Option<&'a NewSecret>,
    pub(super) api_key: Option<&'a NewIdentifier>,
}

/// A credential to store, of a kind.
#[derive(Debug, Clone)]
pub(crate) struct NewCredential {
    pub(super) id: CredentialId,
    pub(super) kind: CredentialKind,
    pub(super) digest: TokenDigest,
    pub(super) identifier: Option<KeyId>,
    pub(super) last4: String,
}

impl NewCredential {
    fn secret(kind: CredentialKind, new: &NewSecret) -> Self {
        Self { id: new.id, kind, digest: new.digest, identifier: None, last4: new.last4.clone() }
    }

    fn identifier(kind: CredentialKind, new: &NewIdentifier) -> Self {
        let text = new.identifier.as_str();
        let last4 = text.get(text.len().saturating_sub(4)..).unwrap_or(text).to_owned();
        let digest = TokenDigest::of(text.as_bytes());
        Self { id: new.id, kind, digest, identifier: Some(new.identifier.clone()), last4 }
    }
}

/// The kind of secret of a method.
fn secret_kind(method: AuthMethod) -> Option<CredentialKind> {
    match method {
        AuthMethod::Token => Some(CredentialKind::Token),
        AuthMethod::Oauth2 => Some(CredentialKind::ClientSecret),
        AuthMethod::Jwt | AuthMethod::Oidc => None,
    }
}

/// The kind of identifier of a method.
fn identifier_kind(method: AuthMethod) -> Option<CredentialKind> {
    match method {
        AuthMethod::Token => None,
        AuthMethod::Oauth2 => Some(CredentialKind::ClientId),
        AuthMethod::Jwt | AuthMethod::Oidc => Some(CredentialKind::KeyId),
    }
}

/// All credentials of a profile that begins with a method.
pub(super) fn first_credentials(
    method: AuthMethod,
    fresh: &FreshCredentials,
    chosen: Chosen<'_>,
) -> Vec<NewCredential> {
    let secret = chosen.auth_token.unwrap_or(&fresh.secret);
    let identifier = chosen.api_key.unwrap_or(&fresh.identifier);
    let identifier = identifier_kind(method).map(|kind| NewCredential::identifier(kind, identifier));
    let secret = secret_kind(method).map(|kind| NewCredential::secret(kind, secret));
    identifier.into_iter().chain(secret).collect()
}

/// The credentials that an owner puts in the place of present ones; what is there already is left.
pub(super) fn replacements(method: AuthMethod, chosen: Chosen<'_>, present: &[Credential]) -> Vec<NewCredential> {
    let identifier =
        identifier_kind(method).zip(chosen.api_key).map(|(kind, new)| NewCredential::identifier(kind, new));
    let secret = secret_kind(method).zip(chosen.auth_token).map(|(kind, new)| NewCredential::secret(kind, new));
    let is_there = |new: &NewCredential| {
        present.iter().any(|own| own.kind == new.kind && own.ends_at.is_none() && own.digest == new.digest)
    };
    identifier.into_iter().chain(secret).filter(|new| !is_there(new)).collect()
}

/// The credential that a refresh puts in the place of the present one.
pub(super) fn refreshed(method: AuthMethod, fresh: &FreshCredentials) -> NewCredential {
    match secret_kind(method) {
        Some(kind) => NewCredential::secret(kind, &fresh.secret),
        None => NewCredential::identifier(CredentialKind::KeyId, &fresh.identifier),
    }
}

/// Notes what was chosen of a kind that the method has not.
pub(super) fn check_chosen(prefix: &str, method: AuthMethod, chosen: Chosen<'_>, faults: &mut Faults) {
    let mut refuse = |field: &str, what: &str| {
        faults.add(
            format!("{prefix}{field}"),
            FaultKind::Bad,
            format!("is not for the method {}: {what}", method.as_str()),
        );
    };
    if chosen.auth_token.is_some() && secret_kind(method).is_none() {
        refuse("auth_token", "choose an api_key");
    }
    if chosen.api_key.is_some() && identifier_kind(method).is_none() {
        refuse("api_key", "choose an auth_token");
    }
}

/// Notes a fault for each credential whose value another one has, stored or made by the same change. `ending`: those
/// that end by the same change and give their values free.
pub(super) async fn check_unused(
    db: &mut DbConnection,
    prefix: &str,
    new: &[NewCredential],
    ending: &[CredentialId],
    made: &mut BTreeSet<TokenDigest>,
    faults: &mut Faults,
) -> Result<(), StoreError> {
    for credential in new {
        let digest = credential.digest;
        let holder: Option<i64> =
            sqlx::query_scalar(FIND_BY_DIGEST).bind(digest.0.as_slice()).fetch_optional(&mut *db).await?;
        let taken = holder.is_some_and(|id| !ending.contains(&CredentialId(id)));
        if taken || !made.insert(digest) {
            let field = if credential.kind.is_identifier() { "api_key" } else { "auth_token" };
            faults.taken(format!("{prefix}{field}"));
        }
    }
    Ok(())
}

/// Stores a credential. One that ended earlier with the same value is no longer remembered as ended.
pub(super) async fn insert_credential(
    db: &mut DbConnection,
    profile: ProfileId,
    new: &NewCredential,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(DELETE_TOMBSTONE).bind(new.digest.0.as_slice()).execute(&mut *db).await?;
    sqlx::query(INSERT_CREDENTIAL)
        .bind(new.id.0)
        .bind(profile.0)
        .bind(new.kind.as_str())
        .bind(new.digest.0.as_slice())
        .bind(new.identifier.as_ref().map(KeyId::as_str))
        .bind(&new.last4)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Ends a credential: its tombstone stays, its last use becomes the profile's.
pub(super) async fn retire(db: &mut DbConnection, id: CredentialId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(INSERT_TOMBSTONE).bind(id.0).bind(now.0).execute(&mut *db).await?;
    sqlx::query(KEEP_LAST_USE).bind(id.0).execute(&mut *db).await?;
    sqlx::query(DELETE_CREDENTIAL).bind(id.0).execute(db).await?;
    Ok(())
}

/// Ends all credentials of a profile.
pub(crate) async fn retire_all(db: &mut DbConnection, profile: ProfileId, now: Timestamp) -> Result<(), StoreError> {
    let ids: Vec<i64> = sqlx::query_scalar(CREDENTIALS_OF).bind(profile.0).fetch_all(&mut *db).await?;
    for id in ids {
        retire(db, CredentialId(id), now).await?;
    }
    Ok(())
}

/// Ends those whose overlap has passed; answers the rest.
pub(super) async fn retire_passed(
    db: &mut DbConnection,
    credentials: &[Credential],
    now: Timestamp,
) -> Result<Vec<Credential>, StoreError> {
    let (passed, live): (Vec<_>, Vec<_>) =
        credentials.iter().cloned().partition(|own| own.ends_at.is_some_and(|end| end <= now));
    for credential in passed {
        retire(db, credential.id, now).await?;
    }
    Ok(live)
}

/// Digests of credentials that ended not long ago.
pub(crate) async fn load_revoked(db: &mut DbConnection) -> Result<Vec<TokenDigest>, StoreError> {
    let rows: Vec<Vec<u8>> = sqlx::query_scalar(LOAD_REVOKED).fetch_all(db).await?;
    let read = |bytes: &Vec<u8>| crate::row::known("revoked_credentials.digest", TokenDigest::from_stored(bytes));
    rows.iter().map(read).collect()
}
