//! A set of keys (JWKS, RFC 7517 5) as fetched from an issuer.

use super::algorithm::Algorithm;
use super::json::Document;
use super::jwk;
use super::key::VerifyingKey;

/// The largest set that is read, in bytes.
const MAX_BYTES: usize = 65536;
/// The most keys in a set, usable or not.
const MAX_KEYS: usize = 64;

/// The usable keys of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<SetKey>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct SetKey {
    kid: Option<String>,
    key: VerifyingKey,
}

/// Whether shared secrets in a set count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OctKeys {
    /// They are passed over, as in every set that is fetched: what is published is no secret.
    Ignored,
    /// They count, in a set that holds nothing else: for sets that never travelled (test vectors).
    Allowed,
}

/// Why a whole set is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetFault {
    /// More than 64 KiB.
    #[error("the key set is larger than 65536 bytes")]
    TooLarge,
    /// More than 64 keys.
    #[error("the key set holds more than 64 keys")]
    TooManyKeys,
    /// Not a JSON object with an array `keys` of objects, or a name is there twice.
    #[error("the key set is not a JSON Web Key Set with each name once")]
    Malformed,
    /// Two keys have one `kid`.
    #[error("two keys of the set have the same kid")]
    RepeatedKid,
    /// Shared secrets beside public keys, where shared secrets count.
    #[error("the key set mixes shared secrets and public keys")]
    MixedKinds,
}

/// Why a set has no key for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyChoiceFault {
    /// The token's `kid` is not in the set: time to fetch it again.
    #[error("the key set has no key with the token's kid")]
    UnknownKid,
    /// The key meant cannot verify with the token's algorithm.
    #[error("the key set has no key for the token's algorithm")]
    NoUsableKey,
    /// The token has no `kid` and several keys could be meant.
    #[error("the token names no kid and the key set has several keys for its algorithm")]
    SeveralKeys,
}

impl KeySet {
    /// Reads a fetched set. Keys that we cannot use (unknown types, unsound numbers, not for signatures, shared
    /// secrets, private keys) are passed over; a set that has two readings is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeySetFault> {
        Self::parse_with(bytes, OctKeys::Ignored)
    }

    /// Reads a set, saying what shared secrets in it mean.
    pub fn parse_with(bytes: &[u8], oct_keys: OctKeys) -> Result<Self, KeySetFault> {
        if bytes.len() > MAX_BYTES {
            return Err(KeySetFault::TooLarge);
        }
        let document = Document::parse(bytes.to_vec()).ok_or(KeySetFault::Malformed)?;
        let view = document.view();
        let items = view.array("keys").ok().flatten().ok_or(KeySetFault::Malformed)?;
        if items.len() > MAX_KEYS {
            return Err(KeySetFault::TooManyKeys);
        }
        let (mut kids, mut keys, mut secrets) = (Vec::new(), Vec::new(), 0);
        for item in items {
            let item = view.read_object(item).map_err(|_| KeySetFault::Malformed)?;
            let kid = item.string("kid").map_err(|_| KeySetFault::Malformed)?;
            if kid.is_some() && kids.contains(&kid) {
                return Err(KeySetFault::RepeatedKid);
            }
            kids.push(kid);
            let is_secret = item.string("kty") == Ok(Some("oct"));
            let key = match oct_keys {
                OctKeys::Allowed if is_secret => jwk::read_oct(item),
                OctKeys::Allowed | OctKeys::Ignored => jwk::read(item),
            };
            secrets += usize::from(is_secret);
            keys.extend(key.ok().map(|key| SetKey { kid: kid.map(str::to_owned), key }));
        }
        if oct_keys == OctKeys::Allowed && secrets > 0 && secrets < items.len() {
            return Err(KeySetFault::MixedKinds);
        }
        Ok(Self { keys })
    }

    /// The key for a token: with a `kid` exactly that one; without, the only one that permits the algorithm.
    pub fn select(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<&VerifyingKey, KeyChoiceFault> {
        if kid.is_some() {
            let named = self.keys.iter().find(|key| key.kid.as_deref() == kid).ok_or(KeyChoiceFault::UnknownKid)?;
            return if named.key.permits(algorithm) { Ok(&named.key) } else { Err(KeyChoiceFault::NoUsableKey) };
        }
        let mut usable = self.keys.iter().filter(|key| key.key.permits(algorithm));
        match (usable.next(), usable.next()) {
            (Some(only), None) => Ok(&only.key),
            (None, _) => Err(KeyChoiceFault::NoUsableKey),
            (Some(_), Some(_)) => Err(KeyChoiceFault::SeveralKeys),
        }
    }

    /// How many usable keys the set has.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}
