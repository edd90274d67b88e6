//! Words that mean unfinished work, or a lint silenced without a reason.

use crate::sources;

/// Halves, put together at run time so that this file does not contain what it looks for.
const RUST: [[&str; 2]; 7] = [
    ["TO", "DO"],
    ["FIX", "ME"],
    ["to", "do!("],
    ["unimple", "mented!("],
    ["#[ig", "nore"],
    ["#[al", "low("],
    ["#![al", "low("],
];
const TYPESCRIPT: [[&str; 2]; 7] =
    [["TO", "DO"], ["FIX", "ME"], [".sk", "ip("], [".on", "ly("], [": an", "y;"], [" as an", "y"], ["@ts-ig", "nore"]];

#[test]
fn nothing_is_left_undone_or_silenced() {
    let mut wrong = Vec::new();
    let mut rust = sources::list("crates", &[".rs"]);
    rust.extend(sources::list("e2e", &[".rs"]));
    rust.extend(sources::list("bench", &[".rs"]));
    rust.extend(sources::list("fuzz/targets", &[".rs"]));
    look(&rust, &RUST, &mut wrong);
    let mut script = sources::list("console", &[".ts", ".tsx"]);
    script.extend(sources::list("e2e", &[".mjs"]));
    script.retain(|source| !source.is_generated());
    look(&script, &TYPESCRIPT, &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn look(files: &[sources::Source], words: &[[&str; 2]], wrong: &mut Vec<String>) {
    for source in files {
        for (number, line) in source.text.lines().enumerate() {
            if let Some(word) = words.iter().map(|halves| halves.concat()).find(|word| line.contains(word.as_str())) {
                wrong.push(format!("{}:{}: {word}", source.path, number + 1));
            }
        }
    }
}
