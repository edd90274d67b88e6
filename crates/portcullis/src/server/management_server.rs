//! The management listener: management API and console. It can pause, so that another process can take it over: paused,
//! it takes no connection, and the open ones end with their next answer.

use anyhow::Context as _;
use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::middleware::map_response;
use axum::response::Response;
use axum::serve::{Listener, ListenerExt as _};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// For open answers to end. Idle console connections would hold the stop up.
const END_WITHIN: Duration = Duration::from_secs(3);

/// Binds the listener.
pub(super) fn bind(address: SocketAddr) -> anyhow::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address).map_err(|error| cannot_listen(error, address))?;
    Ok(listener)
}

/// Why it could not be bound, in the words that the gateway's listeners use.
fn cannot_listen(error: io::Error, address: SocketAddr) -> anyhow::Error {
    if error.kind() == io::ErrorKind::AddrInUse {
        return anyhow::anyhow!("the management address {address} is in use");
    }
    anyhow::Error::new(error).context(format!("cannot listen on the management address {address}"))
}

/// The running management side.
#[derive(Debug)]
pub(super) struct ManagementServer {
    listener: Arc<std::net::TcpListener>,
    paused: watch::Sender<bool>,
    end: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl ManagementServer {
    /// Serves from now on.
    pub(super) fn start(listener: std::net::TcpListener, app: Router) -> anyhow::Result<Self> {
        listener.set_nonblocking(true).context("cannot use the management listener")?;
        let copy = listener.try_clone().context("cannot copy the management listener")?;
        let copy = TcpListener::from_std(copy).context("cannot use the management listener")?;
        let (paused, is_paused) = watch::channel(false);
        let doorway = Doorway { listener: copy, paused: is_paused.clone() };
        let app = app.layer(map_response(move |response| {
            let is_paused = *is_paused.borrow();
            async move { if is_paused { closing(response) } else { response } }
        }));
        let (end, ends) = oneshot::channel::<()>();
        let serving = axum::serve(doorway.tap_io(|_| {}), app.into_make_service_with_connect_info::<SocketAddr>());
        let serving = serving.with_graceful_shutdown(async {
            let _ = ends.await;
        });
        Ok(Self { listener: Arc::new(listener), paused, end, task: tokio::spawn(serving.into_future()) })
    }

    /// The listener, as long as it is open.
    pub(super) fn listener(&self) -> Weak<std::net::TcpListener> {
        Arc::downgrade(&self.listener)
    }

    /// Whether its address is one of these.
    pub(super) fn listens_at(&self, addresses: &[SocketAddr]) -> bool {
        self.listener.local_addr().is_ok_and(|address| addresses.contains(&address))
    }

    /// Takes no connections for now.
    pub(super) fn pause(&self) {
        self.paused.send_replace(true);
    }

    /// Goes on.
    pub(super) fn resume(&self) {
        self.paused.send_replace(false);
    }

    /// Closes the listener and waits for open answers, not for long.
    pub(super) async fn finish(self) {
        drop(self.listener);
        let _ = self.end.send(());
        // What does not end in time is cut with the process.
        let _late = timeout(END_WITHIN, self.task).await;
    }
}

fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A listener with a door.
struct Doorway {
    listener: TcpListener,
    paused: watch::Receiver<bool>,
}

impl Listener for Doorway {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            if self.paused.wait_for(|paused| !paused).await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::select! {
                accepted = Listener::accept(&mut self.listener) => return accepted,
                _ = self.paused.changed() => {}
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_management_port_is_said_in_plain_words() {
        let address: SocketAddr = "127.0.0.1:8081".parse().unwrap();
        let busy = cannot_listen(io::ErrorKind::AddrInUse.into(), address);
        assert_eq!(format!("{busy:#}"), "the management address 127.0.0.1:8081 is in use");
        let other = cannot_listen(io::ErrorKind::PermissionDenied.into(), address);
        assert_eq!(format!("{other:#}"), "cannot listen on the management address 127.0.0.1:8081: permission denied");
    }
}
