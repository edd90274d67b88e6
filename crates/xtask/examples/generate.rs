//! Writes the files that are made from code. Run it as `cargo xtask generate`.

#[path = "../tests/it/generated/files.rs"]
mod files;

fn main() -> std::io::Result<()> {
    for (path, text) in files::all() {
        let path = files::root().join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, text)?;
        println!("{}", path.display());
    }
    Ok(())
}
