//! When a message that could not be delivered is tried again.

/// Attempts of one message, over about a day and a half.
pub const MAX_ATTEMPTS: u32 = 10;

const FIRST_PAUSE_SECONDS: i64 = 5;
/// Twelve hours.
const LAST_PAUSE_SECONDS: i64 = 43_200;

/// The pause in microseconds after so many attempts that failed: 5 s, 20 s, 80 s and so on up to 12 hours, each longer by
/// up to a fifth, as `chance` says, so that messages which failed together are not tried again together. `None`: given up.
pub fn pause_after(attempts: u32, chance: u8) -> Option<i64> {
    if attempts >= MAX_ATTEMPTS {
        return None;
    }
    let seconds = (FIRST_PAUSE_SECONDS << (2 * attempts.saturating_sub(1)).min(40)).min(LAST_PAUSE_SECONDS);
    let micros = seconds * 1_000_000;
    Some(micros + micros / 5 * i64::from(chance) / 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_twelve_hours_and_end_with_the_tenth_attempt() {
        let pauses: Vec<_> =
            (1..=10).map(|attempts| pause_after(attempts, 0).map(|micros| micros / 1_000_000)).collect();
        let expected = [5, 20, 80, 320, 1280, 5120, 20_480, 43_200, 43_200].map(Some);
        assert_eq!(pauses, [expected.as_slice(), &[None]].concat());
    }

    #[test]
    fn chance_adds_up_to_a_fifth() {
        assert_eq!(pause_after(1, 255), Some(6_000_000));
        assert_eq!(pause_after(9, 255), Some(51_840_000_000));
        assert!((0..=255).all(|chance| (5_000_000..=6_000_000).contains(&pause_after(1, chance).unwrap())));
    }
}
