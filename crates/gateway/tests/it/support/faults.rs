//! A proxy between the gateway and an upstream that makes trouble.

use super::PATIENCE;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the proxy does to a connection, once the gateway has sent something on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Passes everything on.
    None,
    /// Passes the request on after this time.
    Delay(Duration),
    /// Takes everything and passes nothing on.
    Hole,
    /// Passes the request on and never the answer, on a connection that stays open.
    HalfOpen,
    /// Resets the connection; nothing is passed on.
    Reset,
    /// Closes the connection; nothing is passed on.
    Close,
    /// Passes the request on, and so many bytes of what comes back; then the connection is closed.
    CutAt(usize),
    /// The same, reset instead of closed.
    ResetAt(usize),
    /// Passes the request on and answers with something else.
    Garbage(&'static [u8]),
}

/// The proxy. Ends with the test.
#[derive(Clone)]
pub(crate) struct FaultProxy {
    address: SocketAddr,
    trouble: Arc<Mutex<Trouble>>,
    connections: Arc<AtomicUsize>,
}

impl FaultProxy {
    /// In front of an upstream.
    pub(crate) fn before(upstream: &str) -> Self {
        let upstream: SocketAddr = upstream.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            trouble: Arc::new(Mutex::new(Trouble::None)),
            connections: Arc::default(),
        };
        let own = proxy.clone();
        thread::spawn(move || {
            for near in listener.incoming() {
                own.connections.fetch_add(1, Ordering::SeqCst);
                let own = own.clone();
                thread::spawn(move || own.serve(&near.unwrap(), upstream));
            }
        });
        proxy
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, also on connections that are open.
    pub(crate) fn make(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap() = trouble;
    }

    /// How many connections were made to it.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn serve(&self, near: &TcpStream, upstream: SocketAddr) {
        let far = TcpStream::connect(upstream).unwrap();
        for tcp in [near, &far] {
            tcp.set_nodelay(true).unwrap();
            tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        }
        let (near_again, far_again) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        let answers = self.clone();
        thread::spawn(move || answers.pass_answers(&far_again, &near_again));
        self.pass_requests(near, &far);
        let _closed = far.shutdown(Shutdown::Both);
    }

    fn pass_requests(&self, near: &TcpStream, far: &TcpStream) {
        while let Some(bytes) = some(near) {
            let trouble = self.trouble.lock().unwrap().clone();
            match trouble {
                Trouble::Hole => continue,
                Trouble::Close => return drop(near.shutdown(Shutdown::Both)),
                Trouble::Reset => return reset(near),
                Trouble::Delay(time) => thread::sleep(time),
                Trouble::Garbage(bytes) => write(near, bytes),
                Trouble::None | Trouble::HalfOpen | Trouble::CutAt(_) | Trouble::ResetAt(_) => {}
            }
            write(far, &bytes);
        }
    }

    fn pass_answers(&self, far: &TcpStream, near: &TcpStream) {
        let mut passed = 0;
        while let Some(bytes) = some(far) {
            let trouble = self.trouble.lock().unwrap().clone();
            let (Trouble::CutAt(most) | Trouble::ResetAt(most)) = trouble else {
                if !matches!(trouble, Trouble::HalfOpen | Trouble::Garbage(_)) {
                    write(near, &bytes);
                }
                continue;
            };
            let left = bytes.len().min(most - passed);
            write(near, &bytes[..left]);
            passed += left;
            if passed == most {
                if matches!(trouble, Trouble::ResetAt(_)) {
                    return reset(near);
                }
                return drop(near.shutdown(Shutdown::Both));
            }
        }
        if *self.trouble.lock().unwrap() == Trouble::None {
            let _closed = near.shutdown(Shutdown::Both);
        }
    }
}

fn some(from: &TcpStream) -> Option<Vec<u8>> {
    let mut part = vec![0; 16_000];
    let n = (&*from).read(&mut part).ok().filter(|&n| n > 0)?;
    part.truncate(n);
    Some(part)
}

fn write(to: &TcpStream, bytes: &[u8]) {
    let _closed = (&*to).write_all(bytes);
}

/// Makes the connection end by a reset, once both threads have let go of it; whoever reads from it does so now.
fn reset(tcp: &TcpStream) {
    socket2::SockRef::from(tcp).set_linger(Some(Duration::ZERO)).unwrap();
    let _closed = tcp.shutdown(Shutdown::Read);
}
