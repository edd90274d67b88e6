//! Where things are: the repository, the target folder, built programs.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The repository's top folder.
pub(crate) fn root() -> &'static Path {
    // crates/xtask is two folders below the top.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().and_then(Path::parent).unwrap_or(here)
}

/// The target folder this program was built into (`CARGO_TARGET_DIR` respected).
pub(crate) fn target() -> Result<PathBuf> {
    let program = std::env::current_exe().context("own path")?;
    let target = program.parent().and_then(Path::parent).context("xtask does not lie in a target folder")?;
    Ok(target.to_path_buf())
}

/// Where the logs of steps go; made if missing.
pub(crate) fn logs() -> Result<PathBuf> {
    let folder = target()?.join("xtask");
    std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    Ok(folder)
}

/// The console's folder.
pub(crate) fn console() -> PathBuf {
    root().join("console")
}

/// A path as a reader in the top folder would type it.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
