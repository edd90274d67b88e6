//! Open requests of those who may no longer call: cut within five seconds, whatever they are doing. Others go on.

use crate::refused::assert_problem;
use crate::support::upstream::Wire;
use crate::support::{
    CLIENT, Caller, Gateway, PROFILE, Setup, Upstream, config, get, request, standing_clock, token_of,
};
use domain::denial::Denial;
use domain::directory::Delta;
use domain::time::{Now, Timestamp};
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How soon they are cut.
const BOUND: Duration = Duration::from_secs(5);

/// An upstream that does as it is told on each connection, and tells when a request has come and when the gateway has
/// gone.
struct Open {
    upstream: Upstream,
    came: Receiver<()>,
    gone: Receiver<()>,
    /// All its connections.
    connections: Arc<Mutex<Vec<TcpStream>>>,
}

impl Open {
    /// `begin` is said as soon as a request has come.
    fn new(begin: &'static str) -> Self {
        let (told_came, came) = channel();
        let (told_gone, gone) = channel();
        let connections: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let known = Arc::clone(&connections);
        let upstream = Upstream::on_connection(move |wire: &mut Wire| {
            if wire.head().is_none() {
                return;
            }
            wire.write(begin.as_bytes());
            let _test_ended = told_came.send(());
            known.lock().unwrap().push(wire.tcp.try_clone().unwrap());
            while wire.some().is_some() {}
            let _test_ended = told_gone.send(());
        });
        Self { upstream, came, gone, connections }
    }

    fn gateway(&self) -> (Setup, Gateway) {
        let setup = Setup::new(self.upstream.url());
        let gateway = Gateway::start(&setup);
        (setup, gateway)
    }

    /// Writes to all connections that are still there.
    fn say(&self, text: &str) {
        for connection in &mut *self.connections.lock().unwrap() {
            let _gone = connection.write_all(text.as_bytes());
        }
    }

    fn wait_for_request(&self) {
        self.came.recv_timeout(BOUND).expect("a request");
    }

    #[track_caller]
    fn assert_cut(&self) {
        self.gone.recv_timeout(BOUND).expect("the upstream request ends");
    }
}

type Ending = fn(&Setup) -> Vec<Delta>;

/// Every change that ends a profile's right to call.
fn endings() -> Vec<(Ending, Denial)> {
    fn changed(setup: &Setup, change: impl FnOnce(&mut Setup)) -> Vec<Delta> {
        let mut setup = setup.clone();
        change(&mut setup);
        setup.deltas()
    }
    vec![
        (|setup| changed(setup, |setup| setup.client_enabled = false), Denial::ClientDisabled),
        (|setup| changed(setup, |setup| setup.profile_active = false), Denial::ProfileDisabled),
        (|setup| changed(setup, |setup| setup.token = [1; 32]), Denial::CredentialRevoked),
        (|_| vec![Delta::Profile(PROFILE, None)], Denial::CredentialRevoked),
        (|_| vec![Delta::Client(CLIENT, None), Delta::Profile(PROFILE, None)], Denial::CredentialRevoked),
    ]
}

#[test]
fn a_request_that_waits_for_its_answer_is_refused() {
    for (ending, denial) in endings() {
        let open = Open::new("");
        let (setup, gateway) = open.gateway();
        let mut caller = gateway.connect();
        caller.write(get("/orders/x").as_bytes());
        open.wait_for_request();
        gateway.change(ending(&setup));
        let reply = caller.reply();
        assert_problem(&reply, denial);
        assert_eq!(reply.header("connection"), Some("close"));
        caller.assert_closed();
        open.assert_cut();
        assert_eq!(gateway.recorded(&reply).denial, Some(denial));
        // It was admitted, and counts as that.
        assert_eq!(gateway.stop().calls, 1);
    }
}

#[test]
fn a_streamed_answer_breaks_off() {
    for (ending, _) in endings() {
        let open = Open::new("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        let (setup, gateway) = open.gateway();
        let mut caller = gateway.connect();
        caller.write(get("/orders/x").as_bytes());
        assert_eq!(caller.head().status, 200);
        assert_eq!(caller.chunk().unwrap(), b"first");
        gateway.change(ending(&setup));
        open.assert_cut();
        // No last chunk: the caller can tell that it is not whole.
        assert_eq!(caller.rest().unwrap_or_default(), b"");
    }
}

#[test]
fn an_upload_breaks_off() {
    for (ending, denial) in endings() {
        let open = Open::new("");
        let (setup, gateway) = open.gateway();
        let mut caller = gateway.connect();
        caller.write(request("POST", "/orders/x", "content-length: 100\r\n", "").as_bytes()).write(b"part");
        open.wait_for_request();
        gateway.change(ending(&setup));
        let reply = caller.reply();
        assert_problem(&reply, denial);
        open.assert_cut();
        caller.assert_closed();
    }
}

#[test]
fn an_upload_beside_its_answer_breaks_off() {
    let open = Open::new("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n");
    let (mut setup, gateway) = open.gateway();
    let mut caller = gateway.connect();
    caller.write(request("POST", "/orders/x", "transfer-encoding: chunked\r\n", "").as_bytes()).write(b"1\r\na\r\n");
    assert_eq!(caller.head().status, 200);
    assert_eq!(caller.chunk().unwrap(), b"first");
    setup.profile_active = false;
    gateway.change(setup.deltas());
    open.assert_cut();
    assert_eq!(caller.rest().unwrap_or_default(), b"");
}

#[test]
fn a_caller_that_does_not_read_is_cut_too() {
    let (told_gone, gone) = channel();
    let upstream = Upstream::on_connection(move |wire| {
        if wire.head().is_none() {
            return;
        }
        wire.write(b"HTTP/1.1 200 OK\r\n\r\n");
        // More than all buffers on the way hold.
        let part = vec![b'x'; 64 * 1024];
        while wire.tcp.write_all(&part).is_ok() {}
        told_gone.send(()).unwrap();
    });
    let mut setup = Setup::new(upstream.url());
    let gateway = Gateway::start(&setup);
    let mut caller = gateway.connect();
    caller.write(get("/orders/x").as_bytes());
    assert_eq!(caller.head().status, 200);
    setup.client_enabled = false;
    gateway.change(setup.deltas());
    gone.recv_timeout(BOUND).expect("the upstream request ends");
}

/// Whether the overlap of the next test has ended.
static OVERLAP_ENDED: AtomicBool = AtomicBool::new(false);

fn overlap_clock() -> Now {
    let now = standing_clock();
    let later = if OVERLAP_ENDED.load(Ordering::SeqCst) { 60_000_000 } else { 0 };
    Now { wall: Timestamp(now.wall.0 + later), ..now }
}

#[test]
fn the_end_of_an_overlap_cuts_those_who_still_use_the_old_credential() {
    let open = Open::new("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n");
    let mut setup = Setup::new(open.upstream.url());
    setup.previous = Some(([1; 32], Timestamp(standing_clock().wall.0 + 60_000_000)));
    let gateway = Gateway::start_with(&setup, config(), overlap_clock, 1);
    let text = |token: &str| format!("GET /orders/x HTTP/1.1\r\nhost: a\r\napi-token: {token}\r\n\r\n");
    let mut old = gateway.connect();
    old.write(text(&token_of([1; 32])).as_bytes());
    assert_eq!(old.head().status, 200);
    let mut present = gateway.connect();
    present.write(get("/orders/x").as_bytes());
    assert_eq!((present.head().status, present.chunk().unwrap()), (200, b"first".to_vec()));
    OVERLAP_ENDED.store(true, Ordering::SeqCst);
    open.assert_cut();
    open.say("4\r\nmore\r\n");
    assert_eq!(present.chunk().unwrap(), b"more");
}

/// Waits until every worker has looked at its open requests at least once more: usage is handed over just before.
fn wait_for_a_look(gateway: &mut Gateway) {
    while gateway.usage.try_recv().is_ok() {}
    for _ in 0..2 {
        assert_eq!(gateway.send("GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n").status, 401);
        gateway.usage.blocking_recv().expect("a hand-over");
    }
}

/// Whether the clock of the next test has gone on by a year.
static A_YEAR_LATER: AtomicBool = AtomicBool::new(false);

fn year_clock() -> Now {
    let now = standing_clock();
    let later = if A_YEAR_LATER.load(Ordering::SeqCst) { 31_536_000_000_000 } else { 0 };
    Now { wall: Timestamp(now.wall.0 + later), ..now }
}

#[test]
fn other_changes_cut_nothing() {
    let open = Open::new("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n");
    let mut setup = Setup::new(open.upstream.url());
    let mut gateway = Gateway::start_with(&setup, config(), year_clock, 1);
    let mut caller: Caller = gateway.connect();
    caller.write(get("/orders/x").as_bytes());
    assert_eq!((caller.head().status, caller.chunk().unwrap()), (200, b"first".to_vec()));
    setup.deny = vec!["127.0.0.1"];
    setup.granted = vec![2];
    setup.rate = Some(1);
    setup.collection_enabled = false;
    setup.expires_at = Some(Timestamp(standing_clock().wall.0 + 1));
    gateway.change(setup.deltas());
    A_YEAR_LATER.store(true, Ordering::SeqCst);
    wait_for_a_look(&mut gateway);
    open.say("4\r\nmore\r\n");
    assert_eq!(caller.chunk().unwrap(), b"more");
}

#[test]
fn a_connection_on_which_nothing_is_open_stays() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    let mut gateway = Gateway::start(&setup);
    let mut caller = gateway.connect();
    assert_eq!(caller.write(get("/orders/x").as_bytes()).reply().status, 200);
    setup.client_enabled = false;
    gateway.change(setup.deltas());
    wait_for_a_look(&mut gateway);
    assert_eq!(caller.write(get("/orders/x").as_bytes()).reply().status, 403);
    setup.client_enabled = true;
    gateway.change(setup.deltas());
    assert_eq!(caller.write(get("/orders/x").as_bytes()).reply().status, 200);
}
