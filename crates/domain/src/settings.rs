//! Settings of the workspace: what owners choose for all of it.

use crate::cidr::CidrEntry;
use crate::gateway_url::{CustomDomain, Prefix, PublicUrl};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// The settings as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The address under which callers reach the gateway; `None`: that of its first listener.
    pub public_url: Option<PublicUrl>,
    /// The path before every collection.
    pub prefix: Prefix,
    /// Hosts under which collections are called without the prefix.
    pub custom_domains: Vec<CustomDomain>,
    /// The zone in which calendar quotas run.
    pub time_zone: ZoneName,
    /// Peers whose `X-Forwarded-For` is believed. Kept as typed.
    pub trusted_proxies: Vec<CidrEntry>,
    /// Private addresses that fetches to typed addresses may go to. Kept as typed.
    pub outbound_allowed: Vec<CidrEntry>,
    /// Whether answers carry `X-RateLimit-*` besides `RateLimit`.
    pub rate_limit_headers: bool,
    /// Most access profiles of a client. Clients that have more keep them.
    pub profiles_per_client: u32,
    /// A console session ends when it was not used for so long.
    pub session_idle_minutes: u32,
    /// A console session ends at the latest after so long.
    pub session_life_hours: u32,
    /// The gateway refuses every call once its directory has not been as new as the control database for so long; `None`:
    /// it goes on with what it last knew.
    pub max_staleness_seconds: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            prefix: Prefix::default(),
            custom_domains: Vec::new(),
            time_zone: ZoneName("UTC".into()),
            trusted_proxies: Vec::new(),
            outbound_allowed: Vec::new(),
            rate_limit_headers: false,
            profiles_per_client: 20,
            session_idle_minutes: 12 * 60,
            session_life_hours: 7 * 24,
            max_staleness_seconds: None,
        }
    }
}

impl Settings {
    /// What [`Settings::profiles_per_client`] may be.
    pub const PROFILES_PER_CLIENT: RangeInclusive<u32> = 1..=1000;
    /// What [`Settings::session_idle_minutes`] may be: up to 7 days.
    pub const SESSION_IDLE_MINUTES: RangeInclusive<u32> = 5..=7 * 24 * 60;
    /// What [`Settings::session_life_hours`] may be: up to 30 days.
    pub const SESSION_LIFE_HOURS: RangeInclusive<u32> = 1..=30 * 24;
    /// What [`Settings::max_staleness_seconds`] may be: up to 7 days.
    pub const MAX_STALENESS_SECONDS: RangeInclusive<u32> = 10..=7 * 86_400;

    /// Most entries in each address list.
    pub const MAX_ENTRIES: usize = 1000;

    /// A console session ends when it was not used for so many microseconds.
    pub fn session_idle_micros(&self) -> i64 {
        i64::from(self.session_idle_minutes) * 60_000_000
    }

    /// A console session ends at the latest after so many microseconds.
    pub fn session_life_micros(&self) -> i64 {
        i64::from(self.session_life_hours) * 3_600_000_000
    }

    /// Where callers find the collections, without a slash at the end. `listener` is the address of the gateway's
    /// first listener, as a URL.
    pub fn collections_url(&self, listener: &str) -> String {
        let public = self.public_url.as_ref().map_or(listener, PublicUrl::as_str);
        let separator = if self.prefix.as_str().is_empty() { "" } else { "/" };
        format!("{public}{separator}{}", self.prefix)
    }
}

/// The name of a time zone in the IANA database, as in `Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName(Box<str>);

impl ZoneName {
    /// Reads a name; the message names the rule.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const RULE: &str = "must be a time zone of the IANA database, as in Europe/Berlin";
        let zone = TimeZone::get(text).map_err(|_| RULE)?;
        // The database's own spelling, so that two spellings never look like a change.
        zone.iana_name().map(|name| Self(name.into())).ok_or(RULE)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The zone. UTC if the database no longer has it.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl TryFrom<String> for ZoneName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ZoneName> for String {
    fn from(name: ZoneName) -> Self {
        name.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_names_of_the_database() {
        assert_eq!(ZoneName::parse("Europe/Berlin").unwrap().as_str(), "Europe/Berlin");
        assert_eq!(ZoneName::parse("europe/berlin").unwrap().as_str(), "Europe/Berlin");
        assert_eq!(ZoneName::parse("UTC").unwrap().zone(), TimeZone::UTC);
        for bad in ["", "Mars/Olympus", "+02:00", "../etc/passwd"] {
            assert!(ZoneName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
