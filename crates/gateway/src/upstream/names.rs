//! The name of an address, and where it leads now.
//!
//! Looked up off the worker's thread, one look-up per name at a time: a resolver that hangs holds up nobody but those
//! who ask for that name. What was found is good for a while (30 s) and is renewed in the background while connections are open;
//! those that lead to where the name no longer does serve no further request. If a renewal fails or takes long, what
//! was found before is used on, for 5 minutes: then somebody else may have the address.

use super::connect::ConnectFault;
use std::cell::{Cell, RefCell};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::{spawn_blocking, spawn_local};
use tokio::time::{Instant, timeout_at};

/// How long what was found is used while it cannot be renewed.
const LAST_USE: Duration = Duration::from_mins(5);
/// At most one look-up of a name in this time after one that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// How names are looked up: a blocking function, called on threads that may wait.
#[derive(Clone)]
pub struct Resolve(Arc<LookUp>);

type LookUp = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

impl Resolve {
    /// By a function of one's own.
    pub fn by(look_up: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look_up))
    }
}

impl Default for Resolve {
    /// As the system does it.
    fn default() -> Self {
        Self::by(|host| Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect()))
    }
}

impl std::fmt::Debug for Resolve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resolve")
    }
}

/// A name and what is known of it.
pub(super) struct Name {
    host: Box<str>,
    port: u16,
    resolve: Resolve,
    /// How long a resolution is good.
    fresh: Duration,
    known: RefCell<Option<Known>>,
    /// When a look-up may begin after a failed one.
    pause_until: Cell<Option<Instant>>,
    failure: RefCell<Option<io::Error>>,
    looking: Cell<bool>,
    looked: Notify,
    /// Rises when the name leads elsewhere.
    generation: Cell<u32>,
    turn: Cell<usize>,
}

struct Known {
    addresses: Rc<[IpAddr]>,
    /// Then it is to be renewed.
    until: Instant,
    /// Then it is forgotten.
    last_use: Instant,
}

impl Name {
    pub(super) fn new(host: &str, port: u16, resolve: &Resolve, fresh: Duration) -> Rc<Self> {
        Rc::new(Self {
            host: host.into(),
            port,
            resolve: resolve.clone(),
            fresh,
            known: RefCell::default(),
            pause_until: Cell::default(),
            failure: RefCell::default(),
            looking: Cell::new(false),
            looked: Notify::new(),
            generation: Cell::new(0),
            turn: Cell::new(0),
        })
    }

    /// Where it leads, in the order in which to try; to be waited for until `deadline`.
    pub(super) async fn addresses(self: &Rc<Self>, deadline: Instant) -> Result<Vec<SocketAddr>, ConnectFault> {
        if let Ok(literal) = self.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(literal, self.port)]);
        }
        if let Some(fresh) = self.known(Instant::now()) {
            return Ok(self.in_order(&fresh));
        }
        let now = Instant::now();
        self.forget_what_is_old(now);
        let before = self.known_before();
        // Whoever knows where it led waits less for the news.
        let share = if before.is_some() { 3 } else { 1 };
        let patience = now + deadline.saturating_duration_since(now) / share;
        let looked = self.looked.notified();
        self.look_up();
        let in_time = timeout_at(patience, looked).await.is_ok();
        match self.known_before() {
            Some(known) => Ok(self.in_order(&known)),
            None if !in_time => Err(ConnectFault::Timeout),
            None => Err(self.failure.take().map_or(ConnectFault::NoAddress, ConnectFault::Unresolved)),
        }
    }

    /// Renews what is no longer fresh, in the background.
    pub(super) fn renew(self: &Rc<Self>) {
        let now = Instant::now();
        self.forget_what_is_old(now);
        let is_stale = self.known.borrow().as_ref().is_some_and(|known| known.until <= now);
        let may = self.pause_until.get().is_none_or(|pause| pause <= now);
        if is_stale && may {
            self.look_up();
        }
    }

    /// It could not be reached: the next connection asks anew.
    pub(super) fn doubt(&self) {
        if let Some(known) = &mut *self.known.borrow_mut() {
            known.until = Instant::now();
        }
    }

    /// What connections made now are marked with.
    pub(super) fn generation(&self) -> u32 {
        self.generation.get()
    }

    /// Whether a connection to `peer` that was found right at `seen` still is.
    pub(super) fn leads_to(&self, peer: IpAddr, seen: &Cell<u32>) -> bool {
        if seen.get() == self.generation.get() {
            return true;
        }
        let is_right = self.known.borrow().as_ref().is_some_and(|known| known.addresses.contains(&peer));
        if is_right {
            seen.set(self.generation.get());
        }
        is_right
    }

    fn known(&self, now: Instant) -> Option<Rc<[IpAddr]>> {
        let known = self.known.borrow();
        known.as_ref().filter(|known| now < known.until).map(|known| Rc::clone(&known.addresses))
    }

    fn known_before(&self) -> Option<Rc<[IpAddr]>> {
        self.known.borrow().as_ref().map(|known| Rc::clone(&known.addresses))
    }

    fn look_up(self: &Rc<Self>) {
        if self.looking.replace(true) {
            return;
        }
        let name = Rc::clone(self);
        let (host, resolve) = (name.host.clone(), name.resolve.clone());
        spawn_local(async move {
            let found = spawn_blocking(move || resolve.0(&host)).await;
            name.found(found.unwrap_or_else(|_| Err(io::ErrorKind::Other.into())), Instant::now());
            name.looking.set(false);
            name.looked.notify_waiters();
        });
    }

    fn found(&self, found: io::Result<Vec<IpAddr>>, now: Instant) {
        match found {
            Ok(addresses) if !addresses.is_empty() => {
                let mut known = self.known.borrow_mut();
                let is_same = known.as_ref().is_some_and(|before| same_set(&before.addresses, &addresses));
                if known.is_some() && !is_same {
                    self.generation.set(self.generation.get().wrapping_add(1));
                }
                *known = Some(Known { addresses: addresses.into(), until: now + self.fresh, last_use: now + LAST_USE });
                self.pause_until.set(None);
            }
            nothing => {
                self.failure.replace(nothing.err());
                self.pause_until.set(Some(now + PAUSE));
                self.forget_what_is_old(now);
            }
        }
    }

    fn forget_what_is_old(&self, now: Instant) {
        if self.known.borrow_mut().take_if(|known| known.last_use <= now).is_some() {
            self.generation.set(self.generation.get().wrapping_add(1));
        }
    }

    /// The resolver's order; among the first ones of one family each gets its turn.
    fn in_order(&self, addresses: &[IpAddr]) -> Vec<SocketAddr> {
        let mut ordered: Vec<_> = addresses.iter().map(|&ip| SocketAddr::new(ip, self.port)).collect();
        let family = ordered.first().map(SocketAddr::is_ipv4);
        let alike = ordered.iter().take_while(|address| Some(address.is_ipv4()) == family).count();
        if let Some(alike @ [_, _, ..]) = ordered.get_mut(..alike) {
            let turn = self.turn.get();
            self.turn.set(turn.wrapping_add(1));
            alike.rotate_left(turn % alike.len());
        }
        ordered
    }
}

fn same_set(left: &[IpAddr], right: &[IpAddr]) -> bool {
    left.iter().all(|address| right.contains(address)) && right.iter().all(|address| left.contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_family_take_turns() {
        let name = Name::new("x.test", 80, &Resolve::default(), Duration::from_secs(30));
        let ips: Vec<IpAddr> = ["10.0.0.1", "10.0.0.2", "::1"].iter().map(|ip| ip.parse().unwrap()).collect();
        let first = |name: &Name| name.in_order(&ips).first().map(SocketAddr::to_string).unwrap();
        assert_eq!(first(&name), "10.0.0.1:80");
        assert_eq!(first(&name), "10.0.0.2:80");
        assert_eq!(first(&name), "10.0.0.1:80");
        assert_eq!(name.in_order(&ips).last().unwrap().to_string(), "[::1]:80");
    }

    #[test]
    fn a_connection_to_where_the_name_led_once_is_told() {
        let name = Name::new("x.test", 80, &Resolve::default(), Duration::from_secs(30));
        let (one, two): (IpAddr, IpAddr) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let now = Instant::now();
        name.found(Ok(vec![one, two]), now);
        let seen = Cell::new(name.generation());
        name.found(Ok(vec![two, one]), now);
        assert!(name.leads_to(one, &seen));
        name.found(Err(io::ErrorKind::NotFound.into()), now);
        name.found(Ok(vec![]), now);
        assert!(name.leads_to(one, &seen), "a failed look-up changes nothing");
        name.found(Ok(vec![two]), now);
        assert!(!name.leads_to(one, &seen));
        assert!(name.leads_to(two, &seen));
        name.found(Err(io::ErrorKind::NotFound.into()), now + LAST_USE - PAUSE);
        assert!(name.leads_to(two, &seen));
        name.found(Err(io::ErrorKind::NotFound.into()), now + LAST_USE);
        assert!(!name.leads_to(two, &seen), "nobody knows whose address it is by now");
    }
}
