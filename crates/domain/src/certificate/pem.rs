//! Certificates in PEM (RFC 7468), one after another, with words around and between them.

use super::authorities::{AuthorityFault, AuthorityProblem};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
/// Longest label of a block that a message repeats.
const LABEL_CHARS: usize = 40;

/// A certificate with the line in which its block begins.
pub(crate) struct PemCertificate {
    pub(crate) line: usize,
    pub(crate) der: CertificateDer<'static>,
}

/// All certificates of a text, in order, and everything that is wrong with its blocks.
pub(crate) fn read_certificates(text: &str) -> (Vec<PemCertificate>, Vec<AuthorityFault>) {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let mut line = 1;
    let mut rest = text;
    while let Some((before, block)) = rest.split_once(BEGIN) {
        line += newlines(before);
        // An unfinished block ends where the next one begins, so that each is told of.
        let end = block.find(BEGIN).unwrap_or(block.len());
        let (block, after) = block.split_at_checked(end).unwrap_or((block, ""));
        match read_block(block) {
            Ok(der) => found.push(PemCertificate { line, der }),
            Err(problem) => faults.push(AuthorityFault { line, problem }),
        }
        line += newlines(block);
        rest = after;
    }
    (found, faults)
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// What follows `-----BEGIN `.
fn read_block(block: &str) -> Result<CertificateDer<'static>, AuthorityProblem> {
    let (label, block) = block.split_once(DASHES).ok_or(AuthorityProblem::Damaged)?;
    if label.ends_with("PRIVATE KEY") {
        return Err(AuthorityProblem::PrivateKey);
    }
    if label != "CERTIFICATE" {
        let is_label = label.chars().count() <= LABEL_CHARS && !label.chars().any(char::is_control);
        return Err(AuthorityProblem::OtherBlock(if is_label { label.into() } else { "something else".into() }));
    }
    let (body, end) = block.split_once(END).ok_or(AuthorityProblem::Damaged)?;
    if end.split_once(DASHES).is_none_or(|(end_label, _)| end_label != label) {
        return Err(AuthorityProblem::Damaged);
    }
    let body: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(body).map(CertificateDer::from).map_err(|_| AuthorityProblem::Damaged)
}
