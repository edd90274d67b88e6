//! Reading stored values back into types that cannot be wrong.

use crate::error::StoreError;
use domain::text::{Description, Name};
use domain::time::Timestamp;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::net::IpAddr;

/// An id with the name of what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<Id> {
    /// The id.
    pub id: Id,
    /// Its name now.
    pub name: Name,
}

/// Between the pairs of a list of ids and names; names hold no control characters. SQL texts write it as `\u{1f}`.
const SEPARATOR: char = '\u{1f}';

/// A stored value that must be readable.
pub(crate) fn stored<T, E: Display>(column: &str, parsed: Result<T, E>) -> Result<T, StoreError> {
    parsed.map_err(|error| StoreError::Corrupt(format!("{column} {error}")))
}

/// A stored value that must be known.
pub(crate) fn known<T>(column: &str, parsed: Option<T>) -> Result<T, StoreError> {
    parsed.ok_or_else(|| StoreError::Corrupt(format!("{column} has an unknown value")))
}

/// A stored name.
pub(crate) fn name(text: &str) -> Result<Name, StoreError> {
    stored("name", Name::parse(text))
}

/// A stored description.
pub(crate) fn description(text: Option<&str>) -> Result<Option<Description>, StoreError> {
    text.map(|text| stored("description", Description::parse(text))).transpose()
}

/// A stored address.
pub(crate) fn address(text: Option<&str>) -> Result<Option<IpAddr>, StoreError> {
    text.map(|text| stored("address", text.parse())).transpose()
}

/// A stored JSON value.
pub(crate) fn json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, StoreError> {
    stored(column, serde_json::from_str(text))
}

/// A value as stored JSON.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// A stored time.
pub(crate) fn time(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp)
}

/// A list of ids and names as SQL gathers them: `7:Orders␟9:Billing`. Sorted by id.
pub(crate) fn named_list<Id>(text: Option<&str>, id: fn(i64) -> Id) -> Result<Vec<Named<Id>>, StoreError> {
    let mut pairs = Vec::new();
    for pair in text.unwrap_or_default().split(SEPARATOR).filter(|pair| !pair.is_empty()) {
        let (number, text) = known("a list of names", pair.split_once(':'))?;
        let number: i64 = stored("a list of names", number.parse())?;
        pairs.push((number, name(text)?));
    }
    pairs.sort_by_key(|(number, _)| *number);
    Ok(pairs.into_iter().map(|(number, name)| Named { id: id(number), name }).collect())
}
