//! Sign-in of members at a provider, through the real binary and an independent provider (oidc-provider) whose login
//! page a small browser fills in.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use e2e::{TestSystem, tools};
use reqwest::header::{COOKIE, HeaderValue, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, Url, redirect};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

const LIMIT: Duration = Duration::from_secs(30);
const SECRET: &str = "canary of a client secret";
const OWNER: &str = "owner@example.com";

/// The provider; it ends with this.
struct Provider {
    issuer: String,
    control_url: String,
    _process: Child,
    _input: ChildStdin,
    /// It says more now and then, and ends where nobody can hear it.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Provider {
    async fn start(client_secret: &str, redirect_uri: &str) -> Result<Self> {
        let script = tools::browser_scripts().await?.join("provider-process.mjs");
        let mut process = Command::new("node")
            .arg(script)
            .args(["portcullis", client_secret, redirect_uri])
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
        let (issuer, control_url) = (url("issuer")?, url("control_url")?);
        Ok(Self { issuer, control_url, _process: process, _input: input, _output: output })
    }

    async fn account(&self, name: &str, claims: Value) -> Result<()> {
        let url = format!("{}/{name}", self.control_url);
        Client::new().put(url).json(&claims).send().await?.error_for_status()?;
        Ok(())
    }
}

/// Keeps cookies, follows redirects, fills in the provider's form.
struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new() -> Result<Self> {
        // The provider closes connections when it likes; no request goes out on one that it is about to close.
        let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).pool_max_idle_per_host(0);
        let client = client.timeout(LIMIT).build()?;
        Ok(Self { client, cookies: BTreeMap::new() })
    }

    /// One request; where it leads and what it shows.
    async fn open(&mut self, url: &Url, form: Option<&str>) -> Result<(Option<Url>, String)> {
        let method = if form.is_some() { Method::POST } else { Method::GET };
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.client.request(method, url.clone()).header(COOKIE, cookies.join("; "));
        if let Some(form) = form {
            request = request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
        }
        let answer = request.send().await?;
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let text = cookie.to_str()?;
            let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').context("a cookie")?;
            if value.is_empty() || attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = answer.headers().get(LOCATION).map(HeaderValue::to_str).transpose()?;
        let next = location.map(|location| url.join(location)).transpose()?;
        Ok((next, answer.text().await?))
    }

    /// Signs in at the provider as an account; gives the address where it ends here, not opened.
    async fn sign_in(&mut self, system: &TestSystem, account: &str) -> Result<Url> {
        let last = self.up_to_callback(system, account).await?;
        if last.path() != "/api/sessions/oidc/callback" {
            return Ok(last);
        }
        self.open(&last, None).await?.0.context("the callback leads on")
    }

    /// The same up to the callback's address, not opened.
    async fn up_to_callback(&mut self, system: &TestSystem, account: &str) -> Result<Url> {
        let here = format!("http://{}", system.management);
        let mut url = Url::parse(&format!("{here}/api/sessions/oidc"))?;
        let mut form = None;
        for _ in 0..12 {
            let (next, page) = self.open(&url, form.take().as_deref()).await?;
            match next {
                Some(next) if next.as_str().starts_with(&here) => return Ok(next),
                Some(next) => url = next,
                None if page.contains("name=\"account\"") => form = Some(format!("account={account}")),
                None => bail!("a page that is not known: {page}"),
            }
        }
        bail!("the provider does not come to an end")
    }

    async fn me(&mut self, system: &TestSystem) -> Result<Value> {
        let url = Url::parse(&format!("http://{}/api/users/me", system.management))?;
        Ok(serde_json::from_str(&self.open(&url, None).await?.1)?)
    }
}

/// The owner's session cookie.
async fn owner(system: &TestSystem) -> Result<String> {
    let link = system.command(&["setup-link"]).await?.good()?;
    let (_, token) = link.trim().split_once("#token=").context("a set-up link")?;
    let body = json!({"token": token, "email": OWNER, "password": "correct horse battery"});
    let answer = system.stranger().post("/api/setup", &body).await?;
    let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).context("a cookie")?;
    Ok(cookie.to_owned())
}

async fn put_as(system: &TestSystem, cookie: &str, path: &str, body: &Value) -> Result<Value> {
    let api = system.stranger();
    api.send(api.request(Method::PUT, path).header(COOKIE, cookie).json(body)).await?.good()
}

fn error_of(url: &Url) -> Option<String> {
    let is_sign_in = url.path() == "/sign-in";
    let error = url.query_pairs().find(|(name, _)| name == "oidc_error").map(|(_, word)| word.into_owned());
    error.filter(|_| is_sign_in)
}

fn claims(email: &str, groups: &[&str]) -> Value {
    json!({"email": email, "email_verified": true, "name": "Ada", "groups": groups})
}

#[tokio::test]
async fn members_sign_in_at_a_provider_with_the_role_of_their_groups() -> Result<()> {
    let system = TestSystem::start().await?;
    let redirect_uri = format!("http://{}/api/sessions/oidc/callback", system.management);
    let provider = Provider::start(SECRET, &redirect_uri).await?;
    let owner = owner(&system).await?;
    let mut browser = Browser::new()?;
    let before = browser.sign_in(&system, "ada").await?;
    ensure!(error_of(&before).as_deref() == Some("disabled"), "{before}");

    let settings = json!({
        "name": "Example SSO", "issuer": provider.issuer, "client_id": "portcullis", "client_secret": SECRET,
        "group_roles": [{"group": "ops", "role": "operator"}, {"group": "leads", "role": "admin"}],
    });
    let set = put_as(&system, &owner, "/api/settings/oidc", &settings).await?;
    ensure!(set["data"]["redirect_uri"] == redirect_uri.as_str() && !set.to_string().contains(SECRET), "{set}");
    let hint = system.stranger().get("/api/setup").await?.good()?;
    ensure!(hint["data"]["oidc"]["name"] == "Example SSO", "{hint}");
    // Loopback is private: nothing is fetched until an owner allows it.
    let unreachable = Browser::new()?.sign_in(&system, "ada").await?;
    ensure!(error_of(&unreachable).as_deref() == Some("unreachable"), "{unreachable}");
    put_as(&system, &owner, "/api/settings", &json!({"outbound_allowed": ["127.0.0.1"]})).await?;

    provider.account("ada", claims("ada@example.com", &["staff", "ops"])).await?;
    let home = browser.sign_in(&system, "ada").await?;
    ensure!(home.path() == "/" && home.query().is_none(), "{home}");
    let me = browser.me(&system).await?;
    ensure!(me["email"] == "ada@example.com" && me["role"] == "operator" && me["name"] == "Ada", "{me}");

    // Another role at the provider is in force from the next sign-in, whatever the address is then.
    provider.account("ada", claims("ada@elsewhere.example", &["ops", "leads"])).await?;
    let mut again = Browser::new()?;
    again.sign_in(&system, "ada").await?;
    let promoted = again.me(&system).await?;
    ensure!(promoted["id"] == me["id"] && promoted["role"] == "admin", "{promoted}");
    // No group any more: not let in, and open sessions end.
    provider.account("ada", claims("ada@example.com", &["staff"])).await?;
    let refused = Browser::new()?.sign_in(&system, "ada").await?;
    ensure!(error_of(&refused).as_deref() == Some("no_role"), "{refused}");
    ensure!(browser.me(&system).await?["status"] == 401, "the session goes on");

    // A member made by hand is known by its verified address and keeps its role.
    provider.account("olive", claims("OWNER@example.com", &["ops"])).await?;
    let mut olive = Browser::new()?;
    olive.sign_in(&system, "olive").await?;
    ensure!(olive.me(&system).await?["role"] == "owner");
    let unverified = json!({"email": "eve@example.com", "email_verified": false, "groups": ["leads"]});
    provider.account("eve", unverified).await?;
    let refused = Browser::new()?.sign_in(&system, "eve").await?;
    ensure!(error_of(&refused).as_deref() == Some("no_email"), "{refused}");
    ensure!(!system.log()?.contains(SECRET));
    Ok(())
}

#[tokio::test]
async fn what_comes_back_must_belong_to_the_sign_in_that_was_begun() -> Result<()> {
    let system = TestSystem::start().await?;
    let redirect_uri = format!("http://{}/api/sessions/oidc/callback", system.management);
    // A public client: PKCE alone proves who we are.
    let provider = Provider::start("", &redirect_uri).await?;
    let owner = owner(&system).await?;
    put_as(&system, &owner, "/api/settings", &json!({"outbound_allowed": ["127.0.0.1"]})).await?;
    let settings = json!({"issuer": provider.issuer, "client_id": "portcullis", "default_role": "viewer"});
    put_as(&system, &owner, "/api/settings/oidc", &settings).await?;
    provider.account("bob", claims("bob@example.com", &[])).await?;

    let mut browser = Browser::new()?;
    let callback = browser.up_to_callback(&system, "bob").await?;
    // Another browser that was given the address does not get in.
    let stranger = Browser::new()?.open(&callback, None).await?.0.context("it leads on")?;
    ensure!(error_of(&stranger).as_deref() == Some("expired"), "{stranger}");
    // Nor does this one with the state of another sign-in.
    let mut forged = callback.clone();
    forged.query_pairs_mut().clear().append_pair("code", "stolen").append_pair("state", "guessed");
    let cookies = browser.cookies.clone();
    let answer = browser.open(&forged, None).await?.0.context("it leads on")?;
    ensure!(error_of(&answer).as_deref() == Some("expired"), "{answer}");
    ensure!(!browser.cookies.contains_key("portcullis_oidc"), "a sign-in is tried once");

    browser.cookies = cookies;
    let mut refused = callback.clone();
    let state = callback.query_pairs().find(|(name, _)| name == "state").context("state")?.1.into_owned();
    refused.query_pairs_mut().clear().append_pair("error", "access_denied").append_pair("state", &state);
    let kept = browser.cookies.clone();
    let answer = browser.open(&refused, None).await?.0.context("it leads on")?;
    ensure!(error_of(&answer).as_deref() == Some("refused"), "{answer}");

    browser.cookies = kept.clone();
    let home = browser.open(&callback, None).await?.0.context("it leads on")?;
    ensure!(home.path() == "/", "{home}");
    ensure!(browser.me(&system).await?["role"] == "viewer");
    // The code is good once, also for who kept the cookie.
    browser.cookies = kept;
    let answer = browser.open(&callback, None).await?.0.context("it leads on")?;
    ensure!(error_of(&answer).as_deref() == Some("invalid"), "{answer}");
    Ok(())
}
