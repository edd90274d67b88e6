//! The claims of a verified token, for the upstream: only where the collection asks.

use super::signers::{Signer, compact};
use super::{call, good, seconds, setup};
use crate::support::{Gateway, KEY_ID, Upstream};
use domain::jwt::{Algorithm, ClaimRules};

const ALGORITHM: Algorithm = Algorithm::EdDsa;

#[test]
fn they_go_on_where_the_collection_asks_also_from_a_remembered_token() {
    let upstream = Upstream::plain();
    let signer = Signer::fixed();
    let mut setup = setup(&upstream.url(), &signer, ALGORITHM, ClaimRules::default());
    let gateway = Gateway::start(&setup);
    let claims = format!(r#"{{"sub":"{KEY_ID}","exp":{},"role":"caf\u00e9 \"x\"","n":[1,2]}}"#, seconds() + 60);
    let header = format!(r#"{{"alg":"{}"}}"#, ALGORITHM.as_str());
    let token = compact(header, claims.clone(), |message| signer.sign(ALGORITHM, message));
    assert_eq!(call(&gateway, &token, "x-portcullis-claims: mine\r\n").status, 200);
    assert_eq!(upstream.only().header("x-portcullis-claims"), None);

    setup.forwarding.send_claims = true;
    gateway.change(setup.deltas());
    // The first use after the change is verified anew, the others are remembered.
    for _ in 0..3 {
        assert_eq!(call(&gateway, &token, "x-portcullis-claims: mine\r\n").status, 200);
        let seen = upstream.seen().pop().unwrap();
        let sent = seen.header("x-portcullis-claims").unwrap();
        assert_eq!(decoded(sent), claims);
        assert_eq!(seen.header("authorization"), None);
    }
    // Another token of the same profile brings its own.
    let other = good(&signer, ALGORITHM);
    assert_eq!(call(&gateway, &other, "").status, 200);
    assert!(!decoded(upstream.seen().pop().unwrap().header("x-portcullis-claims").unwrap()).contains("role"));
}

fn decoded(text: &str) -> String {
    use base64::Engine as _;
    String::from_utf8(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}
