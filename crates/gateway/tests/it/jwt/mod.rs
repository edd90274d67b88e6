//! JSON Web Tokens through the front door: the table of attacks, what is remembered, and whom a request waits for.

#[path = "../../../../domain/tests/it/jwt/attack_table.rs"]
mod attack_table;
mod attacks;
mod claims;
mod keys;
mod refused;
mod remembered;
#[path = "../../../../domain/tests/it/jwt/signers.rs"]
#[expect(dead_code, reason = "the tests of domain need more of it")]
mod signers;

use crate::support::{Gateway, KEY_ID, Reply, Setup, standing_clock};
use domain::jwt::{Algorithm, ClaimRules};
use domain::terms::{AuthMethod, JwtTerms};
use signers::{Signer, compact};

/// The second in which the test clock stands.
fn seconds() -> i64 {
    standing_clock().wall.0 / 1_000_000
}

/// A profile whose tokens are verified with this signer's key.
fn setup(upstream: &str, signer: &Signer, algorithm: Algorithm, rules: ClaimRules) -> Setup {
    let key = Some(signer.verifying_key(algorithm));
    let mut setup = Setup::new(upstream);
    setup.method = AuthMethod::Jwt;
    setup.jwt = Some(JwtTerms { family: Some(algorithm.family()), key, rules, ..JwtTerms::default() });
    setup
}

/// A token that names a profile.
fn token(signer: &Signer, algorithm: Algorithm, subject: &str) -> String {
    let header = format!(r#"{{"alg":"{}"}}"#, algorithm.as_str());
    let claims = format!(r#"{{"sub":"{subject}","exp":{}}}"#, seconds() + 60);
    compact(header, claims, |message| signer.sign(algorithm, message))
}

/// The good token of the profile.
fn good(signer: &Signer, algorithm: Algorithm) -> String {
    token(signer, algorithm, KEY_ID)
}

/// A call with a bearer token; `headers` end in CR LF.
fn call(gateway: &Gateway, token: impl AsRef<[u8]>, headers: &str) -> Reply {
    let mut caller = gateway.connect();
    caller.write(b"GET /orders/x HTTP/1.1\r\nhost: gw.test\r\nauthorization: Bearer ").write(token.as_ref());
    caller.write(format!("\r\n{headers}\r\n").as_bytes()).reply()
}
