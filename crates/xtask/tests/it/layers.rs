//! Which crate may use what (ARCHITECTURE.md), read from `cargo metadata` and, where a crate's manifest
//! cannot say it, from the sources. A new arrow needs a line here and an ADR.

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::sources;

/// One crate's row: our crates that it may use, and outside crates that it never does.
struct Layer {
    name: &'static str,
    ours: &'static [&'static str],
    never: &'static [&'static str],
}

const LAYERS: [Layer; 11] = [
    Layer {
        name: "domain",
        ours: &[],
        never: &["tokio", "sqlx", "axum", "hyper", "hyper-util", "reqwest", "rusqlite"],
    },
    Layer { name: "store", ours: &["domain"], never: &["axum", "hyper", "hyper-util", "reqwest"] },
    Layer { name: "gateway", ours: &["domain", "outbound"], never: &["sqlx", "rusqlite", "axum", "reqwest"] },
    Layer { name: "outbound", ours: &["domain"], never: &["sqlx", "rusqlite", "axum"] },
    Layer { name: "usage", ours: &["domain"], never: &["sqlx", "hyper", "hyper-util", "axum", "reqwest"] },
    Layer {
        name: "management",
        ours: &["domain", "store", "usage", "outbound"],
        never: &["sqlx", "rusqlite", "hyper", "hyper-util", "reqwest"],
    },
    Layer {
        name: "portcullis",
        ours: &["domain", "store", "gateway", "usage", "management", "outbound"],
        never: &["sqlx", "rusqlite"],
    },
    // The commands build without the product; its generators and tests are dev-dependencies.
    Layer { name: "xtask", ours: &[], never: &["sqlx", "rusqlite", "tokio", "axum", "hyper"] },
    Layer { name: "fuzz-targets", ours: &["domain", "gateway", "management"], never: &["sqlx", "rusqlite"] },
    Layer { name: "bench", ours: &["domain"], never: &["sqlx", "rusqlite"] },
    // Outside-in: knows the program only by its command line and its two ports.
    Layer { name: "e2e", ours: &[], never: &["sqlx", "rusqlite"] },
];

#[test]
fn no_crate_uses_what_its_layer_forbids() {
    let metadata = MetadataCommand::new().current_dir(sources::root()).no_deps().exec().unwrap();
    let ours: Vec<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let Some(layer) = LAYERS.iter().find(|layer| layer.name == package.name.as_str()) else {
            wrong.push(format!("{} has no row in this test", package.name));
            continue;
        };
        for used in package.dependencies.iter().filter(|used| used.kind != DependencyKind::Development) {
            let is_ours = ours.contains(&used.name.as_str());
            if is_ours && !layer.ours.contains(&used.name.as_str()) {
                wrong.push(format!("{} may not use {}", package.name, used.name));
            }
            if layer.never.contains(&used.name.as_str()) {
                wrong.push(format!("{} never uses {}", package.name, used.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn in_the_gateway_only_http2_names_its_library() {
    let seam = ["crates/gateway/src/http2/"];
    let names = ["h2::", "hyper::", "hyper_util::", "http_body", "HeaderMap", "HeaderName", "HeaderValue"];
    let wrong: Vec<String> = sources::list("crates/gateway/src", &[".rs"])
        .iter()
        .filter(|source| !seam.iter().any(|allowed| source.path.starts_with(allowed)))
        .filter_map(|source| {
            let found = names.iter().find(|name| code_lines(&source.text).any(|line| names_it(line, name)))?;
            Some(format!("{} names {found}", source.path))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a name stands in a line as a word of its own: `http1_hyper::` is not `hyper::`.
fn names_it(line: &str, name: &str) -> bool {
    line.match_indices(name)
        .any(|(at, _)| !line[..at].ends_with(|before: char| before.is_ascii_alphanumeric() || before == '_'))
}

#[test]
fn sql_stands_in_the_store_only() {
    // Put together here so that this file does not contain what it looks for.
    let texts =
        [["\"select", " "], ["\"insert", " into "], ["\"update", " "], ["\"delete", " from "], ["\"create", " table "]]
            .map(|parts| parts.concat());
    let wrong: Vec<String> = sources::list("crates", &[".rs"])
        .iter()
        .filter(|source| !source.path.starts_with("crates/store/") && !source.is_test())
        .filter_map(|source| {
            let shipped = source.shipped().to_lowercase();
            let found = texts.iter().any(|text| shipped.contains(text.as_str()) && shipped.contains(" where "));
            (found || shipped.contains("sqlx::")).then(|| source.path.clone())
        })
        .collect();
    assert!(wrong.is_empty(), "SQL outside the store:\n{}", wrong.join("\n"));
}

#[test]
fn domain_reads_no_clock_and_no_environment() {
    let names = ["Instant::now", "SystemTime::now", "std::env", "std::fs", "std::net::Tcp", "async fn"];
    let wrong: Vec<String> = sources::list("crates/domain/src", &[".rs"])
        .iter()
        .filter_map(|source| {
            let found = names.iter().find(|name| code_lines(source.shipped()).any(|line| line.contains(**name)))?;
            Some(format!("{} names {found}", source.path))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The lines that are not comments.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}
