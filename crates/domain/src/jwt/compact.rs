//! The compact serialization of a JWS (RFC 7515 7.1): its three parts, its header, its signature. Claims: `token.rs`.

use super::algorithm::Algorithm;
use super::fault::TokenFault;
use super::json::{Document, Mistyped};
use super::key::VerifyingKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8192;

/// Header parameters that change what the other parts mean. We do none of it, so they are refused with any value
/// (RFC 7515 4.1.11, RFC 7797, RFC 7516).
const REFUSED_PARAMETERS: [&str; 4] = ["crit", "b64", "zip", "enc"];

/// Header parameters that must be strings where present (RFC 7515 4.1). Those that bring or name a key (`jku`, `x5u`,
/// `jwk`, `x5c` and the digests) are never used.
const STRING_PARAMETERS: [&str; 7] = ["kid", "typ", "cty", "jku", "x5u", "x5t", "x5t#S256"];

/// A JWS with any payload, its signature not checked yet.
pub struct CompactJws<'a> {
    signing_input: &'a [u8],
    payload: Vec<u8>,
    signature: Vec<u8>,
    header: Document,
    algorithm: Algorithm,
}

impl<'a> CompactJws<'a> {
    /// Reads a compact JWS: three parts in canonical base64url without padding, a header that is a JSON object with
    /// a known `alg`, and none of the parameters that we refuse.
    pub fn parse(token: &'a [u8]) -> Result<Self, TokenFault> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenFault::TooLarge);
        }
        let mut parts = token.split(|byte| *byte == b'.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenFault::Malformed);
        };
        let signing_input = token.get(..header.len() + 1 + payload.len()).unwrap_or_default();
        let header = Document::parse(decode(header)?).ok_or(TokenFault::Malformed)?;
        let algorithm = check_header(&header)?;
        Ok(Self { signing_input, payload: decode(payload)?, signature: decode(signature)?, header, algorithm })
    }

    /// What the header says under `alg`.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// What the header says under `kid`.
    pub fn kid(&self) -> Option<&str> {
        self.header.view().string("kid").ok().flatten()
    }

    /// The decoded payload.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Whether the signature is one of this key, made with the algorithm of the header.
    pub fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        key.verify(self.algorithm, self.signing_input, &self.signature)
    }

    /// Takes the payload out.
    pub(super) fn take_payload(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.payload)
    }
}

fn decode(part: &[u8]) -> Result<Vec<u8>, TokenFault> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Malformed)
}

fn check_header(header: &Document) -> Result<Algorithm, TokenFault> {
    let view = header.view();
    if REFUSED_PARAMETERS.iter().any(|name| view.find(name).is_some()) {
        return Err(TokenFault::Malformed);
    }
    let string = |name| view.string(name).map_err(|Mistyped| TokenFault::Malformed);
    for name in STRING_PARAMETERS {
        string(name)?;
    }
    let name = string("alg")?.ok_or(TokenFault::Malformed)?;
    Algorithm::parse(name).ok_or(TokenFault::AlgorithmRefused)
}
