//! Explanations of requests that somebody describes: the very same facts as for a request that came in, on a head that
//! is made here, and the same checks. Nothing is counted; what a request would wait for is waited for.

use crate::config::{Links, SharedDirectory};
use crate::connection::{CallerFacts, CallerScheme};
use crate::facts;
use crate::seam::{RequestHead, Version};
use crate::waits::{Waiting, Waits};
use domain::client_certificate::ClientCertificate;
use domain::decide::{Claimant, Explanation, Source, Waited, explain};
use domain::ids::ProfileId;
use domain::secret::Secret;
use domain::time::Now;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// `Host` where the description names none.
const ANY_HOST: &str = "localhost";

/// A request to be explained.
#[derive(Clone)]
pub struct Described {
    /// As it would be sent; one that is not served is explained too.
    pub method: String,
    /// A path with an optional query, or a whole `http` or `https` address.
    pub url: String,
    /// Who sends it.
    pub credential: DescribedCredential,
    /// Where it comes from.
    pub source: Source,
    /// The certificate that its connection was opened with.
    pub certificate: Option<Arc<ClientCertificate>>,
    /// Length of its body, where it has one.
    pub body_bytes: Option<u64>,
}

impl Described {
    /// The source for an address that may not be given. Without one it is unknown, which matters only to profiles with an
    /// address list.
    pub fn source_of(from: Option<IpAddr>) -> Source {
        from.map_or(Source::Unknown { last_hop: IpAddr::V4(Ipv4Addr::UNSPECIFIED) }, |address| {
            Source::Known(domain::cidr::canonical_ip(address))
        })
    }
}

/// Who sends a described request.
#[derive(Clone)]
pub enum DescribedCredential {
    /// Nobody who says so.
    None,
    /// The value of the header `api-token`.
    Token(Secret),
    /// The value of the header `Authorization`.
    Authorization(Secret),
    /// A profile that was identified before. Its credential is not checked again.
    Profile(ProfileId),
}

/// Why a description is none of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DescribeFault {
    /// Neither a path nor an address.
    #[error("the URL must be a path that begins with / or an http or https address")]
    Url,
    /// The credential cannot stand in a header.
    #[error("the credential must consist of visible ASCII characters and spaces")]
    Credential,
}

/// Explains requests on the directory that the workers decide on. Cheap to clone; may be used on any runtime with time.
#[derive(Clone)]
pub struct Explainer {
    directory: SharedDirectory,
    clock: fn() -> Now,
    waits: Waits,
}

impl Explainer {
    /// An explainer on the links of the gateway.
    pub fn new(links: &Links) -> Self {
        Self { directory: links.directory.clone(), clock: links.clock, waits: Waits::new(links) }
    }

    /// What would become of a request now.
    pub async fn explain(&self, described: &Described) -> Result<Explanation, DescribeFault> {
        let (host, target) = split_url(&described.url).ok_or(DescribeFault::Url)?;
        let mut headers = vec![(&b"host"[..], host.as_bytes())];
        match &described.credential {
            DescribedCredential::None | DescribedCredential::Profile(_) => {}
            DescribedCredential::Token(token) => headers.push((b"api-token", header_value(token)?)),
            DescribedCredential::Authorization(value) => headers.push((b"authorization", header_value(value)?)),
        }
        let head = RequestHead {
            method: described.method.as_bytes(),
            target: target.as_bytes(),
            version: Version::Http11,
            headers: &headers,
        };
        let scheme = if described.url.starts_with("https:") { CallerScheme::Https } else { CallerScheme::Http };
        let caller = CallerFacts { peer: described.source.shown(), scheme, certificate: described.certificate.clone() };
        let mut waited = Waited::default();
        let mut waiting = Waiting::default();
        loop {
            let outcome = self.attempt(described, &caller, &head, waited);
            match outcome {
                Ok(explanation) => return Ok(explanation),
                Err(wait) => self.waits.get(wait, &mut waiting, &mut waited).await,
            }
        }
    }

    fn attempt(
        &self,
        described: &Described,
        caller: &CallerFacts,
        head: &RequestHead<'_>,
        waited: Waited,
    ) -> Result<Explanation, domain::decide::Wait> {
        let directory = self.directory.load();
        let mut facts = facts::gather(&directory, head, caller, described.body_bytes).request;
        facts.source = described.source;
        if let DescribedCredential::Profile(id) = described.credential {
            facts.claimant = Claimant::Recorded(id);
        }
        explain(&directory, &facts, waited, (self.clock)())
    }
}

/// Host and request target of an address.
fn split_url(url: &str) -> Option<(&str, &str)> {
    if url.starts_with('/') {
        return Some((ANY_HOST, url));
    }
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    // A fragment stays where it is: a request with one is refused, and that is to be explained.
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, target) = rest.split_at_checked(end)?;
    let target = if target.is_empty() { "/" } else { target };
    (!host.is_empty()).then_some((host, target))
}

fn header_value(secret: &Secret) -> Result<&[u8], DescribeFault> {
    let value = secret.expose().as_bytes();
    let is_plain = value.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    is_plain.then_some(value).ok_or(DescribeFault::Credential)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Option<(&str, &str)>) {
        assert_eq!(split_url(url), expected, "{url}");
    }

    #[test]
    fn addresses_are_split_into_host_and_target() {
        check("/a?b=c", Some((ANY_HOST, "/a?b=c")));
        check("http://h:8080/a/b?c", Some(("h:8080", "/a/b?c")));
        check("HTTPS://h", Some(("h", "/")));
        check("https://h?x", Some(("h", "?x")));
        check("http:///a", None);
        check("ftp://h/a", None);
        check("a/b", None);
        check("", None);
    }
}
