//! The tables of the manual, between two marks of a page.

use super::report::Report;
use anyhow::{Context as _, Result};
use std::path::Path;

const BEGIN: &str = "<!-- figures: begin (written by the benchmark) -->";
const END: &str = "<!-- figures: end -->";

/// Puts the tables of a report into the page.
pub(crate) fn write(report: &Report, page: &Path) -> Result<()> {
    let text = std::fs::read_to_string(page).with_context(|| format!("read {}", page.display()))?;
    let text = between(&text, &report.tables()).context("the page has no marks for the figures")?;
    std::fs::write(page, text).with_context(|| format!("write {}", page.display()))
}

/// The page with other text between its marks.
fn between(page: &str, tables: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", tables.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = format!("above\n{BEGIN}\nold\n{END}\nbelow\n");
        let written = between(&page, "new\n").unwrap();
        assert_eq!(written, format!("above\n{BEGIN}\n\nnew\n\n{END}\nbelow\n"));
        assert_eq!(between(&written, "new").as_deref(), Some(written.as_str()));
        assert_eq!(between("no marks", "new"), None);
    }

    #[test]
    fn the_manual_has_the_marks() {
        assert!(between(include_str!("../../../docs/manual/performance.md"), "new").is_some());
    }
}
