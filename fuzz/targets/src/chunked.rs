//! Chunked bodies; against hyper.
//!
//! Input: the bytes of the body and what follows it.

use crate::oracle;
use gateway::fuzzing::chunked as read;

/// A body is the same however its bytes come, ends where it ends whatever follows, and is what hyper reads.
///
/// # Panics
/// If a property does not hold.
pub fn chunked(data: &[u8]) {
    let whole = read(data, data.len());
    for part in [1, 5] {
        assert_eq!(read(data, part), whole, "in parts of {part}");
    }
    let Some((body, rest)) = whole else { return };
    if !body.is_whole {
        return;
    }
    let end = data.len().checked_sub(rest).expect("what follows a body is part of the input");
    let own = data.get(..end).expect("the body is part of the input");
    assert_eq!(read(own, own.len()), Some((body.clone(), 0)), "what follows a body matters");
    let head = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    let seen = oracle::requests(&[head, own].concat());
    let theirs = seen.first().and_then(|request| request.body.as_ref());
    assert_eq!(theirs, Some(&body.data), "hyper reads another body");
}
