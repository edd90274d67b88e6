//! Settings that this version does not enforce are refused with 422 and never stored.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use crate::scene::Scene;

#[tokio::test]
async fn a_setting_of_a_later_version_is_422_at_its_field() -> Result<()> {
    let scene = Scene::start().await?;
    let client = format!("/api/v2/api_clients/{}", scene.client);
    let own = json!([scene.collection.id]);
    let client_with = |more: Value| {
        let mut body = json!({"name": "New", "auth_type": "token", "api_collection_ids": own});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        body
    };
    let collection = |more: Value| {
        let mut body = json!({"name": "New", "upstream": {"urls": [scene.upstream.url()]}});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        body
    };
    let post = Method::POST;
    let put = Method::PUT;
    let cases: Vec<(&Method, String, Value, &str)> = vec![
        (&put, client, json!({"api_portal_id": 1}), "api_portal_id"),
        (&put, "/api/settings".into(), json!({"log_rate_per_second": 50}), "log_rate_per_second"),
        (&put, "/api/settings".into(), json!({"retention_days": 30}), "retention_days"),
        (&post, "/api/v2/api_clients".into(), client_with(json!({"api_portal_id": 1})), "api_portal_id"),
        (&post, "/api/api_collections".into(), collection(json!({"proxy_connection_id": 1})), "proxy_connection_id"),
    ];
    let mut wrong = Vec::new();
    for (method, path, body, field) in cases {
        let answer = scene.api.send(scene.api.request(method.clone(), &path).json(&body)).await?;
        let text = answer.json()["errors"].to_string();
        let named = answer.fields().iter().any(|found| found.starts_with(field));
        if answer.status != 422 || !named || !text.contains("not available in this version") {
            wrong.push(format!("{method} {path} {field}: {} {}", answer.status, answer.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[tokio::test]
async fn the_values_that_mean_off_are_accepted() -> Result<()> {
    let scene = Scene::start().await?;
    let off = json!({
        "mtls_enabled": false, "cert_bundle_ids": [], "validation_formula": null, "expires_at": null,
        "jwt_secret": null, "oidc_issuer": null, "labels": {"team": "blue"},
    });
    let profile = scene.profile_with("shop", off).await?;
    assert_eq!(scene.status(&profile).await?, 200);
    let refreshed =
        scene.api.put(&format!("{}/refresh_secret", profile.path()), &json!({"overlap_seconds": 0})).await?;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text);
    Ok(())
}
