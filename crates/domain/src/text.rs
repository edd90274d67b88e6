//! Text values that cannot be wrong once made: names, descriptions, versions, slugs.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a text value may break. The message is shown at the field, after the field's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TextError(pub String);

fn error<T>(message: impl Into<String>) -> Result<T, TextError> {
    Err(TextError(message.into()))
}

/// A text of 1 to `max_chars` characters after trimming, without control characters.
fn one_line(text: &str, max_chars: usize) -> Result<&str, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return error("can't be blank");
    }
    if text.chars().count() > max_chars {
        return error(format!("is too long (maximum is {max_chars} characters)"));
    }
    if text.chars().any(char::is_control) {
        return error("must not contain control characters");
    }
    Ok(text)
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

text_type! {
    /// The name of a client, profile, collection, endpoint, policy or project: 1 to 255 characters after trimming,
    /// no control characters.
    Name
}

impl Name {
    /// Longest name, in characters.
    pub const MAX_CHARS: usize = 255;

    /// Trims and checks a name.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        Ok(Self(one_line(text, Self::MAX_CHARS)?.into()))
    }

    /// The form in which names are compared for uniqueness: lower case.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

text_type! {
    /// Free text up to 4,096 characters; line breaks and tabs allowed, other control characters not.
    Description
}

impl Description {
    /// Longest description, in characters.
    pub const MAX_CHARS: usize = 4096;

    /// Trims and checks a description.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.chars().count() > Self::MAX_CHARS {
            return error(format!("is too long (maximum is {} characters)", Self::MAX_CHARS));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return error("must not contain control characters");
        }
        Ok(Self(text.into()))
    }
}

text_type! {
    /// The version of a collection: 1 to 10 characters after trimming.
    Version
}

impl Version {
    /// Longest version, in characters.
    pub const MAX_CHARS: usize = 10;

    /// Trims and checks a version.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        Ok(Self(one_line(text, Self::MAX_CHARS)?.into()))
    }

    /// The version in an OpenAPI document cut to what fits; `None` where nothing is left.
    pub fn from_info_version(text: &str) -> Option<Self> {
        let cut: String = text.trim().chars().take(Self::MAX_CHARS).collect();
        Self::parse(&cut).ok()
    }

    /// The form in which versions are compared for uniqueness: lower case.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

text_type! {
    /// The path of a collection in its URL: `[a-z0-9-]{1,80}`, none of the gateway's own names.
    Slug
}

impl Slug {
    /// Longest path, in characters.
    pub const MAX_CHARS: usize = 80;
    /// First segments that belong to the gateway. The ones with a dot cannot be written as a slug anyway.
    pub const RESERVED: [&'static str; 3] = ["oauth2", ".portcullis", ".well-known"];

    /// Checks a collection path.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return error("can't be blank");
        }
        if Self::RESERVED.contains(&text) {
            return error("is reserved for the gateway");
        }
        if text.len() > Self::MAX_CHARS {
            return error(format!("is too long (maximum is {} characters)", Self::MAX_CHARS));
        }
        if !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return error("may hold only a-z, 0-9 and -");
        }
        Ok(Self(text.into()))
    }

    /// The default path of a collection: slug of the name + `-v` + version without trailing `.0`, other characters
    /// as `-`, cut to 80. Fails where the name leaves nothing.
    pub fn for_collection(name: &Name, version: &Version) -> Result<Self, TextError> {
        let name_part = slugify(name.as_str());
        if name_part.is_empty() {
            return error("can't be made from the name: give a path of a-z, 0-9 and -");
        }
        let mut version = version.as_str();
        while let Some(rest) = version.strip_suffix(".0") {
            version = rest;
        }
        let mut path = format!("{name_part}-v{}", slugify(version));
        path.truncate(Self::MAX_CHARS);
        Self::parse(&path)
    }
}

/// Lower-case ASCII letters and digits kept, each run of others one `-`, none at the ends.
fn slugify(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

text_type! {
    /// An e-mail address, as far as it can be checked without sending: one `@`, something on both sides, no spaces,
    /// at most 254 characters.
    Email
}

impl Email {
    /// Trims and checks an address.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        let (local, host) = text.rsplit_once('@').unwrap_or(("", ""));
        let plain = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control());
        if text.len() > 254 || !plain(local) || !plain(host) || local.contains('@') || host.starts_with('.') {
            return error("is not an e-mail address");
        }
        Ok(Self(text.into()))
    }

    /// The form in which addresses are compared for uniqueness: lower case.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(Name::parse("  Acme  ").unwrap().as_str(), "Acme");
        assert!(Name::parse(" \t ").is_err());
        assert!(Name::parse(&"x".repeat(255)).is_ok());
        assert!(Name::parse(&"x".repeat(256)).is_err());
        assert!(Name::parse("a\u{0}b").is_err());
        assert_eq!(Name::parse("ÄCME").unwrap().folded(), "äcme");
    }

    #[track_caller]
    fn check_path(name: &str, version: &str, expected: Option<&str>) {
        let made = Slug::for_collection(&Name::parse(name).unwrap(), &Version::parse(version).unwrap());
        assert_eq!(made.ok().as_ref().map(Slug::as_str), expected);
    }

    #[test]
    fn default_path_is_made_from_name_and_version() {
        check_path("Quote to cash", "1.0", Some("quote-to-cash-v1"));
        check_path("Quote to cash", "2.1", Some("quote-to-cash-v2-1"));
        check_path("Quote", "1.0.0", Some("quote-v1"));
        check_path("  Ünïcode & Co. ", "v2", Some("n-code-co-vv2"));
        check_path("日本", "1", None);
        check_path(&"x".repeat(100), "1", Some(&"x".repeat(80)));
    }

    #[test]
    fn reserved_and_malformed_slugs_are_refused() {
        for text in ["oauth2", ".portcullis", ".well-known", "A", "a_b", "a/b", "", &"a".repeat(81)] {
            assert!(Slug::parse(text).is_err(), "{text}");
        }
        assert!(Slug::parse("orders-v1").is_ok());
    }

    #[test]
    fn emails_need_two_sides() {
        assert!(Email::parse("a@b").is_ok());
        for text in ["", "a", "a@", "@b", "a b@c", "a@b@c", "a@.b"] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
    }
}
