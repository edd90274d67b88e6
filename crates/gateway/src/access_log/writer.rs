//! The one thread that writes the access log. What it cannot write it drops and counts; it never makes a worker wait.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

/// Buffers that may wait for the writer; 16 MiB if all are full.
const QUEUE: usize = 256;
/// How long a flush may take, with a disk or a pipe that does not take what is written.
const FLUSH_LIMIT: Duration = Duration::from_secs(3);

/// Where the access log goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessLogOutput {
    /// Standard output.
    Stdout,
    /// The end of this file, which is made with mode 0640 if it is not there.
    File(PathBuf),
}

/// The way to the writer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AccessLogWriter {
    queue: SyncSender<Message>,
    unwritten: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Message {
    /// Whole lines, and how many.
    Lines(Vec<u8>, u64),
    Reopen,
    Flush(SyncSender<()>),
}

impl AccessLogWriter {
    /// Opens the output and starts the thread.
    pub fn start(output: AccessLogOutput) -> io::Result<Self> {
        let target = Target::open(&output)?;
        let (queue, messages) = sync_channel(QUEUE);
        let unwritten = Arc::new(AtomicU64::new(0));
        let writing = Writing { output, target, unwritten: Arc::clone(&unwritten), is_torn: false, is_failing: false };
        thread::Builder::new().name("access-log".to_owned()).spawn(move || writing.run(&messages))?;
        Ok(Self { queue, unwritten })
    }

    /// One whose writer takes nothing from a queue of this length.
    #[cfg(test)]
    pub(super) fn stuck(queue: usize) -> (Self, impl Sized) {
        let (queue, messages) = sync_channel(queue);
        (Self { queue, unwritten: Arc::default() }, messages)
    }

    /// Opens the file anew, after another program moved it away. Returns at once; what was queued before goes to the
    /// old one.
    pub fn reopen(&self) {
        // With a full queue the writer is stuck, and a new file would not help it.
        if self.queue.try_send(Message::Reopen).is_err() {
            tracing::warn!("the access log was not opened anew: its writer is behind");
        }
    }

    /// Waits until what was queued is written, at most three seconds. Blocks the thread.
    pub fn flush(&self) {
        let (done, is_done) = sync_channel(1);
        if self.queue.try_send(Message::Flush(done)).is_err() || is_done.recv_timeout(FLUSH_LIMIT).is_err() {
            tracing::warn!("the end of the access log could not be written");
        }
    }

    /// Lines that could not be written.
    pub fn unwritten_lines(&self) -> u64 {
        self.unwritten.load(Ordering::Relaxed)
    }

    /// Queues whole lines. Says whether there was room.
    pub(super) fn send(&self, lines: Vec<u8>, count: u64) -> bool {
        match self.queue.try_send(Message::Lines(lines, count)) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }
}

enum Target {
    Stdout(io::Stdout),
    File(File),
}

impl Target {
    fn open(output: &AccessLogOutput) -> io::Result<Self> {
        match output {
            AccessLogOutput::Stdout => Ok(Self::Stdout(io::stdout())),
            AccessLogOutput::File(path) => {
                OpenOptions::new().create(true).append(true).mode(0o640).open(path).map(Self::File)
            }
        }
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => {
                let mut stdout = stdout.lock();
                stdout.write_all(lines)?;
                stdout.flush()
            }
            Self::File(file) => file.write_all(lines),
        }
    }
}

struct Writing {
    output: AccessLogOutput,
    target: Target,
    unwritten: Arc<AtomicU64>,
    /// A failed write may have left half a line behind.
    is_torn: bool,
    is_failing: bool,
}

impl Writing {
    fn run(mut self, messages: &Receiver<Message>) {
        while let Ok(message) = messages.recv() {
            match message {
                Message::Lines(lines, count) => self.write(&lines, count),
                Message::Reopen => self.reopen(),
                // Whoever waited may have given up.
                Message::Flush(done) => done.send(()).unwrap_or_default(),
            }
        }
    }

    fn write(&mut self, lines: &[u8], count: u64) {
        let written = if self.is_torn { self.target.write(b"\n") } else { Ok(()) };
        if let Err(error) = written.and_then(|()| self.target.write(lines)) {
            self.is_torn = true;
            self.unwritten.fetch_add(count, Ordering::Relaxed);
            if !self.is_failing {
                tracing::error!(%error, "the access log cannot be written: its lines are dropped");
            }
            self.is_failing = true;
            return;
        }
        self.is_torn = false;
        if std::mem::take(&mut self.is_failing) {
            tracing::warn!(unwritten = self.unwritten.load(Ordering::Relaxed), "the access log is written again");
        }
    }

    fn reopen(&mut self) {
        match Target::open(&self.output) {
            Ok(target) => {
                self.target = target;
                self.is_torn = false;
            }
            Err(error) => tracing::error!(%error, "the access log cannot be opened anew: it goes on in the old file"),
        }
    }
}
