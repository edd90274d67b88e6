//! Check 3: the credential is genuine, and of its profile's method.
//!
//! A token is looked up by its hash: one hash, one probe, nothing compared. A bearer token is either an access token
//! of ours (`access_token.rs`) or a JSON Web Token (`json_web_token.rs`).

use super::access_token;
use super::credential_present::Presented;
use super::json_web_token;
use super::{Asker, Wait};
use crate::access_profile::CredentialKind;
use crate::access_token::ACCESS_TOKEN_PREFIX;
use crate::denial::Denial;
use crate::directory::{ClientEntry, CredentialEntry, Directory, ProfileEntry};
use crate::ids::CredentialId;
use crate::terms::{AuthMethod, Terms};
use crate::time::Timestamp;
use crate::token::{TokenDigest, TokenKind, is_well_formed};
use std::sync::Arc;

/// Whose request it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identity<'d> {
    pub(super) profile: &'d Arc<ProfileEntry>,
    pub(super) client: &'d Arc<ClientEntry>,
    pub(super) terms: Option<&'d Terms>,
    /// The credential that the request stands on; `None` in explanations of recorded requests.
    pub(super) credential: Option<CredentialId>,
}

/// Why it is nobody's, or cannot be told yet.
pub(super) enum Unidentified<'d> {
    /// Refused.
    Refused(Denial, Option<(&'d ProfileEntry, &'d ClientEntry)>),
    /// The gateway must get something first.
    Wait(Wait),
}

impl From<Denial> for Unidentified<'_> {
    fn from(denial: Denial) -> Self {
        Self::Refused(denial, None)
    }
}

impl<'d> Identity<'d> {
    /// A refusal once the profile is known.
    pub(super) fn refused(&self, denial: Denial) -> Unidentified<'d> {
        Unidentified::Refused(denial, Some((self.profile, self.client)))
    }
}

pub(super) fn check<'d>(
    directory: &'d Directory,
    presented: &Presented<'_>,
    asker: &mut Asker<'_, impl super::VerifiedCache>,
) -> Result<Identity<'d>, Unidentified<'d>> {
    let identity = match presented {
        Presented::OtherScheme => return Err(Denial::CredentialWrongMethod.into()),
        Presented::Token(token) => of_token(directory, token, asker.now.wall)?,
        Presented::Bearer(token) if token.starts_with(ACCESS_TOKEN_PREFIX.as_bytes()) => {
            access_token::identify(directory, token, asker.now.wall)?
        }
        Presented::Bearer(token) => json_web_token::identify(directory, token, asker)?,
    };
    check_expiry(&identity, asker.now.wall)?;
    Ok(identity)
}

/// From its expiry on a profile's credentials are good for nothing.
pub(super) fn check_expiry<'d>(identity: &Identity<'d>, now: Timestamp) -> Result<(), Unidentified<'d>> {
    let expired = identity.profile.expires_at().is_some_and(|end| now >= end);
    if expired { Err(identity.refused(Denial::ProfileExpired)) } else { Ok(()) }
}

fn of_token<'d>(directory: &'d Directory, token: &[u8], now: Timestamp) -> Result<Identity<'d>, Unidentified<'d>> {
    // Only generated tokens have a checksum; those that were brought in are looked up as they are.
    let generated = token.starts_with(TokenKind::Profile.prefix().as_bytes());
    if token.is_empty() || token.len() > 256 || (generated && !is_well_formed(TokenKind::Profile, token)) {
        return Err(Denial::CredentialMalformed.into());
    }
    let found = look_up(directory, &TokenDigest::of(token), now).map_err(|stopped| match stopped {
        Unidentified::Refused(Denial::CredentialUnknown, _) if !could_be_brought_in(token) => {
            Denial::CredentialMalformed.into()
        }
        Unidentified::Refused(..) | Unidentified::Wait(_) => stopped,
    })?;
    // A key id, a client id and a client secret are looked up the same way, and are no tokens.
    if found.credential.kind != CredentialKind::Token || method(found.identity.terms) != AuthMethod::Token {
        return Err(found.identity.refused(Denial::CredentialWrongMethod));
    }
    Ok(found.identity)
}

/// Whether a text has the form of tokens that owners bring from elsewhere.
fn could_be_brought_in(token: &[u8]) -> bool {
    token.len() >= 32 && token.iter().all(u8::is_ascii_graphic)
}

/// A credential of a profile, found by its hash.
#[derive(Clone, Copy)]
pub(super) struct Found<'d> {
    pub(super) identity: Identity<'d>,
    pub(super) credential: &'d CredentialEntry,
}

/// Looks a credential up; one whose time has passed counts as revoked.
pub(super) fn look_up<'d>(
    directory: &'d Directory,
    digest: &TokenDigest,
    now: Timestamp,
) -> Result<Found<'d>, Unidentified<'d>> {
    let unknown = || {
        let denial = if directory.was_revoked(digest) { Denial::CredentialRevoked } else { Denial::CredentialUnknown };
        Unidentified::from(denial)
    };
    let profile = directory.profile_by_digest(digest).ok_or_else(unknown)?;
    let credential = profile.credentials().iter().find(|own| own.digest == *digest).ok_or_else(unknown)?;
    let identity = identity_of(directory, profile, Some(credential.id))?;
    if !credential.is_live(now) {
        return Err(identity.refused(Denial::CredentialRevoked));
    }
    Ok(Found { identity, credential })
}

/// Puts a profile, its client and its terms together.
pub(super) fn identity_of<'d>(
    directory: &'d Directory,
    profile: &'d Arc<ProfileEntry>,
    credential: Option<CredentialId>,
) -> Result<Identity<'d>, Denial> {
    // A profile without its client cannot be stored; were it so, it would count as unknown.
    let client = directory.client(profile.client_id()).ok_or(Denial::CredentialUnknown)?;
    let terms = directory.terms_of(profile, client);
    Ok(Identity { profile, client, terms, credential })
}

/// The method of a profile. Without terms it may call nothing, which check 8 says; its credential is a token.
pub(super) fn method(terms: Option<&Terms>) -> AuthMethod {
    terms.map_or(AuthMethod::Token, |terms| terms.method)
}
