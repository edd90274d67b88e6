//! Migrations are numbered without gaps, and each has its twin for every engine that exists.

use crate::sources;

#[test]
fn migrations_are_numbered_without_gaps_and_have_twins() {
    let migrations = sources::root().join("crates/store/migrations");
    let mut engines: Vec<(String, Vec<String>)> = Vec::new();
    for engine in migrations.read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let mut names: Vec<String> =
            engine.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        for (index, name) in names.iter().enumerate() {
            let number = format!("{:04}_", index + 1);
            assert!(
                name.starts_with(&number) && name.rsplit_once('.').is_some_and(|(_, ending)| ending == "sql"),
                "{name} should begin {number} and end .sql"
            );
        }
        assert!(!names.is_empty(), "no migration in {}", engine.display());
        engines.push((engine.file_name().unwrap().to_str().unwrap().to_owned(), names));
    }
    let (first, names) = engines.first().expect("a folder for each engine");
    for (other, others) in &engines {
        assert_eq!(names, others, "{first} and {other} have different migrations");
    }
}
