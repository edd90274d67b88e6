//! `backup` and `restore`.
//!
//! A backup is a directory with consistent copies of the two databases, the notes of quota use and `backup.json`, which says what they are and holds
//! their digests. The quota counts are copied after the control database, so that they are never the older ones. The secret
//! key is not in it. Restoring checks all of that before it writes anything, and the key before it is done.

use super::{print, progress, runtime};
use crate::cli::{BackupArgs, RestoreArgs};
use crate::clock;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::snapshot;
use anyhow::{Context as _, anyhow, bail};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use store::{
    CONTROL_DB, QUOTA_DB, SECRET_KEY_FILE, SecretKey, Store, check_database, copy_database, database_facts, file_digest,
};

const MANIFEST: &str = "backup.json";
const FORMAT: u32 = 1;
const KEY_NOTE: &str = "secret.key is not in the backup: keep it elsewhere. Without it the backup cannot be restored";

/// What a backup is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: u32,
    product: String,
    version: String,
    made_at: String,
    revision: i64,
    files: Vec<CopiedFile>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CopiedFile {
    name: String,
    bytes: u64,
    sha256: String,
}

/// Copies the databases.
pub(super) fn backup(args: &BackupArgs) -> Result<(), Failure> {
    let settings = Settings::load(&args.overrides)?;
    let from = settings.data_dir;
    if !from.join(CONTROL_DB).exists() {
        return Err(Failure::Failed(anyhow!("there is no store in {}", from.display())));
    }
    let to = &args.directory;
    make_empty(to)?;
    // Where this fails, what is there is no backup: it has no manifest, and restore refuses it.
    let manifest = copy_all(&from, to)?;
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    if args.json {
        let answer = json!({ "directory": to, "revision": manifest.revision, "bytes": bytes, "files": manifest.files,
            "note": KEY_NOTE });
        return print(&answer.to_string());
    }
    print(&format!("backed up revision {} to {} ({bytes} bytes)\n{KEY_NOTE}", manifest.revision, to.display()))
}

fn copy_all(from: &Path, to: &Path) -> anyhow::Result<Manifest> {
    // Opened before the database is copied: what is folded into it meanwhile is still in them, and is not folded twice.
    let notes = open_notes(from)?;
    let mut files = Vec::new();
    for name in [CONTROL_DB, QUOTA_DB] {
        let (source, copy) = (from.join(name), to.join(name));
        if !source.exists() {
            continue;
        }
        let shown = progress::following(&format!("copying {name}"), &source, &copy);
        copy_database(&source, &copy).with_context(|| format!("cannot copy {name}"))?;
        drop(shown);
        sound(&copy)?;
        let bytes = fs::metadata(&copy).with_context(|| format!("cannot read {}", copy.display()))?.len();
        files.push(CopiedFile { name: name.to_owned(), bytes, sha256: file_digest(&copy)? });
    }
    for (name, mut note) in notes {
        let path = to.join(&name);
        let mut copy = new_file(&path)?;
        let bytes = std::io::copy(&mut note, &mut copy).with_context(|| format!("cannot copy {name}"))?;
        copy.sync_all().with_context(|| format!("cannot write {}", path.display()))?;
        files.push(CopiedFile { name, bytes, sha256: file_digest(&path)? });
    }
    let facts = database_facts(&to.join(CONTROL_DB))?;
    let manifest = Manifest {
        format: FORMAT,
        product: "portcullis".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: clock::iso(clock::wall()),
        revision: facts.revision,
        files,
    };
    // The manifest comes last: a directory without one is no backup.
    let text = serde_json::to_string_pretty(&manifest).context("cannot write the manifest")?;
    write_new(&to.join(MANIFEST), format!("{text}\n").as_bytes())?;
    sync_dir(to)?;
    Ok(manifest)
}

/// The files of quota use that are not folded into the database yet.
fn open_notes(data_dir: &Path) -> anyhow::Result<Vec<(String, File)>> {
    let cannot = || format!("cannot read {}", data_dir.display());
    let mut notes = Vec::new();
    for entry in fs::read_dir(data_dir).with_context(cannot)? {
        let name = entry.with_context(cannot)?.file_name().to_string_lossy().into_owned();
        if is_note(&name) {
            match File::open(data_dir.join(&name)) {
                Ok(file) => notes.push((name, file)),
                // Folded this moment: the database has it.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error).with_context(|| format!("cannot read {name}")),
            }
        }
    }
    notes.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(notes)
}

/// Whether a file is one of quota use: `quota.use.` and a number.
fn is_note(name: &str) -> bool {
    name.strip_prefix("quota.use.")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// A new directory, or an empty one.
fn make_empty(directory: &Path) -> anyhow::Result<()> {
    let cannot = || format!("cannot use {}", directory.display());
    DirBuilder::new().recursive(true).mode(0o700).create(directory).with_context(cannot)?;
    if fs::read_dir(directory).with_context(cannot)?.next().is_some() {
        bail!("{} is not empty: a backup never overwrites anything", directory.display());
    }
    Ok(())
}

fn sound(database: &Path) -> anyhow::Result<()> {
    let name = database.file_name().unwrap_or_default().to_string_lossy();
    let shown = progress::waiting(&format!("checking {name}"));
    let problems = check_database(database)?;
    shown.finish_and_clear();
    match problems.first() {
        None => Ok(()),
        Some(first) => bail!("{} is damaged: {first}", database.display()),
    }
}

/// Puts a backup into an empty data directory.
pub(super) fn restore(args: &RestoreArgs) -> Result<(), Failure> {
    let settings = Settings::load(&args.overrides)?;
    let manifest = restore_into(&settings.data_dir, args)?;
    if args.json {
        let answer =
            json!({ "data_dir": settings.data_dir, "revision": manifest.revision, "made_at": manifest.made_at });
        return print(&answer.to_string());
    }
    print(&format!(
        "restored revision {}, as of {}, into {}",
        manifest.revision,
        manifest.made_at,
        settings.data_dir.display()
    ))
}

fn restore_into(data_dir: &Path, args: &RestoreArgs) -> anyhow::Result<Manifest> {
    let manifest = verified(&args.directory)?;
    let held = DataDir::take(data_dir)?;
    refuse_what_is_there(held.path())?;
    let key = match &args.secret_key {
        Some(file) => read_key(file)?,
        None => read_key(&held.path().join(SECRET_KEY_FILE)).context(
            "a backup needs the secret.key of the instance that it is of: put it into the data directory, or give \
             --secret-key FILE",
        )?,
    };
    let mut written = Vec::new();
    let done = write_all(held.path(), args, &manifest, &key, &mut written);
    if done.is_err() {
        for path in written.iter().rev() {
            let _ = fs::remove_file(path);
        }
    }
    done.map(|()| manifest)
}

/// A backup whose files are those that were written.
fn verified(directory: &Path) -> anyhow::Result<Manifest> {
    let path = directory.join(MANIFEST);
    let text = fs::read_to_string(&path)
        .with_context(|| format!("{} is no backup: it has no {MANIFEST}", directory.display()))?;
    let manifest: Manifest =
        serde_json::from_str(&text).with_context(|| format!("{} cannot be read", path.display()))?;
    if manifest.product != "portcullis" || manifest.format != FORMAT {
        bail!("{} is of a form that this version does not know", path.display());
    }
    let names: Vec<&str> = manifest.files.iter().map(|file| file.name.as_str()).collect();
    if !names.contains(&CONTROL_DB) || names.iter().any(|name| ![CONTROL_DB, QUOTA_DB].contains(name) && !is_note(name))
    {
        bail!("{} names other files than a backup has", path.display());
    }
    let shown = progress::waiting("checking the backup");
    for file in &manifest.files {
        let copy = directory.join(&file.name);
        if file_digest(&copy)? != file.sha256 {
            bail!("{} is not what was backed up: its digest is another", copy.display());
        }
    }
    shown.finish_and_clear();
    Ok(manifest)
}

fn refuse_what_is_there(data_dir: &Path) -> anyhow::Result<()> {
    let notes = open_notes(data_dir)?.into_iter().map(|(name, _)| name);
    let names = [CONTROL_DB, QUOTA_DB].map(str::to_owned).into_iter().chain(notes);
    let there = names.map(|name| data_dir.join(name)).find(|path| path.exists());
    if let Some(path) = there {
        bail!("{} is there already: restore never overwrites anything", path.display());
    }
    if snapshot::has_any(data_dir) {
        bail!("{} holds the snapshot of another store: restore into an empty directory", data_dir.display());
    }
    Ok(())
}

fn read_key(file: &Path) -> anyhow::Result<SecretKey> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(SecretKey::parse(&text)?)
}

/// Copies the files; the key is tried on the copy before anything else is made of it.
fn write_all(
    data_dir: &Path,
    args: &RestoreArgs,
    manifest: &Manifest,
    key: &SecretKey,
    written: &mut Vec<PathBuf>,
) -> anyhow::Result<()> {
    for file in &manifest.files {
        let to = data_dir.join(&file.name);
        let from = File::open(args.directory.join(&file.name)).with_context(|| format!("cannot read {}", file.name))?;
        let mut copy = new_file(&to)?;
        written.push(to.clone());
        let shown = progress::copying(&format!("copying {}", file.name), file.bytes);
        std::io::copy(&mut shown.wrap_read(from), &mut copy)
            .and_then(|_| copy.sync_all())
            .with_context(|| format!("cannot write {}", to.display()))?;
        shown.finish_and_clear();
        if !is_note(&file.name) {
            sound(&to)?;
        }
    }
    if let Some(file) = &args.secret_key {
        let to = data_dir.join(SECRET_KEY_FILE);
        if !to.exists() {
            let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            write_new(&to, &text)?;
            written.push(to);
        } else if fs::read(&to).ok() != fs::read(file).ok() {
            bail!("the data directory has another {SECRET_KEY_FILE} already");
        }
    }
    let control = data_dir.join(CONTROL_DB);
    for suffix in ["-wal", "-shm"] {
        written.push(data_dir.join(format!("{CONTROL_DB}{suffix}")));
    }
    runtime().map_err(|failure| anyhow!("{failure}"))?.block_on(async {
        let store = Store::open_existing(&control, key).await?;
        store.close().await;
        anyhow::Ok(())
    })?;
    sync_dir(data_dir)
}

fn new_file(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(path);
    opened.with_context(|| format!("cannot write {}", path.display()))
}

fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = new_file(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).with_context(|| format!("cannot write {}", path.display()))
}

fn sync_dir(path: &Path) -> anyhow::Result<()> {
    File::open(path).and_then(|dir| dir.sync_all()).with_context(|| format!("cannot sync {}", path.display()))
}
