//! What requests are made of: the bytes that all share, and the credential line that each draws.

/// Prepared requests that differ in one header line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    path: String,
    before: Vec<u8>,
    lines: Vec<u8>,
    ends: Vec<usize>,
}

impl Keys {
    /// GET requests for a path, each with one of these header lines.
    pub(crate) fn new<'a>(path: &str, lines: impl IntoIterator<Item = &'a str>) -> Self {
        let before = format!("GET {path} HTTP/1.1\r\nHost: bench.example\r\n").into_bytes();
        let mut keys = Self { path: path.to_owned(), before, lines: Vec::new(), ends: Vec::new() };
        for line in lines {
            keys.lines.extend_from_slice(line.as_bytes());
            keys.ends.push(keys.lines.len());
        }
        keys
    }

    /// How many there are to draw from.
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// What is asked for.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The header line with this number.
    pub(crate) fn line(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).and_then(|former| self.ends.get(former)).copied().unwrap_or(0);
        let end = self.ends.get(number).copied().unwrap_or(start);
        self.lines.get(start..end).unwrap_or_default()
    }

    /// Writes the request with this number.
    pub(crate) fn write(&self, number: usize, to: &mut Vec<u8>) {
        to.clear();
        to.extend_from_slice(&self.before);
        to.extend_from_slice(self.line(number));
        to.extend_from_slice(b"\r\n\r\n");
    }
}

/// A seeded generator (SplitMix64): the same seed draws the same keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw(u64);

impl Draw {
    /// Begins with this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `count`, each equally likely.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let wide = (u128::from(mixed) * count as u128) >> 64;
        usize::try_from(wide).unwrap_or(0)
    }
}
