//! Check 2: a credential is present, exactly one kind.

use super::facts::FoundCredentials;
use crate::denial::Denial;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// What kind of credential was presented.
pub(super) enum Presented<'a> {
    /// An auth token: the header `api-token`, or the password of Basic with the user `api-token`.
    Token(Cow<'a, [u8]>),
    /// Something else in `Authorization`.
    Authorization,
}

pub(super) fn check<'a>(found: &FoundCredentials<'a>) -> Result<Presented<'a>, Denial> {
    match (found.api_token, found.authorization, found.api_token_count, found.authorization_count) {
        (_, _, 0, 0) => Err(Denial::CredentialMissing),
        (Some(token), _, 1, 0) => Ok(Presented::Token(Cow::Borrowed(token))),
        (_, authorization, 0, 1) => {
            let token = authorization.and_then(token_of_basic);
            Ok(token.map_or(Presented::Authorization, |token| Presented::Token(Cow::Owned(token))))
        }
        _ => Err(Denial::CredentialAmbiguous),
    }
}

/// The password of `Basic`, if its user is `api-token` in any case (RFC 7617).
fn token_of_basic(authorization: &[u8]) -> Option<Vec<u8>> {
    let space = authorization.iter().position(|byte| *byte == b' ')?;
    let (scheme, encoded) = authorization.split_at_checked(space)?;
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim_ascii()).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let (user, password) = decoded.split_at_checked(colon)?;
    user.eq_ignore_ascii_case(b"api-token").then(|| password.iter().skip(1).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_basic(header: &str, token: Option<&[u8]>) {
        assert_eq!(token_of_basic(header.as_bytes()).as_deref(), token, "{header}");
    }

    #[test]
    fn basic_is_read_for_the_user_api_token_only() {
        let encode = |pair: &str| STANDARD.encode(pair);
        check_basic(&format!("Basic {}", encode("api-token:pc_x:y")), Some(b"pc_x:y"));
        check_basic(&format!("bAsIc  {}", encode("API-Token:t")), Some(b"t"));
        check_basic(&format!("Basic {}", encode("other:t")), None);
        check_basic(&format!("Basic {}", encode("api-token")), None);
        check_basic(&format!("Bearer {}", encode("api-token:t")), None);
        check_basic("Basic !!", None);
        check_basic("Basic", None);
    }
}
