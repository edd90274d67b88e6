//! Which certificate a caller gets: by the name that it asks for.

use super::pair::Pair;
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::sync::Arc;

/// Certificates by the names that they are for.
#[derive(Debug)]
pub(super) struct Choice {
    first: Arc<CertifiedKey>,
    /// By name, lower case.
    exact: HashMap<Box<str>, Arc<CertifiedKey>>,
    /// By what follows `*.`, lower case.
    wildcard: HashMap<Box<str>, Arc<CertifiedKey>>,
}

impl Choice {
    /// Of several for one name the earlier wins. `None` without any.
    pub(super) fn new(pairs: &[Pair]) -> Option<Self> {
        let first = Arc::clone(pairs.first()?.key());
        let mut choice = Self { first, exact: HashMap::new(), wildcard: HashMap::new() };
        for pair in pairs {
            for name in pair.names() {
                let (map, name) = match name.strip_prefix("*.") {
                    Some(parent) => (&mut choice.wildcard, parent),
                    None => (&mut choice.exact, &**name),
                };
                map.entry(name.into()).or_insert_with(|| Arc::clone(pair.key()));
            }
        }
        Some(choice)
    }

    /// The one for a name (SNI): exact, then with `*` for its first label, then the first of the list.
    pub(super) fn find(&self, name: Option<&str>) -> Arc<CertifiedKey> {
        let name = name.map(str::to_ascii_lowercase);
        let found = name.as_deref().and_then(|name| {
            let parent = name.split_once('.').map(|(_, parent)| parent);
            self.exact.get(name).or_else(|| self.wildcard.get(parent?))
        });
        Arc::clone(found.unwrap_or(&self.first))
    }
}
