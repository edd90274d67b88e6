//! The task under test, a token endpoint that says what a test wants, and a clock that the test moves.

use super::{Keeper, Parts};
use arc_swap::ArcSwap;
use domain::api_collection::{ApiCollection, CollectionLimits, Forwarding};
use domain::cidr::CidrEntry;
use domain::directory::{Delta, Directory};
use domain::ids::{CollectionId, ProjectId, Revision};
use domain::secret::Secret;
use domain::settings::Settings;
use domain::text::{Name, Slug, Version};
use domain::time::{Monotonic, Now, Timestamp};
use domain::upstream::{
    AuthWay, BaseUrl, ClientAuth, ClientName, OAuth2Client, TokenSource, TokenUrl, Upstream, UpstreamAuth,
};
use gateway::{TokenAsk, UpstreamToken, UpstreamTokens};
use outbound::{Fetcher, FetcherConfig};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// A token endpoint: counts requests, hands their text over, answers what it is told.
struct Endpoint {
    url: String,
    requests: mpsc::UnboundedReceiver<String>,
    answers: mpsc::UnboundedSender<(u16, String)>,
}

impl Endpoint {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let (seen, requests) = mpsc::unbounded_channel();
        let (answers, mut next) = mpsc::unbounded_channel::<(u16, String)>();
        tokio::spawn(async move {
            while let Ok((mut tcp, _)) = listener.accept().await {
                let mut text = Vec::new();
                while !is_whole(&text) && matches!(tcp.read_buf(&mut text).await, Ok(1..)) {}
                let _ = seen.send(String::from_utf8(text).unwrap());
                let Some((status, body)) = next.recv().await else { return };
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                let _ = tcp.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, requests, answers }
    }

    /// What the next request is to be answered.
    fn says(&self, status: u16, body: &str) {
        self.answers.send((status, body.to_owned())).unwrap();
    }

    fn gives(&self, token: &str, seconds: u64) {
        self.says(200, &format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{seconds}}}"#));
    }

    async fn request(&mut self) -> String {
        tokio::time::timeout(Duration::from_secs(10), self.requests.recv()).await.unwrap().unwrap()
    }

    fn saw_nothing(&mut self) -> bool {
        self.requests.try_recv().is_err()
    }
}

/// Head and announced body are there.
fn is_whole(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn client(url: &str, client_auth: ClientAuth) -> OAuth2Client {
    OAuth2Client {
        token_url: TokenUrl::parse(url).unwrap(),
        client_id: ClientName::parse("shop").unwrap(),
        scope: Some(domain::upstream::Scope::parse("a b").unwrap()),
        client_auth,
    }
}

fn collection(client: &OAuth2Client) -> Delta {
    let way = AuthWay::OAuth2(client.clone());
    let auth = UpstreamAuth { way, secret: Some(Secret::new("s3cret".to_owned())) };
    let upstream = Upstream { auth, ..Upstream::at(BaseUrl::parse("http://127.0.0.1:9").unwrap()) };
    let collection = ApiCollection {
        id: CollectionId(1),
        project_id: ProjectId(1),
        name: Name::parse("Orders").unwrap(),
        version: Version::parse("1.0").unwrap(),
        path: Slug::parse("orders").unwrap(),
        description: None,
        enabled: true,
        upstream,
        limits: CollectionLimits::default(),
        cors: None,
        allow_query_token: false,
        forwarding: Forwarding::default(),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    };
    Delta::Collection(CollectionId(1), Some(Arc::new((collection, Vec::new()))))
}

/// The task, running.
struct Running {
    directory: Arc<ArcSwap<Directory>>,
    tokens: UpstreamTokens,
    seconds: Arc<AtomicU64>,
    source: Arc<TokenSource>,
    asks: mpsc::Sender<TokenAsk>,
}

impl Running {
    fn start(client: &OAuth2Client) -> Self {
        let allowed = vec![CidrEntry::parse("127.0.0.0/8").unwrap()];
        let settings = Settings { outbound_allowed: allowed, ..Settings::default() };
        let deltas = [Delta::Settings(Box::new(settings)), collection(client)];
        let directory = Arc::new(ArcSwap::from_pointee(Directory::empty().apply(Revision(1), deltas)));
        let seconds = Arc::new(AtomicU64::new(1000));
        let (tokens, _unused) = UpstreamTokens::new();
        let clock = Arc::clone(&seconds);
        let parts = Parts {
            directory: Arc::clone(&directory),
            fetcher: Fetcher::new(&FetcherConfig::default()).unwrap(),
            tokens: tokens.clone(),
            clock: Arc::new(move || {
                let now = clock.load(Ordering::SeqCst);
                Now { monotonic: Monotonic(now * 1_000_000_000), wall: Timestamp(0) }
            }),
            look_every: Duration::from_millis(5),
        };
        let (asks, asked) = mpsc::channel(16);
        tokio::spawn(Keeper::new(parts).run(asked));
        let source = Arc::new(TokenSource::new(client.clone(), Secret::new("s3cret".to_owned())));
        Self { directory, tokens, seconds, source, asks }
    }

    fn now(&self) -> Monotonic {
        Monotonic(self.seconds.load(Ordering::SeqCst) * 1_000_000_000)
    }

    fn advance(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Asks as a worker does and waits for the answer.
    async fn ask(&self, refused: Option<Arc<UpstreamToken>>) {
        let (done, answered) = oneshot::channel();
        self.asks.send(TokenAsk { source: Arc::clone(&self.source), refused, done }).await.unwrap();
        let _ = tokio::time::timeout(Duration::from_secs(10), answered).await.unwrap();
    }

    fn token(&self) -> Option<Arc<UpstreamToken>> {
        self.tokens.find(&self.source, self.now())
    }

    /// Waits until another token than this is in use.
    async fn token_after(&self, former: Option<&Arc<UpstreamToken>>) -> Arc<UpstreamToken> {
        for _ in 0..2000 {
            match self.token() {
                Some(token) if former.is_none_or(|former| !Arc::ptr_eq(former, &token)) => return token,
                Some(_) | None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
        panic!("no other token in time");
    }

    /// Lets the task look a few times.
    async fn let_it_look(&self) {
        for _ in 0..3 {
            self.ask(Some(Arc::new(UpstreamToken::new("another", Monotonic(0))))).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test]
async fn a_token_is_got_before_anybody_asks_and_renewed_at_four_fifths_of_its_life() {
    let mut endpoint = Endpoint::start().await;
    let running = Running::start(&client(&endpoint.url, ClientAuth::Basic));
    endpoint.gives("t-1", 100);
    let text = endpoint.request().await.to_lowercase();
    assert!(text.contains("\r\nauthorization: basic c2hvcdpzm2nyzxq=\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\ngrant_type=client_credentials&scope=a+b"), "{text}");
    let first = running.token_after(None).await;
    running.advance(79);
    running.let_it_look().await;
    assert!(endpoint.saw_nothing());
    running.advance(1);
    endpoint.gives("t-2", 100);
    endpoint.request().await;
    running.token_after(Some(&first)).await;
}

#[tokio::test]
async fn the_secret_may_stand_in_the_form() {
    let mut endpoint = Endpoint::start().await;
    let _running = Running::start(&client(&endpoint.url, ClientAuth::Body));
    let text = endpoint.request().await;
    let form = "\r\n\r\ngrant_type=client_credentials&scope=a+b&client_id=shop&client_secret=s3cret";
    assert!(text.ends_with(form) && !text.to_lowercase().contains("authorization"), "{text}");
}

#[tokio::test]
async fn many_who_ask_share_one_fetch() {
    let mut endpoint = Endpoint::start().await;
    let running = Running::start(&client(&endpoint.url, ClientAuth::Basic));
    endpoint.request().await;
    let asking = async {
        futures_util::future::join_all((0..10).map(|_| running.ask(None))).await;
        assert!(running.token().is_some());
    };
    let answering = async { endpoint.gives("t-1", 100) };
    tokio::join!(asking, answering);
    assert!(endpoint.saw_nothing());
}

#[tokio::test]
async fn a_failing_endpoint_leaves_the_token_until_it_expires_and_is_tried_ever_more_seldom() {
    let mut endpoint = Endpoint::start().await;
    let running = Running::start(&client(&endpoint.url, ClientAuth::Basic));
    endpoint.gives("t-1", 100);
    endpoint.request().await;
    running.token_after(None).await;
    running.advance(80);
    endpoint.says(500, "");
    endpoint.request().await;
    for wait in [1, 2, 4, 8] {
        running.let_it_look().await;
        assert!(endpoint.saw_nothing() && running.token().is_some());
        endpoint.says(500, "");
        running.advance(wait);
        endpoint.request().await;
    }
    running.let_it_look().await;
    running.advance(5);
    assert!(running.token().is_none());
    // Whoever asks between two tries is answered at once.
    running.ask(None).await;
    assert!(running.token().is_none() && endpoint.saw_nothing());
    endpoint.gives("t-2", 100);
    running.advance(5);
    endpoint.request().await;
    running.token_after(None).await;
}

#[tokio::test]
async fn a_refused_token_brings_one_renewal_forward_in_ten_seconds() {
    let mut endpoint = Endpoint::start().await;
    let running = Running::start(&client(&endpoint.url, ClientAuth::Basic));
    endpoint.gives("t-1", 100);
    endpoint.request().await;
    let first = running.token_after(None).await;
    endpoint.gives("t-2", 100);
    running.ask(Some(Arc::clone(&first))).await;
    endpoint.request().await;
    let second = running.token_after(Some(&first)).await;
    // One that is in use no longer, and one too soon after the last.
    running.ask(Some(first)).await;
    running.advance(9);
    running.ask(Some(Arc::clone(&second))).await;
    running.let_it_look().await;
    assert!(endpoint.saw_nothing());
    running.advance(1);
    endpoint.gives("t-3", 100);
    running.ask(Some(Arc::clone(&second))).await;
    endpoint.request().await;
    running.token_after(Some(&second)).await;
}

#[tokio::test]
async fn what_no_collection_needs_is_forgotten_with_its_token() {
    let mut endpoint = Endpoint::start().await;
    let running = Running::start(&client(&endpoint.url, ClientAuth::Basic));
    endpoint.gives("t-1", 100);
    endpoint.request().await;
    running.token_after(None).await;
    let directory = running.directory.load();
    running.directory.store(Arc::new(directory.apply(Revision(2), [Delta::Collection(CollectionId(1), None)])));
    for _ in 0..2000 {
        if running.token().is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.ask(None).await;
    assert!(running.token().is_none() && endpoint.saw_nothing());
}

#[tokio::test]
async fn a_private_endpoint_that_nobody_allowed_is_not_gone_to() {
    let mut endpoint = Endpoint::start().await;
    let running = Running::start(&client(&endpoint.url, ClientAuth::Basic));
    endpoint.says(500, "");
    endpoint.request().await;
    let directory = running.directory.load();
    let closed = Delta::Settings(Box::default());
    running.directory.store(Arc::new(directory.apply(Revision(2), [closed])));
    running.let_it_look().await;
    running.advance(20);
    running.ask(None).await;
    running.let_it_look().await;
    assert!(running.token().is_none() && endpoint.saw_nothing());
}
