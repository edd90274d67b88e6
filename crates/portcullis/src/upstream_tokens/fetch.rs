//! One request to a token endpoint (RFC 6749, 4.4.2), and what is read of its answer. Nothing that the server says in
//! words gets into a log.

use domain::cidr::CidrSet;
use domain::secret::Secret;
use domain::upstream::{ClientAuth, TokenSource};
use outbound::{Fetcher, Form, Limits};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Bounds of one fetch.
pub(super) const LIMITS: Limits =
    Limits { body_bytes: 65_536, total: Duration::from_secs(5), connect: Duration::from_secs(3) };
/// The life of a token whose answer does not say: the usual one.
const DEFAULT_LIFE: Duration = Duration::from_hours(1);
/// No token is kept longer, whatever its answer says.
const MOST_LIFE: Duration = Duration::from_hours(24 * 30);
/// The longest token.
const MAX_TOKEN_BYTES: usize = 8192;

/// Error codes that say what to mend (RFC 6749, 5.2).
const ERRORS: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// Why there is no token.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TokenFault {
    /// The URL is none.
    #[error("the token_url is not a URL")]
    NotAUrl,
    /// No answer.
    #[error("the token endpoint could not be asked: {0}")]
    Fetch(#[from] outbound::FetchError),
    /// An error that the standard knows.
    #[error("the token endpoint answered {status} with error {code}")]
    Refused {
        /// The status.
        status: u16,
        /// One of the standard's codes.
        code: &'static str,
    },
    /// Another status. Redirects are not followed.
    #[error("the token endpoint answered with status {0}; it must be 200 (redirects are not followed)")]
    Status(u16),
    /// Not JSON with an access token.
    #[error("the answer of the token endpoint is not JSON with an access_token")]
    NotAToken,
    /// Another kind of token.
    #[error("the token is not of type Bearer")]
    NotBearer,
    /// Nothing that can stand in a header.
    #[error("the access_token is too long or holds characters that a header cannot carry")]
    NotSendable,
    /// `expires_in` is no number of seconds above zero.
    #[error("expires_in is not a number of seconds above zero")]
    BadLife,
    /// The fetch broke off.
    #[error("the fetch broke off")]
    Broken,
}

/// A token as got.
pub(super) struct Got {
    pub(super) token: Secret,
    pub(super) life: Duration,
}

/// How it is fetched.
#[derive(Clone)]
pub(super) struct Guarded {
    pub(super) fetcher: Fetcher,
    /// Private addresses that may be gone to.
    pub(super) allowed: CidrSet,
}

/// What is read of an answer. Each name may be there once.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    token_type: String,
    expires_in: Option<Value>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// Asks for a token.
pub(super) async fn fetch(guarded: Guarded, source: Arc<TokenSource>) -> Result<Got, TokenFault> {
    let client = source.client();
    let url = Url::parse(client.token_url.as_str()).map_err(|_| TokenFault::NotAUrl)?;
    let (id, secret) = (client.client_id.as_str(), source.secret().expose());
    let mut fields = vec![("grant_type", "client_credentials")];
    fields.extend(client.scope.as_ref().map(|scope| ("scope", scope.as_str())));
    let basic = match client.client_auth {
        ClientAuth::Basic => Some((id, secret)),
        ClientAuth::Body => {
            fields.extend([("client_id", id), ("client_secret", secret)]);
            None
        }
    };
    let form = Form { fields: &fields, basic };
    let answer = guarded.fetcher.post_form(&url, &form, &guarded.allowed, LIMITS).await?;
    read(answer.status, &answer.body)
}

fn read(status: u16, body: &[u8]) -> Result<Got, TokenFault> {
    if status != 200 {
        let said = serde_json::from_slice::<Refusal>(body).ok();
        let known = said.and_then(|said| ERRORS.into_iter().find(|code| *code == said.error));
        return Err(known.map_or(TokenFault::Status(status), |code| TokenFault::Refused { status, code }));
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|_| TokenFault::NotAToken)?;
    let token = Secret::new(answer.access_token);
    if !answer.token_type.eq_ignore_ascii_case("bearer") {
        return Err(TokenFault::NotBearer);
    }
    let text = token.expose().as_bytes();
    if !(1..=MAX_TOKEN_BYTES).contains(&text.len()) || !text.iter().all(u8::is_ascii_graphic) {
        return Err(TokenFault::NotSendable);
    }
    let life = match answer.expires_in {
        None | Some(Value::Null) => DEFAULT_LIFE,
        Some(said) => life(&said).ok_or(TokenFault::BadLife)?,
    };
    Ok(Got { token, life: life.min(MOST_LIFE) })
}

/// Seconds as a number, or, as some servers send them, the same as a string.
fn life(said: &Value) -> Option<Duration> {
    let seconds = match said {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, expected: Result<(&str, u64), TokenFault>) {
        let got = read(status, body.as_bytes());
        let seen = got.as_ref().map(|got| (got.token.expose(), got.life.as_secs()));
        match (seen, expected) {
            (Ok(seen), Ok(expected)) => assert_eq!(seen, expected, "{body}"),
            (Err(seen), Err(expected)) => assert_eq!(*seen, expected, "{body}"),
            (seen, expected) => panic!("{body}: {} but expected {}", seen.is_ok(), expected.is_ok()),
        }
    }

    #[test]
    fn answers_are_read_strictly() {
        check(200, r#"{"access_token":"a.b-c~","token_type":"bearer","expires_in":60}"#, Ok(("a.b-c~", 60)));
        check(200, r#"{"access_token":"a","token_type":"Bearer","expires_in":"60","scope":"x"}"#, Ok(("a", 60)));
        check(200, r#"{"access_token":"a","token_type":"Bearer"}"#, Ok(("a", 3600)));
        check(200, r#"{"access_token":"a","token_type":"Bearer","expires_in":99999999999}"#, Ok(("a", 2_592_000)));
        check(200, r#"{"access_token":"a","token_type":"mac"}"#, Err(TokenFault::NotBearer));
        check(200, r#"{"access_token":"a"}"#, Err(TokenFault::NotAToken));
        check(200, r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#, Err(TokenFault::NotAToken));
        check(200, r#"{"access_token":7,"token_type":"Bearer"}"#, Err(TokenFault::NotAToken));
        check(200, "<html>", Err(TokenFault::NotAToken));
        for token in ["", "a b", "a\\r\\nx: y", "\u{e9}", &"a".repeat(8193)] {
            let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#);
            check(200, &body, Err(TokenFault::NotSendable));
        }
        for life in ["0", "-1", "1.5", "\"x\"", "true", "[]"] {
            let body = format!(r#"{{"access_token":"a","token_type":"Bearer","expires_in":{life}}}"#);
            check(200, &body, Err(TokenFault::BadLife));
        }
    }

    #[test]
    fn of_an_error_only_the_standards_codes_are_told() {
        let refused = TokenFault::Refused { status: 401, code: "invalid_client" };
        check(401, r#"{"error":"invalid_client","error_description":"secret abc is wrong"}"#, Err(refused));
        check(400, r#"{"error":"your secret is abc"}"#, Err(TokenFault::Status(400)));
        check(302, "", Err(TokenFault::Status(302)));
        check(201, r#"{"access_token":"a","token_type":"Bearer"}"#, Err(TokenFault::Status(201)));
    }
}
