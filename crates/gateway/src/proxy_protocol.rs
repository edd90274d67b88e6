//! The PROXY protocol, versions 1 and 2: what a load balancer says of a connection before its first byte
//! (`proxy-protocol.txt`, 2020-03-05). Pure: bytes in, one verdict out.
//!
//! Strict and bounded: a version 1 line of at most 107 bytes with exactly the fields of its family, a version 2 header of at
//! most [`MAX_HEADER`] bytes for a TCP connection. Whatever is not that is a fault, told at the first wrong byte.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest header, in bytes: 16 and what version 2 appends (the specification's own senders stay far below it).
pub const MAX_HEADER: usize = 16 + 4096;

/// A version 1 line with its CR LF, at most (section 2.1).
const MAX_LINE: usize = 107;
const LINE_START: &[u8] = b"PROXY ";
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// What the beginning of a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// Good so far, but not all of it.
    Incomplete,
    /// A whole header of `length` bytes; what follows belongs to the connection.
    Complete {
        /// Bytes of the header.
        length: usize,
        /// Where the connection comes from; `None` (LOCAL, UNKNOWN, no internet address): from the peer itself.
        source: Option<IpAddr>,
    },
}

/// It is no header of the PROXY protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a header of the PROXY protocol")]
pub struct HeaderFault;

/// Reads the beginning of a connection.
pub fn parse(bytes: &[u8]) -> Result<Header, HeaderFault> {
    if begins(bytes, SIGNATURE) {
        version_2(bytes)
    } else if begins(bytes, LINE_START) {
        version_1(bytes)
    } else {
        Err(HeaderFault)
    }
}

/// Whether `bytes` may go on to begin with `start`, or do.
fn begins(bytes: &[u8], start: &[u8]) -> bool {
    bytes.iter().zip(start).all(|(one, other)| one == other)
}

fn version_1(bytes: &[u8]) -> Result<Header, HeaderFault> {
    let window = bytes.get(..MAX_LINE).unwrap_or(bytes);
    let is_visible = |byte: &u8| (b' '..=b'~').contains(byte);
    let Some(end) = window.iter().position(|byte| !is_visible(byte)) else {
        return if window.len() < MAX_LINE { Ok(Header::Incomplete) } else { Err(HeaderFault) };
    };
    match window.get(end..).unwrap_or_default() {
        [b'\r', b'\n', ..] => {}
        [b'\r'] if window.len() < MAX_LINE => return Ok(Header::Incomplete),
        _ => return Err(HeaderFault),
    }
    let line = window.get(LINE_START.len()..end).and_then(|line| str::from_utf8(line).ok()).ok_or(HeaderFault)?;
    Ok(Header::Complete { length: end + 2, source: line_source(line)? })
}

/// The source in what follows `PROXY ` on the line.
fn line_source(line: &str) -> Result<Option<IpAddr>, HeaderFault> {
    let mut fields = line.split(' ');
    let family = fields.next().unwrap_or_default();
    if family == "UNKNOWN" {
        // Whatever follows is to be ignored (section 2.1).
        return Ok(None);
    }
    let mut field = || fields.next().ok_or(HeaderFault);
    let (source, destination) = (field()?, field()?);
    let (source_port, destination_port) = (field()?, field()?);
    if fields.next().is_some() || !is_port(source_port) || !is_port(destination_port) {
        return Err(HeaderFault);
    }
    let source = match family {
        "TCP4" => ip_pair::<Ipv4Addr>(source, destination)?.into(),
        "TCP6" => ip_pair::<Ipv6Addr>(source, destination)?.into(),
        _ => return Err(HeaderFault),
    };
    Ok(Some(source))
}

fn ip_pair<A: std::str::FromStr>(source: &str, destination: &str) -> Result<A, HeaderFault> {
    destination.parse::<A>().map_err(|_| HeaderFault)?;
    source.parse().map_err(|_| HeaderFault)
}

/// Decimal digits of 0 to 65535 without leading zeros.
fn is_port(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    plain && text.parse::<u16>().is_ok()
}

fn version_2(bytes: &[u8]) -> Result<Header, HeaderFault> {
    let Some((fixed, rest)) = bytes.split_first_chunk::<16>() else {
        // Version, command and family are told as wrong as soon as they are there.
        return match (bytes.get(12), bytes.get(13)) {
            (Some(command), _) if !matches!(command, 0x20 | 0x21) => Err(HeaderFault),
            (Some(0x21), Some(family)) if least_length(*family).is_none() => Err(HeaderFault),
            _ => Ok(Header::Incomplete),
        };
    };
    let [.., command, family, high, low] = *fixed;
    let announced = usize::from(u16::from_be_bytes([high, low]));
    let length = fixed.len() + announced;
    if length > MAX_HEADER {
        return Err(HeaderFault);
    }
    let least = match command {
        // LOCAL: the proxy itself, whatever else the header says (section 2.2).
        0x20 => 0,
        0x21 => least_length(family).filter(|least| *least <= announced).ok_or(HeaderFault)?,
        _ => return Err(HeaderFault),
    };
    let Some(body) = rest.get(..announced) else { return Ok(Header::Incomplete) };
    if command == 0x20 {
        return Ok(Header::Complete { length, source: None });
    }
    let (addresses, extensions) = body.split_at_checked(least).ok_or(HeaderFault)?;
    let source = match family {
        0x11 => addresses.first_chunk::<4>().map(|source| IpAddr::from(*source)),
        0x21 => addresses.first_chunk::<16>().map(|source| IpAddr::from(*source)),
        _ => None,
    };
    if family != UNSPECIFIED {
        skip_extensions(extensions)?;
    }
    Ok(Header::Complete { length, source })
}

/// Neither family nor protocol is told.
const UNSPECIFIED: u8 = 0x00;

/// Bytes of the addresses of a family; `None`: it is no stream, or not known.
fn least_length(family: u8) -> Option<usize> {
    match family {
        UNSPECIFIED => Some(0),
        0x11 => Some(12),
        0x21 => Some(36),
        0x31 => Some(216),
        _ => None,
    }
}

/// Type, two bytes of length, value; none of them is read (section 2.2.1).
fn skip_extensions(mut bytes: &[u8]) -> Result<(), HeaderFault> {
    while !bytes.is_empty() {
        let ([_, high, low], rest) = bytes.split_first_chunk::<3>().ok_or(HeaderFault)?;
        bytes = rest.get(usize::from(u16::from_be_bytes([*high, *low]))..).ok_or(HeaderFault)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Result<Option<&str>, HeaderFault>) {
        let expected = expected.map(|source| Header::Complete {
            length: bytes.len(),
            source: source.map(|source| source.parse().unwrap()),
        });
        assert_eq!(parse(bytes), expected, "{}", bytes.escape_ascii());
        if expected.is_ok() {
            for end in 0..bytes.len() {
                assert_eq!(parse(&bytes[..end]), Ok(Header::Incomplete), "{}", bytes[..end].escape_ascii());
            }
            assert_eq!(parse(&[bytes, b"GET / HTTP/1.1\r\n\r\n"].concat()), expected);
        }
    }

    #[test]
    fn lines_of_version_1() {
        let bad = Err(HeaderFault);
        check(b"PROXY TCP4 198.51.100.7 203.0.113.1 56324 443\r\n", Ok(Some("198.51.100.7")));
        check(b"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", Ok(Some("255.255.255.255")));
        check(b"PROXY TCP6 2001:db8::7 ::1 0 443\r\n", Ok(Some("2001:db8::7")));
        check(b"PROXY TCP6 ::ffff:198.51.100.7 ::1 1 443\r\n", Ok(Some("::ffff:198.51.100.7")));
        check(b"PROXY UNKNOWN\r\n", Ok(None));
        check(b"PROXY UNKNOWN ffff:f...f:ffff whatever 1\r\n", Ok(None));
        for line in [
            "GET / HTTP/1.1\r\n",
            "proxy TCP4 1.1.1.1 2.2.2.2 1 2\r\n",
            "PROXY\r\n",
            "PROXY \r\n",
            "PROXY TCP4\r\n",
            "PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n",
            "PROXY  TCP4 1.1.1.1 2.2.2.2 1 2\r\n",
            "PROXY TCP4 1.1.1.1  2.2.2.2 1 2\r\n",
            "PROXY TCP4 1.1.1.1\t2.2.2.2 1 2\r\n",
            "PROXY TCP4 01.1.1.1 2.2.2.2 1 2\r\n",
            "PROXY TCP4 1.1.1 2.2.2.2 1 2\r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.256 1 2\r\n",
            "PROXY TCP4 ::1 ::2 1 2\r\n",
            "PROXY TCP6 1.1.1.1 ::2 1 2\r\n",
            "PROXY TCP6 fe80::1%eth0 ::2 1 2\r\n",
            "PROXY TCP6 [::1] ::2 1 2\r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 +1 2\r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 1 \r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\r\n",
            "PROXY UNKNOWN\n",
            "PROXY UNKNOWNX\r\n",
            "PROXY UNKNOWN \u{e4}\r\n",
            "PROXY UNKNOWN \0\r\n",
        ] {
            check(line.as_bytes(), bad);
        }
    }

    #[test]
    fn a_line_ends_within_107_bytes() {
        let longest = format!("PROXY UNKNOWN {}\r\n", "x".repeat(91));
        assert_eq!(longest.len(), MAX_LINE);
        check(longest.as_bytes(), Ok(None));
        check(format!("PROXY UNKNOWN {}\r\n", "x".repeat(92)).as_bytes(), Err(HeaderFault));
        check("PROXY UNKNOWN ".repeat(20).as_bytes(), Err(HeaderFault));
    }

    fn binary(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [SIGNATURE, &[command, family], &length, body].concat()
    }

    fn v4(more: &[u8]) -> Vec<u8> {
        [&[198, 51, 100, 7, 203, 0, 113, 1, 0xdc, 4, 1, 0xbb], more].concat()
    }

    #[test]
    fn headers_of_version_2() {
        let bad = Err(HeaderFault);
        let v6 = [&"2001:db8::7".parse::<Ipv6Addr>().unwrap().octets()[..], &[0; 20]].concat();
        check(&binary(0x21, 0x11, &v4(&[])), Ok(Some("198.51.100.7")));
        check(&binary(0x21, 0x11, &v4(&[4, 0, 2, 9, 9, 0xea, 0, 0])), Ok(Some("198.51.100.7")));
        check(&binary(0x21, 0x21, &v6), Ok(Some("2001:db8::7")));
        check(&binary(0x21, 0x31, &[0; 216]), Ok(None));
        check(&binary(0x21, 0x00, &[]), Ok(None));
        check(&binary(0x21, 0x00, b"anything"), Ok(None));
        check(&binary(0x20, 0x00, &[]), Ok(None));
        check(&binary(0x20, 0x11, &v4(&[])), Ok(None));
        check(&binary(0x20, 0xff, b"x"), Ok(None));
        check(&binary(0x20, 0x00, &[0; 4096]), Ok(None));
        for (command, family, body) in [
            (0x11, 0x11, v4(&[])),
            (0x31, 0x11, v4(&[])),
            (0x22, 0x11, v4(&[])),
            (0x2f, 0x00, vec![]),
            (0x21, 0x12, v4(&[])),
            (0x21, 0x10, v4(&[])),
            (0x21, 0x41, v4(&[])),
            (0x21, 0x01, v4(&[])),
            (0x21, 0x11, v4(&[])[..11].to_vec()),
            (0x21, 0x21, v4(&[])),
            (0x21, 0x31, vec![0; 215]),
            (0x21, 0x11, v4(&[4])),
            (0x21, 0x11, v4(&[4, 0, 1])),
            (0x21, 0x11, v4(&[4, 0, 0, 4, 0xff, 0xff])),
            (0x21, 0x00, vec![0; 4097]),
            (0x20, 0x00, vec![0; 4097]),
        ] {
            check(&binary(command, family, &body), bad);
        }
    }

    #[test]
    fn a_wrong_version_2_is_told_before_the_rest_has_come() {
        let whole = binary(0x21, 0x11, &v4(&[]));
        assert_eq!(parse(&[&whole[..12], &[0x31]].concat()), Err(HeaderFault));
        assert_eq!(parse(&[&whole[..13], &[0x12]].concat()), Err(HeaderFault));
        assert_eq!(parse(b"\r\n\r\nGET"), Err(HeaderFault));
        assert_eq!(parse(b""), Ok(Header::Incomplete));
    }
}
