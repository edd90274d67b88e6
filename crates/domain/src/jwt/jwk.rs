//! One JSON Web Key (RFC 7517; RFC 7518 6; RFC 8037 2).

use super::algorithm::Algorithm;
use super::json::{Mistyped, View};
use super::key::VerifyingKey;
use super::key_fault::KeyFault;
use super::material::{Curve, PublicParts};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// Members that only private keys have.
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

impl From<Mistyped> for KeyFault {
    fn from(_: Mistyped) -> Self {
        Self::Damaged
    }
}

/// Reads a public key. `use`, `key_ops` and `alg` bind.
pub(super) fn read(jwk: View<'_>) -> Result<VerifyingKey, KeyFault> {
    let kind = jwk.string("kty")?.ok_or(KeyFault::Damaged)?;
    if kind == "oct" {
        return Err(KeyFault::UnknownType);
    }
    if PRIVATE_MEMBERS.iter().any(|name| jwk.find(name).is_some()) {
        return Err(KeyFault::PrivateKey);
    }
    let curve = jwk.string("crv")?;
    let parts = match (kind, curve) {
        ("RSA", _) => PublicParts::Rsa { modulus: bytes(jwk, "n")?, exponent: bytes(jwk, "e")? },
        ("EC", Some("P-256")) => read_ec(jwk, Curve::P256)?,
        ("EC", Some("P-384")) => read_ec(jwk, Curve::P384)?,
        ("EC", Some("P-521")) => read_ec(jwk, Curve::P521)?,
        ("OKP", Some("Ed25519")) => PublicParts::Ed25519 { bytes: bytes(jwk, "x")? },
        _ => return Err(KeyFault::UnknownType),
    };
    bind(jwk, VerifyingKey::from_parts(parts)?)
}

/// Reads a shared secret (`oct`).
pub(super) fn read_oct(jwk: View<'_>) -> Result<VerifyingKey, KeyFault> {
    let secret = Zeroizing::new(bytes(jwk, "k")?);
    bind(jwk, VerifyingKey::hmac(&secret)?)
}

fn read_ec(jwk: View<'_>, curve: Curve) -> Result<PublicParts, KeyFault> {
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != curve.coordinate_bytes() || y.len() != curve.coordinate_bytes() {
        return Err(KeyFault::Damaged);
    }
    Ok(PublicParts::Ec { curve, point: [&[4], x.as_slice(), &y].concat() })
}

fn bytes(jwk: View<'_>, name: &str) -> Result<Vec<u8>, KeyFault> {
    let text = jwk.string(name)?.ok_or(KeyFault::Damaged)?;
    URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyFault::Damaged)
}

/// Holds the key to what its JWK says it is for (RFC 7517 4.2, 4.3, 4.4).
fn bind(jwk: View<'_>, key: VerifyingKey) -> Result<VerifyingKey, KeyFault> {
    if jwk.string("use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(KeyFault::NotForSignatures);
    }
    if let Some(operations) = jwk.array("key_ops")? {
        let operations: Vec<&str> = operations.iter().map(|item| jwk.read_string(item)).collect::<Result<_, _>>()?;
        if !operations.contains(&"verify") {
            return Err(KeyFault::NotForSignatures);
        }
    }
    match jwk.string("alg")? {
        None => Ok(key),
        Some(name) => key.bound_to(Algorithm::parse(name).ok_or(KeyFault::NotForSignatures)?),
    }
}
