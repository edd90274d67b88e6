//! A brake on failed sign-ins, per account and per address, in memory: at most so many failures in a quarter of an
//! hour; after that nothing is looked at until the window ends. A sign-in that succeeds forgives its account. Of an IPv6
//! address its network counts, /64: who has one address has them all.

use domain::text::Email;
use domain::time::Timestamp;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

const WINDOW_MICROS: i64 = 15 * 60_000_000;
const PER_ACCOUNT: u32 = 10;
const PER_ADDRESS: u32 = 50;
/// Above this many entries the ended ones are dropped; what is left is bounded by the pace of password checks.
const PRUNE_ABOVE: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(IpAddr),
}

impl Key {
    fn most(&self) -> u32 {
        match self {
            Self::Account(_) => PER_ACCOUNT,
            Self::Address(_) => PER_ADDRESS,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Timestamp,
    failures: u32,
}

impl Window {
    /// Microseconds until it ends; not above 0 once it has.
    fn left(&self, now: Timestamp) -> i64 {
        WINDOW_MICROS.saturating_sub(now.0.saturating_sub(self.began.0))
    }
}

/// Failed sign-ins of the last quarter of an hour.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<HashMap<Key, Window>>);

impl Throttle {
    /// Counts an attempt as failed until [`Throttle::succeeded`] says otherwise, so that attempts made at once are all
    /// counted; or says how many seconds until one is looked at again.
    pub(crate) fn attempt(&self, email: &Email, address: Option<IpAddr>, now: Timestamp) -> Result<(), u64> {
        let mut windows = self.lock();
        if windows.len() > PRUNE_ABOVE {
            windows.retain(|_, window| window.left(now) > 0);
        }
        let closed_for = |key: &Key| {
            let window = windows.get(key)?;
            (window.failures >= key.most() && window.left(now) > 0).then_some(window.left(now))
        };
        if let Some(micros) = keys(email, address).filter_map(|key| closed_for(&key)).max() {
            return Err(u64::try_from(micros).unwrap_or_default().div_ceil(1_000_000));
        }
        for key in keys(email, address) {
            let window = windows.entry(key).or_insert(Window { began: now, failures: 0 });
            if window.left(now) <= 0 {
                *window = Window { began: now, failures: 0 };
            }
            window.failures += 1;
        }
        Ok(())
    }

    /// The attempt was no failure: forgives the account, and takes the attempt off the address.
    pub(crate) fn succeeded(&self, email: &Email, address: Option<IpAddr>) {
        let mut windows = self.lock();
        windows.remove(&account(email));
        if let Some(window) = address.and_then(|address| windows.get_mut(&Key::Address(network(address)))) {
            window.failures = window.failures.saturating_sub(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Window>> {
        // Counts stay usable whatever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn account(email: &Email) -> Key {
    Key::Account(email.as_str().to_lowercase())
}

fn keys(email: &Email, address: Option<IpAddr>) -> impl Iterator<Item = Key> {
    std::iter::once(account(email)).chain(address.map(network).map(Key::Address))
}

/// What an address counts as.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_close_an_account_for_the_rest_of_the_window() {
        let throttle = Throttle::default();
        let email = Email::parse("a@example.com").unwrap();
        let other = Email::parse("b@example.com").unwrap();
        let address = Some(IpAddr::from([127, 0, 0, 1]));
        for at in 0..10 {
            assert_eq!(throttle.attempt(&email, address, Timestamp(at)), Ok(()));
        }
        assert_eq!(throttle.attempt(&email, address, Timestamp(60_000_000)), Err(14 * 60));
        assert_eq!(throttle.attempt(&other, address, Timestamp(60_000_000)), Ok(()));
        assert_eq!(throttle.attempt(&email, address, Timestamp(WINDOW_MICROS)), Ok(()));
    }

    #[test]
    fn a_sign_in_that_succeeds_forgives_its_account() {
        let throttle = Throttle::default();
        let email = Email::parse("a@example.com").unwrap();
        let address = Some(IpAddr::from([127, 0, 0, 1]));
        for at in 0..200 {
            assert_eq!(throttle.attempt(&email, address, Timestamp(at)), Ok(()));
            throttle.succeeded(&email, address);
        }
    }

    #[test]
    fn fifty_failures_close_an_address_for_every_account() {
        let throttle = Throttle::default();
        let address = Some(IpAddr::from([127, 0, 0, 1]));
        for number in 0..50 {
            let email = Email::parse(&format!("{number}@example.com")).unwrap();
            assert_eq!(throttle.attempt(&email, address, Timestamp(0)), Ok(()));
        }
        let email = Email::parse("new@example.com").unwrap();
        assert!(throttle.attempt(&email, address, Timestamp(1)).is_err());
        assert_eq!(throttle.attempt(&email, None, Timestamp(1)), Ok(()));
    }

    #[test]
    fn the_addresses_of_an_ipv6_network_count_together() {
        let throttle = Throttle::default();
        let from = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        for number in 0..50 {
            let email = Email::parse(&format!("{number}@example.com")).unwrap();
            assert_eq!(throttle.attempt(&email, from(&format!("2001:db8::{number:x}")), Timestamp(0)), Ok(()));
        }
        let email = Email::parse("new@example.com").unwrap();
        assert!(throttle.attempt(&email, from("2001:db8::ffff:0:0:1"), Timestamp(1)).is_err());
        assert_eq!(throttle.attempt(&email, from("2001:db8:0:1::1"), Timestamp(1)), Ok(()));
    }
}
