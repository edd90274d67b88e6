//! A caller's connection: accepts its streams until it ends.

use super::guard::{Guard, Seen, Side};
use super::stream::After;
use super::{
    CONNECTION_WINDOW_BYTES, MAX_HEADER_LIST_BYTES, MAX_STREAMS, SEND_BUFFER_BYTES, STREAM_WINDOW_BYTES, stream,
};
use crate::connection::CallerFacts;
use crate::wire::{Wire, WireIo};
use crate::worker_state::Worker;
use bytes::{Bytes, BytesMut};
use h2::server::{Builder, Connection, SendResponse};
use h2::{Reason, RecvStream};
use http::Request;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// For a caller to confirm that the connection ends, and to take the last frames.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long, and how much, is read away at the end: closing with unread bytes would make the caller's system throw the
/// last frames away.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1024 * 1024;

type Caller = Connection<Guard<WireIo>, Bytes>;

/// Serves one connection to its end. `read_already` is what was read of it so far. It ends when the caller ends it, when it
/// was idle for too long, when it breaks the rules, and gracefully when the worker stops.
pub(crate) async fn serve(worker: &Rc<Worker>, wire: Rc<Wire>, read_already: BytesMut, facts: Rc<CallerFacts>) {
    let config = worker.config();
    wire.set_write_limit(config.stream_idle);
    let seen = Rc::new(Seen::default());
    let io = WireIo(Rc::clone(&wire));
    let guard = Guard::new(io, read_already, Side::Caller, config.head_read, Rc::clone(&seen));
    let mut builder = Builder::new();
    builder
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST_BYTES)
        .initial_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_send_buffer_size(SEND_BUFFER_BYTES);
    // What is no preface, or comes too late, gets no answer.
    if let Ok(Ok(mut caller)) = timeout(config.head_read, builder.handshake(guard)).await {
        serve_streams(worker, &mut caller, &seen, &facts).await;
        drop(caller);
    }
    let _over = timeout(LINGER, read_away(&wire)).await;
}

/// What happens next on a connection.
#[expect(clippy::large_enum_variant, reason = "made once per stream and taken apart at once")]
enum Next {
    Stream(Request<RecvStream>, SendResponse<Bytes>),
    /// It must end for this reason.
    Verdict(Reason),
    End,
}

async fn serve_streams(worker: &Rc<Worker>, caller: &mut Caller, seen: &Rc<Seen>, facts: &Rc<CallerFacts>) {
    let keep_alive = worker.config().keep_alive;
    // Dropped at the end, which ends what is left of them.
    let mut streams = JoinSet::new();
    let mut stopping = pin!(worker.stopping());
    let mut idle = pin!(sleep(keep_alive));
    let mut is_ending = false;
    loop {
        tokio::select! {
            biased;
            next = poll_fn(|ctx| poll_next(caller, seen, ctx)) => match next {
                Next::Stream(request, responder) => {
                    let (worker, facts, seen) = (Rc::clone(worker), Rc::clone(facts), Rc::clone(seen));
                    streams.spawn_local(stream::serve(worker, facts, seen, request, responder));
                }
                Next::Verdict(reason) => return end_now(caller, reason).await,
                Next::End => return,
            },
            Some(ended) = streams.join_next(), if !streams.is_empty() => {
                if matches!(ended, Ok(After::Leaves)) && !is_ending {
                    is_ending = true;
                    caller.graceful_shutdown();
                }
                let wait = if is_ending { FAREWELL } else { keep_alive };
                idle.as_mut().reset(Instant::now() + wait);
            }
            () = &mut stopping, if !is_ending => {
                is_ending = true;
                caller.graceful_shutdown();
                idle.as_mut().reset(Instant::now() + FAREWELL);
            }
            () = &mut idle, if streams.is_empty() => {
                if is_ending {
                    return end_now(caller, Reason::NO_ERROR).await;
                }
                is_ending = true;
                caller.graceful_shutdown();
                idle.as_mut().reset(Instant::now() + FAREWELL);
            }
        }
    }
}

fn poll_next(caller: &mut Caller, seen: &Seen, ctx: &mut Context<'_>) -> Poll<Next> {
    if let Some(reason) = seen.verdict() {
        return Poll::Ready(Next::Verdict(reason));
    }
    match caller.poll_accept(ctx) {
        Poll::Ready(Some(Ok((request, responder)))) => Poll::Ready(Next::Stream(request, responder)),
        // A broken connection: its last frames have gone already. Callers come and go.
        Poll::Ready(Some(Err(_)) | None) => Poll::Ready(Next::End),
        Poll::Pending => match seen.verdict() {
            Some(reason) => Poll::Ready(Next::Verdict(reason)),
            None => Poll::Pending,
        },
    }
}

/// `GOAWAY`, and no more.
async fn end_now(caller: &mut Caller, reason: Reason) {
    caller.abrupt_shutdown(reason);
    let _over = timeout(FAREWELL, poll_fn(|ctx| caller.poll_closed(ctx))).await;
}

async fn read_away(wire: &Wire) {
    let mut waste = BytesMut::with_capacity(8192);
    let mut left = LINGER_BYTES;
    // The writing side has ended with the library, or cannot be ended any more.
    let _gone = poll_fn(|ctx| wire.poll_shutdown(ctx)).await;
    while left > 0 {
        waste.clear();
        match poll_fn(|ctx| wire.poll_read(ctx, &mut waste)).await {
            Ok(n @ 1..) => left = left.saturating_sub(n),
            Ok(0) | Err(_) => return,
        }
    }
}
