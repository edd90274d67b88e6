//! Callers over TLS: which certificate they get, which versions are spoken, what is kept and what is bounded.

use crate::support::tls::{Folder, Shown, TlsCaller, any_client, client, listener, options};
use crate::support::{Caller, Gateway, Setup, Upstream, config, get, standing_clock};
use gateway::{ClientCertificates, GatewayConfig, ListenerConfig, TlsOptions, TlsVersion};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::PrivateKeyDer;
use rustls::version::{TLS12, TLS13};
use rustls::{HandshakeKind, ProtocolVersion};
use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A gateway with a plain listener and one with TLS; the address of the latter.
fn start(upstream: &Upstream, options: &TlsOptions, config: GatewayConfig, workers: usize) -> (Gateway, SocketAddr) {
    let plain = ListenerConfig::plain("127.0.0.1:0".parse().unwrap());
    let setup = Setup::new(upstream.url());
    let gateway = Gateway::start_on(&setup, config, standing_clock, workers, vec![plain, listener(options)]);
    let address = gateway.addresses[1];
    (gateway, address)
}

#[test]
fn a_call_over_tls_is_forwarded_and_the_upstream_is_told_of_it() {
    let (folder, upstream) = (Folder::new(), Upstream::plain());
    let (gateway, address) = start(&upstream, &options(vec![folder.make("a", &["gw.test"]).0]), config(), 1);
    let mut caller = TlsCaller::connect(address, &any_client(), "gw.test").unwrap();
    assert_eq!(caller.session().alpn_protocol(), Some(&b"http/1.1"[..]));
    let answer = caller.call(&get("/orders/x")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("hello"), "{answer}");
    assert_eq!(upstream.only().header("x-forwarded-proto"), Some("https"));
    // The plain listener goes on as ever.
    assert_eq!(gateway.get("/orders/y").status, 200);
    assert_eq!(upstream.seen()[1].header("x-forwarded-proto"), Some("http"));
}

#[test]
fn the_name_that_is_asked_for_picks_the_certificate() {
    let (folder, upstream) = (Folder::new(), Upstream::plain());
    let (first, first_shown) = folder.make("first", &["first.test"]);
    let (wild, wild_shown) = folder.make("wild", &["*.apis.test", "bare.test"]);
    let (exact, exact_shown) = folder.make("exact", &["One.apis.test"]);
    let (_gateway, address) = start(&upstream, &options(vec![first, wild, exact]), config(), 1);
    for (name, expected) in [
        ("first.test", &first_shown),
        ("one.apis.test", &exact_shown),
        ("two.apis.test", &wild_shown),
        ("bare.test", &wild_shown),
        ("apis.test", &first_shown),
        ("a.b.apis.test", &first_shown),
        ("unknown.test", &first_shown),
        ("127.0.0.1", &first_shown),
    ] {
        let caller = TlsCaller::connect(address, &any_client(), name).unwrap();
        assert_eq!(&caller.certificate(), expected, "{name}");
    }
}

#[test]
fn both_versions_are_spoken_unless_the_lower_is_refused() {
    let (folder, upstream) = (Folder::new(), Upstream::plain());
    let pair = folder.make("a", &["gw.test"]).0;
    let (_gateway, address) = start(&upstream, &options(vec![pair.clone()]), config(), 1);
    let only = |version| Arc::new(client(&[version], &[], None));
    for (version, expected) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
        let mut caller = TlsCaller::connect(address, &only(version), "gw.test").unwrap();
        assert_eq!(caller.session().protocol_version(), Some(expected));
        assert!(caller.call(&get("/orders/x")).unwrap().starts_with("HTTP/1.1 200 "));
    }
    let strict = TlsOptions { min_version: TlsVersion::V13, ..options(vec![pair]) };
    let (_gateway, address) = start(&upstream, &strict, config(), 1);
    assert!(TlsCaller::connect(address, &only(&TLS13), "gw.test").is_ok());
    assert!(TlsCaller::connect(address, &only(&TLS12), "gw.test").is_err());
}

#[test]
fn a_protocol_that_is_not_spoken_ends_the_handshake() {
    let (folder, upstream) = (Folder::new(), Upstream::plain());
    let (_gateway, address) = start(&upstream, &options(vec![folder.make("a", &["gw.test"]).0]), config(), 1);
    let offering = |protocols: &[&str]| {
        let config = Arc::new(client(rustls::ALL_VERSIONS, protocols, None));
        TlsCaller::connect(address, &config, "gw.test")
            .map(|caller| caller.session().alpn_protocol().map(<[u8]>::to_vec))
    };
    assert_eq!(offering(&["http/1.1", "h2"]).unwrap(), Some(b"h2".to_vec()));
    assert_eq!(offering(&[]).unwrap(), None);
    assert!(offering(&["http/1.0", "spdy/3"]).is_err());
}

#[test]
fn sessions_resume_on_any_worker() {
    let (folder, upstream) = (Folder::new(), Upstream::plain());
    let (_gateway, address) = start(&upstream, &options(vec![folder.make("a", &["gw.test"]).0]), config(), 3);
    for version in [&TLS12, &TLS13] {
        let caller = Arc::new(client(&[version], &["http/1.1"], None));
        for round in 0..12 {
            let mut connection = TlsCaller::connect(address, &caller, "gw.test").unwrap();
            assert!(connection.call(&get("/orders/x")).unwrap().starts_with("HTTP/1.1 200 "));
            let kind = connection.session().handshake_kind();
            let expected = if round == 0 { HandshakeKind::Full } else { HandshakeKind::Resumed };
            assert_eq!(kind, Some(expected), "{version:?}, connection {round}");
        }
    }
}

#[test]
fn a_renewed_certificate_serves_the_next_handshake_and_a_bad_one_changes_nothing() {
    let (folder, upstream) = (Folder::new(), Upstream::plain());
    let (files, former) = folder.make("a", &["gw.test"]);
    let (other, other_shown) = folder.make("other", &["other.test"]);
    let (gateway, address) = start(&upstream, &options(vec![files.clone(), other]), config(), 1);
    let shown = |name: &str| TlsCaller::connect(address, &any_client(), name).unwrap().certificate();
    let mut open = TlsCaller::connect(address, &any_client(), "gw.test").unwrap();
    assert_eq!(shown("gw.test"), former);

    let key = fs::read(&files.key).unwrap();
    let (_, renewed) = folder.make("a", &["gw.test", "new.test"]);
    assert_eq!(shown("new.test"), former);
    gateway.certificates.look_again();
    assert_eq!(
        [shown("gw.test"), shown("new.test"), shown("other.test")],
        [renewed.clone(), renewed.clone(), other_shown]
    );

    // A key that does not belong to it, then no PEM at all, then nothing: the one in force stays.
    fs::write(&files.key, key).unwrap();
    gateway.certificates.look_again();
    assert_eq!(shown("gw.test"), renewed);
    fs::write(&files.certificate, "-----BEGIN CERTIFICATE-----\n!\n").unwrap();
    gateway.certificates.look_again();
    assert_eq!(shown("gw.test"), renewed);
    fs::remove_file(&files.certificate).unwrap();
    gateway.certificates.look_again();
    assert_eq!(shown("gw.test"), renewed);

    let (_, again) = folder.make("a", &["gw.test"]);
    gateway.certificates.look_again();
    assert_eq!([shown("gw.test"), shown("new.test")], [again.clone(), again]);
    assert!(open.call(&get("/orders/x")).unwrap().starts_with("HTTP/1.1 200 "));
}

fn own_certificate() -> Shown {
    let CertifiedKey::<KeyPair> { cert, signing_key } =
        generate_simple_self_signed(["caller.test".to_owned()]).unwrap();
    (vec![cert.der().clone()], PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap())
}

#[test]
fn any_client_certificate_passes_the_handshake_where_its_key_is_proved() {
    let (folder, upstream) = (Folder::new(), Upstream::plain());
    let pair = folder.make("a", &["gw.test"]).0;
    let (_gateway, address) = start(&upstream, &options(vec![pair.clone()]), config(), 1);
    for version in [&TLS12, &TLS13] {
        let caller = Arc::new(client(&[version], &[], Some(own_certificate())));
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let mut connection = TlsCaller::connect(address, &caller, "gw.test").unwrap();
            assert!(connection.call(&get("/orders/x")).unwrap().starts_with("HTTP/1.1 200 "), "{version:?}");
            assert_eq!(connection.session().handshake_kind(), Some(kind));
        }
        // The certificate of one, the key of another.
        let ((chain, _), (_, key)) = (own_certificate(), own_certificate());
        let thief = Arc::new(client(&[version], &[], Some((chain, key))));
        let answer =
            TlsCaller::connect(address, &thief, "gw.test").and_then(|mut caller| caller.call(&get("/orders/x")));
        assert!(answer.is_err(), "{version:?}: {answer:?}");
    }
    assert_eq!(upstream.seen().len(), 4);
}

#[test]
fn where_client_certificates_are_off_none_is_asked_for() {
    let (folder, upstream) = (Folder::new(), Upstream::plain());
    let off =
        TlsOptions { client_certificates: ClientCertificates::Off, ..options(vec![folder.make("a", &["gw.test"]).0]) };
    let (_gateway, address) = start(&upstream, &off, config(), 1);
    let ((chain, _), (_, key)) = (own_certificate(), own_certificate());
    let caller = Arc::new(client(rustls::ALL_VERSIONS, &[], Some((chain, key))));
    // Its proof would be wrong, but nobody wants it.
    let mut connection = TlsCaller::connect(address, &caller, "gw.test").unwrap();
    assert!(connection.call(&get("/orders/x")).unwrap().starts_with("HTTP/1.1 200 "));
}

#[test]
fn what_is_no_tls_is_closed_and_harms_nobody() {
    let (folder, upstream) = (Folder::new(), Upstream::plain());
    let (_gateway, address) = start(&upstream, &options(vec![folder.make("a", &["gw.test"]).0]), config(), 1);
    let mut plain = crate::support::caller::tcp(address);
    plain.write_all(get("/orders/x").as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _reset = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    let mut caller = TlsCaller::connect(address, &any_client(), "gw.test").unwrap();
    assert!(caller.call(&get("/orders/x")).unwrap().starts_with("HTTP/1.1 200 "));
    assert_eq!(upstream.seen().len(), 1);
}

#[test]
fn a_handshake_that_takes_too_long_is_closed() {
    let (folder, upstream) = (Folder::new(), Upstream::plain());
    let config = GatewayConfig { handshake: Duration::from_millis(50), ..config() };
    let (_gateway, address) = start(&upstream, &options(vec![folder.make("a", &["gw.test"]).0]), config, 1);
    let mut silent = Caller::connect(address);
    silent.assert_closed();
    let mut slow = Caller::connect(address);
    slow.write(&[22, 3, 1, 2, 0, 1]);
    let _reset = slow.rest();
}

#[test]
fn the_oldest_handshake_gives_way_to_honest_callers() {
    let (folder, upstream) = (Folder::new(), Upstream::plain());
    let config = GatewayConfig { handshake: Duration::from_mins(1), handshakes_per_worker: 2, ..config() };
    let (_gateway, address) = start(&upstream, &options(vec![folder.make("a", &["gw.test"]).0]), config, 1);
    let mut silent: Vec<_> = (0..3).map(|_| Caller::connect(address)).collect();
    // Closed long before its time, as the third needed its place.
    silent[0].assert_closed();
    for _ in 0..3 {
        let mut caller = TlsCaller::connect(address, &any_client(), "gw.test").unwrap();
        assert!(caller.call(&get("/orders/x")).unwrap().starts_with("HTTP/1.1 200 "));
    }
}
