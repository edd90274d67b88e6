//! Faults in the input, collected so that all of them are reported at once, each at its field.

use crate::error::ApiError;
use store::{Fault, FaultKind};

/// Faults found so far, and the path of the object being looked at.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    found: Vec<Fault>,
    path: String,
}

impl Faults {
    /// Notes a value that is not acceptable: 400.
    pub(crate) fn bad(&mut self, field: &str, message: impl Into<String>) {
        self.add(field, FaultKind::Bad, message);
    }

    /// Notes something that refers to what is not there or is not possible: 422.
    pub(crate) fn impossible(&mut self, field: &str, message: impl Into<String>) {
        self.add(field, FaultKind::Missing, message);
    }

    /// Notes a setting that this version does not enforce: 422.
    pub(crate) fn not_available(&mut self, field: &str) {
        self.impossible(field, "not available in this version");
    }

    /// Notes a fault at a field of the object being looked at; an empty field is that object itself.
    pub(crate) fn add(&mut self, field: &str, kind: FaultKind, message: impl Into<String>) {
        let field = join(&self.path, field);
        let field = if field.is_empty() { "body".to_owned() } else { field };
        self.found.push(Fault { field, kind, message: message.into() });
    }

    /// Looks at something inside: `name` is a field or `[3]`. Faults noted meanwhile are at that path.
    pub(crate) fn within<R>(&mut self, name: &str, look: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.path.len();
        self.path = join(&self.path, name);
        let result = look(self);
        self.path.truncate(length);
        result
    }

    /// Whether there is any fault so far.
    pub(crate) fn any(&self) -> bool {
        !self.found.is_empty()
    }

    /// Ends the look at the input: all faults as one error, else what `make` puts together. `make` may give `None`
    /// only where a fault was noted.
    pub(crate) fn finish<T>(self, make: impl FnOnce() -> Option<T>) -> Result<T, ApiError> {
        if self.any() {
            return Err(ApiError::Invalid(self.found));
        }
        make().ok_or_else(|| ApiError::internal("input without faults could not be put together"))
    }

    /// All faults.
    pub(crate) fn into_found(self) -> Vec<Fault> {
        self.found
    }

    /// All faults as one error, if there is any.
    pub(crate) fn check(self) -> Result<(), ApiError> {
        self.finish(|| Some(()))
    }
}

fn join(path: &str, name: &str) -> String {
    let separator = if path.is_empty() || name.is_empty() || name.starts_with('[') { "" } else { "." };
    format!("{path}{separator}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_carry_their_path() {
        let mut faults = Faults::default();
        faults.within("api_keys", |faults| {
            faults.within("[1]", |faults| faults.bad("name", "can't be blank"));
            faults.bad("", "must be a list");
        });
        faults.bad("", "is not an object");
        let fields: Vec<_> = faults.found.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["api_keys[1].name", "api_keys", "body"]);
    }
}
