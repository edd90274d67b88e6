//! One thing that is measured: where it listens, what is sent to it, and what each round found.

use super::certificate::Certificate;
use super::ours::{Expected, WORKER_THREADS};
use super::process::Process;
use super::seed::Seed;
use crate::clock;
use crate::load::{Draw, Figures, Keys, Order, Streams, closed_loop, http2_loop, status_of};
use anyhow::{Context as _, Result, bail};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

/// Connections of the closed loop.
pub(crate) const CONNECTIONS: usize = 64;
/// Connections of the uncounted pass: the first leases of many profiles share a transaction.
const PASS_CONNECTIONS: usize = 512;
/// Background work is looked at so often,
const QUIET_LOOK: Duration = Duration::from_millis(1200);
/// counts as done when it takes less than this in that time (0.5 %),
const QUIET_NANOS: u64 = 6_000_000;
/// and is waited for no longer than this after the pass over all keys,
const QUIET_LIMIT: Duration = Duration::from_secs(30);
/// and this after a round: reports, counts and log lines of its requests have gone by then. What comes later, as the
/// return of leases that idle for a minute, comes once for each profile and not for each request.
const ROUND_LIMIT: Duration = Duration::from_secs(5);
/// How long a proxy may take to read its configuration while it already listens.
const CONFIGURED_LIMIT: Duration = Duration::from_mins(1);

/// Something to measure.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its name in the report.
    pub(crate) name: String,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What is sent to it.
    pub(crate) keys: Rc<Keys>,
    /// What is sent in the uncounted pass: the same keys, small answers.
    pub(crate) pass_keys: Rc<Keys>,
    /// How it is called.
    pub(crate) transport: Transport,
    /// The process; `None`: the upstream itself, which is not measured.
    pub(crate) process: Option<Process>,
    /// What it must have counted; `None`: not ours.
    pub(crate) counts: Option<(Rc<Seed>, Expected)>,
    /// What each round found, or why it is void.
    pub(crate) rounds: Vec<Result<Round, String>>,
}

/// How a target is called.
#[derive(Debug, Clone)]
pub(crate) enum Transport {
    /// HTTP/1.1.
    Plain,
    /// HTTP/2 on TLS, with this certificate.
    Secure(Rc<Certificate>),
}

/// Streams of the closed loop on HTTP/2: as many requests under way as with HTTP/1.1.
const STREAMS: Streams = Streams { connections: 8, each: 8 };
/// Streams of the uncounted pass; more than 100 on one connection nobody allows.
const PASS_STREAMS: Streams = Streams { connections: 8, each: 64 };

/// What one round found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Round {
    /// Processor time per answer, in microseconds, all threads.
    pub(crate) cpu_us: f64,
    /// The part of threads that serve no requests.
    pub(crate) background_us: f64,
    /// That part by the names of threads.
    pub(crate) background: Vec<(String, f64)>,
    /// By the kernel's coarse sums.
    pub(crate) coarse_us: f64,
    /// Answers a second.
    pub(crate) rate: f64,
    /// Median time.
    pub(crate) p50: Duration,
    /// 99 of 100.
    pub(crate) p99: Duration,
    /// Memory after the round, in bytes.
    pub(crate) resident: u64,
    /// Answers.
    pub(crate) answers: u64,
}

impl Target {
    /// The key of the first profile from the own address, and, where checks are to be on, a wrong key and a wrong address.
    pub(crate) fn prove(&mut self, checked: Checked) -> Result<()> {
        if matches!(self.transport, Transport::Secure(_)) {
            return self.prove_secure();
        }
        let mut request = Vec::new();
        self.keys.write(0, &mut request);
        let own: IpAddr = [127, 0, 0, 1].into();
        // Some listen before they have read their configuration.
        let mut status = 0;
        let configured = clock::until(CONFIGURED_LIMIT, || {
            status = status_of(self.address, own, &request).unwrap_or(0);
            (status == 200).then_some(())
        });
        if configured.is_none() {
            bail!("{}: the first call is answered {status}", self.name);
        }
        if let Some((_, expected)) = &mut self.counts {
            expected.add_one();
        }
        if checked == Checked::No {
            return Ok(());
        }
        let status = status_of(self.address, [127, 9, 9, 9].into(), &request)?;
        if status != 403 {
            bail!("{}: a call from outside of the address list is answered {status}", self.name);
        }
        // The last character belongs to the credential.
        let at = request.len().saturating_sub(5);
        if let Some(byte) = request.get_mut(at) {
            *byte = if *byte == b'x' { b'y' } else { b'x' };
        }
        let status = status_of(self.address, own, &request)?;
        if status != 401 {
            bail!("{}: a call with a wrong key is answered {status}", self.name);
        }
        Ok(())
    }

    /// One call; keys and addresses are the same as over HTTP/1.1.
    fn prove_secure(&mut self) -> Result<()> {
        let one = Streams { connections: 1, each: 1 };
        let mut outcome = None;
        clock::until(CONFIGURED_LIMIT, || {
            let found = self.run(Order::Drawn(1, Draw::new(0)), 1, one);
            let good = found.is_ok();
            outcome = Some(found);
            good.then_some(())
        });
        let figures = outcome.context("no attempt")?.with_context(|| self.name.clone())?;
        self.note(&figures);
        Ok(())
    }

    /// Calls every key once, uncounted: first leases, first connections, warm caches. What that leaves to do in the
    /// background is waited for.
    pub(crate) fn pass(&mut self) -> Result<()> {
        let measured = std::mem::replace(&mut self.keys, Rc::clone(&self.pass_keys));
        let figures = self.run(Order::EachOnce, PASS_CONNECTIONS, PASS_STREAMS);
        self.keys = measured;
        self.note(&figures?);
        self.settle(QUIET_LIMIT);
        Ok(())
    }

    /// Waits until threads that serve no requests have next to nothing to do: what requests left to them is their cost.
    fn settle(&self, limit: Duration) {
        let (Some(process), true) = (&self.process, self.counts.is_some()) else { return };
        let mut before = process.snapshot();
        clock::until(limit, || {
            std::thread::sleep(QUIET_LOOK);
            let now = process.snapshot();
            let used = now.since(&before, WORKER_THREADS);
            before = now;
            (used.background_nanos < QUIET_NANOS).then_some(())
        });
    }

    /// A short uncounted run.
    pub(crate) fn warm(&mut self, requests: u64, draw: Draw) -> Result<()> {
        let figures = self.run(Order::Drawn(requests, draw), CONNECTIONS, STREAMS)?;
        self.note(&figures);
        Ok(())
    }

    /// One round of so many requests.
    pub(crate) fn round(&mut self, requests: u64, draw: Draw) -> Result<Round> {
        self.measured(|target| target.run(Order::Drawn(requests, draw), CONNECTIONS, STREAMS))
    }

    fn run(&self, order: Order, connections: usize, streams: Streams) -> Result<Figures> {
        match &self.transport {
            Transport::Plain => closed_loop(self.address, &self.keys, order, connections),
            Transport::Secure(shown) => http2_loop(self.address, &self.keys, order, streams, &shown.der),
        }
    }

    /// Measures a run.
    pub(crate) fn measured(&mut self, run: impl FnOnce(&Self) -> Result<Figures>) -> Result<Round> {
        let before = self.process.as_ref().map(Process::snapshot).unwrap_or_default();
        let figures = run(self)?;
        self.settle(ROUND_LIMIT);
        let after = self.process.as_ref().map(Process::snapshot).unwrap_or_default();
        self.note(&figures);
        let prefix = if self.counts.is_some() { WORKER_THREADS } else { "" };
        let used = after.since(&before, prefix);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let each = |nanos: u64| nanos as f64 / 1000.0 / figures.answers as f64;
        Ok(Round {
            cpu_us: each(used.nanos),
            background_us: each(used.background_nanos),
            background: used.background.iter().map(|(name, nanos)| (name.clone(), each(*nanos))).collect(),
            coarse_us: each(used.coarse_nanos),
            rate: figures.rate(),
            p50: figures.p50,
            p99: figures.p99,
            resident: self.process.as_ref().map_or(0, Process::resident_bytes),
            answers: figures.answers,
        })
    }

    /// Compares the server's own counts with the driver's; an error ends the whole run.
    pub(crate) fn check_counts(&self) -> Result<()> {
        let Some((seed, expected)) = &self.counts else { return Ok(()) };
        expected.check(seed).map(drop).with_context(|| format!("{}: the usage counts are wrong", self.name))
    }

    /// After a void round: lets what is under way end, then begins to count anew.
    pub(crate) fn recover(&mut self) -> Result<()> {
        self.settle(QUIET_LIMIT);
        match &mut self.counts {
            Some((seed, expected)) => expected.learn(seed),
            None => Ok(()),
        }
    }

    fn note(&mut self, figures: &Figures) {
        if let Some((_, expected)) = &mut self.counts {
            expected.add(&figures.by_key);
        }
    }
}

/// Whether a target checks keys and addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    /// It does.
    Yes,
    /// It does not, or not in a way that the same requests show.
    No,
}
