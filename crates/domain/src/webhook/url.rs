//! Where a webhook is.

use std::fmt;
use url::{Host, Url};

/// The address of a receiver: https, or http on a loopback address. Which addresses are gone to in the end is judged when
/// a message is sent: private ones only where the owners allow them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    /// Most bytes.
    pub const MAX_BYTES: usize = 2048;

    /// Reads an address; the message names the rule.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > Self::MAX_BYTES {
            return Err("is too long (maximum is 2048 bytes)");
        }
        let url = Url::parse(text).map_err(|_| "must be a URL, as in https://hooks.example.com/portcullis")?;
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback => {}
            "http" => return Err("must begin with https:// (http:// only for loopback addresses)"),
            _ => return Err("must begin with https://"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user name or a password");
        }
        if url.fragment().is_some() {
            return Err("must not hold a fragment");
        }
        Ok(Self(url))
    }

    /// The address.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_are_asked_over_https_or_on_the_machine_itself() {
        for good in
            ["https://hooks.example.com/a?b=c", "https://10.0.0.5:8443/", "http://127.0.0.1:9/x", "http://[::1]/"]
        {
            assert!(WebhookUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "hooks.example.com",
            "ftp://example.com/",
            "http://example.com/",
            "http://10.0.0.5/",
            "https://user@example.com/",
            "https://:pw@example.com/",
            "https://example.com/#x",
        ] {
            assert!(WebhookUrl::parse(bad).is_err(), "{bad}");
        }
        assert!(WebhookUrl::parse(&format!("https://example.com/{}", "x".repeat(2048))).is_err());
    }
}
