//! Writing after everything else that is ready: what wakes other processes is done in one go.
//!
//! A write to a socket wakes whoever waits for it, which costs more than the write itself when that process sleeps on
//! another processor. Writes that follow one another closely find it awake.

use std::task::{Context, Poll};

/// Passes the turn once to all tasks of this worker that are ready.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    is_passed: bool,
}

impl Turn {
    /// Pending the first time, after asking to be polled again once the others were.
    pub(crate) fn poll_last(&mut self, ctx: &Context<'_>) -> Poll<()> {
        if self.is_passed {
            return Poll::Ready(());
        }
        self.is_passed = true;
        ctx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Wake, Waker};

    #[derive(Default)]
    struct Asked(AtomicUsize);

    impl Wake for Asked {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn the_turn_is_passed_once_and_asked_for_again() {
        let asked = Arc::new(Asked::default());
        let waker = Waker::from(Arc::clone(&asked));
        let ctx = Context::from_waker(&waker);
        let mut turn = Turn::default();
        assert_eq!(turn.poll_last(&ctx), Poll::Pending);
        assert_eq!(asked.0.load(Ordering::SeqCst), 1);
        assert_eq!((turn.poll_last(&ctx), turn.poll_last(&ctx)), (Poll::Ready(()), Poll::Ready(())));
        assert_eq!(asked.0.load(Ordering::SeqCst), 1);
    }
}
