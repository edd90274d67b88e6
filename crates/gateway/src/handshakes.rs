//! Connections of one worker that have yet to show who they are (PROXY header, TLS handshake): bounded, and when all
//! places are taken the oldest gives way, so that slow ones cannot keep honest ones out.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use tokio::sync::Notify;

/// The connections that are not through yet.
pub(crate) struct Handshakes {
    open: RefCell<BTreeMap<u64, Rc<Notify>>>,
    next: Cell<u64>,
    most: usize,
}

/// A place among them, until it is dropped.
pub(crate) struct Handshake {
    all: Rc<Handshakes>,
    number: u64,
    ended: Rc<Notify>,
}

impl Handshakes {
    /// At most `most` at once, at least one.
    pub(crate) fn new(most: usize) -> Rc<Self> {
        Rc::new(Self { open: RefCell::default(), next: Cell::new(0), most: most.max(1) })
    }

    /// A place, taken from the oldest if there is no other.
    pub(crate) fn begin(self: &Rc<Self>) -> Handshake {
        let number = self.next.get();
        self.next.set(number + 1);
        let ended = Rc::new(Notify::new());
        let mut open = self.open.borrow_mut();
        if open.len() >= self.most
            && let Some((_, oldest)) = open.pop_first()
        {
            oldest.notify_one();
        }
        open.insert(number, Rc::clone(&ended));
        Handshake { all: Rc::clone(self), number, ended }
    }
}

impl Handshake {
    /// Ready when the place has been given to another.
    pub(crate) async fn ended(&self) {
        self.ended.notified().await;
    }
}

impl Drop for Handshake {
    fn drop(&mut self) {
        self.all.open.borrow_mut().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn the_oldest_gives_way_when_all_places_are_taken() {
        let all = Handshakes::new(2);
        let (first, second) = (all.begin(), all.begin());
        let third = all.begin();
        assert!(first.ended().now_or_never().is_some());
        assert!(second.ended().now_or_never().is_none());
        drop((first, third));
        let fourth = all.begin();
        assert!(second.ended().now_or_never().is_none());
        let _fifth = all.begin();
        assert!(second.ended().now_or_never().is_some());
        assert!(fourth.ended().now_or_never().is_none());
    }
}
