//! The table of attacks on a verifier, sent through a whole gateway.

use super::attack_table::{Must, World, attacks, rules};
use super::signers::Signer;
use super::{call, seconds, setup};
use crate::support::{Gateway, KEY_ID, Upstream};

/// Whether a token arrives as it is: a header's value has no white space around it.
fn arrives(token: &[u8]) -> bool {
    token.trim_ascii() == token
}

/// Whether a header can carry a token as it is, so that check 1 has nothing against it.
fn fits_into_a_header(token: &[u8]) -> bool {
    let is_carried = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f);
    token.len() < 15_000 && token.iter().all(is_carried)
}

#[test]
fn every_attack_is_refused_alike_and_nothing_of_it_reaches_the_upstream() {
    let world =
        World { profile: KEY_ID.into(), now: seconds(), signer: Signer::fixed(), stranger: Signer::generated() };
    let upstream = Upstream::plain();
    let mut wrong = Vec::new();
    let mut sent = 0;
    let mut admitted = 0;
    let table = attacks(&world);
    let start = |algorithm| {
        let mut setup = setup(&upstream.url(), &world.signer, algorithm, rules());
        // Each attack comes from an address of its own, or the first ones would silence the others.
        setup.trust(&["127.0.0.0/8"]);
        setup
    };
    let first = table.first().expect("a table");
    let gateway = Gateway::start(&start(first.algorithm));
    for (at, attack) in table.iter().enumerate().filter(|(_, attack)| arrives(&attack.token)) {
        gateway.change(start(attack.algorithm).deltas());
        let source = format!("x-forwarded-for: 203.0.{}.{}\r\n", at / 250, at % 250);
        let reply = call(&gateway, &attack.token, &source);
        let (expected, body) = match attack.must {
            Must::Accept => (200, "hello"),
            Must::Refuse(_) | Must::NameAnother if fits_into_a_header(&attack.token) => {
                (401, "access to this API has been disallowed")
            }
            Must::Refuse(_) | Must::NameAnother => continue,
        };
        sent += 1;
        admitted += usize::from(reply.status == 200);
        if reply.status != expected || !reply.body.contains(body) {
            wrong.push(format!("{}: {} instead of {expected}: {reply:?}", attack.name, reply.status));
        }
    }
    assert!(wrong.is_empty(), "{} of {sent}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(sent - admitted >= 150, "{sent} tokens, {admitted} of them good");
    assert_eq!(upstream.seen().len(), admitted);
    assert!(upstream.seen().iter().all(|seen| seen.header("authorization").is_none()));
}

#[test]
fn tokens_that_no_header_can_carry_are_refused_below() {
    let world =
        World { profile: KEY_ID.into(), now: seconds(), signer: Signer::fixed(), stranger: Signer::generated() };
    let upstream = Upstream::plain();
    let table = attacks(&world);
    let uncarried = |token: &[u8]| arrives(token) && !fits_into_a_header(token);
    for attack in table.iter().filter(|attack| uncarried(&attack.token)) {
        let gateway = Gateway::start(&setup(&upstream.url(), &world.signer, attack.algorithm, rules()));
        let reply = call(&gateway, &attack.token, "");
        assert!(matches!(reply.status, 400 | 401 | 431), "{}: {reply:?}", attack.name);
    }
    assert_eq!(upstream.connections(), 0);
}
