//! Tokens signed by `PyJWT` with keys of every kind, admitted by profiles with the public ones; and what ends them.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{Profile, repository, run_bounded, tools};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::scene::Scene;

const LIMIT: Duration = Duration::from_mins(1);

pub(crate) async fn script(name: &str, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(tools::python().await?);
    command.arg(repository().join("e2e").join("clients").join(name)).args(arguments);
    Ok(run_bounded(command, LIMIT).await?.good()?.trim().to_owned())
}

pub(crate) async fn sign(algorithm: &str, key: &Path, claims: &Value) -> Result<String> {
    let key = key.to_str().context("path")?;
    script("sign.py", &[algorithm, key, &claims.to_string()]).await
}

pub(crate) async fn status(scene: &Scene, token: &str) -> Result<u16> {
    let request = scene.caller.request(reqwest::Method::GET, &scene.path).bearer_auth(token);
    Ok(scene.caller.send(request).await?.status)
}

async fn jwt_profile(scene: &Scene, name: &str, method: &str, key: &str) -> Result<Profile> {
    scene.profile_with(name, json!({"auth_type": "jwt", "jwt_method": method, "jwt_secret": key})).await
}

#[tokio::test]
async fn tokens_of_every_kind_of_key_are_admitted_and_only_with_their_own() -> Result<()> {
    let scene = Scene::start().await?;
    let folder = tempfile::tempdir()?;
    script("keys.py", &[folder.path().to_str().context("path")?]).await?;
    let kinds = [
        ("rsa", "rsa", "RS256"),
        ("rsa", "rsa", "PS512"),
        ("p256", "ecdsa", "ES256"),
        ("p384", "ecdsa", "ES384"),
        ("p521", "ecdsa", "ES512"),
        ("ed25519", "eddsa", "EdDSA"),
    ];
    for (at, (file, method, algorithm)) in kinds.into_iter().enumerate() {
        let public = std::fs::read_to_string(folder.path().join(format!("{file}.pub.pem")))?;
        let profile = jwt_profile(&scene, &format!("{algorithm} {at}"), method, &public).await?;
        let private = folder.path().join(format!("{file}.pem"));
        let token = sign(algorithm, &private, &json!({"sub": profile.key})).await?;
        assert_eq!(status(&scene, &token).await?, 200, "{algorithm}");
        let cut = token.get(..token.len() - 8).context("a long token")?;
        assert_eq!(status(&scene, cut).await?, 401, "{algorithm} cut");
        // Refreshed: another key id; the old one is good for nothing at once.
        let refreshed = scene.api.refresh(&profile).await?;
        assert_eq!(status(&scene, &token).await?, 401, "{algorithm} after a refresh");
        let token = sign(algorithm, &private, &json!({"sub": refreshed.key})).await?;
        assert_eq!(status(&scene, &token).await?, 200, "{algorithm} with the new key id");
    }
    Ok(())
}

#[tokio::test]
async fn shared_secrets_admit_until_the_profile_is_disabled() -> Result<()> {
    let scene = Scene::start().await?;
    let folder = tempfile::tempdir()?;
    let secret = "a shared secret of sixty-four bytes and more, for all three lengths";
    let file = folder.path().join("secret");
    std::fs::write(&file, secret)?;
    let profile = jwt_profile(&scene, "shared", "hmac", secret).await?;
    for algorithm in ["HS256", "HS384", "HS512"] {
        let token = sign(algorithm, &file, &json!({"sub": profile.key})).await?;
        assert_eq!(status(&scene, &token).await?, 200, "{algorithm}");
        scene.api.act(&format!("{}/disable", profile.path())).await?.good()?;
        assert_eq!(status(&scene, &token).await?, 403, "{algorithm} while disabled");
        scene.api.act(&format!("{}/enable", profile.path())).await?.good()?;
        assert_eq!(status(&scene, &token).await?, 200, "{algorithm} enabled again");
    }
    let shown = scene.api.get(&profile.path()).await?;
    assert!(!shown.text.contains(secret), "the secret is shown");
    Ok(())
}
