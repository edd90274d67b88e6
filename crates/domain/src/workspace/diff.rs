//! What would change, field by field, in the words of the document.

use super::entries::{ClientEntry, CollectionEntry, CredentialEntry, ProfileEntry, TermsEntry, WebhookEntry};
use super::merge::{Merge, Merged, Object};
use crate::secret::Secret;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a document would change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    /// Objects that are made, changed or deleted, in the order of the document's sections and then by name.
    pub changes: Vec<ObjectChange>,
    /// Objects that stay as they are.
    pub unchanged: usize,
    /// What an owner should know of the result.
    pub notes: Vec<String>,
}

/// What becomes of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectChange {
    /// The noun, as `client`.
    pub noun: &'static str,
    /// Its name; of a profile or endpoint with that of its owner in front.
    pub name: String,
    /// What becomes of it.
    pub what: What,
    /// Its fields that differ.
    pub fields: Vec<FieldChange>,
}

/// What becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It is made.
    Created,
    /// Fields of it change.
    Changed,
    /// It goes.
    Deleted,
}

impl What {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        }
    }
}

/// A field that differs. `None`: it is not there.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// Its path in the object, as `default_terms.policy`.
    pub field: String,
    /// Its value now.
    pub before: Option<Value>,
    /// Its value afterwards.
    pub after: Option<Value>,
}

/// Fields by path, as [`fields_of`] reads them.
type Fields = BTreeMap<String, Value>;

/// Says in the place of a secret that there is one.
const SECRET_SET: &str = "(set)";
/// Says in the place of a secret that it becomes another one.
const SECRET_CHANGED: &str = "(changed)";

/// An object as compared: its fields, and besides them its secrets.
pub(super) trait Compared: Object {
    /// Its fields; lists of objects that are compared by themselves are left out.
    fn fields(&self) -> Fields;

    /// Puts in the fields what stands for secrets, where they are not the same.
    fn secrets(_before: Option<&Self>, _after: Option<&Self>, _changes: &mut Vec<FieldChange>) {}
}

macro_rules! compared_by_fields {
    ($($entry:ty),+) => {$(
        impl Compared for $entry {
            fn fields(&self) -> Fields {
                fields_of(self, "")
            }
        }
    )+};
}

compared_by_fields!(
    super::entries::ProjectEntry,
    super::entries::PolicyEntry,
    super::entries::CertBundleEntry,
    super::entries::EndpointEntry
);

impl Compared for CollectionEntry {
    fn fields(&self) -> Fields {
        fields_of(self, "endpoints")
    }

    fn secrets(before: Option<&Self>, after: Option<&Self>, changes: &mut Vec<FieldChange>) {
        let auth = |entry: Option<&Self>| entry.map(|entry| entry.upstream.auth.clone());
        let (before, after) = (auth(before), auth(after));
        let field = after.as_ref().or(before.as_ref()).and_then(|auth| auth.way.secret_field()).unwrap_or("secret");
        let text = |auth: &Option<crate::upstream::UpstreamAuth>| auth.as_ref().and_then(|auth| auth.secret.clone());
        let (before, after) = (text(&before), text(&after));
        let texts = (before.as_ref().map(Secret::expose), after.as_ref().map(Secret::expose));
        note_secret(&format!("upstream.auth.{field}"), texts.0, texts.1, changes);
    }
}

impl Compared for ClientEntry {
    fn fields(&self) -> Fields {
        fields_of(self, "profiles")
    }

    fn secrets(before: Option<&Self>, after: Option<&Self>, changes: &mut Vec<FieldChange>) {
        let terms = |entry: Option<&Self>| entry.and_then(|entry| entry.default_terms.as_ref()).and_then(shared_secret);
        note_secret("default_terms.jwt_secret", terms(before).as_deref(), terms(after).as_deref(), changes);
    }
}

impl Compared for ProfileEntry {
    fn fields(&self) -> Fields {
        fields_of(self, "")
    }

    fn secrets(before: Option<&Self>, after: Option<&Self>, changes: &mut Vec<FieldChange>) {
        let terms = |entry: Option<&Self>| entry.and_then(|entry| entry.own_terms.as_ref()).and_then(shared_secret);
        note_secret("own_terms.jwt_secret", terms(before).as_deref(), terms(after).as_deref(), changes);
        let (before, after) = (before.map(digests), after.map(digests));
        if before.clone().unwrap_or_default() != after.clone().unwrap_or_default() {
            let shown = |held: Option<Vec<String>>| held.filter(|held| !held.is_empty()).map(|_| SECRET_SET.into());
            let is_both = before.as_ref().is_some_and(|held| !held.is_empty())
                && after.as_ref().is_some_and(|held| !held.is_empty());
            let new = if is_both { Some(SECRET_CHANGED.into()) } else { shown(after) };
            changes.push(FieldChange { field: "credentials".to_owned(), before: shown(before), after: new });
        }
    }
}

impl Compared for WebhookEntry {
    fn fields(&self) -> Fields {
        fields_of(self, "")
    }

    fn secrets(before: Option<&Self>, after: Option<&Self>, changes: &mut Vec<FieldChange>) {
        let text = |entry: Option<&Self>| entry?.secret.as_ref().map(|secret| secret.expose().to_owned());
        note_secret("secret", text(before).as_deref(), text(after).as_deref(), changes);
    }
}

fn shared_secret(terms: &TermsEntry) -> Option<String> {
    terms.jwt_secret.as_ref().map(|secret| secret.expose().to_owned())
}

/// Secrets of a profile as something that can be compared. Identifiers are fields.
fn digests(profile: &ProfileEntry) -> Vec<String> {
    let of = |own: &CredentialEntry| format!("{}{:?}{:?}", own.kind.as_str(), own.digest.0, own.ends_at.map(|at| at.0));
    let held = profile.credentials.iter().flatten();
    let mut all: Vec<_> = held.filter(|own| !own.kind.is_identifier() || own.ends_at.is_some()).map(of).collect();
    all.sort_unstable();
    all
}

fn note_secret(field: &str, before: Option<&str>, after: Option<&str>, changes: &mut Vec<FieldChange>) {
    if before == after {
        return;
    }
    let set = |text: Option<&str>| text.map(|_| Value::from(SECRET_SET));
    let new = if before.is_some() { after.map(|_| SECRET_CHANGED.into()) } else { set(after) };
    changes.push(FieldChange { field: field.to_owned(), before: set(before), after: new });
}

/// The fields of an object by path; maps are taken apart, lists are not. `without`: one that is left out.
pub(super) fn fields_of(object: &impl Serialize, without: &str) -> Fields {
    let mut fields = Fields::new();
    // What cannot be serialised has no fields; the types of entries always can.
    if let Ok(Value::Object(members)) = serde_json::to_value(object) {
        take_apart("", members, without, &mut fields);
    }
    fields
}

fn take_apart(path: &str, members: Map<String, Value>, without: &str, fields: &mut Fields) {
    for (name, value) in members {
        if path.is_empty() && name == without {
            continue;
        }
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        match value {
            Value::Object(members) => take_apart(&path, members, "", fields),
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                fields.insert(path, value);
            }
        }
    }
}

/// Fields that are not the same, by path.
pub(super) fn between(mut before: Fields, mut after: Fields) -> Vec<FieldChange> {
    let names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    let mut changes = Vec::new();
    for field in std::collections::BTreeSet::from_iter(names) {
        let (old, new) = (before.remove(&field), after.remove(&field));
        if old != new {
            changes.push(FieldChange { field, before: old, after: new });
        }
    }
    changes
}

/// The change of one object; `None`: it stays as it is.
pub(super) fn change<T: Compared>(owner: &str, before: Option<&T>, after: Option<&T>) -> Option<ObjectChange> {
    let what = match (before, after) {
        (None, Some(_)) => What::Created,
        (Some(_), Some(_)) => What::Changed,
        (Some(_), None) => What::Deleted,
        (None, None) => return None,
    };
    let mut fields = between(before.map(T::fields).unwrap_or_default(), after.map(T::fields).unwrap_or_default());
    T::secrets(before, after, &mut fields);
    if what == What::Changed && fields.is_empty() {
        return None;
    }
    let label = after.or(before).map(T::label).unwrap_or_default();
    let name = if owner.is_empty() { label } else { format!("{owner} / {label}") };
    Some(ObjectChange { noun: T::NOUN, name, what, fields })
}

impl Difference {
    /// Adds a section, sorted by name.
    pub(super) fn add<T: Compared>(&mut self, owner: &str, present: &[T], merged: &mut Merge<T>) {
        let mut changes = Vec::new();
        for Merged { entry, present: place, changed, .. } in &mut merged.kept {
            let before = place.and_then(|place| present.get(place));
            match change(owner, before, Some(&*entry)) {
                Some(change) => {
                    *changed = true;
                    changes.push(change);
                }
                None => self.unchanged += 1,
            }
        }
        let gone = merged.gone.iter().filter_map(|place| change(owner, present.get(*place), None));
        changes.extend(gone);
        changes.sort_by_key(|change| change.name.to_lowercase());
        self.changes.extend(changes);
    }

    /// How many objects are so changed.
    pub fn count(&self, what: What) -> usize {
        self.changes.iter().filter(|change| change.what == what).count()
    }
}
