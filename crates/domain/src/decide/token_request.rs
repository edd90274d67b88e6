//! Access tokens for OAuth 2.0 client credentials (RFC 6749, 4.4): checks 3 to 6 on client id and client secret.

use super::credential_genuine::{look_up, method};
use super::{enabled, mutual_tls, require_fresh, source_address};
use crate::access_profile::CredentialKind;
use crate::access_token::{ACCESS_TOKEN_SECONDS, AccessToken};
use crate::client_certificate::ClientCertificate;
use crate::decide::facts::Source;
use crate::denial::Denial;
use crate::directory::Directory;
use crate::ids::{ClientId, CredentialId, ProfileId};
use crate::secret::Secret;
use crate::terms::AuthMethod;
use crate::time::Now;
use crate::token::TokenDigest;

/// A granted access token.
#[derive(Clone)]
pub struct GrantedToken {
    /// The token.
    pub token: Secret,
    /// Seconds until it ends.
    pub expires_in: i64,
    /// Who got it.
    pub profile: ProfileId,
    /// With which secret.
    pub credential: CredentialId,
}

/// Why no access token was granted. The caller is told the same for every reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenRefused {
    /// The true reason, for the log.
    pub denial: Denial,
    /// The profile, where the client id is one's.
    pub profile: Option<ProfileId>,
    /// Its client.
    pub client: Option<ClientId>,
}

/// Checks a client's id and secret and grants a token. Both are hashed and looked up whatever happens, so that a wrong
/// id takes as long as a wrong secret.
pub fn grant_access_token(
    directory: &Directory,
    client_id: &[u8],
    client_secret: &[u8],
    source: Source,
    certificate: Option<&ClientCertificate>,
    now: Now,
) -> Result<GrantedToken, TokenRefused> {
    let refused = |denial| TokenRefused { denial, profile: None, client: None };
    require_fresh(directory).map_err(refused)?;
    let by_id = look_up(directory, &TokenDigest::of(client_id), now.wall);
    let by_secret = look_up(directory, &TokenDigest::of(client_secret), now.wall);
    let Ok(named) = by_id else { return Err(refused(Denial::CredentialUnknown)) };
    let identity = named.identity;
    let found =
        |denial| TokenRefused { denial, profile: Some(identity.profile.id()), client: Some(identity.client.id()) };
    if named.credential.kind != CredentialKind::ClientId || method(identity.terms) != AuthMethod::Oauth2 {
        return Err(found(Denial::CredentialWrongMethod));
    }
    let secret = by_secret.ok().filter(|secret| {
        secret.credential.kind == CredentialKind::ClientSecret && secret.identity.profile.id() == identity.profile.id()
    });
    let secret = secret.ok_or_else(|| {
        let revoked = directory.was_revoked(&TokenDigest::of(client_secret));
        found(if revoked { Denial::CredentialRevoked } else { Denial::CredentialUnknown })
    })?;
    let seconds = now.wall.0.div_euclid(1_000_000);
    let end_of = |end: crate::time::Timestamp| end.0.div_euclid(1_000_000);
    let ends = [secret.credential.ends_at, identity.profile.expires_at()];
    let expires_at = ends.into_iter().flatten().map(end_of).fold(seconds + ACCESS_TOKEN_SECONDS, i64::min);
    if expires_at <= seconds {
        return Err(found(Denial::ProfileExpired));
    }
    mutual_tls::check(directory, identity.terms, certificate, now.wall).map_err(found)?;
    enabled::check(identity.client, identity.profile).map_err(found)?;
    source_address::check(identity.profile, source).map_err(found)?;
    let profile = identity.profile.id();
    let said = AccessToken { profile, credential: secret.credential.id, issued_at: seconds, expires_at };
    let token = directory.access_token_keys().issue(&said).ok_or_else(|| found(Denial::InternalError))?;
    Ok(GrantedToken { token, expires_in: expires_at - seconds, profile, credential: secret.credential.id })
}
