//! The strict verifier of JSON Web Tokens: compact JWS only, with one key that the owner configured.
//!
//! In steps: [`UnverifiedToken::parse`] reads the three parts (RFC 7515) and both JSON objects and refuses whatever has
//! two readings; [`UnverifiedToken::profile_key`] says whose token it claims to be; [`UnverifiedToken::verify`] checks
//! the algorithm, the signature and the claims (RFC 7519) with that profile's [`VerifyingKey`] and [`ClaimRules`].
//! Keys come from an owner's text ([`VerifyingKey::parse`]) or from a fetched set ([`KeySet`]); never from the token.
//!
//! Pure: no clock, no look-ups. Every type is immutable once made and may be used from all threads at once.

mod algorithm;
mod compact;
mod fault;
mod json;
mod jwk;
mod key;
mod key_fault;
mod key_set;
mod key_text;
mod material;
mod rsa_check;
mod rules;
mod token;

pub use algorithm::{Algorithm, KeyFamily};
pub use compact::{CompactJws, MAX_TOKEN_BYTES};
pub use fault::TokenFault;
pub use key::{KeyDescription, VerifyingKey};
pub use key_fault::KeyFault;
pub use key_set::{KeyChoiceFault, KeySet, KeySetFault, OctKeys};
pub use rules::ClaimRules;
pub use token::{UnverifiedToken, Verified};
