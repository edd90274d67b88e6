//! One worker: a thread with its own runtime, listening sockets and connections.
//!
//! Handing over: while another process gets ready no connection is taken, and answers close theirs; then the sockets are
//! left to it. Stopping: readiness fails and answers close their connections at once; after `drain_delay` what the kernel has
//! accepted already is taken too and the sockets close; what is still open after `drain_limit` is cut.

use crate::arrival::{Arrived, arrive};
use crate::connection;
use crate::crowd;
use crate::listen::{ListenerConfig, WorkerListener};
use crate::overload;
use crate::phase::{Phase, Phases};
use crate::recent::{LookUp, answer_look_ups};
use crate::worker_state::{End, Parts, Worker};
use futures_util::future::join_all;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// Between two hand-overs of usage, and between two looks at who may no longer call.
const TICK: Duration = Duration::from_secs(1);
/// Between two reports of used leases.
const REPORT: Duration = Duration::from_millis(400);
/// After a failed accept: most likely this process has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Runs a worker to its end on this thread.
pub(crate) fn run(
    runtime: &tokio::runtime::Runtime,
    listeners: Vec<WorkerListener>,
    parts: Parts,
    mut phases: Phases,
    look_ups: mpsc::Receiver<LookUp>,
) {
    let local = LocalSet::new();
    local.block_on(runtime, async move {
        let worker = Rc::new(Worker::new(parts));
        let ticking = spawn_local(tick(Rc::clone(&worker)));
        let reporting = spawn_local(report_use(Rc::clone(&worker)));
        let watching = spawn_local(overload::watch(Rc::clone(&worker)));
        let answering = spawn_local(answer_look_ups(Rc::clone(&worker), look_ups));
        if let Err(error) = serve(&worker, listeners, &mut phases).await {
            tracing::error!(%error, "a worker cannot take connections");
        }
        let limit = worker.config().drain_limit;
        tokio::select! {
            closed = timeout(limit, worker.all_closed()) => if closed.is_err() {
                tracing::warn!("the drain limit has passed: cutting what is left");
            },
            () = phases.cut() => {}
        }
        ticking.abort();
        reporting.abort();
        watching.abort();
        answering.abort();
        worker.hand_over_log();
        if timeout(TICK, worker.hand_over_last()).await.is_err() {
            tracing::warn!("the usage queue is full: the last second of this worker is not counted");
        }
    });
}

/// Has the use of leases reported, well within the second that a crash may leave unreported.
async fn report_use(worker: Rc<Worker>) {
    let mut ticks = interval(REPORT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        worker.report_use();
    }
}

async fn tick(worker: Rc<Worker>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        worker.hand_over();
        worker.hand_over_log();
        worker.renew_http_date();
        worker.cut_revoked();
        worker.pool().sweep(&worker);
    }
}

/// A socket that connections are taken from.
struct Listening {
    config: Arc<ListenerConfig>,
    socket: TcpListener,
    /// Lets others have the socket too, as long as this worker listens.
    _shared: Arc<std::net::TcpListener>,
}

impl Listening {
    fn new(listener: WorkerListener) -> io::Result<Self> {
        let WorkerListener { config, socket } = listener;
        Ok(Self { config, socket: TcpListener::from_std(socket.try_clone()?)?, _shared: socket })
    }
}

/// Takes connections until told to stop or to leave it to another process.
async fn serve(worker: &Rc<Worker>, listeners: Vec<WorkerListener>, phases: &mut Phases) -> io::Result<()> {
    let listening = listeners.into_iter().map(Listening::new).collect::<io::Result<Vec<_>>>()?;
    let left_to_others = loop {
        let phase = tokio::select! {
            phase = phases.other_than(&Phase::Serving) => phase,
            () = accept_all(worker, &listening) => Phase::Stopping,
        };
        match if phase == Phase::Paused { pause(worker, phases).await } else { phase } {
            Phase::Serving | Phase::Paused => {}
            Phase::HandedOver(addresses) => break addresses,
            Phase::Stopping => {
                worker.set_end(End::Stopping);
                tokio::select! {
                    () = sleep(worker.config().drain_delay) => {}
                    () = phases.cut() => {}
                    () = accept_all(worker, &listening) => {}
                }
                break Arc::default();
            }
            // What waits in the sockets would be cut too.
            Phase::Cut => return Ok(()),
        }
    };
    for Listening { config, socket, _shared } in listening {
        if left_to_others.contains(&config.address) {
            continue;
        }
        let socket = socket.into_std()?;
        while let Ok((tcp, peer)) = socket.accept() {
            tcp.set_nonblocking(true)?;
            take(worker, &config, TcpStream::from_std(tcp)?, peer);
        }
    }
    Ok(())
}

/// Takes nothing, until it is known how it goes on.
async fn pause(worker: &Worker, phases: &mut Phases) -> Phase {
    worker.set_end(End::HandedOver);
    phases.tell(true);
    let next = phases.other_than(&Phase::Paused).await;
    phases.tell(false);
    if next == Phase::Serving {
        worker.set_end(End::No);
    }
    next
}

/// Takes connections from all sockets. Ends only if there is none.
async fn accept_all(worker: &Rc<Worker>, listening: &[Listening]) {
    join_all(listening.iter().map(|listening| accept(worker, listening))).await;
}

async fn accept(worker: &Rc<Worker>, listening: &Listening) {
    loop {
        overload::crowd_is_gone(worker).await;
        match listening.socket.accept().await {
            Ok((tcp, peer)) => take(worker, &listening.config, tcp, peer),
            Err(error) => {
                worker.counts().accept_failures.add(1);
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves a connection in a task of its own: what goes wrong in it stays in it.
fn take(worker: &Rc<Worker>, listener: &Arc<ListenerConfig>, tcp: TcpStream, peer: SocketAddr) {
    if !worker.has_room_for_connection() {
        return crowd::turn_away(worker, listener, tcp);
    }
    // Without it small answers wait for nothing; with a socket that is gone already it fails, and reading will tell.
    let _gone = tcp.set_nodelay(true);
    let open = worker.count_connection();
    let (worker, listener) = (Rc::clone(worker), Arc::clone(listener));
    spawn_local(async move {
        let _open = open;
        if let Some(Arrived { wire, facts, protocol }) = arrive(&worker, &listener, tcp, peer.ip()).await {
            connection::serve(&worker, wire, facts, protocol).await;
        }
    });
}
