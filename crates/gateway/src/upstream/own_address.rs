//! Addresses that no upstream may have: link-local ones, where clouds keep their secrets, and our own listeners.

use std::net::{IpAddr, SocketAddr};

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forbidden {
    LinkLocal,
    OwnListener,
}

/// Judges an address before connecting to it.
pub(super) fn check(target: SocketAddr, own: &[SocketAddr]) -> Result<(), Forbidden> {
    let ip = target.ip().to_canonical();
    let is_link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    if is_link_local {
        return Err(Forbidden::LinkLocal);
    }
    let is_own = own.iter().any(|own| {
        let listens = own.ip().to_canonical();
        // An unspecified address means every address of this machine, as listener and as target.
        let same_host =
            listens == ip || (listens.is_unspecified() && is_here(ip)) || (ip.is_unspecified() && is_here(listens));
        own.port() == target.port() && same_host
    });
    if is_own { Err(Forbidden::OwnListener) } else { Ok(()) }
}

/// Judges a connection: one that begins at the address where it ends stays on this machine, so with a listener on
/// all addresses it may have reached ourselves by an address that the check before did not know.
pub(super) fn check_connected(local: SocketAddr, peer: SocketAddr, own: &[SocketAddr]) -> Result<(), Forbidden> {
    let is_local = local.ip().to_canonical() == peer.ip().to_canonical();
    let is_own = |own: &SocketAddr| own.port() == peer.port() && own.ip().is_unspecified();
    if is_local && own.iter().any(is_own) { Err(Forbidden::OwnListener) } else { Ok(()) }
}

fn is_here(ip: IpAddr) -> bool {
    ip.is_loopback() || ip.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_target(target: &str, own: &[&str], expected: Result<(), Forbidden>) {
        let own: Vec<_> = own.iter().map(|own| own.parse().unwrap()).collect();
        assert_eq!(check(target.parse().unwrap(), &own), expected, "{target} {own:?}");
    }

    #[test]
    fn link_local_and_own_addresses_are_refused() {
        use Forbidden::{LinkLocal, OwnListener};
        check_target("169.254.169.254:80", &[], Err(LinkLocal));
        check_target("[fe80::1]:80", &[], Err(LinkLocal));
        check_target("[::ffff:169.254.1.1]:80", &[], Err(LinkLocal));
        check_target("127.0.0.1:8080", &["127.0.0.1:8080"], Err(OwnListener));
        check_target("[::ffff:127.0.0.1]:8080", &["127.0.0.1:8080"], Err(OwnListener));
        check_target("0.0.0.0:8080", &["127.0.0.1:8080"], Err(OwnListener));
        check_target("127.9.9.9:8080", &["0.0.0.0:8080"], Err(OwnListener));
        check_target("[::1]:8080", &["[::]:8080"], Err(OwnListener));
        check_target("127.0.0.1:8081", &["127.0.0.1:8080"], Ok(()));
        check_target("10.0.0.1:8080", &["127.0.0.1:8080", "0.0.0.0:8081"], Ok(()));
    }

    #[test]
    fn a_connection_to_ourselves_is_noticed() {
        let check = |local: &str, peer: &str, own: &str| {
            check_connected(local.parse().unwrap(), peer.parse().unwrap(), &[own.parse().unwrap()])
        };
        assert_eq!(check("10.0.0.5:4000", "10.0.0.5:8080", "0.0.0.0:8080"), Err(Forbidden::OwnListener));
        assert_eq!(check("10.0.0.5:4000", "10.0.0.6:8080", "0.0.0.0:8080"), Ok(()));
        assert_eq!(check("10.0.0.5:4000", "10.0.0.5:8081", "0.0.0.0:8080"), Ok(()));
    }
}
