//! `traceparent` (W3C Trace Context): continued where a caller sent a good one, made otherwise.

use crate::request_ids::RequestIds;
use crate::seam::Fields;

/// Adds the field. Says whether the caller's trace goes on with it.
pub(super) fn push(inbound: Option<&[u8]>, ids: &RequestIds, fields: &mut Fields) -> Continues {
    let continued = inbound.and_then(trace_and_flags);
    fields.push_with("traceparent", |out| {
        // Version 00: `00-<trace id>-<parent id>-<flags>`.
        out.extend_from_slice(b"00-");
        match continued {
            Some((trace, _)) => out.extend_from_slice(trace.as_bytes()),
            None => [ids.next(), ids.next()].into_iter().for_each(|half| push_hex(out, half)),
        }
        out.push(b'-');
        push_hex(out, ids.next());
        out.push(b'-');
        out.extend_from_slice(continued.map_or("00", |(_, flags)| flags).as_bytes());
    });
    if continued.is_some() { Continues::Yes } else { Continues::No }
}

/// Whether the caller's trace goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Continues {
    Yes,
    No,
}

/// 16 digits.
fn push_hex(out: &mut Vec<u8>, number: u64) {
    for byte in number.to_be_bytes() {
        for digit in [byte >> 4, byte & 0xf] {
            out.push(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit });
        }
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

    fn next(inbound: &str, ids: &RequestIds) -> (String, Continues) {
        let mut fields = Fields::default();
        let continues = push(Some(inbound.as_bytes()), ids, &mut fields);
        let (_, value) = fields.iter().next().unwrap();
        (String::from_utf8(value.to_vec()).unwrap(), continues)
    }

    #[test]
    fn a_good_trace_goes_on_and_a_bad_one_does_not() {
        let ids = RequestIds::new([1; 16]);
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let (trace, continues) = next(good, &ids);
        assert_eq!(continues, Continues::Yes);
        assert!(trace.starts_with(&good[..36]) && trace.ends_with("-01"), "{trace}");
        assert_ne!(trace, good);
        for bad in [
            "",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf9-00f067aa0ba902b7-01",
        ] {
            let (trace, continues) = next(bad, &ids);
            assert_eq!((continues, trace.len()), (Continues::No, 55), "{bad}");
            assert!(trace.starts_with("00-") && trace.ends_with("-00"), "{trace}");
            assert!(trace_and_flags(trace.as_bytes()).is_some(), "{trace}");
        }
    }
}
