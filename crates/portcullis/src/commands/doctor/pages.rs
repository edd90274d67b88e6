//! What findings say is to be read: a page of the manual and a heading on it.

pub(super) const DATA_DIRECTORY: &str = "docs/manual/operations.md#data-directory";
pub(super) const SECRET_KEY: &str = "docs/manual/backup.md#the-secret-key";
pub(super) const RESTORING: &str = "docs/manual/backup.md#restoring";
pub(super) const DISK: &str = "docs/manual/operations.md#disk-full";
pub(super) const CRASH: &str = "docs/manual/operations.md#crash";
pub(super) const AWAY: &str = "docs/manual/operations.md#the-database-is-away";
pub(super) const OPEN_FILES: &str = "docs/manual/operations.md#open-files";
pub(super) const CLOCK: &str = "docs/manual/operations.md#clock";
pub(super) const PORTS: &str = "docs/manual/operations.md#start";
pub(super) const MANAGEMENT: &str = "docs/manual/operations.md#management-from-elsewhere";
pub(super) const FIRST_OWNER: &str = "docs/manual/operations.md#the-first-owner";
pub(super) const CERTIFICATES: &str = "docs/manual/settings.md#certificates";
pub(super) const BUNDLES: &str = "docs/manual/mutual-tls.md#bundles";

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// The anchor that a heading gets.
    fn anchor(heading: &str) -> String {
        let kept = heading.to_lowercase();
        let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
    }

    #[test]
    fn every_section_that_is_named_is_there() {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for named in [
            DATA_DIRECTORY,
            SECRET_KEY,
            RESTORING,
            DISK,
            CRASH,
            AWAY,
            OPEN_FILES,
            CLOCK,
            PORTS,
            MANAGEMENT,
            FIRST_OWNER,
            CERTIFICATES,
            BUNDLES,
        ] {
            let (page, wanted) = named.split_once('#').unwrap();
            let text = fs::read_to_string(top.join(page)).unwrap();
            let headings = text.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix(' '));
            assert!(headings.map(anchor).any(|found| found == wanted), "{named}");
        }
    }
}
