//! The credentials of seeded profiles: the auth tokens that the server makes, or JSON Web Tokens that are signed here.

use super::seed::Kind;
use anyhow::{Context as _, Result, anyhow};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

const SECRET: &str = "a shared secret of at least thirty-two bytes";

/// Signs for all profiles of a directory.
pub(crate) enum Signer {
    /// Nothing to sign.
    Token,
    /// By the shared secret.
    Hmac,
    /// By a key that is made for the purpose.
    Rsa(Box<KeyPair>),
}

impl Signer {
    /// Makes the key, if one is needed.
    pub(crate) fn new(kind: Kind) -> Result<Self> {
        Ok(match kind {
            Kind::Token | Kind::Plain => Self::Token,
            Kind::Hs256 => Self::Hmac,
            Kind::Rs256 => {
                Self::Rsa(Box::new(KeyPair::generate(KeySize::Rsa2048).map_err(|_| anyhow!("no RSA key was made"))?))
            }
        })
    }

    /// What a profile's terms say of it.
    pub(crate) fn terms(&self, number: usize) -> Map<String, Value> {
        let terms = match self {
            Self::Token => json!({}),
            Self::Hmac => json!({"auth_type": "jwt", "jwt_method": "hmac", "jwt_secret": SECRET}),
            Self::Rsa(pair) => json!({"auth_type": "jwt", "jwt_method": "rsa", "jwt_secret": pem(pair)}),
        };
        let Value::Object(mut terms) = terms else { return Map::new() };
        if !matches!(self, Self::Token) {
            terms.insert("api_key".to_owned(), json!(key_id(number)));
        }
        terms
    }

    /// The header line of a profile, of which the server answered this.
    pub(crate) fn line(&self, number: usize, answered: &Value) -> Result<String> {
        let algorithm = match self {
            Self::Token => {
                let token = answered.get("auth_token").and_then(Value::as_str).context("no auth_token")?;
                return Ok(format!("api-token: {token}"));
            }
            Self::Hmac => "HS256",
            Self::Rsa(_) => "RS256",
        };
        let header = format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#);
        let claims = format!(
            r#"{{"iss":"https://issuer.example","sub":"{}","iat":1700000000,"exp":4102444800}}"#,
            key_id(number)
        );
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.sign(message.as_bytes())?);
        Ok(format!("Authorization: Bearer {message}.{signature}"))
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Token => Ok(Vec::new()),
            Self::Hmac => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
                Ok(hmac::sign(&key, message).as_ref().to_vec())
            }
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &rand::SystemRandom::new(), message, &mut signature)
                    .map_err(|_| anyhow!("signing failed"))?;
                Ok(signature)
            }
        }
    }
}

fn key_id(number: usize) -> String {
    format!("bench-key-{number}")
}

fn pem(pair: &KeyPair) -> String {
    let der = pair.public_key().as_der().map(|der| STANDARD.encode(der.as_ref())).unwrap_or_default();
    format!("-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----")
}
