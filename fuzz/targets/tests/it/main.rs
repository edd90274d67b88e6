//! Replays what is kept of fuzzing: every file of `fuzz/corpus/<target>` and `fuzz/regressions/<target>`.
#![expect(clippy::unwrap_used, reason = "a test may panic; clippy knows that only inside test functions")]

use fuzz_targets::TARGETS;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The files of a folder, in order; none if it is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Plays all files of a target and names those that fail.
fn replay(name: &str) {
    let (_, target) = TARGETS.iter().find(|(own, _)| *own == name).unwrap();
    let corpus = files(&fuzz().join("corpus").join(name));
    assert!(corpus.len() >= 10, "fuzz/corpus/{name} has only {} files", corpus.len());
    let failed: Vec<PathBuf> = corpus
        .into_iter()
        .chain(files(&fuzz().join("regressions").join(name)))
        .filter(|path| {
            let data = std::fs::read(path).unwrap();
            catch_unwind(AssertUnwindSafe(|| target(&data))).is_err()
        })
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn address_lists_hold_on_the_kept_inputs() {
    replay("cidr");
}

#[test]
fn credentials_hold_on_the_kept_inputs() {
    replay("credentials");
}

#[test]
fn forwarded_addresses_hold_on_the_kept_inputs() {
    replay("forwarded_for");
}

#[test]
fn json_web_tokens_hold_on_the_kept_inputs() {
    replay("jwt");
}

#[test]
fn keys_and_key_sets_hold_on_the_kept_inputs() {
    replay("jwt_keys");
}

#[test]
fn openapi_documents_hold_on_the_kept_inputs() {
    replay("openapi");
}

#[test]
fn policy_bodies_hold_on_the_kept_inputs() {
    replay("policy");
}

#[test]
fn proxy_headers_hold_on_the_kept_inputs() {
    replay("proxy_protocol");
}

#[test]
fn every_target_has_a_program_and_every_folder_a_target() {
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        assert!(manifest.contains(&format!("path = \"bins/{name}.rs\"")), "fuzz/Cargo.toml does not know {name}");
        assert!(fuzz().join("bins").join(format!("{name}.rs")).is_file(), "fuzz/bins/{name}.rs is missing");
    }
    for kept in ["corpus", "regressions"] {
        let Ok(folders) = fuzz().join(kept).read_dir() else { continue };
        for folder in folders.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir()) {
            let name = folder.file_name();
            assert!(TARGETS.iter().any(|(own, _)| *own == name), "fuzz/{kept}/{} has no target", name.display());
        }
    }
}

#[test]
fn requests_hold_on_the_kept_inputs() {
    replay("http_request");
}

#[test]
fn answers_hold_on_the_kept_inputs() {
    replay("http_response");
}

#[test]
fn chunked_bodies_hold_on_the_kept_inputs() {
    replay("chunked");
}
