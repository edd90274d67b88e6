//! Files made from code are committed and say what the code says.

mod files;

#[test]
fn generated_files_are_up_to_date() {
    for (path, text) in files::all() {
        let committed = std::fs::read_to_string(files::root().join(path)).unwrap_or_default();
        assert!(committed == text, "{path} is stale: run `cargo xtask generate` and commit it");
    }
}
