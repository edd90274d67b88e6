//! No file passes 500 lines, tests and generated files apart.

use crate::sources;

const LINES: usize = 500;

#[test]
fn no_file_is_longer_than_500_lines() {
    let mut files = sources::list("crates", &[".rs"]);
    files.extend(sources::list("e2e", &[".rs", ".mjs"]));
    files.extend(sources::list("bench", &[".rs"]));
    files.extend(sources::list("fuzz/targets", &[".rs"]));
    files.extend(sources::list("console", &[".ts", ".tsx", ".css"]));
    let long: Vec<String> = files
        .iter()
        .filter(|source| !source.is_generated() && (!source.is_test() || source.path.starts_with("e2e/src")))
        .map(|source| (source, source.text.lines().count()))
        .filter(|(_, lines)| *lines > LINES)
        .map(|(source, lines)| format!("{} has {lines}", source.path))
        .collect();
    assert!(long.is_empty(), "files over {LINES} lines:\n{}", long.join("\n"));
}
