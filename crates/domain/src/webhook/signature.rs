//! Signing, as the Standard Webhooks specification says: `webhook-signature: v1,<HMAC-SHA256 of id.timestamp.body>`.

use crate::secret::Secret;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Before the base64 of the key in a secret's text.
const PREFIX: &str = "whsec_";

/// The text of a secret with this random key.
pub fn generate_secret(random: [u8; 32]) -> Secret {
    Secret::new(format!("{PREFIX}{}", STANDARD.encode(random)))
}

/// Whether a text is a secret that messages can be signed with.
pub fn is_secret(text: &str) -> bool {
    text.strip_prefix(PREFIX).is_some_and(|key| STANDARD.decode(key).is_ok_and(|key| key.len() >= 24))
}

/// The value of `webhook-signature`; `None` where the secret is none that [`generate_secret`] makes.
pub fn sign(secret: &Secret, message_id: &str, unix_seconds: i64, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.expose().strip_prefix(PREFIX)?).ok()?;
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key));
    context.update(format!("{message_id}.{unix_seconds}.").as_bytes());
    context.update(body.as_bytes());
    Some(format!("v1,{}", STANDARD.encode(context.sign())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn the_example_of_the_specification_is_signed_alike() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let signature = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn a_generated_secret_signs_and_another_text_does_not() {
        let secret = generate_secret([7; 32]);
        assert!(secret.expose().starts_with("whsec_BwcH") && sign(&secret, "a", 1, "b").is_some());
        assert_eq!(sign(&Secret::new("BwcH".to_owned()), "a", 1, "b"), None);
    }
}
