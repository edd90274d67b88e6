//! What hyper makes of the same bytes: a second opinion by people who do not know ours. It is more forgiving than we are,
//! so it is asked only about what we accept.

use gateway::fuzzing::RequestRead;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

/// Room of a connection in memory.
const ROOM: usize = 1 << 20;
/// Most fields, as with us.
const MAX_FIELDS: usize = 100;

/// A request as hyper gave it. Fields are in the order of their names.
pub(crate) struct Seen {
    pub(crate) method: Vec<u8>,
    pub(crate) target: Vec<u8>,
    pub(crate) fields: Vec<(Vec<u8>, Vec<u8>)>,
    /// `None`: it broke off.
    pub(crate) body: Option<Vec<u8>>,
}

/// The requests that hyper reads.
pub(crate) fn requests(bytes: &[u8]) -> Vec<Seen> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let noted = Rc::clone(&seen);
    block_on(async move {
        let (mut ours, theirs) = duplex(ROOM);
        // A full pipe would wait for a reader of the answers: there is none that long.
        let _sent = ours.write_all(bytes).await;
        let _ended = ours.shutdown().await;
        let service = service_fn(|request: Request<Incoming>| note(Rc::clone(&noted), request));
        let serving = hyper::server::conn::http1::Builder::new()
            .max_headers(MAX_FIELDS)
            .half_close(true)
            .serve_connection(TokioIo::new(theirs), service);
        // How it ends is the question: what was read is noted.
        let _outcome = serving.await;
    });
    seen.take()
}

async fn note(seen: Rc<RefCell<Vec<Seen>>>, request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let mut fields: Vec<_> = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().as_bytes().to_vec(), value.as_bytes().to_vec()))
        .collect();
    fields.sort_by(|(one, _), (other, _)| one.cmp(other));
    let body = body.collect().await.ok().map(|body| body.to_bytes().to_vec());
    let (method, target) = (head.method.as_str().as_bytes().to_vec(), head.uri.to_string().into_bytes());
    seen.borrow_mut().push(Seen { method, target, fields, body });
    Ok(Response::new(Empty::new()))
}

/// Whether hyper may refuse what we accept: targets that its type for them cannot hold, or changes.
pub(crate) fn may_refuse(request: &RequestRead) -> bool {
    let text = String::from_utf8_lossy(&request.target).into_owned();
    !text.parse::<hyper::Uri>().is_ok_and(|uri| uri.to_string() == text)
}

/// Status and body of the answer that hyper reads; `None` for the body: it broke off.
pub(crate) fn response(bytes: &[u8], method: &[u8]) -> Option<(u16, Option<Vec<u8>>)> {
    let method = hyper::Method::from_bytes(method).ok()?;
    block_on(async move {
        let (mut ours, theirs) = duplex(ROOM);
        let request = Request::builder().method(method).uri("/").header("host", "a").body(Empty::<Bytes>::new());
        let mut builder = hyper::client::conn::http1::Builder::new();
        let (mut sender, connection) = builder.max_headers(MAX_FIELDS).handshake(TokioIo::new(theirs)).await.ok()?;
        let driving = tokio::task::spawn_local(connection);
        let answering = async {
            let mut head = [0; 1024];
            // The request is there whole or not at all.
            let _read = ours.read(&mut head).await;
            let _sent = ours.write_all(bytes).await;
            let _ended = ours.shutdown().await;
        };
        let (answer, ()) = tokio::join!(sender.send_request(request.ok()?), answering);
        let answer = answer.ok()?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.ok().map(|body| body.to_bytes().to_vec());
        driving.abort();
        Some((status, body))
    })
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without anything");
    tokio::task::LocalSet::new().block_on(&runtime, work)
}
