//! Ports for servers under test: outside the range from which the kernel takes ports for outgoing
//! connections, and never given twice by one test program.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);
const FIRST: u32 = 20_000;
const COUNT: u32 = 10_000;

/// An address on loopback where nothing listens.
///
/// # Panics
/// If thousands of ports are taken.
pub fn free_address() -> SocketAddr {
    for _ in 0..COUNT {
        let offset = (std::process::id().wrapping_mul(97)).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = u16::try_from(FIRST + offset).unwrap_or(u16::MAX);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT);
}
