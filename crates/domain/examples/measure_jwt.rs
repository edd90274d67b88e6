//! What the JWT verifier costs: `cargo run --release -p domain --example measure_jwt`.
//!
//! *Whole* is everything a gateway does with a token that it has not seen before: read it, find whose it is, verify the
//! signature, check the claims. *Bare* is the signature check of the crypto library alone, with a parsed key.
#![expect(clippy::print_stdout, reason = "a tool that prints")]

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey, RsaKeyPair};
use aws_lc_rs::signature::{EcdsaSigningAlgorithm, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::jwt::{Algorithm, ClaimRules, UnverifiedToken, VerifyingKey};
use domain::time::Timestamp;
use std::hint::black_box;
use std::time::{Duration, Instant};

const CLAIMS: &str = r#"{"iss":"https://issuer.example/","sub":"pk_aB3dE6gH9jK2mN5pQ8sT1v","aud":["portcullis","other"],"iat":1799999990,"nbf":1799999990,"exp":1800000300,"jti":"0b6f1d2e-7d1c-4e43-9c55-3f6f3a3f0c11","scope":"orders:read orders:write"}"#;
const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

fn main() {
    let secret = b"a shared secret of at least 32 bytes";
    let key = VerifyingKey::hmac(secret).expect("long enough");
    let bare_key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let token = token(Algorithm::Hs256, |input| hmac::sign(&bare_key, input).as_ref().to_vec());
    let parsed = nanos(|| UnverifiedToken::parse(black_box(token.as_bytes())).is_ok());
    println!("{:6}  reading only   {parsed:8.0} ns ({} bytes)", "", token.len());
    report(Algorithm::Hs256, &token, &key, |input, tag| hmac::verify(&bare_key, input, tag).is_ok());

    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    public(Algorithm::Rs256, rsa.public_key(), &signature::RSA_PKCS1_2048_8192_SHA256, |input| {
        let mut signed = vec![0; rsa.public_modulus_len()];
        rsa.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), input, &mut signed).expect("signs");
        signed
    });
    public(Algorithm::Ps256, rsa.public_key(), &signature::RSA_PSS_2048_8192_SHA256, |input| {
        let mut signed = vec![0; rsa.public_modulus_len()];
        rsa.sign(&signature::RSA_PSS_SHA256, &SystemRandom::new(), input, &mut signed).expect("signs");
        signed
    });
    ecdsa(Algorithm::Es256, &signature::ECDSA_P256_SHA256_FIXED_SIGNING, &signature::ECDSA_P256_SHA256_FIXED);
    ecdsa(Algorithm::Es384, &signature::ECDSA_P384_SHA384_FIXED_SIGNING, &signature::ECDSA_P384_SHA384_FIXED);
    ecdsa(Algorithm::Es512, &signature::ECDSA_P521_SHA512_FIXED_SIGNING, &signature::ECDSA_P521_SHA512_FIXED);
    let edwards = Ed25519KeyPair::generate().expect("a key");
    public(Algorithm::EdDsa, edwards.public_key(), &signature::ED25519, |input| edwards.sign(input).as_ref().to_vec());
}

fn ecdsa(
    algorithm: Algorithm,
    signing: &'static EcdsaSigningAlgorithm,
    verification: &'static dyn VerificationAlgorithm,
) {
    let pair = EcdsaKeyPair::generate(signing).expect("a key");
    public(algorithm, pair.public_key(), verification, |input| {
        pair.sign(&SystemRandom::new(), input).expect("signs").as_ref().to_vec()
    });
}

/// Measures one public key algorithm, whose public key is given in whatever form its pair has it.
fn public(
    algorithm: Algorithm,
    key: impl AsRef<[u8]>,
    verification: &'static dyn VerificationAlgorithm,
    sign: impl Fn(&[u8]) -> Vec<u8>,
) {
    use aws_lc_rs::encoding::AsDer as _;
    let bare_key = ParsedPublicKey::new(verification, key).expect("the pair's key");
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(bare_key.as_der().expect("an encoding").as_ref())
    );
    let key = VerifyingKey::parse(algorithm.family(), &pem).expect("the pair's key");
    let token = token(algorithm, sign);
    report(algorithm, &token, &key, |input, signed| bare_key.verify_sig(input, signed).is_ok());
}

fn report(algorithm: Algorithm, token: &str, key: &VerifyingKey, bare: impl Fn(&[u8], &[u8]) -> bool) {
    let rules = ClaimRules {
        allowed_issuers: vec!["https://issuer.example/".into()],
        allowed_audiences: vec!["portcullis".into()],
        ..ClaimRules::default()
    };
    let whole = nanos(|| {
        let token = UnverifiedToken::parse(black_box(token.as_bytes())).expect("well-formed");
        assert!(token.profile_key(None).is_ok());
        token.verify(key, &rules, NOW).is_ok()
    });
    let (input, signed) = token.rsplit_once('.').expect("three parts");
    let signed = URL_SAFE_NO_PAD.decode(signed).expect("base64url");
    let bare = nanos(|| bare(black_box(input.as_bytes()), black_box(&signed)));
    println!("{:6}  whole {whole:8.0} ns   bare {bare:8.0} ns   ratio {:.2}", algorithm.as_str(), whole / bare);
}

fn token(algorithm: Algorithm, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let header = format!("{{\"alg\":\"{algorithm}\",\"typ\":\"JWT\",\"kid\":\"2026-11\"}}");
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(CLAIMS));
    let signature = URL_SAFE_NO_PAD.encode(sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// Nanoseconds of one call: the least of ten rounds of a tenth of a second.
#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn nanos(call: impl Fn() -> bool) -> f64 {
    let round = || {
        let (start, mut calls) = (Instant::now(), 0_u32);
        while start.elapsed() < Duration::from_millis(100) {
            for _ in 0..20 {
                assert!(black_box(call()), "the token is good");
            }
            calls += 20;
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
    };
    (0..10).map(|_| round()).fold(f64::INFINITY, f64::min)
}
