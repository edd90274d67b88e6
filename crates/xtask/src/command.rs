//! Runs a program as one step: its output goes to a log file and, line by line, to a listener.
//!
//! Two threads read the program's two pipes; this thread shows progress and watches the time limit.
//! When the program fails, the end of its log is printed.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::clock::Stopwatch;
use crate::progress::Step;
use crate::workspace;

/// Lines of the log that a failure shows.
const LINES_SHOWN: usize = 60;

/// How a step's program ended.
pub(crate) struct Ended {
    /// Its exit status.
    pub(crate) status: ExitStatus,
    /// The last lines of its output.
    pub(crate) tail: Vec<String>,
    /// The whole output.
    pub(crate) log: PathBuf,
}

impl Ended {
    /// Prints the end of the log, and where the rest is.
    pub(crate) fn show(&self) {
        for line in &self.tail {
            eprintln!("   | {line}");
        }
        eprintln!("   whole output: {}", workspace::shown(&self.log));
    }
}

/// Runs `command` within `limit`, showing its last line at `step` and handing each line to `listen`.
pub(crate) fn watch(
    step: &mut Step,
    log_name: &str,
    mut command: Command,
    limit: Duration,
    mut listen: impl FnMut(&str),
) -> Result<Ended> {
    let log = workspace::logs()?.join(format!("{log_name}.log"));
    let mut file = File::create(&log).with_context(|| format!("write {}", log.display()))?;
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("start {program}"))?;
    let (sender, lines) = channel();
    if let Some(output) = child.stdout.take() {
        forward(output, sender.clone());
    }
    if let Some(output) = child.stderr.take() {
        forward(output, sender);
    }
    let since = Stopwatch::start();
    let mut tail: Vec<String> = Vec::new();
    let mut activity = String::new();
    loop {
        match lines.recv_timeout(Duration::from_secs(1)) {
            Ok(line) => {
                writeln!(file, "{line}").with_context(|| format!("write {}", log.display()))?;
                listen(&line);
                if !line.trim().is_empty() {
                    activity.clone_from(&line);
                }
                tail.push(line);
                if tail.len() > LINES_SHOWN {
                    tail.remove(0);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        step.now(activity.trim());
        if since.elapsed() > limit {
            child.kill().ok();
            child.wait().ok();
            bail!("{program} took longer than {} s; output in {}", limit.as_secs(), workspace::shown(&log));
        }
    }
    let status = child.wait().with_context(|| format!("wait for {program}"))?;
    Ok(Ended { status, tail, log })
}

/// Runs `command` as the step `name` and prints its end if it fails.
pub(crate) fn step(name: &str, log_name: &str, command: Command, limit: Duration) -> bool {
    let mut step = Step::begin(name);
    match watch(&mut step, log_name, command, limit, |_| {}) {
        Ok(ended) if ended.status.success() => {
            step.done("");
            true
        }
        Ok(ended) => {
            step.failed(&ended.status.to_string());
            ended.show();
            false
        }
        Err(error) => {
            step.failed(&format!("{error:#}"));
            false
        }
    }
}

/// What a short program prints, trimmed; none if it is missing or fails.
pub(crate) fn answer_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn forward(output: impl Read + Send + 'static, lines: Sender<String>) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(output);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
            if lines.send(text).is_err() {
                break;
            }
            line.clear();
        }
    });
}
