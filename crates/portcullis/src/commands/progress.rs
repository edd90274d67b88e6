//! What is shown at a terminal while something takes long: on standard error, and nothing where that is no terminal.

use indicatif::{ProgressBar, ProgressStyle};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const EVERY: Duration = Duration::from_millis(200);
const WAITING: &str = "{spinner} {msg} ({elapsed})";
const COPYING: &str = "{spinner} {msg} {bar:30} {bytes} of {total_bytes} ({elapsed})";

/// Something whose end cannot be told before: a message and the time that it has taken so far.
pub(super) fn waiting(what: &str) -> ProgressBar {
    started(ProgressBar::new_spinner().with_message(what.to_owned()), WAITING)
}

/// So many bytes that pass through this process.
pub(super) fn copying(what: &str, bytes: u64) -> ProgressBar {
    started(ProgressBar::new(bytes).with_message(what.to_owned()), COPYING)
}

fn started(bar: ProgressBar, template: &str) -> ProgressBar {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(EVERY);
    bar
}

/// Follows a file that something else writes, until it is dropped.
pub(super) struct Following {
    bar: ProgressBar,
    end: Option<Sender<()>>,
    looking: Option<JoinHandle<()>>,
}

/// Shows how far the copy of a file is.
pub(super) fn following(what: &str, from: &Path, copy: &Path) -> Following {
    let length = |path: &Path| fs::metadata(path).map(|meta| meta.len()).unwrap_or_default();
    let bar = copying(what, length(from));
    let (end, ends) = channel::<()>();
    let (shown, copy): (ProgressBar, PathBuf) = (bar.clone(), copy.to_owned());
    let looking = thread::spawn(move || {
        while ends.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
            shown.set_position(length(&copy));
        }
    });
    Following { bar, end: Some(end), looking: Some(looking) }
}

impl Drop for Following {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(looking) = self.looking.take() {
            let _ = looking.join();
        }
        self.bar.finish_and_clear();
    }
}
