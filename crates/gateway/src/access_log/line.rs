//! The form of a line: one JSON object in printable ASCII. Nothing that a caller sends can end it or add a field to it.

use crate::recent::Recorded;
use crate::seam::Version;
use domain::time::Timestamp;
use std::cell::Cell;
use std::io::Write as _;
use std::net::IpAddr;

/// What a line tells.
pub(super) struct Entry<'a> {
    pub(super) recorded: &'a Recorded,
    pub(super) version: Option<Version>,
    pub(super) sent_bytes: u64,
    pub(super) latency_micros: u64,
    pub(super) ending: Ending,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Complete,
    /// The caller went away, the upstream broke off, or the request was cut.
    BrokenOff,
}

/// Writes seconds as text; remembers the last one.
#[derive(Debug, Default)]
pub(super) struct SecondText(Cell<(i64, [u8; 19])>);

impl SecondText {
    /// `2026-11-24T12:22:41` of a second since 1970.
    fn text(&self, second: i64) -> [u8; 19] {
        let (last, text) = self.0.get();
        if last == second && second != 0 {
            return text;
        }
        let mut text = [b'0'; 19];
        if let Ok(at) = jiff::Timestamp::from_second(second) {
            let at = at.to_string();
            for (to, from) in text.iter_mut().zip(at.bytes()) {
                *to = from;
            }
        }
        self.0.set((second, text));
        text
    }
}

/// Appends a line.
pub(super) fn push(out: &mut Vec<u8>, seconds: &SecondText, entry: &Entry<'_>) {
    let recorded = entry.recorded;
    push_time(out, seconds, recorded.received_at);
    out.extend_from_slice(b"\",\"request_id\":\"");
    push_escaped(out, &recorded.request_id);
    if let Some(external) = &recorded.external_request_id {
        out.extend_from_slice(b"\",\"external_request_id\":\"");
        push_escaped(out, external);
    }
    if let Some(method) = recorded.method {
        out.extend_from_slice(b"\",\"method\":\"");
        out.extend_from_slice(method.as_str().as_bytes());
    }
    out.extend_from_slice(b"\",\"path\":\"");
    push_escaped(out, &recorded.path);
    if let Some(version) = entry.version {
        out.extend_from_slice(b"\",\"protocol\":\"");
        out.extend_from_slice(protocol(version));
    }
    out.extend_from_slice(b"\",\"source\":\"");
    push_address(out, recorded.source.shown());
    out.extend_from_slice(b"\",\"status\":");
    push_number(out, u64::from(recorded.status));
    if let Some(denial) = recorded.denial {
        out.extend_from_slice(b",\"code\":\"");
        out.extend_from_slice(denial.code().as_bytes());
        out.push(b'"');
    }
    push_id(out, b",\"client_id\":", recorded.client.map(|id| id.0));
    push_id(out, b",\"profile_id\":", recorded.profile.map(|id| id.0));
    push_id(out, b",\"collection_id\":", recorded.collection.map(|id| id.0));
    push_id(out, b",\"endpoint_id\":", recorded.endpoint.map(|id| id.0));
    if let Some(bytes) = recorded.body_bytes {
        push_field(out, b",\"received_bytes\":", bytes);
    }
    push_field(out, b",\"sent_bytes\":", entry.sent_bytes);
    push_field(out, b",\"latency_us\":", entry.latency_micros);
    if let Some(micros) = recorded.upstream_micros {
        push_field(out, b",\"upstream_us\":", micros);
    }
    if recorded.path_is_cut {
        out.extend_from_slice(b",\"path_is_cut\":true");
    }
    if entry.ending == Ending::BrokenOff {
        out.extend_from_slice(b",\"broken_off\":true");
    }
    out.extend_from_slice(b"}\n");
}

fn protocol(version: Version) -> &'static [u8] {
    match version {
        Version::Http10 => b"HTTP/1.0",
        Version::Http11 => b"HTTP/1.1",
        Version::Http2 => b"HTTP/2",
    }
}

fn push_time(out: &mut Vec<u8>, seconds: &SecondText, at: Timestamp) {
    out.extend_from_slice(b"{\"time\":\"");
    out.extend_from_slice(&seconds.text(at.0.div_euclid(1_000_000)));
    let mut micros = at.0.rem_euclid(1_000_000);
    let mut text = *b".000000Z";
    for digit in text.iter_mut().skip(1).take(6).rev() {
        *digit = b'0' + u8::try_from(micros % 10).unwrap_or_default();
        micros /= 10;
    }
    out.extend_from_slice(&text);
}

fn push_number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn push_field(out: &mut Vec<u8>, name: &[u8], number: u64) {
    out.extend_from_slice(name);
    push_number(out, number);
}

fn push_id(out: &mut Vec<u8>, name: &[u8], id: Option<i64>) {
    if let Some(id) = id {
        out.extend_from_slice(name);
        out.extend_from_slice(itoa::Buffer::new().format(id).as_bytes());
    }
}

fn push_address(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            for (at, octet) in address.octets().into_iter().enumerate() {
                if at > 0 {
                    out.push(b'.');
                }
                push_number(out, u64::from(octet));
            }
        }
        // Writing to a vector cannot fail.
        IpAddr::V6(address) => write!(out, "{address}").unwrap_or_default(),
    }
}

/// What stands in a JSON string as it is.
fn is_plain(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\'
}

/// Appends text as it may stand in a JSON string; everything but printable ASCII is escaped.
fn push_escaped(out: &mut Vec<u8>, text: &str) {
    // No early end, so that the loop can look at many bytes at once.
    if text.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for character in text.chars() {
        match u8::try_from(character) {
            Ok(byte) if is_plain(byte) => out.push(byte),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").unwrap_or_default();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::decide::Source;
    use domain::denial::Denial;
    use domain::ids::{ClientId, CollectionId, EndpointId, ProfileId, Revision};
    use domain::limits::Readings;
    use domain::method::Method;
    use serde_json::{Value, json};

    fn recorded() -> Recorded {
        Recorded {
            request_id: "01936b6e-7a3f-7c1d-9d2b-5f0c7e1a2b3c".into(),
            external_request_id: None,
            received_at: Timestamp(1_700_000_000_000_042),
            latency_micros: 5,
            method: Some(Method::Get),
            path: "/orders-v1/orders".to_owned(),
            path_is_cut: false,
            custom_domain: None,
            source: Source::Known("203.0.113.7".parse().unwrap()),
            upstream_micros: Some(300),
            body_bytes: Some(0),
            profile: Some(ProfileId(9)),
            client: Some(ClientId(8)),
            credential: None,
            collection: Some(CollectionId(7)),
            endpoint: Some(EndpointId(6)),
            status: 200,
            denial: None,
            revision: Revision(1),
            limits: Readings::default(),
            certificate: None,
        }
    }

    fn line(recorded: &Recorded, ending: Ending) -> String {
        let entry = Entry { recorded, version: Some(Version::Http11), sent_bytes: 12, latency_micros: 345, ending };
        let mut out = Vec::new();
        push(&mut out, &SecondText::default(), &entry);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_is_one_json_object() {
        let text = line(&recorded(), Ending::Complete);
        assert_eq!(
            text,
            "{\"time\":\"2023-11-14T22:13:20.000042Z\",\"request_id\":\"01936b6e-7a3f-7c1d-9d2b-5f0c7e1a2b3c\",\
             \"method\":\"GET\",\"path\":\"/orders-v1/orders\",\"protocol\":\"HTTP/1.1\",\"source\":\"203.0.113.7\",\
             \"status\":200,\"client_id\":8,\"profile_id\":9,\"collection_id\":7,\"endpoint_id\":6,\"received_bytes\":0,\
             \"sent_bytes\":12,\"latency_us\":345,\"upstream_us\":300}\n"
        );
    }

    #[test]
    fn what_does_not_apply_is_left_out() {
        let refused = Recorded {
            method: None,
            upstream_micros: None,
            body_bytes: None,
            profile: None,
            client: None,
            collection: None,
            endpoint: None,
            status: 400,
            denial: Some(Denial::BadFraming),
            external_request_id: Some("abc".into()),
            path_is_cut: true,
            source: Source::Unknown { last_hop: "2001:db8::1".parse().unwrap() },
            ..recorded()
        };
        let value: Value = serde_json::from_str(&line(&refused, Ending::BrokenOff)).unwrap();
        let expected = json!({
            "time": "2023-11-14T22:13:20.000042Z", "request_id": "01936b6e-7a3f-7c1d-9d2b-5f0c7e1a2b3c",
            "external_request_id": "abc", "path": "/orders-v1/orders", "protocol": "HTTP/1.1", "source": "2001:db8::1",
            "status": 400, "code": "bad_framing", "sent_bytes": 12, "latency_us": 345,
            "path_is_cut": true, "broken_off": true,
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn a_caller_cannot_forge_a_line() {
        let tricks = [
            "/a\",\"status\":200,\"x\":\"",
            "/a\\",
            "/a\n{\"time\":\"now\"}",
            "/\u{1b}[2J\u{7f}\u{85}\u{2028}\u{202e}",
            "/\u{fffd}\u{1f600}\u{0}",
        ];
        for path in tricks {
            let text = line(&Recorded { path: path.to_owned(), ..recorded() }, Ending::Complete);
            assert_eq!(text.matches('\n').count(), 1, "{path:?}");
            assert!(text.trim_end().bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{path:?}");
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!((value["path"].as_str(), value["status"].as_u64()), (Some(path), Some(200)));
        }
    }

    #[test]
    fn times_are_right_at_any_second() {
        let seconds = SecondText::default();
        for second in [0, 1, -1, 951_782_400, 1_735_689_599, 1_735_689_600, 0] {
            let text = String::from_utf8(seconds.text(second).to_vec()).unwrap();
            let expected = jiff::Timestamp::from_second(second).unwrap().strftime("%Y-%m-%dT%H:%M:%S").to_string();
            assert_eq!(text, expected);
        }
    }
}
