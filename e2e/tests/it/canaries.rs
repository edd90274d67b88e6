//! A secret of every kind is put in; then everything that comes out is searched for them: every answer, the log at trace
//! level, metrics, audit entries, the export and every file of the data directory.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use e2e::{Answer, Api, Settings, TestSystem};
use reqwest::Method;
use serde_json::{Value, json};

use crate::scene::Scene;

const PASSWORD: &str = "canary password of the owner 7f3a";

/// What must not come out, by its name.
#[derive(Default)]
struct Canaries(Vec<(&'static str, String)>);

impl Canaries {
    fn add(&mut self, name: &'static str, secret: impl Into<String>) {
        let secret = secret.into();
        assert!(secret.len() >= 16, "{name} is too short to be searched for");
        self.0.push((name, secret));
    }

    /// The names of those that are in there, as they are or in a form that anybody could undo.
    fn found_in(&self, bytes: &[u8]) -> Vec<&'static str> {
        let is_there = |form: &[u8]| bytes.windows(form.len()).any(|part| part == form);
        let found = self.0.iter().filter(|(_, secret)| forms(secret).iter().any(|form| is_there(form.as_bytes())));
        found.map(|(name, _)| *name).collect()
    }
}

fn forms(secret: &str) -> Vec<String> {
    let hex = secret.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let mut forms = vec![secret.to_owned(), hex.to_uppercase(), hex];
    // What stands in the middle of a longer text is not found so; nothing that is kept is encoded like this.
    forms.extend([STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|engine| engine.encode(secret)));
    forms
}

/// Who asks, and what is found in the answers.
struct Search {
    canaries: Canaries,
    hits: Vec<String>,
    answers: usize,
}

impl Search {
    fn look(&mut self, what: &str, bytes: &[u8]) {
        for name in self.canaries.found_in(bytes) {
            self.hits.push(format!("{name} in {what}"));
        }
    }

    fn look_at(&mut self, what: &str, answer: &Answer) {
        self.answers += 1;
        let headers: Vec<u8> =
            answer.headers.iter().flat_map(|(_, value)| [value.as_bytes(), b"\n"].concat()).collect();
        self.look(what, answer.text.as_bytes());
        self.look(&format!("the head of {what}"), &headers);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_any_kind_comes_out_anywhere() -> Result<()> {
    let environment = vec![("PORTCULLIS_LOG__LEVEL".to_owned(), "trace".to_owned())];
    let mut scene = Scene::start_with(Settings { environment, ..Default::default() }).await?;
    let mut canaries = Canaries::default();
    canaries.add("management token", scene.api.token());
    let owner = sign_in(&scene.system, &mut canaries).await?;
    let asked = fill(&scene, &owner, &mut canaries).await?;

    let mut search = Search { canaries, hits: Vec::new(), answers: 0 };
    for (what, answer) in &asked {
        search.look_at(what, answer);
    }
    read_everything(&scene.api, &owner, &mut search).await?;
    let export = scene.system.command(&["export"]).await?.good()?;
    assert!(export.contains("Acme"), "{export}");
    search.look("the export", export.as_bytes());
    scene.system.stop().await?;
    search.look("the log", scene.system.log()?.as_bytes());
    assert!(scene.system.log()?.contains("\"level\":\"DEBUG\""), "more than the usual is logged");
    let files = search_files(&scene.system.data_dir(), &mut search)?;
    for file in ["control.db", "quota.db"] {
        assert!(files.iter().any(|name| name == file), "{file} is not among {files:?}");
    }
    for kind in ["snapshot", "log"] {
        let found = files.iter().any(|name| Path::new(name).extension().is_some_and(|extension| extension == kind));
        assert!(found, "no .{kind} is among {files:?}");
    }
    assert!(search.answers > 60, "only {} answers", search.answers);
    assert!(search.hits.is_empty(), "{}", search.hits.join("\n"));
    println!("{} secrets, {} answers, {} files", search.canaries.0.len(), search.answers, files.len());
    Ok(())
}

/// Makes the owner and signs in. Gives the session's cookie.
async fn sign_in(system: &TestSystem, canaries: &mut Canaries) -> Result<String> {
    let link = system.command(&["setup-link"]).await?.good()?;
    let token: String = link.split("#token=").nth(1).context("no link")?.split_whitespace().next().unwrap_or("").into();
    let owner = json!({"token": token, "email": "owner@example.com", "password": PASSWORD, "name": "Owner"});
    system.stranger().post("/api/setup", &owner).await?.good()?;
    let sign_in = json!({"email": "owner@example.com", "password": PASSWORD});
    let answer = system.stranger().post("/api/sessions", &sign_in).await?;
    let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).context("cookie")?.to_owned();
    answer.good()?;
    canaries.add("set-up link", token);
    canaries.add("owner's password", PASSWORD);
    canaries.add("session", cookie.split('=').nth(1).context("cookie")?);
    Ok(cookie)
}

fn text(answer: &Value, pointer: &str) -> Result<String> {
    answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("{pointer} in {answer}"))
}

/// Puts a secret of every kind in, and uses them. Gives answers to which none of them belongs.
async fn fill(scene: &Scene, owner: &str, canaries: &mut Canaries) -> Result<Vec<(String, Answer)>> {
    let api = &scene.api;
    let mut asked = Vec::new();
    let first = scene.profile("shop").await?;
    let fresh = api.refresh(&first).await?;
    canaries.add("former token", &first.key);
    canaries.add("token", &fresh.key);
    // The answer is stored for whoever asks again.
    let keyed =
        json!({"name": "keyed", "active": true, "auth_type": "token", "api_collection_ids": [scene.collection.id]});
    let request = api.request(Method::POST, &format!("/api/v2/api_clients/{}/api_keys", scene.client)).json(&keyed);
    let keyed = api.send(request.header("idempotency-key", "once")).await?.good()?;
    canaries.add("token behind an idempotency key", text(&keyed, "/data/auth_token")?);
    let machine = scene.profile_with("machine", json!({"auth_type": "oauth2"})).await?;
    canaries.add("client secret of a machine", &machine.key);
    let shared = "canary of an HMAC key, at least sixty-four bytes long, for all lengths";
    let hmac = json!({"auth_type": "jwt", "jwt_method": "hmac", "jwt_secret": shared});
    scene.profile_with("jwt", hmac).await?;
    canaries.add("HMAC key", shared);

    for (name, auth, field) in [
        (
            "upstream header",
            json!({"type": "header", "name": "X-Key", "value": "canary of an upstream header"}),
            "value",
        ),
        (
            "upstream password",
            json!({"type": "basic", "user": "u", "password": "canary of an upstream password"}),
            "password",
        ),
        (
            "upstream client secret",
            json!({
                "type": "oauth2", "token_url": "http://127.0.0.1:9/token", "client_id": "shop",
                "client_secret": "canary of an upstream client secret", "client_auth": "body",
            }),
            "client_secret",
        ),
    ] {
        let upstream = json!({"upstream": {"urls": [scene.upstream.url()], "auth": auth}});
        let collection = if name == "upstream header" {
            scene.collection.clone()
        } else {
            api.make_collection(name, &scene.upstream.url()).await?
        };
        let answer = api.put(&format!("/api/api_collections/{}", collection.id), &upstream).await?;
        canaries.add(name, auth[field].as_str().context("secret")?);
        asked.push((format!("PUT of {name}"), answer.clone()));
        answer.good()?;
    }
    let as_owner = async |method: Method, path: &str, body: &Value| {
        let request = scene.system.stranger().request(method, path).header("cookie", owner).json(body);
        api_send(&scene.system, request).await
    };
    let token = json!({"name": "ci", "role": "admin"});
    let token = as_owner(Method::POST, "/api/management_tokens", &token).await?.good()?;
    canaries.add("made management token", text(&token, "/data/token")?);
    let member = json!({"email": "second@example.com", "role": "operator"});
    let member = as_owner(Method::POST, "/api/members", &member).await?.good()?;
    let link = text(&member, "/data/password_link/url")?;
    canaries.add("password link", link.split("#token=").nth(1).context("link")?);
    let hook = json!({"name": "hook", "url": "http://127.0.0.1:9/hook", "events": ["credential.refreshed"]});
    let hook = as_owner(Method::POST, "/api/webhooks", &hook).await?.good()?;
    canaries.add("webhook secret", text(&hook, "/data/secret")?);
    let provider = json!({
        "enabled": false, "name": "SSO", "issuer": "https://sso.example.com", "client_id": "portcullis",
        "client_secret": "canary of a sign-in provider",
    });
    let answer = as_owner(Method::PUT, "/api/settings/oidc", &provider).await?;
    canaries.add("client secret of a sign-in provider", "canary of a sign-in provider");
    asked.push(("PUT of a sign-in provider".to_owned(), answer.clone()));
    answer.good()?;
    let started = as_owner(Method::POST, "/api/users/me/totp", &json!({"current_password": PASSWORD})).await?.good()?;
    canaries.add("TOTP secret", text(&started, "/data/secret")?);

    asked.extend(use_them(scene, &fresh.key, &first.key, shared, canaries).await?);
    Ok(asked)
}

async fn api_send(system: &TestSystem, request: reqwest::RequestBuilder) -> Result<Answer> {
    system.stranger().send(request.header("origin", format!("http://{}", system.management))).await
}

/// Calls with good and bad credentials, has them explained, and sends secrets where they do not belong.
async fn use_them(
    scene: &Scene,
    good: &str,
    former: &str,
    shared: &str,
    canaries: &mut Canaries,
) -> Result<Vec<(String, Answer)>> {
    let api = &scene.api;
    let stranger = "canary-of-nobody-0123456789abcdefghijklmnop";
    canaries.add("a stranger's token", stranger);
    let mut asked = Vec::new();
    let mut requests = Vec::new();
    for key in [good, former, stranger] {
        for request in [
            scene.caller.request(Method::GET, &scene.path).header("api-token", key),
            scene.caller.request(Method::GET, &scene.path).bearer_auth(key),
            scene.caller.request(Method::GET, &scene.path).basic_auth("api-token", Some(key)),
            scene.caller.request(Method::GET, &format!("{}?api_token={key}", scene.path)),
        ] {
            // Not the upstream's answers: it tells what it got.
            let answer = scene.caller.send(request).await?;
            requests.extend(answer.header("x-request-id").map(str::to_owned));
            if answer.status != 200 {
                asked.push(("a refusal".to_owned(), answer));
            }
        }
    }
    for id in &requests {
        asked.push(("an explanation".to_owned(), api.get(&format!("/api/request_logs/{id}/explain")).await?));
    }
    let url = format!("http://{}{}?api_token={stranger}", scene.system.gateway, scene.path);
    for body in [
        json!({"method": "GET", "url": url, "credential": {"type": "token", "value": good}}),
        json!({"method": "GET", "url": url, "token": good, "authorization": format!("Bearer {former}")}),
    ] {
        asked.push(("an explanation of a description".to_owned(), api.post("/api/explain", &body).await?));
    }
    let profile = json!({"name": "", "auth_type": "jwt", "jwt_method": "rsa", "jwt_secret": shared, "active": shared});
    let path = format!("/api/v2/api_clients/{}/api_keys", scene.client);
    asked.push(("a refused profile".to_owned(), api.post(&path, &profile).await?));
    let wrong = json!({"email": "owner@example.com", "password": stranger});
    asked.push(("a refused sign-in".to_owned(), scene.system.stranger().post("/api/sessions", &wrong).await?));
    let with_stranger = Api::new(scene.system.management, stranger);
    asked.push(("a refused management call".to_owned(), with_stranger.get("/api/users/me").await?));
    Ok(asked)
}

/// Every operation of the document that reads, for the first few of each noun, as admin and as owner.
async fn read_everything(api: &Api, owner: &str, search: &mut Search) -> Result<()> {
    let document = api.get("/api/openapi.json").await?.good()?;
    for (path, item) in document["paths"].as_object().context("paths")? {
        if item.get("get").is_none() {
            continue;
        }
        let numbers = if path.contains('{') { 1..6 } else { 1..2 };
        for number in numbers {
            let parts = path.split('/').map(|part| match part {
                // Profiles of the one client.
                "{id}" if path.contains("{key}") => "1".to_owned(),
                part if part.starts_with('{') => number.to_string(),
                part => part.to_owned(),
            });
            let concrete = parts.collect::<Vec<_>>().join("/");
            search.look_at(&format!("GET {concrete}"), &api.get(&concrete).await?);
            let stranger = Api::new(api.base().trim_start_matches("http://").parse()?, "");
            let as_owner = stranger.request(Method::GET, &concrete).header("cookie", owner);
            search.look_at(&format!("GET {concrete} as owner"), &stranger.send(as_owner).await?);
        }
    }
    Ok(())
}

/// Every file but the key that the others are sealed with.
fn search_files(data_dir: &Path, search: &mut Search) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(data_dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != "secret.key" && entry.file_type()?.is_file() {
            search.look(&format!("the file {name}"), &std::fs::read(entry.path())?);
            names.push(name);
        }
    }
    Ok(names)
}
