//! Fields that end at each hop (RFC 9110 7.6.1): a fixed list, and what `Connection` names.

/// The fixed list, by length of the name. `Trailer` goes on, as trailers do; `TE` is handled by name where it does.
fn fixed(length: usize) -> &'static [&'static [u8]] {
    match length {
        2 => &[b"te"],
        7 => &[b"upgrade"],
        10 => &[b"connection", b"keep-alive"],
        14 => &[b"http2-settings"],
        16 => &[b"proxy-connection"],
        17 => &[b"transfer-encoding"],
        18 => &[b"proxy-authenticate"],
        19 => &[b"proxy-authorization"],
        _ => &[],
    }
}

/// The fields that end at this hop, for one head.
pub(super) struct HopByHop<'a> {
    named: Vec<&'a [u8]>,
}

impl<'a> HopByHop<'a> {
    /// From the values of `Connection`.
    pub(super) fn new(connection: impl Iterator<Item = &'a [u8]>) -> Self {
        let words = connection.flat_map(|value| value.split(|&byte| byte == b',')).map(<[u8]>::trim_ascii);
        Self { named: words.filter(|word| !word.is_empty()).collect() }
    }

    /// Whether a field ends here.
    pub(super) fn contains(&self, name: &[u8]) -> bool {
        let same = |other: &&[u8]| other.eq_ignore_ascii_case(name);
        fixed(name.len()).iter().any(same) || self.named.iter().any(same)
    }
}

/// Whether `name` begins with a prefix, case aside.
pub(super) fn has_prefix(name: &[u8], prefix: &[u8]) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
