//! How the gateway authenticates at upstreams, through the real binary: fixed credentials against the echo, OAuth 2.0 with
//! an independent authorization server (oidc-provider) and an API that takes only its tokens.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{Settings, tools, until};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use crate::scene::Scene;

/// A secret that has to be escaped wherever it goes.
const SECRET: &str = "canary&t %+/=:x";
const LIMIT: Duration = Duration::from_secs(30);

/// The authorization server and its API; they end with this.
struct Authority {
    token_url: String,
    api_url: String,
    control_url: String,
    _process: Child,
    _input: ChildStdin,
}

impl Authority {
    async fn start(method: &str, life: u32) -> Result<Self> {
        let script = tools::browser_scripts().await?.join("token-endpoint.mjs");
        let mut process = Command::new("node")
            .arg(script)
            .args(["shop", SECRET, method, &life.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("node")?;
        let input = process.stdin.take().context("its input")?;
        let mut output = BufReader::new(process.stdout.take().context("its output")?).lines();
        let first = tokio::time::timeout(LIMIT, output.next_line()).await??.context("it ended")?;
        let said: Value = serde_json::from_str(&first)?;
        let url = |name: &str| said[name].as_str().map(str::to_owned).context("a URL");
        Ok(Self {
            token_url: url("token_url")?,
            api_url: url("api_url")?,
            control_url: url("control_url")?,
            _process: process,
            _input: input,
        })
    }

    /// How many tokens it has issued.
    async fn issued(&self) -> Result<u32> {
        Ok(reqwest::get(format!("{}/issued", self.control_url)).await?.text().await?.parse()?)
    }

    async fn revoke(&self) -> Result<()> {
        reqwest::Client::new().post(format!("{}/revoke", self.control_url)).send().await?.error_for_status()?;
        Ok(())
    }

    fn upstream(&self, client_auth: &str) -> Value {
        json!({"urls": [self.api_url], "auth": {
            "type": "oauth2", "token_url": self.token_url, "client_id": "shop", "client_secret": SECRET,
            "scope": "orders", "client_auth": client_auth,
        }})
    }
}

async fn set_upstream(scene: &Scene, upstream: &Value) -> Result<Value> {
    let path = format!("/api/api_collections/{}", scene.collection.id);
    scene.api.put(&path, &json!({"upstream": upstream})).await?.good()
}

#[tokio::test]
async fn fixed_credentials_reach_the_upstream_and_nothing_else() -> Result<()> {
    let environment = vec![("PORTCULLIS_LOG__LEVEL".to_owned(), "trace".to_owned())];
    let mut scene = Scene::start_with(Settings { environment, ..Default::default() }).await?;
    let profile = scene.profile("shop").await?;
    let url = scene.upstream.url();
    for (auth, header, target) in [
        (json!({"type": "header", "name": "X-Key", "value": "canary 1"}), Some(("x-key", "canary 1")), "/things"),
        (
            json!({"type": "basic", "user": "shop", "password": SECRET}),
            Some(("authorization", "Basic c2hvcDpjYW5hcnkmdCAlKy89Ong=")),
            "/things",
        ),
        (json!({"type": "query", "name": "key", "value": SECRET}), None, "/things?key=canary%26t%20%25%2B%2F%3D%3Ax"),
    ] {
        let shown = set_upstream(&scene, &json!({"urls": [url], "auth": auth})).await?;
        assert!(!shown.to_string().contains("canary"), "{shown}");
        assert_eq!(scene.status(&profile).await?, 200);
        let seen = scene.upstream.seen().pop().context("a request")?;
        assert_eq!(seen.target, target);
        if let Some((name, value)) = header {
            assert_eq!(seen.header(name), Some(value));
        }
    }
    // They are there again after a restart, and nowhere to be read.
    scene.system.stop().await?;
    scene.system.launch().await?;
    assert_eq!(scene.status(&profile).await?, 200);
    assert!(scene.upstream.seen().pop().context("a request")?.target.contains("key=canary"));
    scene.system.stop().await?;
    assert_nowhere(&scene)
}

/// Neither in a file of the data directory nor in the log.
fn assert_nowhere(scene: &Scene) -> Result<()> {
    let log = scene.system.log()?;
    assert!(log.contains("\"level\":\"DEBUG\""), "more than the usual is logged");
    let line = log.lines().find(|line| line.contains("canary") || line.contains("Y2FuYXJ5"));
    assert!(line.is_none(), "{}", line.unwrap_or_default());
    let mut files = 0;
    for entry in std::fs::read_dir(scene.system.data_dir())? {
        let path = entry?.path();
        if path.is_file() {
            files += 1;
            let bytes = std::fs::read(&path)?;
            assert!(!bytes.windows(6).any(|part| part == b"canary"), "{}", path.display());
        }
    }
    ensure!(files > 0, "an empty data directory");
    Ok(())
}

#[tokio::test]
async fn oauth2_tokens_are_got_renewed_and_replaced_after_a_401() -> Result<()> {
    let environment = vec![("PORTCULLIS_LOG__LEVEL".to_owned(), "trace".to_owned())];
    let mut scene = Scene::start_with(Settings { environment, ..Default::default() }).await?;
    let profile = scene.profile("shop").await?;
    let authority = Authority::start("client_secret_basic", 6).await?;
    set_upstream(&scene, &authority.upstream("basic")).await?;
    // Loopback is private: nothing is fetched until an owner allows it.
    assert_eq!(scene.status(&profile).await?, 503);
    assert_eq!(authority.issued().await?, 0);
    scene.api.put("/api/settings", &json!({"outbound_allowed": ["127.0.0.1"]})).await?.good()?;
    until("a token", LIMIT, async || Ok((scene.status(&profile).await? == 200).then_some(()))).await?;
    let body = scene.caller.get(&scene.path, Some(&profile.key)).await?.text;
    assert_eq!(body, "welcome");

    // Renewed before it ends, again and again: no call is refused meanwhile.
    let before = authority.issued().await?;
    until("two renewals", LIMIT, async || {
        assert_eq!(scene.status(&profile).await?, 200);
        Ok((authority.issued().await? >= before + 2).then_some(()))
    })
    .await?;

    // Revoked tokens are replaced after the first 401, which goes to its caller.
    let before = authority.issued().await?;
    authority.revoke().await?;
    assert_eq!(scene.status(&profile).await?, 401);
    until("another token", LIMIT, async || Ok((scene.status(&profile).await? == 200).then_some(()))).await?;
    assert!(authority.issued().await? > before);
    scene.system.stop().await?;
    assert_nowhere(&scene)
}

#[tokio::test]
async fn the_client_may_show_its_secret_in_the_body() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    scene.api.put("/api/settings", &json!({"outbound_allowed": ["127.0.0.1"]})).await?.good()?;
    let authority = Authority::start("client_secret_post", 600).await?;
    set_upstream(&scene, &authority.upstream("body")).await?;
    // The first call may wait for the first token.
    assert_eq!(scene.status(&profile).await?, 200);
    assert_eq!(authority.issued().await?, 1);
    // A wrong secret gets no token.
    let mut wrong = authority.upstream("body");
    wrong["auth"]["client_secret"] = json!("another");
    set_upstream(&scene, &wrong).await?;
    assert_eq!(scene.status(&profile).await?, 503);
    assert_eq!(authority.issued().await?, 1);
    Ok(())
}
