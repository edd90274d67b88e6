//! Putting what a document says in the place of what is there, object by object.

use super::entries::{
    CertBundleEntry, ClientEntry, CollectionEntry, EndpointEntry, PolicyEntry, ProfileEntry, ProjectEntry, WebhookEntry,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// What becomes of objects that a document does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// They stay.
    Keep,
    /// They are deleted, in those sections that the document has.
    Delete,
}

/// An object of the result.
#[derive(Debug, Clone)]
pub struct Merged<T> {
    /// What it shall be.
    pub entry: T,
    /// Its place in the document; `None`: the document does not name it, and it stays as it is.
    pub file: Option<usize>,
    /// Its place among what is there; `None`: it is new.
    pub present: Option<usize>,
    /// Whether it becomes another than it is.
    pub changed: bool,
}

/// The objects of one section of the result.
#[derive(Debug, Clone)]
pub struct Merge<T> {
    /// Those that are there afterwards: those of the document in its order, then the others.
    pub kept: Vec<Merged<T>>,
    /// Places of those that go.
    pub gone: Vec<usize>,
}

/// An object that is found by its name.
pub(super) trait Object: Clone + Serialize {
    /// The noun, as the audit log has it.
    const NOUN: &'static str;
    /// By what it is found.
    type Key: Ord;

    fn key(&self) -> Self::Key;

    /// What people call it.
    fn label(&self) -> String;
}

/// An object that stands twice in a document: where, and where it stood first.
pub(super) struct Repeated {
    pub(super) at: usize,
    pub(super) first: usize,
}

/// Merges a section. Repeated objects are noted and left out.
pub(super) fn merge<T: Object>(
    present: &[T],
    file: Option<Vec<T>>,
    prune: Prune,
    mut repeated: impl FnMut(Repeated),
) -> Merge<T> {
    let managed = file.is_some();
    let mut places: BTreeMap<T::Key, usize> =
        present.iter().enumerate().map(|(at, object)| (object.key(), at)).collect();
    let mut seen = BTreeMap::new();
    let mut kept = Vec::new();
    for (at, entry) in file.unwrap_or_default().into_iter().enumerate() {
        let key = entry.key();
        if let Some(&first) = seen.get(&key) {
            repeated(Repeated { at, first });
            continue;
        }
        let place = places.remove(&key);
        seen.insert(key, at);
        kept.push(Merged { entry, file: Some(at), present: place, changed: false });
    }
    let mut rest: Vec<usize> = places.into_values().collect();
    rest.sort_unstable();
    if managed && prune == Prune::Delete {
        return Merge { kept, gone: rest };
    }
    let others = rest.into_iter().filter_map(|at| {
        let entry = present.get(at)?.clone();
        Some(Merged { entry, file: None, present: Some(at), changed: false })
    });
    kept.extend(others);
    Merge { kept, gone: Vec::new() }
}

impl Object for ProjectEntry {
    const NOUN: &'static str = "project";
    /// The default project is found by what it is.
    type Key = (bool, String);

    fn key(&self) -> Self::Key {
        if self.default { (true, String::new()) } else { (false, self.name.folded()) }
    }

    fn label(&self) -> String {
        self.name.to_string()
    }
}

impl Object for PolicyEntry {
    const NOUN: &'static str = "access_policy";
    type Key = String;

    fn key(&self) -> Self::Key {
        self.name.folded()
    }

    fn label(&self) -> String {
        self.name.to_string()
    }
}

impl Object for CertBundleEntry {
    const NOUN: &'static str = "cert_bundle";
    type Key = String;

    fn key(&self) -> Self::Key {
        self.name.folded()
    }

    fn label(&self) -> String {
        self.name.to_string()
    }
}

impl Object for CollectionEntry {
    const NOUN: &'static str = "api_collection";
    type Key = (String, String);

    fn key(&self) -> Self::Key {
        (self.name.folded(), self.version.folded())
    }

    fn label(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

impl Object for EndpointEntry {
    const NOUN: &'static str = "endpoint";
    type Key = (&'static str, String);

    fn key(&self) -> Self::Key {
        (self.method.as_str(), self.path.shape())
    }

    fn label(&self) -> String {
        format!("{} /{}", self.method.as_str(), self.path.as_str().trim_start_matches('/'))
    }
}

impl Object for ClientEntry {
    const NOUN: &'static str = "client";
    type Key = String;

    fn key(&self) -> Self::Key {
        self.name.folded()
    }

    fn label(&self) -> String {
        self.name.to_string()
    }
}

impl Object for ProfileEntry {
    const NOUN: &'static str = "access_profile";
    type Key = String;

    fn key(&self) -> Self::Key {
        self.name.folded()
    }

    fn label(&self) -> String {
        self.name.to_string()
    }
}

impl Object for WebhookEntry {
    const NOUN: &'static str = "webhook";
    type Key = String;

    fn key(&self) -> Self::Key {
        self.name.folded()
    }

    fn label(&self) -> String {
        self.name.to_string()
    }
}
