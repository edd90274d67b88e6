//! OAuth 2.0 client credentials with independent clients: authlib and openid-client.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{Profile, repository, run_bounded, tools};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::scene::Scene;

const LIMIT: Duration = Duration::from_mins(1);

/// A profile by OAuth 2.0, its client id, and its client secret as `key`.
async fn oauth_profile(scene: &Scene) -> Result<(Profile, String)> {
    let profile = scene.profile_with("machine", json!({"auth_type": "oauth2"})).await?;
    let shown = scene.api.get(&profile.path()).await?.good()?;
    let client_id = shown.pointer("/data/api_key").and_then(Value::as_str).context("api_key")?;
    Ok((profile.clone(), client_id.to_owned()))
}

async fn run(program: PathBuf, script: PathBuf, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(program);
    command.arg(script).args(arguments);
    let said = run_bounded(command, LIMIT).await?.good()?;
    Ok(said.trim().to_ascii_lowercase())
}

#[tokio::test]
async fn authlib_gets_an_access_token_and_calls() -> Result<()> {
    let scene = Scene::start().await?;
    let (profile, client_id) = oauth_profile(&scene).await?;
    let token_url = format!("http://{}/oauth2/token", scene.system.gateway);
    let url = format!("http://{}{}", scene.system.gateway, scene.path);
    let script = repository().join("e2e").join("clients").join("oauth_authlib.py");
    for method in ["client_secret_basic", "client_secret_post"] {
        let arguments = [token_url.as_str(), &client_id, &profile.key, method, &url];
        let said = run(tools::python().await?, script.clone(), &arguments).await?;
        assert_eq!(said, "200 bearer 3600", "{method}");
    }
    Ok(())
}

#[tokio::test]
async fn openid_client_gets_an_access_token_and_calls() -> Result<()> {
    let scene = Scene::start().await?;
    let (profile, client_id) = oauth_profile(&scene).await?;
    let token_url = format!("http://{}/oauth2/token", scene.system.gateway);
    let url = format!("http://{}{}", scene.system.gateway, scene.path);
    let script = tools::browser_scripts().await?.join("oauth-client.mjs");
    for how in ["basic", "post"] {
        let arguments = [token_url.as_str(), &client_id, &profile.key, how, &url];
        let said = run(PathBuf::from("node"), script.clone(), &arguments).await?;
        assert_eq!(said, "200 bearer 3600", "{how}");
    }
    Ok(())
}
