//! Who gets through, over real HTTP: switches, address lists, grants, endpoints, unknown keys.

use anyhow::Result;
use e2e::Answer;
use reqwest::Method;
use serde_json::json;

use crate::scene::Scene;

#[tokio::test]
async fn a_granted_call_reaches_the_upstream_and_its_answer_comes_back() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let answer = scene.caller.get(&format!("{}?colour=red&size=2", scene.path), Some(&profile.key)).await?;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["target"], "/things?colour=red&size=2");
    assert!(answer.header("x-request-id").is_some());

    let seen = scene.upstream.seen();
    let [seen] = seen.as_slice() else { panic!("one request, not {}", seen.len()) };
    assert_eq!(seen.header("api-token"), None, "the key stays at the gateway");
    assert_eq!(seen.header("x-portcullis-client-id"), Some(scene.client.to_string().as_str()));
    assert_eq!(seen.header("x-portcullis-profile-id"), Some(profile.id.to_string().as_str()));
    assert_eq!(seen.header("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(seen.header("x-request-id"), answer.header("x-request-id"));
    Ok(())
}

#[tokio::test]
async fn the_key_is_taken_from_basic_authentication_too_and_a_body_goes_through() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    scene.api.make_endpoint(&scene.collection, "POST", "things").await?;
    let body = "x".repeat(300_000);
    let request = scene.caller.request(Method::POST, &scene.path);
    let request = request.basic_auth("api-token", Some(&profile.key)).body(body.clone());
    let answer = scene.caller.send(request).await?;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["body"].as_str(), Some(body.as_str()));
    assert_eq!(scene.upstream.seen().last().and_then(|seen| seen.header("authorization")), None);
    Ok(())
}

#[tokio::test]
async fn a_disabled_client_stops_all_its_profiles_and_enabling_restores_each() -> Result<()> {
    let scene = Scene::start().await?;
    let (on, off) = (scene.profile("on").await?, scene.profile_with("off", json!({"active": false})).await?);
    let other = scene.api.make_client("Other").await?;
    let neighbour = scene.api.make_profile(other, "neighbour", &[scene.collection.id], json!({})).await?;
    assert_eq!([scene.status(&on).await?, scene.status(&off).await?], [200, 403]);

    scene.api.act(&format!("/api/v2/api_clients/{}/disable", scene.client)).await?.good()?;
    assert_eq!([scene.status(&on).await?, scene.status(&off).await?], [403, 403]);
    assert_eq!(scene.status(&neighbour).await?, 200);

    scene.api.act(&format!("/api/v2/api_clients/{}/enable", scene.client)).await?.good()?;
    assert_eq!([scene.status(&on).await?, scene.status(&off).await?], [200, 403]);
    Ok(())
}

#[tokio::test]
async fn a_disabled_profile_is_refused_with_403() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    scene.api.act(&format!("{}/disable", profile.path())).await?.good()?;
    let refused = scene.caller.get(&scene.path, Some(&profile.key)).await?;
    assert_eq!(refused.status, 403);
    assert_generic(&refused, "access to this API has been disallowed");
    scene.api.act(&format!("{}/enable", profile.path())).await?.good()?;
    assert_eq!(scene.status(&profile).await?, 200);
    Ok(())
}

#[tokio::test]
async fn only_addresses_on_the_allow_list_get_in_and_deny_wins() -> Result<()> {
    let scene = Scene::start().await?;
    let elsewhere = scene.profile_with("elsewhere", json!({"ip_allow_list": ["10.0.0.0/8", "2001:db8::/32"]})).await?;
    assert_eq!(scene.status(&elsewhere).await?, 403);

    // Host bits may be set: 127.0.0.77/24 means 127.0.0.0/24.
    let here = scene.profile_with("here", json!({"ip_allow_list": ["127.0.0.77/24"]})).await?;
    assert_eq!(scene.status(&here).await?, 200);

    let lists = json!({"ip_allow_list": ["127.0.0.0/8"], "ip_deny_list": ["127.0.0.2"]});
    let both = scene.profile_with("both", lists).await?;
    let denied = scene.caller.from_address("127.0.0.2".parse()?);
    assert_eq!(denied.status(&scene.path, &both.key).await?, 403);
    assert_eq!(scene.status(&both).await?, 200);

    // No proxy is trusted, so a header cannot change where a call comes from.
    let request = denied.request(Method::GET, &scene.path).header("api-token", &both.key);
    let forged = scene.caller.send(request.header("x-forwarded-for", "127.0.0.1")).await?;
    assert_eq!(forged.status, 403);
    Ok(())
}

#[tokio::test]
async fn a_collection_that_was_not_granted_is_refused_with_403() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let other = scene.api.make_collection("Other things", &scene.upstream.url()).await?;
    scene.api.make_endpoint(&other, "GET", "things").await?;
    let path = format!("{}/things", other.path);
    assert_eq!(scene.caller.status(&path, &profile.key).await?, 403);

    let granted = json!({"api_collection_ids": [scene.collection.id, other.id]});
    scene.api.put(&profile.path(), &granted).await?.good()?;
    assert_eq!(scene.caller.status(&path, &profile.key).await?, 200);
    Ok(())
}

#[tokio::test]
async fn an_inactive_endpoint_is_404_also_beside_a_broader_active_one() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let root = &scene.collection.path;
    let narrow = scene.api.make_endpoint(&scene.collection, "GET", "items/{id}").await?;
    scene.api.make_endpoint(&scene.collection, "ANY", "{rest...}").await?;
    let status = async |path: &str| scene.caller.status(&format!("{root}/{path}"), &profile.key).await;
    assert_eq!([status("items/1").await?, status("items/1/parts").await?], [200, 200]);

    scene.api.act(&format!("/api/api_endpoints/{narrow}/disable")).await?.good()?;
    assert_eq!([status("items/1").await?, status("items/1/parts").await?], [404, 200]);

    scene.api.act(&format!("/api/api_endpoints/{narrow}/enable")).await?.good()?;
    assert_eq!(status("items/1").await?, 200);
    Ok(())
}

#[tokio::test]
async fn a_wrong_method_is_405_and_names_the_right_ones() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let request = scene.caller.request(Method::DELETE, &scene.path).header("api-token", &profile.key);
    let answer = scene.caller.send(request).await?;
    assert_eq!(answer.status, 405);
    assert!(answer.header("allow").is_some_and(|allow| allow.contains("GET")), "{:?}", answer.headers);
    Ok(())
}

#[tokio::test]
async fn an_unknown_key_is_401_on_known_and_unknown_paths_alike() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let removed = scene.profile("removed").await?;
    scene.api.delete(&removed.path()).await?.good()?;
    // One letter of a real key changed, so that only the checksum is wrong.
    let last = profile.key.chars().last().unwrap_or_default();
    let changed = format!("{}{}", profile.key.trim_end_matches(last), if last == 'a' { 'b' } else { 'a' });
    for key in [Some("unknown"), Some(changed.as_str()), Some(removed.key.as_str()), None] {
        let known = scene.caller.get(&scene.path, key).await?;
        let unknown = scene.caller.get("/no/such/path", key).await?;
        assert_eq!([known.status, unknown.status], [401, 401], "{key:?}");
        assert_eq!(without_request_id(&known), without_request_id(&unknown));
        assert_generic(&known, "access to this API has been disallowed");
        let challenge = known.header("www-authenticate").unwrap_or_default();
        assert!(challenge.starts_with("Bearer realm=\"portcullis\""), "{challenge}");
        assert_eq!(challenge.contains("error=\"invalid_token\""), key.is_some(), "{challenge}");
    }
    // With a good key the same unknown path is 404.
    assert_eq!(scene.caller.status("/no/such/path", &profile.key).await?, 404);
    assert!(scene.upstream.seen().is_empty(), "nothing of this reached the upstream");
    Ok(())
}

#[tokio::test]
async fn two_credentials_in_one_request_are_401() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let request = scene.caller.request(Method::GET, &scene.path).header("api-token", &profile.key);
    let answer = scene.caller.send(request.header("authorization", "Bearer something")).await?;
    assert_eq!(answer.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_removed_client_takes_its_keys_with_it() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    assert_eq!(scene.status(&profile).await?, 200);
    scene.api.delete(&format!("/api/v2/api_clients/{}", scene.client)).await?.good()?;
    assert_eq!(scene.status(&profile).await?, 401);
    Ok(())
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_502_and_its_own_errors_pass_through() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    scene.api.make_endpoint(&scene.collection, "GET", "status/{code}").await?;
    assert_eq!(scene.caller.status(&format!("{}/status/418", scene.collection.path), &profile.key).await?, 418);

    let nobody = format!("http://{}", e2e::free_address());
    let gone = scene.api.make_collection("Gone", &nobody).await?;
    scene.api.make_endpoint(&gone, "GET", "things").await?;
    let caller = scene.api.make_profile(scene.client, "gone", &[gone.id], json!({})).await?;
    let answer = scene.caller.get(&format!("{}/things", gone.path), Some(&caller.key)).await?;
    assert_eq!(answer.status, 502);
    assert!(!answer.text.contains(&nobody), "the caller does not learn the upstream's address: {}", answer.text);
    Ok(())
}

/// A refusal says nothing but the general sentence of its status.
fn assert_generic(answer: &Answer, sentence: &str) {
    let body = answer.json();
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(body["error"].as_str(), Some(sentence), "{}", answer.text);
    assert_eq!(body["detail"].as_str(), Some(sentence), "{}", answer.text);
    assert_eq!(body["request_id"].as_str(), answer.header("x-request-id"));
}

fn without_request_id(answer: &Answer) -> serde_json::Value {
    let mut body = answer.json();
    if let Some(body) = body.as_object_mut() {
        body.remove("request_id");
    }
    body
}
