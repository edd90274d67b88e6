//! One field of a request body or query.

/// What was sent for a field. Changes (PUT) tell absent from null; creation mostly does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field<T> {
    /// Not sent.
    Absent,
    /// Sent with a fault, which has been noted.
    Faulty,
    /// Sent and read. For `Field<Option<T>>`, `Given(None)` is null.
    Given(T),
}

impl<T> Field<T> {
    /// The value, if it was sent and read. `None` also where it had a fault: ask [`Faults::finish`] before use.
    ///
    /// [`Faults::finish`]: super::Faults::finish
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Absent | Self::Faulty => None,
        }
    }

    /// Whether nothing was sent.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<T> Field<Option<T>> {
    /// The value; absent and null are the same.
    pub(crate) fn flat(self) -> Option<T> {
        self.value().flatten()
    }

    /// Whether nothing or null was sent.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Absent | Self::Given(None))
    }
}
