//! Where a fetch goes: the URL judged, its name resolved once, every address judged.

use crate::address::is_public;
use crate::error::FetchError;
use domain::cidr::CidrSet;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use url::{Host, Url};

/// A resolver's answer under way.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Finds the addresses of a name.
pub type Resolver = Arc<dyn Fn(&str) -> Resolving + Send + Sync>;

/// The system's resolver, asked off the calling thread.
pub fn system_resolver() -> Resolver {
    Arc::new(|name| {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// What may be connected to for a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Https,
    Http,
}

/// The addresses that a fetch of this URL may connect to; at least one.
pub(crate) async fn permitted_addresses(
    url: &Url,
    allowed: &CidrSet,
    resolver: &Resolver,
) -> Result<Vec<SocketAddr>, FetchError> {
    let scheme = judge(url)?;
    let found = match url.host() {
        Some(Host::Ipv4(address)) => vec![IpAddr::V4(address)],
        Some(Host::Ipv6(address)) => vec![IpAddr::V6(address)],
        Some(Host::Domain(name)) => resolver(name).await.map_err(|_| FetchError::Unresolved)?,
        None => return Err(FetchError::Scheme),
    };
    let first = *found.first().ok_or(FetchError::Unresolved)?;
    let port = url.port_or_known_default().ok_or(FetchError::Scheme)?;
    let permitted = found.into_iter().filter(|&address| is_permitted(address, scheme, allowed));
    let permitted: Vec<SocketAddr> = permitted.map(|address| SocketAddr::new(address, port)).collect();
    match (permitted.is_empty(), scheme) {
        (false, _) => Ok(permitted),
        (true, Scheme::Https) => Err(FetchError::Forbidden(first)),
        (true, Scheme::Http) => Err(FetchError::PlainHttp),
    }
}

fn judge(url: &Url) -> Result<Scheme, FetchError> {
    let scheme = match url.scheme() {
        "https" => Scheme::Https,
        "http" => Scheme::Http,
        _ => return Err(FetchError::Scheme),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError::UserInfo);
    }
    if url.fragment().is_some() {
        return Err(FetchError::Fragment);
    }
    Ok(scheme)
}

fn is_permitted(address: IpAddr, scheme: Scheme, allowed: &CidrSet) -> bool {
    match scheme {
        Scheme::Https => is_public(address) || allowed.contains(address),
        Scheme::Http => address.to_canonical().is_loopback() && allowed.contains(address),
    }
}
