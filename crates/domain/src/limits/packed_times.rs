//! A queue of monotonic times in six bytes each: 64 of them are what a profile's rate window mostly consists of.
//!
//! A time is kept modulo 2^48 ns (78 hours) and read back relative to a time that is at least as late and less than
//! that away.

const WRAP: u64 = 1 << 48;
const FIRST_CAPACITY: usize = 4;

type Packed = [u8; 6];

/// Times, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct PackedTimes {
    slots: Box<[Packed]>,
    head: u8,
    length: u8,
}

impl PackedTimes {
    pub(super) fn len(&self) -> usize {
        usize::from(self.length)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds a time at the end. There are never more than 64.
    pub(super) fn push_back(&mut self, time: u64) {
        if self.len() == self.slots.len() {
            self.grow();
        }
        self.length += 1;
        self.set(self.len() - 1, time);
    }

    /// Replaces the newest time, if there is one.
    pub(super) fn set_back(&mut self, time: u64) {
        if let Some(last) = self.len().checked_sub(1) {
            self.set(last, time);
        }
    }

    pub(super) fn pop_front(&mut self) {
        if self.length > 0 {
            self.head = u8::try_from(self.place(1)).unwrap_or(0);
            self.length -= 1;
        }
    }

    pub(super) fn clear(&mut self) {
        (self.head, self.length) = (0, 0);
    }

    /// The oldest time; `latest` is at least as late as all of them.
    pub(super) fn front(&self, latest: u64) -> Option<u64> {
        self.iter(latest).next()
    }

    /// The newest time.
    pub(super) fn back(&self, latest: u64) -> Option<u64> {
        self.get(self.len().checked_sub(1)?, latest)
    }

    /// All times, oldest first.
    pub(super) fn iter(&self, latest: u64) -> impl Iterator<Item = u64> + '_ {
        (0..self.len()).filter_map(move |index| self.get(index, latest))
    }

    fn get(&self, index: usize, latest: u64) -> Option<u64> {
        let mut bytes = [0; 8];
        *bytes.first_chunk_mut()? = *self.slots.get(self.place(index))?;
        let kept = u64::from_le_bytes(bytes);
        Some(latest - (latest.wrapping_sub(kept) & (WRAP - 1)))
    }

    fn set(&mut self, index: usize, time: u64) {
        let place = self.place(index);
        if let (Some(slot), Some(low)) = (self.slots.get_mut(place), time.to_le_bytes().first_chunk()) {
            *slot = *low;
        }
    }

    /// Where the time of this index stands. The number of slots is a power of two.
    fn place(&self, index: usize) -> usize {
        (usize::from(self.head) + index) & self.slots.len().saturating_sub(1)
    }

    fn grow(&mut self) {
        let wanted = (self.slots.len() * 2).max(FIRST_CAPACITY);
        let mut slots = Vec::with_capacity(wanted);
        slots.extend((0..self.len()).filter_map(|index| self.slots.get(self.place(index)).copied()));
        slots.resize(wanted, Packed::default());
        self.slots = slots.into_boxed_slice();
        self.head = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_in_order_also_after_the_clock_passed_what_six_bytes_hold() {
        let mut times = PackedTimes::default();
        for start in [0, WRAP - 40, 5 * WRAP - 100] {
            for step in 0..200 {
                if times.len() == 64 {
                    times.pop_front();
                }
                times.push_back(start + step);
                let kept: Vec<u64> = times.iter(start + step).collect();
                assert_eq!(kept.last(), Some(&(start + step)));
                assert_eq!(times.front(start + step), kept.first().copied());
                assert!(kept.is_sorted());
            }
            assert_eq!(times.iter(start + 199).collect::<Vec<_>>(), (start + 136..=start + 199).collect::<Vec<_>>());
            times.clear();
        }
    }
}
