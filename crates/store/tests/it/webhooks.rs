//! Webhooks, their outbox and their delivery log.

use crate::make::{actor, at, fresh, name, terms};
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::secret::Secret;
use domain::token::last4;
use domain::webhook::{MAX_PENDING, MAX_WEBHOOKS, WebhookEvent, WebhookUrl, generate_secret};
use domain::{ProfileId, WebhookId};
use serde_json::json;
use store::{
    Attempt, ClientUpdate, Delivery, DeliveryFilter, DeliveryState, FaultKind, NewWebhook, Outcome, PageQuery,
    ProfileUpdate, StoreError, WebhookUpdate,
};

const URL: &str = "https://hooks.example.com/in?token=canary";

fn signing_secret() -> Secret {
    generate_secret([0x5a; 32])
}

fn new_webhook(text: &str, events: &[WebhookEvent]) -> NewWebhook {
    NewWebhook {
        name: name(text),
        url: WebhookUrl::parse(URL).unwrap(),
        events: events.to_vec(),
        enabled: true,
        secret: signing_secret(),
    }
}

async fn a_webhook(store: &TestStore, text: &str, events: &[WebhookEvent]) -> WebhookId {
    store.create_webhook(&actor(), at(1), new_webhook(text, events)).await.unwrap().value.webhook.id
}

async fn a_profile(store: &TestStore) -> ProfileId {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    store.a_profile(client, "Production", None, 1).await
}

async fn deliveries(store: &TestStore, id: WebhookId) -> Vec<Delivery> {
    store.list_deliveries(id, &PageQuery::default(), DeliveryFilter::default()).await.unwrap().items
}

async fn raise(store: &TestStore, seconds: i64) {
    store.raise_webhook_event(at(seconds), WebhookEvent::GatewayUnhealthy, json!({})).await.unwrap();
}

fn attempt(error: Option<&str>) -> Attempt {
    Attempt { at: at(9).0, status: Some(500), error: error.map(str::to_owned), duration_ms: 7 }
}

fn off() -> WebhookUpdate {
    WebhookUpdate { enabled: Some(false), ..WebhookUpdate::default() }
}

pub(crate) async fn made_webhooks_read_back_and_change(store: TestStore) {
    let events = [WebhookEvent::CredentialRefreshed, WebhookEvent::ProfileDisabled];
    let made = store.create_webhook(&actor(), at(1), new_webhook("Operations", &events)).await.unwrap();
    let made = store.expect_event(made, "webhook.created").await;
    let webhook = made.webhook.clone();
    assert_eq!((webhook.name.as_str(), webhook.url.as_str(), webhook.enabled), ("Operations", URL, true));
    assert_eq!((webhook.events.as_slice(), webhook.secret_last4), (events.as_slice(), last4(&signing_secret())));
    assert_eq!((made.pending_count, made.last_delivery), (0, None));
    assert_eq!(store.get_webhook(webhook.id).await.unwrap(), made);
    let update = WebhookUpdate {
        url: Some(WebhookUrl::parse("https://example.com/").unwrap()),
        secret: Some(generate_secret([1; 32])),
        ..WebhookUpdate::default()
    };
    let changed = store.update_webhook(&actor(), at(2), webhook.id, update).await.unwrap();
    let changed = store.expect_event(changed, "webhook.updated").await.webhook;
    assert_eq!((changed.name.as_str(), changed.url.as_str()), ("Operations", "https://example.com/"));
    assert_eq!(changed.secret_last4, last4(&generate_secret([1; 32])));
    let gone = store.delete_webhook(&actor(), at(3), webhook.id).await.unwrap();
    store.expect_event(gone, "webhook.deleted").await;
    expect_not_found(store.get_webhook(webhook.id).await, "webhook");
    expect_not_found(store.update_webhook(&actor(), at(3), webhook.id, off()).await, "webhook");
    expect_not_found(store.delete_webhook(&actor(), at(3), webhook.id).await, "webhook");
}

pub(crate) async fn there_are_at_most_twenty_with_names_of_their_own(store: TestStore) {
    for number in 0..MAX_WEBHOOKS {
        a_webhook(&store, &format!("Webhook {number}"), &WebhookEvent::ALL).await;
    }
    let more = store.create_webhook(&actor(), at(2), new_webhook("WEBHOOK 0", &WebhookEvent::ALL)).await;
    let expected = [fault("name", FaultKind::Conflict), fault("name", FaultKind::Missing)];
    assert_eq!(faults(more.map(|committed| committed.revision)), expected);
}

pub(crate) async fn no_secret_is_in_the_database_or_the_audit_log(store: TestStore) {
    let id = a_webhook(&store, "Operations", &WebhookEvent::ALL).await;
    let entry = store.last_entry().await;
    let shown = format!("{:?}", entry.after);
    assert!(shown.contains("hooks.example.com/in") && !shown.contains("canary"), "{shown}");
    let update = WebhookUpdate { secret: Some(generate_secret([0x5b; 32])), ..WebhookUpdate::default() };
    store.update_webhook(&actor(), at(2), id, update).await.unwrap();
    assert_eq!(store.last_entry().await.after.unwrap()["secret"], "changed");
    let folder = store.into_folder().await;
    let bytes = std::fs::read(folder.path().join(store::CONTROL_DB)).unwrap();
    for secret in [signing_secret(), generate_secret([0x5b; 32])] {
        let text = secret.expose().as_bytes();
        assert!(!bytes.windows(text.len()).any(|part| part == text));
    }
}

pub(crate) async fn changes_tell_those_who_ask_for_them(store: TestStore) {
    let id = a_profile(&store).await;
    let refreshes = a_webhook(&store, "Refreshes", &[WebhookEvent::CredentialRefreshed]).await;
    let all = a_webhook(&store, "All", &WebhookEvent::ALL).await;
    let silent = a_webhook(&store, "Silent", &WebhookEvent::ALL).await;
    store.update_webhook(&actor(), at(2), silent, off()).await.unwrap();
    store.refresh_credential(&actor(), at(3), id, fresh(2), None).await.unwrap();
    let disable = ProfileUpdate { active: Some(false), ..ProfileUpdate::default() };
    for _ in 0..2 {
        store.update_profile(&actor(), at(4), id, disable.clone(), fresh(3)).await.unwrap();
    }
    let enable = ProfileUpdate { active: Some(true), ..ProfileUpdate::default() };
    store.update_profile(&actor(), at(5), id, enable, fresh(3)).await.unwrap();
    assert!(deliveries(&store, silent).await.is_empty());
    let only = deliveries(&store, refreshes).await;
    assert_eq!(only.len(), 1);
    let told = deliveries(&store, all).await;
    let events: Vec<_> = told.iter().map(|delivery| delivery.event.as_str()).collect();
    assert_eq!(events, ["credential.refreshed", "profile.disabled"]);
    assert_eq!((told[0].state, told[0].next_attempt_at), (DeliveryState::Pending, Some(at(3))));
    assert_eq!(told[0].message_id, only[0].message_id, "it is one event");
    assert_ne!(told[0].message_id, told[1].message_id);
    let payload = &told[0].payload;
    assert_eq!((&payload["type"], &payload["data"]["api_key"]["id"]), (&json!("credential.refreshed"), &json!(id)));
    assert_eq!(payload["data"]["client"]["name"], "Acme");
    assert_eq!(payload["data"]["by"], json!({"type": "member", "id": 7, "name": "owner@example.com"}));
    assert_eq!(payload["data"]["overlap_ends_at"], json!(null));
}

pub(crate) async fn a_client_switched_off_tells_of_each_profile_that_was_on(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let on = [store.a_profile(client, "One", None, 1).await, store.a_profile(client, "Two", None, 2).await];
    let off = store.a_profile(client, "Three", None, 3).await;
    let switch = ProfileUpdate { active: Some(false), ..ProfileUpdate::default() };
    store.update_profile(&actor(), at(2), off, switch, fresh(4)).await.unwrap();
    let all = a_webhook(&store, "All", &WebhookEvent::ALL).await;
    for enabled in [false, false, true] {
        let update = ClientUpdate { enabled: Some(enabled), ..ClientUpdate::default() };
        store.update_client(&actor(), at(3), client, update).await.unwrap();
    }
    let told = deliveries(&store, all).await;
    let shown: Vec<_> = told
        .iter()
        .map(|delivery| {
            let data = &delivery.payload["data"];
            (delivery.event.as_str(), data["api_key"]["id"].clone(), data["switched_off"].clone())
        })
        .collect();
    assert_eq!(shown, on.map(|id| ("profile.disabled", json!(id), json!("client"))));
}

pub(crate) async fn a_change_that_is_refused_tells_nobody(store: TestStore) {
    let id = a_profile(&store).await;
    let webhook = a_webhook(&store, "All", &WebhookEvent::ALL).await;
    let taken = store.refresh_credential(&actor(), at(3), id, fresh(1), None).await;
    assert!(matches!(taken, Err(StoreError::Invalid(_))));
    assert!(deliveries(&store, webhook).await.is_empty());
}

pub(crate) async fn a_message_is_in_one_hand_until_its_claim_passes(store: TestStore) {
    let webhook = a_webhook(&store, "All", &WebhookEvent::ALL).await;
    raise(&store, 10).await;
    assert!(store.due_deliveries(at(9), 4).await.unwrap().is_empty());
    let due = store.due_deliveries(at(10), 4).await.unwrap();
    assert_eq!((due.len(), due[0].webhook), (1, webhook));
    let claimed = store.claim_delivery(due[0].id, at(10)).await.unwrap().unwrap();
    assert_eq!((claimed.secret.expose(), claimed.url.as_str()), (signing_secret().expose(), URL));
    assert!(store.claim_delivery(due[0].id, at(11)).await.unwrap().is_none());
    assert!(store.due_deliveries(at(69), 4).await.unwrap().is_empty());
    let store = store.reopen().await;
    assert_eq!(store.due_deliveries(at(70), 4).await.unwrap(), due, "its sender was killed");
    assert!(store.claim_delivery(due[0].id, at(70)).await.unwrap().is_some());
}

pub(crate) async fn attempts_are_written_down_and_ends_are_final(store: TestStore) {
    let webhook = a_webhook(&store, "All", &WebhookEvent::ALL).await;
    raise(&store, 10).await;
    let id = deliveries(&store, webhook).await[0].id;
    for number in 0..25 {
        store.claim_delivery(id, at(1000)).await.unwrap().unwrap();
        let outcome = Outcome::Again(at(20 + number));
        store.record_attempt(id, &attempt(Some("status")), outcome, at(11)).await.unwrap();
    }
    let tried = deliveries(&store, webhook).await.remove(0);
    assert_eq!((tried.attempts_count, tried.attempts.len()), (25, 20));
    assert_eq!((tried.state, tried.next_attempt_at), (DeliveryState::Pending, Some(at(44))));
    assert_eq!(store.claim_delivery(id, at(1000)).await.unwrap().unwrap().attempts, 25);
    store.record_attempt(id, &attempt(Some("status")), Outcome::Failed, at(50)).await.unwrap();
    let failed = deliveries(&store, webhook).await.remove(0);
    assert_eq!((failed.state, failed.next_attempt_at, failed.finished_at), (DeliveryState::Failed, None, Some(at(50))));
    let row = store.get_webhook(webhook).await.unwrap();
    assert_eq!((row.pending_count, row.last_delivery), (0, Some((DeliveryState::Failed, at(50)))));

    let again = store.retry_delivery(&actor(), at(60), webhook, id).await.unwrap();
    let again = store.expect_event(again, "webhook.delivery_retried").await;
    assert_eq!((again.state, again.next_attempt_at), (DeliveryState::Pending, Some(at(60))));
    assert_eq!(store.claim_delivery(id, at(60)).await.unwrap().unwrap().attempts, 0, "it has all attempts again");
    store.update_webhook(&actor(), at(61), webhook, off()).await.unwrap();
    store.record_attempt(id, &attempt(None), Outcome::Again(at(99)), at(62)).await.unwrap();
    let ended = deliveries(&store, webhook).await.remove(0);
    assert_eq!((ended.state, ended.finished_at), (DeliveryState::Canceled, Some(at(61))));
    let refused = store.retry_delivery(&actor(), at(63), webhook, id).await;
    assert_eq!(faults(refused.map(|committed| committed.revision)), [fault("enabled", FaultKind::Missing)]);
    let refused = store.test_webhook(&actor(), at(63), webhook).await;
    assert_eq!(faults(refused.map(|committed| committed.revision)), [fault("enabled", FaultKind::Missing)]);
    let other = a_webhook(&store, "Other", &WebhookEvent::ALL).await;
    expect_not_found(store.retry_delivery(&actor(), at(64), other, id).await, "delivery");
}

pub(crate) async fn a_webhook_is_tried_out_whatever_it_asks_for(store: TestStore) {
    let webhook = a_webhook(&store, "All", &[WebhookEvent::ProfileDisabled]).await;
    let tested = store.test_webhook(&actor(), at(5), webhook).await.unwrap();
    let tested = store.expect_event(tested, "webhook.tested").await;
    assert_eq!((tested.event.as_str(), tested.state), ("webhook.test", DeliveryState::Pending));
    assert_eq!(store.due_deliveries(at(5), 4).await.unwrap()[0].id, tested.id);
}

pub(crate) async fn what_waits_is_bounded_and_the_rest_is_counted(store: TestStore) {
    let webhook = a_webhook(&store, "All", &WebhookEvent::ALL).await;
    for _ in 0..MAX_PENDING + 3 {
        raise(&store, 10).await;
    }
    let row = store.get_webhook(webhook).await.unwrap();
    assert_eq!((row.pending_count, row.webhook.dropped_total), (MAX_PENDING, 3));
    assert_eq!(store.due_deliveries(at(10), 4).await.unwrap().len(), 4, "so many of each webhook");
    store.update_webhook(&actor(), at(11), webhook, off()).await.unwrap();
    assert_eq!(store.get_webhook(webhook).await.unwrap().pending_count, 0);
}

pub(crate) async fn the_log_keeps_a_thousand_messages_for_thirty_days(store: TestStore) {
    let webhook = a_webhook(&store, "All", &WebhookEvent::ALL).await;
    for round in 0..2 {
        for _ in 0..MAX_PENDING - 400 {
            raise(&store, 10).await;
        }
        store.update_webhook(&actor(), at(20 + round), webhook, off()).await.unwrap();
        let on = WebhookUpdate { enabled: Some(true), ..WebhookUpdate::default() };
        store.update_webhook(&actor(), at(20 + round), webhook, on).await.unwrap();
    }
    raise(&store, 30).await;
    assert_eq!(store.forget_deliveries(at(40)).await.unwrap(), 200);
    let ended = DeliveryFilter { state: Some(DeliveryState::Canceled) };
    let page = store.list_deliveries(webhook, &PageQuery::default(), ended).await.unwrap();
    assert_eq!(page.total, 1000);
    let days = 30 * 86_400;
    assert_eq!(store.forget_deliveries(at(20 + days)).await.unwrap(), 0);
    assert_eq!(store.forget_deliveries(at(22 + days)).await.unwrap(), 1000);
    assert_eq!(deliveries(&store, webhook).await.len(), 1, "what waits is kept");
}
