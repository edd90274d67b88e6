//! What a call to be tried is made of, as sent.

use crate::wire::{Faults, Json, Wire, text};
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};

/// Most entries of each map.
const MAX_ENTRIES: usize = 100;
/// Longest credential or header value, in bytes.
const MAX_VALUE_BYTES: usize = 8 * 1024;

/// Headers that the connection or the gateway makes, or that say where a call comes from.
const NOT_SENT: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-real-ip",
    "x-request-id",
];
const NOT_SENT_PREFIXES: [&str; 2] = ["proxy-", "x-forwarded-"];

/// A credential, in the header that its form is for. It is never shown and never stored.
pub(crate) struct CredentialText {
    name: HeaderName,
    value: HeaderValue,
}

impl CredentialText {
    /// The header.
    pub(super) fn header(self) -> (HeaderName, HeaderValue) {
        (self.name, self.value)
    }
}

impl std::fmt::Debug for CredentialText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialText").finish_non_exhaustive()
    }
}

impl Wire for CredentialText {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let text = String::read(json, faults)?;
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_VALUE_BYTES {
            faults.bad("", format!("must be 1 to {MAX_VALUE_BYTES} bytes"));
            return None;
        }
        if text.starts_with("pcm_") || text.starts_with("pcs_") {
            faults.bad("", "is a credential for the management API: it is not for callers of collections");
            return None;
        }
        let (name, value) = if is_for_bearer(text) {
            (AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {text}")))
        } else {
            (HeaderName::from_static("api-token"), HeaderValue::from_str(text))
        };
        let Ok(mut value) = value else {
            faults.bad("", "must be visible ASCII characters");
            return None;
        };
        value.set_sensitive(true);
        Some(Self { name, value })
    }

    fn schema() -> RefOr<Schema> {
        text(1, MAX_VALUE_BYTES).into()
    }
}

/// Access tokens begin `pca_`; a JSON Web Token is three parts of base64url, of which the first is an object.
fn is_for_bearer(text: &str) -> bool {
    text.starts_with("pca_") || (text.starts_with("eyJ") && text.split('.').count() == 3)
}

/// Values for the parameters of a path.
#[derive(Debug, Default)]
pub(crate) struct PathParameters(pub(super) Vec<(String, String)>);

impl Wire for PathParameters {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        entries(json, faults, |_, value, faults| String::read(value, faults)).map(Self)
    }

    fn schema() -> RefOr<Schema> {
        map_of(text(0, MAX_VALUE_BYTES).into())
    }
}

/// Query parameters: a name may stand there more than once.
#[derive(Debug, Default)]
pub(crate) struct QueryParameters(pub(super) Vec<(String, Vec<String>)>);

impl Wire for QueryParameters {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let values = |_: &str, value: &Json, faults: &mut Faults| match value {
            Json::List(_) => Vec::<String>::read(value, faults),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Raw(_) | Json::Object(_) => {
                String::read(value, faults).map(|value| vec![value])
            }
        };
        entries(json, faults, values).map(Self)
    }

    fn schema() -> RefOr<Schema> {
        let one: RefOr<Schema> = text(0, MAX_VALUE_BYTES).into();
        map_of(OneOfBuilder::new().item(one.clone()).item(Vec::<String>::schema()).into())
    }
}

/// Further headers.
#[derive(Default)]
pub(crate) struct SentHeaders(pub(super) Vec<(HeaderName, HeaderValue)>);

impl std::fmt::Debug for SentHeaders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Wire for SentHeaders {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let read = entries(json, faults, |name, value, faults| {
            let header = header_name(name, faults);
            let value = header_value(value, faults);
            header.zip(value)
        })?;
        Some(Self(read.into_iter().map(|(_, header)| header).collect()))
    }

    fn schema() -> RefOr<Schema> {
        map_of(text(0, MAX_VALUE_BYTES).into())
    }
}

fn header_name(name: &str, faults: &mut Faults) -> Option<HeaderName> {
    let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
        faults.bad("", "is no name of a header");
        return None;
    };
    let name = header.as_str();
    if NOT_SENT.contains(&name) || NOT_SENT_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        faults.bad("", "can't be sent: it belongs to the connection, or says where a call comes from");
        return None;
    }
    Some(header)
}

fn header_value(json: &Json, faults: &mut Faults) -> Option<HeaderValue> {
    let text = String::read(json, faults)?;
    let value = HeaderValue::from_str(text.trim()).ok().filter(|value| value.len() <= MAX_VALUE_BYTES);
    if value.is_none() {
        faults.bad("", format!("must be visible ASCII characters, at most {MAX_VALUE_BYTES}"));
    }
    value
}

/// A body.
#[derive(Debug)]
pub(crate) struct TextBody(pub(super) String);

impl Wire for TextBody {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        String::read(json, faults).map(Self)
    }

    fn schema() -> RefOr<Schema> {
        String::schema()
    }
}

/// The entries of an object, each read by its name and value.
fn entries<T>(
    json: &Json,
    faults: &mut Faults,
    mut read: impl FnMut(&str, &Json, &mut Faults) -> Option<T>,
) -> Option<Vec<(String, T)>> {
    let Json::Object(members) = json else {
        faults.bad("", "must be an object");
        return None;
    };
    if members.len() > MAX_ENTRIES {
        faults.bad("", format!("has too many entries (maximum is {MAX_ENTRIES})"));
        return None;
    }
    let read: Vec<_> = members
        .iter()
        .map(|(name, value)| {
            let value = faults.within(name, |faults| read(name, value, faults))?;
            Some((name.clone(), value))
        })
        .collect();
    read.into_iter().collect()
}

fn map_of(values: RefOr<Schema>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Object))
        .additional_properties(Some(AdditionalProperties::RefOr(values)))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_goes_in_the_header_that_its_form_is_for() {
        #[track_caller]
        fn check(text: &str, expected: Option<(&str, &str)>) {
            let mut faults = Faults::default();
            let header = CredentialText::read(&Json::Text(text.to_owned()), &mut faults).map(CredentialText::header);
            let header = header.as_ref().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
            assert_eq!(header, expected, "{text}");
        }
        check(" pc_abc ", Some(("api-token", "pc_abc")));
        check("brought.in.token", Some(("api-token", "brought.in.token")));
        check("pca_abc", Some(("authorization", "Bearer pca_abc")));
        check("eyJh.eyJz.c2ln", Some(("authorization", "Bearer eyJh.eyJz.c2ln")));
        check("pcm_abc", None);
        check("", None);
        check("pc_\r\nx: y", None);
    }
}
