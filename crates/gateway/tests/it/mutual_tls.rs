//! Check 4 on the wire: callers with and without certificates, and what changes do to connections that are open.

use crate::support::tls::{Folder, Shown, TlsCaller, any_client, client, listener, options};
use crate::support::{Gateway, KEY_ID, Setup, Upstream, config, get, request, standing_clock, token};
use domain::cert_bundle::CertBundle;
use domain::certificate::Authorities;
use domain::denial::Denial;
use domain::directory::Delta;
use domain::ids::CertBundleId;
use domain::terms::AuthMethod;
use domain::text::Name;
use domain::time::{Monotonic, Now, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType,
    date_time_ymd,
};
use rustls::HandshakeKind;
use rustls::pki_types::PrivateKeyDer;
use rustls::version::{TLS12, TLS13};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// An authority for callers.
struct CallerCa(CertifiedIssuer<'static, KeyPair>);

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn shop() -> CertificateParams {
    let mut params = named("shop");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.subject_alt_names = vec![SanType::DnsName("shop.acme.test".try_into().unwrap())];
    params
}

impl CallerCa {
    fn new(name: &str) -> Self {
        Self(CertifiedIssuer::self_signed(authority(name), KeyPair::generate().unwrap()).unwrap())
    }

    fn below(&self, name: &str) -> Self {
        Self(CertifiedIssuer::signed_by(authority(name), KeyPair::generate().unwrap(), &self.0).unwrap())
    }

    /// A certificate and its key; `above`: what is sent along.
    #[expect(clippy::needless_pass_by_value, reason = "tests make the parameters where they give them")]
    fn issue(&self, params: CertificateParams, above: &[&Self]) -> Shown {
        let key = KeyPair::generate().unwrap();
        let own = params.signed_by(&key, &self.0).unwrap().der().clone();
        let chain = std::iter::once(own).chain(above.iter().map(|one| one.0.der().clone())).collect();
        (chain, PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    }

    /// A bundle of this authority alone.
    fn bundle(&self, id: i64) -> Delta {
        let bundle = CertBundle {
            id: CertBundleId(id),
            name: Name::parse(&format!("Bundle {id}")).unwrap(),
            authorities: Authorities::parse(&self.0.pem()).unwrap(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        Delta::CertBundle(CertBundleId(id), Some(Box::new(bundle)))
    }
}

struct Scene {
    gateway: Gateway,
    address: SocketAddr,
    upstream: Upstream,
    setup: Setup,
    _folder: Folder,
}

/// A gateway with TLS whose profile asks for a certificate of bundle 1.
fn start(ca: &CallerCa, adjust: fn(&mut Setup), clock: fn() -> Now) -> Scene {
    let (folder, upstream) = (Folder::new(), Upstream::plain());
    let mut setup = Setup::new(upstream.url());
    (setup.mtls_enabled, setup.cert_bundle_ids) = (true, vec![1]);
    adjust(&mut setup);
    let tls = listener(&options(vec![folder.make("gateway", &["gw.test"]).0]));
    let gateway = Gateway::start_on(&setup, config(), clock, 1, vec![tls]);
    gateway.change([ca.bundle(1)]);
    let address = gateway.addresses[0];
    Scene { gateway, address, upstream, setup, _folder: folder }
}

impl Scene {
    fn connect(&self, shown: Option<Shown>) -> TlsCaller {
        let config = Arc::new(client(rustls::ALL_VERSIONS, &["http/1.1"], shown));
        TlsCaller::connect(self.address, &config, "gw.test").unwrap()
    }

    /// Calls on an open connection; the reason of a refusal, as recorded.
    #[track_caller]
    fn call(&self, caller: &mut TlsCaller) -> Result<(), Denial> {
        self.send(caller, &get("/orders/x"))
    }

    #[track_caller]
    fn send(&self, caller: &mut TlsCaller, request: &str) -> Result<(), Denial> {
        let answer = caller.exchange(request).unwrap();
        let head = answer.to_ascii_lowercase();
        let id = head.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
        match self.gateway.find_recorded(id).unwrap().denial {
            None => {
                assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
                Ok(())
            }
            Some(denial) => {
                assert!(answer.starts_with(&format!("HTTP/1.1 {} ", denial.status())), "{denial:?}: {answer}");
                assert!(!answer.contains("mtls") && !answer.contains("certificate"), "the caller is told nothing");
                Err(denial)
            }
        }
    }
}

#[test]
fn only_a_certificate_of_the_bundle_is_admitted() {
    let (ca, other) = (CallerCa::new("CA"), CallerCa::new("Other"));
    let scene = start(&ca, |_| {}, standing_clock);
    let mut server = shop();
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let mut past = shop();
    past.not_after = date_time_ymd(2023, 11, 1);
    let mut future = shop();
    future.not_before = date_time_ymd(2023, 12, 1);
    let middle = ca.below("Middle");
    for (shown, expected, case) in [
        (None, Err(Denial::MtlsMissing), "without"),
        (Some(ca.issue(shop(), &[])), Ok(()), "good"),
        (Some(middle.issue(shop(), &[&middle])), Ok(()), "with its intermediate"),
        (Some(middle.issue(shop(), &[])), Err(Denial::MtlsUntrusted), "without its intermediate"),
        (Some(other.issue(shop(), &[])), Err(Denial::MtlsUntrusted), "of another authority"),
        (Some(other.issue(shop(), &[&ca])), Err(Denial::MtlsUntrusted), "with the good authority beside it"),
        (Some(ca.issue(server, &[])), Err(Denial::MtlsUntrusted), "of a server"),
        (Some(ca.issue(past, &[])), Err(Denial::MtlsUntrusted), "expired"),
        (Some(ca.issue(future, &[])), Err(Denial::MtlsUntrusted), "not valid yet"),
    ] {
        let mut caller = scene.connect(shown);
        for _ in 0..2 {
            assert_eq!(scene.call(&mut caller), expected, "{case}");
        }
    }
    assert_eq!(scene.upstream.seen().len(), 4, "nothing that was refused reached the upstream");
}

#[test]
fn both_versions_of_tls_show_the_certificate_and_resumed_sessions_keep_it() {
    let (ca, other) = (CallerCa::new("CA"), CallerCa::new("Other"));
    let scene = start(&ca, |_| {}, standing_clock);
    for version in [&TLS12, &TLS13] {
        let config = Arc::new(client(&[version], &["http/1.1"], Some(ca.issue(shop(), &[]))));
        for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let mut caller = TlsCaller::connect(scene.address, &config, "gw.test").unwrap();
            assert_eq!(scene.call(&mut caller), Ok(()), "{version:?}");
            assert_eq!(caller.session().handshake_kind(), Some(expected));
        }
        // What is trusted is asked on each request, so resuming is no way around it.
        scene.gateway.change([other.bundle(1)]);
        let mut caller = TlsCaller::connect(scene.address, &config, "gw.test").unwrap();
        assert_eq!(caller.session().handshake_kind(), Some(HandshakeKind::Resumed));
        assert_eq!(scene.call(&mut caller), Err(Denial::MtlsUntrusted));
        scene.gateway.change([ca.bundle(1)]);
    }
}

#[test]
fn changes_act_on_the_next_request_of_an_open_connection() {
    let (ca, other) = (CallerCa::new("CA"), CallerCa::new("Other"));
    let scene = start(&ca, |_| {}, standing_clock);
    let mut caller = scene.connect(Some(ca.issue(shop(), &[])));
    assert_eq!(scene.call(&mut caller), Ok(()));
    scene.gateway.change([other.bundle(1)]);
    assert_eq!(scene.call(&mut caller), Err(Denial::MtlsUntrusted));
    scene.gateway.change([ca.bundle(1)]);
    assert_eq!(scene.call(&mut caller), Ok(()));
    scene.gateway.change([Delta::CertBundle(CertBundleId(1), None)]);
    assert_eq!(scene.call(&mut caller), Err(Denial::MtlsUntrusted));
    scene.gateway.change([ca.bundle(2), Setup { cert_bundle_ids: vec![1, 2], ..scene.setup.clone() }.profile()]);
    assert_eq!(scene.call(&mut caller), Ok(()));
    for (rule, expected) in [
        ("CN=shop,SAN.DNS=*.acme.test", Ok(())),
        ("CN=shop,SAN.DNS=*.test", Err(Denial::MtlsRule)),
        ("CN=other", Err(Denial::MtlsRule)),
    ] {
        let setup = Setup { cert_bundle_ids: vec![2], certificate_rule: Some(rule), ..scene.setup.clone() };
        scene.gateway.change([setup.profile()]);
        assert_eq!(scene.call(&mut caller), expected, "{rule}");
    }
    scene.gateway.change([Setup { mtls_enabled: false, ..scene.setup.clone() }.profile()]);
    assert_eq!(scene.call(&mut caller), Ok(()));
}

static WALL: AtomicI64 = AtomicI64::new(0);

fn moving_clock() -> Now {
    Now { monotonic: Monotonic(1_000_000_000), wall: Timestamp(WALL.load(Ordering::SeqCst)) }
}

#[test]
fn a_certificate_that_ends_while_its_connection_is_open_is_refused() {
    let ca = CallerCa::new("CA");
    let scene = start(&ca, |_| {}, moving_clock);
    // 2023-12-01.
    let end = 1_701_388_800_000_000;
    let mut params = shop();
    params.not_after = date_time_ymd(2023, 12, 1);
    let mut caller = scene.connect(Some(ca.issue(params, &[])));
    for (at, expected) in
        [(end - 86_400_000_000, Ok(())), (end, Ok(())), (end + 1_000_000, Err(Denial::MtlsUntrusted)), (end, Ok(()))]
    {
        WALL.store(at, Ordering::SeqCst);
        assert_eq!(scene.call(&mut caller), expected, "{at}");
    }
}

#[test]
fn a_certificate_is_no_credential_and_no_header_is_one() {
    let ca = CallerCa::new("CA");
    let scene = start(&ca, |_| {}, standing_clock);
    let mut caller = scene.connect(Some(ca.issue(shop(), &[])));
    let bare = "GET /orders/x HTTP/1.1\r\nhost: gw.test\r\n\r\n";
    assert_eq!(scene.send(&mut caller, bare), Err(Denial::CredentialMissing));
    let pem = ca.0.pem().replace('\n', " ");
    let claims = format!(
        "x-client-cert: {pem}\r\nx-ssl-client-verify: SUCCESS\r\nx-forwarded-client-cert: Subject=\"CN=shop\"\r\n"
    );
    let claimed = request("GET", "/orders/x", &claims, "");
    let mut caller = TlsCaller::connect(scene.address, &any_client(), "gw.test").unwrap();
    assert_eq!(scene.send(&mut caller, &claimed), Err(Denial::MtlsMissing));
    assert!(scene.upstream.seen().is_empty());
}

#[test]
fn somebody_elses_certificate_without_its_key_does_not_get_through_the_handshake() {
    let ca = CallerCa::new("CA");
    let scene = start(&ca, |_| {}, standing_clock);
    let (stolen, _) = ca.issue(shop(), &[]);
    let (_, own_key) = ca.issue(shop(), &[]);
    let config = Arc::new(client(rustls::ALL_VERSIONS, &["http/1.1"], Some((stolen, own_key))));
    let called =
        TlsCaller::connect(scene.address, &config, "gw.test").and_then(|mut caller| caller.exchange(&get("/orders/x")));
    assert!(called.is_err(), "{called:?}");
    assert!(scene.upstream.seen().is_empty());
}

#[test]
fn the_token_endpoint_asks_for_the_certificate_too() {
    let ca = CallerCa::new("CA");
    let scene = start(&ca, |setup| setup.method = AuthMethod::Oauth2, standing_clock);
    let form = format!("grant_type=client_credentials&client_id={KEY_ID}&client_secret={}", token());
    let ask = format!(
        "POST /oauth2/token HTTP/1.1\r\nhost: gw.test\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{form}",
        form.len()
    );
    assert_eq!(scene.send(&mut scene.connect(None), &ask), Err(Denial::MtlsMissing));
    let mut caller = scene.connect(Some(ca.issue(shop(), &[])));
    let answer = caller.exchange(&ask).unwrap();
    let document: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let bearer = format!("authorization: Bearer {}\r\n", document["access_token"].as_str().unwrap());
    let call = format!("GET /orders/x HTTP/1.1\r\nhost: gw.test\r\n{bearer}\r\n");
    assert_eq!(scene.send(&mut caller, &call), Ok(()));
    // The token is of no use on a connection without the certificate.
    assert_eq!(scene.send(&mut scene.connect(None), &call), Err(Denial::MtlsMissing));
}

#[test]
fn a_refused_call_is_explained_with_the_certificate_that_it_had() {
    let (ca, other) = (CallerCa::new("CA"), CallerCa::new("Other"));
    let scene = start(&ca, |_| {}, standing_clock);
    let mut caller = scene.connect(Some(other.issue(shop(), &[])));
    let answer = caller.exchange(&get("/orders/x")).unwrap().to_ascii_lowercase();
    let id = answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
    let described = scene.gateway.find_recorded(id).unwrap().described().unwrap();
    let explain = || scene.gateway.runtime.block_on(scene.gateway.explainer.explain(&described)).unwrap();
    let explained = explain();
    assert_eq!(explained.denial, Some(Denial::MtlsUntrusted));
    let shown: Vec<_> =
        explained.rows[3].values.iter().map(|value| format!("{}={}", value.name, value.value)).collect();
    assert!(shown.contains(&"issuer=CN=Other".to_owned()), "{shown:?}");
    assert!(shown.iter().any(|value| value.starts_with("bundles=Bundle 1: not trusted, no authority")), "{shown:?}");
    scene.gateway.change([other.bundle(1)]);
    assert_eq!(explain().denial, None);
}
