//! `traceparent` (W3C Trace Context): continued where a caller sent a good one, made otherwise.

use crate::request_ids::RequestIds;

/// The field to send on, and whether the caller's trace goes on with it.
pub(super) struct Trace {
    pub(super) traceparent: String,
    pub(super) is_continued: bool,
}

/// Version 00: `00-<trace id>-<parent id>-<flags>`.
pub(super) fn next(inbound: Option<&[u8]>, ids: &RequestIds) -> Trace {
    let parent = ids.next();
    if let Some((trace, flags)) = inbound.and_then(trace_and_flags) {
        Trace { traceparent: format!("00-{trace}-{parent:016x}-{flags}"), is_continued: true }
    } else {
        let (high, low) = (ids.next(), ids.next());
        Trace { traceparent: format!("00-{high:016x}{low:016x}-{parent:016x}-00"), is_continued: false }
    }
}

fn trace_and_flags(value: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(value.trim_ascii()).ok()?;
    let mut parts = text.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_set = |part: &str| part.bytes().any(|byte| byte != b'0');
    let good = version == "00"
        && parts.next().is_none()
        && is_hex(trace, 32)
        && is_hex(parent, 16)
        && is_hex(flags, 2)
        && is_set(trace)
        && is_set(parent);
    good.then_some((trace, flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_trace_goes_on_and_a_bad_one_does_not() {
        let ids = RequestIds::new([1; 16]);
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let trace = next(Some(good.as_bytes()), &ids);
        assert!(trace.is_continued && trace.traceparent.starts_with(&good[..36]) && trace.traceparent.ends_with("-01"));
        assert_ne!(trace.traceparent, good);
        for bad in [
            "",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf9-00f067aa0ba902b7-01",
        ] {
            let trace = next(Some(bad.as_bytes()), &ids);
            assert!(!trace.is_continued && trace.traceparent.len() == 55, "{bad}");
        }
    }
}
