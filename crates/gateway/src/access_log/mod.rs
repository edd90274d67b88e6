//! The access log: one line per request, written when its answer has ended.
//!
//! 1. A request that was recorded gets a [`Line`], which the body of its answer holds.
//! 2. With the body the line ends: it is formatted into the buffer of its worker (`line.rs`).
//! 3. A full buffer, and once a second any, goes over a bounded queue to the one writer (`writer.rs`).
//!
//! With a full queue the lines are dropped and counted; a request never waits. A line holds no credential, no body and
//! no query.

mod line;
mod writer;

pub use writer::{AccessLogOutput, AccessLogWriter};

use crate::counts::Counts;
use crate::recent::Recorded;
use crate::seam::Version;
use crate::worker_state::Worker;
use domain::time::Monotonic;
use line::{Ending, Entry, SecondText};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// From this length on a buffer is handed over.
const FULL_BYTES: usize = 64 * 1024;
/// Room for the line that fills it. The longest has 256 characters of path, each of 12 bytes.
const SLACK_BYTES: usize = 4 * 1024;

/// The access log of one worker.
pub(crate) struct AccessLog {
    writer: AccessLogWriter,
    seconds: SecondText,
    buffer: RefCell<Vec<u8>>,
    lines: Cell<u64>,
    /// Dropped lines that were not told about yet.
    untold: Cell<u64>,
}

impl AccessLog {
    pub(crate) fn new(writer: AccessLogWriter) -> Self {
        Self {
            writer,
            seconds: SecondText::default(),
            buffer: RefCell::default(),
            lines: Cell::new(0),
            untold: Cell::new(0),
        }
    }

    fn write(&self, entry: &Entry<'_>, counts: &Counts) {
        let is_full = {
            let mut buffer = self.buffer.borrow_mut();
            if buffer.capacity() == 0 {
                buffer.reserve(FULL_BYTES + SLACK_BYTES);
            }
            line::push(&mut buffer, &self.seconds, entry);
            buffer.len() >= FULL_BYTES
        };
        self.lines.set(self.lines.get() + 1);
        if is_full {
            self.send(counts);
        }
    }

    /// Hands over what there is. To be called once a second and at the end.
    pub(crate) fn hand_over(&self, counts: &Counts) {
        if self.lines.get() > 0 {
            self.send(counts);
        }
        let untold = self.untold.take();
        if untold > 0 {
            tracing::warn!(lines = untold, "lines of the access log were dropped: its writer is behind");
        }
    }

    fn send(&self, counts: &Counts) {
        let lines = self.lines.take();
        if !self.writer.send(self.buffer.take(), lines) {
            counts.access_log_dropped.add(lines);
            self.untold.set(self.untold.get() + lines);
        }
    }
}

/// The line of one request: written when this is dropped.
pub(crate) struct Line {
    worker: Rc<Worker>,
    recorded: Rc<Recorded>,
    /// `None`: the head could not be read.
    version: Option<Version>,
    /// When the head of the answer was ready.
    since: Monotonic,
    sent_bytes: u64,
    ending: Ending,
}

impl Line {
    /// `since`: when what was recorded ends, with the head of the answer.
    pub(crate) fn new(worker: Rc<Worker>, recorded: Rc<Recorded>, version: Option<Version>, since: Monotonic) -> Self {
        Self { worker, recorded, version, since, sent_bytes: 0, ending: Ending::BrokenOff }
    }

    /// Bytes of the answer's body that go out.
    pub(crate) fn add_sent(&mut self, bytes: usize) {
        self.sent_bytes += u64::try_from(bytes).unwrap_or_default();
    }

    /// The answer has ended as it should.
    pub(crate) fn complete(&mut self) {
        self.ending = Ending::Complete;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let Some(log) = self.worker.access_log() else { return };
        let nanos = self.worker.now().monotonic.0.saturating_sub(self.since.0);
        let entry = Entry {
            recorded: &self.recorded,
            version: self.version,
            sent_bytes: self.sent_bytes,
            latency_micros: self.recorded.latency_micros + nanos / 1000,
            ending: self.ending,
        };
        log.write(&entry, self.worker.counts());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_that_is_behind_costs_lines_and_no_wait() {
        let (writer, stuck) = AccessLogWriter::stuck(2);
        let (log, counts) = (AccessLog::new(writer), Counts::default());
        for _ in 0..5 {
            log.buffer.borrow_mut().extend_from_slice(b"{}\n{}\n");
            log.lines.set(2);
            log.hand_over(&counts);
        }
        assert_eq!(counts.access_log_dropped.get(), 6);
        drop(stuck);
    }
}
