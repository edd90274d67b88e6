//! What one decision costs: path, route, token, address list and rate limit, in a directory of many profiles.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use crate::workspace;
use aws_lc_rs::digest::{SHA256, digest};
use domain::decide::{FoundCredentials, RequestFacts, Source, decide};
use domain::directory::Directory;
use domain::method::Method;
use domain::path::CanonicalPath;
use domain::time::{Monotonic, Now, Timestamp};
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 7;
/// Tokens drawn from: spread over all profiles, more than the caches of a core hold.
const DRAWN: u32 = 65_536;

/// Runs seven rounds and prints the median with the least and the most.
pub(crate) fn run(profiles: u32, decisions: u32) {
    let profiles = profiles.max(1);
    let started = Instant::now();
    let directory = workspace::directory(profiles);
    println!("directory of {profiles} profiles built in {:.2} s", started.elapsed().as_secs_f64());
    let step = (u64::from(profiles) * 2_654_435_761 / 4_294_967_296).max(1);
    let tokens: Vec<String> = (0..DRAWN)
        .map(|draw| {
            let number = u64::from(draw) * step % u64::from(profiles);
            workspace::token(u32::try_from(number).unwrap_or(0))
        })
        .collect();
    let round = |name: &str, work: &dyn Fn(&str, u64)| {
        let mut nanos: Vec<f64> = (0..ROUNDS).map(|_| one_round(&tokens, decisions, work)).collect();
        nanos.sort_by(f64::total_cmp);
        let at = |place: usize| nanos.get(place).copied().unwrap_or_default();
        println!("{name:<28} {:>8.0} ns  ({:.0} - {:.0})", at(ROUNDS / 2), at(0), at(ROUNDS - 1));
    };
    round("SHA-256 of the token alone", &|token, _| {
        black_box(digest(&SHA256, token.as_bytes()));
    });
    round("path, route and decide()", &|token, at| decide_once(&directory, token, at));
}

fn one_round(tokens: &[String], decisions: u32, work: &dyn Fn(&str, u64)) -> f64 {
    let started = Instant::now();
    for (at, token) in (0..decisions).zip(tokens.iter().cycle()) {
        work(token, u64::from(at) * 1_000);
    }
    started.elapsed().as_secs_f64() * 1e9 / f64::from(decisions)
}

fn decide_once(directory: &Directory, token: &str, at: u64) {
    let path = CanonicalPath::parse(black_box(b"/orders-v1/orders/17")).expect("a constant path is canonical");
    let credentials =
        FoundCredentials { api_token: Some(token.as_bytes()), api_token_count: 1, ..FoundCredentials::default() };
    let facts = RequestFacts {
        framing: Ok(()),
        route: directory.route(Method::Get, &path),
        credentials,
        source: Source::Known([10, 1, 2, 3].into()),
        body_bytes: None,
    };
    let decided = decide(directory, &facts, Now { monotonic: Monotonic(at), wall: Timestamp(0) });
    assert!(decided.is_ok(), "the measured call must be admitted");
}
