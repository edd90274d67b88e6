//! A real HTTP service for the gateway to forward to: it remembers every request and echoes it as JSON.
//!
//! Paths steer it: `/status/418` answers with that status, `/held` answers when `release` is called, everything
//! else answers 200 with the echo.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

impl Seen {
    /// A header field, if it came.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// The running service; it stops when this is dropped.
pub struct Upstream {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    seen: Mutex<Vec<Seen>>,
    /// Closed when held requests may be answered.
    held: Semaphore,
}

impl Upstream {
    /// Listens on a free port of loopback.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("upstream")?;
        let address = listener.local_addr().context("upstream address")?;
        let state = Arc::new(State { seen: Mutex::default(), held: Semaphore::new(0) });
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    let service = service_fn(move |request| answer(request, Arc::clone(&state)));
                    let serving = hyper::server::conn::http1::Builder::new();
                    // A caller that leaves is no matter here.
                    serving.serve_connection(TokioIo::new(connection), service).await.ok();
                });
            }
        });
        Ok(Self { address, state, task })
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().map(|seen| seen.clone()).unwrap_or_default()
    }

    /// Lets requests to `/held` be answered.
    pub fn release(&self) {
        self.state.held.close();
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let headers = head.headers.iter();
    let record = Seen {
        method: head.method.to_string(),
        target: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers: headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let echo = json!({"method": record.method, "target": record.target, "body": record.body});
    let asked = head.uri.path().strip_prefix("/status/").and_then(|status| status.parse::<u16>().ok());
    if let Ok(mut seen) = state.seen.lock() {
        seen.push(record);
    }
    if head.uri.path() == "/held" {
        // It never gives a permit: it waits until it is closed.
        state.held.acquire().await.err();
    }
    let mut response = Response::new(Full::new(Bytes::from(echo.to_string())));
    *response.status_mut() = asked.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    Ok(response)
}
