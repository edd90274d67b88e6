//! Callers that go on while processes come and go: on kept connections, on a new connection for each request, and over
//! HTTP/2. Every request must be answered with 200.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use e2e::{Connection, until};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

const KEPT: usize = 8;
const FRESH: usize = 4;
const MULTIPLEXED: usize = 2;
const BOUND: Duration = Duration::from_secs(20);
const REACHED_WITHIN: Duration = Duration::from_mins(5);

/// Calls that were answered, by kind of connection.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sent {
    kept: u64,
    fresh: u64,
    http2: u64,
}

impl Sent {
    pub(crate) fn all(self) -> u64 {
        self.kept + self.fresh + self.http2
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kept, fresh, http2 } = self;
        write!(f, "{kept} requests on kept connections, {fresh} on new ones, {http2} over HTTP/2")
    }
}

/// Running callers.
pub(crate) struct Load {
    shared: Arc<Shared>,
    callers: Vec<JoinHandle<()>>,
}

struct Shared {
    gateway: SocketAddr,
    path: String,
    key: String,
    kept: AtomicU64,
    fresh: AtomicU64,
    http2: AtomicU64,
    failed: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

impl Load {
    pub(crate) fn start(gateway: SocketAddr, path: &str, key: &str) -> Self {
        let shared = Arc::new(Shared {
            gateway,
            path: path.to_owned(),
            key: key.to_owned(),
            kept: AtomicU64::new(0),
            fresh: AtomicU64::new(0),
            http2: AtomicU64::new(0),
            failed: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let mut callers = Vec::new();
        for _ in 0..KEPT {
            callers.push(tokio::spawn(go_on(Arc::clone(&shared), on_a_kept_connection(Arc::clone(&shared)))));
        }
        for _ in 0..FRESH {
            callers.push(tokio::spawn(go_on(Arc::clone(&shared), on_new_connections(Arc::clone(&shared)))));
        }
        for _ in 0..MULTIPLEXED {
            callers.push(tokio::spawn(go_on(Arc::clone(&shared), over_http2(Arc::clone(&shared)))));
        }
        Self { shared, callers }
    }

    /// An error if a request has failed.
    pub(crate) fn goes_well(&self) -> Result<()> {
        let failed = self.shared.failed.lock().expect("nobody panicked");
        match failed.first() {
            Some(first) => bail!("{} callers failed: {first}", failed.len()),
            None => Ok(()),
        }
    }

    /// Waits for so many requests.
    pub(crate) async fn reached(&self, requests: usize) -> Result<()> {
        until("all requests are sent", REACHED_WITHIN, async || {
            self.goes_well()?;
            Ok((self.shared.sent().all() >= requests as u64).then_some(()))
        })
        .await
    }

    /// Lets the requests under way end.
    pub(crate) async fn end(self) -> Result<Sent> {
        self.shared.is_over.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.await.context("caller")?;
        }
        let failed = self.shared.failed.lock().expect("nobody panicked");
        if let Some(first) = failed.first() {
            bail!("{} callers failed: {first}", failed.len());
        }
        Ok(self.shared.sent())
    }
}

impl Shared {
    fn sent(&self) -> Sent {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Sent { kept: read(&self.kept), fresh: read(&self.fresh), http2: read(&self.http2) }
    }

    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    fn header(&self) -> String {
        format!("api-token: {}", self.key)
    }
}

async fn go_on(shared: Arc<Shared>, calls: impl Future<Output = Result<()>>) {
    if let Err(error) = calls.await {
        shared.failed.lock().expect("nobody panicked").push(format!("{error:#}"));
    }
}

async fn on_a_kept_connection(shared: Arc<Shared>) -> Result<()> {
    let header = shared.header();
    let mut connection = Connection::open(shared.gateway).await?;
    while shared.goes_on() {
        let status = connection.status(&shared.path, &header, BOUND).await.context("on a kept connection")?;
        if status != 200 {
            bail!("{status} on a kept connection");
        }
        shared.kept.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

async fn on_new_connections(shared: Arc<Shared>) -> Result<()> {
    let header = format!("{}\r\nconnection: close", shared.header());
    while shared.goes_on() {
        let mut connection = Connection::open_once(shared.gateway).await.context("a new connection")?;
        let status = connection.status(&shared.path, &header, BOUND).await.context("on a new connection")?;
        if status != 200 {
            bail!("{status} on a new connection");
        }
        shared.fresh.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

async fn over_http2(shared: Arc<Shared>) -> Result<()> {
    while shared.goes_on() {
        let stream = TcpStream::connect(shared.gateway).await.context("an HTTP/2 connection")?;
        stream.set_nodelay(true)?;
        let (mut requests, connection) = h2::client::handshake(stream).await.context("HTTP/2")?;
        let driving = tokio::spawn(connection);
        // A connection that says GOAWAY takes no new request, which is no failure.
        while shared.goes_on()
            && let Ok(ready) = requests.clone().ready().await
        {
            requests = ready;
            let request = http::Request::get(format!("http://{}{}", shared.gateway, shared.path));
            let request = request.header("api-token", &shared.key).body(())?;
            let Ok((answer, _)) = requests.send_request(request, true) else { break };
            let answer = match answer.await {
                Err(error) if error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM) => break,
                answer => answer.context("an answer over HTTP/2")?,
            };
            if answer.status() != 200 {
                bail!("{} over HTTP/2", answer.status());
            }
            read_to_end(answer.into_body()).await?;
            shared.http2.fetch_add(1, Ordering::Relaxed);
        }
        driving.abort();
    }
    Ok(())
}

async fn read_to_end(mut body: h2::RecvStream) -> Result<()> {
    while let Some(data) = body.data().await {
        let data: Bytes = data.context("the body of an answer over HTTP/2")?;
        body.flow_control().release_capacity(data.len())?;
    }
    Ok(())
}
