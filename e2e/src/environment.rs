//! The one place of the harness that looks at the environment.

use std::path::{Path, PathBuf};

/// The repository's top folder.
pub fn repository() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// An environment variable as a path, if set and not empty.
pub(crate) fn path_variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Whether tests that repeat something may take long: `PORTCULLIS_TEST_LONG` is set.
pub fn is_long_run() -> bool {
    path_variable("PORTCULLIS_TEST_LONG").is_some()
}

/// The target folder: the test programs lie in `<target>/<profile>/deps`.
pub(crate) fn target() -> PathBuf {
    let profile = profile_folder();
    profile.parent().map_or_else(|| repository().join("target"), Path::to_path_buf)
}

/// `<target>/<profile>` of this test program.
pub(crate) fn profile_folder() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.parent().and_then(Path::parent).map_or_else(|| repository().join("target/debug"), Path::to_path_buf)
}
