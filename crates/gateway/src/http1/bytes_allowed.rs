//! Which bytes may stand where in a head (RFC 9110 5.5 and 5.6.2, RFC 9112 3.2).

/// Bytes of a token: names of methods and fields.
static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    loop {
        let allowed = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
            );
        #[expect(clippy::indexing_slicing, reason = "a byte is below 256, and a constant is checked at build")]
        {
            table[byte as usize] = allowed;
        }
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

/// Whether this is a token: at least one byte, all of them token bytes.
pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| TOKEN.get(usize::from(byte)).copied().unwrap_or(false))
}

/// Whether this may be a field's value: tab, space, visible ASCII, and bytes from 0x80.
pub(super) fn is_value(text: &[u8]) -> bool {
    // Without an early end, so that the compiler looks at many bytes at once.
    text.iter().filter(|&&byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f).count() == 0
}

/// Whether this may be a request's target: visible ASCII without `#`.
pub(super) fn is_target(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().filter(|&&byte| byte <= 0x20 || byte >= 0x7f || byte == b'#').count() == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_judged_as_the_standards_do() {
        let separators = b"\"(),/:;<=>?@[\\]{} \t";
        for byte in 0..=u8::MAX {
            let text = [b'a', byte, b'b'];
            let visible = byte.is_ascii_graphic();
            assert_eq!(is_token(&text), visible && !separators.contains(&byte), "{byte:#x}");
            assert_eq!(is_value(&text), visible || matches!(byte, b'\t' | b' ' | 0x80..), "{byte:#x}");
            assert_eq!(is_target(&text), visible && byte != b'#', "{byte:#x}");
        }
        assert!(!is_token(b"") && !is_target(b"") && is_value(b""));
    }
}
