//! Check 3: the credential is genuine. One hash, one probe, nothing compared.

use super::credential_present::Presented;
use crate::denial::Denial;
use crate::directory::{Directory, ProfileEntry};
use crate::terms::{AuthMethod, Terms};
use crate::token::{TokenDigest, TokenKind, is_well_formed};
use std::sync::Arc;

pub(super) fn check<'d>(directory: &'d Directory, presented: Presented<'_>) -> Result<&'d Arc<ProfileEntry>, Denial> {
    match presented {
        // Bearer belongs to methods that come with a later version: until then it admits nobody.
        Presented::Authorization => Err(Denial::CredentialWrongMethod),
        Presented::Token(token) if !is_well_formed(TokenKind::Profile, &token) => Err(Denial::CredentialMalformed),
        Presented::Token(token) => {
            directory.profile_by_digest(&TokenDigest::of(&token)).ok_or(Denial::CredentialUnknown)
        }
    }
}

/// A token is good only for a profile whose method is the token. Without terms there is no method either; what such
/// a profile may call is nothing, which check 8 says.
pub(super) fn check_method(terms: Option<&Terms>) -> Result<(), Denial> {
    match terms.map(|terms| terms.method) {
        None | Some(AuthMethod::Token) => Ok(()),
        Some(AuthMethod::Jwt | AuthMethod::Oauth2 | AuthMethod::Oidc) => Err(Denial::CredentialWrongMethod),
    }
}
