//! Compiled settings of the workspace, among them how collections are addressed.

use crate::cidr::CidrSet;
use crate::gateway_url::{CustomDomain, Prefix, PublicUrl};
use crate::path::CanonicalPath;
use crate::settings::Settings;
use jiff::tz::TimeZone;
use std::time::Duration;

/// Compiled settings of the workspace.
#[derive(Debug)]
pub struct SettingsEntry {
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: CidrSet,
    /// Private addresses that our own fetches may go to.
    pub outbound_allowed: CidrSet,
    /// The zone in which calendar quotas run.
    pub zone: TimeZone,
    /// Whether answers carry `X-RateLimit-*`.
    pub rate_limit_headers: bool,
    /// The oldest that a directory may be to be decided by; `None`: any age.
    pub max_staleness: Option<Duration>,
    public_url: Option<PublicUrl>,
    prefix: Prefix,
    custom_domains: Box<[CustomDomain]>,
}

impl SettingsEntry {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            trusted_proxies: CidrSet::new(&settings.trusted_proxies),
            outbound_allowed: CidrSet::new(&settings.outbound_allowed),
            zone: settings.time_zone.zone(),
            rate_limit_headers: settings.rate_limit_headers,
            max_staleness: settings.max_staleness_seconds.map(|seconds| Duration::from_secs(seconds.into())),
            public_url: settings.public_url.clone(),
            prefix: settings.prefix.clone(),
            custom_domains: settings.custom_domains.as_slice().into(),
        }
    }

    /// The path before every collection, except on custom domains.
    pub fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// Whether a host goes without the prefix. `host` is the authority that was called.
    pub fn is_custom_domain(&self, host: &str) -> bool {
        self.custom_domains.iter().any(|domain| domain.is_meant_by(host))
    }

    /// The URL under which the caller finds a path again: `host` and `path` are what it called, `scheme` how. Where the
    /// gateway has a public address, only custom domains are called by another.
    pub fn url_as_called(&self, scheme: &str, host: &str, path: &str) -> String {
        match &self.public_url {
            None => format!("{scheme}://{host}{path}"),
            Some(public) if self.is_custom_domain(host) => format!("{}://{host}{path}", public.scheme()),
            Some(public) => format!("{public}{path}"),
        }
    }

    /// What a path has below the prefix, where the host needs one: without the slash at its beginning.
    pub(super) fn below_prefix<'p>(&self, host: &str, path: &'p CanonicalPath<'_>) -> Option<&'p str> {
        let path = path.as_str().strip_prefix('/')?;
        if self.custom_domains.is_empty() || !self.is_custom_domain(host) {
            self.prefix.strip(path)
        } else {
            Some(path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(public_url: Option<&str>, prefix: &str, domains: &[&str]) -> SettingsEntry {
        SettingsEntry::new(&Settings {
            public_url: public_url.map(|url| PublicUrl::parse(url).unwrap()),
            prefix: Prefix::parse(prefix).unwrap(),
            custom_domains: domains.iter().map(|domain| CustomDomain::parse(domain).unwrap()).collect(),
            ..Settings::default()
        })
    }

    #[test]
    fn only_custom_domains_go_without_the_prefix() {
        #[track_caller]
        fn check(settings: &SettingsEntry, host: &str, path: &str, expected: Option<&str>) {
            let path = CanonicalPath::parse(path.as_bytes()).unwrap();
            assert_eq!(settings.below_prefix(host, &path), expected, "{host} {path}");
        }
        let plain = entry(None, "", &["apis.acme.test"]);
        check(&plain, "gw.test", "/orders/1", Some("orders/1"));
        check(&plain, "apis.acme.test", "/orders/1", Some("orders/1"));
        check(&plain, "gw.test", "/", Some(""));
        let prefixed = entry(None, "acme", &["apis.acme.test"]);
        check(&prefixed, "gw.test:8080", "/acme/orders/1", Some("orders/1"));
        check(&prefixed, "gw.test:8080", "/orders/1", None);
        check(&prefixed, "gw.test:8080", "/acme", None);
        check(&prefixed, "gw.test:8080", "/%61cme/orders", Some("orders"));
        check(&prefixed, "APIS.acme.test:8080", "/acme/orders/1", Some("acme/orders/1"));
        check(&prefixed, "apis.acme.test", "/orders/1", Some("orders/1"));
    }

    #[test]
    fn a_caller_is_told_the_public_address_or_the_one_it_called() {
        let told = |settings: &SettingsEntry, host: &str| settings.url_as_called("http", host, "/acme/orders");
        let unset = entry(None, "acme", &["apis.acme.test"]);
        assert_eq!(told(&unset, "gw.test:81"), "http://gw.test:81/acme/orders");
        let set = entry(Some("https://api.example.com"), "acme", &["apis.acme.test"]);
        assert_eq!(told(&set, "gw.test:81"), "https://api.example.com/acme/orders");
        assert_eq!(told(&set, "apis.acme.test"), "https://apis.acme.test/acme/orders");
    }
}
