//! No secret in any log line, also when everything is logged.

use anyhow::{Context as _, Result};
use e2e::{Settings, TestSystem};
use reqwest::Method;
use serde_json::json;

use crate::scene::Scene;

const PASSWORD: &str = "correct horse battery staple";

#[tokio::test]
async fn no_key_is_in_any_log_line_at_trace_level() -> Result<()> {
    let environment = vec![("PORTCULLIS_LOG__LEVEL".to_owned(), "trace".to_owned())];
    let mut scene = Scene::start_with(Settings { environment, ..Default::default() }).await?;
    let profile = scene.profile("shop").await?;
    let fresh = scene.api.refresh(&profile).await?;
    let password = "Basic-password-of-nobody-0123456789abcdef";
    let query = "query-token-of-nobody-0123456789abcdefgh";

    assert_eq!(scene.status(&fresh).await?, 200);
    assert_eq!(scene.status(&profile).await?, 401);
    let basic = scene.caller.request(Method::GET, &scene.path).basic_auth("api-token", Some(&fresh.key));
    assert_eq!(scene.caller.send(basic).await?.status, 200);
    let wrong = scene.caller.request(Method::GET, &scene.path).basic_auth("api-token", Some(password));
    assert_eq!(scene.caller.send(wrong).await?.status, 401);
    let in_query = format!("{}?api_token={query}", scene.path);
    assert_eq!(scene.caller.get(&in_query, None).await?.status, 401);
    let bearer = scene.caller.request(Method::GET, &scene.path).bearer_auth(&fresh.key);
    assert_eq!(scene.caller.send(bearer).await?.status, 401);
    let session = owner_session(&scene.system).await?;

    scene.system.stop().await?;
    let log = scene.system.log()?;
    assert!(log.contains("\"level\":\"DEBUG\""), "more than the usual is logged");
    let secrets = [
        ("refreshed key", profile.key.as_str()),
        ("key", fresh.key.as_str()),
        ("management token", scene.api.token()),
        ("Basic password", password),
        ("query token", query),
        ("owner's password", PASSWORD),
        ("session cookie", session.as_str()),
    ];
    for (name, secret) in secrets {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{name} in a log line: {}", line.unwrap_or_default());
    }
    Ok(())
}

/// Opens the set-up link as an owner does, signs in again, and gives the session cookie's value.
async fn owner_session(system: &TestSystem) -> Result<String> {
    let link = system.command(&["setup-link"]).await?.good()?;
    let token = link.split("#token=").nth(1).context("no set-up link")?;
    let token: String = token.chars().take_while(|letter| !letter.is_whitespace()).collect();
    let owner = json!({"token": token, "email": "owner@example.com", "password": PASSWORD, "name": "Owner"});
    system.stranger().post("/api/setup", &owner).await?.good()?;
    let sign_in = json!({"email": "owner@example.com", "password": PASSWORD});
    let answer = system.stranger().post("/api/sessions", &sign_in).await?;
    let cookie = answer.header("set-cookie").context("no session cookie")?;
    let value = cookie.split(['=', ';']).nth(1).context("no cookie value")?.to_owned();
    answer.good()?;
    Ok(value)
}
