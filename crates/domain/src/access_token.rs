//! Access tokens of OAuth 2.0 client credentials (RFC 6749, 4.4): stateless, `pca_` + base64url of who, when, and a MAC.
//!
//! A token carries no rights: it names a profile and the client secret that it was got with. It is good while that
//! secret is, and every right is looked up again on each call.

use crate::ids::{CredentialId, ProfileId};
use crate::secret::Secret;
use crate::time::Timestamp;
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign, verify};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Prefix of access tokens.
pub const ACCESS_TOKEN_PREFIX: &str = "pca_";
/// Longest life of an access token in seconds.
pub const ACCESS_TOKEN_SECONDS: i64 = 3600;

const BODY_BYTES: usize = 4 + 8 + 8 + 8 + 8;
const MAC_BYTES: usize = 32;

/// What an access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessToken {
    /// The profile that got it.
    pub profile: ProfileId,
    /// The client secret that it was got with.
    pub credential: CredentialId,
    /// When it was issued, in seconds since 1970 UTC.
    pub issued_at: i64,
    /// From then on it is refused, in seconds since 1970 UTC.
    pub expires_at: i64,
}

/// Why a text is no access token of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessTokenFault {
    /// It has not the form of one.
    Malformed,
    /// Its MAC is wrong, or its key is no longer used.
    Forged,
}

/// A key for the MAC of access tokens.
#[derive(Debug, Clone)]
pub struct AccessTokenKey {
    id: u32,
    key: Key,
    good_until: Option<Timestamp>,
}

impl AccessTokenKey {
    /// A key of 32 random bytes. `good_until`: a former key, whose tokens are refused from then on.
    pub fn new(id: u32, bytes: &[u8; 32], good_until: Option<Timestamp>) -> Self {
        Self { id, key: Key::new(HMAC_SHA256, bytes), good_until }
    }
}

/// The keys in use: the first makes tokens, all of them verify.
#[derive(Debug, Clone, Default)]
pub struct AccessTokenKeys(Vec<AccessTokenKey>);

impl AccessTokenKeys {
    /// Keys, the newest first.
    pub fn new(keys: Vec<AccessTokenKey>) -> Self {
        Self(keys)
    }

    /// Makes a token; `None` without a key.
    pub fn issue(&self, token: &AccessToken) -> Option<Secret> {
        let key = self.0.first()?;
        let mut bytes = Vec::with_capacity(BODY_BYTES + MAC_BYTES);
        bytes.extend_from_slice(&key.id.to_be_bytes());
        for part in [token.profile.0, token.credential.0, token.issued_at, token.expires_at] {
            bytes.extend_from_slice(&part.to_be_bytes());
        }
        let mac = sign(&key.key, &bytes);
        bytes.extend_from_slice(mac.as_ref());
        Some(Secret::new(format!("{ACCESS_TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(&bytes))))
    }

    /// Reads a token and verifies its MAC. Expiry is the caller's to check.
    pub fn read(&self, text: &[u8], now: Timestamp) -> Result<AccessToken, AccessTokenFault> {
        let encoded = text.strip_prefix(ACCESS_TOKEN_PREFIX.as_bytes()).ok_or(AccessTokenFault::Malformed)?;
        let mut bytes = [0; BODY_BYTES + MAC_BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes).map_err(|_| AccessTokenFault::Malformed)?;
        let (body, mac) = bytes.split_at_checked(BODY_BYTES).ok_or(AccessTokenFault::Malformed)?;
        let (id, parts) = body.split_first_chunk::<4>().ok_or(AccessTokenFault::Malformed)?;
        if length != BODY_BYTES + MAC_BYTES {
            return Err(AccessTokenFault::Malformed);
        }
        let id = u32::from_be_bytes(*id);
        let key = self.0.iter().find(|key| key.id == id && key.good_until.is_none_or(|end| now < end));
        verify(&key.ok_or(AccessTokenFault::Forged)?.key, body, mac).map_err(|_| AccessTokenFault::Forged)?;
        let mut numbers = parts.chunks_exact(8).filter_map(|part| part.try_into().ok().map(i64::from_be_bytes));
        let mut next = || numbers.next().ok_or(AccessTokenFault::Malformed);
        Ok(AccessToken {
            profile: ProfileId(next()?),
            credential: CredentialId(next()?),
            issued_at: next()?,
            expires_at: next()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000);

    fn token() -> AccessToken {
        AccessToken { profile: ProfileId(7), credential: CredentialId(-9), issued_at: 1000, expires_at: 4600 }
    }

    fn key(id: u32, byte: u8, good_until: Option<i64>) -> AccessTokenKey {
        AccessTokenKey::new(id, &[byte; 32], good_until.map(Timestamp))
    }

    #[test]
    fn a_token_is_read_back_with_its_key_only() {
        let keys = AccessTokenKeys::new(vec![key(1, 1, None)]);
        let text = keys.issue(&token()).unwrap();
        assert_eq!(keys.read(text.expose().as_bytes(), NOW), Ok(token()));
        for other in [key(1, 2, None), key(2, 1, None)] {
            let other = AccessTokenKeys::new(vec![other]);
            assert_eq!(other.read(text.expose().as_bytes(), NOW), Err(AccessTokenFault::Forged));
        }
        assert!(AccessTokenKeys::default().issue(&token()).is_none());
    }

    #[test]
    fn a_former_key_verifies_until_its_end() {
        let text = AccessTokenKeys::new(vec![key(1, 1, None)]).issue(&token()).unwrap();
        let rotated = AccessTokenKeys::new(vec![key(2, 2, None), key(1, 1, Some(NOW.0 + 1))]);
        assert_eq!(rotated.read(text.expose().as_bytes(), NOW), Ok(token()));
        assert_eq!(rotated.read(text.expose().as_bytes(), Timestamp(NOW.0 + 1)), Err(AccessTokenFault::Forged));
    }

    #[test]
    fn any_changed_character_is_refused() {
        let keys = AccessTokenKeys::new(vec![key(1, 1, None)]);
        let text = keys.issue(&token()).unwrap();
        let bytes = text.expose().as_bytes();
        for at in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
            assert!(keys.read(&changed, NOW).is_err(), "position {at}");
        }
        for wrong in [&b""[..], b"pca_", b"pca_AAAA", &[0xff; 95], &bytes[..bytes.len() - 1]] {
            assert!(keys.read(wrong, NOW).is_err());
        }
        let longer = [bytes, b"A"].concat();
        assert!(keys.read(&longer, NOW).is_err());
    }
}
