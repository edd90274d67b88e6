//! Values that only terms have.

use crate::wire::{Faults, Json, Wire, integer, text};
use domain::jwt::Algorithm;
use domain::validation_formula::ValidationFormula;
use std::fmt;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Schema};

/// Longest key text in characters.
const MAX_KEY_CHARS: usize = 16 * 1024;
/// Longest URL, issuer and audience in characters.
const MAX_TEXT_CHARS: usize = 2048;
/// Longest name of a claim in characters.
const MAX_CLAIM_CHARS: usize = 255;
/// Most entries of a list.
const MAX_ENTRIES: usize = 100;

/// A text without control characters, of 1 to `max` characters.
fn read_plain(json: &Json, max: usize, faults: &mut Faults) -> Option<String> {
    let text = String::read(json, faults)?;
    if text.trim().is_empty() {
        faults.bad("", "can't be blank");
        return None;
    }
    if text.chars().count() > max || text.chars().any(char::is_control) {
        faults.bad("", format!("must be at most {max} characters, without control characters"));
        return None;
    }
    Some(text)
}

/// A shared secret or public key as pasted. Blank is none.
#[derive(PartialEq, Eq)]
pub(crate) struct KeyText(pub(crate) Option<String>);

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(..)")
    }
}

impl Wire for KeyText {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let text = String::read(json, faults)?;
        if text.chars().count() > MAX_KEY_CHARS {
            faults.bad("", format!("is too long (maximum is {MAX_KEY_CHARS} characters)"));
            return None;
        }
        Some(Self(Some(text).filter(|text| !text.trim().is_empty())))
    }

    fn schema() -> RefOr<Schema> {
        text(0, MAX_KEY_CHARS).into()
    }
}

/// An address that key sets are fetched from: https, or http to a loopback address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchUrl(pub(crate) String);

impl Wire for FetchUrl {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let text = read_plain(json, MAX_TEXT_CHARS, faults)?;
        if !is_fetchable(&text) {
            faults.bad("", "must be an https URL (http only for loopback addresses), without user and fragment");
            return None;
        }
        Some(Self(text))
    }

    fn schema() -> RefOr<Schema> {
        text(1, MAX_TEXT_CHARS).into()
    }
}

fn is_fetchable(text: &str) -> bool {
    let Ok(url) = url::Url::parse(text) else { return false };
    let is_loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
    let user = !url.username().is_empty() || url.password().is_some();
    scheme && !user && url.fragment().is_none()
}

/// A rule on client certificates. Blank is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FormulaText(pub(crate) Option<ValidationFormula>);

impl Wire for FormulaText {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let text = String::read(json, faults)?;
        if text.trim().is_empty() {
            return Some(Self(None));
        }
        match ValidationFormula::parse(&text) {
            Ok(formula) => Some(Self(Some(formula))),
            Err(fault) => {
                faults.bad("", fault.to_string());
                None
            }
        }
    }

    fn schema() -> RefOr<Schema> {
        text(0, ValidationFormula::MAX_CHARS).into()
    }
}

/// The name of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClaimName(pub(crate) String);

impl Wire for ClaimName {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        read_plain(json, MAX_CLAIM_CHARS, faults).map(Self)
    }

    fn schema() -> RefOr<Schema> {
        text(1, MAX_CLAIM_CHARS).into()
    }
}

/// Names of claims, a bounded number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ClaimNames(pub(crate) Vec<String>);

impl Wire for ClaimNames {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let names = Vec::<ClaimName>::read(json, faults)?;
        bounded(names.into_iter().map(|name| name.0).collect(), faults).map(Self)
    }

    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(ClaimName::schema()).max_items(Some(MAX_ENTRIES)).into()
    }
}

/// An issuer or audience: any text, compared to the letter.
struct Identifier(String);

impl Wire for Identifier {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        read_plain(json, MAX_TEXT_CHARS, faults).map(Self)
    }

    fn schema() -> RefOr<Schema> {
        text(1, MAX_TEXT_CHARS).into()
    }
}

/// Issuers or audiences, a bounded number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Identifiers(pub(crate) Vec<String>);

impl Wire for Identifiers {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let entries = Vec::<Identifier>::read(json, faults)?;
        bounded(entries.into_iter().map(|entry| entry.0).collect(), faults).map(Self)
    }

    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(Identifier::schema()).max_items(Some(MAX_ENTRIES)).into()
    }
}

/// Algorithms, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Algorithms(pub(crate) Vec<Algorithm>);

impl Wire for Algorithms {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        bounded(Vec::<Algorithm>::read(json, faults)?, faults).map(Self)
    }

    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(Algorithm::schema()).max_items(Some(Algorithm::ALL.len())).into()
    }
}

/// A list of different entries, not too many.
fn bounded<T: PartialEq>(list: Vec<T>, faults: &mut Faults) -> Option<Vec<T>> {
    if list.len() > MAX_ENTRIES {
        faults.bad("", format!("has too many entries (maximum is {MAX_ENTRIES})"));
        return None;
    }
    if let Some(at) = (1..list.len()).find(|&at| list.iter().take(at).any(|own| Some(own) == list.get(at))) {
        faults.bad(&format!("[{at}]"), "is given more than once");
        return None;
    }
    Some(list)
}

/// Clock leeway in seconds: 0 to 300.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leeway(pub(crate) u16);

impl Leeway {
    const MAX: u16 = 300;
}

impl Default for Leeway {
    fn default() -> Self {
        Self(30)
    }
}

impl Wire for Leeway {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let seconds = i64::read(json, faults)?;
        let leeway = u16::try_from(seconds).ok().filter(|seconds| *seconds <= Self::MAX).map(Self);
        if leeway.is_none() {
            faults.bad("", "must be 0 to 300 seconds");
        }
        leeway
    }

    fn schema() -> RefOr<Schema> {
        integer(0, Self::MAX.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_sets_are_fetched_by_https_and_from_loopback() {
        for good in
            ["https://issuer.example", "https://issuer.example:8443/keys?v=1", "http://127.0.0.1:9/x", "http://[::1]/"]
        {
            assert!(is_fetchable(good), "{good}");
        }
        for bad in
            ["", "issuer.example", "http://issuer.example", "ftp://a", "https://u:p@a/", "https://a/#f", "https://"]
        {
            assert!(!is_fetchable(bad), "{bad}");
        }
    }
}
