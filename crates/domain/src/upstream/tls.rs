//! TLS towards an upstream. Certificates are always verified; what can be chosen is by whom, and for which name.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;
use url::Host;
use x509_parser::pem::Pem;

/// TLS towards an upstream; used for its https URLs only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UpstreamTls {
    /// The only authorities that are trusted; `None`: the system's.
    pub ca: Option<CaCertificates>,
    /// The name that the certificate must be for, sent as SNI; `None`: the URL's host.
    pub server_name: Option<ServerName>,
}

/// Certificates of authorities, as PEM: 1 to 50, at most 256 KiB.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaCertificates(Arc<str>);

impl CaCertificates {
    /// Longest text, in bytes.
    pub const MAX_BYTES: usize = 256 * 1024;
    /// Most certificates.
    pub const MAX_CERTIFICATES: usize = 50;

    /// Checks a PEM text: certificates only, each readable.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("can't be blank");
        }
        if text.len() > Self::MAX_BYTES {
            return Err("is too long (maximum is 262144 bytes)");
        }
        let mut count = 0;
        for pem in Pem::iter_from_buffer(text.as_bytes()) {
            let pem = pem.map_err(|_| "is not PEM")?;
            if pem.label != "CERTIFICATE" {
                return Err("must hold certificates only");
            }
            pem.parse_x509().map_err(|_| "holds a certificate that cannot be read")?;
            count += 1;
        }
        match count {
            0 => Err("must hold at least one certificate, as PEM"),
            1..=Self::MAX_CERTIFICATES => Ok(Self(text.into())),
            _ => Err("holds too many certificates (maximum is 50)"),
        }
    }

    /// The PEM text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The certificates, as DER.
    pub fn der(&self) -> Vec<Vec<u8>> {
        Pem::iter_from_buffer(self.0.as_bytes()).filter_map(|pem| Some(pem.ok()?.contents)).collect()
    }
}

impl TryFrom<String> for CaCertificates {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<CaCertificates> for String {
    fn from(certificates: CaCertificates) -> Self {
        (*certificates.0).to_owned()
    }
}

/// A host name or IP address, as certificates name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerName(Box<str>);

impl ServerName {
    /// Reads a name: a host name without a dot at its end, or an address without brackets.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const RULE: &str = "must be a host name or an IP address";
        let text = text.trim();
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self(ip.to_string().into()));
        }
        let Ok(Host::Domain(name)) = Host::parse(text) else { return Err(RULE) };
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        if name.len() <= 253 && name.split('.').all(is_label) { Ok(Self(name.into())) } else { Err(RULE) }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ServerName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ServerName> for String {
    fn from(name: ServerName) -> Self {
        name.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_names_are_hosts() {
        for (text, expected) in [
            ("Orders.Example.com", Some("orders.example.com")),
            ("10.0.0.1", Some("10.0.0.1")),
            ("::1", Some("::1")),
            ("", None),
            ("a b", None),
            ("a.", None),
            ("a..b", None),
            ("https://a", None),
            ("a:443", None),
            ("*.example.com", None),
        ] {
            assert_eq!(ServerName::parse(text).ok().as_ref().map(ServerName::as_str), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_list_of_certificates_is_refused() {
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
        let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        for text in ["", "x", key, bad, "-----BEGIN CERTIFICATE-----"] {
            assert!(CaCertificates::parse(text).is_err(), "{text}");
        }
    }
}
