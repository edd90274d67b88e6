//! Why a token is refused.

/// The first thing wrong with a token. For the owner: callers only learn that they are not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TokenFault {
    /// Longer than [`MAX_TOKEN_BYTES`](super::MAX_TOKEN_BYTES).
    #[error("the token is longer than 8192 bytes")]
    TooLarge,
    /// Not a compact JWS of two JSON objects with one reading, or its header asks for something we do not do
    /// (`crit`, `b64`, `zip`, `enc`).
    #[error("the token is not a well-formed signed JWT in compact form")]
    Malformed,
    /// `alg` is unknown, not allowed by the profile, or not one that the key permits.
    #[error("the token's algorithm is not allowed here")]
    AlgorithmRefused,
    /// Nothing in the token names a profile.
    #[error("the token names no profile")]
    ProfileUnnamed,
    /// The signature is not one of the configured key over this token.
    #[error("the token's signature is not valid for the configured key")]
    SignatureInvalid,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` lies in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iat` lies in the future.
    #[error("the token says it was issued in the future")]
    IssuedInFuture,
    /// A claim that must be there is absent or null.
    #[error("the token lacks a required claim")]
    ClaimMissing,
    /// A registered claim has another JSON type than RFC 7519 gives it.
    #[error("a claim of the token has the wrong JSON type")]
    ClaimMistyped,
    /// `iss` is none of the allowed ones.
    #[error("the token's issuer is not allowed")]
    IssuerRefused,
    /// `aud` holds none of the allowed ones.
    #[error("the token is meant for another audience")]
    AudienceRefused,
}
