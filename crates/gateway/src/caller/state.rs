//! What the two ends of a caller's connection tell each other: the stream below HTTP and the request handler above.

use crate::in_flight::Admitted;
use domain::denial::Denial;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;

/// Where a connection is with its current request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Waiting for, or reading, a head.
    Idle,
    /// A checked head was handed up; nobody has taken the request yet.
    Released,
    /// The request is being answered.
    InFlight,
    /// The answer was produced to its end; parts of it may not be written yet.
    Answered,
}

/// Shared by the parts of one connection, all in one task.
#[derive(Debug)]
pub(crate) struct CallerState {
    phase: Cell<Phase>,
    target: RefCell<Vec<u8>>,
    fault: Cell<Option<Denial>>,
    reader: RefCell<Option<Waker>>,
    /// The request that is being answered, if it may be cut.
    admitted: RefCell<Option<Rc<Admitted>>>,
}

impl CallerState {
    pub(crate) fn new() -> Self {
        Self {
            phase: Cell::new(Phase::Idle),
            target: RefCell::default(),
            fault: Cell::new(None),
            reader: RefCell::default(),
            admitted: RefCell::default(),
        }
    }

    /// A request was taken up. Gives its target, as it was sent.
    pub(crate) fn take_request(&self) -> Vec<u8> {
        self.phase.set(Phase::InFlight);
        self.target.take()
    }

    /// From now on this request is answered.
    pub(crate) fn answers(&self, admitted: Option<Rc<Admitted>>) {
        self.admitted.replace(admitted);
    }

    /// Whether what is being written is not to be written to its end.
    pub(super) fn is_cut(&self) -> bool {
        self.admitted.borrow().as_ref().is_some_and(|admitted| admitted.is_cut())
    }

    /// The answer was produced to its end.
    pub(crate) fn answered(&self) {
        if self.phase.get() == Phase::InFlight {
            self.phase.set(Phase::Answered);
        }
    }

    /// What was wrong with the head that could not be read; nobody has answered it yet.
    pub(crate) fn fault(&self) -> Option<Denial> {
        self.fault.get()
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase.get()
    }

    pub(super) fn release(&self, target: &[u8]) {
        self.target.replace(target.to_vec());
        self.phase.set(Phase::Released);
    }

    pub(super) fn set_fault(&self, denial: Denial) {
        self.fault.set(Some(denial));
    }

    /// Everything was written: the next head may come. Wakes the reading side, which may hold that head already.
    pub(super) fn flushed(&self) {
        if self.phase.get() == Phase::Answered {
            self.phase.set(Phase::Idle);
            self.admitted.take();
            if let Some(reader) = self.reader.take() {
                reader.wake();
            }
        }
    }

    pub(super) fn wake_on_flush(&self, waker: &Waker) {
        let mut reader = self.reader.borrow_mut();
        match &mut *reader {
            Some(known) => known.clone_from(waker),
            None => *reader = Some(waker.clone()),
        }
    }
}
