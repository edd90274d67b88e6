//! The sender at work: a real store, receivers that say what a test wants.

use super::{HealthWatch, LIMITS, Parts, Sender, Signs};
use crate::clock;
use arc_swap::ArcSwap;
use domain::cidr::CidrEntry;
use domain::directory::{Delta, Directory};
use domain::ids::Revision;
use domain::secret::Secret;
use domain::settings::Settings;
use domain::text::Name;
use domain::webhook::{WebhookEvent, WebhookUrl, generate_secret, sign};
use domain::{WebhookDeliveryId, WebhookId};
use outbound::{Fetcher, FetcherConfig, Limits};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::{
    Actor, Delivery, DeliveryFilter, DeliveryState, NewWebhook, PageQuery, SecretKey, Sort, SortField, Store,
    WebhookUpdate,
};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// A receiver, and what it got. An empty answer: it hangs.
struct Receiver {
    url: String,
    requests: mpsc::UnboundedReceiver<String>,
}

impl Receiver {
    async fn start(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?key=v", listener.local_addr().unwrap());
        let (seen, requests) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut tcp, _)) = listener.accept().await {
                let (seen, answer) = (seen.clone(), answer.clone());
                tokio::spawn(async move {
                    let mut text = Vec::new();
                    while !is_whole(&text) && matches!(tcp.read_buf(&mut text).await, Ok(1..)) {}
                    let _ = seen.send(String::from_utf8(text).unwrap());
                    if answer.is_empty() {
                        // Until the caller gives up.
                        let _ = tcp.read(&mut [0]).await;
                    }
                    let _ = tcp.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { url, requests }
    }

    async fn answering(status: u16) -> Self {
        Self::start(format!("HTTP/1.1 {status} X\r\ncontent-length: 4\r\n\r\nbody")).await
    }

    async fn request(&mut self) -> String {
        timeout(Duration::from_secs(20), self.requests.recv()).await.unwrap().unwrap()
    }
}

/// Head and announced body are there.
fn is_whole(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn header<'r>(request: &'r str, name: &str) -> &'r str {
    let line = request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("{name} in {request}"))
}

/// The sender over a store of its own.
struct Scene {
    store: Store,
    sender: JoinHandle<()>,
    _folder: TempDir,
}

impl Scene {
    async fn start(allowed: &[&str], total: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = SecretKey::parse(&"5".repeat(64)).unwrap();
        let store = Store::open(&folder.path().join("control.db"), &key).await.unwrap();
        let outbound_allowed = allowed.iter().map(|entry| CidrEntry::parse(entry).unwrap()).collect();
        let settings = Settings { outbound_allowed, ..Settings::default() };
        let directory = Directory::empty().apply(Revision(1), [Delta::Settings(Box::new(settings))]);
        let parts = Parts {
            store: store.clone(),
            directory: Arc::new(ArcSwap::from_pointee(directory)),
            fetcher: Fetcher::new(&FetcherConfig::default()).unwrap(),
            limits: Limits { total, ..LIMITS },
            clock: clock::wall,
            random: || [0; 16],
            look_every: Duration::from_millis(100),
        };
        let sender = tokio::spawn(Sender::new(parts).run());
        Self { store, sender, _folder: folder }
    }

    async fn webhook(&self, name: &str, url: &str, secret: &Secret) -> WebhookId {
        let new = NewWebhook {
            name: Name::parse(name).unwrap(),
            url: WebhookUrl::parse(url).unwrap(),
            events: WebhookEvent::ALL.to_vec(),
            enabled: true,
            secret: secret.clone(),
        };
        self.store.create_webhook(&actor(), clock::wall(), new).await.unwrap().value.webhook.id
    }

    async fn raise(&self, data: Value) {
        self.store.raise_webhook_event(clock::wall(), WebhookEvent::ProfileDisabled, data).await.unwrap();
    }

    async fn last(&self, id: WebhookId) -> Option<Delivery> {
        let sort = Sort { field: SortField::Id, descending: true };
        let query = PageQuery { sort, per_page: 1, ..PageQuery::default() };
        self.store.list_deliveries(id, &query, DeliveryFilter::default()).await.unwrap().items.pop()
    }

    /// The webhook's last message, once it has been tried so often.
    async fn tried(&self, id: WebhookId, attempts: i64) -> Delivery {
        let look = async {
            loop {
                match self.last(id).await {
                    Some(delivery) if delivery.attempts_count >= attempts => return delivery,
                    _ => sleep(Duration::from_millis(20)).await,
                }
            }
        };
        timeout(Duration::from_secs(30), look).await.expect("the message is tried")
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.sender.abort();
    }
}

fn actor() -> Actor {
    Actor::system("test")
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_message_is_signed_taken_and_written_down() {
    let scene = Scene::start(&["127.0.0.1"], LONG).await;
    let mut receiver = Receiver::answering(204).await;
    let secret = generate_secret([9; 32]);
    let id = scene.webhook("One", &receiver.url, &secret).await;
    scene.raise(json!({"api_key": {"id": 7}})).await;
    let request = receiver.request().await;
    assert!(request.starts_with("POST /hook?key=v HTTP/1.1\r\n"), "{request}");
    assert_eq!(header(&request, "content-type"), "application/json");
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let message_id = header(&request, "webhook-id");
    let seconds: i64 = header(&request, "webhook-timestamp").parse().unwrap();
    let signature = sign(&secret, message_id, seconds, body).unwrap();
    assert_eq!(header(&request, "webhook-signature"), signature);
    assert!((clock::wall().0 / 1_000_000 - seconds).abs() < 300);
    let told: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&told["type"], &told["data"]["api_key"]["id"]), (&json!("profile.disabled"), &json!(7)));
    let delivery = scene.tried(id, 1).await;
    assert_eq!((delivery.state, delivery.message_id.as_str()), (DeliveryState::Delivered, message_id));
    assert_eq!(
        delivery.attempts.first().map(|attempt| (attempt.status, attempt.error.clone())),
        Some((Some(204), None))
    );
    assert_eq!(delivery.payload, told);
    let row = scene.store.get_webhook(id).await.unwrap();
    assert_eq!((row.pending_count, row.last_delivery.map(|(state, _)| state)), (0, Some(DeliveryState::Delivered)));
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_and_after_a_retry_by_hand_taken() {
    let scene = Scene::start(&["127.0.0.1"], LONG).await;
    let mut broken = Receiver::answering(500).await;
    let id = scene.webhook("One", &broken.url, &generate_secret([9; 32])).await;
    scene.raise(json!({})).await;
    let first = broken.request().await;
    let delivery = scene.tried(id, 1).await;
    assert_eq!((delivery.state, delivery.finished_at), (DeliveryState::Pending, None));
    let pause = delivery.next_attempt_at.unwrap().0 - delivery.attempts.first().unwrap().at;
    assert!((5_000_000..20_000_000).contains(&pause), "{pause}");
    assert_eq!(delivery.attempts.first().and_then(|attempt| attempt.error.clone()).as_deref(), Some("status"));
    let mut mended = Receiver::answering(200).await;
    let url = WebhookUrl::parse(&mended.url).unwrap();
    let update = WebhookUpdate { url: Some(url), ..WebhookUpdate::default() };
    scene.store.update_webhook(&actor(), clock::wall(), id, update).await.unwrap();
    scene.store.retry_delivery(&actor(), clock::wall(), id, delivery.id).await.unwrap();
    let again = mended.request().await;
    assert_eq!(header(&again, "webhook-id"), header(&first, "webhook-id"));
    let delivery = scene.tried(id, 2).await;
    assert_eq!((delivery.state, delivery.attempts.len()), (DeliveryState::Delivered, 2));
}

#[tokio::test]
async fn a_receiver_that_hangs_holds_up_nobody_else() {
    let scene = Scene::start(&["127.0.0.1"], Duration::from_secs(3)).await;
    let mut hanging = Receiver::start(String::new()).await;
    let mut well = Receiver::answering(200).await;
    let slow = scene.webhook("Slow", &hanging.url, &generate_secret([1; 32])).await;
    let quick = scene.webhook("Quick", &well.url, &generate_secret([2; 32])).await;
    for number in 0..5 {
        scene.raise(json!({ "number": number })).await;
    }
    hanging.request().await;
    for _ in 0..5 {
        well.request().await;
    }
    scene.tried(quick, 1).await;
    let query = PageQuery::default();
    let tried = async {
        loop {
            let page = scene.store.list_deliveries(slow, &query, DeliveryFilter::default()).await.unwrap();
            if let Some(tried) = page.items.into_iter().find(|delivery| delivery.attempts_count > 0) {
                return tried;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let tried = timeout(Duration::from_secs(30), tried).await.unwrap();
    let attempt = tried.attempts.first().unwrap();
    assert_eq!((attempt.status, attempt.error.as_deref()), (None, Some("timeout")));
    assert_eq!(tried.state, DeliveryState::Pending);
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_not_followed() {
    let scene = Scene::start(&["127.0.0.1"], LONG).await;
    let mut private = Receiver::answering(200).await;
    let location = &private.url;
    let answer = format!("HTTP/1.1 307 X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
    let mut redirecting = Receiver::start(answer).await;
    let id = scene.webhook("One", &redirecting.url, &generate_secret([9; 32])).await;
    scene.raise(json!({})).await;
    redirecting.request().await;
    let attempt = scene.tried(id, 1).await.attempts.pop().unwrap();
    assert_eq!((attempt.status, attempt.error.as_deref()), (Some(307), Some("redirect")));
    assert!(private.requests.try_recv().is_err());
}

#[tokio::test]
async fn private_addresses_that_nobody_allowed_are_not_asked() {
    let scene = Scene::start(&["192.0.2.0/24"], LONG).await;
    let mut receiver = Receiver::answering(200).await;
    let loopback = scene.webhook("Loopback", &receiver.url, &generate_secret([9; 32])).await;
    let private = scene.webhook("Private", "https://10.1.2.3/hook", &generate_secret([9; 32])).await;
    scene.raise(json!({})).await;
    for id in [loopback, private] {
        let attempt = scene.tried(id, 1).await.attempts.pop().unwrap();
        assert_eq!((attempt.status, attempt.error.as_deref()), (None, Some("forbidden_address")));
    }
    assert!(receiver.requests.try_recv().is_err());
}

#[tokio::test]
async fn an_unhealthy_gateway_is_told_once() {
    let scene = Scene::start(&["127.0.0.1"], LONG).await;
    let mut receiver = Receiver::answering(200).await;
    let id = scene.webhook("One", &receiver.url, &generate_secret([9; 32])).await;
    let behind = || Signs { applied: -1, ..Signs::default() };
    let mut watch = HealthWatch::new(scene.store.clone(), behind, clock::wall);
    for _ in 0..6 {
        watch.look().await;
    }
    receiver.request().await;
    let delivery = scene.tried(id, 1).await;
    assert_eq!(delivery.payload["type"], "gateway.unhealthy");
    assert_eq!(delivery.payload["data"]["reasons"], json!(["behind_revision"]));
    assert_eq!(delivery.id, WebhookDeliveryId(1), "it is the only one");
}
