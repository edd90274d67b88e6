//! What one decision costs: path, route, credential, address list and rate limit, in a directory of many profiles.

use crate::rounds::measure;
use crate::workspace;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::decide::{
    Claimant, Decision, FoundCredentials, NoMemory, RequestFacts, Source, VerifiedCache, VerifiedToken, Waited, decide,
};
use domain::directory::Directory;
use domain::ids::Revision;
use domain::jwt::{KeyFamily, VerifyingKey};
use domain::method::Method;
use domain::path::CanonicalPath;
use domain::time::{Monotonic, Now, Timestamp};
use domain::token::TokenDigest;
use std::cell::Cell;
use std::collections::HashMap;
use std::hint::black_box;

/// Tokens drawn from: spread over all profiles, more than the caches of a core hold.
const DRAWN: u32 = 65_536;
const SECRET: &str = "a shared secret of at least thirty-two bytes";

/// Measures each kind of credential.
pub(crate) fn run(profiles: u32, decisions: u32) {
    let profiles = profiles.max(1);
    let directory = workspace::directory(profiles);
    println!("directory of {profiles} profiles");
    tokens(&directory, profiles, decisions);
    shared_secret(&directory, profiles, decisions / 4);
    rsa(&directory, profiles, decisions / 20);
}

fn tokens(directory: &Directory, profiles: u32, decisions: u32) {
    let step = (u64::from(profiles) * 2_654_435_761 / 4_294_967_296).max(1);
    let tokens: Vec<String> = (0..DRAWN)
        .map(|draw| workspace::token(u32::try_from(u64::from(draw) * step % u64::from(profiles)).unwrap_or(0)))
        .collect();
    let token = |at: u32| tokens.get((at % DRAWN) as usize).map(String::as_str).unwrap_or_default();
    measure("SHA-256 of the token alone", decisions, |at| {
        black_box(digest(&SHA256, token(at).as_bytes()));
    });
    measure("decide() with a token", decisions, |at| {
        let found = FoundCredentials {
            api_token: Some(token(at).as_bytes()),
            api_token_count: 1,
            ..FoundCredentials::default()
        };
        decide_once(directory, found, &mut NoMemory);
    });
}

fn shared_secret(directory: &Directory, profiles: u32, decisions: u32) {
    let key = VerifyingKey::parse(KeyFamily::Hmac, SECRET).expect("a constant secret is good");
    let directory = directory.apply(Revision(2), [workspace::jwt_profile(profiles, "pk_hmac", key)]);
    let secret = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let (message, signature) = signed("HS256", "pk_hmac", |message| hmac::sign(&secret, message).as_ref().to_vec());
    measure("HS256 alone", decisions, |_| {
        assert!(hmac::verify(&secret, black_box(message.as_bytes()), &signature).is_ok());
    });
    let header = bearer(&message, &signature);
    measure("decide() with HS256, not cached", decisions, |_| {
        decide_once(&directory, authorization(&header), &mut NoMemory);
    });
    let mut memory = Memory(HashMap::new());
    measure("decide() with a JWT, cached", decisions, |_| {
        decide_once(&directory, authorization(&header), &mut memory);
    });
}

fn rsa(directory: &Directory, profiles: u32, decisions: u32) {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key is made");
    let der = pair.public_key().as_der().expect("the key is written");
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", STANDARD.encode(der.as_ref()));
    let key = VerifyingKey::parse(KeyFamily::Rsa, &pem).expect("the key is read");
    let directory = directory.apply(Revision(2), [workspace::jwt_profile(profiles, "pk_rsa", key)]);
    let (message, signature) = signed("RS256", "pk_rsa", |message| {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &rand::SystemRandom::new(), message, &mut signature).expect("it is signed");
        signature
    });
    let bare = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.as_ref()).expect("the key is read");
    let alone = measure("RS256 alone", decisions, |_| {
        assert!(bare.verify_sig(black_box(message.as_bytes()), &signature).is_ok());
    });
    let header = bearer(&message, &signature);
    let cold = measure("decide() with RS256, not cached", decisions, |_| {
        decide_once(&directory, authorization(&header), &mut NoMemory);
    });
    println!("RS256: {:.2} times the bare check", cold / alone);
}

/// What is signed, and its signature.
fn signed(algorithm: &str, key_id: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> (String, Vec<u8>) {
    let header = format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#);
    let claims = format!(r#"{{"iss":"https://issuer.example","sub":"{key_id}","iat":0,"exp":4102444800}}"#);
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = sign(message.as_bytes());
    (message, signature)
}

fn bearer(message: &str, signature: &[u8]) -> String {
    format!("Bearer {message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn authorization(header: &str) -> FoundCredentials<'_> {
    FoundCredentials { authorization: Some(header.as_bytes()), authorization_count: 1, ..FoundCredentials::default() }
}

/// Remembers every token.
struct Memory(HashMap<TokenDigest, VerifiedToken>);

impl VerifiedCache for Memory {
    fn find(&mut self, digest: &TokenDigest) -> Option<VerifiedToken> {
        self.0.get(digest).copied()
    }

    fn keep(&mut self, digest: TokenDigest, token: VerifiedToken) {
        self.0.insert(digest, token);
    }

    fn may_verify(&mut self, _source: Source, _now: Monotonic) -> bool {
        true
    }

    fn note_failure(&mut self, _source: Source, _now: Monotonic) {}
}

thread_local! {
    /// Time of the last decision. It goes on from series to series, as they share the counters of a profile.
    static CLOCK: Cell<u64> = const { Cell::new(0) };
}

fn decide_once(directory: &Directory, found: FoundCredentials<'_>, memory: &mut impl VerifiedCache) {
    let path = CanonicalPath::parse(black_box(b"/orders-v1/orders/17")).expect("a constant path is canonical");
    let facts = RequestFacts {
        framing: Ok(()),
        route: directory.route("gw.test", Method::Get, &path),
        claimant: Claimant::Credentials(found),
        source: Source::Known([10, 1, 2, 3].into()),
        certificate: None,
        body_bytes: None,
    };
    // Far enough apart that no round fills the window of an hour.
    CLOCK.set(CLOCK.get() + 40_000_000);
    let now = Now { monotonic: Monotonic(CLOCK.get()), wall: Timestamp(1) };
    let decided = decide(directory, &facts, memory, Waited::default(), now);
    assert!(matches!(decided, Decision::Admit(_)), "the measured call must be admitted");
}
