//! `Authorization: Basic` as OAuth clients send it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode;

/// Client id and client secret. RFC 6749 2.3.1 has both encoded as in a form before they go into `Basic`, which many
/// clients leave out: escapes are decoded, but a `+` is a plus, as no id and no secret has a space in it.
pub(super) fn credentials(value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (scheme, encoded) = value.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim_ascii()).ok()?;
    let colon = memchr::memchr(b':', &decoded)?;
    let part = |bytes: &[u8]| percent_decode(bytes).collect();
    Some((part(decoded.get(..colon)?), part(decoded.get(colon + 1..)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pair: &str, expected: (&str, &str)) {
        let value = format!("bAsIc {}", STANDARD.encode(pair));
        let expected = (expected.0.as_bytes().to_vec(), expected.1.as_bytes().to_vec());
        assert_eq!(credentials(value.as_bytes()), Some(expected), "{pair}");
    }

    #[test]
    fn both_parts_are_decoded() {
        check("pk_1:pc_2", ("pk_1", "pc_2"));
        check("a%3Ab:c:d", ("a:b", "c:d"));
        check("a+b%2B:%", ("a+b+", "%"));
        check(":", ("", ""));
    }

    #[test]
    fn anything_else_is_none() {
        for value in ["Bearer x", "Basic", "Basic !", "Basic YQ==", ""] {
            assert_eq!(credentials(value.as_bytes()), None, "{value}");
        }
    }
}
