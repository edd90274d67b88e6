//! An open-loop load: calls become due at a rate, whether or not earlier ones were answered, on a bounded number of kept
//! connections. A call that becomes due while all of them wait for answers is not sent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, timeout};

use crate::connection::Connection;

/// What to send.
#[derive(Clone, Debug)]
pub struct Load {
    /// Where.
    pub gateway: SocketAddr,
    /// Path of a GET.
    pub path: String,
    /// A header line, as with the credential.
    pub header: String,
    /// Connections that are kept.
    pub connections: usize,
    /// Calls a second; `None`: each connection calls again as soon as it was answered.
    pub per_second: Option<u32>,
    /// After this time a caller is no longer interested.
    pub patience: Duration,
    /// For this long.
    pub lasts: Duration,
}

/// What became of the calls.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Answered 200 in time: milliseconds from when each was sent.
    pub good: Vec<f64>,
    /// Answered 503 with `Retry-After`.
    pub shed: usize,
    /// Answered with anything else, by status.
    pub other: Vec<u16>,
    /// Given up: answered too late, or not at all.
    pub late: usize,
    /// Not sent, as all connections waited for answers.
    pub unsent: usize,
    /// Connections that broke.
    pub broken: usize,
}

impl Outcome {
    /// The quantile, in milliseconds, of calls answered 200.
    pub fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.good.clone();
        sorted.sort_by(f64::total_cmp);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "small"
        )]
        let at = (part * sorted.len() as f64) as usize;
        sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
    }

    fn add(&mut self, other: Self) {
        self.good.extend(other.good);
        self.other.extend(other.other);
        self.shed += other.shed;
        self.late += other.late;
        self.unsent += other.unsent;
        self.broken += other.broken;
    }
}

/// Sends it. What was under way at the end is not counted.
pub async fn run(load: Load) -> Result<Outcome> {
    let due = Arc::new(Semaphore::new(0));
    let end = Instant::now() + load.lasts;
    let mut callers = JoinSet::new();
    for _ in 0..load.connections {
        callers.spawn(call(load.clone(), Arc::clone(&due), end));
    }
    let mut outcome = Outcome::default();
    if let Some(rate) = load.per_second {
        outcome.unsent = arrive(rate, &due, end).await;
    }
    while let Some(one) = callers.join_next().await {
        outcome.add(one?);
    }
    Ok(outcome)
}

/// Calls become due, ten milliseconds' worth at a time. Gives how many found no connection.
async fn arrive(rate: u32, due: &Semaphore, end: Instant) -> usize {
    let began = Instant::now();
    let (mut sent, mut unsent) = (0_u64, 0);
    let mut ticks = interval(Duration::from_millis(10));
    while Instant::now() < end {
        ticks.tick().await;
        unsent += due.forget_permits(usize::MAX);
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let wanted = millis * u64::from(rate) / 1000;
        due.add_permits(usize::try_from(wanted.saturating_sub(sent)).unwrap_or_default());
        sent = wanted;
    }
    unsent
}

async fn call(load: Load, due: Arc<Semaphore>, end: Instant) -> Outcome {
    let mut outcome = Outcome::default();
    let mut connection = None;
    loop {
        if load.per_second.is_some() {
            match timeout(end.saturating_duration_since(Instant::now()), due.acquire()).await {
                Ok(Ok(permit)) => permit.forget(),
                Ok(Err(_)) | Err(_) => return outcome,
            }
        }
        let began = Instant::now();
        let exchange = exchange(&mut connection, &load);
        let answered = timeout(end.saturating_duration_since(began), exchange).await;
        match answered {
            Ok(Answered::Status(200)) => outcome.good.push(began.elapsed().as_secs_f64() * 1000.0),
            Ok(Answered::Shed) => outcome.shed += 1,
            Ok(Answered::Status(status)) => outcome.other.push(status),
            Ok(Answered::Late) => outcome.late += 1,
            Ok(Answered::Broken) => outcome.broken += 1,
            Err(_) => return outcome,
        }
    }
}

enum Answered {
    Status(u16),
    /// 503 with `Retry-After`.
    Shed,
    Late,
    Broken,
}

async fn exchange(connection: &mut Option<Connection>, load: &Load) -> Answered {
    let answered = timeout(load.patience, async {
        let open = match connection {
            Some(open) => open,
            None => connection.insert(Connection::open(load.gateway).await?),
        };
        let status = open.status(&load.path, &load.header, load.patience).await?;
        anyhow::Ok((status, open.says_when_to_retry()))
    })
    .await;
    match answered {
        Ok(Ok((503, true))) => Answered::Shed,
        Ok(Ok((status, _))) => Answered::Status(status),
        Ok(Err(_)) => {
            *connection = None;
            Answered::Broken
        }
        Err(_) => {
            *connection = None;
            Answered::Late
        }
    }
}
