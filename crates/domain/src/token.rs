//! Generated tokens: prefix + 43 base62 characters (32 random bytes) + 6 base62 characters of CRC-32.
//!
//! The checksum lets garbage be refused without a look-up and secret scanners find leaks. Only the SHA-256 of a
//! token is stored. Prefixes: `pc_` auth tokens of profiles, `pcm_` management tokens, `pcs_` console sessions,
//! `pcu_` set-up links. (`pca_` begins access tokens, which are of another form: `access_token.rs`.)

use crate::secret::Secret;
use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a token opens; each has a prefix of its own so that one can never pass for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An auth token of an access profile, `pc_`.
    Profile,
    /// A management token, `pcm_`.
    Management,
    /// A console session, `pcs_`.
    Session,
    /// A set-up link, `pcu_`.
    Setup,
}

impl TokenKind {
    /// The prefix, with its underscore.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Profile => "pc_",
            Self::Management => "pcm_",
            Self::Session => "pcs_",
            Self::Setup => "pcu_",
        }
    }
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY_CHARS: usize = 43;
const CHECKSUM_CHARS: usize = 6;

/// Twelve bullets, which stand for the hidden part of a token.
pub const MASK: &str = "••••••••••••";

/// SHA-256 of a token: what is stored and looked up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TokenDigest(pub [u8; 32]);

impl TokenDigest {
    /// Hashes a token as presented.
    pub fn of(token: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, token).as_ref());
        Self(bytes)
    }

    /// Reads a stored digest; `None` unless it is 32 bytes.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(..)")
    }
}

/// Makes a token from 32 random bytes.
pub fn generate(kind: TokenKind, random: [u8; 32]) -> Secret {
    let mut text = String::with_capacity(kind.prefix().len() + BODY_CHARS + CHECKSUM_CHARS);
    text.push_str(kind.prefix());
    text.push_str(&base62(random, BODY_CHARS));
    let checksum = crc32fast::hash(text.as_bytes());
    let mut wide = [0; 32];
    if let Some(tail) = wide.last_chunk_mut::<4>() {
        *tail = checksum.to_be_bytes();
    }
    text.push_str(&base62(wide, CHECKSUM_CHARS));
    Secret::new(text)
}

/// Whether a text has the form of a generated token of this kind and its checksum holds.
pub fn is_well_formed(kind: TokenKind, text: &[u8]) -> bool {
    let Some(body) = text.strip_prefix(kind.prefix().as_bytes()) else { return false };
    if body.len() != BODY_CHARS + CHECKSUM_CHARS || !body.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let Some((head, checksum)) = text.split_last_chunk::<CHECKSUM_CHARS>() else { return false };
    let mut value: u64 = 0;
    for &byte in checksum {
        value = value * 62 + digit_value(byte);
    }
    value == u64::from(crc32fast::hash(head))
}

/// The last four characters, shown after the mask.
pub fn last4(token: &Secret) -> String {
    let text = token.expose();
    let skip = text.chars().count().saturating_sub(4);
    text.chars().skip(skip).collect()
}

/// How a stored token is shown: twelve bullets and the last four characters.
pub fn masked(last4: &str) -> String {
    format!("{MASK}{last4}")
}

/// The big-endian number in `bytes` as exactly `chars` base62 digits, most significant first.
pub(crate) fn base62(mut bytes: [u8; 32], chars: usize) -> String {
    let mut digits = Vec::with_capacity(chars);
    for _ in 0..chars {
        let mut remainder: u32 = 0;
        for byte in &mut bytes {
            let value = (remainder << 8) | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            remainder = value % 62;
        }
        let digit = BASE62.get(usize::try_from(remainder).unwrap_or(0)).copied().unwrap_or(b'0');
        digits.push(char::from(digit));
    }
    digits.into_iter().rev().collect()
}

/// Whether a text begins like a secret of ours.
pub(crate) fn is_reserved_prefix(text: &str) -> bool {
    ["pc_", "pca_", "pcm_", "pcs_", "pcu_"].into_iter().any(|prefix| text.starts_with(prefix))
}

fn digit_value(byte: u8) -> u64 {
    u64::from(match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'Z' => byte - b'A' + 10,
        _ => byte.saturating_sub(b'a') + 36,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_tokens_have_the_documented_form() {
        for random in [[0; 32], [255; 32], [7; 32]] {
            let token = generate(TokenKind::Profile, random);
            assert_eq!(token.expose().len(), 3 + 43 + 6);
            assert!(is_well_formed(TokenKind::Profile, token.expose().as_bytes()));
            assert!(!is_well_formed(TokenKind::Management, token.expose().as_bytes()));
        }
        assert_eq!(masked(&last4(&generate(TokenKind::Profile, [0; 32]))).chars().count(), 16);
    }

    #[test]
    fn any_changed_character_breaks_the_checksum() {
        let token = generate(TokenKind::Profile, [42; 32]);
        let text = token.expose().as_bytes();
        for at in 0..text.len() {
            let mut changed = text.to_vec();
            changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
            assert!(!is_well_formed(TokenKind::Profile, &changed), "position {at}");
        }
        for wrong in [&b""[..], b"pc_", b"pc_short", &[b'p'; 200], &[0xff; 52]] {
            assert!(!is_well_formed(TokenKind::Profile, wrong));
        }
    }
}
