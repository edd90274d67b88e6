//! The forms in which owners paste public keys: PEM (RFC 7468), X.509, OpenSSH lines (RFC 4253 6.6, 5656, 8709), JWK.

use super::json::Document;
use super::jwk;
use super::key::VerifyingKey;
use super::key_fault::KeyFault;
use super::material::{Curve, PublicParts};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::RSAPublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// The longest text that is looked at, in bytes.
const MAX_BYTES: usize = 16384;

/// Takes the outer white space off.
pub(super) fn trim(text: &str) -> Result<&str, KeyFault> {
    let text = text.trim();
    match text.len() {
        0 => Err(KeyFault::Empty),
        1..=MAX_BYTES => Ok(text),
        _ => Err(KeyFault::TooLong),
    }
}

/// Reads a public key in whichever form it is.
pub(super) fn read(text: &str) -> Result<VerifyingKey, KeyFault> {
    if text.contains(PEM_BEGIN) {
        read_pem(text)
    } else if text.starts_with('{') {
        let document = Document::parse(text.as_bytes().to_vec()).ok_or(KeyFault::Damaged)?;
        if document.view().find("keys").is_some() {
            return Err(KeyFault::Several);
        }
        jwk::read(document.view())
    } else if is_ssh_line(text) {
        VerifyingKey::from_parts(read_ssh_line(text)?)
    } else {
        Err(KeyFault::UnknownForm)
    }
}

/// Whether a text that is to be a shared secret is a key in one of these forms, or the bare base64 of one.
pub(super) fn is_encoded_key(text: &str) -> bool {
    let is_jwk = text.starts_with('{') && (text.contains("\"kty\"") || text.contains("\"keys\""));
    is_jwk || text.contains("-----BEGIN") || text.contains(SSH2_BEGIN) || is_ssh_line(text) || is_bare_base64_key(text)
}

fn is_bare_base64_key(text: &str) -> bool {
    decode_base64(text)
        .is_ok_and(|bytes| read_spki(&bytes).is_ok() || find_spki(&bytes).is_ok() || read_ssh(&bytes).is_ok())
}

fn decode_base64(text: &str) -> Result<Vec<u8>, KeyFault> {
    let text: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(text).map_err(|_| KeyFault::Damaged)
}

const PEM_BEGIN: &str = "-----BEGIN ";
const PEM_END: &str = "-----END ";
const PEM_DASHES: &str = "-----";
/// The form of RFC 4716, which we do not read.
const SSH2_BEGIN: &str = "---- BEGIN SSH2 ";

/// The one PEM block of a text, which may have words around it.
fn read_pem(text: &str) -> Result<VerifyingKey, KeyFault> {
    if text.contains("PRIVATE KEY-----") {
        return Err(KeyFault::PrivateKey);
    }
    let (_, block) = text.split_once(PEM_BEGIN).ok_or(KeyFault::UnknownForm)?;
    if block.contains(PEM_BEGIN) {
        return Err(KeyFault::Several);
    }
    let (label, block) = block.split_once(PEM_DASHES).ok_or(KeyFault::Damaged)?;
    let (body, end) = block.split_once(PEM_END).ok_or(KeyFault::Damaged)?;
    if end.split_once(PEM_DASHES).is_none_or(|(end_label, _)| end_label != label) {
        return Err(KeyFault::Damaged);
    }
    match label {
        "PUBLIC KEY" => from_spki(&decode_base64(body)?),
        "CERTIFICATE" => from_spki(find_spki(&decode_base64(body)?)?),
        _ => Err(KeyFault::UnknownBlock),
    }
}

/// The key of a `SubjectPublicKeyInfo`, which must be written exactly as DER has it: the parser is more forgiving.
fn from_spki(der: &[u8]) -> Result<VerifyingKey, KeyFault> {
    let key = VerifyingKey::from_parts(read_spki(der)?)?;
    if key.public_der().is_some_and(|own| own == der) { Ok(key) } else { Err(KeyFault::Damaged) }
}

/// The key of a certificate. Nothing else in the certificate counts: the owner vouches for it.
fn find_spki(der: &[u8]) -> Result<&[u8], KeyFault> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate.tbs_certificate.subject_pki.raw),
        _ => Err(KeyFault::Damaged),
    }
}

/// `SubjectPublicKeyInfo` (RFC 5280 4.1.2.7; RFC 3279 2.3.1, RFC 5480, RFC 8410).
fn read_spki(der: &[u8]) -> Result<PublicParts, KeyFault> {
    let Ok(([], spki)) = SubjectPublicKeyInfo::from_der(der) else { return Err(KeyFault::Damaged) };
    if spki.subject_public_key.unused_bits != 0 {
        return Err(KeyFault::Damaged);
    }
    let bytes = spki.subject_public_key.data.as_ref();
    match spki.algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.1" => read_rsa(bytes),
        "1.2.840.10045.2.1" => {
            let curve = spki.algorithm.parameters.as_ref().and_then(|name| name.as_oid().ok());
            let curve = match curve.ok_or(KeyFault::UnknownType)?.to_id_string().as_str() {
                "1.2.840.10045.3.1.7" => Curve::P256,
                "1.3.132.0.34" => Curve::P384,
                "1.3.132.0.35" => Curve::P521,
                _ => return Err(KeyFault::UnknownType),
            };
            Ok(PublicParts::Ec { curve, point: bytes.to_vec() })
        }
        "1.3.101.112" => Ok(PublicParts::Ed25519 { bytes: bytes.to_vec() }),
        _ => Err(KeyFault::UnknownType),
    }
}

/// `RSAPublicKey` (RFC 8017 A.1.1).
fn read_rsa(der: &[u8]) -> Result<PublicParts, KeyFault> {
    let Ok(([], key)) = RSAPublicKey::from_der(der) else { return Err(KeyFault::Damaged) };
    rsa(key.modulus, key.exponent)
}

/// RSA numbers as signed big-endian integers, in which DER and SSH write them; negative ones are refused.
fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<PublicParts, KeyFault> {
    let is_positive = |number: &[u8]| number.first().is_some_and(|byte| *byte < 0x80);
    if !is_positive(modulus) || !is_positive(exponent) {
        return Err(KeyFault::Damaged);
    }
    Ok(PublicParts::Rsa { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
}

fn is_ssh_line(text: &str) -> bool {
    ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|start| text.starts_with(start))
}

/// `type base64 comment`, where the type is repeated inside.
fn read_ssh_line(text: &str) -> Result<PublicParts, KeyFault> {
    if text.contains(['\n', '\r']) {
        return Err(KeyFault::Several);
    }
    let mut words = text.split_ascii_whitespace();
    let (Some(name), Some(blob)) = (words.next(), words.next()) else { return Err(KeyFault::Damaged) };
    let blob = decode_base64(blob)?;
    if take_ssh_string(&mut blob.as_slice())? != name.as_bytes() {
        return Err(KeyFault::Damaged);
    }
    read_ssh(&blob)
}

fn read_ssh(blob: &[u8]) -> Result<PublicParts, KeyFault> {
    let mut rest = blob;
    let parts = match take_ssh_string(&mut rest)? {
        b"ssh-rsa" => {
            let exponent = take_ssh_string(&mut rest)?;
            rsa(take_ssh_string(&mut rest)?, exponent)?
        }
        b"ecdsa-sha2-nistp256" => read_ssh_ec(&mut rest, Curve::P256, b"nistp256")?,
        b"ecdsa-sha2-nistp384" => read_ssh_ec(&mut rest, Curve::P384, b"nistp384")?,
        b"ecdsa-sha2-nistp521" => read_ssh_ec(&mut rest, Curve::P521, b"nistp521")?,
        b"ssh-ed25519" => PublicParts::Ed25519 { bytes: take_ssh_string(&mut rest)?.to_vec() },
        _ => return Err(KeyFault::UnknownType),
    };
    if rest.is_empty() { Ok(parts) } else { Err(KeyFault::Damaged) }
}

fn read_ssh_ec(rest: &mut &[u8], curve: Curve, name: &[u8]) -> Result<PublicParts, KeyFault> {
    if take_ssh_string(rest)? != name {
        return Err(KeyFault::Damaged);
    }
    Ok(PublicParts::Ec { curve, point: take_ssh_string(rest)?.to_vec() })
}

/// A string with its length before it (RFC 4251 5).
fn take_ssh_string<'b>(rest: &mut &'b [u8]) -> Result<&'b [u8], KeyFault> {
    let (length, after) = rest.split_first_chunk::<4>().ok_or(KeyFault::Damaged)?;
    let length = u32::from_be_bytes(*length) as usize;
    let (string, after) = after.split_at_checked(length).ok_or(KeyFault::Damaged)?;
    *rest = after;
    Ok(string)
}
