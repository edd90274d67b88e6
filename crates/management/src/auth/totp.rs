//! Codes of authenticator apps (RFC 6238: SHA-1, six digits, 30 seconds, one step of grace) and recovery codes. Pure but for
//! randomness; that a code is good only once is the store's business.

use crate::error::ApiError;
use domain::secret::Secret;
use domain::text::Email;
use domain::time::Timestamp;
use domain::token::TokenDigest;
use totp_rs::{Builder, Totp};

const ISSUER: &str = "Portcullis";
const SECRET_BYTES: usize = 20;
const DIGITS: usize = 6;
/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// 5 bits each: 80 in all.
const RECOVERY_CHARS: usize = 16;
/// Without what looks alike.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// What was typed for a code.
pub(crate) enum TypedCode {
    /// Of an app.
    Totp(String),
    /// One of those that were written down.
    Recovery(TokenDigest),
}

impl TypedCode {
    /// Spaces and hyphens do not count.
    pub(crate) fn read(typed: &Secret) -> Self {
        let text: String = typed.expose().chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::Totp(text);
        }
        Self::Recovery(TokenDigest::of(text.to_lowercase().as_bytes()))
    }
}

/// A fresh secret, in base32.
pub(crate) fn new_secret() -> Result<Secret, ApiError> {
    let mut random = [0; SECRET_BYTES];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| ApiError::internal("no random bytes to be had"))?;
    Ok(Secret::new(totp_rs::Secret::new_stack(random).to_base32()))
}

/// What an app reads from a QR code.
pub(crate) fn url_of(secret: &Secret, email: &Email) -> Result<Secret, ApiError> {
    let account = email.as_str().replace(':', "_");
    let totp = build(secret, &account)?;
    totp.to_url().map(Secret::new).map_err(|error| ApiError::internal(error.to_string()))
}

/// The time step that a code is of; `None`: it is none of now.
pub(crate) fn step_of(secret: &Secret, code: &str, now: Timestamp) -> Result<Option<i64>, ApiError> {
    let seconds = u64::try_from(now.0 / 1_000_000).unwrap_or(0);
    let step = build(secret, "member")?.check(code, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// Fresh recovery codes, as they are shown.
pub(crate) fn recovery_codes() -> Result<Vec<Secret>, ApiError> {
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let mut random = [0; RECOVERY_CHARS];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| ApiError::internal("no random bytes to be had"))?;
        let chars = random.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31)));
        let text: String = chars.map(|byte| char::from(*byte)).collect();
        let parts: Vec<_> = (0..RECOVERY_CHARS).step_by(4).filter_map(|at| text.get(at..at + 4)).collect();
        codes.push(Secret::new(parts.join("-")));
    }
    Ok(codes)
}

fn build(secret: &Secret, account: &str) -> Result<Totp, ApiError> {
    let broken = |cause: String| ApiError::internal(format!("a TOTP secret cannot be used: {cause}"));
    let secret = totp_rs::Secret::try_from_base32(secret.expose()).map_err(|error| broken(error.to_string()))?;
    let builder = Builder::new().with_secret(secret).with_account_name(account).with_issuer(Some(ISSUER));
    builder.build().map_err(|error| broken(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1 (there with eight digits).
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
        let check = |seconds: i64, code: &str| step_of(&secret, code, Timestamp(seconds * 1_000_000)).unwrap();
        assert_eq!(check(59, "287082"), Some(1));
        for (seconds, code) in [(1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")] {
            let step = seconds / 30;
            assert_eq!(check(seconds, code), Some(step));
            assert_eq!((check(seconds - 30, code), check(seconds + 30, code)), (Some(step), Some(step)));
            assert_eq!((check(seconds - 90, code), check(seconds + 90, code)), (None, None));
        }
        assert_eq!((check(59, "287083"), check(59, ""), check(59, "94287082")), (None, None, None));
    }

    #[test]
    fn an_app_is_told_everything_by_the_url() {
        let secret = new_secret().unwrap();
        assert_eq!(secret.expose().len(), 32);
        let url = url_of(&secret, &Email::parse("owner@example.com").unwrap()).unwrap();
        let expected = format!("secret={}&issuer=Portcullis", secret.expose());
        assert!(url.expose().starts_with("otpauth://totp/Portcullis:owner") && url.expose().contains(&expected));
    }

    #[test]
    fn recovery_codes_are_read_as_they_were_written_down() {
        let codes = recovery_codes().unwrap();
        assert_eq!(codes.len(), 10);
        let digest = |text: String| match TypedCode::read(&Secret::new(text)) {
            TypedCode::Recovery(digest) => digest,
            TypedCode::Totp(code) => panic!("{code}"),
        };
        let code = codes[0].expose();
        assert_eq!(code.len(), 19);
        assert_eq!(digest(code.to_owned()), digest(code.replace('-', " ").to_uppercase()));
        assert_ne!(digest(code.to_owned()), digest(codes[1].expose().to_owned()));
        assert!(
            matches!(TypedCode::read(&Secret::new(" 123 456 ".to_owned())), TypedCode::Totp(code) if code == "123456")
        );
    }
}
