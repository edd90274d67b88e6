//! Names of upstreams: looked up off the workers, followed when they change, never a way round the forbidden addresses.

use crate::support::{Gateway, Setup, Upstream, config, get, standing_clock, wait_until};
use gateway::{GatewayConfig, Resolve};
use std::io;
use std::net::{IpAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// A resolver that a test changes.
#[derive(Clone, Default)]
struct Zone {
    leads_to: Arc<Mutex<Vec<IpAddr>>>,
    asked: Arc<AtomicUsize>,
}

impl Zone {
    fn set(&self, addresses: &[&str]) {
        *self.leads_to.lock().unwrap() = addresses.iter().map(|address| address.parse().unwrap()).collect();
    }

    fn config(&self, fresh: Duration) -> GatewayConfig {
        let zone = self.clone();
        let resolve = Resolve::by(move |_| {
            zone.asked.fetch_add(1, Ordering::SeqCst);
            match zone.leads_to.lock().unwrap().clone() {
                none if none.is_empty() => Err(io::ErrorKind::NotFound.into()),
                some => Ok(some),
            }
        });
        GatewayConfig { resolve, resolve_again: fresh, ..config() }
    }
}

/// Two upstreams on the same port of different addresses.
fn pair() -> (Upstream, Upstream, String) {
    for _ in 0..100 {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        if let Ok(second) = TcpListener::bind(("127.0.0.2", port)) {
            let url = format!("http://service.test:{port}");
            return (Upstream::plain_on(first), Upstream::plain_on(second), url);
        }
    }
    panic!("no port is free on both");
}

#[test]
fn connections_follow_a_name_that_leads_elsewhere() {
    let (old, new, url) = pair();
    let zone = Zone::default();
    zone.set(&["127.0.0.1"]);
    let gateway = Gateway::start_with(&Setup::new(url), zone.config(Duration::from_millis(50)), standing_clock, 1);
    for _ in 0..5 {
        assert_eq!(gateway.get("/orders/x").status, 200);
    }
    assert_eq!((old.seen().len(), old.connections(), new.seen().len()), (5, 1, 0));
    zone.set(&["127.0.0.2"]);
    // The connection is in use all the time and goes nevertheless.
    wait_until("the new address is called", || {
        assert_eq!(gateway.get("/orders/x").status, 200);
        !new.seen().is_empty()
    });
    let before = old.seen().len();
    for _ in 0..5 {
        assert_eq!(gateway.get("/orders/x").status, 200);
    }
    assert_eq!(old.seen().len(), before);
}

#[test]
fn a_name_that_can_no_longer_be_looked_up_leads_where_it_led() {
    let (old, _, url) = pair();
    let zone = Zone::default();
    zone.set(&["127.0.0.1"]);
    let gateway = Gateway::start_with(&Setup::new(url), zone.config(Duration::ZERO), standing_clock, 1);
    assert_eq!(gateway.get("/orders/x").status, 200);
    zone.set(&[]);
    let asked = zone.asked.load(Ordering::SeqCst);
    wait_until("it was looked up in vain", || {
        assert_eq!(gateway.get("/orders/x").status, 200);
        zone.asked.load(Ordering::SeqCst) > asked
    });
    assert_eq!(gateway.get("/orders/x").status, 200);
    assert_eq!(old.connections(), 1);
}

#[test]
fn an_address_that_is_forbidden_is_refused_whenever_a_name_leads_to_it() {
    let (_, good, url) = pair();
    let zone = Zone::default();
    let gateway = Gateway::start_with(&Setup::new(url), zone.config(Duration::ZERO), standing_clock, 1);
    for forbidden in [&["169.254.169.254"][..], &["127.0.0.2", "169.254.169.254"], &["fe80::1"]] {
        zone.set(forbidden);
        assert_eq!(gateway.get("/orders/x").status, 502, "{forbidden:?}");
    }
    assert_eq!(good.connections(), 0);
    let own = gateway.address;
    let setup = Setup::new(format!("http://service.test:{}", own.port()));
    gateway.change(setup.deltas());
    zone.set(&[&own.ip().to_string()]);
    assert_eq!(gateway.get("/orders/x").status, 502);
}

#[test]
fn a_resolver_that_hangs_holds_up_nobody_else() {
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let resolve = Resolve::by(move |host| match host {
        "hangs.test" => {
            let _released = held.lock().unwrap().recv();
            Err(io::ErrorKind::TimedOut.into())
        }
        _ => Ok(vec!["127.0.0.1".parse().unwrap()]),
    });
    let good = Upstream::plain();
    let port = good.authority().rsplit_once(':').unwrap().1.to_owned();
    let mut setup = Setup::new(format!("http://hangs.test:{port}"));
    setup.granted = vec![1, 2];
    setup.timeouts_ms.connect = 1_000;
    let other = format!("http://answers.test:{port}");
    setup.adjust = Arc::new(move |id, upstream| {
        if id == 2 {
            upstream.urls = domain::upstream::BaseUrl::parse(&other).unwrap().into();
        }
    });
    let gateway = Gateway::start_with(&setup, GatewayConfig { resolve, ..config() }, standing_clock, 1);
    // Far more than the runtime has threads for blocking calls.
    let mut waiting: Vec<_> = (0..600).map(|_| gateway.connect()).collect();
    for caller in &mut waiting {
        caller.write(get("/orders/x").as_bytes());
    }
    for _ in 0..20 {
        assert_eq!(gateway.get("/other/x").status, 200);
    }
    let reply = waiting[0].reply();
    assert_eq!(reply.status, 504, "{reply:?}");
    // Stopping does not wait for it either.
    drop(gateway);
    drop(release);
}
