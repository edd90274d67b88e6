//! Answers as an upstream sends them over HTTP/1; against hyper.
//!
//! Input: a line with the request's method, then the bytes of the answer.

use crate::oracle;
use gateway::fuzzing::{End, response};

/// An answer is the same however its bytes come; what we accept hyper reads as the same answer.
///
/// # Panics
/// If a property does not hold.
pub fn http_response(data: &[u8]) {
    let mut parts = data.splitn(2, |&byte| byte == b'\n');
    let (method, bytes) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let whole = response(bytes, bytes.len(), method);
    for part in [1, 7] {
        assert_eq!(response(bytes, part, method), whole, "in parts of {part}");
    }
    let Some((ours, end)) = whole else { return };
    if ours.status == 101 || end == End::Incomplete {
        return;
    }
    let Some((status, body)) = oracle::response(bytes, method) else {
        panic!("hyper does not read {ours:?}");
    };
    assert_eq!(status, ours.status, "status");
    assert_eq!(body.as_ref(), Some(&ours.body.data), "body");
}
