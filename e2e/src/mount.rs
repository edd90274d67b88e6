//! File systems of the tests' own: one in memory with a bound, or one in an image file. Both need root; where a machine
//! lets nobody mount, a test says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::NotHere;

/// A mounted file system; it is taken away when this is dropped.
#[derive(Debug)]
pub struct Mount {
    at: PathBuf,
}

impl Mount {
    /// A file system in memory that holds so many KiB.
    pub fn in_memory(at: &Path, kib: u32) -> Result<std::result::Result<Self, NotHere>> {
        mount(at, &["-t", "tmpfs", "-o", &format!("size={kib}k,mode=0700"), "portcullis-test"])
    }

    /// The ext4 file system in an image file. What no program asks to be written stays in memory for ten minutes: a copy of the
    /// image is what a power cut leaves.
    pub fn of_image(at: &Path, image: &Path) -> Result<std::result::Result<Self, NotHere>> {
        mount(at, &["-t", "ext4", "-o", "loop,commit=600", &image.display().to_string()])
    }

    /// The same file, so that it can be read but not written.
    pub fn read_only(file: &Path) -> Result<std::result::Result<Self, NotHere>> {
        let path = file.display().to_string();
        let mounted = mount(file, &["--bind", &path])?;
        if mounted.is_ok() {
            run("mount", &["-o", "remount,ro,bind", &path])?;
        }
        Ok(mounted)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: a program that still runs keeps what it has open.
        if let Err(error) = run("umount", &["--lazy", &self.at.display().to_string()]) {
            eprintln!("{} stays mounted: {error:#}", self.at.display());
        }
    }
}

/// Makes an image file with an empty ext4 file system of so many MiB.
pub fn make_image(image: &Path, mib: u64) -> Result<()> {
    std::fs::File::create(image)?.set_len(mib * 1024 * 1024)?;
    run("mkfs.ext4", &["-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", &image.display().to_string()])
}

fn mount(at: &Path, arguments: &[&str]) -> Result<std::result::Result<Mount, NotHere>> {
    if !at.exists() {
        std::fs::create_dir_all(at)?;
    }
    let mut all = arguments.to_vec();
    let path = at.display().to_string();
    all.push(&path);
    Ok(match run("mount", &all) {
        Ok(()) => Ok(Mount { at: at.to_owned() }),
        Err(error) => Err(NotHere(format!("{error:#}"))),
    })
}

fn run(program: &str, arguments: &[&str]) -> Result<()> {
    let done = Command::new(program).args(arguments).output().with_context(|| format!("{program} cannot be run"))?;
    if !done.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}
