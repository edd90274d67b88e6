//! Test keys in every form, and what signs with them. The private keys in `test_keys/` exist for these tests only.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, RsaEncoding, RsaKeyPair};
use aws_lc_rs::{encoding::AsDer as _, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::jwt::{Algorithm, KeyFamily, VerifyingKey};

/// One public key, written by OpenSSL, OpenSSH's format writer and a JWK writer independent of the code under test.
pub(super) struct PublicTexts {
    pub(super) name: &'static str,
    pub(super) family: KeyFamily,
    pub(super) pem: &'static str,
    pub(super) certificate: &'static str,
    pub(super) ssh: &'static str,
    pub(super) jwk: &'static str,
    pub(super) private_pem: &'static str,
    /// By `openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64`.
    pub(super) fingerprint: &'static str,
    pub(super) bits: u32,
}

macro_rules! texts {
    ($file:literal, $name:literal, $family:ident, $bits:literal, $fingerprint:literal) => {
        PublicTexts {
            name: $name,
            family: KeyFamily::$family,
            pem: include_str!(concat!("test_keys/", $file, ".public.pem")),
            certificate: include_str!(concat!("test_keys/", $file, ".certificate.pem")),
            ssh: include_str!(concat!("test_keys/", $file, ".ssh.pub")),
            jwk: include_str!(concat!("test_keys/", $file, ".jwk.json")),
            private_pem: include_str!(concat!("test_keys/", $file, ".private.pem")),
            fingerprint: $fingerprint,
            bits: $bits,
        }
    };
}

pub(super) const RSA: PublicTexts =
    texts!("rsa", "rsa", Rsa, 2048, "SHA256:wTKi70tDno9G7zTzdkV2i2vp7p+RjyJIX2+Nfrd2Wlo");
pub(super) const P256: PublicTexts =
    texts!("p256", "ec-p256", Ecdsa, 256, "SHA256:Q+ENKmIWv/T4csPix4sL9/DRESFxhygawd82yhqlv8Y");
pub(super) const P384: PublicTexts =
    texts!("p384", "ec-p384", Ecdsa, 384, "SHA256:3A+TgDNgbaQPIP+V53zmCRLU7ELmn54OeuSuv/749Sc");
pub(super) const P521: PublicTexts =
    texts!("p521", "ec-p521", Ecdsa, 521, "SHA256:/2PIy9K8liMy/HC3M5dW4RHodMGHKSBCaPb1LPNa19s");
pub(super) const ED25519: PublicTexts =
    texts!("ed25519", "ed25519", Eddsa, 256, "SHA256:a9m3zswpFoOdU9mnkVH22EYq4EWEobiYvzSSa5Sx9dE");
pub(super) const ALL: [&PublicTexts; 5] = [&RSA, &P256, &P384, &P521, &ED25519];

/// The test key of an asymmetric algorithm.
pub(super) fn texts_for(algorithm: Algorithm) -> Option<&'static PublicTexts> {
    match algorithm {
        Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => None,
        Algorithm::Rs256
        | Algorithm::Rs384
        | Algorithm::Rs512
        | Algorithm::Ps256
        | Algorithm::Ps384
        | Algorithm::Ps512 => Some(&RSA),
        Algorithm::Es256 => Some(&P256),
        Algorithm::Es384 => Some(&P384),
        Algorithm::Es512 => Some(&P521),
        Algorithm::EdDsa => Some(&ED25519),
    }
}

/// A text that is long enough for every HMAC algorithm.
pub(super) const SECRET: &str = "a shared secret for tests: 64 bytes or more, so that HS512 may use it";

/// The bytes of a PEM block.
pub(super) fn pem_bytes(pem: &str) -> Vec<u8> {
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with("-----")).collect::<String>()).unwrap()
}

/// Keys that sign.
pub(super) struct Signer {
    secret: Vec<u8>,
    rsa: RsaKeyPair,
    p256: EcdsaKeyPair,
    p384: EcdsaKeyPair,
    p521: EcdsaKeyPair,
    ed25519: Ed25519KeyPair,
}

impl Signer {
    /// Signs with the fixed test keys and [`SECRET`].
    pub(super) fn fixed() -> Self {
        let ecdsa = |algorithm, texts: &PublicTexts| {
            EcdsaKeyPair::from_pkcs8(algorithm, &pem_bytes(texts.private_pem)).unwrap()
        };
        Self {
            secret: SECRET.into(),
            rsa: RsaKeyPair::from_pkcs8(&pem_bytes(RSA.private_pem)).unwrap(),
            p256: ecdsa(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, &P256),
            p384: ecdsa(&signature::ECDSA_P384_SHA384_FIXED_SIGNING, &P384),
            p521: ecdsa(&signature::ECDSA_P521_SHA512_FIXED_SIGNING, &P521),
            ed25519: Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pem_bytes(ED25519.private_pem)).unwrap(),
        }
    }

    /// Signs with keys made now: other people's.
    pub(super) fn generated() -> Self {
        let ecdsa = |algorithm| EcdsaKeyPair::generate(algorithm).unwrap();
        Self {
            secret: aws_lc_rs::hmac::Key::generate(hmac::HMAC_SHA512, &SystemRandom::new())
                .map(|key| hmac::sign(&key, b"a secret nobody else has").as_ref().to_vec())
                .unwrap(),
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            p256: ecdsa(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            p384: ecdsa(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            p521: ecdsa(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
            ed25519: Ed25519KeyPair::generate().unwrap(),
        }
    }

    /// The signature of a message.
    pub(super) fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        match algorithm {
            Algorithm::Hs256 => mac(hmac::HMAC_SHA256, &self.secret, message),
            Algorithm::Hs384 => mac(hmac::HMAC_SHA384, &self.secret, message),
            Algorithm::Hs512 => mac(hmac::HMAC_SHA512, &self.secret, message),
            Algorithm::Rs256 => self.sign_rsa(&signature::RSA_PKCS1_SHA256, message),
            Algorithm::Rs384 => self.sign_rsa(&signature::RSA_PKCS1_SHA384, message),
            Algorithm::Rs512 => self.sign_rsa(&signature::RSA_PKCS1_SHA512, message),
            Algorithm::Ps256 => self.sign_rsa(&signature::RSA_PSS_SHA256, message),
            Algorithm::Ps384 => self.sign_rsa(&signature::RSA_PSS_SHA384, message),
            Algorithm::Ps512 => self.sign_rsa(&signature::RSA_PSS_SHA512, message),
            Algorithm::Es256 => sign_ec(&self.p256, message),
            Algorithm::Es384 => sign_ec(&self.p384, message),
            Algorithm::Es512 => sign_ec(&self.p521, message),
            Algorithm::EdDsa => self.ed25519.sign(message).as_ref().to_vec(),
        }
    }

    fn sign_rsa(&self, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        self.rsa.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }

    /// The public key for an algorithm as PEM; none for HMAC.
    pub(super) fn public_pem(&self, algorithm: Algorithm) -> Option<String> {
        use aws_lc_rs::signature::KeyPair as _;
        let der = match algorithm.family() {
            KeyFamily::Hmac => return None,
            KeyFamily::Rsa => self.rsa.public_key().as_der().unwrap(),
            KeyFamily::Eddsa => self.ed25519.public_key().as_der().unwrap(),
            KeyFamily::Ecdsa => {
                let pair = match (algorithm == Algorithm::Es256, algorithm == Algorithm::Es384) {
                    (true, _) => &self.p256,
                    (_, true) => &self.p384,
                    (false, false) => &self.p521,
                };
                pair.public_key().as_der().unwrap()
            }
        };
        Some(format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref())))
    }

    /// The key that verifies.
    pub(super) fn verifying_key(&self, algorithm: Algorithm) -> VerifyingKey {
        match self.public_pem(algorithm) {
            None => VerifyingKey::hmac(&self.secret).unwrap(),
            Some(pem) => VerifyingKey::parse(algorithm.family(), &pem).unwrap(),
        }
    }

    /// The shared secret.
    pub(super) fn secret(&self) -> &[u8] {
        &self.secret
    }
}

/// HMAC with any key.
pub(super) fn mac(algorithm: hmac::Algorithm, secret: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(algorithm, secret), message).as_ref().to_vec()
}

fn sign_ec(pair: &EcdsaKeyPair, message: &[u8]) -> Vec<u8> {
    pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
}

/// base64url without padding.
pub(super) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A compact JWS of two texts.
pub(super) fn compact(
    header: impl AsRef<[u8]>,
    payload: impl AsRef<[u8]>,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> String {
    let input = format!("{}.{}", base64url(header), base64url(payload));
    let signature = base64url(sign(input.as_bytes()));
    format!("{input}.{signature}")
}
