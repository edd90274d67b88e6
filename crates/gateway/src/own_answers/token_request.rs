//! What a request for an access token asks for, and with which client id and secret (RFC 6749 2.3, 4.4.2).

use super::{basic, token_body};
use crate::seam::RequestHead;
use percent_encoding::percent_decode;

/// What may be asked for.
const GRANT_TYPE: &str = "client_credentials";

/// Client id and client secret, as sent; empty where they are missing or unreadable, which no client's are.
pub(super) struct TokenRequest {
    pub(super) client_id: Vec<u8>,
    pub(super) client_secret: Vec<u8>,
}

/// Why a request cannot be looked at (RFC 6749 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Malformed {
    /// `invalid_request`.
    Request,
    /// `unsupported_grant_type`.
    GrantType,
}

/// Reads it. Credentials stand in one place: the header `Authorization`, or the body.
pub(super) fn read(head: &RequestHead<'_>, query: Option<&[u8]>, body: &[u8]) -> Result<TokenRequest, Malformed> {
    let has_other_token = head.values("api-token").next().is_some();
    if has_other_token || head.values("authorization").count() > 1 || query.is_some_and(has_parameters) {
        return Err(Malformed::Request);
    }
    let parameters = token_body::parse(head, body).ok_or(Malformed::Request)?;
    let authorization = head.single("authorization");
    let in_body = parameters.client_id.is_some() || parameters.client_secret.is_some();
    if authorization.is_some() && in_body {
        return Err(Malformed::Request);
    }
    match parameters.grant_type.as_deref() {
        None => return Err(Malformed::Request),
        Some(GRANT_TYPE) => {}
        Some(_) => return Err(Malformed::GrantType),
    }
    let (client_id, client_secret) = if let Some(value) = authorization {
        basic::credentials(value).unwrap_or_default()
    } else {
        let bytes = |text: Option<String>| text.unwrap_or_default().into_bytes();
        (bytes(parameters.client_id), bytes(parameters.client_secret))
    };
    Ok(TokenRequest { client_id, client_secret })
}

/// Whether a query holds what belongs into the body, where no log keeps it.
fn has_parameters(query: &[u8]) -> bool {
    let names = query.split(|byte| *byte == b'&').map(|part| {
        let name = part.split(|byte| *byte == b'=').next().unwrap_or_default();
        percent_decode(name).collect::<Vec<u8>>().to_ascii_lowercase()
    });
    let ours = [&b"client_id"[..], b"client_secret", b"grant_type", b"api_token", b"access_token"];
    names.into_iter().any(|name| ours.contains(&name.as_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seam::Version;

    const FORM: &str = "grant_type=client_credentials";
    const BASIC: &str = "Basic cGtfMTpwY18y";

    #[track_caller]
    fn check(headers: &[(&str, &str)], query: Option<&str>, body: &str, expected: Result<(&str, &str), Malformed>) {
        let mut headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        headers.push((b"content-type", b"application/x-www-form-urlencoded"));
        let head = RequestHead { method: b"POST", target: b"/", version: Version::Http11, headers: &headers };
        let found = read(&head, query.map(str::as_bytes), body.as_bytes());
        let found = found.map(|found| (found.client_id, found.client_secret));
        let expected = expected.map(|(id, secret)| (id.as_bytes().to_vec(), secret.as_bytes().to_vec()));
        assert_eq!(found, expected, "{headers:?} {query:?} {body}");
    }

    #[test]
    fn credentials_stand_in_the_header_or_in_the_body() {
        let in_body = format!("{FORM}&client_id=pk_1&client_secret=pc_2&scope=x");
        check(&[("authorization", BASIC)], None, FORM, Ok(("pk_1", "pc_2")));
        check(&[], Some("tenant=1"), &in_body, Ok(("pk_1", "pc_2")));
        check(&[("authorization", BASIC)], None, &in_body, Err(Malformed::Request));
        check(&[("authorization", BASIC)], None, &format!("{FORM}&client_id=pk_1"), Err(Malformed::Request));
        check(&[("authorization", BASIC); 2], None, FORM, Err(Malformed::Request));
        check(&[("api-token", "x"), ("authorization", BASIC)], None, FORM, Err(Malformed::Request));
        check(&[], Some("client_id=a"), &in_body, Err(Malformed::Request));
        check(&[], Some("x&Client%5fSecret=a"), &in_body, Err(Malformed::Request));
    }

    #[test]
    fn what_is_missing_or_of_another_kind_is_nobodys() {
        check(&[], None, FORM, Ok(("", "")));
        check(&[], None, &format!("{FORM}&client_id=pk_1"), Ok(("pk_1", "")));
        check(&[("authorization", "Bearer x")], None, FORM, Ok(("", "")));
    }

    #[test]
    fn only_client_credentials_are_granted() {
        check(&[("authorization", BASIC)], None, "", Err(Malformed::Request));
        check(&[("authorization", BASIC)], None, "grant_type=password", Err(Malformed::GrantType));
        check(&[("authorization", BASIC)], None, "grant_type=", Err(Malformed::GrantType));
    }
}
