//! Identifiers by which a caller names its profile (`pk_` + 22 base62, or one that the owner chose), and tokens that an
//! owner brings from elsewhere.
//!
//! An identifier is no secret: it is stored readable and never accepted as a token. A brought-in token is a secret and
//! is kept as its digest only.

use crate::secret::Secret;
use crate::token::{base62, is_reserved_prefix};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Prefix of generated identifiers.
pub const KEY_ID_PREFIX: &str = "pk_";
const GENERATED_CHARS: usize = 22;

/// An identifier: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(Box<str>);

impl KeyId {
    /// Longest identifier in characters.
    pub const MAX_CHARS: usize = 255;

    /// Makes one from 16 random bytes.
    pub fn generate(random: [u8; 16]) -> Self {
        let mut wide = [0; 32];
        if let Some(tail) = wide.last_chunk_mut::<16>() {
            *tail = random;
        }
        Self(format!("{KEY_ID_PREFIX}{}", base62(wide, GENERATED_CHARS)).into())
    }

    /// Reads one that an owner chose. The message names the rule that was broken.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() || text.len() > Self::MAX_CHARS || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("must be 1 to 255 visible ASCII characters");
        }
        if is_reserved_prefix(text) {
            return Err("can't begin with pc_, pca_, pcm_, pcs_ or pcu_");
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for KeyId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.0.into()
    }
}

/// Checks a token or client secret that an owner brings from elsewhere. The message names the rule that was broken.
pub fn check_brought_in(secret: &Secret) -> Result<(), &'static str> {
    let text = secret.expose();
    if !(32..=256).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("must be 32 to 256 visible ASCII characters");
    }
    if text.starts_with(KEY_ID_PREFIX) || is_reserved_prefix(text) {
        return Err("can't begin with pc_, pk_, pca_, pcm_, pcs_ or pcu_");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_identifiers_have_the_documented_form() {
        for random in [[0; 16], [255; 16], [9; 16]] {
            let id = KeyId::generate(random);
            assert_eq!(id.as_str().len(), 3 + 22);
            assert_eq!(KeyId::parse(id.as_str()), Ok(id));
        }
    }

    #[test]
    fn chosen_identifiers_are_visible_ascii_without_our_prefixes() {
        assert!(KeyId::parse("svc-orders@corp").is_ok());
        for bad in ["", "a b", "é", "pc_x", "pca_x", "pcm_x", "a\n", &"x".repeat(256)] {
            assert!(KeyId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn brought_in_tokens_are_long_and_of_another_form_than_ours() {
        let check = |text: String| check_brought_in(&Secret::new(text));
        assert!(check("0123456789abcdef".repeat(4)).is_ok());
        assert!(check("x".repeat(32)).is_ok() && check("x".repeat(256)).is_ok());
        assert!(check("x".repeat(31)).is_err() && check("x".repeat(257)).is_err());
        assert!(check(format!("pc_{}", "x".repeat(49))).is_err());
        assert!(check(format!("pk_{}", "x".repeat(49))).is_err());
        assert!(check(format!("{} ", "x".repeat(49))).is_err());
    }
}
