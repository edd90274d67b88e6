//! The key that seals recoverable secrets. It lives beside the database, never in it.

use crate::error::StoreError;
use crate::store::{CONTROL_DB, sync_folder};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// File name of the key in the data directory.
pub const SECRET_KEY_FILE: &str = "secret.key";

const KEY_BYTES: usize = 32;

/// 32 random bytes. No `Debug`, wiped when dropped.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; KEY_BYTES]>);

impl SecretKey {
    /// Reads `secret.key` of a data directory. Where there is neither a key nor a database, a new key is made (mode
    /// 0600, synced before this returns); a database without its key is refused.
    pub fn load_or_create(data_dir: &Path) -> Result<Self, StoreError> {
        let path = data_dir.join(SECRET_KEY_FILE);
        match read(&path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if data_dir.join(CONTROL_DB).exists() {
                    return Err(StoreError::NoKey);
                }
                create(&path)
            }
            Err(error) => Err(file_error(&path, error)),
        }
    }

    /// Reads a key written as 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let text = text.trim();
        let wrong = || StoreError::BadKey("must be 64 hexadecimal digits".to_owned());
        if text.len() != KEY_BYTES * 2 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        for (at, byte) in bytes.iter_mut().enumerate() {
            let pair = text.get(at * 2..at * 2 + 2).ok_or_else(wrong)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

fn read(path: &Path) -> std::io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(KEY_BYTES * 2 + 1));
    let file = File::open(path)?;
    warn_if_open_to_others(path, &file);
    file.take(1024).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(unix)]
fn warn_if_open_to_others(path: &Path, file: &File) {
    use std::os::unix::fs::PermissionsExt;
    if let Ok(meta) = file.metadata()
        && meta.permissions().mode() & 0o077 != 0
    {
        tracing::warn!(path = %path.display(), "the secret key can be read by other users of this machine: chmod 600");
    }
}

#[cfg(not(unix))]
fn warn_if_open_to_others(_path: &Path, _file: &File) {}

fn create(path: &Path) -> Result<SecretKey, StoreError> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    aws_lc_rs::rand::fill(bytes.as_mut_slice())
        .map_err(|_| StoreError::BadKey("could not be made: no random numbers".to_owned()))?;
    let mut text = Zeroizing::new(String::with_capacity(KEY_BYTES * 2 + 1));
    for byte in bytes.iter() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\n');
    write_new(path, text.as_bytes()).map_err(|error| file_error(path, error))?;
    Ok(SecretKey(bytes))
}

/// Writes the whole key or nothing: a program killed half way leaves no broken `secret.key`.
fn write_new(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension("key.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    sync_folder(path)
}

fn file_error(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::File { path: path.display().to_string(), source }
}
