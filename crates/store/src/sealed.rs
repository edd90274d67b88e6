//! Sealing: secrets that must be recoverable are kept encrypted (AES-256-GCM).
//!
//! A sealed value is one version byte, a random nonce of 12 bytes, the ciphertext and its tag of 16 bytes. The
//! purpose is authenticated with it, so that a value sealed for one column cannot be moved to another.

use crate::error::StoreError;
use crate::secret_key::SecretKey;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

const VERSION: u8 = 1;

impl SecretKey {
    /// Encrypts a value for a purpose.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut body = plain.to_vec();
        let nonce = self
            .cipher()?
            .seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut body)
            .map_err(|_| StoreError::Sealed)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Decrypts a value that was sealed for this purpose with this key; [`StoreError::Sealed`] otherwise.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let Some((&VERSION, rest)) = sealed.split_first() else { return Err(StoreError::Sealed) };
        let Some((nonce, body)) = rest.split_first_chunk::<NONCE_LEN>() else { return Err(StoreError::Sealed) };
        let mut body = Zeroizing::new(body.to_vec());
        let plain = self
            .cipher()?
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(purpose.as_bytes()), &mut body)
            .map_err(|_| StoreError::Sealed)?
            .len();
        body.truncate(plain);
        Ok(body)
    }

    fn cipher(&self) -> Result<RandomizedNonceKey, StoreError> {
        RandomizedNonceKey::new(&AES_256_GCM, self.bytes()).map_err(|_| StoreError::Sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(digit: &str) -> SecretKey {
        SecretKey::parse(&digit.repeat(64)).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_with_its_key_and_purpose_only() {
        let sealed = key("a").seal("hmac", b"shared secret").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"shared"));
        assert_eq!(key("a").open("hmac", &sealed).unwrap().as_slice(), b"shared secret");
        assert!(key("a").open("upstream", &sealed).is_err());
        assert!(key("b").open("hmac", &sealed).is_err());
    }

    #[test]
    fn any_changed_or_missing_byte_is_noticed() {
        let sealed = key("a").seal("hmac", b"x").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key("a").open("hmac", &changed).is_err(), "byte {at}");
            assert!(key("a").open("hmac", &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_same_value_is_sealed_differently_each_time() {
        assert_ne!(key("a").seal("p", b"x").unwrap(), key("a").seal("p", b"x").unwrap());
        assert_eq!(key("a").open("p", &key("a").seal("p", b"").unwrap()).unwrap().as_slice(), b"");
    }
}
