//! How the gateway authenticates at an upstream, as sent. Secrets are only ever read here, never shown.

use crate::wire::{Faults, Field, Json, Schemas, Wire, request, text, words};
use domain::secret::Secret;
use domain::upstream::{
    AuthHeader, AuthWay, BasicUser, ClientAuth, ClientName, OAuth2Client, QueryName, Scope, TokenUrl, UpstreamAuth,
};
use std::fmt;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

request! {
    /// How the gateway authenticates at the upstream. Which fields are for which type: `header`: `name`, `value`;
    /// `basic`: `user`, `password`; `query`: `name`, `value`; `oauth2` (client credentials): `token_url`, `client_id`,
    /// `client_secret`, `scope`, `client_auth`. Secrets are write-only: left out, the stored one stays in use, as long
    /// as the type is the same and no new host (for `oauth2`: no new `token_url`) would get it.
    pub(crate) struct UpstreamAuthInput {
        /// The way.
        r#type: WayWord, required;
        /// Name of the header, or of the query parameter.
        name: Option<String>;
        /// Value of the header or parameter. Write-only.
        value: Option<SecretText>;
        /// User of HTTP Basic, without a colon.
        user: Option<BasicUser>;
        /// Password of HTTP Basic. Write-only.
        password: Option<SecretText>;
        /// The token endpoint: https.
        token_url: Option<TokenUrl>;
        /// The client's id there.
        client_id: Option<ClientName>;
        /// The client's secret there. Write-only.
        client_secret: Option<SecretText>;
        /// The scope to ask for, if any.
        scope: Option<Scope>;
        /// How the client shows its secret: by HTTP Basic (default) or in the body.
        client_auth: Option<ClientAuth>;
    }
}

/// A type of authentication.
#[derive(Debug, Clone)]
pub(crate) struct WayWord(String);

impl Wire for WayWord {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let word = String::read(json, faults)?;
        if AuthWay::WORDS.contains(&word.as_str()) {
            return Some(Self(word));
        }
        faults.bad("", format!("must be one of {}", AuthWay::WORDS.join(", ")));
        None
    }

    fn schema() -> RefOr<Schema> {
        words(AuthWay::WORDS)
    }
}

/// A secret as sent. Not shown by `Debug`.
pub(crate) struct SecretText(String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

impl Wire for SecretText {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        String::read(json, faults).map(Self)
    }

    fn schema() -> RefOr<Schema> {
        text(1, UpstreamAuth::MAX_SECRET_BYTES).into()
    }
}

/// Authentication read from [`UpstreamAuthInput`].
#[derive(Debug, Clone)]
pub(crate) struct AuthValue(pub(crate) UpstreamAuth);

impl Wire for AuthValue {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let mut input = <UpstreamAuthInput as Wire>::read(json, faults)?;
        let word = std::mem::replace(&mut input.r#type, Field::Absent).value()?.0;
        note_foreign(&word, &input, faults);
        let secret = match word.as_str() {
            "header" | "query" => input.value,
            "basic" => input.password,
            "oauth2" => input.client_secret,
            _ => Field::Absent,
        };
        let way = match word.as_str() {
            "header" => named(input.name, AuthHeader::parse, faults).map(|name| AuthWay::Header { name }),
            "query" => named(input.name, QueryName::parse, faults).map(|name| AuthWay::Query { name }),
            "basic" => needed("user", input.user, faults).map(|user| AuthWay::Basic { user }),
            "oauth2" => {
                let token_url = needed("token_url", input.token_url, faults);
                let client_id = needed("client_id", input.client_id, faults);
                let (scope, client_auth) = (input.scope.flat(), input.client_auth.flat().unwrap_or_default());
                let client = |token_url| Some(OAuth2Client { token_url, client_id: client_id?, scope, client_auth });
                token_url.and_then(client).map(AuthWay::OAuth2)
            }
            _ => Some(AuthWay::None),
        }?;
        let secret = secret_for(&way, secret, faults)?;
        Some(Self(UpstreamAuth { way, secret }))
    }

    fn schema() -> RefOr<Schema> {
        <UpstreamAuthInput as Wire>::schema()
    }

    fn collect(schemas: &mut Schemas) {
        UpstreamAuthInput::collect(schemas);
    }
}

/// Fields that are for other types may be there only without a value.
fn note_foreign(word: &str, input: &UpstreamAuthInput, faults: &mut Faults) {
    let fields: [(&str, bool, &[&str]); 9] = [
        ("name", !input.name.is_empty(), &["header", "query"]),
        ("value", !input.value.is_empty(), &["header", "query"]),
        ("user", !input.user.is_empty(), &["basic"]),
        ("password", !input.password.is_empty(), &["basic"]),
        ("token_url", !input.token_url.is_empty(), &["oauth2"]),
        ("client_id", !input.client_id.is_empty(), &["oauth2"]),
        ("client_secret", !input.client_secret.is_empty(), &["oauth2"]),
        ("scope", !input.scope.is_empty(), &["oauth2"]),
        ("client_auth", !input.client_auth.is_empty(), &["oauth2"]),
    ];
    for (field, is_given, types) in fields {
        if is_given && !types.contains(&word) {
            faults.bad(field, format!("is for type {} only", types.join(" and ")));
        }
    }
}

fn named<T>(
    field: Field<Option<String>>,
    parse: fn(&str) -> Result<T, &'static str>,
    faults: &mut Faults,
) -> Option<T> {
    let text = needed("name", field, faults)?;
    match parse(&text) {
        Ok(name) => Some(name),
        Err(fault) => {
            faults.bad("name", fault);
            None
        }
    }
}

fn needed<T>(name: &str, field: Field<Option<T>>, faults: &mut Faults) -> Option<T> {
    if field.is_empty() {
        faults.bad(name, "can't be blank");
    }
    field.flat()
}

/// The secret, checked for its way; `Some(None)`: none was sent. Null is no secret.
#[expect(clippy::option_option, reason = "a fault is one thing, nothing sent another")]
fn secret_for(way: &AuthWay, field: Field<Option<SecretText>>, faults: &mut Faults) -> Option<Option<Secret>> {
    let (Some(name), false) = (way.secret_field(), field.is_absent()) else { return Some(None) };
    let text = needed(name, field, faults)?.0;
    match UpstreamAuth::check_secret(way, &text) {
        Ok(()) => Some(Some(Secret::new(text))),
        Err(fault) => {
            faults.bad(name, fault);
            None
        }
    }
}
