//! `OpenID` Connect through the real binary: discovery, a key set, and what may be fetched at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use e2e::until;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::scene::Scene;
use crate::signed_tokens::{script, sign, status};

/// An issuer with one key; it counts how often its key set is fetched.
struct Issuer {
    url: String,
    fetched: Arc<AtomicUsize>,
}

impl Issuer {
    async fn start(key: Value) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let fetched = Arc::new(AtomicUsize::new(0));
        let (discovery, keys) = (json!({"issuer": url, "jwks_uri": format!("{url}/keys")}), json!({"keys": [key]}));
        let counted = Arc::clone(&fetched);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = vec![0; 4096];
                let Ok(length) = stream.read(&mut head).await else { continue };
                let is_discovery = head[..length].starts_with(b"GET /.well-known/openid-configuration ");
                let body = if is_discovery { discovery.to_string() } else { keys.to_string() };
                counted.fetch_add(usize::from(!is_discovery), Ordering::Relaxed);
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                // Whoever asked may be gone.
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Ok(Self { url, fetched })
    }
}

#[tokio::test]
async fn tokens_of_an_issuer_are_admitted_once_its_address_may_be_fetched() -> Result<()> {
    let scene = Scene::start().await?;
    let folder = tempfile::tempdir()?;
    script("keys.py", &[folder.path().to_str().context("path")?]).await?;
    let key: Value = serde_json::from_str(&std::fs::read_to_string(folder.path().join("rsa.jwk"))?)?;
    let issuer = Issuer::start(key).await?;
    let profile = scene.profile_with("single sign-on", json!({"auth_type": "oidc", "oidc_issuer": issuer.url})).await?;
    let private = folder.path().join("rsa.pem");
    let token = sign("RS256", &private, &json!({"iss": issuer.url, "sub": profile.key})).await?;
    // Loopback is private: nothing is fetched until an owner allows it.
    assert_eq!(status(&scene, &token).await?, 401);
    assert_eq!(issuer.fetched.load(Ordering::Relaxed), 0);
    scene.api.put("/api/settings", &json!({"outbound_allowed": ["127.0.0.1"]})).await?.good()?;
    until("the issuer's keys in use", Duration::from_secs(30), async || {
        Ok((status(&scene, &token).await? == 200).then_some(()))
    })
    .await?;
    assert!(issuer.fetched.load(Ordering::Relaxed) > 0);
    let other = sign("RS256", &private, &json!({"iss": "https://other.example", "sub": profile.key})).await?;
    assert_eq!(status(&scene, &other).await?, 401, "another issuer");
    let nobody = sign("RS256", &private, &json!({"iss": issuer.url, "sub": "somebody"})).await?;
    assert_eq!(status(&scene, &nobody).await?, 401, "nobody's name");
    Ok(())
}
