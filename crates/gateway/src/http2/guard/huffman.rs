//! Huffman decoding of HPACK strings (RFC 7541 5.2, appendix B).
//!
//! The code is canonical: its lengths say all of it.

/// Length in bits of each byte's code.
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
    28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12,
    10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6,
    5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22,
    22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20,
    22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28,
    27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28,
    27, 27, 27, 27, 27, 26,
];
const LONGEST: usize = 30;

/// Bytes in the order of their codes, and per length how many codes there are.
struct Code {
    bytes: [u8; 256],
    counts: [u16; LONGEST + 1],
}

static CODE: Code = code();

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "evaluated by the compiler only")]
const fn code() -> Code {
    let mut code = Code { bytes: [0; 256], counts: [0; LONGEST + 1] };
    let (mut length, mut next) = (0, 0);
    while length <= LONGEST {
        let mut byte = 0;
        while byte < 256 {
            if LENGTHS[byte] as usize == length {
                code.bytes[next] = byte as u8;
                code.counts[length] += 1;
                next += 1;
            }
            byte += 1;
        }
        length += 1;
    }
    code
}

/// Appends what `text` stands for to `out`. `None`: it is not well formed.
pub(super) fn decode(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut walk = Walk::default();
    for &byte in text {
        for bit in (0..8).rev() {
            match walk.step(u32::from(byte >> bit & 1)) {
                Step::Inside => {}
                Step::Byte(found) => out.push(found),
                Step::Lost => return None,
            }
        }
    }
    // What is left is padding: less than a byte, all ones.
    (walk.length < 8 && walk.code == (1 << walk.length) - 1).then_some(())
}

/// What one more bit leads to.
enum Step {
    Inside,
    /// The code of this byte is complete.
    Byte(u8),
    /// No code begins like this.
    Lost,
}

/// Where in the code tree a decoder stands.
#[derive(Default)]
struct Walk {
    /// Bits since the last byte.
    length: usize,
    code: u32,
    /// The first code of this length, and how many bytes have shorter ones.
    first: u32,
    shorter: usize,
}

impl Walk {
    /// One more bit.
    fn step(&mut self, bit: u32) -> Step {
        self.length += 1;
        self.code = self.code << 1 | bit;
        let Some(&count) = CODE.counts.get(self.length) else { return Step::Lost };
        let at = self.code - self.first;
        if at < u32::from(count) {
            let place = usize::try_from(at).map_or(usize::MAX, |at| self.shorter + at);
            *self = Self::default();
            return CODE.bytes.get(place).map_or(Step::Lost, |&found| Step::Byte(found));
        }
        self.first = (self.first + u32::from(count)) << 1;
        self.shorter += usize::from(count);
        Step::Inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &[u8], expected: Option<&str>) {
        let mut out = Vec::new();
        let decoded = decode(text, &mut out);
        assert_eq!(decoded.map(|()| String::from_utf8(out).unwrap()).as_deref(), expected, "{text:x?}");
    }

    #[test]
    fn examples_of_the_standard_are_decoded() {
        // RFC 7541 C.4 and C.6.
        check(&[0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff], Some("www.example.com"));
        check(&[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf], Some("no-cache"));
        check(&[0x25, 0xa8, 0x49, 0xe9, 0x5b, 0xa9, 0x7d, 0x7f], Some("custom-key"));
        check(&[0x25, 0xa8, 0x49, 0xe9, 0x5b, 0xb8, 0xe8, 0xb4, 0xbf], Some("custom-value"));
        check(
            &[
                0xd0, 0x7a, 0xbe, 0x94, 0x10, 0x54, 0xd4, 0x44, 0xa8, 0x20, 0x05, 0x95, 0x04, 0x0b, 0x81, 0x66, 0xe0,
                0x82, 0xa6, 0x2d, 0x1b, 0xff,
            ],
            Some("Mon, 21 Oct 2013 20:13:21 GMT"),
        );
        check(&[], Some(""));
        // `#` is twelve bits.
        check(&[0xff, 0xaf], Some("#"));
    }

    #[test]
    fn bad_padding_and_unknown_codes_are_refused() {
        check(&[0xff], None);
        check(&[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbe], None);
        check(&[0xff, 0xff, 0xff, 0xff], None);
        check(&[0x1f, 0xff], None);
    }
}
