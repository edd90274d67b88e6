//! Paired figures: two targets measured one after the other in the same round are compared, then the median is taken.

/// A median with the least and the most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    /// The middle one; of an even count the mean of the two in the middle.
    pub(crate) median: f64,
    /// The least.
    pub(crate) least: f64,
    /// The most.
    pub(crate) most: f64,
    /// Of how many.
    pub(crate) count: usize,
}

impl Spread {
    /// Of these values; `None` without any.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let at = |place: usize| values.get(place).copied();
        let median = f64::midpoint(at(count.checked_sub(1)? / 2)?, at(count / 2)?);
        Some(Self { median, least: at(0)?, most: at(count - 1)?, count })
    }
}

/// The spread of what is made of each pair in which both rounds are good.
pub(crate) fn paired<T>(
    ours: &[Result<T, String>],
    theirs: &[Result<T, String>],
    compare: impl Fn(&T, &T) -> f64,
) -> Option<Spread> {
    let pairs = ours.iter().zip(theirs);
    Spread::of(pairs.filter_map(|pair| match pair {
        (Ok(ours), Ok(theirs)) => Some(compare(ours, theirs)),
        (Err(_), _) | (_, Err(_)) => None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        let spread = Spread::of([3.0, 1.0, 2.0]).unwrap();
        assert_eq!(spread, Spread { median: 2.0, least: 1.0, most: 3.0, count: 3 });
        let even = Spread::of([4.0, 1.0]).unwrap();
        assert_eq!(even, Spread { median: 2.5, least: 1.0, most: 4.0, count: 2 });
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn ratios_are_taken_round_by_round_and_void_rounds_are_left_out() {
        let ours = [Ok(1.0), Ok(10.0), Err("void".to_owned()), Ok(3.0)];
        let theirs = [Ok(2.0), Ok(40.0), Ok(1.0), Ok(4.0)];
        let spread = paired(&ours, &theirs, |ours, theirs| ours / theirs).unwrap();
        assert_eq!(spread, Spread { median: 0.5, least: 0.25, most: 0.75, count: 3 });
    }
}
