//! Counts tests from what the test runners print.

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How many passed.
    pub(crate) passed: u64,
    /// How many failed.
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds another count.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Adds what this line says, if it is a closing line of `cargo test` or vitest.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some(found) = read_cargo(line).or_else(|| read_vitest(line)) {
            self.add(found);
        }
    }
}

/// `test result: ok. 12 passed; 0 failed; 0 ignored; ...`
fn read_cargo(line: &str) -> Option<Tally> {
    let counts = line.trim().strip_prefix("test result: ")?;
    let (_, counts) = counts.split_once(". ")?;
    Some(Tally { passed: count_before(counts, "passed")?, failed: count_before(counts, "failed")? })
}

/// `Tests  1 failed | 12 passed (13)`, as vitest prints without colours.
fn read_vitest(line: &str) -> Option<Tally> {
    let counts = line.trim().strip_prefix("Tests ")?;
    let passed = count_before(counts, "passed");
    let failed = count_before(counts, "failed");
    (passed.is_some() || failed.is_some()).then(|| Tally { passed: passed.unwrap_or(0), failed: failed.unwrap_or(0) })
}

/// The number that stands before `word`.
fn count_before(text: &str, word: &str) -> Option<u64> {
    let (before, _) = text.split_once(word)?;
    before.split_whitespace().next_back()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn check(line: &str, passed: u64, failed: u64) {
        let mut tally = Tally::default();
        tally.read(line);
        assert_eq!(tally, Tally { passed, failed }, "{line}");
    }

    #[test]
    fn closing_lines_of_both_runners_are_counted_and_others_are_not() {
        check("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.01s", 12, 0);
        check("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out", 3, 2);
        check("      Tests  1 failed | 12 passed (13)", 12, 1);
        check("      Tests  7 passed (7)", 7, 0);
        check(" Test Files  2 passed (2)", 0, 0);
        check("test it::one ... ok", 0, 0);
    }
}
