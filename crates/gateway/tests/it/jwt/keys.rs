//! Fetched keys: whoever keeps them is asked once, for at most a second, and a new set is in force at once.

use super::signers::{ED25519, P256, PublicTexts, Signer};
use super::{call, good};
use crate::refused::assert_problem;
use crate::support::{Gateway, Setup, Upstream, config, standing_clock};
use domain::denial::Denial;
use domain::directory::Delta;
use domain::jwt::{Algorithm, KeySet};
use domain::secret::Secret;
use domain::terms::{AuthMethod, JwtTerms, KeySource};
use gateway::{Described, DescribedCredential};
use std::sync::Arc;

const URL: &str = "https://issuer.example/keys";

fn source() -> KeySource {
    KeySource::JwksUri(URL.into())
}

fn set_of(texts: &PublicTexts) -> Arc<KeySet> {
    Arc::new(KeySet::parse(format!(r#"{{"keys":[{}]}}"#, texts.jwk).as_bytes()).unwrap())
}

fn start(upstream: &Upstream) -> Gateway {
    let mut setup = Setup::new(upstream.url());
    setup.method = AuthMethod::Jwt;
    setup.jwt = Some(JwtTerms { oidc_jwks_uri: Some(URL.into()), ..JwtTerms::default() });
    Gateway::start_with(&setup, config(), standing_clock, 1)
}

#[test]
fn a_request_waits_for_keys_that_are_not_there_yet() {
    let upstream = Upstream::plain();
    let mut gateway = start(&upstream);
    let mut keys = gateway.keys.take().unwrap();
    let signer = Signer::fixed();
    let reply = std::thread::scope(|scope| {
        let asked = scope.spawn(|| call(&gateway, good(&signer, Algorithm::EdDsa), ""));
        let ask = keys.blocking_recv().unwrap();
        assert_eq!(ask.source, source());
        gateway.change([Delta::KeySet(source(), Some(set_of(&ED25519)))]);
        ask.done.send(()).unwrap();
        asked.join().unwrap()
    });
    assert_eq!(reply.status, 200);
    // The next one asks nobody.
    assert_eq!(call(&gateway, good(&signer, Algorithm::EdDsa), "").status, 200);
    assert!(keys.try_recv().is_err());
}

#[test]
fn without_keys_the_request_is_refused_after_one_ask() {
    let upstream = Upstream::plain();
    let mut gateway = start(&upstream);
    let mut keys = gateway.keys.take().unwrap();
    let signer = Signer::fixed();
    let token = good(&signer, Algorithm::EdDsa);
    // Told that there are none; not told anything; nobody there.
    for told in [true, false] {
        let reply = std::thread::scope(|scope| {
            let asked = scope.spawn(|| call(&gateway, &token, ""));
            let ask = keys.blocking_recv().unwrap();
            if told {
                drop(ask);
                return asked.join().unwrap();
            }
            let reply = asked.join().unwrap();
            drop(ask);
            reply
        });
        assert_problem(&reply, Denial::JwtKeysUnavailable);
        assert_eq!(gateway.recorded(&reply).denial, Some(Denial::JwtKeysUnavailable));
    }
    drop(keys);
    assert_problem(&call(&gateway, &token, ""), Denial::JwtKeysUnavailable);
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn an_explanation_waits_for_keys_too() {
    let upstream = Upstream::plain();
    let mut gateway = start(&upstream);
    let mut keys = gateway.keys.take().unwrap();
    let signer = Signer::fixed();
    let value = format!("Bearer {}", good(&signer, Algorithm::EdDsa));
    let described = Described {
        method: "GET".into(),
        url: "/orders/x".into(),
        credential: DescribedCredential::Authorization(Secret::new(value)),
        source: Described::source_of(Some([127, 0, 0, 1].into())),
        certificate: None,
        body_bytes: None,
    };
    let explanation = std::thread::scope(|scope| {
        let asked = scope.spawn(|| gateway.runtime.block_on(gateway.explainer.explain(&described)).unwrap());
        let ask = keys.blocking_recv().unwrap();
        assert_eq!(ask.source, source());
        gateway.change([Delta::KeySet(source(), Some(set_of(&ED25519)))]);
        drop(ask);
        asked.join().unwrap()
    });
    assert_eq!(explanation.denial, None);
    gateway.change([Delta::KeySet(source(), None)]);
    drop(keys);
    let explanation = gateway.runtime.block_on(gateway.explainer.explain(&described)).unwrap();
    assert_eq!(explanation.denial, Some(Denial::JwtKeysUnavailable));
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn another_set_stops_remembered_tokens_at_once() {
    let upstream = Upstream::plain();
    let mut gateway = start(&upstream);
    drop(gateway.keys.take());
    let signer = Signer::fixed();
    let token = good(&signer, Algorithm::EdDsa);
    gateway.change([Delta::KeySet(source(), Some(set_of(&ED25519)))]);
    assert_eq!(call(&gateway, &token, "").status, 200);
    gateway.change([Delta::KeySet(source(), Some(set_of(&P256)))]);
    let reply = call(&gateway, &token, "");
    assert_problem(&reply, Denial::JwtKeyUnknown);
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::JwtKeyUnknown));
    assert_eq!(call(&gateway, good(&signer, Algorithm::Es256), "").status, 200);
    gateway.change([Delta::KeySet(source(), None)]);
    assert_eq!(gateway.recorded(&call(&gateway, &token, "")).denial, Some(Denial::JwtKeysUnavailable));
}
