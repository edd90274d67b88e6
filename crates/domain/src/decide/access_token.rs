//! Check 3 for access tokens of OAuth 2.0 (RFC 6750): the MAC, the time, and the client secret that it was got with.

use super::credential_genuine::{Identity, Unidentified, identity_of, method};
use crate::access_profile::CredentialKind;
use crate::access_token::AccessTokenFault;
use crate::denial::Denial;
use crate::directory::Directory;
use crate::terms::AuthMethod;
use crate::time::Timestamp;

pub(super) fn identify<'d>(
    directory: &'d Directory,
    token: &[u8],
    now: Timestamp,
) -> Result<Identity<'d>, Unidentified<'d>> {
    let said = directory.access_token_keys().read(token, now).map_err(|fault| match fault {
        AccessTokenFault::Malformed => Denial::Oauth2Malformed,
        AccessTokenFault::Forged => Denial::Oauth2Forged,
    })?;
    let profile = directory.profile(said.profile).ok_or(Denial::CredentialRevoked)?;
    let identity = identity_of(directory, profile, Some(said.credential))?;
    if method(identity.terms) != AuthMethod::Oauth2 {
        return Err(identity.refused(Denial::CredentialWrongMethod));
    }
    let secret = profile.live_credential(said.credential, now);
    if secret.is_none_or(|secret| secret.kind != CredentialKind::ClientSecret) {
        return Err(identity.refused(Denial::CredentialRevoked));
    }
    if now.0.div_euclid(1_000_000) >= said.expires_at {
        return Err(identity.refused(Denial::Oauth2Expired));
    }
    Ok(identity)
}
