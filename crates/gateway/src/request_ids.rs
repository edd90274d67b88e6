//! Request ids (`UUIDv7`) and trace ids of one worker. Unique, not secret: a seeded generator, no system call.

use domain::time::Timestamp;
use std::cell::Cell;

/// An id as text.
pub(crate) type RequestId = Box<str>;

/// The generator: `SplitMix64`, twice seeded.
#[derive(Debug)]
pub(crate) struct RequestIds {
    state: Cell<u64>,
    /// Fixed per worker, so that two workers never give the same ids.
    salt: u64,
}

impl RequestIds {
    pub(crate) fn new(seed: [u8; 16]) -> Self {
        let seed = u128::from_ne_bytes(seed);
        let low = u64::try_from(seed & u128::from(u64::MAX)).unwrap_or_default();
        let high = u64::try_from(seed >> 64).unwrap_or_default();
        Self { state: Cell::new(low), salt: high }
    }

    /// A new request id.
    pub(crate) fn request_id(&self, now: Timestamp) -> RequestId {
        let millis = u64::try_from(now.0 / 1000).unwrap_or_default();
        let (first, second) = (self.next().to_ne_bytes(), (self.next() ^ self.salt).to_ne_bytes());
        let mut random = [0; 10];
        for (to, from) in random.iter_mut().zip(second.into_iter().chain(first)) {
            *to = from;
        }
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        let mut buffer = uuid::Uuid::encode_buffer();
        let text: &str = id.hyphenated().encode_lower(&mut buffer);
        text.into()
    }

    /// Random bits for trace ids; never 0.
    pub(crate) fn next(&self) -> u64 {
        let state = self.state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.state.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_and_differ() {
        let ids = RequestIds::new([7; 16]);
        let at = Timestamp(1_700_000_000_000_000);
        let (one, two) = (ids.request_id(at), ids.request_id(at));
        assert_ne!(one, two);
        assert_eq!((one.len(), &one[..13], &one[14..15]), (36, "018bcfe5-6800", "7"));
    }
}
