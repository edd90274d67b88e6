//! The upstream of one collection as one worker uses it: its addresses, which of them is next, and how many requests
//! may be in flight.

use super::address::Address;
use super::checks::Check;
use super::health::{Fitness, Trial};
use crate::worker_state::Worker;
use domain::directory::CollectionEntry;
use domain::upstream::{BaseUrl, Upstream};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The upstream of a collection, in one version of it.
pub(crate) struct Group {
    upstream: Arc<Upstream>,
    addresses: Box<[Rc<Address>]>,
    turn: Cell<usize>,
    places: Places,
    checks: RefCell<Vec<Check>>,
}

/// Where a request goes.
pub(crate) struct Choice {
    pub(crate) address: Rc<Address>,
    /// The one request that tries an address which was set aside.
    pub(crate) trial: Option<Trial>,
    at: usize,
}

/// Addresses that a request was at already.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tried(u16);

impl Tried {
    pub(crate) fn add(&mut self, choice: &Choice) {
        self.0 |= 1 << choice.at;
    }

    fn contains(self, at: usize) -> bool {
        self.0 & (1 << at) != 0
    }
}

impl Group {
    /// Takes over what stays the same as `before`.
    pub(super) fn new(worker: &Worker, collection: &CollectionEntry, before: Option<&Self>) -> Self {
        let (upstream, shared) = (collection.upstream(), worker.upstreams());
        let addresses = upstream.urls.iter().map(|url| {
            let kept = before.and_then(|before| before.kept(upstream, url));
            kept.unwrap_or_else(|| Rc::new(Address::new(worker, collection, url)))
        });
        let most_here = (worker.config().in_flight_per_worker / 2).max(1);
        let on_node = upstream.max_in_flight.map(|most| {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            OnNode { taken: shared.in_flight(collection.id()), most }
        });
        Self {
            addresses: addresses.collect(),
            // Workers do not all begin with the first.
            turn: Cell::new(usize::try_from(worker.ids().next() >> 32).unwrap_or_default()),
            places: Places {
                here: before.map_or_else(Rc::default, |before| Rc::clone(&before.places.here)),
                most_here,
                on_node,
            },
            checks: RefCell::default(),
            upstream: Arc::clone(upstream),
        }
    }

    /// An address that is connected to in the same way.
    fn kept(&self, upstream: &Upstream, url: &BaseUrl) -> Option<Rc<Address>> {
        let is_same_way = self.upstream.tls == upstream.tls && self.upstream.http == upstream.http;
        self.addresses.iter().find(|address| is_same_way && address.url() == url).cloned()
    }

    pub(crate) fn upstream(&self) -> &Arc<Upstream> {
        &self.upstream
    }

    pub(super) fn addresses(&self) -> &[Rc<Address>] {
        &self.addresses
    }

    pub(super) fn checks(&self) -> &RefCell<Vec<Check>> {
        &self.checks
    }

    /// A place among the requests in flight, if there is one.
    pub(crate) fn enter(&self) -> Option<Place> {
        self.places.enter()
    }

    /// The fit address with the least outstanding requests, each in its turn among equals; or one that was set aside,
    /// if its trial is due or none is fit. `None` if none may be called.
    pub(crate) fn choose(&self, tried: Tried) -> Option<Choice> {
        let turn = self.turn.get();
        self.turn.set(turn.wrapping_add(1));
        let count = self.addresses.len();
        let mut best: Option<(usize, usize)> = None;
        let mut soonest: Option<(usize, u64)> = None;
        for step in 0..count {
            let at = turn.wrapping_add(step) % count;
            let Some(address) = self.addresses.get(at).filter(|_| !tried.contains(at)) else { continue };
            match address.health().fitness() {
                Fitness::Good => {
                    let outstanding = address.outstanding();
                    if best.is_none_or(|(_, least)| outstanding < least) {
                        best = Some((at, outstanding));
                    }
                }
                Fitness::Due => {
                    if let Some(trial) = address.health().begin_trial() {
                        return self.choice(at, Some(trial));
                    }
                }
                Fitness::Aside(left) => {
                    if soonest.is_none_or(|(_, least)| left < least) {
                        soonest = Some((at, left));
                    }
                }
                Fitness::Down => {}
            }
        }
        if let Some((at, _)) = best {
            return self.choice(at, None);
        }
        let (at, _) = soonest?;
        let trial = self.addresses.get(at)?.health().begin_trial()?;
        self.choice(at, Some(trial))
    }

    fn choice(&self, at: usize, trial: Option<Trial>) -> Option<Choice> {
        let address = Rc::clone(self.addresses.get(at)?);
        Some(Choice { address, trial, at })
    }
}

/// How many requests may be in flight to one upstream.
struct Places {
    here: Rc<Cell<usize>>,
    /// Half of the worker's places: the other half is left to other upstreams.
    most_here: usize,
    on_node: Option<OnNode>,
}

struct OnNode {
    taken: Arc<AtomicUsize>,
    most: usize,
}

impl Places {
    fn enter(&self) -> Option<Place> {
        let here = self.here.get();
        if here >= self.most_here {
            return None;
        }
        let on_node = match &self.on_node {
            None => None,
            Some(OnNode { taken, most }) => {
                if taken.fetch_add(1, Relaxed) >= *most {
                    taken.fetch_sub(1, Relaxed);
                    return None;
                }
                Some(Arc::clone(taken))
            }
        };
        self.here.set(here + 1);
        Some(Place { here: Rc::clone(&self.here), on_node })
    }
}

/// One request in flight to an upstream, until it is dropped.
pub(crate) struct Place {
    here: Rc<Cell<usize>>,
    on_node: Option<Arc<AtomicUsize>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.here.set(self.here.get().saturating_sub(1));
        if let Some(on_node) = &self.on_node {
            on_node.fetch_sub(1, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_on_the_worker_and_on_the_node() {
        let taken = Arc::new(AtomicUsize::new(0));
        let places = |most_here| Places {
            here: Rc::default(),
            most_here,
            on_node: Some(OnNode { taken: Arc::clone(&taken), most: 3 }),
        };
        let (one, other) = (places(2), places(2));
        let held = [one.enter().unwrap(), one.enter().unwrap()];
        assert!(one.enter().is_none(), "no more on this worker");
        let third = other.enter().unwrap();
        assert!(other.enter().is_none(), "no more on the node");
        drop(held);
        assert!(other.enter().is_some());
        drop(third);
        assert_eq!(taken.load(Relaxed), 0);
    }
}
