//! Check 2: a credential is present, exactly one kind.

use super::facts::FoundCredentials;
use crate::denial::Denial;
use crate::directory::Route;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// What kind of credential was presented.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Presented<'a> {
    /// An auth token: the header `api-token`, the password of Basic with the user `api-token`, or the query.
    Token(Cow<'a, [u8]>),
    /// `Authorization: Bearer`.
    Bearer(&'a [u8]),
    /// Something else in `Authorization`.
    OtherScheme,
}

impl Presented<'_> {
    /// How explanations name it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Token(_) => "auth token",
            Self::Bearer(_) => "bearer token",
            Self::OtherScheme => "another scheme in Authorization",
        }
    }
}

/// `route` says whether a token in the query and `Authorization` are read at all.
pub(super) fn check<'a>(found: &'a FoundCredentials<'a>, route: Option<&Route>) -> Result<Presented<'a>, Denial> {
    let reads_query = route.is_some_and(|route| route.collection.allows_query_token());
    let query_count = if reads_query { found.query_token_count } else { 0 };
    let is_the_upstreams = route.is_some_and(|route| route.collection.forwarding().pass_authorization);
    let authorization_count = if is_the_upstreams { 0 } else { found.authorization_count };
    match (found.api_token_count, authorization_count, query_count) {
        (0, 0, 0) => Err(Denial::CredentialMissing),
        (1, 0, 0) => found.api_token.map(|token| Presented::Token(token.into())).ok_or(Denial::CredentialMissing),
        (0, 1, 0) => found.authorization.map(of_authorization).ok_or(Denial::CredentialMissing),
        (0, 0, 1) => {
            let token = found.query_token.as_deref();
            token.map(|token| Presented::Token(token.into())).ok_or(Denial::CredentialMissing)
        }
        _ => Err(Denial::CredentialAmbiguous),
    }
}

fn of_authorization(value: &[u8]) -> Presented<'_> {
    let space = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at_checked(space).unwrap_or((value, b""));
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return Presented::Bearer(rest.trim_ascii());
    }
    if scheme.eq_ignore_ascii_case(b"basic")
        && let Some(token) = token_of_basic(rest)
    {
        return Presented::Token(token.into());
    }
    Presented::OtherScheme
}

/// The password of `Basic`, if its user is `api-token` in any case (RFC 7617).
fn token_of_basic(encoded: &[u8]) -> Option<Vec<u8>> {
    let decoded = STANDARD.decode(encoded.trim_ascii()).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let (user, password) = decoded.split_at_checked(colon)?;
    user.eq_ignore_ascii_case(b"api-token").then(|| password.iter().skip(1).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_authorization(header: &str, expected: &Presented<'_>) {
        assert_eq!(&of_authorization(header.as_bytes()), expected, "{header}");
    }

    #[test]
    fn basic_is_read_for_the_user_api_token_only() {
        let encode = |pair: &str| STANDARD.encode(pair);
        check_authorization(&format!("Basic {}", encode("api-token:pc_x:y")), &Presented::Token(b"pc_x:y".into()));
        check_authorization(&format!("bAsIc  {}", encode("API-Token:t")), &Presented::Token(b"t".into()));
        check_authorization(&format!("Basic {}", encode("other:t")), &Presented::OtherScheme);
        check_authorization(&format!("Basic {}", encode("api-token")), &Presented::OtherScheme);
        check_authorization(&format!("Bearer {}", encode("a:t")), &Presented::Bearer(encode("a:t").as_bytes()));
        check_authorization("Basic !!", &Presented::OtherScheme);
        check_authorization("Basic", &Presented::OtherScheme);
        check_authorization("bearer", &Presented::Bearer(b""));
        check_authorization("Bearer  x ", &Presented::Bearer(b"x"));
    }
}
