//! Mutual TLS with `openssl` and `curl`: the commands of the manual as printed, and what changes do; and the console's way.

use anyhow::{Context as _, Result};
use e2e::{Settings, free_address, repository, run_bounded};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Command;

use crate::console_steps;
use crate::readme::shell_blocks;
use crate::scene::Scene;

const LIMIT: Duration = Duration::from_mins(1);

/// A scene with a TLS listener, in a folder where the manual's commands run.
struct Manual {
    folder: TempDir,
    tls: SocketAddr,
    blocks: Vec<String>,
    scene: Scene,
}

impl Manual {
    async fn start() -> Result<Self> {
        let text = std::fs::read_to_string(repository().join("docs/manual/mutual-tls.md")).context("the page")?;
        let (folder, tls) = (tempfile::tempdir()?, free_address());
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]);
        openssl.args(["-subj", "/CN=gateway", "-addext", "subjectAltName=IP:127.0.0.1"]);
        openssl.args(["-keyout", "gateway.key", "-out", "gateway.pem"]).current_dir(folder.path());
        run_bounded(openssl, LIMIT).await?.good()?;
        let [certificate, key] = ["gateway.pem", "gateway.key"].map(|name| folder.path().join(name));
        let config = folder.path().join("portcullis.toml");
        let text_of = format!(
            "[[gateway.listeners]]\nlisten = \"{tls}\"\n\
             tls = {{ certificates = [{{ certificate = \"{}\", key = \"{}\" }}] }}\n",
            certificate.display(),
            key.display(),
        );
        std::fs::write(&config, text_of)?;
        let arguments = vec!["--config".to_owned(), config.display().to_string()];
        let scene = Scene::start_with(Settings { arguments, ..Settings::default() }).await?;
        Ok(Self { folder, tls, blocks: shell_blocks(&text), scene })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a shell script with these variables; gives what it printed.
    async fn run(&self, script: &str, variables: &[(&str, String)]) -> Result<String> {
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", script]).current_dir(self.folder.path());
        bash.envs(variables.iter().map(|(name, value)| (name, value)));
        let ended = run_bounded(bash, LIMIT).await?;
        ended.good().with_context(|| script.to_owned())
    }

    /// The status of a call over TLS with these arguments for `curl`.
    async fn status(&self, key: &str, arguments: &str) -> Result<String> {
        self.call(key, &format!("-w '%{{http_code}}' {arguments}")).await
    }

    async fn call(&self, key: &str, arguments: &str) -> Result<String> {
        let (tls, path) = (self.tls, &self.scene.path);
        let call =
            format!("curl -s -o /dev/null --cacert gateway.pem {arguments} -H 'api-token: {key}' https://{tls}{path}");
        self.run(&call, &[]).await
    }
}

const CERTIFICATE: &str = "--cert shop.pem --key shop.key";

#[tokio::test]
async fn the_manuals_commands_work_as_printed_and_changes_act_at_once() -> Result<()> {
    let manual = Manual::start().await?;
    let api = &manual.scene.api;
    let profile = manual.scene.profile("shop").await?;
    let variables = [
        ("PORTCULLIS_TOKEN", api.token().to_owned()),
        ("MANAGEMENT", api.base().to_owned()),
        ("PROFILE", format!("{}{}", api.base(), profile.path())),
        ("KEY", profile.key.clone()),
        ("CALL", format!("https://{}{}", manual.tls, manual.scene.path)),
    ];
    assert_eq!(manual.blocks.len(), 4, "the page has four blocks");
    for block in &manual.blocks {
        manual.run(block, &variables).await?;
    }
    assert_eq!(manual.status(&profile.key, CERTIFICATE).await?, "200");
    assert_eq!(manual.status(&profile.key, "").await?, "401");
    for (flag, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let spoken = format!("-w '%{{http_version}} %{{http_code}}' {flag}");
        assert_eq!(manual.call(&profile.key, &format!("{spoken} {CERTIFICATE}")).await?, format!("{version} 200"));
        assert_eq!(manual.call(&profile.key, &spoken).await?, format!("{version} 401"));
    }
    assert_eq!(manual.scene.status(&profile).await?, 401, "nor over the plain listener");

    // Somebody else's certificate of the same names.
    let forge = manual.blocks[0]
        .replace("shop.", "forged.")
        .replace("ca.", "other.")
        .replace("forged.northwind", "shop.northwind");
    manual.run(&forge, &[]).await?;
    assert_eq!(manual.status(&profile.key, "--cert forged.pem --key forged.key").await?, "401");

    let narrow = json!({"validation_formula": "CN=somebody else"});
    api.put(&profile.path(), &narrow).await?.good()?;
    assert_eq!(manual.status(&profile.key, CERTIFICATE).await?, "401");
    let explain = json!({
        "method": "GET", "url": manual.scene.path, "api_token": profile.key,
        "client_certificate": std::fs::read_to_string(manual.path("shop.pem"))?,
    });
    let explained = api.post("/api/explain", &explain).await?.good()?;
    assert_eq!(explained.pointer("/data/reason"), Some(&Value::from("mtls_rule")), "{explained}");
    let (id, shop) = (profile.id.to_string(), manual.path("shop.pem").display().to_string());
    let command = ["explain", "--url", &manual.scene.path, "--profile", &id, "--client-certificate", &shop];
    let told = manual.scene.system.command(&command).await?.good()?;
    assert!(told.contains("CN=somebody else does not hold, the certificate has web-shop"), "{told}");
    api.put(&profile.path(), &json!({"validation_formula": null})).await?.good()?;
    assert_eq!(manual.status(&profile.key, CERTIFICATE).await?, "200");

    let other = json!({"pem": std::fs::read_to_string(manual.path("other.pem"))?});
    api.put("/api/cert_bundles/1", &other).await?.good()?;
    assert_eq!(manual.status(&profile.key, CERTIFICATE).await?, "401");
    assert_eq!(manual.status(&profile.key, "--cert forged.pem --key forged.key").await?, "200");
    assert_eq!(api.delete("/api/cert_bundles/1").await?.status, 409);
    Ok(())
}

#[tokio::test]
async fn bundles_and_terms_are_set_in_the_console() -> Result<()> {
    let manual = Manual::start().await?;
    let profile = manual.scene.profile("Shop").await?;
    manual.run(&manual.blocks[0], &[]).await?;
    let file = |name: &str| manual.path(name).display().to_string();
    let (ca, leaf, key) = (file("ca.pem"), file("shop.pem"), file("ca.key"));
    let settings = [
        ("CLIENT", "Acme"),
        ("PROFILE", "Shop"),
        ("CA", ca.as_str()),
        ("LEAF", leaf.as_str()),
        ("PRIVATE_KEY", key.as_str()),
        ("CALL_PATH", manual.scene.path.as_str()),
    ];
    console_steps::run(&manual.scene.system, "certificates.mjs", &settings).await?;
    assert_eq!(manual.status(&profile.key, CERTIFICATE).await?, "200");
    assert_eq!(manual.status(&profile.key, "").await?, "401");
    Ok(())
}
