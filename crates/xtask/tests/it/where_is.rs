//! Every path that ARCHITECTURE.md names exists.

use crate::sources;

#[test]
fn paths_named_in_the_architecture_page_exist() {
    let root = sources::root();
    let page = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let mut looked_at = 0;
    let mut missing = Vec::new();
    for path in page.split('`').skip(1).step_by(2).filter(|text| is_path(text)) {
        looked_at += 1;
        if ![root.join(path), root.join("crates").join(path)].iter().any(|place| place.exists()) {
            missing.push(path);
        }
    }
    assert!(looked_at >= 8, "the page names only {looked_at} paths; its 'where is' table is gone?");
    assert!(missing.is_empty(), "named in ARCHITECTURE.md, not there: {}", missing.join(", "));
}

/// A file or folder of ours, not a URL path, a pattern or a piece of code.
fn is_path(text: &str) -> bool {
    let plain = text.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-".contains(letter));
    let ending =
        [".rs", ".md", ".json", ".toml", ".ts", ".tsx", ".sql", "/"].iter().any(|ending| text.ends_with(ending));
    plain && text.contains('/') && !text.starts_with('/') && !text.starts_with("./") && ending
}
