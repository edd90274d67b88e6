//! Every denial code has its place on the errors page, once.

use domain::denial::Denial;

use crate::sources;

#[test]
fn every_denial_code_has_an_entry_on_the_errors_page() {
    let page = std::fs::read_to_string(sources::root().join("docs/manual/errors.md")).unwrap();
    for denial in Denial::ALL {
        let entries = page.matches(&format!("\n### `{}`\n", denial.code())).count();
        assert_eq!(entries, 1, "{} in docs/manual/errors.md", denial.code());
    }
}
