//! Verified tokens are remembered; every change is in force at once all the same.

use super::signers::Signer;
use super::{call, good, seconds, setup, token};
use crate::refused::assert_problem;
use crate::support::{CLIENT, Gateway, KEY_ID, PROFILE, Upstream, config, standing_clock};
use domain::denial::Denial;
use domain::directory::Delta;
use domain::jwt::{Algorithm, ClaimRules};
use domain::time::{Monotonic, Now, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};

const ALGORITHM: Algorithm = Algorithm::EdDsa;

type Change = fn(&mut crate::support::Setup);

#[test]
fn each_change_stops_a_remembered_token_at_once() {
    let upstream = Upstream::plain();
    let signer = Signer::fixed();
    let setup = setup(&upstream.url(), &signer, ALGORITHM, ClaimRules::default());
    let gateway = Gateway::start_with(&setup, config(), standing_clock, 2);
    let token = good(&signer, ALGORITHM);
    let changes: [(Change, Denial); 6] = [
        (|setup| setup.profile_active = false, Denial::ProfileDisabled),
        (|setup| setup.client_enabled = false, Denial::ClientDisabled),
        (|setup| setup.key_id = "pk_new".into(), Denial::CredentialRevoked),
        (|setup| setup.expires_at = Some(Timestamp(0)), Denial::ProfileExpired),
        (|setup| setup.deny = vec!["127.0.0.1"], Denial::IpDenied),
        (|setup| setup.granted = vec![2], Denial::CollectionNotGranted),
    ];
    for (change, denial) in changes {
        // On every worker it is remembered by now.
        for _ in 0..8 {
            assert_eq!(call(&gateway, &token, "").status, 200);
        }
        let mut other = setup.clone();
        change(&mut other);
        gateway.change(other.deltas());
        for _ in 0..8 {
            let reply = call(&gateway, &token, "");
            assert_problem(&reply, denial);
            assert_eq!(gateway.recorded(&reply).denial, Some(denial));
        }
        gateway.change(setup.deltas());
    }
    gateway.change([Delta::Profile(PROFILE, None)]);
    assert_problem(&call(&gateway, &token, ""), Denial::CredentialRevoked);
    gateway.change(setup.deltas());
    assert_eq!(call(&gateway, &token, "").status, 200);
    gateway.change([Delta::Client(CLIENT, None)]);
    assert_eq!(call(&gateway, &token, "").status, 401);
}

#[test]
fn another_key_or_other_rules_stop_a_remembered_token_at_once() {
    let upstream = Upstream::plain();
    let (signer, stranger) = (Signer::fixed(), Signer::generated());
    let first = setup(&upstream.url(), &signer, ALGORITHM, ClaimRules::default());
    let gateway = Gateway::start(&first);
    let token = good(&signer, ALGORITHM);
    assert_eq!(call(&gateway, &token, "").status, 200);
    gateway.change(setup(&upstream.url(), &stranger, ALGORITHM, ClaimRules::default()).deltas());
    let reply = call(&gateway, &token, "");
    assert_problem(&reply, Denial::JwtSignatureInvalid);
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::JwtSignatureInvalid));
    let strict = ClaimRules { required_claims: vec!["tenant".into()], ..ClaimRules::default() };
    gateway.change(setup(&upstream.url(), &signer, ALGORITHM, strict).deltas());
    assert_eq!(gateway.recorded(&call(&gateway, &token, "")).denial, Some(Denial::JwtClaimMissing));
    gateway.change(first.deltas());
    assert_eq!(call(&gateway, &token, "").status, 200);
}

#[test]
fn a_token_names_its_profile_by_the_key_id_only() {
    let upstream = Upstream::plain();
    let signer = Signer::fixed();
    let gateway = Gateway::start(&setup(&upstream.url(), &signer, ALGORITHM, ClaimRules::default()));
    let other = token(&signer, ALGORITHM, "pk_other");
    assert_eq!(gateway.recorded(&call(&gateway, other, "")).denial, Some(Denial::CredentialUnknown));
    let nobody = token(&signer, ALGORITHM, "");
    assert_eq!(gateway.recorded(&call(&gateway, nobody, "")).denial, Some(Denial::JwtProfileUnnamed));
    let token = good(&signer, ALGORITHM);
    let reply = call(&gateway, &token, &format!("api-token: {KEY_ID}\r\n"));
    assert_problem(&reply, Denial::CredentialAmbiguous);
}

/// Seconds that the clock of the next tests has gone on.
static ELAPSED: AtomicU64 = AtomicU64::new(0);

fn moving_clock() -> Now {
    let elapsed = ELAPSED.load(Ordering::SeqCst);
    let Now { monotonic, wall } = standing_clock();
    Now {
        monotonic: Monotonic(monotonic.0 + elapsed * 1_000_000_000),
        wall: Timestamp(wall.0 + i64::try_from(elapsed).unwrap() * 1_000_000),
    }
}

#[test]
fn a_remembered_token_ends_with_its_own_time_and_an_address_that_fails_too_often_is_not_heard() {
    let upstream = Upstream::plain();
    let (signer, stranger) = (Signer::fixed(), Signer::generated());
    let mut setup = setup(&upstream.url(), &signer, ALGORITHM, ClaimRules::default());
    setup.trust(&["127.0.0.0/8"]);
    if let Some(jwt) = &mut setup.jwt {
        jwt.rules.leeway_seconds = 0;
    }
    let gateway = Gateway::start_with(&setup, config(), moving_clock, 2);
    let from = |address: &str| format!("x-forwarded-for: {address}\r\n");
    let token = good(&signer, ALGORITHM);
    assert_eq!(call(&gateway, &token, "").status, 200);
    ELAPSED.store(59, Ordering::SeqCst);
    assert_eq!(call(&gateway, &token, "").status, 200);
    ELAPSED.store(60, Ordering::SeqCst);
    assert_eq!(gateway.recorded(&call(&gateway, &token, "")).denial, Some(Denial::JwtExpired));

    // Twenty wrong signatures in ten seconds, counted for all workers together.
    let fresh = |number: i64| {
        let claims = format!(r#"{{"sub":"{KEY_ID}","exp":{},"n":{number}}}"#, seconds() + 600);
        move |signer: &Signer| {
            super::signers::compact(r#"{"alg":"EdDSA"}"#, &claims, |message| signer.sign(ALGORITHM, message))
        }
    };
    for number in 0..20 {
        let reply = call(&gateway, fresh(number)(&stranger), &from("203.0.113.9"));
        assert_eq!(gateway.recorded(&reply).denial, Some(Denial::JwtSignatureInvalid));
    }
    for number in 20..24 {
        let reply = call(&gateway, fresh(number)(&signer), &from("203.0.113.9"));
        assert_problem(&reply, Denial::JwtTooManyFailures);
        assert_eq!(gateway.recorded(&reply).denial, Some(Denial::JwtTooManyFailures));
    }
    assert_eq!(call(&gateway, fresh(24)(&signer), &from("203.0.113.10")).status, 200);
    ELAPSED.store(70, Ordering::SeqCst);
    assert_eq!(call(&gateway, fresh(25)(&signer), &from("203.0.113.9")).status, 200);
}
