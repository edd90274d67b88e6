//! Upstreams that the gateway would refuse to connect to, found before they are stored.
//!
//! Only addresses and `localhost` are judged here; what another name resolves to is judged at each connection.

use crate::state::ManagementState;
use crate::wire::Faults;
use domain::upstream::Upstream;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Notes an upstream that is link-local or one of our own listeners.
pub(super) fn refuse_unreachable(upstream: &Upstream, state: &ManagementState, faults: &mut Faults) {
    refuse_unreachable_from(upstream, &state.parts.own_listeners, faults);
}

/// The same, where these are our own listeners.
pub(crate) fn refuse_unreachable_from(upstream: &Upstream, own: &[SocketAddr], faults: &mut Faults) {
    for (at, url) in upstream.urls.iter().enumerate() {
        if let Some(reason) = reason(url.host(), url.port(), own.iter().copied()) {
            faults.impossible(&format!("upstream.urls[{at}]"), reason);
        }
    }
}

fn reason(host: &str, port: u16, own: impl IntoIterator<Item = SocketAddr>) -> Option<&'static str> {
    let ip = if host.eq_ignore_ascii_case("localhost") {
        IpAddr::from(Ipv4Addr::LOCALHOST)
    } else {
        host.parse::<IpAddr>().ok()?.to_canonical()
    };
    let is_link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    if is_link_local {
        return Some("must not be a link-local address");
    }
    let is_own = own.into_iter().any(|own| {
        let listens = own.ip().to_canonical();
        let same_host = listens == ip || (is_here(ip) && (listens.is_unspecified() || ip.is_unspecified()));
        own.port() == port && same_host
    });
    is_own.then_some("must not be an address of this gateway itself")
}

fn is_here(ip: IpAddr) -> bool {
    ip.is_loopback() || ip.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, port: u16, own: &str, expected: Option<&str>) {
        let found = reason(host, port, [own.parse().unwrap()]);
        let about = found.map(|reason| if reason.contains("link-local") { "link-local" } else { "itself" });
        assert_eq!(about, expected, "{host}:{port} with {own}: {found:?}");
    }

    #[test]
    fn link_local_addresses_and_our_own_are_refused() {
        check("169.254.169.254", 80, "127.0.0.1:8080", Some("link-local"));
        check("fe80::1", 80, "127.0.0.1:8080", Some("link-local"));
        check("::ffff:169.254.1.1", 80, "127.0.0.1:8080", Some("link-local"));
        check("127.0.0.1", 8080, "127.0.0.1:8080", Some("itself"));
        check("localhost", 8080, "127.0.0.1:8080", Some("itself"));
        check("0.0.0.0", 8080, "127.0.0.1:8080", Some("itself"));
        check("127.0.0.1", 8080, "0.0.0.0:8080", Some("itself"));
        check("127.0.0.1", 9000, "127.0.0.1:8080", None);
        check("10.0.0.1", 8080, "127.0.0.1:8080", None);
        check("orders.example.com", 8080, "127.0.0.1:8080", None);
    }
}
