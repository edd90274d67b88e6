//! One worker: a thread with its own runtime, listener and connections.
//!
//! Stopping: readiness fails and answers close their connections at once; after `drain_delay` what the kernel has
//! accepted already is taken too and the listener closes; what is still open after `drain_limit` is cut.

use crate::caller::{CallerState, CallerStream, CallerTimeouts};
use crate::http1_hyper;
use crate::recent::{LookUp, answer_look_ups};
use crate::refusal;
use crate::worker_state::{Parts, Worker};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// Between two hand-overs of usage, and between two looks at who may no longer call.
const TICK: Duration = Duration::from_secs(1);
/// After a failed accept: most likely this process has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Runs a worker to its end on this thread.
pub(crate) fn run(
    runtime: &tokio::runtime::Runtime,
    listener: std::net::TcpListener,
    parts: Parts,
    stop: watch::Receiver<bool>,
    look_ups: mpsc::Receiver<LookUp>,
) {
    let local = LocalSet::new();
    local.block_on(runtime, async move {
        let worker = Rc::new(Worker::new(parts));
        let ticking = spawn_local(tick(Rc::clone(&worker)));
        let answering = spawn_local(answer_look_ups(Rc::clone(&worker), look_ups));
        if let Err(error) = serve(&worker, listener, stop).await {
            tracing::error!(%error, "a worker cannot take connections");
        }
        let limit = worker.config().drain_limit;
        if timeout(limit, worker.all_closed()).await.is_err() {
            tracing::warn!("the drain limit has passed: cutting what is left");
        }
        ticking.abort();
        answering.abort();
        if timeout(TICK, worker.hand_over_last()).await.is_err() {
            tracing::warn!("the usage queue is full: the last second of this worker is not counted");
        }
    });
}

async fn tick(worker: Rc<Worker>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        worker.hand_over();
        worker.cut_revoked();
        worker.pool().sweep();
    }
}

/// Takes connections until told to stop.
async fn serve(
    worker: &Rc<Worker>,
    listener: std::net::TcpListener,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let stopping = async {
        // An error means that the handle is gone, which ends the gateway too.
        let _gone = stop.wait_for(|stop| *stop).await;
        worker.begin_to_stop();
        sleep(worker.config().drain_delay).await;
    };
    tokio::select! {
        () = stopping => {}
        () = accept(worker, &listener) => {}
    }
    let listener = listener.into_std()?;
    while let Ok((tcp, peer)) = listener.accept() {
        tcp.set_nonblocking(true)?;
        take(worker, TcpStream::from_std(tcp)?, peer);
    }
    Ok(())
}

async fn accept(worker: &Rc<Worker>, listener: &TcpListener) {
    loop {
        match listener.accept().await {
            Ok((tcp, peer)) => take(worker, tcp, peer),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves a connection in a task of its own: what goes wrong in it stays in it.
fn take(worker: &Rc<Worker>, tcp: TcpStream, peer: SocketAddr) {
    // Without it small answers wait for nothing; with a socket that is gone already it fails, and reading will tell.
    let _gone = tcp.set_nodelay(true);
    let config = worker.config();
    let timeouts =
        CallerTimeouts { head_read: config.head_read, keep_alive: config.keep_alive, write: config.stream_idle };
    let open = worker.count_connection();
    let worker = Rc::clone(worker);
    spawn_local(async move {
        let _open = open;
        let state = Rc::new(CallerState::new());
        let stream = CallerStream::new(tcp, Rc::clone(&state), timeouts);
        let stream = http1_hyper::serve(&worker, stream, &state, peer.ip()).await;
        let last = state.fault().map(|denial| refusal::unreadable(&worker, peer.ip(), denial));
        stream.into_goodbye().say(last).await;
    });
}
