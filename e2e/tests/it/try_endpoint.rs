//! *Try it*: the program calls its own gateway, over the network and with all its checks.

use anyhow::{Context as _, Result};
use e2e::{Settings, free_address};
use reqwest::Method;
use serde_json::{Value, json};

use crate::scene::Scene;

async fn tried(scene: &Scene, endpoint: u64, body: Value) -> Result<Value> {
    let answer = scene.api.post(&format!("/api/api_endpoints/{endpoint}/try"), &body).await?.good()?;
    answer.get("data").cloned().context("data")
}

#[tokio::test]
async fn an_endpoint_is_tried_as_any_caller_would_call_it() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let endpoint = scene.api.make_endpoint(&scene.collection, "POST", "orders/{id}/{rest...}").await?;
    let call = json!({
        "credential": profile.key, "path_params": {"id": "a b/c", "rest": "x/y"},
        "query": {"q": "1&2", "many": ["a", "b"]}, "headers": {"X-Trace": "yes"}, "body": "{\"n\": 1}",
    });
    let answer = tried(&scene, endpoint, call).await?;
    // An encoded slash is refused unless the collection allows it: what is shown is what any caller would see.
    assert_eq!(answer["status"], 400, "{answer}");
    let call = json!({
        "credential": profile.key, "path_params": {"id": "a b", "rest": "x/y"},
        "query": {"q": "1&2", "many": ["a", "b"]}, "headers": {"X-Trace": "yes"}, "body": "{\"n\": 1}",
    });
    let answer = tried(&scene, endpoint, call).await?;
    assert_eq!((&answer["status"], &answer["method"]), (&json!(200), &json!("POST")), "{answer}");
    let seen = scene.upstream.seen();
    let seen = seen.last().context("nothing was forwarded")?;
    let (path, query) = seen.target.split_once('?').context("no query")?;
    assert_eq!(path, "/orders/a%20b/x/y");
    assert!(query.contains("many=a&many=b") && query.contains("q=1%262"), "{query}");
    assert_eq!((seen.body.as_str(), seen.header("x-trace")), ("{\"n\": 1}", Some("yes")));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("api-token"), None, "the credential went on");
    let echo: Value = serde_json::from_str(answer["body"].as_str().context("body")?)?;
    assert_eq!(echo["method"], "POST");
    assert_eq!((&answer["body_truncated"], &answer["body_encoding"]), (&json!(false), &json!("text")));
    let names = answer["headers"].as_array().context("headers")?;
    assert!(names.iter().any(|header| header["name"] == "content-type"), "{answer}");

    // It was a call like any other: it is counted, explained and found by its id.
    let id = answer["request_id"].as_str().context("request_id")?;
    let explained = scene.api.get(&format!("/api/request_logs/{id}/explain")).await?.good()?;
    assert!(explained.to_string().contains("\"127.0.0.1\""), "{explained}");
    let found = scene.api.get(&format!("/api/search?q={id}")).await?.good()?;
    assert_eq!((&found["data"][0]["type"], &found["data"][0]["request_id"]), (&json!("request"), &json!(id)));
    // The credential is nowhere: neither in the log nor in the audit log.
    assert!(!scene.system.log()?.contains(&profile.key));
    assert!(!scene.api.get("/api/activity_logs").await?.text.contains(&profile.key));
    Ok(())
}

#[tokio::test]
async fn what_the_gateway_refuses_is_shown_and_long_answers_are_cut() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let endpoint = scene.api.make_endpoint(&scene.collection, "ANY", "echo").await?;
    assert_eq!(tried(&scene, endpoint, json!({})).await?["status"], 401);
    assert_eq!(tried(&scene, endpoint, json!({"credential": "pc_nobody"})).await?["status"], 401);
    // A bearer credential goes in its own header.
    assert_eq!(tried(&scene, endpoint, json!({"credential": "eyJh.eyJz.c2ln"})).await?["status"], 401);
    let forwarded = scene.upstream.seen().len();
    assert_eq!(forwarded, 0);
    // The echo of a body of 100 kB is cut at 64 KiB.
    let call = json!({"credential": profile.key, "method": "PUT", "body": "x".repeat(100_000)});
    let answer = tried(&scene, endpoint, call).await?;
    assert_eq!((&answer["status"], &answer["body_truncated"]), (&json!(200), &json!(true)));
    assert_eq!(answer["body_bytes"], 64 * 1024);
    let away = scene.api.act(&format!("/api/api_endpoints/{endpoint}/disable")).await?;
    assert_eq!(away.status, 200, "{}", away.text);
    assert_eq!(tried(&scene, endpoint, json!({"credential": profile.key})).await?["status"], 404);
    Ok(())
}

#[tokio::test]
async fn it_works_beside_tls_listeners_with_a_prefix_and_custom_domains() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let more = free_address();
    let proxied = free_address();
    let config = folder.path().join("portcullis.toml");
    // The second listener takes a proxy's header first: calls go to the first one, which is always plain.
    let text = format!(
        "[[gateway.listeners]]\nlisten = \"{more}\"\n\n[[gateway.listeners]]\nlisten = \"{proxied}\"\n\
         proxy_protocol = \"required\"\nproxy_protocol_from = [\"127.0.0.1\"]\n"
    );
    std::fs::write(&config, text)?;
    let arguments = vec!["--config".to_owned(), config.display().to_string()];
    let scene = Scene::start_with(Settings { arguments, ..Settings::default() }).await?;
    let profile = scene.profile("shop").await?;
    let endpoint = scene.api.make_endpoint(&scene.collection, "GET", "orders").await?;
    let settings = json!({
        "prefix": "acme/apis", "custom_domains": ["apis.acme.test"], "public_url": "https://api.example.com",
    });
    scene.api.put("/api/settings", &settings).await?.good()?;
    let answer = tried(&scene, endpoint, json!({"credential": profile.key})).await?;
    assert_eq!(answer["status"], 200, "{answer}");
    let expected = format!("http://{}/acme/apis{}/orders", scene.system.gateway, scene.collection.path);
    assert_eq!(answer["url"], json!(expected));
    // Who may not change anything but may operate may try, and nobody else.
    let stranger = scene.system.stranger();
    let path = format!("/api/api_endpoints/{endpoint}/try");
    let refused = stranger.send(stranger.request(Method::POST, &path).json(&json!({}))).await?;
    assert_eq!(refused.status, 401);
    Ok(())
}
