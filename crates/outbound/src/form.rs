//! A form to be posted, with the client's own credential.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use url::form_urlencoded::{Serializer, byte_serialize};

/// A form (`application/x-www-form-urlencoded`). Not `Debug`: it may hold secrets.
pub struct Form<'f> {
    /// Names and values.
    pub fields: &'f [(&'f str, &'f str)],
    /// Client id and secret, sent by HTTP Basic, each form-encoded first (RFC 6749, 2.3.1).
    pub basic: Option<(&'f str, &'f str)>,
}

impl Form<'_> {
    pub(crate) fn body(&self) -> String {
        Serializer::new(String::new()).extend_pairs(self.fields).finish()
    }

    pub(crate) fn authorization(&self) -> Option<HeaderValue> {
        let (id, secret) = self.basic?;
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
        let mut value = HeaderValue::try_from(format!("Basic {pair}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_encoded() {
        let form = Form { fields: &[("a", "1 2&3"), ("b", "\u{e9}=")], basic: None };
        assert_eq!((form.body().as_str(), form.authorization()), ("a=1+2%263&b=%C3%A9%3D", None));
        let form = Form { fields: &[], basic: Some(("shop:1", "p w%")) };
        let expected = format!("Basic {}", STANDARD.encode("shop%3A1:p+w%25"));
        assert_eq!(form.authorization().unwrap().to_str().unwrap(), expected);
    }
}
