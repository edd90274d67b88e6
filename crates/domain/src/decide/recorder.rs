//! What explanations note on the way: the values that each check compares. Deciding notes nothing and pays nothing.

use crate::denial::Check;
use crate::directory::{ClientEntry, ProfileEntry};
use crate::terms::Terms;
use serde::Serialize;

/// A value that a check compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Value {
    /// What it is.
    pub name: &'static str,
    /// The value, as an owner reads it. Never a secret.
    pub value: String,
}

/// Values of one check.
#[derive(Debug, Default)]
pub(super) struct Values(pub(super) Vec<Value>);

impl Values {
    #[expect(clippy::needless_pass_by_value, reason = "callers pass numbers and texts alike")]
    pub(super) fn add(&mut self, name: &'static str, value: impl ToString) {
        self.0.push(Value { name, value: value.to_string() });
    }

    /// A list, or what to say where it is empty.
    pub(super) fn add_list(&mut self, name: &'static str, items: impl IntoIterator<Item = impl ToString>, empty: &str) {
        let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
        self.add(name, if items.is_empty() { empty.to_owned() } else { items.join(", ") });
    }
}

/// Takes notes of the checks.
pub(super) trait Recorder {
    /// The values that a check is about to compare.
    fn note(&mut self, check: Check, fill: impl FnOnce(&mut Values));

    /// Whose request it is.
    fn identified(&mut self, profile: &ProfileEntry, client: &ClientEntry, terms: Option<&Terms>);
}

/// Takes none.
pub(super) struct NoRecord;

impl Recorder for NoRecord {
    #[inline]
    fn note(&mut self, _check: Check, _fill: impl FnOnce(&mut Values)) {}

    #[inline]
    fn identified(&mut self, _profile: &ProfileEntry, _client: &ClientEntry, _terms: Option<&Terms>) {}
}
