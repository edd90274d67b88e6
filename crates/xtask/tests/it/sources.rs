//! Walks the repository's own text files.

use std::path::{Path, PathBuf};

/// Folders that hold what tools made or fetched.
const NOT_OURS: [&str; 8] =
    [".git", "target", "node_modules", "dist", "artifacts", "portcullis-data", "fuzz", "coverage"];

/// The repository's top folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A file with its path from the top folder and its text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// Whether it is a test's file (beside the code under test it would be in the same file).
    pub(crate) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "test" || part == "e2e")
            || self.path.ends_with(".test.ts")
            || self.path.ends_with(".test.tsx")
            || self.path.ends_with("/tests.rs")
    }

    /// Whether a generator wrote it.
    pub(crate) fn is_generated(&self) -> bool {
        self.path.contains("/generated/") || self.path.contains(".gen.") || self.path.ends_with("/schema.d.ts")
    }

    /// The file without its `#[cfg(test)]` part.
    pub(crate) fn shipped(&self) -> &str {
        self.text.split("#[cfg(test)]").next().unwrap_or_default()
    }
}

/// All files below `folder` (from the top) with one of these endings, sorted by path.
pub(crate) fn list(folder: &str, endings: &[&str]) -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    walk(&root.join(folder), &mut |path| {
        let shown = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        if endings.iter().any(|ending| shown.ends_with(ending)) {
            found.push(Source { text: std::fs::read_to_string(path).unwrap(), path: shown });
        }
    });
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(!found.is_empty(), "no {endings:?} below {folder}");
    found
}

fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    let Ok(entries) = folder.read_dir() else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap_or_default();
        if path.is_symlink() || NOT_OURS.contains(&name) {
            continue;
        }
        if path.is_dir() {
            walk(&path, visit);
        } else {
            visit(&path);
        }
    }
}
