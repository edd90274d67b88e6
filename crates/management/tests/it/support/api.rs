//! The API under test and its callers.

use super::{Answer, TestCounters, TestExplanations};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use domain::ids::Revision;
use domain::secret::Secret;
use domain::text::{Email, Name};
use domain::time::Timestamp;
use domain::token::TokenDigest;
use domain::{ManagementTokenId, MemberId};
use management::issue::{self, NewToken};
use management::{Changes, DirectoryState, ManagementState, NodeFacts, Parts};
use outbound::OwnGateway;
use serde_json::{Value, json};
use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;
use store::{Actor, NewMember, NewPasswordLink, Role, Scope, SecretKey, Store};
use tempfile::TempDir;
use tower::ServiceExt;

thread_local! {
    /// The clock of the test on this thread, beginning at 2026-11-24T06:00:00Z. Tests run on one thread each.
    static CLOCK: Cell<i64> = const { Cell::new(1_795_500_000_000_000) };
}

fn clock() -> Timestamp {
    Timestamp(CLOCK.get())
}

/// A management API with an admin token.
pub(crate) struct TestApi {
    /// The store behind it.
    pub(crate) store: Store,
    /// Its counters.
    pub(crate) usage: usage::Totals,
    /// What is counted against limits.
    pub(crate) counters: Arc<TestCounters>,
    /// Explanations of requests.
    pub(crate) explanations: Arc<TestExplanations>,
    token: Secret,
    router: Router,
    _folder: TempDir,
}

/// The owner's address and password in tests.
pub(crate) const OWNER: &str = "owner@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";

impl TestApi {
    /// Starts one over an empty store.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = SecretKey::parse(&"5".repeat(64)).unwrap();
        let store = Store::open(&folder.path().join("control.db"), &key).await.unwrap();
        let (changes, mut commits) = Changes::new();
        tokio::spawn(async move {
            while let Some(commit) = commits.recv().await {
                let _ = commit.applied.send(());
            }
        });
        Self::with_changes(folder, store, changes).await
    }

    /// Starts one whose gateway never confirms a change.
    pub(crate) async fn start_without_gateway() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = SecretKey::parse(&"5".repeat(64)).unwrap();
        let store = Store::open(&folder.path().join("control.db"), &key).await.unwrap();
        let (changes, commits) = Changes::new();
        drop(commits);
        Self::with_changes(folder, store, changes).await
    }

    async fn with_changes(folder: TempDir, store: Store, changes: Changes) -> Self {
        let name = Name::parse("test").unwrap();
        let actor = Actor::system("test");
        let new = NewToken { name, role: Role::Admin, scope: Scope::All, expires_at: None, member_id: None };
        let (token, _) = issue::management_token(&store, &actor, clock(), new).await.unwrap();
        let usage = usage::Totals::default();
        let counters = Arc::new(TestCounters::default());
        let explanations = Arc::new(TestExplanations::default());
        let parts = Parts {
            store: store.clone(),
            usage: usage.clone(),
            changes,
            counters: Arc::clone(&counters) as _,
            explanations: Arc::clone(&explanations) as _,
            directory: Box::new(|| DirectoryState {
                revision: Revision(0),
                age: std::time::Duration::ZERO,
                freshness: domain::directory::Freshness::Fresh,
            }),
            metrics: Box::new(|| "# EOF\n".to_owned()),
            gateway_url: "http://127.0.0.1:8080".to_owned(),
            own_gateway: OwnGateway::new(SocketAddr::from(([127, 0, 0, 1], 9))).unwrap(),
            node: NodeFacts {
                name: "gateway-1".to_owned(),
                version: "0.1.0",
                started_at: clock(),
                workers: 2,
                listeners: vec!["127.0.0.1:8080".parse().unwrap()],
                applied_revision: Box::new(|| Revision(1)),
            },
            fetcher: outbound::Fetcher::new(&outbound::FetcherConfig::default()).unwrap(),
            own_listeners: vec!["127.0.0.1:8080".parse().unwrap(), "127.0.0.1:8081".parse().unwrap()],
            management_url: "http://127.0.0.1:8081".to_owned(),
            clock,
        };
        let console = Router::new().fallback(|| async { "console" });
        let router = management::router(ManagementState::new(parts), console);
        Self { store, usage, counters, explanations, token, router, _folder: folder }
    }

    /// What the clock says.
    pub(crate) fn now() -> Timestamp {
        clock()
    }

    /// Puts the clock forward.
    pub(crate) fn pass(seconds: i64) {
        CLOCK.set(CLOCK.get() + seconds * 1_000_000);
    }

    /// Seconds since 1970 by the clock.
    pub(crate) fn seconds() -> i64 {
        CLOCK.get() / 1_000_000
    }

    /// A management token of this role.
    pub(crate) async fn token_of(&self, role: Role) -> Secret {
        self.token_within(role, Scope::All).await
    }

    /// A management token of this role that sees these projects.
    pub(crate) async fn token_within(&self, role: Role, scope: Scope) -> Secret {
        let name = Name::parse(role.as_str()).unwrap();
        let new = NewToken { name, role, scope, expires_at: None, member_id: None };
        issue::management_token(&self.store, &Actor::system("test"), clock(), new).await.unwrap().0
    }

    /// A member without a password.
    pub(crate) async fn member(&self, address: &str, role: Role, scope: Scope) -> MemberId {
        let new = NewMember { email: Email::parse(address).unwrap(), name: None, role, scope, enabled: true };
        let link = NewPasswordLink { digest: TokenDigest::of(address.as_bytes()), expires_at: Timestamp(i64::MAX) };
        self.store.create_member(&Actor::system("test"), clock(), new, link).await.unwrap().value.id
    }

    /// A management token as good as the member who made it.
    pub(crate) async fn token_of_member(&self, member: MemberId) -> (Secret, ManagementTokenId) {
        let member = self.store.get_member(member).await.unwrap();
        let name = Name::parse(member.role.as_str()).unwrap();
        let (role, scope) = (member.role, member.scope);
        let new = NewToken { name, role, scope, expires_at: None, member_id: Some(member.id) };
        let made = issue::management_token(&self.store, &Actor::system("test"), clock(), new).await.unwrap();
        (made.0, made.1.value.id)
    }

    /// The token of a fresh set-up link.
    pub(crate) async fn setup_token(&self, email: Option<&str>) -> String {
        let email = email.map(|text| Email::parse(text).unwrap());
        let token = issue::setup_link(&self.store, &Actor::system("test"), clock(), email).await.unwrap();
        token.expose().to_owned()
    }

    /// Makes the owner and signs in.
    pub(crate) async fn owner(&self) -> Browser<'_> {
        let body = json!({"token": self.setup_token(None).await, "email": OWNER, "password": PASSWORD});
        let cookie = self.anonymous("POST", "/api/setup", body).await.ok().cookie();
        Browser { api: self, cookie }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))));
        Answer::read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Sends JSON (null: no body) without credentials.
    pub(crate) async fn anonymous(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send(request(method, path, &[], &body)).await
    }

    /// Sends JSON (null: no body) with a management token.
    pub(crate) async fn with_token(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let bearer = format!("Bearer {token}");
        self.send(request(method, path, &[("authorization", &bearer)], &body)).await
    }

    /// Sends JSON (null: no body) with these headers alone.
    pub(crate) async fn as_sent(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        self.send(request(method, path, headers, body)).await
    }

    /// GET with the admin token.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.with_token(self.token.expose(), "GET", path, Value::Null).await
    }

    /// POST with the admin token.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.with_token(self.token.expose(), "POST", path, body).await
    }

    /// PUT with the admin token; null sends no body.
    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.with_token(self.token.expose(), "PUT", path, body).await
    }

    /// DELETE with the admin token.
    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.with_token(self.token.expose(), "DELETE", path, Value::Null).await
    }

    /// Sends JSON (null: no body) with the admin token and more headers.
    pub(crate) async fn with_headers(&self, method: &str, path: &str, more: &[(&str, &str)], body: Value) -> Answer {
        let bearer = format!("Bearer {}", self.token.expose());
        let headers = [&[("authorization", bearer.as_str())], more].concat();
        self.send(request(method, path, &headers, &body)).await
    }

    /// A body as it is, with the admin token.
    pub(crate) async fn send_raw(&self, method: &str, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
        let builder = Request::builder().method(method).uri(path);
        let builder = builder.header("authorization", format!("Bearer {}", self.token.expose()));
        let builder = if content_type.is_empty() { builder } else { builder.header("content-type", content_type) };
        self.send(builder.body(body.into()).unwrap()).await
    }
}

/// A caller with a session cookie.
pub(crate) struct Browser<'a> {
    api: &'a TestApi,
    cookie: String,
}

impl<'a> Browser<'a> {
    /// Signs in.
    pub(crate) async fn sign_in(api: &'a TestApi, email: &str, password: &str) -> Self {
        let body = json!({"email": email, "password": password});
        let cookie = api.anonymous("POST", "/api/sessions", body).await.ok().cookie();
        Self { api, cookie }
    }

    /// Sends JSON (null: no body), as the console's own page does.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send_from("same-origin", method, path, body).await
    }

    /// The same, as a page of another relation to us does.
    pub(crate) async fn send_from(&self, site: &str, method: &str, path: &str, body: Value) -> Answer {
        let headers = [("cookie", self.cookie.as_str()), ("sec-fetch-site", site)];
        self.api.send(request(method, path, &headers, &body)).await
    }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Request<Body> {
    let mut builder = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    if body.is_null() {
        return builder.body(Body::empty()).unwrap();
    }
    builder.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap()
}
