//! Every denial has its place on the errors page, once.

use domain::denial::Denial;

use crate::sources;

#[test]
fn every_denial_has_an_entry_on_the_errors_page() {
    let page = std::fs::read_to_string(sources::root().join("docs/manual/errors.md")).unwrap();
    for denial in Denial::ALL {
        let entries = page.matches(&format!("\n### `{}`\n", denial.code())).count();
        // Two checks may find the same: `path_ambiguous`.
        let same_code = Denial::ALL.iter().filter(|other| other.code() == denial.code()).count();
        assert_eq!(entries, same_code, "{} in docs/manual/errors.md", denial.code());
    }
}
