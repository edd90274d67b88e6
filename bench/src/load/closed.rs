//! Closed loop: each connection sends its next request when its answer is complete, until a fixed number was sent.

use super::connection::Connection;
use super::figures::{Figures, nanos};
use super::keys::{Draw, Keys};
use crate::clock;
use anyhow::{Context as _, Result, bail};
use mio::{Events, Interest, Poll, Token};
use std::net::SocketAddr;
use std::time::Duration;

/// Bytes read at once: an answer of 1 MiB takes few reads.
const READ_BYTES: usize = 256 * 1024;
/// Without any answer for so long the run is void.
pub(super) const SILENCE: Duration = Duration::from_secs(10);

/// Which keys, in which order.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    /// So many, drawn uniformly from all.
    Drawn(u64, Draw),
    /// Each once.
    EachOnce,
}

impl Order {
    pub(super) fn count(&self, keys: &Keys) -> u64 {
        match self {
            Self::Drawn(count, _) => *count,
            Self::EachOnce => keys.count() as u64,
        }
    }

    pub(super) fn next(&mut self, sent: u64, keys: &Keys) -> usize {
        match self {
            Self::Drawn(_, draw) => draw.below(keys.count()),
            Self::EachOnce => usize::try_from(sent).unwrap_or(0),
        }
    }
}

/// Runs to the last answer.
pub(crate) fn closed_loop(address: SocketAddr, keys: &Keys, order: Order, connections: usize) -> Result<Figures> {
    let mut run = Run::new(keys, order);
    let mut poll = Poll::new().context("poll")?;
    let mut events = Events::with_capacity(1024);
    let wanted = usize::try_from(run.total).unwrap_or(usize::MAX).min(connections);
    let mut all: Vec<Connection> =
        (0..wanted).map(|_| Connection::open(address, clock::now())).collect::<Result<_>>()?;
    for (number, connection) in all.iter_mut().enumerate() {
        poll.registry().register(&mut connection.stream, Token(number), Interest::READABLE).context("poll")?;
    }
    let start = clock::now();
    for connection in &mut all {
        run.send(connection)?;
    }
    while run.answered() < run.total {
        poll.poll(&mut events, Some(SILENCE)).context("poll")?;
        if events.is_empty() {
            bail!("no answer for {} s; {} of {} came", SILENCE.as_secs(), run.answered(), run.total);
        }
        for event in &events {
            if let Some(connection) = all.get_mut(event.token().0) {
                run.receive(connection)?;
            }
        }
    }
    Ok(Figures::of(run.times, run.by_key, start.elapsed()))
}

struct Run<'a> {
    keys: &'a Keys,
    order: Order,
    total: u64,
    sent: u64,
    times: Vec<u32>,
    by_key: Vec<u32>,
    request: Vec<u8>,
    buffer: Vec<u8>,
}

impl<'a> Run<'a> {
    fn new(keys: &'a Keys, order: Order) -> Self {
        let total = order.count(keys);
        Self {
            keys,
            order,
            total,
            sent: 0,
            times: Vec::with_capacity(usize::try_from(total).unwrap_or(0)),
            by_key: vec![0; keys.count()],
            request: Vec::new(),
            buffer: vec![0; READ_BYTES],
        }
    }

    fn answered(&self) -> u64 {
        self.times.len() as u64
    }

    /// Sends the next request, if there is one.
    fn send(&mut self, connection: &mut Connection) -> Result<()> {
        if self.sent == self.total {
            return Ok(());
        }
        let key = self.order.next(self.sent, self.keys);
        self.keys.write(key, &mut self.request);
        connection.send(&self.request, key, clock::now())?;
        self.sent += 1;
        Ok(())
    }

    fn receive(&mut self, connection: &mut Connection) -> Result<()> {
        let Some((status, key)) = connection.receive(&mut self.buffer)? else { return Ok(()) };
        if status != 200 {
            bail!("an answer {status}; {} of {} came", self.answered(), self.total);
        }
        self.times.push(nanos(connection.since.elapsed()));
        if let Some(count) = self.by_key.get_mut(key) {
            *count += 1;
        }
        self.send(connection)
    }
}
