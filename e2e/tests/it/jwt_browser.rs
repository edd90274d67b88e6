//! JWT profiles made in the console's dialog admit tokens that an independent library signed.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::console_steps;
use crate::scene::Scene;
use crate::signed_tokens::{script, sign, status};

#[tokio::test]
async fn profiles_made_in_the_dialog_admit_tokens_of_their_keys() -> Result<()> {
    let scene = Scene::start().await?;
    let folder = tempfile::tempdir()?;
    script("keys.py", &[folder.path().to_str().context("path")?]).await?;
    let secret = "a shared secret of more than thirty-two bytes";
    let secret_file = folder.path().join("secret");
    std::fs::write(&secret_file, secret)?;
    let profiles = json!([
        {"name": "Shared", "signing": "HMAC", "key": secret},
        {"name": "Public", "signing": "RSA", "key_file": folder.path().join("rsa.pub.pem")},
    ]);
    let profiles = profiles.to_string();
    let settings = [("CLIENT", "Acme"), ("COLLECTION", "Things"), ("PROFILES", profiles.as_str())];
    let printed = console_steps::run(&scene.system, "jwt_profiles.mjs", &settings).await?;
    let key_ids: Value = serde_json::from_str(printed.trim()).context("key ids")?;

    let shared = sign("HS256", &secret_file, &json!({"sub": key_ids["Shared"]})).await?;
    let public = sign("RS256", &folder.path().join("rsa.pem"), &json!({"sub": key_ids["Public"]})).await?;
    assert_eq!([status(&scene, &shared).await?, status(&scene, &public).await?], [200, 200]);
    let crossed = sign("HS256", &secret_file, &json!({"sub": key_ids["Public"]})).await?;
    assert_eq!(status(&scene, &crossed).await?, 401);
    Ok(())
}
