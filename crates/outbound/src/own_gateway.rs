//! Calls to our own gateway, as a caller would make them. They go to the address of its listener and nowhere else: nothing
//! is resolved, no redirect followed, no proxy used, and the address is not the caller's to choose.

use crate::error::{FetchError, SetupError};
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, redirect, retry};
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// For the connection.
const CONNECT: Duration = Duration::from_secs(5);

/// A request for our own gateway.
pub struct OwnRequest {
    /// Its method.
    pub method: Method,
    /// Its path with the query, as it shall be sent: beginning with a slash.
    pub target: String,
    /// Its headers. `Host` and those of framing are made by the client.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Its body; empty: none.
    pub body: Bytes,
}

/// What our own gateway answered.
#[derive(Debug, Clone)]
pub struct OwnAnswer {
    /// The HTTP status.
    pub status: u16,
    /// All headers, in order.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body, up to a limit.
    pub body: Bytes,
    /// Whether the body was longer.
    pub is_cut: bool,
}

/// The gateway of this program. Each call has a connection of its own.
#[derive(Clone)]
pub struct OwnGateway {
    address: SocketAddr,
    client: Client,
}

impl fmt::Debug for OwnGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnGateway").field("address", &self.address).finish_non_exhaustive()
    }
}

impl OwnGateway {
    /// The gateway that listens here, without TLS. Where it listens on every address it is called by loopback.
    pub fn new(listener: SocketAddr) -> Result<Self, SetupError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        // The listener speaks no TLS: nobody is trusted.
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .http1_only()
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT)
            .build()?;
        Ok(Self { address: reachable(listener), client })
    }

    /// Where calls go, as in `127.0.0.1:8080`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// Calls the gateway and reads the answer, of its body at most so many bytes. It is sent once.
    pub async fn call(
        &self,
        request: OwnRequest,
        body_limit_bytes: usize,
        total: Duration,
    ) -> Result<OwnAnswer, FetchError> {
        timeout(total, self.at_leisure(request, body_limit_bytes)).await.unwrap_or(Err(FetchError::Timeout))
    }

    async fn at_leisure(&self, request: OwnRequest, body_limit_bytes: usize) -> Result<OwnAnswer, FetchError> {
        let url = Url::parse(&format!("http://{}{}", self.address, request.target)).map_err(|_| FetchError::Broken)?;
        // A target without the slash could have changed the authority.
        if url.host_str() != Some(&host(self.address.ip())) || !request.target.starts_with('/') {
            return Err(FetchError::Broken);
        }
        let mut call = self.client.request(request.method, url).headers(HeaderMap::from_iter(request.headers));
        if !request.body.is_empty() {
            call = call.body(request.body);
        }
        let mut answer = call.send().await.map_err(|error| failure(&error))?;
        let headers = answer.headers().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let status = answer.status().as_u16();
        let (body, is_cut) = beginning(&mut answer, body_limit_bytes).await?;
        Ok(OwnAnswer { status, headers, body, is_cut })
    }
}

/// The first bytes of a body, and whether there are more.
async fn beginning(answer: &mut Response, limit_bytes: usize) -> Result<(Bytes, bool), FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| failure(&error))? {
        let room = limit_bytes - body.len();
        if chunk.len() > room {
            body.extend_from_slice(chunk.get(..room).unwrap_or_default());
            return Ok((body.into(), true));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body.into(), false))
}

/// The address by which a listener is reached from this machine.
fn reachable(listener: SocketAddr) -> SocketAddr {
    let ip = match listener.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listener.port())
}

/// An address as the host of a URL.
fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

fn failure(error: &reqwest::Error) -> FetchError {
    if error.is_timeout() {
        FetchError::Timeout
    } else if error.is_connect() {
        FetchError::Unreachable
    } else {
        FetchError::Broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_address_is_called_by_loopback() {
        #[track_caller]
        fn check(listener: &str, expected: &str) {
            assert_eq!(reachable(listener.parse().unwrap()).to_string(), expected);
        }
        check("0.0.0.0:80", "127.0.0.1:80");
        check("[::]:80", "[::1]:80");
        check("10.0.0.5:8080", "10.0.0.5:8080");
    }

    #[tokio::test]
    async fn a_target_cannot_lead_elsewhere() {
        let gateway = OwnGateway::new("127.0.0.1:1".parse().unwrap()).unwrap();
        for target in ["@example.com/", "1@example.com/", ".example.com/", "x"] {
            let request =
                OwnRequest { method: Method::GET, target: target.to_owned(), headers: Vec::new(), body: Bytes::new() };
            let refused = gateway.call(request, 1, Duration::from_secs(5)).await.unwrap_err();
            assert_eq!(refused, FetchError::Broken, "{target}");
        }
    }
}
