//! The workspace as one document: export, comparison, application.

use crate::support::{Answer, TestApi, authority, id};
use domain::secret::Secret;
use serde_json::{Value, json};
use store::Role;

const HMAC: &str = "a shared secret of more than 32 bytes";
const PASSPHRASE: &str = "an old horse and a battery";

/// One of everything, with every method.
async fn filled() -> TestApi {
    let api = TestApi::start().await;
    api.put("/api/settings", json!({"time_zone": "Europe/Berlin", "trusted_proxies": ["10.0.0.0/8"]})).await.ok();
    let project = id(&api.post("/api/projects", json!({"name": "Partners", "description": "Outside"})).await.ok().body);
    let gold = json!({"name": "Gold", "rate_limit": {"limit": 10, "interval": "second"},
        "usage_quota": {"limit": 1000, "interval": "30 days"}});
    let gold = id(&api.post("/api/api_policies", gold).await.ok().body["data"]);
    let pem = authority("Partners", (2035, 1, 1));
    let bundle = id(&api.post("/api/cert_bundles", json!({"name": "Partners", "pem": pem})).await.ok().body["data"]);
    let orders = json!({"name": "Orders", "version": "2.0", "project_id": project, "upstream": {
        "urls": ["https://10.0.0.5/base", "https://10.0.0.6/base"],
        "auth": {"type": "basic", "user": "gateway", "password": "canary-upstream-password"},
        "timeouts_ms": {"connect": 1000, "response": 2000, "idle": 3000}},
        "cors": {"origins": ["https://app.example.com"]}, "keep_host": true,
        "limits": {"body_bytes": null, "response_ms": 9000}});
    let orders = id(&api.post("/api/api_collections", orders).await.ok().body);
    for (method, path) in [("GET", "orders/{id}"), ("POST", "orders"), ("ANY", "files/{rest...}")] {
        let body = json!({"name": format!("{method} it"), "method": method, "path": path, "active": true});
        api.post(&format!("/api/api_collections/{orders}/api_endpoints"), body).await.ok();
    }
    let billing = api.collection("Billing").await;
    let jwt = json!({"name": "Acme", "project_id": project, "email": "it@acme.example", "auth_type": "jwt",
        "jwt_method": "hmac", "jwt_secret": HMAC, "api_collection_ids": [orders, billing], "api_policy_id": gold,
        "allowed_issuers": ["https://issuer.example"], "access_profile_claim": "app", "shared_api_policy_id": gold,
        "api_keys": [{"name": "Web", "active": true}, {"name": "Shop", "active": false}]});
    api.post("/api/v2/api_clients", jwt).await.ok();
    let globex = api.client("Globex").await;
    let keys = format!("/api/v2/api_clients/{globex}/api_keys");
    for body in [
        json!({"name": "Token", "active": true, "api_collection_ids": [orders], "ip_allow_list": ["106.226.100.3/20"],
            "labels": {"env": "live"}, "expires_at": "2030-01-01T00:00:00.123456Z", "period_anchor": "2026-02-03"}),
        json!({"name": "OAuth", "active": true, "auth_type": "oauth2", "api_collection_ids": [billing]}),
        json!({"name": "OIDC", "active": false, "auth_type": "oidc", "oidc_issuer": "https://id.example",
            "api_collection_ids": [billing], "mtls_enabled": true, "cert_bundle_ids": [bundle],
            "validation_formula": "CN=shop", "api_key": "my-own-key-id"}),
    ] {
        api.post(&keys, body).await.ok();
    }
    api
}

async fn export(api: &TestApi) -> Value {
    api.get("/api/workspace").await.ok().body["data"].clone()
}

async fn owner(api: &TestApi) -> Secret {
    api.token_of(Role::Owner).await
}

async fn export_with_secrets(api: &TestApi) -> Value {
    let token = owner(api).await;
    let headers = [("authorization", format!("Bearer {}", token.expose())), passphrase()];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    api.as_sent("GET", "/api/workspace?with_secrets=true", &headers, &Value::Null).await.ok().body["data"].clone()
}

fn passphrase() -> (&'static str, String) {
    ("portcullis-passphrase", PASSPHRASE.to_owned())
}

async fn apply(api: &TestApi, query: &str, document: &Value) -> Answer {
    api.post(&format!("/api/workspace{query}"), document.clone()).await
}

async fn opened(api: &TestApi, query: &str, document: &Value) -> Answer {
    let (name, value) = passphrase();
    api.with_headers("POST", &format!("/api/workspace{query}"), &[(name, &value)], document.clone()).await
}

/// The changes as short lines: sign, noun, name, fields.
fn changes(answer: &Answer) -> Vec<String> {
    let changes = answer.body["data"]["changes"].as_array().unwrap();
    let line = |change: &Value| {
        let fields: Vec<_> =
            change["fields"].as_array().unwrap().iter().map(|field| field["field"].as_str().unwrap()).collect();
        let word = |name: &str| change[name].as_str().unwrap();
        let fields = if word("change") == "changed" { fields.join(",") } else { String::new() };
        format!("{} {} {} {fields}", word("change"), word("object"), word("name")).trim_end().to_owned()
    };
    changes.iter().map(line).collect()
}

#[tokio::test]
async fn an_export_applied_to_an_empty_instance_gives_an_equal_export() {
    let (from, to) = (filled().await, TestApi::start().await);
    let document = export(&from).await;
    let answer = apply(&to, "", &document).await.ok();
    assert_eq!(answer.body["data"]["applied"], true);
    assert_eq!(export(&to).await, document);
    let again = apply(&to, "?prune=true", &document).await.ok();
    assert_eq!(again.body["data"]["applied"], false, "{}", again.body);
    assert_eq!(again.header("portcullis-revision"), "");
}

#[tokio::test]
async fn secrets_go_sealed_and_come_back_whole() {
    let (from, to) = (filled().await, TestApi::start().await);
    let document = export_with_secrets(&from).await;
    let text = document.to_string();
    for canary in [HMAC, "canary-upstream-password", PASSPHRASE] {
        assert!(!text.contains(canary), "{canary}");
    }
    opened(&to, "", &document).await.ok();
    let ((_, before), (_, after)) =
        (from.store.export_workspace().await.unwrap(), to.store.export_workspace().await.unwrap());
    let secrets = |workspace: &domain::workspace::Workspace| {
        let mut all = Vec::new();
        for client in workspace.clients.iter().flatten() {
            all.push(format!(
                "{:?}",
                client.default_terms.as_ref().and_then(|terms| terms.key_text().map(str::to_owned))
            ));
            for profile in client.profiles.iter().flatten() {
                let mut held: Vec<_> = profile.credentials.iter().flatten().map(|own| format!("{own:?}")).collect();
                held.sort();
                all.extend(held);
            }
        }
        for collection in workspace.collections.iter().flatten() {
            all.push(format!(
                "{:?}",
                collection.upstream.auth.secret.as_ref().map(|secret| secret.expose().to_owned())
            ));
        }
        all
    };
    assert_eq!(secrets(&before), secrets(&after));
    assert!(secrets(&after).len() > 8);
    // The sealed block alone is never the same twice; what it holds changes nothing here.
    assert_eq!(changes(&opened(&from, "?dry_run=true&prune=true", &document).await.ok()), Vec::<String>::new());
}

#[tokio::test]
async fn secrets_need_an_owner_a_passphrase_and_the_right_one() {
    let api = filled().await;
    let (name, value) = passphrase();
    let path = "/api/workspace?with_secrets=true";
    api.with_headers("GET", path, &[(name, &value)], Value::Null).await.problem(403);
    let token = owner(&api).await;
    api.with_token(token.expose(), "GET", path, Value::Null).await.problem(400);
    let document = export_with_secrets(&api).await;
    let wrong =
        api.with_headers("POST", "/api/workspace?dry_run=true", &[(name, "another one")], document.clone()).await;
    assert!(wrong.problem(422).fault("secrets").contains("passphrase"));
    // Without it they are not used, which is said.
    let without = apply(&api, "?dry_run=true", &document).await.ok();
    assert!(without.body["data"]["notes"][0].as_str().unwrap().contains("no passphrase"));
}

#[tokio::test]
async fn without_secrets_a_new_profile_waits_for_its_credential() {
    let (from, to) = (filled().await, TestApi::start().await);
    let answer = apply(&to, "", &export(&from).await).await.ok();
    let notes = answer.body["data"]["notes"].to_string();
    for expected in ["Globex / Token", "Globex / OAuth", "Acme", "Orders 2.0"] {
        assert!(notes.contains(expected), "{expected}: {notes}");
    }
    let clients = to.get("/api/v2/api_clients?q=globex").await.ok();
    let client = id(&clients.body["data"][0]);
    let keys = to.get(&format!("/api/v2/api_clients/{client}/api_keys?q=token")).await.ok();
    let key = id(&keys.body["data"][0]);
    assert_eq!(to.get(&format!("/api/v2/api_clients/{client}/api_keys/{key}")).await.ok().body["data"]["active"], true);
    let path = format!("/api/v2/api_clients/{client}/api_keys/{key}/refresh_secret");
    let token = to.put(&path, Value::Null).await.ok().body["data"]["auth_token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("pc_"), "{token}");
}

#[tokio::test]
async fn a_comparison_names_every_field_and_changes_nothing() {
    let api = filled().await;
    let before = (api.everything().await, api.store.current_revision().await.unwrap());
    let mut document = export(&api).await;
    document["policies"][0]["rate_limit"]["limit"] = json!(20);
    document["clients"][0]["email"] = Value::Null;
    document["clients"][0]["default_terms"]["collections"] = json!(["billing-v1"]);
    document["clients"][1]["profiles"][1]["active"] = json!(true);
    document["collections"][1]["endpoints"][0]["active"] = json!(false);
    document["projects"].as_array_mut().unwrap().push(json!({"name": "New"}));
    let gone = document["clients"][1]["profiles"].as_array_mut().unwrap().remove(2);
    let answer = apply(&api, "?dry_run=true", &document).await.ok();
    let expected = [
        "created project New",
        "changed access_policy Gold rate_limit.limit",
        "changed endpoint Orders 2.0 / ANY /files/{rest...} active",
        "changed client Acme default_terms.collections,email",
        "changed access_profile Globex / OIDC active",
    ];
    // The profile that the document does not name stays: only pruning deletes it.
    assert_eq!(changes(&answer), expected);
    let pruned = apply(&api, "?dry_run=true&prune=true", &document).await.ok();
    let last = changes(&pruned).pop().unwrap();
    assert_eq!(last, format!("deleted access_profile Globex / {}", gone["name"].as_str().unwrap()));
    let fields = &answer.body["data"]["changes"][1]["fields"][0];
    assert_eq!((&fields["before"], &fields["after"]), (&json!(10), &json!(20)));
    assert_eq!((api.everything().await, api.store.current_revision().await.unwrap()), before);
}

#[tokio::test]
async fn an_application_is_one_revision_with_an_entry_for_each_object() {
    let api = filled().await;
    let revision = api.store.current_revision().await.unwrap();
    let mut document = export(&api).await;
    document["policies"][0]["description"] = json!("Best");
    document["clients"].as_array_mut().unwrap().remove(1);
    let answer = apply(&api, "?prune=true", &document).await.ok();
    assert_eq!(answer.header("portcullis-revision"), (revision.0 + 1).to_string());
    let log = api.get("/api/activity_logs").await.ok();
    let events: Vec<_> = log.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["details"]["revision"] == revision.0 + 1)
        .map(|entry| entry["event_type"].as_str().unwrap())
        .collect();
    let mut events = events;
    events.sort_unstable();
    assert_eq!(events, ["access_policy.updated", "client.deleted", "workspace.applied"]);
    assert_eq!(export(&api).await, document);
}

#[tokio::test]
async fn what_is_left_out_takes_its_default_and_sections_that_are_left_out_stay() {
    let api = filled().await;
    let before = export(&api).await;
    let document = json!({"version": 1, "policies": [
        {"name": "gold", "usage_quota": {"limit": 5, "interval": "day"}}
    ]});
    let answer = apply(&api, "?prune=true", &document).await.ok();
    assert_eq!(
        changes(&answer),
        ["changed access_policy gold name,rate_limit.interval,rate_limit.limit,usage_quota.interval,usage_quota.limit"]
    );
    let after = export(&api).await;
    assert_eq!(after["policies"][0].get("rate_limit"), None);
    for section in ["projects", "collections", "settings"] {
        assert_eq!(after[section], before[section], "{section}");
    }
}

#[tokio::test]
async fn every_problem_is_named_at_once_with_its_place() {
    let api = filled().await;
    let before = (api.everything().await, api.store.current_revision().await.unwrap());
    let document = json!({"version": 1,
        "projects": [{"name": "A"}, {"name": "a"}],
        "policies": [{"name": "Empty"}, {"name": "Bad", "rate_limit": {"limit": 0, "interval": "second"}}],
        "collections": [
            {"name": "Orders", "version": "9", "path": "billing-v1", "upstream": "http://10.0.0.1"},
            {"name": "Loop", "version": "1", "upstream": "http://127.0.0.1:8080"},
            {"name": "Open", "version": "1", "upstream": {"urls": ["http://10.0.0.1"],
                "auth": {"type": "basic", "user": "u", "password": "in the open"}}}],
        "clients": [
            {"name": "One", "project": "Nowhere", "default_terms": {"collections": ["nothing-v1"], "auth_type": "token",
                "policy": "None", "cert_bundles": ["Lost"]}},
            {"name": "Two", "profiles": [{"name": "P", "ip_allow_list": ["not an address"]}], "colour": "red"},
            {"name": "Three", "default_terms": {"collections": ["billing-v1"], "auth_type": "jwt", "jwt_method": "rsa",
                "jwt_public_key": "no key"}}]});
    let answer = apply(&api, "", &document).await.problem(400);
    for (field, says) in [
        ("projects[1]", "twice"),
        ("policies[0].rate_limit", "can't be blank"),
        ("policies[1].rate_limit.limit", "1 to"),
        ("collections[0].path", "taken by Billing"),
        ("collections[1].upstream.urls[0]", "this gateway itself"),
        ("collections[2].upstream.auth.password", "in the open"),
        ("clients[0].project", "unknown project"),
        ("clients[0].default_terms.collections[0]", "unknown API collection"),
        ("clients[0].default_terms.policy", "unknown access policy"),
        ("clients[0].default_terms.cert_bundles[0]", "unknown certificate bundle"),
        ("clients[1].colour", "not a known field"),
        ("clients[1].profiles[0].ip_allow_list[0]", "not an IP address"),
        ("clients[1].profiles[0].own_terms", "no default terms"),
        ("clients[2].default_terms.jwt_public_key", ""),
    ] {
        let fault = answer.fault(field);
        assert!(!fault.is_empty() && fault.contains(says), "{field}: {fault:?} in {}", answer.body["errors"]);
    }
    assert_eq!(answer.fault("policies[1].rate_limit"), "", "it is there, only wrong");
    assert_eq!((api.everything().await, api.store.current_revision().await.unwrap()), before);
}

#[tokio::test]
async fn what_is_in_use_by_an_object_outside_of_the_document_is_not_pruned() {
    let api = filled().await;
    let answer =
        apply(&api, "?prune=true", &json!({"version": 1, "policies": [], "collections": []})).await.problem(409);
    assert!(answer.fault("policies").contains("in use by"), "{}", answer.body);
    assert!(answer.fault("collections").contains("in use by"), "{}", answer.body);
}

#[tokio::test]
async fn paths_may_be_exchanged_and_terms_follow_what_they_name() {
    let api = filled().await;
    let mut document = export(&api).await;
    let (one, other) = (document["collections"][0]["path"].clone(), document["collections"][1]["path"].clone());
    document["collections"][0]["path"] = other;
    document["collections"][1]["path"] = one;
    let answer = apply(&api, "", &document).await.ok();
    assert_eq!(changes(&answer), ["changed api_collection Billing 1.0 path", "changed api_collection Orders 2.0 path"]);
    assert_eq!(export(&api).await, document);
    // A new collection takes the path of one that goes: who was granted the path is granted the new one.
    document["collections"][0]["name"] = json!("Invoices");
    apply(&api, "?prune=true", &document).await.ok();
    assert_eq!(export(&api).await["collections"].as_array().unwrap().len(), 2);
    assert_eq!(export(&api).await["clients"], document["clients"]);
}

#[tokio::test]
async fn credentials_stay_through_changes_and_end_with_the_method() {
    let api = TestApi::start().await;
    let (collection, client) = (api.collection("Orders").await, api.client("Acme").await);
    api.key(client, "Web", collection).await;
    let digests = async || {
        let (_, workspace) = api.store.export_workspace().await.unwrap();
        workspace.clients.unwrap()[0].profiles.clone().unwrap()[0].credentials.clone().unwrap()
    };
    let before = digests().await;
    let mut document = export(&api).await;
    document["clients"][0]["profiles"][0]["labels"] = json!({"a": "b"});
    apply(&api, "", &document).await.ok();
    assert_eq!(digests().await, before);
    document["clients"][0]["profiles"][0]["own_terms"]["auth_type"] = json!("oauth2");
    let answer = apply(&api, "", &document).await.ok();
    assert!(changes(&answer)[0].contains("credentials"), "{:?}", changes(&answer));
    let after = digests().await;
    assert_eq!(after.len(), 1);
    assert!(after[0].kind.is_identifier());
}

#[tokio::test]
async fn yaml_is_read_and_written() {
    let api = filled().await;
    let answer = api.with_headers("GET", "/api/workspace", &[("accept", "application/yaml")], Value::Null).await;
    assert_eq!(answer.header("content-type"), "application/yaml; charset=utf-8");
    let text = String::from_utf8(answer.bytes).unwrap();
    assert!(text.starts_with("# A Portcullis workspace") && text.contains("\nversion: 1\n"), "{text}");
    let applied = api.send_raw("POST", "/api/workspace?prune=true", "application/yaml", text).await.ok();
    assert_eq!(changes(&applied), Vec::<String>::new());
    let broken =
        api.send_raw("POST", "/api/workspace", "application/yaml", "version: 1\npolicies: [").await.problem(400);
    assert!(broken.fault("body").contains("line"), "{}", broken.body);
    api.send_raw("POST", "/api/workspace", "text/plain", "version: 1").await.problem(415);
    let twice = api.send_raw("POST", "/api/workspace", "application/yaml", "version: 1\nversion: 1\n").await;
    twice.problem(400);
    let unknown = api.post("/api/workspace", json!({"version": 2})).await.problem(422);
    assert!(unknown.fault("version").contains("not known"), "{}", unknown.body);
}

#[tokio::test]
async fn the_default_project_keeps_its_place_under_any_name() {
    let (from, to) = (filled().await, TestApi::start().await);
    from.put("/api/projects/1", json!({"name": "Main"})).await.ok();
    let document = export(&from).await;
    apply(&to, "?prune=true", &document).await.ok();
    assert_eq!(export(&to).await, document);
    assert_eq!(to.get("/api/projects/1").await.ok().body["name"], "Main");
}

#[tokio::test]
async fn only_admins_and_owners_export_and_apply() {
    let api = TestApi::start().await;
    for role in [Role::Viewer, Role::Operator] {
        let token = api.token_of(role).await;
        api.with_token(token.expose(), "GET", "/api/workspace", Value::Null).await.problem(403);
        api.with_token(token.expose(), "POST", "/api/workspace", json!({"version": 1})).await.problem(403);
    }
}

#[tokio::test]
async fn webhooks_go_along_and_their_secrets_only_sealed() {
    let (from, to) = (TestApi::start().await, TestApi::start().await);
    let url = "https://hooks.example.com/in?key=canary";
    let webhook = json!({"name": "Operations", "url": url, "events": ["profile.disabled", "credential.refreshed"],
        "enabled": false});
    let made = from.post("/api/webhooks", webhook).await.ok().body;
    let secret = made["data"]["secret"].as_str().unwrap().to_owned();
    let document = export(&from).await;
    let expected = json!([{"name": "Operations", "url": url, "events": ["credential.refreshed", "profile.disabled"],
        "enabled": false}]);
    assert_eq!(document["webhooks"], expected);
    let sealed = export_with_secrets(&from).await;
    assert!(!sealed.to_string().contains(&secret) && !document.to_string().contains("whsec_"));

    opened(&to, "", &sealed).await.ok();
    let shown = to.get("/api/webhooks").await.ok().body["data"][0]["secret"].clone();
    assert_eq!(shown, from.get("/api/webhooks").await.ok().body["data"][0]["secret"], "the same last characters");
    let log = to.get("/api/activity_logs?resource_type=webhook").await.ok().body.to_string();
    assert!(log.contains("webhook.created") && !log.contains("canary") && !log.contains("whsec_"), "{log}");
    assert_eq!(changes(&apply(&to, "", &document).await.ok()), Vec::<String>::new());

    let alarms = json!({"name": "Alarms", "url": "https://hooks.example.com/b", "events": ["gateway.unhealthy"]});
    let answer = apply(&to, "?prune=true", &json!({"version": 1, "webhooks": [alarms]})).await.ok();
    assert_eq!(changes(&answer), ["created webhook Alarms", "deleted webhook Operations"]);
    let note = answer.body["data"]["notes"][0].as_str().unwrap().to_owned();
    assert!(note.contains("Alarms") && note.contains("nobody has seen"), "{note}");

    let bad = json!({"name": "Bad", "url": "http://hooks.example.com", "events": []});
    let refused = apply(&to, "", &json!({"version": 1, "webhooks": [bad]})).await;
    assert_eq!(refused.status, 400);
    let fields: Vec<_> = refused.body["errors"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["webhooks[0].events", "webhooks[0].url"]);
}
