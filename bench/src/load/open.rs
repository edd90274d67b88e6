//! Open loop: requests are due at a fixed rate whatever the answers do. The time of an answer counts from when its
//! request was due, not from when it could be sent: a stall shows in every request that it delayed.

use super::connection::Connection;
use super::figures::{Figures, nanos};
use super::keys::{Draw, Keys};
use crate::clock;
use anyhow::{Context as _, Result, bail};
use mio::{Events, Interest, Poll, Token, Waker};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const READ_BYTES: usize = 64 * 1024;
const SILENCE: Duration = Duration::from_secs(10);
const PACE: Token = Token(usize::MAX - 1);

/// Sends `total` requests, `rate` a second, over so many connections.
pub(crate) fn open_loop(
    address: SocketAddr,
    keys: &Keys,
    draw: Draw,
    connections: usize,
    (total, rate): (u32, u32),
) -> Result<Figures> {
    let mut poll = Poll::new().context("poll")?;
    let mut all: Vec<Connection> =
        (0..connections).map(|_| Connection::open(address, clock::now())).collect::<Result<_>>()?;
    for (number, connection) in all.iter_mut().enumerate() {
        poll.registry().register(&mut connection.stream, Token(number), Interest::READABLE).context("poll")?;
    }
    let waker = Arc::new(Waker::new(poll.registry(), PACE).context("poll")?);
    let start = clock::now();
    let pace = Pace { start, every: Duration::from_secs(1) / rate.max(1), total };
    let over = Arc::new(AtomicBool::new(false));
    let pacing = std::thread::spawn({
        // The waker stays here too: one that is gone takes the event of its last call with it.
        let (waker, over) = (Arc::clone(&waker), Arc::clone(&over));
        move || pace.wake(&waker, &over)
    });
    let figures = Run::new(keys, draw, pace).run(&mut poll, &mut all);
    over.store(true, Ordering::Relaxed);
    drop(waker);
    if pacing.join().is_err() {
        bail!("the pacing thread panicked");
    }
    figures
}

#[derive(Clone, Copy)]
struct Pace {
    start: Instant,
    every: Duration,
    total: u32,
}

impl Pace {
    fn due(&self, number: u32) -> Instant {
        self.start + self.every * number
    }

    /// Wakes the driver whenever a request is due: the poll's own time-out counts whole milliseconds only.
    fn wake(&self, waker: &Waker, over: &AtomicBool) {
        for number in 0..self.total {
            std::thread::sleep(self.due(number).saturating_duration_since(clock::now()));
            if over.load(Ordering::Relaxed) || waker.wake().is_err() {
                return;
            }
        }
    }
}

struct Run<'a> {
    keys: &'a Keys,
    draw: Draw,
    pace: Pace,
    sent: u32,
    idle: Vec<usize>,
    times: Vec<u32>,
    by_key: Vec<u32>,
    request: Vec<u8>,
    buffer: Vec<u8>,
}

impl<'a> Run<'a> {
    fn new(keys: &'a Keys, draw: Draw, pace: Pace) -> Self {
        Self {
            keys,
            draw,
            pace,
            sent: 0,
            idle: Vec::new(),
            times: Vec::with_capacity(pace.total as usize),
            by_key: vec![0; keys.count()],
            request: Vec::new(),
            buffer: vec![0; READ_BYTES],
        }
    }

    fn run(mut self, poll: &mut Poll, all: &mut [Connection]) -> Result<Figures> {
        let mut events = Events::with_capacity(1024);
        self.idle.extend(0..all.len());
        while self.times.len() < self.pace.total as usize {
            poll.poll(&mut events, Some(SILENCE)).context("poll")?;
            if events.is_empty() {
                bail!("no answer for {} s", SILENCE.as_secs());
            }
            for event in &events {
                let number = event.token().0;
                if let Some(connection) = all.get_mut(number) {
                    self.receive(connection, number)?;
                }
            }
            self.send_due(all)?;
        }
        Ok(Figures::of(self.times, self.by_key, self.pace.start.elapsed()))
    }

    /// Sends what is due, as far as there are idle connections; the rest goes out late and its time counts.
    fn send_due(&mut self, all: &mut [Connection]) -> Result<()> {
        while self.sent < self.pace.total && self.pace.due(self.sent) <= clock::now() {
            let Some(connection) = self.idle.pop().and_then(|number| all.get_mut(number)) else { return Ok(()) };
            let key = self.draw.below(self.keys.count());
            self.keys.write(key, &mut self.request);
            connection.send(&self.request, key, self.pace.due(self.sent))?;
            self.sent += 1;
        }
        Ok(())
    }

    fn receive(&mut self, connection: &mut Connection, number: usize) -> Result<()> {
        let Some((status, key)) = connection.receive(&mut self.buffer)? else { return Ok(()) };
        if status != 200 {
            bail!("an answer {status}");
        }
        self.times.push(nanos(connection.since.elapsed()));
        if let Some(count) = self.by_key.get_mut(key) {
            *count += 1;
        }
        self.idle.push(number);
        Ok(())
    }
}
