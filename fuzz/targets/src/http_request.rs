//! Requests as a caller sends them over HTTP/1: heads, paths, bodies; against hyper.
//!
//! Input: the bytes on a connection.

use crate::oracle;
use domain::path::CanonicalPath;
use gateway::fuzzing::{RequestRead, requests};

/// Requests are the same however their bytes come; what we accept hyper reads as the same requests; a canonical path
/// stays as it is.
///
/// # Panics
/// If a property does not hold.
pub fn http_request(data: &[u8]) {
    let whole = requests(data, data.len());
    for part in [1, 7] {
        assert_eq!(requests(data, part), whole, "in parts of {part}");
    }
    let (ours, _) = whole;
    for request in &ours {
        check_path(&request.target);
    }
    let theirs = oracle::requests(data);
    for (at, request) in ours.iter().enumerate() {
        let Some(seen) = theirs.get(at) else {
            assert!(oracle::may_refuse(request), "hyper does not read request {at}: {request:?}");
            return;
        };
        compare(request, seen);
    }
}

fn compare(ours: &RequestRead, theirs: &oracle::Seen) {
    assert_eq!(ours.method, theirs.method, "method");
    assert_eq!(ours.target, theirs.target, "target");
    let lower = |name: &[u8]| name.to_ascii_lowercase();
    let mut fields: Vec<_> = ours.fields.iter().map(|(name, value)| (lower(name), value.clone())).collect();
    // hyper gives fields of one name together.
    fields.sort_by(|(one, _), (other, _)| one.cmp(other));
    assert_eq!(fields, theirs.fields, "fields");
    if ours.body.is_whole {
        assert_eq!(theirs.body.as_ref(), Some(&ours.body.data), "body");
    }
}

/// What is canonical is so for good, and holds no segment that leads elsewhere.
fn check_path(target: &[u8]) {
    let path = target.split(|&byte| byte == b'?').next().unwrap_or_default();
    let Ok(canonical) = CanonicalPath::parse(path) else { return };
    let once = canonical.as_str().to_owned();
    let twice = CanonicalPath::parse(once.as_bytes()).map(|path| path.as_str().to_owned());
    assert_eq!(twice.as_deref(), Ok(&*once), "the canonical path is not canonical");
    let mut decoded = once;
    loop {
        let next = percent_encoding::percent_decode_str(&decoded).decode_utf8_lossy().into_owned();
        if next == decoded {
            break;
        }
        decoded = next;
    }
    let is_dots = |segment: &str| matches!(segment.split(';').next(), Some("." | ".."));
    assert!(!decoded.split(['/', '\\']).any(is_dots), "a dot segment: {decoded:?}");
}
